"""Which picture of a page OCR reads best: chosen page by page, by what was measured on pages of known text.

``bench/quality_ocr.py`` measures the alternatives; its table stands in bench/README.md.
"""

from __future__ import annotations

from typing import cast

import cv2
import numpy as np
import numpy.typing as npt

from appliance.core.model import Plane, Treatment
from appliance.imaging import inks, kernels, tone
from appliance.imaging.decode import Colour, Picture

Grey = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]

SOME = 0.0003
"""Share of a page from which coloured ink is worth fading: a short signature."""

TEXT = 0.8
"""Of the black print's share: with more of one colour, the text itself may be in it (carbon copies, ribbons)."""

SHOWS, LEAST_DARK = 2.1, 0.004
"""How many times as frequent tones of shine-through are as tones of the edges of print, which would be as frequent;
and the share of a page that print must cover for that to mean anything. On the generated corpus ordinary pages have
0.7 to 1.7, strong shine-through 2.2 to 5.3."""

FLAT = 0.36
"""Share of those tones that lie flat: shine-through is blurred by the sheet, faded print has edges. On the corpus
0.42 to 0.78 of what shines through (blurred pages 0.54 and above), 0.1 to 0.31 of thermal print faded in bands."""

EVERY = 4
"""Rows and columns of which one is looked at."""

RED_SHARE = 40
"""Of 255: from here on a pixel is red."""

FADE_FROM, FADE_TO = 0.3, 0.62
"""Between the tone of print (0) and that of paper (1): from where shine-through fades, and where it is gone."""

PRINT_QUANTILE = 20
"""Percentile of the ink's tones that is taken for print."""


def choose(picture: Picture, paper: Grey, colour: Floats | None = None) -> Treatment:
    """Choose how to draw a page for OCR, and say why; 3 ms CPU for A4 at 150 dpi.

    Args:
        picture: of the page, reduced as for the analysis.
        paper: its ``tone.paper_grid``.
        colour: the paper's own (``inside.colour``), not that of the lid; looked for if None.
    """
    uneven = tone.is_uneven(paper)
    shows = _shows_through(picture.grey, paper)
    plane, why = _plane(picture.rgb, shows, colour)
    reasons = (why, "uneven_light" if uneven else "", "shows_through" if shows else "")
    return Treatment(plane, uneven, shows, tuple(reason for reason in reasons if reason))


def needs_colour(treatment: Treatment) -> bool:
    """Say whether a treatment is made of the image's colours."""
    return treatment.plane is not Plane.GREY


def drawn(picture: Picture, treatment: Treatment, colour: Floats | None = None) -> Grey:
    """Return the plane of a picture that a treatment asks for; else grey. ``colour``: as for ``choose``."""
    if picture.rgb is None or not needs_colour(treatment):
        return picture.grey
    planes = inks.part(picture.rgb, colour)
    if treatment.plane is Plane.PRINT:
        return planes.print
    lighter = np.maximum(picture.grey, picture.rgb[:, :, 0])
    return np.where(planes.red >= RED_SHARE, lighter, picture.grey)


def faded(page: Grey, dpi: float) -> Grey:
    """Fade shine-through: tones between print and paper become lighter, those near the paper's become paper.

    ``page`` (height, width) is upright and level, at ``dpi``. How dark print is, is measured: faint print stays.
    """
    paper = tone.paper_tone(tone.paper_grid(page))
    ink = page[tone.binarise(page, dpi, paper) == 0]
    if not ink.size:
        return page
    print_ = min(float(np.percentile(ink, PRINT_QUANTILE)), paper)
    low, high = (print_ + share * (paper - print_) for share in (FADE_FROM, FADE_TO))
    table = np.interp(np.arange(256), (0.0, low, high, 255.0), (0.0, low, paper, max(paper, 255.0)))
    table[int(np.ceil(high)):round(paper) + 1] = paper
    return cast(Grey, cv2.LUT(page, table.astype(np.uint8)))


def _plane(rgb: Colour | None, shows: bool, colour: Floats | None) -> tuple[Plane, str]:
    """Choose the plane: coloured ink faded, unless the text is in it; only red where shine-through is faded too."""
    if rgb is None:
        return Plane.GREY, "no_colour"
    found = inks.amounts(rgb, colour)
    if max(found.red, found.blue) < SOME:
        return Plane.GREY, "black_ink_only"
    if max(found.red, found.blue) > TEXT * found.print:
        return Plane.GREY, "coloured_text"
    if shows:
        return (Plane.UNSTAMPED, "red_ink") if found.red >= SOME else (Plane.GREY, "blue_ink")
    return Plane.PRINT, "coloured_ink"


def _shows_through(grey: Grey, paper: Grey) -> bool:
    counts = np.empty(4, np.int64)
    kernels.count_soft(grey, paper, (kernels.CELL, EVERY), counts)
    dark, edge, soft, flat = (int(count) for count in counts)
    seen = -(-grey.shape[0] // EVERY) * -(-grey.shape[1] // EVERY)
    if dark < LEAST_DARK * seen or flat < FLAT * soft:
        return False
    return soft > SHOWS * 2 * edge  # a band of tones twice as wide
