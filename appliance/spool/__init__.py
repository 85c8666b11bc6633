"""Stage 2: nothing is lost from here on. Masters on disk, every state in one ledger."""
