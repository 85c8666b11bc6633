"""Print as a veil: how much light each primary keeps where ink lies. Drawn once, used for many captures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from random import Random

import cv2
import numpy as np
from numpy.typing import NDArray

from appliance.demo.forms import make_form, make_table
from appliance.demo.letters import make_decision, make_letter, make_statement
from appliance.demo.paper import Leaf
from bench.corpus import slips, unseen
from bench.corpus.spec import Point, Tint

Pixels = NDArray[np.uint8]

SQRT2 = 2**0.5
KEPT = 20
"""Drawn prints that are kept: 12 MB each at 200 dpi, 26 MB at 300, A4."""

MAKERS: dict[str, Callable[[Random, int], Leaf]] = {
    "letter": lambda rng, dpi: make_letter(rng, dpi)[0],
    "overleaf": lambda rng, dpi: make_letter(rng, dpi, sides=2)[1],
    "decision": lambda rng, dpi: make_decision(rng, dpi)[0],
    "statement": lambda rng, dpi: make_statement(rng, dpi)[0],
    "form": lambda rng, dpi: make_form(rng, dpi)[0],
    "table": lambda rng, dpi: make_table(rng, dpi)[0],
    "a5_letter": lambda rng, dpi: make_letter(rng, round(dpi / SQRT2))[0],
    "a3_form": lambda rng, dpi: make_form(rng, round(dpi * SQRT2))[0],
    "a3_spread": lambda rng, dpi: _spread(rng, dpi),  # noqa: PLW0108 - drawn from the others of this table
    "voucher": slips.make_voucher,
    "card": slips.make_card,
    "receipt": slips.make_receipt,
    "receipt_narrow": lambda rng, dpi: slips.make_receipt(rng, dpi, 57.0, 6),
    "receipt_long": lambda rng, dpi: slips.make_receipt(rng, dpi, 80.0, 70),
    "note": slips.make_note,
    "number": slips.make_number,
    "line": slips.make_line,
    "divider": slips.make_divider,
    "certificate": slips.make_certificate,
    "red_boxes": slips.make_red_boxes,
    "secret_words": slips.make_secret_words,
    "blank": lambda _, dpi: slips.Slip(dpi),
    "blank_card": lambda _, dpi: slips.Slip(dpi, paper=(125.0, 75.0)),
    "blank_a5": lambda _, dpi: slips.Slip(dpi, paper=(148.0, 210.0)),
    "blank_wide": lambda _, dpi: slips.Slip(dpi, paper=(297.0, 210.0)),
    "blank_a3": lambda _, dpi: slips.Slip(dpi, paper=(297.0, 420.0)),
    "blank_id": lambda _, dpi: slips.Slip(dpi, paper=(85.6, 54.0)),
}
KINDS = tuple(MAKERS)


@dataclass(frozen=True, slots=True)
class Print:
    """A printed side: ``veil`` RGB uint8 (h, w, 3), 255 where no ink lies; its size in mm; its text."""

    veil: Pixels
    size_mm: Point
    text: str
    empty: bool


@lru_cache(maxsize=KEPT)
def printed(kind: str, variant: int, dpi: int) -> Print:
    """Draw a side.

    Raises:
        KeyError: no such kind.
        ApplianceError: FONT_MISSING.
    """
    leaf = (MAKERS | unseen.MAKERS)[kind](Random(f"{kind}/{variant}"), dpi)
    wide, high = leaf.size
    veil = np.full((high, wide, 3), 255, np.uint8)
    for colour, layer in leaf.layers.items():
        box = layer.getbbox()
        if box is None:
            continue
        left, top, right, bottom = (max(0, box[0] - 2), max(0, box[1] - 2), min(wide, box[2] + 2),
                                    min(high, box[3] + 2))
        lay(veil[top:bottom, left:right], np.asarray(layer)[top:bottom, left:right], colour)
    veil.setflags(write=False)
    return Print(veil, (wide * 25.4 / dpi, high * 25.4 / dpi), leaf.text, not leaf.lines)


def _spread(rng: Random, dpi: int) -> Leaf:
    """Return an A3 sheet across: two A4 sides, as an open folder has."""
    leaf = slips.Slip(dpi, paper=(420.0, 297.0))
    for at, kind in enumerate(rng.sample(("letter", "decision", "form", "table"), 2)):
        side = MAKERS[kind](rng, dpi)
        for colour, layer in side.layers.items():
            leaf.blend(layer, (at * 210.0, 0.0), colour)
        leaf.lines += side.lines
    return leaf


def lay(veil: Pixels, cover: Pixels, colour: Tint) -> None:
    """Lay ink of a colour and a coverage (uint8) on a veil; edges run a little into the paper."""
    soft = cv2.GaussianBlur(cover, (3, 3), 0.75)
    kept = [255 - cv2.LUT(soft, (np.arange(256) * ((255 - part) / 255)).astype(np.uint8)) for part in colour]
    cv2.multiply(veil, cv2.merge(kept), dst=veil, scale=1 / 255)
