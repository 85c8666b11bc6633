"""Separator sheets as they come out of a printer: the sheets that ``appliance separator print`` makes."""

from __future__ import annotations

from functools import partial
from threading import Lock

import pypdfium2
from PIL import Image, ImageChops

from appliance.core.model import Separator
from appliance.demo.paper import BLACK, Leaf
from appliance.separator_sheet import TITLES, draw
from appliance.sheet_pen import pdf

_PDFIUM = Lock()
"""PDFium serves one thread at a time."""


def make_separator(separator: Separator, payload: str, title: str = "", dpi: int = 300) -> Leaf:
    """Return the printed side of a separator sheet; ``payload`` stands in the QR as it is."""
    leaf = Leaf(dpi)
    data = pdf([partial(draw, separator=separator, payload=payload, title=title)], "")
    leaf.blend(ImageChops.invert(printed(data, dpi).resize(leaf.size)), (0, 0), BLACK)
    leaf.lines += [TITLES[separator.kind], separator.file_code]
    return leaf


def printed(data: bytes, dpi: int) -> Image.Image:
    """Print the first sheet of a PDF: grey, at a resolution."""
    with _PDFIUM:
        opened = pypdfium2.PdfDocument(data)
        try:
            image: Image.Image = opened[0].render(scale=dpi / 72, grayscale=True).to_pil()
            return image.copy()
        finally:
            opened.close()
