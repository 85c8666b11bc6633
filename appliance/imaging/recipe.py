"""One page looked at, in order. The only clock is CPU seconds, for the metrics."""

from __future__ import annotations

import dataclasses
import time

import numpy as np
import numpy.typing as npt

from appliance.core import errors
from appliance.core.model import Box, EmptyBand, Geometry, ImageFormat, ImageRules, Mark, Master, PageAnalysis
from appliance.imaging import band, decode, geometry, ink, leaders, lines, marks, quality, tone

Grey = npt.NDArray[np.uint8]

ANALYSIS_DPI = 130.0
"""Lowest resolution a page is looked at; 300 dpi is halved, 200 dpi is not."""


def analyse(data: bytes, master: Master, rules: ImageRules, max_pixels: int) -> PageAnalysis:
    """Look at one captured side.

    Raises:
        ApplianceError: IMAGE_EMPTY, IMAGE_TOO_LARGE, IMAGE_TOO_SMALL, IMAGE_TRUNCATED, IMAGE_UNDECODABLE.
    """
    steps = _Steps()
    dpi = float(quality.effective_dpi(master))
    exif_turn, mirror = geometry.exif_lie(master.orientation)
    _check_header(data, master, max_pixels)
    grey = decode.grey(data, master.format, decode.factor_for(dpi, ANALYSIS_DPI), max_pixels)
    scale = master.width / grey.shape[1]
    if mirror:
        grey = np.ascontiguousarray(grey[:, ::-1])
    steps.done("decode")
    written = ink.find(grey, dpi / scale)
    steps.done("ink")
    codes = _marks(data, master, grey, written)
    steps.done("marks")
    lie = lines.find(written, exif_turn)
    laid = geometry.lay(master.width, master.height, lie.turn, lie.skew, mirror)
    laid = geometry.spare_ink(laid, written.boxes * scale)
    steps.done("lines")
    blank = quality.is_blank(written.hard_share, rules) and not codes
    sharp = quality.sharpness(grey)
    judged = quality.verdicts(master, rules, written.hard_share, sharp)
    steps.done("quality")
    free = band.find(written.image, dataclasses.replace(laid, mirror=False), dpi)
    steps.done("band")
    return PageAnalysis(laid, blank, codes, judged, free, blank or lie.upright_sure, steps.seconds)


def rendition_for_ocr(data: bytes, form: ImageFormat, laid: Geometry, dpi: float, out_dpi: float) -> Grey:
    """Draw a page for OCR, upright and level, without leaders and rules: (height, width) uint8.

    A page pixel is a rendition pixel * dpi / out_dpi. Errors as ``analyse``.
    """
    factor = decode.factor_for(dpi, out_dpi)
    grey = decode.grey(data, form, factor, laid.width * laid.height)
    return leaders.take_off(tone.rendition(grey, laid, dpi, out_dpi), out_dpi)


def band_of(data: bytes, form: ImageFormat, laid: Geometry, dpi: float) -> EmptyBand:
    """Find the empty band again after ``geometry.turned``. Errors as ``analyse``."""
    grey = decode.grey(data, form, decode.factor_for(dpi, ANALYSIS_DPI), laid.width * laid.height)
    paper = tone.paper_tone(tone.paper_grid(grey))
    image = tone.binarise(grey, dpi * grey.shape[1] / laid.width, paper)
    return band.find(image, laid, dpi)


def _check_header(data: bytes, master: Master, max_pixels: int) -> None:
    """The bytes must be the image the ledger speaks of: all geometry counts on it."""
    width, height = decode.size_of(data, master.format)
    decode.check_size(width, height, max_pixels)
    if (width, height) != (master.width, master.height):
        raise errors.IMAGE_UNDECODABLE.error(reason=f"{width} x {height} pixels, not as recorded")


def _marks(data: bytes, master: Master, grey: Grey, written: ink.Ink) -> tuple[Mark, ...]:
    """Read codes on the reduced image; in full where there are signs of one that could not be read."""
    mirror = geometry.exif_lie(master.orientation)[1]
    scale = master.width / grey.shape[1]
    codes = marks.read(grey, scale)
    if not codes and scale > 1 and marks.look_again(written.image):
        whole = decode.grey(data, master.format, 1, master.width * master.height)
        return marks.read(whole)
    return tuple(_unmirrored(code, master.width) for code in codes) if mirror else codes


def _unmirrored(code: Mark, width: int) -> Mark:
    box = code.box
    return dataclasses.replace(code, box=Box(width - box.x1, box.y0, width - box.x0, box.y1))


class _Steps:
    """CPU seconds per step."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._last = time.process_time()

    def done(self, step: str) -> None:
        now = time.process_time()
        self.seconds[step] = now - self._last
        self._last = now
