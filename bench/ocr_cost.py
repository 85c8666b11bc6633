"""What reading a page costs: for ``bench_documents.py``, which imports ``ocr_figures`` when it needs it."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from appliance.core.config import Ocr
from bench.readers import Ours, Scan, Tesseract


def ocr_figures(pages: Sequence[Scan]) -> dict[str, float | None]:
    """Measure reading on some captures, ours and the command line in turn.

    Args:
        pages: captures as ``bench.readers.look(name, group, jpeg, dpi)`` makes them; five say enough.

    Returns:
        ``ocr_cpu_s_per_page``: median CPU seconds of ours, drawing and reading, models loaded.
        ``ocr_vs_tesseract_cli``: median of the command line's CPU seconds by ours on the same page, each with one
        thread and the shipped languages; None where the command line is not installed.
    """
    ours, plain = Ours(), Tesseract(Ocr().languages)
    ours.read(pages[0])
    mine, ratios = [], []
    for scan in pages:
        theirs, here = plain.read(scan), ours.read(scan).seconds
        mine.append(here)
        if theirs is not None:
            ratios.append(theirs.seconds / here)
    return {"ocr_cpu_s_per_page": round(statistics.median(mine), 3),
            "ocr_vs_tesseract_cli": round(statistics.median(ratios), 2) if ratios else None}
