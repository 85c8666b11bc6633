"""Images that no scanner should send, for the tests that show that none of them does harm."""

from __future__ import annotations

import io

import numpy as np
import numpy.typing as npt
from hypothesis import strategies as st
from PIL import Image

from appliance.core.errors import ApplianceError
from appliance.core.model import ImageFormat, ImageRules, Master, PageAnalysis
from appliance.imaging import decode, recipe, rendition
from appliance.imaging.rendition import Rendition

RULES = ImageRules(min_dpi=200, colour_required=True)
LIMIT = 4_000_000
KINDS = ("noise", "black", "white", "ramp", "steps", "print", "lines")
MODES = ("RGB", "L", "CMYK", "1", "I;16")


def pixels(kind: str, height: int, width: int, seed: int) -> npt.NDArray[np.uint8]:
    """Draw an image (height, width) of a kind."""
    rng = np.random.default_rng(seed)
    if kind == "noise":
        return rng.integers(0, 256, (height, width)).astype(np.uint8)
    if kind in ("black", "white"):
        return np.full((height, width), 0 if kind == "black" else 255, np.uint8)
    if kind == "ramp":
        return np.broadcast_to(np.linspace(0, 255, width).astype(np.uint8), (height, width)).copy()
    if kind == "steps":
        return np.where(np.indices((height, width)).sum(axis=0) // (1 + seed % 40) % 2, 250, 5).astype(np.uint8)
    out = np.full((height, width), 240, np.uint8)
    for _ in range(min(400, height * width // 200)):
        y, x = int(rng.integers(0, height)), int(rng.integers(0, width))
        high, wide = (2, width) if kind == "lines" else (int(rng.integers(1, 30)), int(rng.integers(1, 40)))
        out[y:y + high, x:x + wide] = rng.integers(0, 120)
    return out


def coded(grey: npt.NDArray[np.uint8], mode: str) -> tuple[bytes, ImageFormat]:
    """Code an image: JPEG in colour, grey or four inks; TIFF of 1 and of 16 bits."""
    stream = io.BytesIO()
    if mode in ("1", "I;16"):
        deep = grey.astype(np.uint16) * 257
        image = Image.fromarray(deep) if mode == "I;16" else Image.fromarray(grey).convert("1")
        image.save(stream, "TIFF", compression="group4" if mode == "1" else "raw")
        return stream.getvalue(), ImageFormat.G4
    Image.fromarray(grey).convert(mode).save(stream, "JPEG", quality=70)
    return stream.getvalue(), ImageFormat.JPEG


def looked_at(data: bytes, form: ImageFormat, size: tuple[int, int], dpi: int) -> PageAnalysis | ApplianceError:
    """Analyse an image and draw its picture for OCR; return what was found or the typed error."""
    master = Master("x", "0" * 64, len(data), form, *size, 3, dpi)
    try:
        found = recipe.analyse(data, master, RULES, LIMIT)
        picture = rendition.draw(data, Rendition(form, found.geometry, dpi or 300, 150, found.treatment))
    except ApplianceError as problem:
        return problem
    assert picture.dtype == np.uint8 and picture.ndim == 2 and picture.size <= 1.01 * rendition.MOST_PIXELS
    return found


def damaged(data: bytes, draw: st.DrawFn) -> bytes:
    """Cut a file off somewhere, or flip some of its bits."""
    if draw(st.booleans()):
        return data[:draw(st.integers(0, len(data)))]
    out = bytearray(data)
    for at in draw(st.lists(st.integers(0, len(data) * 8 - 1), min_size=1, max_size=20)):
        out[at // 8] ^= 1 << at % 8
    return bytes(out)


def decoded(data: bytes, form: ImageFormat) -> decode.Picture | ApplianceError:
    """Decode, at every reduction there is, or return the typed error."""
    try:
        pictures = [decode.picture(data, form, factor, LIMIT) for factor in decode.FACTORS]
    except ApplianceError as problem:
        return problem
    assert all(one.grey.size <= LIMIT for one in pictures)
    return pictures[0]
