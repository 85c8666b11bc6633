"""Texts that need no Tesseract: Vietnamese in lines, odd letters, far too many words, hostile titles."""

from __future__ import annotations

import random
import unicodedata
from pathlib import Path

from appliance.core.model import Box, PageText, TextLine, Word
from appliance.documents import page_text

SENTENCE = (
    "Căn cứ Luật Bảo hiểm xã hội và các văn bản hướng dẫn thi hành đơn vị đề nghị điều chỉnh thời gian đóng của "
    "người lao động Nguyễn Đức Thắng đã đóng đủ từ tháng bảy đến tháng mười hai theo mức lương (01/07/2022)."
)
VIETNAMESE = SENTENCE.split()
ODD = ["\U00020bb7", "\U0001f600x", "שלום", "مرحبا", "日本", "ﬁn", "½", "①", "₫", "x\u00ady", "a\u200bb", "\u200f",
       "\ue000", "kết-", "|", "___", "\x01a", "\ufeffb", "\uffff", "o\u0302\u0301"]
HOSTILE = {
    "control characters": "a\x00b\x01c\x08\x0b\x1b\x7f\x85d",
    "right to left": "\u202eotnu\u200f\u2067 tài liệu \u2069\u202c",
    "10,000 letters": "Trích yếu rất dài " * 555 + "hết mười",
    "40,000 outside the basic plane": "\U00020bb7" * 40_000,
    "markup": "</rdf:li><x>&lt;&amp;\"' ]]> <?xpacket end='w'?> ({[()\\",
    "line breaks": "một\r\nhai\n\tba\u2028bốn",
    "noncharacters": "\ufffe\uffff\ufeff\ufdd0 chữ",
    "lone surrogates": "\ud800 chữ \udfff",
    "nothing": "",
    "decomposed": unicodedata.normalize("NFD", "Quyết định về việc hưởng chế độ"),
}


def words_in_lines(count: int, seed: int = 1, *, pool: list[str] | None = None, width: int = 1654,
                   height: int = 2339) -> PageText:
    """Return a page of ``count`` words, in lines of about twelve from the top to the bottom of the page."""
    rng = random.Random(seed)
    a_line = 12 if count <= 600 else 120
    lines_wanted = max(1, -(-count // a_line))
    step = min(60.0, (height - 200) / lines_wanted)
    lines = []
    for row in range(lines_wanted):
        said = [rng.choice(pool or VIETNAMESE) for _ in range(min(a_line, count - row * a_line))]
        lines.append(_line(said, 100 + row * step, step * 0.7, (width - 240) / a_line))
    return PageText("none", "vie", 0.9, tuple(lines))


def _line(said: list[str], top: float, high: float, pitch: float) -> TextLine:
    words = tuple(Word(unicodedata.normalize("NFC", word), Box(120 + at * pitch, top, 120 + (at + 0.85) * pitch,
                                                              top + high), 0.9) for at, word in enumerate(said))
    return TextLine(Box(120, top, words[-1].box.x1, top + high), top + high * 0.8, 0.0, words)


def keep(folder: Path, text: PageText, name: str = "text") -> str:
    """Write a text as a worker does; return its path."""
    path = folder / f"{name}.text"
    path.unlink(missing_ok=True)
    page_text.save(page_text.settled(text), path)
    return str(path)


def words_of(text: PageText) -> list[str]:
    return [word.text for line in text.lines for word in line.words]
