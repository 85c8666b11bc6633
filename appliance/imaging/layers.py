"""A page as three layers: a mask of its ink at full resolution, the ink's colours and the paper's, both coarse.

For access copies only. The layers are laid together again and compared with the page; where they differ too much
the page stays as it is. Mixed raster content, ITU-T T.44, without soft masks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import cv2
import numpy as np
import numpy.typing as npt
import simplejpeg

from appliance.imaging import copy_ink, ink_colours

Colour = npt.NDArray[np.uint8]
Bits = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]

PAPER_DPI, INK_DPI = 100, 75
"""Resolutions of the two coarse layers: a pencil line is one or two pixels of the paper's."""

PAPER_QUALITY = 50
"""JPEG quality of the paper, which is smooth without its ink."""

PRINT = 0.55
"""Share of the paper's tone: ink as dark as this goes into the mask. Pencil, faint stamps, holes and lids keep all
their tones in the paper's layer."""

HALO = 2
"""Pixels around ink: where it fades into the paper, neither layer learns from it."""

FEW = 1 / 16
"""Share of a coarse pixel that must be known for it to have a colour of its own."""

FADED = 0.75
"""Share of the paper's light under which a gap in ink is dark."""

COMPARED_DPI, CELL_MM = 150.0, 2.5
"""Resolution at which page and layers are compared, and the side of the cells whose mean difference counts."""

DARK = 128
OWN, SHARE = 7.0, 0.5
"""How much page and layers may differ in one cell on average: levels of 255, and a share of what stands there.

Of what stands in a cell (how much darker it is than its brightest surroundings, or than DARK) all is different
where it was lost or has another colour, and a third where only edges are sharper than they were.
"""


@dataclass(frozen=True, slots=True)
class Layers:
    """A page in three layers; ``mask`` chooses between ``inks`` and ``paper``, which lie over the whole page.

    Attributes:
        mask: (height, width) uint8, 1 for ink.
        inks: (coarse height, coarse width) uint8, which of the ``colours``.
        colours: (colours, 3) uint8, RGB.
        paper: a JPEG, coarse, grey or RGB.
        paper_shape: its height and width.
        channels: of the page and the JPEG, 1 or 3.
    """

    mask: Bits
    inks: Bits
    colours: Colour
    paper: bytes
    paper_shape: tuple[int, int]
    channels: int


@dataclass(frozen=True, slots=True)
class Difference:
    """How far layers are from their page: the worst cell's difference as a share of the most that is allowed."""

    worst: float

    @property
    def passes(self) -> bool:
        """Whether the layers may stand for the page."""
        return self.worst <= 1.0


def split(page: Colour, dpi: float) -> Layers:
    """Take a page (height, width, 3) or (height, width) apart; about 120 ms CPU for A4 at 300 dpi in colour."""
    coloured = page.ndim == 3
    plane = copy_ink.plane_of(page) if coloured else page
    mask = _joined(copy_ink.ink_of(plane, dpi, PRINT), plane)
    core = np.asarray(cv2.erode(mask, cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))), np.uint8)
    away = np.asarray(cv2.dilate(mask, np.ones((2 * HALO + 1, 2 * HALO + 1), np.uint8)), np.uint8) ^ np.uint8(1)
    sums, counts = _coarse(page, (core, mask), dpi / INK_DPI)
    cells = _levels(sums / np.maximum(counts, np.float32(FEW))[..., None])
    inks, colours = ink_colours.inks_of(cells if coloured else np.repeat(cells, 3, axis=2), counts > 0)
    paper = _levels(_filled(*_coarse(page, (away,), dpi / PAPER_DPI)))
    return Layers(mask, inks, colours, _jpeg(paper), paper.shape[:2], 3 if coloured else 1)


