"""One page looked at, in order. The only clock is CPU seconds, for the metrics."""

from __future__ import annotations

import dataclasses
import time

import numpy as np
import numpy.typing as npt

from appliance.core import errors
from appliance.core.model import (
    Box,
    EmptyBand,
    Geometry,
    ImageFormat,
    ImageRules,
    Mark,
    Master,
    PageAnalysis,
    Verdict,
)
from appliance.imaging import (
    band,
    decode,
    geometry,
    ink,
    inside,
    layout,
    marks,
    measures,
    paper,
    patch,
    quality,
    secrecy,
    tone,
    treatment,
)

Grey = npt.NDArray[np.uint8]

ANALYSIS_DPI = 130.0
"""Lowest resolution a page is looked at; 300 dpi is halved, 200 dpi is not."""


def analyse(data: bytes, master: Master, rules: ImageRules, max_pixels: int) -> PageAnalysis:
    """Look at one captured side.

    Raises:
        ApplianceError: IMAGE_EMPTY, IMAGE_TOO_LARGE, IMAGE_TOO_SMALL, IMAGE_TRUNCATED, IMAGE_UNDECODABLE.
    """
    steps = _Steps()
    dpi = float(master.resolution)
    mirror = geometry.exif_lie(master.orientation)[1]
    _check_header(data, master, max_pixels)
    factor = decode.factor_of(master.width, master.height, dpi, ANALYSIS_DPI)
    picture = decode.picture(data, master.format, factor, max_pixels)
    rgb, grey = picture.rgb, picture.grey
    scale = master.width / grey.shape[1]
    if mirror:
        grey = np.ascontiguousarray(grey[:, ::-1])
    steps.done("decode")
    sheet = paper.find(grey, dpi / scale)
    steps.done("paper")
    secret = _secret(data, master, picture, (sheet, rules, max_pixels))
    steps.done("secret")
    written = ink.find(grey, dpi / scale, sheet)
    steps.done("ink")
    codes, unread = _marks(data, master, grey, sheet)
    steps.done("marks")
    lying = layout.lay_out(master, grey, written, sheet, codes)
    laid = lying.geometry
    steps.done("lines")
    view = measures.View(grey, rgb, written.paper, sheet, written, dpi, scale, mirror, bool(codes))
    measured = measures.measure(view)
    blank = quality.is_blank(measured, rules) and not codes
    judged = quality.verdicts(master, rules, measured)
    steps.done("quality")
    seen = dataclasses.replace(laid, mirror=False)  # the image was mirrored already; its codes were mirrored back
    around = tuple(_unturned(code, master.width) for code in codes) if mirror else codes
    plain = rgb[:, ::-1] if mirror and rgb is not None else rgb
    free = band.find(band.View(written.image, grey, seen, dpi, around, plain, written.paper))
    steps.done("band")
    colour = inside.colour(plain, sheet) if plain is not None else None
    chosen = None if blank else treatment.choose(decode.Picture(grey, rgb), written.paper, colour)
    steps.done("treatment")
    return PageAnalysis(laid, blank, codes, secret + judged, free, blank or lying.upright_sure, steps.seconds,
                        lying.paper, chosen, unread)


def band_of(
    data: bytes, form: ImageFormat, laid: Geometry, dpi: float, codes: tuple[Mark, ...] = (),
) -> EmptyBand:
    """Find the empty band again after ``geometry.turned``, ``codes`` kept free. Errors as ``analyse``."""
    seen = decode.picture(data, form, decode.factor_for(dpi, ANALYSIS_DPI), laid.width * laid.height)
    paper = tone.paper_grid(seen.grey)
    image = tone.binarise(seen.grey, dpi * seen.grey.shape[1] / laid.width, tone.paper_tone(paper))
    return band.find(band.View(image, seen.grey, laid, dpi, codes, seen.rgb, paper))


def _check_header(data: bytes, master: Master, max_pixels: int) -> None:
    """The bytes must be the image the ledger speaks of: all geometry counts on it."""
    width, height = decode.size_of(data, master.format)
    decode.check_size(width, height, max_pixels)
    if (width, height) != (master.width, master.height):
        raise errors.IMAGE_UNDECODABLE.error(reason=f"{width} x {height} pixels, not as recorded")


def _secret(
    data: bytes, master: Master, picture: decode.Picture, how: tuple[paper.Sheet, ImageRules, int],
) -> tuple[Verdict, ...]:
    """Judge whether a page bears a state-secret stamp; nothing is said of one without colour."""
    sheet, rules, max_pixels = how
    if picture.rgb is None:
        return ()

    def finer(dpi: float) -> decode.Colour:
        factor = decode.factor_of(master.width, master.height, dpi, ANALYSIS_DPI)
        return decode.colour(data, factor, max_pixels)

    mirror = geometry.exif_lie(master.orientation)[1]
    view = secrecy.View(picture.rgb, sheet.dpi, sheet, mirror, master.width / picture.rgb.shape[1], finer)
    return (secrecy.verdict(view, rules),)


def _marks(data: bytes, master: Master, grey: Grey, sheet: paper.Sheet) -> tuple[tuple[Mark, ...], tuple[Box, ...]]:
    """Read codes on the reduced image; in full where something like one could not be read.

    Returns them, and where something like one was read in no way.
    """
    mirror = geometry.exif_lie(master.orientation)[1]
    scale = master.width / grey.shape[1]
    light = float(inside.tone(grey, sheet)[0])
    found = marks.read(grey, sheet.dpi, scale, light)
    codes, unread = found.marks + patch.read(grey, sheet.dpi, scale, light), found.unread
    if found.unread and scale > 1:
        whole = decode.grey(data, master.format, 1, master.width * master.height)
        whole = np.ascontiguousarray(whole[:, ::-1]) if mirror else whole
        codes += marks.read_again(whole, found.unread)
        unread = marks.without(found.unread, codes)
    if not mirror:
        return codes, unread
    right = tuple(_unturned(code, master.width) for code in codes)
    return right, tuple(_unmirrored(box, master.width) for box in unread)


def _unturned(code: Mark, width: int) -> Mark:
    return dataclasses.replace(code, box=_unmirrored(code.box, width), angle=-code.angle)


def _unmirrored(box: Box, width: int) -> Box:
    return Box(width - box.x1, box.y0, width - box.x0, box.y1)


class _Steps:
    """CPU seconds per step."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._last = time.process_time()

    def done(self, step: str) -> None:
        now = time.process_time()
        self.seconds[step] = now - self._last
        self._last = now
