"""What a dossier must be made of, and whether it is: components, folder papers and numbers of sheets. Pure."""
