"""How paper looks when an office scanner has seen it: tone, grain, light, skew, holes, show-through.

``scan`` turns a printed side into the JPEG a document feeder would send. One seed, one picture.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from appliance.demo.paper import Leaf

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]

LID = (176, 178, 174)
HOLE_MM, HOLE_GAP_MM, HOLE_EDGE_MM = 5.6, 80.0, 12.0
GRAIN = 1024


@dataclass(frozen=True, slots=True)
class Look:
    """How one side lies and what it has been through.

    Attributes:
        skew: degrees that the paper is turned, clockwise positive.
        upside_down: fed the wrong way round.
        lid: whether the scanner's grey backing shows round a turned sheet.
        holes: punched for a binder; ``mirrored`` when this is the back of the sheet.
        fold: a crease across the middle.
        bleed: strength with which the other face shows through, 0..1.
        tone: paper colour (red, green, blue).
    """

    skew: float = 0.0
    upside_down: bool = False
    lid: bool = False
    holes: bool = False
    mirrored: bool = False
    fold: bool = False
    bleed: float = 0.06
    tone: tuple[int, int, int] = (247, 244, 236)
    quality: int = 82


def scan(leaf: Leaf, look: Look, seed: int, behind: Leaf | None = None) -> bytes:
    """Return one side as a colour JPEG (4:2:0, JFIF density set), A4 at the leaf's resolution."""
    rng = np.random.default_rng(seed)
    page = _printed(leaf, _paper(leaf, look, rng, behind), look)
    if look.holes:
        _punch(page, leaf, look)
    page = _lay(page, look, rng)
    if look.upside_down:
        page = np.ascontiguousarray(page[::-1, ::-1])
    return _encode(_sensor(page, rng), leaf.dpi, look.quality)


