"""Pages as OCR gives them, written down for tests: lines of text with a place in mm, at 300 dpi."""

from __future__ import annotations

from appliance.core.model import Box, PageText, TextLine, Word
from appliance.documents.catalogue.sheet import Sheet, lay_out

PX = 300 / 25.4
WIDE, HIGH = 210.0, 297.0
LETTER, TALL = 2.1, 4.0
"""Width and height of a letter, mm."""

Line = tuple[float, float, str]
"""Left edge and top in mm, and the text; "  " (two spaces) is a wide gap."""


def line(left: float, top: float, text: str, certainty: float = 0.95) -> TextLine:
    """Return one line of words."""
    words, at = [], left
    for part in text.split(" "):
        if part:
            box = Box(at * PX, top * PX, (at + LETTER * len(part)) * PX, (top + TALL) * PX)
            words.append(Word(part, box, certainty))
        at += LETTER * (len(part) + 1) if part else 5 * LETTER
    span = Box(words[0].box.x0, words[0].box.y0, words[-1].box.x1, words[-1].box.y1)
    return TextLine(span, span.y1, 0.0, tuple(words))


def page(*lines: Line, number: int = 1, certainty: float = 0.95) -> Sheet:
    """Return a page with these lines."""
    text = PageText("test", "vie", certainty, tuple(line(*one, certainty=certainty) for one in lines))
    return lay_out(text, number, WIDE * PX, HIGH * PX)


def middle(at: float, top: float, text: str) -> Line:
    """Return a line whose middle is at a place."""
    return at - LETTER * len(text) / 2, top, text
