"""Stage 1: paper becomes images. A scanner is spoken to in a process of its own."""
