"""Catalogue fields from the page: words with boxes in, fields out; what is not sure is left out, never invented."""
