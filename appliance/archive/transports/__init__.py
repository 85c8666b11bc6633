"""Ways to the archive behind one contract (``contract.py``): the sender drives whichever the settings name."""
