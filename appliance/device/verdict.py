"""Whether the bytes of a side are a whole master. Judged in the scanner process, before anything is told of it."""

from __future__ import annotations

from appliance.core import errors
from appliance.core.errors import ApplianceError
from appliance.device import image_header, tiff
from appliance.device.image_header import FileKind, Header
from appliance.device.scanner import RawSide

Judgement = tuple[Header | None, str, str]
"""Header (None when there is none), error code (empty: good), reason."""

_HEAD = 4096
"""Bytes that hold the whole header of a JPEG made here; only the mark of its end is looked at beyond."""


def verdict(raw: RawSide, max_pixels: int, *, fresh: bool) -> Judgement:
    """Judge a side; what the driver knows to be bad, or was encoded here a moment ago, needs no decoding."""
    data = raw.data[:_HEAD] + raw.data[_HEAD:][-2:] if fresh else raw.data
    if not raw.code:
        return judge(data, max_pixels, decode=not fresh)
    try:
        return image_header.parse(data), raw.code, raw.reason
    except ApplianceError:
        return None, raw.code, raw.reason


def judge(data: bytes, max_pixels: int, *, decode: bool = True) -> Judgement:
    """Say whether these bytes are a whole master: an 8-bit grey or RGB JPEG, or one G4 strip in a TIFF.

    The header decides first, before anything is allocated. Then a strict decode at an eighth of the
    size reads every coded bit: every cut is found, and all damage that the code can show at all. What
    happens to give valid code of the same number of blocks again (half of single changed bytes, one in
    ten of lost 512) cannot be told from a picture; only a hash from the device could show it.
    """
    header: Header | None = None
    try:
        header = image_header.parse(data)
        if header.kind is not FileKind.PDF:
            image_header.admit(header.width, header.height, max_pixels)
        _refuse_form(header)
        if decode:
            _decode(header, data)
    except ApplianceError as problem:
        return header, problem.code, reason_of(problem)
    return header, "", ""


def reason_of(problem: ApplianceError) -> str:
    """Return the short reason within an image error."""
    details = problem.details
    if "width" in details:
        return f"{details['width']} x {details['height']}"
    return str(details.get("reason", ""))


def _refuse_form(header: Header) -> None:
    if header.kind is FileKind.JPEG:
        if header.bits != 8 or header.components not in (1, 3):
            raise errors.IMAGE_UNKNOWN.error(reason=form_of(header))
        if not header.lawful_coding:
            raise errors.IMAGE_UNKNOWN.error(reason=f"JPEG SOF {header.coding & 15}")
    elif header.kind is not FileKind.TIFF or header.coding != tiff.G4:
        raise errors.IMAGE_UNKNOWN.error(reason=header.kind.value.upper())
    elif header.strips != 1 or header.pages != 1:
        raise errors.IMAGE_UNKNOWN.error(reason=f"TIFF, {header.pages} pages, {header.strips} strips")
    if not header.complete:
        raise errors.IMAGE_TRUNCATED.error(reason="no end")


def form_of(header: Header) -> str:
    """Return in a few words what a header says of the samples."""
    colours = "CMYK" if header.cmyk else f"{header.components} components"
    return f"{header.kind.value.upper()}, {header.bits} bit, {colours}"


def _decode(header: Header, data: bytes) -> None:
    if header.kind is FileKind.JPEG:
        _decode_jpeg(data)
    else:
        _decode_g4(data)


def _decode_jpeg(data: bytes) -> None:
    """Read all of a JPEG strictly; grey at 1/8 scale still reads every coefficient of every colour."""
    import simplejpeg  # native image code belongs to the scanner process, not to who imports this module

    try:
        simplejpeg.decode_jpeg(data, colorspace="GRAY", fastdct=True, fastupsample=True,
                               min_height=1, min_width=1, strict=True)
    except ValueError as problem:
        raise _named(str(problem)) from None


def _named(complaint: str) -> ApplianceError:
    if "premature end" in complaint.lower():
        return errors.IMAGE_TRUNCATED.error(reason=complaint)
    return errors.IMAGE_UNDECODABLE.error(reason=complaint)


def _decode_g4(data: bytes) -> None:
    from appliance.device import bilevel  # Pillow belongs to the scanner process

    bilevel.check(data)
