"""Stage 6: a dossier becomes a package, goes to the archive, and comes back as a receipt."""
