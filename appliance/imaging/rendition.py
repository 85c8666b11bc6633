"""The picture of a page that OCR reads: upright, level, treated, without leaders and rules. Never the master."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from appliance.core.model import Geometry, ImageFormat, Treatment
from appliance.imaging import decode, leaders, tone, treatment

Grey = npt.NDArray[np.uint8]

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
    chosen = wish.treatment or treatment.choose(picture, tone.paper_grid(picture.grey))
    plane = treatment.drawn(picture, chosen)
    page = tone.rendition(plane, laid, wish.dpi, wish.out_dpi, chosen.levelled)
    if chosen.faded:
        page = treatment.faded(page, wish.out_dpi)
    return leaders.take_off(page, wish.out_dpi)


def _picture(data: bytes, wish: Rendition, factor: int) -> decode.Picture:
    """Decode as much as the treatment needs."""
    most = wish.geometry.width * wish.geometry.height
    if wish.treatment is not None and not treatment.needs_colour(wish.treatment):
        return decode.Picture(decode.grey(data, wish.format, factor, most))
    return decode.picture(data, wish.format, factor, most)
