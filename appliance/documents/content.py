"""The content of a page of ours, read back from the file: words where they stand, and how the image lies.

The grammar is that of ``assemble.py`` and ``textlayer.py`` and nothing else: what does not fit it is a fault.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from appliance.documents.textlayer import ADVANCE, EM

_NUMBER = rb"(-?\d+(?:\.\d+)?)"
_IMAGE = re.compile(rb"q\n(?:([-.\d ]+) re W n\n)?" + b" ".join([_NUMBER] * 6) + rb" cm\n/Im Do\nQ\n")
_LINE = re.compile(rb"BT 3 Tr /F " + _NUMBER + rb" Tf\n((?:[^\n]*Tj\n)*)ET\n")
_WORD = re.compile(b" ".join([_NUMBER] * 6) + rb" Tm " + _NUMBER + rb" Tz <([0-9A-F]*)> Tj\n")


@dataclass(frozen=True, slots=True)
class LaidWord:
    """A word as it stands in the file: left end of its baseline and its length along it, in points, PDF axes."""

    text: str
    x: float
    y: float
    run: float


@dataclass(frozen=True, slots=True)
class Laid:
    """What a page shows: the words that nobody sees, and the six numbers that lay the image's unit square.

    ``kept_to``: the rectangle (x, y, width, height) that the image is kept to, empty for most.
    """

    words: tuple[LaidWord, ...]
    matrix: tuple[float, ...]
    kept_to: tuple[float, ...] = ()


def read(data: bytes, letters: Mapping[int, str]) -> Laid:
    """Read a page's content.

    Args:
        data: as it is drawn, unpacked.
        letters: what the codes of the page's font stand for.

    Raises:
        ValueError: it is not as this appliance writes it, or a code stands for nothing.
    """
    text, mark, rest = data.rpartition(b"\nq\n")
    image = _IMAGE.fullmatch(b"q\n" + rest)
    if not mark or image is None:
        raise ValueError("the image is not laid as it should be")
    words: list[LaidWord] = []
    end = 0
    for line in _LINE.finditer(text := text + b"\n" if text else b""):
        if line.start() != end:
            break
        end = line.end()
        words += _words(line[2], float(line[1]), letters)
    if end != len(text):
        raise ValueError("something besides words and the image")
    kept_to = tuple(map(float, image[1].split())) if image[1] else ()
    return Laid(tuple(words), tuple(map(float, image.groups()[1:])), kept_to)


def _words(rows: bytes, size: float, letters: Mapping[int, str]) -> list[LaidWord]:
    found = []
    end = 0
    for row in _WORD.finditer(rows):
        if row.start() != end:
            break
        end = row.end()
        text = _decode(row[8], letters)
        run = (len(text) - 1) * ADVANCE / EM * size * float(row[7]) / 100
        found.append(LaidWord(text, float(row[5]), float(row[6]), run))
    if end != len(rows):
        raise ValueError("a word that is not laid as it should be")
    return found


def _decode(codes: bytes, letters: Mapping[int, str]) -> str:
    try:
        return "".join([letters[int(codes[at:at + 4], 16)] for at in range(0, len(codes), 4)])
    except KeyError:
        raise ValueError("a code that stands for no letter") from None
