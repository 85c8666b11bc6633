"""Draw the golden pages of ``appliance/golden``: made once, part of the source, drawn again only with new bounds.

    .venv/bin/python bench/draw_golden.py appliance/golden

A5 at 300 dpi on a scanner's grey lid: a letter upside down and askew, with a QR code and a red seal; one fed
sideways with a state-secret stamp; a back with punch holes and what shines through. Drawn with the demo's fonts;
they hold no font and nobody's data. Prints what ``appliance/golden/pages.py`` states of each file.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import sys
from pathlib import Path
from random import Random

import cv2
import numpy as np
import segno
import simplejpeg
from numpy.typing import NDArray
from PIL import Image

sys.path.insert(0, str(Path(__file__).parents[1]))

from appliance.demo.letterhead import draw_seal
from appliance.demo.paper import BOLD, RED, ROMAN, Leaf
from appliance.golden.pages import BACK, FRONT, SECRET, WORDS, Known
from bench.corpus.spec import Stamp
from bench.corpus.stamps import draw_stamp

DPI, A5, LID, SEED = 300, (148.0, 210.0), (120, 122, 119), 20261122
UNIT = DPI / 25.4
OVERSCAN = 4.0


class Slip(Leaf):
    """A side of A5."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.px(A5[0]), self.px(A5[1])


def letter() -> Slip:
    """Print the words that OCR must read, in a column; the top left stays free."""
    slip = Slip(DPI)
    slip.write((20, 52), WORDS[0], BOLD)
    top = 58.0
    for line in WORDS[1:]:
        slip.write((20, top + 6), line, ROMAN)
        top += 8
    return slip


def front() -> Slip:
    """Print the letter with its code and seal."""
    slip = letter()
    drawn = io.BytesIO()
    segno.make(FRONT.code, error="m", micro=False).save(drawn, kind="png", scale=8, border=0)
    code = Image.eval(Image.open(drawn).convert("L"), lambda tone: 255 - tone)
    side = slip.px(18)
    slip.blend(code.resize((side, side), Image.Resampling.NEAREST), (110, 6), (30, 27, 31))
    seal = draw_seal(slip, Random(SEED))
    slip.blend(seal.resize((slip.px(30), slip.px(30))), (108, 172), RED)
    return slip


def secret() -> Slip:
    """Print the letter with a state-secret stamp."""
    slip = letter()
    slip.blend(Image.fromarray(draw_stamp(Stamp("TỐI MẬT", ink=0.85), DPI, SEED)), (20, 24), RED)
    return slip


def coloured(slip: Slip, behind: Slip | None = None, strength: float = 0.0) -> NDArray[np.float32]:
    """Return reflectances (height, width, 3) of a printed sheet of off-white paper."""
    page = np.full((*slip.size[::-1], 3), (247, 244, 236), np.float32)
    if behind is not None:
        through = np.asarray(behind.ink(), np.float32)[:, ::-1] / 255
        page *= 1 - strength * cv2.GaussianBlur(through, (0, 0), 5)[:, :, None]
    for colour, layer in slip.layers.items():
        cover = np.asarray(layer, np.float32)[:, :, None] / 255
        page[:] = page * (1 - cover) + np.asarray(colour, np.float32) * cover
    return page


def scanned(page: NDArray[np.float32], known: Known) -> bytes:
    """Return the JPEG of a sheet that lay on the lid as it is known."""
    rng = np.random.default_rng(SEED)
    height, width = page.shape[:2]
    edge = round(OVERSCAN * UNIT)
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), -known.skew, 1.0)
    turn[:, 2] += edge
    laid = cv2.warpAffine(page, turn, (width + 2 * edge, height + 2 * edge), flags=cv2.INTER_LINEAR,
                          borderMode=cv2.BORDER_CONSTANT, borderValue=LID)
    laid = cv2.GaussianBlur(np.asarray(laid, np.float32), (0, 0), 0.7)
    laid = laid + rng.normal(0, 1.2, laid.shape[:2])[:, :, None]
    image = np.clip(laid, 0, 255).astype(np.uint8)
    image = np.ascontiguousarray(np.rot90(image, known.turn))
    data: bytes = simplejpeg.encode_jpeg(image, quality=72, colorspace="RGB", colorsubsampling="420")
    dots = bytes((1, DPI >> 8, DPI & 255, DPI >> 8, DPI & 255))
    return data[:13] + dots + data[18:]  # density of its JFIF header


def punched(page: NDArray[np.float32]) -> NDArray[np.float32]:
    """Punch two holes for a binder: the lid shows."""
    for high in (65.0, 145.0):
        cv2.circle(page, (round(11 * UNIT), round(high * UNIT)), round(2.8 * UNIT), LID, -1)
    return page


def main() -> int:
    """Write the three files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder: Path = parser.parse_args().folder
    pages = {FRONT: coloured(front()), SECRET: coloured(secret()),
             BACK: punched(coloured(Slip(DPI), letter(), 0.07))}
    for known, page in pages.items():
        data = scanned(page, known)
        (folder / known.name).write_bytes(data)
        height, width = simplejpeg.decode_jpeg_header(data)[:2]
        print(known.name, len(data), width, height, hashlib.sha256(data).hexdigest())
    return 0


if __name__ == "__main__":
    sys.exit(main())
