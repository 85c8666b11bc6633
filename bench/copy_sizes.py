"""How large access copies are: what ``bench_documents.py`` shows of ``bench_copies.py``."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench import bench_copies


def figures(quick: bool) -> dict[str, float | None]:
    """Return kilobytes a page of copies, black and white (JBIG2) and mixed, and mixed beside OCRmyPDF's."""
    found = bench_copies.measure(2 if quick else 10, peers=True)
    return {"copy_kb_per_page": found["jbig2_kb_per_page"], "copy_mixed_kb_per_page": found["mixed_kb_per_page"],
            "copy_vs_ocrmypdf": found["copy_vs_ocrmypdf_bytes"]}
