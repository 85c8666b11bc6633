"""The office's list of dossiers: read from a file, every field and every row checked. Data beside it, no ledger."""
