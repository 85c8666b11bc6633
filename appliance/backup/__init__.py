"""Backups of an office: what its ledger needs and the archive does not have, in a folder of its own."""
