"""Stage 3: a page is looked at. Arrays in, values out; no input or output, no master altered."""
