"""Which way up a page is, asked of Tesseract's orientation model when cheap evidence is unsure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.core.errors import ApplianceError
from appliance.documents.ocr_process import call, options, page_file

if TYPE_CHECKING:
    from appliance.documents.ocr import Grey

SURE = 2.0


def detect(image: Grey, dpi: int, seconds: float, tessdata: str = "") -> int | None:
    """Return the quarter turns clockwise (0..3) that bring a page upright, or None when unsure.

    Args:
        image: height x width, uint8, 0 black.
        dpi: of ``image``, 0 when unknown.
        seconds: time limit.
        tessdata: folder that holds ``osd.traineddata``; empty takes Tesseract's own.

    A page with too few letters, a failure and a timeout all mean unsure: the page stays as it lies.
    """
    import pytesseract  # only the worker that is unsure needs it

    try:
        with page_file(image) as path:
            found = call(pytesseract.image_to_osd, seconds, path, config=options(dpi, tessdata),
                         output_type=pytesseract.Output.DICT)
    except ApplianceError:
        return None
    if float(found["orientation_conf"]) < SURE:
        return None
    return int(found["rotate"]) // 90 % 4
