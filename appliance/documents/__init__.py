"""Stage 4: pages become documents: separated, read, written as PDF/A."""
