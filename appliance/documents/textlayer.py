"""The invisible text of a page: a font without ink, and words laid on their baselines under the image.

Character codes are the letters' UTF-16 codes, so what a reader extracts is what was recognised, in NFC. A letter
outside the basic plane gets one of the codes of UTF-16's surrogates, which no letter has.
"""

from __future__ import annotations

import io
import math
import unicodedata
from collections.abc import Mapping
from functools import lru_cache

from appliance.core.model import PageText, TextLine
from appliance.documents.pdfa import PdfWriter, number

FONT_NAME = "AAAAAA+Unseen"
EM = 1000
ADVANCE = 500
LEVEL = 0.005

_UNKNOWN = 0xFFFD
_SPACE = ord(" ")
_NEVER = frozenset({0xFEFF, 0xFFFE, 0xFFFF})
_HIGH = range(0xD800, 0xE000)
_CMAP_HEAD = """\
/CIDInit /ProcSet findresource begin
12 dict begin
begincmap
/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def
/CMapName /Adobe-Identity-UCS def
/CMapType 2 def
1 begincodespacerange
<0000> <FFFF>
endcodespacerange
"""
_CMAP_TAIL = """\
endcmap
CMapName currentdict /CMap defineresource pop
end
end
"""


class UnseenFont:
    """The one font of a document; remembers which letters were used."""

    def __init__(self, reserved: int) -> None:
        self.number = reserved
        self._codes: dict[str, int] = {" ": _SPACE}
        self._high = iter(_HIGH)

    @property
    def used(self) -> dict[int, str]:
        """Return the letter of each code."""
        return {code: letter for letter, code in self._codes.items()} | {_UNKNOWN: chr(_UNKNOWN)}

    def encode(self, text: str) -> str:
        """Return ``text``, which is ``readable``, as hex codes."""
        for letter in text:
            if letter not in self._codes:
                self._codes[letter] = self._code(letter)
        return "".join(f"{self._codes[letter]:04X}" for letter in text)

    def _code(self, letter: str) -> int:
        """Return a new code; past 2,048 letters outside the basic plane a document has no more codes for them."""
        return ord(letter) if ord(letter) <= 0xFFFF else next(self._high, _UNKNOWN)

    def put(self, writer: PdfWriter) -> None:
        """Write the font's objects."""
        program = font_program()
        file = writer.put_stream(f"/Length1 {len(program)}", program)
        descriptor = writer.put(
            f"<< /Type /FontDescriptor /FontName /{FONT_NAME} /Flags 4 /FontBBox [0 0 {ADVANCE} 800] "
            f"/ItalicAngle 0 /Ascent 800 /Descent -200 /CapHeight 800 /StemV 80 /FontFile2 {file} 0 R >>"
        )
        glyphs = writer.put_stream("", b"\x00\x01" * 65536)
        descendant = writer.put(
            f"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /{FONT_NAME} /CIDSystemInfo << /Registry (Adobe) "
            f"/Ordering (Identity) /Supplement 0 >> /FontDescriptor {descriptor} 0 R /DW {ADVANCE} "
            f"/CIDToGIDMap {glyphs} 0 R >>"
        )
        letters = writer.put_stream("", to_unicode(self.used))
        writer.put(
            f"<< /Type /Font /Subtype /Type0 /BaseFont /{FONT_NAME} /Encoding /Identity-H "
            f"/DescendantFonts [{descendant} 0 R] /ToUnicode {letters} 0 R >>", self.number
        )


def text_operators(text: PageText, font: UnseenFont, height_pt: float, scale: float) -> str:
    """Return the content operators of a page's text in reading order.

    Args:
        text: coordinates in page pixels, y downwards.
        font: of this document.
        height_pt: where y = 0 of the page pixels lies.
        scale: points per page pixel.
    """
    return "\n".join(_line(line, font, height_pt, scale) for line in text.lines if line.words)


