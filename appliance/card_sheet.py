"""The operator card as a sheet of paper: one A4 page of PDF, black on white, for any printer.

Drawn with the stamp's own typeface, so that no font has to be installed. PIL and segno are loaded only here.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from appliance.signing.typeface import FILE

if TYPE_CHECKING:
    from PIL import Image, ImageDraw

DPI = 600
WIDTH, HEIGHT, MIDDLE = 210.0, 297.0, 105.0
MODULE_MM = 2.4
"""Side of a module: about 60 mm for the whole code, legible to any scanner even when worn."""

TEXT_WIDTH = 160.0
RULES = (
    "Đặt phiếu này trên cùng của xấp, trước mọi phiếu phân tách, mỗi lượt quét một lần.",
    "Không viết, không đóng dấu, không ghim lên vùng mã. Không cho người khác mượn phiếu.",
)
RULES_ENGLISH = "First sheet of the stack, once in every batch. Do not lend it."


def pdf(payload: str, name: str, code: str, office: str) -> bytes:
    """Return the card of a person: the code for the scanner, name and staff code for people."""
    from PIL import Image

    page = Image.new("1", (_px(WIDTH), _px(HEIGHT)), 1)
    pen = _Pen(page)
    pen.frame(14.0, 1.2)
    pen.frame(16.5, 0.35)
    pen.write(48, "PHIẾU NGƯỜI QUÉT", 34, bold=True)
    pen.write(57, "Operator card", 14)
    _qr(page, payload, top=72.0)
    pen.write(168, name, 34, bold=True)
    pen.write(184, code, 26)
    pen.rule(196, 60)
    pen.write(206, office, 14)
    for at, text in enumerate(RULES):
        pen.write(250 + at * 6.5, text, 12.5)
    pen.write(264.5, RULES_ENGLISH, 11)
    stream = io.BytesIO()
    page.save(stream, "PDF", resolution=DPI, title=f"Phiếu người quét {code}", producer="", creator="")
    return stream.getvalue()


def _px(millimetres: float) -> int:
    return round(millimetres * DPI / 25.4)


class _Pen:
    """Prints centred lines of text; heights are baselines in mm from the top."""

    def __init__(self, page: Image.Image) -> None:
        from PIL import ImageDraw

        self._draw: ImageDraw.ImageDraw = ImageDraw.Draw(page)
        self._draw.fontmode = "1"

    def write(self, baseline: float, text: str, points: float, *, bold: bool = False) -> None:
        """Print one line, smaller where it is too long for the sheet."""
        while True:
            font = _font(points)
            if self._draw.textlength(text, font) <= _px(TEXT_WIDTH) or points <= 7:
                break
            points -= 1
        weight = round(points * DPI / 72 / 60) if bold else 0
        self._draw.text((_px(MIDDLE), _px(baseline)), text, fill=0, font=font, anchor="ms", stroke_width=weight)

    def frame(self, inset: float, weight: float) -> None:
        """Print a frame at a distance from the edge of the sheet."""
        box = (_px(inset), _px(inset), _px(WIDTH - inset), _px(HEIGHT - inset))
        self._draw.rectangle(box, outline=0, width=_px(weight))

    def rule(self, height: float, length: float) -> None:
        """Print a level line in the middle."""
        ends = [(_px(MIDDLE - length / 2), _px(height)), (_px(MIDDLE + length / 2), _px(height))]
        self._draw.line(ends, fill=0, width=_px(0.25))


def _font(points: float) -> Any:
    from PIL import ImageFont

    size = round(points * DPI / 72)
    return ImageFont.truetype(str(FILE), size, layout_engine=ImageFont.Layout.BASIC)


def _qr(page: Image.Image, payload: str, top: float) -> None:
    """Lay the code in the middle of the sheet; a module is a whole number of dots."""
    import segno
    from PIL import Image

    rows = [bytes(255 * (1 - bit) for bit in row) for row in segno.make(payload, error="m", micro=False).matrix]
    side = len(rows)
    code = Image.frombytes("L", (side, side), b"".join(rows))
    code = code.resize((side * _px(MODULE_MM),) * 2, Image.Resampling.NEAREST)
    page.paste(code.convert("1"), (_px(MIDDLE) - code.width // 2, _px(top)))