def compare(page: Colour, layers: Layers, dpi: float) -> Difference:
    """Lay the layers together as a reader does, from what is coded, and measure how far from the page that is.

    Both are averaged to COMPARED_DPI first, so that the soft edges of letters do not count.
    """
    scale = min(1.0, COMPARED_DPI / dpi)
    size = (max(1, round(page.shape[1] * scale)), max(1, round(page.shape[0] * scale)))
    there = cv2.resize(layers.mask * np.uint8(255), size, interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    ink = layers.colours[:, :layers.channels][cv2.resize(layers.inks, size, interpolation=cv2.INTER_NEAREST)]
    paper = cv2.resize(_decoded(layers), size, interpolation=cv2.INTER_LINEAR).reshape(ink.shape).astype(np.float32)
    again = paper + there[..., None] * (ink - paper)
    truth = cv2.resize(page, size, interpolation=cv2.INTER_AREA).reshape(ink.shape)
    side = max(1, round(CELL_MM * dpi * scale / 25.4))
    bright = cv2.dilate(truth, np.ones((side, side), np.uint8)).reshape(ink.shape)
    off, stands = _per_cell(np.abs(again - truth), side), _per_cell(np.maximum(bright, DARK) - truth, side)
    return Difference(float((off / (OWN + SHARE * stands)).max()))


def _per_cell(values: npt.NDArray[Any], side: int) -> Floats:
    """Average the channel that differs most over square cells."""
    size = (max(1, values.shape[1] // side), max(1, values.shape[0] // side))
    most = values.max(axis=2).astype(np.float32)
    return np.asarray(cv2.resize(most, size, interpolation=cv2.INTER_AREA), np.float32)


def _joined(mask: Bits, plane: Bits) -> Bits:
    """Close narrow gaps that are dark themselves: light would show in them where the paper's layer goes on."""
    closed = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((2 * HALO + 1, 2 * HALO + 1), np.uint8))
    dark = plane < np.percentile(plane[::9, ::9], 75) * FADED
    return np.asarray(np.where(dark, closed, mask), np.uint8)


def _coarse(page: Colour, weights: tuple[Bits, ...], factor: float) -> tuple[Floats, Floats]:
    """Average a page over coarse pixels: of what the first weight names, or else the next; sums, counts 0..1."""
    size = (max(1, round(page.shape[1] / factor)), max(1, round(page.shape[0] / factor)))
    sums, counts = _weighed(page, weights[0], size)
    for weight in weights[1:]:
        others, more = _weighed(page, weight, size)
        few = counts < FEW
        sums[few], counts[few] = others[few], more[few]
    few = counts < FEW
    sums[few], counts[few] = 0, 0
    return sums, counts


def _weighed(page: Colour, weight: Bits, size: tuple[int, int]) -> tuple[Floats, Floats]:
    """Return sums (height, width, channels) and counts of the pixels that ``weight`` (0 or 1) names, per pixel."""
    named: npt.NDArray[Any] = cv2.bitwise_and(page, page, mask=weight)
    there: npt.NDArray[Any] = weight * np.uint8(255)
    if size[0] * 2 <= page.shape[1]:  # halving is quick, and loses two levels at most
        half = (page.shape[1] // 2, page.shape[0] // 2)
        named, there = (cv2.resize(one, half, interpolation=cv2.INTER_AREA) for one in (named, there))
    sums = cv2.resize(named.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    counts = cv2.resize(there.astype(np.float32), size, interpolation=cv2.INTER_AREA) / 255
    return np.asarray(sums.reshape(*counts.shape, -1), np.float32), np.asarray(counts, np.float32)


def _filled(sums: Floats, counts: Floats) -> Floats:
    """Divide sums by counts; where nothing is known, take what is known around, coarser and coarser."""
    known = counts > 0
    here = sums / np.maximum(counts, 1e-6)[..., None]
    if known.all() or max(counts.shape) <= 1:
        return np.asarray(here if known.any() else here + 255, np.float32)
    half = (max(1, (counts.shape[1] + 1) // 2), max(1, (counts.shape[0] + 1) // 2))
    below = cv2.resize(sums, half, interpolation=cv2.INTER_AREA).reshape(half[1], half[0], -1)
    fewer = np.asarray(cv2.resize(counts, half, interpolation=cv2.INTER_AREA), np.float32).reshape(half[1], half[0])
    around = _filled(np.asarray(below, np.float32), fewer)
    up = cv2.resize(around, counts.shape[::-1], interpolation=cv2.INTER_LINEAR).reshape(here.shape)
    return np.asarray(np.where(known[..., None], here, up), np.float32)


def _levels(values: npt.NDArray[Any]) -> Colour:
    return np.asarray(np.clip(values, 0, 255) + 0.5, np.uint8)


def _jpeg(page: Colour) -> bytes:
    spaces = ("GRAY", "Gray") if page.shape[2] == 1 else ("RGB", "420")
    return cast(bytes, simplejpeg.encode_jpeg(np.ascontiguousarray(page), PAPER_QUALITY, *spaces))


def _decoded(layers: Layers) -> Colour:
    return cast(Colour, simplejpeg.decode_jpeg(layers.paper, "RGB" if layers.channels == 3 else "GRAY"))