def readable(word: str) -> str:
    """Return a word as a file can hold it: NFC; what is no letter becomes U+FFFD, the sign for such a place."""
    composed = unicodedata.normalize("NFC", word)
    if composed.isprintable():
        return composed
    return "".join(letter if _usable(ord(letter)) else chr(_UNKNOWN) for letter in composed)


def to_unicode(letters: Mapping[int, str]) -> bytes:
    """Return the CMap that maps codes to letters, at most 100 a block (Adobe Technical Note 5411)."""
    ordered = sorted(letters)
    blocks = []
    for start in range(0, len(ordered), 100):
        block = ordered[start:start + 100]
        rows = "".join(f"<{code:04X}> <{letters[code].encode('utf-16-be').hex().upper()}>\n" for code in block)
        blocks.append(f"{len(block)} beginbfchar\n{rows}endbfchar\n")
    return (_CMAP_HEAD + "".join(blocks) + _CMAP_TAIL).encode("ascii")


@lru_cache(maxsize=1)
def font_program() -> bytes:
    """Return a TrueType font of two glyphs without area, made here, so that no licence travels with it.

    The blank glyph has a contour that encloses nothing: MuPDF to 1.21 drops invisible text whose glyphs have
    an empty box.
    """
    from fontTools.fontBuilder import FontBuilder  # 0.15 s: only a process that writes text pays it
    from fontTools.pens.ttGlyphPen import TTGlyphPen
    from fontTools.ttLib.tables._g_l_y_f import Glyph

    pen = TTGlyphPen(None)
    pen.moveTo((0, 0))
    pen.lineTo((ADVANCE, 800))
    pen.lineTo((ADVANCE // 2, 400))
    pen.closePath()
    names = [".notdef", "blank"]
    builder = FontBuilder(EM, isTTF=True)
    builder.setupGlyphOrder(names)
    builder.setupCharacterMap({_SPACE: "blank"})
    builder.setupGlyf({".notdef": Glyph(), "blank": pen.glyph()})
    builder.setupHorizontalMetrics(dict.fromkeys(names, (ADVANCE, 0)))
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": "Unseen", "styleName": "Regular", "psName": "Unseen"})
    builder.setupOS2(sTypoAscender=800, sTypoDescender=-200, usWinAscent=800, usWinDescent=200)
    builder.setupPost()
    builder.font["head"].created = builder.font["head"].modified = 3_400_000_000
    builder.font.recalcTimestamp = False
    program = io.BytesIO()
    builder.save(program)
    return program.getvalue()


def _usable(code: int) -> bool:
    return code >= _SPACE and not 0x7F <= code < 0xA0 and code not in _HIGH and code not in _NEVER


def _line(line: TextLine, font: UnseenFont, height_pt: float, scale: float) -> str:
    """Return one text object; each word stands at its box's left edge and is stretched to its width.

    The space after a word stands in the same string, so that every reader keeps the gap.
    """
    # a nearly level line gets one height for all its words: some readers split lines otherwise
    slope = line.slope if abs(line.slope) >= LEVEL else 0.0
    middle = line.baseline_y + (0.0 if slope else line.slope * (line.box.x1 - line.box.x0) / 2)
    angle = math.atan(slope)
    cos, sin = number(math.cos(angle)), number(math.sin(angle))
    down = number(-math.sin(angle))
    size = max(1.0, (line.box.y1 - line.box.y0) * 0.8 * scale)
    rows = [f"BT 3 Tr /F {number(size)} Tf"]
    for word in filter(lambda word: word.text, line.words):
        x, y = word.box.x0 * scale, height_pt - (middle + slope * (word.box.x0 - line.box.x0)) * scale
        run, letters = (word.box.x1 - word.box.x0) * scale, readable(word.text)
        stretch = max(1.0, 100 * run * EM / (len(letters) * ADVANCE * size))
        rows.append(f"{cos} {down} {sin} {cos} {number(x)} {number(y)} Tm {number(stretch)} Tz "
                    f"<{font.encode(letters + ' ')}> Tj")
    rows.append("ET")
    return "\n".join(rows)
