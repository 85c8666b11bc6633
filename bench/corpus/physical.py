"""A sheet of paper: its tone, what shows through, print, stamps and notes, creases, holes, a staple, dust."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from appliance.core.model import Box
from bench.corpus import codes, hand, stamps
from bench.corpus.corner import fold_corner
from bench.corpus.printed import Print, lay, printed
from bench.corpus.spec import Code, Hand, Laid, Sheet, Spec, Stamp, Tint
from bench.corpus.truth import INK_PER_MM

Pixels = NDArray[np.uint8]

LIDS: dict[str, Tint] = {"paper": (176, 178, 174), "grey": (176, 178, 174), "white": (250, 250, 250),
                         "black": (14, 13, 14)}
HOLE_MM, HOLE_GAP_MM, HOLE_EDGE_MM = 5.6, 80.0, 12.0
BLACK: Tint = (30, 27, 31)


@dataclass(frozen=True, slots=True)
class Item:
    """Something that was laid on the print: what, how it covers, where its top left corner is (pixels)."""

    laid: Laid
    cover: Pixels
    left: int
    top: int


@dataclass(frozen=True, slots=True)
class Lay:
    """A finished sheet: ``page`` RGB uint8, ``ink`` where ink lies (2 pixels per mm), its print, what was laid."""

    page: Pixels
    ink: Pixels
    printed: Print
    items: tuple[Item, ...]


def make_sheet(spec: Spec) -> Lay:
    """Return the sheet of a page, upright, at the page's resolution."""
    print_ = printed(spec.kind, spec.variant, spec.dpi)
    rng = np.random.default_rng(spec.seed)
    veil = print_.veil.copy() if spec.laid or spec.sheet.thermal else print_.veil
    if spec.sheet.ink < 1 and not print_.empty:
        veil = np.asarray(cv2.LUT(veil, _faint(spec.sheet.ink)), np.uint8)
    if spec.sheet.thermal:
        _fade(veil, rng)
    items = tuple(_item(laid, spec, at) for at, laid in enumerate(spec.laid))
    for item in items:
        _put(veil, item)
    page = np.asarray(cv2.LUT(veil, _tinted(spec.sheet.tone)), np.uint8)
    _age(page, spec, rng)
    return Lay(page, _ink(veil, print_), print_, items)


def lid_colour(lid: str) -> Tint:
    """Return the colour of what lies behind the paper."""
    return LIDS[lid]


def item_box(item: Item, spec: Spec) -> Box:
    """Return the rectangle of the upright sheet that an item covers, in mm."""
    unit = 25.4 / spec.dpi
    high, wide = item.cover.shape
    return Box(item.left * unit, item.top * unit, (item.left + wide) * unit, (item.top + high) * unit)


def _item(laid: Laid, spec: Spec, at: int) -> Item:
    seed = spec.seed * 31 + at
    if isinstance(laid, Stamp):
        cover = stamps.draw_stamp(laid, spec.dpi, seed)
    elif isinstance(laid, Code):
        cover = codes.draw_code(laid, spec.dpi)
    else:
        cover = hand.draw_hand(laid, spec.dpi, seed)
    high, wide = cover.shape
    x, y = (value * spec.dpi / 25.4 for value in laid.at)
    return Item(laid, cover, round(x - wide / 2), round(y - high / 2))


def _put(veil: Pixels, item: Item) -> None:
    """Lay an item's ink; what falls beside the sheet is lost."""
    high, wide = item.cover.shape
    left, top = max(0, item.left), max(0, item.top)
    right, bottom = min(veil.shape[1], item.left + wide), min(veil.shape[0], item.top + high)
    if right <= left or bottom <= top:
        return
    cover = item.cover[top - item.top:bottom - item.top, left - item.left:right - item.left]
    if isinstance(item.laid, Stamp):
        colour = item.laid.colour
    else:
        colour = hand.COLOURS[item.laid.kind] if isinstance(item.laid, Hand) else BLACK
    lay(veil[top:bottom, left:right], cover, colour)


def _faint(ink: float) -> Pixels:
    return (255 - ink * (255 - np.arange(256))).astype(np.uint8)


def _tinted(tone: Tint) -> Pixels:
    """Return the table from veil to colour on paper of a tone."""
    return np.stack([(np.arange(256) * (part / 255)).round().astype(np.uint8) for part in tone], 1)[None]


def _fade(veil: Pixels, rng: np.random.Generator) -> None:
    """Let thermal print fade in bands across the paper's way, ink by ink towards paper."""
    wide = veil.shape[1]
    strength = np.interp(np.arange(wide), np.linspace(0, wide, 7), rng.uniform(0.35, 0.8, 7)).astype(np.float32)
    lost = (255 - veil).astype(np.float32) * strength[None, :, None]
    np.copyto(veil, (255 - lost).astype(np.uint8))


def _ink(veil: Pixels, print_: Print) -> Pixels:
    """Return where ink lies, 2 pixels per mm; a cell with any visible ink counts."""
    wide, high = (max(1, round(side * INK_PER_MM)) for side in print_.size_mm)
    part = cv2.resize(veil[..., 0], (wide, high), interpolation=cv2.INTER_AREA)
    other = cv2.resize(veil[..., 1], (wide, high), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.threshold(cv2.min(part, other), 252, 255, cv2.THRESH_BINARY_INV)[1], np.uint8)