def _paper(leaf: Leaf, look: Look, rng: np.random.Generator, behind: Leaf | None) -> Pixels:
    """Return the reflectance of the empty sheet (0..255, grey): light, crease, show-through."""
    width, height = leaf.size
    light = np.linspace(0, rng.uniform(-5, 5), 9)[None, :] + np.linspace(0, rng.uniform(-7, 3), 13)[:, None]
    light = 250 + light - max(0.0, float(light.max())) + rng.normal(0, 0.8, light.shape)
    coarse = np.clip(light, 0, 255).astype(np.float32)
    small = (width // 8, height // 8)
    shade: Floats = np.asarray(cv2.resize(coarse, small, interpolation=cv2.INTER_CUBIC), np.float32)
    if look.fold:
        middle = shade.shape[0] // 2
        shade[middle - 1:middle + 1] -= 11
        shade[middle + 1:middle + 3] += 3
    if behind is not None and look.bleed:
        shade -= _shown_through(behind, shade.shape, look.bleed)
    grey = np.clip(shade, 0, 255).astype(np.uint8)
    return np.asarray(cv2.resize(grey, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)


def _shown_through(behind: Leaf, shape: tuple[int, ...], strength: float) -> Floats:
    """Return how much darker the sheet is where the other face is printed, seen mirrored and blurred."""
    veil = np.zeros(shape, np.float32)
    for layer in behind.layers.values():
        veil += cv2.resize(np.asarray(layer), (shape[1], shape[0]), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.GaussianBlur(veil[:, ::-1], (0, 0), 1.3) * strength, np.float32)


def _printed(leaf: Leaf, paper: Pixels, look: Look) -> Pixels:
    """Return the sheet in colour (red, green, blue) with its inks on it."""
    tinted = [np.clip(np.arange(256) * part / 250.0, 0, 255).astype(np.uint8) for part in look.tone]
    table = np.stack(tinted, axis=1)[None]
    page = np.asarray(cv2.LUT(cv2.merge([paper, paper, paper]), table), np.uint8)
    for colour, layer in leaf.layers.items():
        box = layer.getbbox()
        if box is None:
            continue
        left, top, right, bottom = box
        cover = cv2.GaussianBlur(np.asarray(layer)[top:bottom, left:right], (3, 3), 0.75)
        spread = [255 - cv2.LUT(cover, _toned(255 - part)) for part in colour]
        region = page[top:bottom, left:right]
        cv2.multiply(region, cv2.merge(spread), dst=region, scale=1 / 255)
    return page


def _toned(part: int) -> Pixels:
    """Return the table from coverage to how much light of one primary the ink takes."""
    return np.clip(np.arange(256) * part / 255.0, 0, 255).astype(np.uint8)


def _punch(page: Pixels, leaf: Leaf, look: Look) -> None:
    """Show the backing through two holes at the binding edge, with the shadow of their rims."""
    x = leaf.px(210 - HOLE_EDGE_MM if look.mirrored else HOLE_EDGE_MM)
    for sign in (-0.5, 0.5):
        y = page.shape[0] // 2 + leaf.px(HOLE_GAP_MM * sign)
        radius = leaf.px(HOLE_MM / 2)
        cv2.circle(page, (x, y), radius, tuple(part * 0.62 for part in LID), -1, cv2.LINE_AA)
        cv2.circle(page, (x + 3, y + 4), radius - 4, LID, -1, cv2.LINE_AA)


def _lay(page: Pixels, look: Look, rng: np.random.Generator) -> Pixels:
    """Turn and shift the sheet in the scanner's frame."""
    height, width = page.shape[:2]
    turn = -(look.skew + rng.uniform(-0.12, 0.12))
    matrix = np.array(cv2.getRotationMatrix2D((width / 2, height / 2), turn, 1.0), np.float64)
    matrix[:, 2] += rng.uniform(-4, 4, 2)
    if not look.lid:
        return np.asarray(cv2.warpAffine(page, matrix, (width, height), flags=cv2.INTER_LINEAR,
                                         borderMode=cv2.BORDER_REPLICATE), np.uint8)
    frame = np.full_like(page, LID)
    corners = np.array([[0, 0, 1], [width, 0, 1], [width, height, 1], [0, height, 1]], np.float64)
    outline = (corners @ matrix.T).round().astype(np.int32)
    for thick, share in ((34, 0.96), (22, 0.9), (12, 0.8), (5, 0.66)):
        cv2.polylines(frame, [outline], True, tuple(part * share for part in LID), thick, cv2.LINE_AA)
    return np.asarray(cv2.warpAffine(page, matrix, (width, height), dst=frame, flags=cv2.INTER_LINEAR,
                                     borderMode=cv2.BORDER_TRANSPARENT), np.uint8)


def _sensor(page: Pixels, rng: np.random.Generator) -> Pixels:
    """Add what the sensor adds: grain, and a red and a blue row that lie a little off the green one."""
    height, width = page.shape[:2]
    left, top = (int(value) for value in rng.integers(0, GRAIN, 2))
    tile = np.roll(_grain(), (top, left), (0, 1))
    grain = np.tile(tile, (height // GRAIN + 1, width // GRAIN + 1, 1))[:height, :width]
    noisy = cv2.addWeighted(page, 1.0, grain, 1.0, -128.0)
    red, green, blue = cv2.split(noisy)
    kernel = np.array([[0.22], [0.78], [0.0]], np.float32)
    return np.asarray(cv2.merge([cv2.filter2D(red, -1, kernel), green,
                                 cv2.filter2D(blue, -1, kernel[::-1].copy())]), np.uint8)


@lru_cache(maxsize=1)
def _grain() -> Pixels:
    """Return a tile of grain about 128: mostly in lightness, a little in colour."""
    rng = np.random.default_rng(1995)
    clouds = cv2.GaussianBlur(rng.normal(0, 6, (GRAIN, GRAIN)), (0, 0), 1.6)
    grey = rng.normal(0, 2.0, (GRAIN, GRAIN)) + clouds
    colour = rng.normal(0, 0.9, (GRAIN, GRAIN, 3))
    return np.clip(128 + grey[..., None] + colour, 0, 255).astype(np.uint8)


def _encode(page: Pixels, dpi: int, quality: int) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(page).save(stream, "JPEG", quality=quality, subsampling="4:2:0", dpi=(dpi, dpi))
    return stream.getvalue()
