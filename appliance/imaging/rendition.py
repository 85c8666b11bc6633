"""The picture of a page that OCR reads: upright, level, treated, without leaders and rules. Never the master."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from appliance.core.model import Geometry, ImageFormat, Treatment
from appliance.imaging import decode, inside, leaders, tone, treatment

Grey = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]

PAGE_SIDE = 90.0
"""Pixels of the long side at which a page's colour is looked for."""

MOST_PIXELS = 40_000_000
"""A3 at 400 dpi has 31 million; what states a lower resolution than it has would have no end."""


@dataclass(frozen=True, slots=True)
class Rendition:
    """What is wished: of an image so coded and laid, at ``wished_dpi`` in place of ``dpi``, treated as chosen.

    Without a ``treatment`` it is chosen anew.
    """

    format: ImageFormat
    geometry: Geometry
    dpi: float
    wished_dpi: float
    treatment: Treatment | None = None

    @property
    def out_dpi(self) -> float:
        """The resolution it gets: the wished one, less where that would make over ``MOST_PIXELS``."""
        pixels = max(1.0, self.geometry.page_width * self.geometry.page_height)
        return min(self.wished_dpi, self.dpi * math.sqrt(MOST_PIXELS / pixels))


def draw(data: bytes, wish: Rendition) -> Grey:
    """Draw a page for OCR: (height, width) uint8; a page pixel is a rendition pixel * ``dpi`` / ``out_dpi``.

    Raises:
        ApplianceError: IMAGE_EMPTY, IMAGE_TOO_LARGE, IMAGE_TOO_SMALL, IMAGE_TRUNCATED, IMAGE_UNDECODABLE.
    """
    laid, factor = wish.geometry, decode.factor_for(wish.dpi, wish.out_dpi)
    picture = _picture(data, wish, factor)
    colour = _paper_colour(picture.rgb, laid) if picture.rgb is not None else None
    chosen = wish.treatment or treatment.choose(picture, tone.paper_grid(picture.grey), colour)
    plane = treatment.drawn(picture, chosen, colour)
    page = tone.rendition(plane, laid, wish.dpi, wish.out_dpi, chosen.levelled)
    if chosen.faded:
        page = treatment.faded(page, wish.out_dpi)
    return leaders.take_off(page, wish.out_dpi)


def _paper_colour(rgb: decode.Colour, laid: Geometry) -> Floats:
    """Return the paper's own colour from the page alone, drawn small: what lies around it may be a lid."""
    scale = PAGE_SIDE / max(laid.page_width, laid.page_height)
    size = (max(1, round(laid.page_width * scale)), max(1, round(laid.page_height * scale)))
    page = cv2.warpAffine(rgb, tone.raster_matrix(rgb.shape, laid, scale), size, flags=cv2.INTER_NEAREST,
                          borderMode=cv2.BORDER_REPLICATE)
    return inside.colour(np.asarray(page, np.uint8), every=1)


def _picture(data: bytes, wish: Rendition, factor: int) -> decode.Picture:
    """Decode as much as the treatment needs."""
    most = wish.geometry.width * wish.geometry.height
    if wish.treatment is not None and not treatment.needs_colour(wish.treatment):
        return decode.Picture(decode.grey(data, wish.format, factor, most))
    return decode.picture(data, wish.format, factor, most)
