"""One page laid out: which way up it lies, its skew, its paper, and the transform that follows from them."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from appliance.core.model import Geometry, Mark, Master, Paper
from appliance.imaging import bounds, geometry, lines
from appliance.imaging.geometry import MOST_SKEW
from appliance.imaging.ink import Ink
from appliance.imaging.lines import Lie
from appliance.imaging.paper import Sheet
from appliance.imaging.paper_size import size_name

Grey = npt.NDArray[np.uint8]

QR = "QRCode"


@dataclass(frozen=True, slots=True)
class Layout:
    """How a page lies: its transform, its paper, and whether it is surely the right way up."""

    geometry: Geometry
    paper: Paper
    upright_sure: bool


def lay_out(master: Master, grey: Grey, ink: Ink, sheet: Sheet, codes: Sequence[Mark] = ()) -> Layout:
    """Lay out a page from what was found on its image.

    Args:
        master: what the ledger knows of it.
        grey: the image or a reduction of it, mirrored if the header says so.
        ink: found on ``grey``.
        sheet: found on ``grey``.
        codes: read on the page.

    Which way up it is, writing tells; where it does not, a QR code, printed upright as a rule; else the header.
    Writing levels a page; where there is too little, the paper's edges do. The page is cut to the paper where
    its edges are certain, and never so that ink is lost.
    """
    turn, mirror = geometry.exif_lie(master.orientation)
    lie = lines.find(ink, grey, turn if mirror else _turn_of(codes, turn))
    scale = master.width / grey.shape[1]
    laid = geometry.lay(master.width, master.height, lie.turn, level_of(lie, ink, sheet), mirror)
    if sheet.certain:
        laid = geometry.crop(laid, [_scaled(edge, scale) for edge in sheet.edges()])
    laid = geometry.spare_ink(laid, ink.boxes * scale)
    if laid.skew and not (sheet.certain and all(sheet.seen)):
        laid = geometry.spare_ink(laid, bounds.faint_spans(grey, ink.dpi) * scale)
    return Layout(laid, paper_of(sheet, lie.turn), lie.upright_sure)


def _turn_of(codes: Sequence[Mark], turn: int) -> int:
    """Return the quarter turns that bring the first QR code upright; ``turn`` where there is none."""
    angle = next((code.angle for code in codes if code.kind == QR and _is_square(code.angle)), None)
    return turn if angle is None else round(-angle / 90) % 4


def _is_square(angle: float) -> bool:
    return abs((angle + 45) % 90 - 45) <= MOST_SKEW


def level_of(lie: Lie, ink: Ink, sheet: Sheet) -> float:
    """Return the degrees clockwise that level a page."""
    little = not lie.level_sure or ink.letter_count < lines.FEWEST_LETTERS
    if little and sheet.certain and sheet.angle is not None:
        return -sheet.angle
    return lie.skew


def paper_of(sheet: Sheet, turn: int) -> Paper:
    """Return the paper as it lies on the upright page."""
    width, height = sheet.size_mm if turn % 2 == 0 else sheet.size_mm[::-1]
    skew = -sheet.angle if sheet.angle is not None else None
    return Paper(round(width, 2), round(height, 2), size_name(width, height), skew, sheet.certain)


def paper_turned(paper: Paper | None, quarter_turns: int) -> Paper | None:
    """Turn a paper by further quarter turns, as ``geometry.turned`` does with its page."""
    if paper is None or quarter_turns % 2 == 0:
        return paper
    return dataclasses.replace(paper, width_mm=paper.height_mm, height_mm=paper.width_mm)


def _scaled(edge: geometry.Edge | None, scale: float) -> geometry.Edge | None:
    if edge is None:
        return None
    (x0, y0), (x1, y1) = edge
    return (x0 * scale, y0 * scale), (x1 * scale, y1 * scale)
