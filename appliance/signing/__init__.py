"""Stage 5: a document gets its visible stamp and its PAdES signature."""