def _age(page: Pixels, spec: Spec, rng: np.random.Generator) -> None:
    """Add what shows through and what happened to the paper, in place."""
    sheet = spec.sheet
    if sheet.bleed > 0:
        _bleed(page, sheet, spec.dpi)
    for share in sheet.folds:
        _crease(page, share, spec.dpi)
    if sheet.specks:
        _dust(page, sheet.specks, spec.dpi, rng)
    if sheet.holes:
        _punch(page, spec)
    if sheet.staple:
        _staple(page, spec.dpi, rng)
    if sheet.corner is not None:
        fold_corner(page, sheet.corner, spec.dpi, LIDS[spec.lie.lid])


def _bleed(page: Pixels, sheet: Sheet, dpi: int) -> None:
    """Darken the paper where the other face is printed: mirrored, blurred, without colour."""
    other = printed(*sheet.behind, dpi).veil
    small = cv2.resize(other, (page.shape[1] // 3, page.shape[0] // 3), interpolation=cv2.INTER_AREA)
    veil = cv2.GaussianBlur(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY)[:, ::-1], (0, 0), 0.0036 * dpi)
    kept = cv2.LUT(veil, _faint(sheet.bleed))
    whole = cv2.resize(kept, (page.shape[1], page.shape[0]), interpolation=cv2.INTER_LINEAR)
    cv2.multiply(page, cv2.merge([whole, whole, whole]), dst=page, scale=1 / 255)


def _crease(page: Pixels, share: float, dpi: int) -> None:
    """Draw a fold: a dark and a bright line side by side, a soft slope on either side."""
    lines = page if share >= 0 else page.transpose(1, 0, 2)
    middle, reach = int(abs(share) * lines.shape[0]), max(2, round(1.6 * dpi / 25.4))
    fine = max(1, round(0.18 * dpi / 25.4))
    for off in range(-reach, reach + 1):
        slope = 7.0 * (1 - abs(off) / reach) * (1 if off < 0 else -0.6)
        line = 16.0 if 0 <= off < fine else (-8.0 if fine <= off < 2 * fine else 0.0)
        row = lines[middle + off].astype(np.float32) - slope - line
        lines[middle + off] = np.clip(row, 0, 255).astype(np.uint8)


def _dust(page: Pixels, count: int, dpi: int, rng: np.random.Generator) -> None:
    """Scatter grains of 0.1 to 0.35 mm."""
    for _ in range(count):
        x, y = int(rng.integers(0, page.shape[1])), int(rng.integers(0, page.shape[0]))
        radius = max(1, round(rng.uniform(0.05, 0.18) * dpi / 25.4))
        shade = int(rng.integers(70, 190))
        cv2.circle(page, (x, y), radius, (shade, shade, shade - 6), -1, cv2.LINE_AA)


def _punch(page: Pixels, spec: Spec) -> None:
    """Show the backing through two holes at the binding edge, with the shadow of their rims."""
    unit = spec.dpi / 25.4
    lid = np.array(LIDS[spec.lie.lid], float)
    high, wide = page.shape[:2]
    x = wide - HOLE_EDGE_MM * unit if spec.sheet.mirrored else HOLE_EDGE_MM * unit
    gap = min(HOLE_GAP_MM, high / unit * 0.5)
    for sign in (-0.5, 0.5):
        middle = (int(x), int(high / 2 + gap * sign * unit))
        radius = round(HOLE_MM / 2 * unit)
        cv2.circle(page, middle, radius, tuple(lid * 0.62), -1, cv2.LINE_AA)
        off = round(0.3 * unit)
        cv2.circle(page, (middle[0] + off, middle[1] + off), radius - off, tuple(lid), -1, cv2.LINE_AA)


def _staple(page: Pixels, dpi: int, rng: np.random.Generator) -> None:
    """Draw a staple in the top left corner: wire with a shine, and the shadow beside it."""
    unit = dpi / 25.4
    turn = np.radians(rng.uniform(20, 70))
    middle = np.array([rng.uniform(8, 16), rng.uniform(7, 14)]) * unit
    half = np.array([np.cos(turn), -np.sin(turn)]) * 6.0 * unit
    reach = int(16 * unit)
    y0, x0 = max(0, int(middle[1]) - reach), max(0, int(middle[0]) - reach)
    part = page[y0:int(middle[1]) + reach, x0:int(middle[0]) + reach]
    one, other = middle - half - (x0, y0), middle + half - (x0, y0)
    shadow = np.zeros(part.shape[:2], np.uint8)
    drop = np.array([0.55, 0.7]) * unit
    cv2.line(shadow, _point(one + drop), _point(other + drop), 150, max(1, round(1.5 * unit)), cv2.LINE_AA)
    dark = 255 - cv2.GaussianBlur(shadow, (0, 0), 0.5 * unit)
    cv2.multiply(part, cv2.merge([dark, dark, dark]), dst=part, scale=1 / 255)
    for colour, thick in (((104, 104, 108), 0.6), ((214, 214, 218), 0.18)):
        cv2.line(part, _point(one), _point(other), colour, max(1, round(thick * unit)), cv2.LINE_AA)


def _point(where: NDArray[np.float64]) -> tuple[int, int]:
    return round(float(where[0])), round(float(where[1]))
