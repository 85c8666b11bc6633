"""The master inside the PDF: exactly its bytes, described so that a reader decodes them as they are.

Headers are read, pixels are not.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from appliance.core import errors
from appliance.core.errors import ApplianceError
from appliance.core.files import read_pieces
from appliance.core.jobs import AssemblePage
from appliance.core.model import ImageFormat
from appliance.documents.pdfa import PdfWriter

_FRAMES = range(0xC0, 0xD0)
_NO_FRAMES = (0xC4, 0xC8, 0xCC)
_DRAWABLE = (0xC0, 0xC1, 0xC2)
_BARE = (0x01, *range(0xD0, 0xD9))
_TIFF_SIZES = {1: "B", 3: "H", 4: "I"}


@dataclass(frozen=True, slots=True)
class JpegHeader:
    """What the frame header of a JPEG says; ``marker`` is its kind of coding."""

    width: int
    height: int
    components: int
    bits: int
    marker: int


@dataclass(frozen=True, slots=True)
class Strip:
    """The one strip of a G4 TIFF; ``ones_are_white`` when the file counts the other way round."""

    width: int
    height: int
    data: bytes
    ones_are_white: bool


def put_picture(writer: PdfWriter, page: AssemblePage) -> int:
    """Embed a master byte for byte and return the number of the image object.

    Raises:
        ApplianceError: IMAGE_UNKNOWN when PDF/A cannot hold it, IMAGE_UNDECODABLE when its header is broken,
            MASTER_DAMAGED when its hash is not the recorded one or it is gone.
    """
    path = Path(page.path)
    try:
        if page.format is ImageFormat.JPEG:
            return _put_jpeg(writer, path, page.sha256)
        if page.format is ImageFormat.G4:
            return _put_strip(writer, path, page.sha256)
    except FileNotFoundError:
        raise errors.MASTER_DAMAGED.error(name=path.name) from None
    raise errors.IMAGE_UNKNOWN.error(reason="neither JPEG nor G4")


def read_jpeg_header(stream: BinaryIO) -> JpegHeader:
    """Read a JPEG up to its frame header.

    Raises:
        ApplianceError: IMAGE_UNDECODABLE.
    """
    if stream.read(2) != b"\xff\xd8":
        raise _broken("no start of image")
    while True:
        marker = _next_marker(stream)
        if marker in _BARE:
            continue
        length = int.from_bytes(stream.read(2), "big")
        if marker in _FRAMES and marker not in _NO_FRAMES:
            frame = stream.read(6)
            if len(frame) < 6:
                raise _broken("cut short")
            bits, height, width, components = struct.unpack(">BHHB", frame)
            return JpegHeader(width, height, components, bits, marker)
        if marker == 0xDA or length < 2:
            raise _broken("no frame header")
        stream.seek(length - 2, 1)


def read_strip(data: bytes) -> Strip:
    """Read the strip of a single-strip G4 TIFF (TIFF 6.0, section 11).

    Raises:
        ApplianceError: IMAGE_UNKNOWN when it is another kind of TIFF, IMAGE_UNDECODABLE when it is broken.
    """
    try:
        tags = _tiff_tags(data)
        width, height = tags[256][0], tags[257][0]
        offsets, counts = tags[273], tags[279]
    except (struct.error, KeyError, IndexError):
        raise _broken("TIFF header") from None
    if tags.get(259) != (4,) or len(offsets) != 1 or tags.get(266, (1,)) != (1,):
        raise errors.IMAGE_UNKNOWN.error(reason="not a G4 TIFF of one strip")
    strip = data[offsets[0]:offsets[0] + counts[0]]
    if len(strip) != counts[0] or not strip:
        raise _broken("cut short")
    return Strip(width, height, strip, tags.get(262, (0,)) == (1,))


def _put_jpeg(writer: PdfWriter, path: Path, sha256: str) -> int:
    with path.open("rb") as stream:
        header = read_jpeg_header(stream)
    if header.bits != 8 or header.components not in (1, 3) or header.marker not in _DRAWABLE:
        raise errors.IMAGE_UNKNOWN.error(reason=f"JPEG of {header.components} x {header.bits} bit")
    space = "/DeviceGray" if header.components == 1 else "/DeviceRGB"
    entries = _entries(header.width, header.height, f"/BitsPerComponent 8 /ColorSpace {space} /Filter /DCTDecode")
    return writer.put_pieces(entries, path.stat().st_size, _verified(path, sha256))


def _put_strip(writer: PdfWriter, path: Path, sha256: str) -> int:
    data = path.read_bytes()
    _compare(hashlib.sha256(data).hexdigest(), sha256, path)
    strip = read_strip(data)
    white = "true" if strip.ones_are_white else "false"
    coding = f"<< /K -1 /Columns {strip.width} /Rows {strip.height} /BlackIs1 {white} >>"
    rest = f"/BitsPerComponent 1 /ColorSpace /DeviceGray /Filter /CCITTFaxDecode /DecodeParms {coding}"
    return writer.put_pieces(_entries(strip.width, strip.height, rest), len(strip.data), [strip.data])


def _entries(width: int, height: int, rest: str) -> str:
    return f"/Type /XObject /Subtype /Image /Width {width} /Height {height} {rest}"


def _verified(path: Path, sha256: str) -> Iterator[bytes]:
    """Yield a master's bytes and compare their hash at the end."""
    digest = hashlib.sha256()
    for piece in read_pieces(path):
        digest.update(piece)
        yield piece
    _compare(digest.hexdigest(), sha256, path)


def _compare(found: str, recorded: str, path: Path) -> None:
    if found != recorded.lower():
        raise errors.MASTER_DAMAGED.error(name=path.name)


def _next_marker(stream: BinaryIO) -> int:
    byte = stream.read(1)
    while byte and byte != b"\xff":
        byte = stream.read(1)
    while byte == b"\xff":
        byte = stream.read(1)
    if not byte:
        raise _broken("cut short")
    return byte[0]


def _tiff_tags(data: bytes) -> dict[int, tuple[int, ...]]:
    """Return the whole-number tags of a TIFF's first directory."""
    order = {b"II*\x00": "<", b"MM\x00*": ">"}.get(data[:4], "")
    if not order:
        raise _broken("not a TIFF")
    (start,) = struct.unpack_from(order + "I", data, 4)
    (count,) = struct.unpack_from(order + "H", data, start)
    tags: dict[int, tuple[int, ...]] = {}
    for place in range(start + 2, start + 2 + 12 * count, 12):
        tag, kind, amount = struct.unpack_from(order + "HHI", data, place)
        if kind in _TIFF_SIZES and 0 < amount <= len(data):
            form = f"{order}{amount}{_TIFF_SIZES[kind]}"
            inside = struct.calcsize(form) <= 4
            where = place + 8 if inside else struct.unpack_from(order + "I", data, place + 8)[0]
            tags[tag] = struct.unpack_from(form, data, where)
    return tags


def _broken(reason: str) -> ApplianceError:
    return errors.IMAGE_UNDECODABLE.error(reason=reason)
