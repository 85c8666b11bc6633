"""The stamp as PDF objects: one form with text, its embedded font, and the seal as a stencil. Safe for PDF/A.

pyHanko's own stamp would use a Courier that is not embedded, a half-transparent background and numbers
like 1.42109e-14; each of them ends PDF/A (reference numbers 6.2.11.4, 6.2.2). A seal with an alpha channel would be
an SMask and 70 kB; a stencil of one bit hides nothing of the page and needs no image to be decoded here.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.layout import BoxConstraints
from pyhanko.pdf_utils.writer import BasePdfFileWriter
from pyhanko.stamp import BaseStampStyle
from pyhanko.stamp.base import BaseStamp

from appliance.core import errors
from appliance.core.jobs import SignJob, Stencil
from appliance.core.stamping import Layout, StampLook, lay_out
from appliance.signing import typeface
from appliance.signing.stamp import number, seal_operators, text_operators
from appliance.signing.typeface import Typeface

FONT = "Stamp"
SEAL = "Seal"
SERIF_NONSYMBOLIC = 2 + 32
STEM = 80
BLOCK = 100
"""Entries of one bfchar block, at most (Adobe technical note 5014)."""

GROUP4 = -1
"""K of a strip coded by ITU-T T.6."""


@dataclass(frozen=True, slots=True)
class Seal:
    """A stencil and its bytes, one G4 strip."""

    stencil: Stencil
    strip: bytes


@dataclass(frozen=True, kw_only=True)
class StampStyle(BaseStampStyle):
    """How pyHanko gets our stamp instead of its own; ``words`` is its text before lines were broken."""

    layout: Layout
    face: Typeface
    words: str
    look: StampLook
    seal: Seal | None = None

    def create_stamp(self, writer: BasePdfFileWriter, box: BoxConstraints,
                     text_params: dict[str, Any]) -> BaseStamp:
        """Return the stamp; box and texts are those of the layout."""
        del box, text_params
        return Stamp(writer, self)


def style_of(job: SignJob) -> StampStyle:
    """Return the stamp of one document, its lines placed and its seal read.

    Raises:
        ApplianceError: STAMP_FONT, STAMP_SPACE, SEAL_MISSING, or SIGNING_FAILED when the stencil is not the one
            that was named.
        OSError: the stencil cannot be read.
    """
    seal = _seal(job) if job.look.seal_mm else None
    layout = lay_out(job.lines, job.box, job.look)
    return StampStyle(layout=layout, face=typeface.load(), words="\n".join(job.lines), look=job.look, seal=seal)


def _seal(job: SignJob) -> Seal:
    if job.seal is None:
        raise errors.SEAL_MISSING.error(reason="no stencil / không có ảnh dấu")
    strip = Path(job.seal.path).read_bytes()
    if hashlib.sha256(strip).hexdigest() != job.seal.sha256:
        raise errors.SIGNING_FAILED.error(reason="the seal's stencil does not match its hash")
    return Seal(job.seal, strip)


class Stamp(BaseStamp):
    """The normal appearance (/N) of the signature field, and no other."""

    def __init__(self, writer: BasePdfFileWriter, style: StampStyle) -> None:
        self._own = style
        super().__init__(writer, style, BoxConstraints(width=style.layout.width, height=style.layout.height))

    def render(self) -> bytes:
        """Return the operators: the seal, then the text over it."""
        own = self._own
        drawn = [text_operators(own.layout, own.face.glyphs, FONT, own.look.colour)]
        if own.seal is not None and own.layout.seal is not None:
            size = (own.seal.stencil.width, own.seal.stencil.height)
            drawn.insert(0, seal_operators(own.layout.seal, size, SEAL, own.look.seal_colour))
        return "\n".join(drawn).encode("ascii")

    def as_form_xobject(self) -> generic.StreamObject:
        """Return the form with its font and seal; their objects go into the file."""
        own = self._own
        font = _font(self._ensure_writer, own.face, "".join(line.text for line in own.layout.lines))
        resources = _dictionary(Font=_dictionary(**{FONT: font}))
        if own.seal is not None:
            resources[pdf_name("/XObject")] = _dictionary(**{SEAL: _mask(self._ensure_writer, own.seal)})
        return generic.StreamObject(
            _dictionary(Type="/XObject", Subtype="/Form", Resources=resources,
                        BBox=_numbers(0.0, 0.0, own.layout.width, own.layout.height)),
            stream_data=self.render(),
        )

    def apply_appearance(self, annot_dict: generic.DictionaryObject) -> None:
        """Give the field its appearance and the same text in words (/Contents), for reading aloud."""
        super().apply_appearance(annot_dict)
        annot_dict[pdf_name("/Contents")] = generic.pdf_string(self._own.words)


def _mask(writer: BasePdfFileWriter, seal: Seal) -> generic.IndirectObject:
    """Add the seal as an image mask: its ink is painted, all else stays as the page has it; return it."""
    wide, high = seal.stencil.width, seal.stencil.height
    coding = _dictionary(K=GROUP4, Columns=wide, Rows=high)
    return writer.add_object(generic.StreamObject(
        _dictionary(Type="/XObject", Subtype="/Image", Width=wide, Height=high, BitsPerComponent=1,
                    ImageMask=generic.BooleanObject(True),  # type: ignore[no-untyped-call]
                    Filter="/CCITTFaxDecode", DecodeParms=coding),
        encoded_data=seal.strip))


def _font(writer: BasePdfFileWriter, face: Typeface, text: str) -> generic.IndirectObject:
    """Add a Type0 font that maps glyph numbers to themselves and back to letters; return it."""
    used = {face.glyphs[letter]: letter for letter in text}
    program = generic.StreamObject(
        _dictionary(Filter="/FlateDecode", Length1=face.program_size), encoded_data=face.program
    )
    descriptor = _dictionary(
        Type="/FontDescriptor", FontName=f"/{face.name}", Flags=SERIF_NONSYMBOLIC, ItalicAngle=0,
        FontBBox=_numbers(*face.box), Ascent=face.ascent, Descent=face.descent,
        CapHeight=face.cap_height, StemV=STEM, FontFile2=writer.add_object(program),
    )
    system = _dictionary(Supplement=0)
    system[pdf_name("/Registry")] = generic.pdf_string("Adobe")
    system[pdf_name("/Ordering")] = generic.pdf_string("Identity")
    descendant = _dictionary(
        Type="/Font", Subtype="/CIDFontType2", BaseFont=f"/{face.name}", CIDSystemInfo=system,
        CIDToGIDMap="/Identity", DW=0, W=_widths(face, sorted(used)),
        FontDescriptor=writer.add_object(descriptor),
    )
    return writer.add_object(_dictionary(
        Type="/Font", Subtype="/Type0", BaseFont=f"/{face.name}", Encoding="/Identity-H",
        DescendantFonts=generic.ArrayObject([writer.add_object(descendant)]),
        ToUnicode=writer.add_object(generic.StreamObject(stream_data=to_unicode(used))),
    ))


def to_unicode(used: dict[int, str]) -> bytes:
    """Return the CMap from glyph number to letter, so that the stamp can be searched and copied."""
    entries = [f"<{glyph:04X}> <{letter.encode('utf-16-be').hex()}>" for glyph, letter in sorted(used.items())]
    blocks = [entries[at:at + BLOCK] for at in range(0, len(entries), BLOCK)]
    body = "\n".join(f"{len(block)} beginbfchar\n" + "\n".join(block) + "\nendbfchar" for block in blocks)
    return (
        "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
        "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n"
        "/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n"
        "1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n"
        f"{body}\nendcmap\nCMapName currentdict /CMap defineresource pop\nend\nend"
    ).encode("ascii")


def _widths(face: Typeface, glyphs: list[int]) -> generic.ArrayObject:
    """Return /W: each glyph number, then its width in an array."""
    pairs = [(_numbers(glyph)[0], _numbers(face.widths[glyph])) for glyph in glyphs]
    return generic.ArrayObject([item for pair in pairs for item in pair])


def _numbers(*values: float) -> generic.ArrayObject:
    """Build an array of numbers without an exponent among them."""
    return generic.ArrayObject([generic.FloatObject(number(value)) for value in values])  # type: ignore[no-untyped-call]


def _dictionary(**entries: Any) -> generic.DictionaryObject:
    """Build a dictionary; text is a name, a whole number a number, anything else stays."""
    made = generic.DictionaryObject()  # type: ignore[no-untyped-call]
    for key, value in entries.items():
        made[pdf_name(f"/{key}")] = _object(value)
    return made


def _object(value: Any) -> generic.PdfObject:
    if isinstance(value, str):
        return pdf_name(value)
    if type(value) is int:
        return generic.NumberObject(value)  # type: ignore[no-untyped-call]
    assert isinstance(value, generic.PdfObject)
    return value
