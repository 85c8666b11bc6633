"""The file with the text of one page: every word with its box and certainty, in columns, compressed.

A file is one line that names the format, then a zlib stream of JSON: what read the page, the words of the page in
reading order parted by line feeds, and columns of integers. Places are in half pixels of the upright page and told
from where the word before ends, so that most are small; certainties are in hundredths. That is a tenth of the same
as JSON objects. zlib's check sum covers all of it: a damaged file is refused, never half read.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from dataclasses import replace
from itertools import accumulate, islice
from pathlib import Path
from typing import Any

from appliance.core import errors
from appliance.core.files import write_durably
from appliance.core.model import Box, PageText, TextLine, Word
from appliance.core.plain import from_plain

MAGIC = b"appliance page text 1\n"

STEP = 2
"""Places are kept to this part of a pixel: 0.04 mm at 300 dpi."""

SURE = 100
"""Certainties are kept to this part."""

STEEP = 100_000
"""Slopes of lines are kept to this part: a fifth of a pixel over the width of a page."""

LONGEST = 256 << 20
"""Bytes of the longest text that is taken out of a file: a million words."""

_OLD = b"{"
_LINE = ("x0", "y0", "x1", "y1", "baseline", "slope", "words")
_WORD = ("left", "top", "wide", "high", "sure")


def dump(text: PageText) -> bytes:
    """Return the file's content; what was put on the grid (``settled``) comes back as it was.

    Raises:
        ValueError: a word holds a line feed; the reader takes all control characters away.
    """
    words = [word.text for line in text.lines for word in line.words]
    if any("\n" in word for word in words):
        raise ValueError("a line feed within a word")
    head = {"engine": text.engine, "languages": text.languages, "certainty": text.certainty,
            "seconds": text.seconds, "count": len(words), "text": "\n".join(words)}
    lines = _columns(_LINE, map(_line_row, text.lines))
    rows = _columns(_WORD, (row for line in text.lines for row in _word_rows(line)))
    plain = json.dumps({**head, **lines, **rows}, ensure_ascii=False, separators=(",", ":"))
    return MAGIC + zlib.compress(plain.encode(), 6)


def parse(data: bytes) -> PageText:
    """Return the text in a file's content; files of older releases, JSON of ``PageText``, are read too.

    Raises:
        ApplianceError: PAGE_TEXT_DAMAGED.
    """
    try:
        if data.startswith(_OLD):
            return from_plain(PageText, json.loads(data))
        if not data.startswith(MAGIC):
            raise ValueError("not a page's text, or of a newer release")
        return _unpacked(_inflated(data[len(MAGIC):]))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, zlib.error) as problem:
        reason = f"{type(problem).__name__}" if not isinstance(problem, ValueError) else str(problem)[:80]
        raise errors.PAGE_TEXT_DAMAGED.error(reason=reason) from None


def save(text: PageText, path: Path) -> None:
    """Write the file durably."""
    write_durably(path, dump(text))


def load(path: Path) -> PageText:
    """Read a file.

    Raises:
        ApplianceError: PAGE_TEXT_DAMAGED, also when it is not there.
    """
    try:
        data = path.read_bytes()
    except OSError as problem:
        raise errors.PAGE_TEXT_DAMAGED.error(reason=type(problem).__name__) from None
    return parse(data)


def settled(text: PageText) -> PageText:
    """Return the text on the grid of the file, so that what is kept is what was read."""
    return replace(text, lines=tuple(map(_settled_line, text.lines)))


def _settled_line(line: TextLine) -> TextLine:
    words = tuple(Word(word.text, _settled_box(word.box), round(word.certainty * SURE) / SURE)
                  for word in line.words)
    return TextLine(_settled_box(line.box), round(line.baseline_y * STEP) / STEP, round(line.slope * STEEP) / STEEP,
                    words)


def _settled_box(box: Box) -> Box:
    return Box(*(value / STEP for value in _grid(box)))


def _grid(box: Box) -> tuple[int, int, int, int]:
    return round(box.x0 * STEP), round(box.y0 * STEP), round(box.x1 * STEP), round(box.y1 * STEP)


def _columns(names: tuple[str, ...], rows: Iterator[tuple[int, ...]]) -> dict[str, tuple[int, ...]]:
    return dict(zip(names, list(zip(*rows, strict=True)) or [()] * len(names), strict=True))


def _line_row(line: TextLine) -> tuple[int, ...]:
    x0, y0, x1, y1 = _grid(line.box)
    down = round(line.baseline_y * STEP)
    return x0, y0, x1 - x0, y1 - y0, down - y1, round(line.slope * STEEP), len(line.words)


def _word_rows(line: TextLine) -> Iterator[tuple[int, ...]]:
    left, top, _, bottom = _grid(line.box)
    for word in line.words:
        x0, y0, x1, y1 = _grid(word.box)
        yield x0 - left, y0 - top, x1 - x0, bottom - y1, round(word.certainty * SURE)
        left = x1


def _inflated(data: bytes) -> dict[str, Any]:
    stream = zlib.decompressobj()
    plain = stream.decompress(data, LONGEST)
    if not stream.eof or stream.unused_data:
        raise ValueError("cut short, too long, or with something after its end")
    found = json.loads(plain)
    if not isinstance(found, dict):
        raise ValueError("no table")
    return found


def _unpacked(found: dict[str, Any]) -> PageText:
    texts = found["text"].split("\n") if found["count"] else []
    columns = [found[name] for name in (*_LINE, *_WORD)]
    if any(type(value) is not int for column in columns for value in column):
        raise ValueError("a column of something else than integers")
    rows = zip(texts, *columns[len(_LINE):], strict=True)
    places = list(zip(*columns[:len(_LINE)], strict=True))
    if sum(place[-1] for place in places) != len(texts) or any(place[-1] < 0 for place in places):
        raise ValueError("lines and words do not fit")
    lines = tuple(_line(place, list(islice(rows, place[-1]))) for place in places)
    head = PageText(found["engine"], found["languages"], float(found["certainty"]), lines, float(found["seconds"]))
    if not isinstance(head.engine, str) or not isinstance(head.languages, str):
        raise ValueError("no engine, or no languages")
    return head


def _line(place: tuple[int, ...], rows: list[tuple[Any, ...]]) -> TextLine:
    x0, y0, wide, high, down, slope, _ = place
    y1 = y0 + high
    ends = accumulate((left + right for _, left, _, right, *_ in rows), initial=x0)  # of the words before
    words = tuple(
        Word(text, Box((end + left) / STEP, (y0 + top) / STEP, (end + left + right) / STEP, (y1 - low) / STEP),
             sure / SURE)
        for end, (text, left, top, right, low, sure) in zip(ends, rows, strict=False))
    box = Box(x0 / STEP, y0 / STEP, (x0 + wide) / STEP, y1 / STEP)
    return TextLine(box, (y1 + down) / STEP, slope / STEEP, words)
