"""Headers of masters: a JPEG's frame and a G4 TIFF's strip, and what is broken is refused."""

from __future__ import annotations

import io
import struct

import pytest

from appliance.core.errors import ApplianceError
from appliance.documents.picture import read_jpeg_header, read_strip

FRAME = b"\xff\xc0\x00\x11\x08" + struct.pack(">HH", 3508, 2480) + b"\x03" + b"\x00" * 9
EXIF = b"\xff\xe1\xff\xfe" + b"\xff\xc0" * 32766


def tiff(order: str = "<", compression: int = 4, strips: int = 1, fill: int = 1, photometric: int = 0) -> bytes:
    """A TIFF whose data start at byte 8 and whose directory follows them."""
    data = b"G4 data!"
    rows = [(256, 3, 1, 1654), (257, 4, 1, 2339), (259, 3, 1, compression), (262, 3, 1, photometric),
            (266, 3, 1, fill), (273, 4, strips, 8), (279, 4, strips, len(data))]
    body = b"".join(struct.pack(order + "HHI", tag, kind, count)
                    + (struct.pack(order + "HH", value, 0) if kind == 3 else struct.pack(order + "I", value))
                    for tag, kind, count, value in rows)
    head = (b"II*\x00" if order == "<" else b"MM\x00*") + struct.pack(order + "I", 16)
    return head + data + struct.pack(order + "H", len(rows)) + body + b"\x00" * 4


def test_a_frame_header_is_found_behind_large_metadata_that_looks_like_one() -> None:
    header = read_jpeg_header(io.BytesIO(b"\xff\xd8" + EXIF + b"\xff\xff" + FRAME))
    assert (header.width, header.height, header.components, header.bits) == (2480, 3508, 3, 8)


@pytest.mark.parametrize("data", [b"", b"\xff", b"\xff\xd8", b"\xff\xd8\xff", b"PNG", b"\xff\xd8" + FRAME[:7],
                                  b"\xff\xd8\xff\xda\x00\x08", b"\xff\xd8\xff\xe0\x00\x00" + FRAME,
                                  b"\xff\xd8" + EXIF[:100]])
def test_a_jpeg_cut_short_is_refused(data: bytes) -> None:
    with pytest.raises(ApplianceError, match="I309"):
        read_jpeg_header(io.BytesIO(data))


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("photometric", [0, 1])
def test_a_strip_is_taken_as_it_is(order: str, photometric: int) -> None:
    strip = read_strip(tiff(order, photometric=photometric))
    assert (strip.width, strip.height, strip.data) == (1654, 2339, b"G4 data!")
    assert strip.ones_are_white is (photometric == 1)


@pytest.mark.parametrize("data", [tiff(compression=5), tiff(fill=2)])
def test_another_coding_is_refused(data: bytes) -> None:
    with pytest.raises(ApplianceError, match="I305"):
        read_strip(data)


@pytest.mark.parametrize("data", [b"", b"II*\x00", b"PNG", tiff()[:-40], tiff()[:12]])
def test_a_tiff_cut_short_is_refused(data: bytes) -> None:
    with pytest.raises(ApplianceError, match=r"I305|I309"):
        read_strip(data)


def test_a_strip_that_points_beyond_the_file_is_refused() -> None:
    data = bytearray(tiff())
    data[data.index(struct.pack("<HHI", 279, 4, 1)) + 8] = 255
    with pytest.raises(ApplianceError, match="I309"):
        read_strip(bytes(data))
