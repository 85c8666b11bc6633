"""The target sheet as one A4 page of PDF, drawn in vectors: any printer prints it as sharply as it can.

What is measured is solid black on bare paper: a laser printer makes every other tone of dots, 0.12 to 0.25 mm
apart, and an edge of dots is no edge. ``core.target_plan`` says where everything stands, and docs/imaging.md what
such a sheet can say. pikepdf, fontTools and segno are loaded only here.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING

from appliance.core import target
from appliance.core import target_plan as plan
from appliance.signing import typeface

if TYPE_CHECKING:
    import pikepdf

POINTS = 72 / 25.4
ROUND = 0.5522847498
"""Length of a Bezier curve's handle that makes a quarter of a circle of radius 1."""

TITLE = "PHIẾU KIỂM TRA MÁY QUÉT"
TITLE_ENGLISH = "Scanner target sheet"
RULES = (
    "1.  In ở tỷ lệ 100% (“Actual size”, không “vừa trang”), một mặt, đen đậm, giấy A4 trắng mới.",
    "2.  Đo hai thước bằng thước thép: 150 mm và 100 mm. Nếu lệch quá 0,5 mm, không dùng phiếu này.",
    "3.  Đầu mỗi ngày, sau khi lau kính, thay con lăn hoặc đổi cài đặt: quét riêng phiếu này, mặt in, đủ màu.",
    "4.  Đặt chiều nào cũng được. Quét như quét hồ sơ: cùng độ phân giải, không làm nét, không xóa nền.",
    "5.  Giữ phiếu phẳng trong bìa cứng. Không gấp, không viết, không ghim, không ép nhựa.",
    "6.  Thay phiếu khi nhàu, bẩn, rách góc hoặc đã quét 200 lần: appliance target print.",
)
RULES_ENGLISH = "Print at 100 % on new white A4. Scan it alone, printed side, any way round. Replace when worn."


def pdf(serial: str, printed: date) -> bytes:
    """Return the sheet with this serial; the same serial and day give the same bytes.

    Raises:
        ApplianceError: REQUEST_REFUSED when this can be no serial.
    """
    import pikepdf

    page = _Page()
    _marks(page)
    _patches(page)
    for ruler in plan.RULERS:
        _ruler(page, *ruler)
    _code(page, target.encode(serial))
    _words(page, serial, printed)
    document = pikepdf.new()
    sheet = document.add_blank_page(page_size=(plan.WIDTH * POINTS, plan.HEIGHT * POINTS))
    sheet.Contents = document.make_stream(page.content())
    sheet.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F=_font(document, page.letters)))
    stream = io.BytesIO()
    document.save(stream, deterministic_id=True)
    return stream.getvalue()


class _Page:
    """Gathers what is drawn; all in mm from the top left of the sheet, y downwards."""

    def __init__(self) -> None:
        self._face = typeface.load()
        scale = f"{POINTS:.6f}"
        self._drawn = [f"{scale} 0 0 -{scale} 0 {plan.HEIGHT * POINTS:.4f} cm", "0 g"]
        self.letters: set[str] = set()

    def content(self) -> bytes:
        """Return the page's operators."""
        return "\n".join(self._drawn).encode("ascii")

    def ink(self, colour: tuple[float, ...]) -> None:
        """Take another ink: grey, or red, green and blue."""
        self._drawn.append(_numbers(*colour) + (" g" if len(colour) == 1 else " rg"))

    def shape(self, corners: Iterable[tuple[float, float]]) -> None:
        """Fill a shape with straight sides."""
        start, *others = corners
        path = [f"{_numbers(*start)} m", *(f"{_numbers(*corner)} l" for corner in others), "f"]
        self._drawn.append(" ".join(path))

    def box(self, left: float, top: float, width: float, height: float) -> None:
        """Fill a rectangle."""
        self._drawn.append(f"{_numbers(left, top, width, height)} re f")

    def rings(self, x: float, y: float, *radii: float) -> None:
        """Fill rings about a point: ink from the first radius inwards, none from the second, and so on."""
        self._drawn.append(" ".join(_circle(x, y, radius) for radius in radii) + " f*")

    def write(self, x: float, baseline: float, text: str, size: float, *, centred: bool = False) -> None:
        """Write a line; the size is in points."""
        face, em = self._face, size / POINTS
        if centred:
            x -= sum(face.widths[face.glyphs[letter]] for letter in text) * em / 2000
        self.letters |= set(text)
        glyphs = "".join(f"{face.glyphs[letter]:04X}" for letter in text)
        self._drawn.append(f"BT /F {_numbers(em)} Tf 1 0 0 -1 {_numbers(x, baseline)} Tm <{glyphs}> Tj ET")


def _numbers(*values: float) -> str:
    return " ".join(f"{value:.4f}".rstrip("0").rstrip(".") for value in values)


def _circle(x: float, y: float, radius: float) -> str:
    handle = radius * ROUND
    path = [f"{_numbers(x + radius, y)} m"]
    for cos, sin in ((1, 0), (0, 1), (-1, 0), (0, -1)):  # each curve runs a quarter on, from (cos, sin)
        path.append(_numbers(
            x + cos * radius - sin * handle, y + sin * radius + cos * handle,
            x - sin * radius + cos * handle, y + cos * radius + sin * handle,
            x - sin * radius, y + cos * radius) + " c")
    return " ".join(path) + " h"


def _marks(page: _Page) -> None:
    """Draw the bull's-eyes, with hairlines for a person's rule, and the slanted squares."""
    for x, y in (*plan.CORNERS, *plan.MIDWAYS):
        page.rings(x, y, plan.RING, plan.GAP, plan.DISC)
    for x, y in plan.MIDWAYS:
        inner, length, weight = plan.RING + 1, 3.0, 0.15
        for way in (-1, 1):
            page.box(x + way * (inner + length / 2) - length / 2, y - weight / 2, length, weight)
            page.box(x - weight / 2, y + way * (inner + length / 2) - length / 2, weight, length)
    for square in plan.SQUARES:
        angle, half = math.radians(square.tilt), plan.EDGE_SIDE / 2
        cos, sin = math.cos(angle) * half, math.sin(angle) * half
        page.shape((square.x + along * cos - down * sin, square.y + along * sin + down * cos)
                   for along, down in ((-1, -1), (1, -1), (1, 1), (-1, 1)))


def _patches(page: _Page) -> None:
    """Draw the even areas, each with its name under it."""
    for patch in (*plan.GREYS, *plan.COLOURS, plan.NOISE):
        page.ink(patch.ink)
        page.box(patch.x, patch.y, patch.side, patch.side)
    page.ink((0.0,))
    for patch in plan.PATCHES:
        page.write(patch.x + patch.side / 2, patch.y + patch.side + 2.6, patch.name, 6, centred=True)


def _ruler(page: _Page, left: float, top: float, length: float, down: bool) -> None:
    """Draw a ruler, one stroke a millimetre; where strokes are measured from is their middle."""
    half = 0.06
    for at in range(int(length) + 1):
        tall = 4.5 if at % 10 == 0 else 3.2 if at % 5 == 0 else 2.0
        if down:
            page.box(left - tall, top + at - half, tall, 2 * half)
        else:
            page.box(left + at - half, top, 2 * half, tall)
        if at % (50 if down else 10) == 0:
            x, y = (left - 7.2, top + at + 0.8) if down else (left + at, top + 7.2)
            page.write(x, y, str(at), 6.5, centred=True)
    width, height = (2 * half, length + 2 * half) if down else (length + 2 * half, 2 * half)
    page.box(left - half, top - half, width, height)


def _code(page: _Page, payload: str) -> None:
    """Draw the code, a stroke for each run of dark modules."""
    import segno

    rows = [list(row) for row in segno.make(payload, error="q", micro=False).matrix]
    left, top, right, _ = plan.QR_BOX
    module = (right - left) / len(rows)
    for down, row in enumerate(rows):
        start = 0
        while start < len(row):
            end = start + 1
            while end < len(row) and row[end] == row[start]:
                end += 1
            if row[start]:  # a hair taller, so that no white shows between two rows
                page.box(left + start * module, top + down * module, (end - start) * module, module * 1.01)
            start = end


def _words(page: _Page, serial: str, printed: date) -> None:
    page.write(plan.WIDTH / 2, 40, TITLE, 20, centred=True)
    page.write(plan.WIDTH / 2, 46.5, TITLE_ENGLISH, 12, centred=True)
    page.write(plan.WIDTH / 2, 54, f"Số phiếu {serial}     In ngày {printed:%d/%m/%Y}", 11, centred=True)
    for at, text in enumerate(RULES):
        page.write(30, 176 + at * 7.2, text, 10.5)
    page.write(30, 176 + len(RULES) * 7.2, RULES_ENGLISH, 9)
    left, _, right, bottom = plan.QR_BOX
    page.write((left + right) / 2, bottom + 5, serial, 9, centred=True)


def _font(document: pikepdf.Pdf, letters: Iterable[str]) -> pikepdf.Object:
    """Embed the stamp's typeface, addressed by glyph numbers (CIDFontType2, Identity-H)."""
    import pikepdf

    face, name = typeface.load(), pikepdf.Name
    used = {face.glyphs[letter]: letter for letter in letters}
    program = document.make_stream(face.program, Filter=name.FlateDecode, Length1=face.program_size)
    descriptor = pikepdf.Dictionary(
        Type=name.FontDescriptor, FontName=name(f"/{face.name}"), Flags=34, ItalicAngle=0, FontBBox=list(face.box),
        Ascent=face.ascent, Descent=face.descent, CapHeight=face.cap_height, StemV=80,
        FontFile2=document.make_indirect(program),
    )
    inner = pikepdf.Dictionary(
        Type=name.Font, Subtype=name.CIDFontType2, BaseFont=name(f"/{face.name}"), CIDToGIDMap=name.Identity, DW=0,
        CIDSystemInfo=pikepdf.Dictionary(Registry=b"Adobe", Ordering=b"Identity", Supplement=0),
        W=[item for glyph in sorted(used) for item in (glyph, [face.widths[glyph]])],
        FontDescriptor=document.make_indirect(descriptor),
    )
    return document.make_indirect(pikepdf.Dictionary(
        Type=name.Font, Subtype=name.Type0, BaseFont=name(f"/{face.name}"), Encoding=name("/Identity-H"),
        DescendantFonts=[document.make_indirect(inner)], ToUnicode=document.make_stream(_letters(used)),
    ))


def _letters(used: dict[int, str]) -> bytes:
    """Return the map from glyph numbers to letters, so that the text can be searched."""
    entries = [f"<{glyph:04X}> <{letter.encode('utf-16-be').hex()}>" for glyph, letter in sorted(used.items())]
    blocks = [entries[at:at + 100] for at in range(0, len(entries), 100)]
    body = "\n".join(f"{len(block)} beginbfchar\n" + "\n".join(block) + "\nendbfchar" for block in blocks)
    return (
        "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n/CMapName /Letters def\n/CMapType 2 def\n"
        f"1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n{body}\nendcmap\n"
        "CMapName currentdict /CMap defineresource pop\nend\nend"
    ).encode("ascii")
