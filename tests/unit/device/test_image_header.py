"""Headers are read before anything is allocated."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from PIL import Image

from appliance.core import errors
from appliance.core.errors import ApplianceError, Kind
from appliance.device import image_header, tiff
from appliance.device.image_header import FileKind, Header

LIMIT = 200_000_000


def jpeg(width: int = 300, height: int = 200, mode: str = "RGB", **options: object) -> bytes:
    stream = io.BytesIO()
    Image.new(mode, (width, height), 200 if mode == "L" else None).save(stream, "JPEG", **options)
    return stream.getvalue()


def frame(width: int, height: int, *, bits: int = 8, components: int = 3, marker: int = 0xC0) -> bytes:
    body = struct.pack(">BHHB", bits, height, width, components) + b"\1\x11\0" * components
    return b"\xff\xd8" + struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body + b"\xff\xd9"


def png(width: int, height: int, *, bits: int = 8, colour: int = 2) -> bytes:
    head = b"IHDR" + struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + head + struct.pack(">I", zlib.crc32(head))


def refused(data: bytes, max_pixels: int = LIMIT) -> Kind:
    with pytest.raises(ApplianceError) as caught:
        image_header.read(data, max_pixels)
    return caught.value.kind


@pytest.mark.parametrize(("mode", "components"), [("L", 1), ("RGB", 3), ("CMYK", 4)])
def test_a_jpeg_says_its_size_and_colours(mode: str, components: int) -> None:
    header = image_header.read(jpeg(mode=mode), LIMIT)
    assert (header.kind, header.width, header.height) == (FileKind.JPEG, 300, 200)
    assert (header.components, header.bits, header.complete) == (components, 8, True)
    assert header.cmyk is (mode == "CMYK")


@pytest.mark.parametrize("progressive", [False, True])
def test_a_jpeg_says_whether_it_comes_in_passes(progressive: bool) -> None:
    header = image_header.parse(jpeg(progressive=progressive))
    assert (header.progressive, header.lawful_coding, header.complete) == (progressive, True, True)


@pytest.mark.parametrize("marker", [0xC3, 0xC5, 0xC9, 0xCA, 0xCF])
def test_a_coding_that_no_pdf_may_hold_is_told_apart(marker: int) -> None:
    assert image_header.parse(frame(300, 200, marker=marker)).lawful_coding is False


def test_twelve_bits_are_seen() -> None:
    assert image_header.parse(frame(300, 200, bits=12, marker=0xC1)).bits == 12


@pytest.mark.parametrize(
    ("unit", "across", "dpi"), [(1, 300, 300), (2, 118, 300), (0, 1, 0), (1, 0, 0)]
)
def test_the_resolution_of_a_jfif_header(unit: int, across: int, dpi: int) -> None:
    data = bytearray(jpeg(dpi=(72, 72)))
    at = data.index(b"JFIF\0")
    data[at + 7 : at + 10] = struct.pack(">BH", unit, across)
    assert image_header.parse(bytes(data)).dpi == dpi


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_the_orientation_of_an_exif_block(orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    assert image_header.parse(jpeg(exif=exif)).orientation == orientation


@pytest.mark.parametrize("block", [b"", b"II*\0", b"II*\0\xff\xff\xff\xff", b"MM\0*\0\0\0\x08\0\x01", b"x" * 40])
def test_a_broken_exif_block_says_nothing_and_stops_nothing(block: bytes) -> None:
    body = b"Exif\0\0" + block
    data = b"\xff\xd8\xff\xe1" + struct.pack(">H", len(body) + 2) + body + jpeg()[2:]
    header = image_header.parse(data)
    assert (header.orientation, header.width) == (1, 300)


@pytest.mark.parametrize("behind", [b"", b"\0" * 700, b"\0\r\n"])
def test_a_whole_jpeg_may_have_padding_behind_it(behind: bytes) -> None:
    assert image_header.parse(jpeg() + behind).complete


def test_a_cut_jpeg_has_no_end_even_when_its_thumbnail_has_one() -> None:
    thumbnail = jpeg(60, 40)
    body = b"Exif\0\0" + thumbnail
    data = b"\xff\xd8\xff\xe1" + struct.pack(">H", len(body) + 2) + body + jpeg()[2:]
    assert image_header.parse(data).complete
    for cut in range(2, len(jpeg()) - 700, 37):
        assert not image_header.parse(data[:-cut]).complete


def test_a_jpeg_cut_in_its_header_is_truncated() -> None:
    assert refused(jpeg()[:100]) is errors.IMAGE_TRUNCATED


@pytest.mark.parametrize(("bits", "colour", "components"), [(8, 2, 3), (1, 0, 1), (16, 2, 3), (8, 6, 4), (8, 3, 3)])
def test_a_png_says_its_samples(bits: int, colour: int, components: int) -> None:
    header = image_header.read(png(300, 200, bits=bits, colour=colour), LIMIT)
    assert (header.kind, header.bits, header.components, header.complete) == (FileKind.PNG, bits, components, False)


def test_a_whole_png_says_its_resolution() -> None:
    stream = io.BytesIO()
    Image.new("L", (300, 200)).save(stream, "PNG", dpi=(300, 300))
    header = image_header.parse(stream.getvalue())
    assert (header.dpi, header.complete) == (300, True)


@pytest.mark.parametrize("compression", ["raw", "group4"])
def test_a_tiff_says_its_first_page_and_how_many_there_are(compression: str) -> None:
    stream = io.BytesIO()
    pages = [Image.new("1", (400 + n, 500), 1) for n in range(3)]
    pages[0].save(stream, "TIFF", compression=compression, save_all=True, append_images=pages[1:], dpi=(200, 200))
    data = stream.getvalue()
    header = image_header.read(data, LIMIT)
    assert header == Header(FileKind.TIFF, 400, 500, 1, 1, 200, coding=4 if compression == "group4" else 1,
                            strips=header.strips, pages=3)
    assert image_header.of_directory(data, tiff.read_directories(data), 2).width == 402


def test_a_big_endian_tiff_is_read_alike() -> None:
    entries = [(256, 4, 300), (257, 4, 200), (258, 3, 1 << 16), (259, 3, 4 << 16), (277, 3, 1 << 16),
               (273, 4, 8), (279, 4, 4)]
    data = b"MM\0*" + struct.pack(">IH", 8, len(entries))
    data += b"".join(struct.pack(">HHII", tag, kind, 1, value) for tag, kind, value in entries) + bytes(4)
    header = image_header.parse(data)
    assert (header.width, header.height, header.bits, header.coding) == (300, 200, 1, 4)


def test_a_tiff_whose_pages_run_in_a_ring_is_refused() -> None:
    data = b"II*\0" + struct.pack("<IHHHIII", 8, 1, 256, 4, 1, 300, 8)
    assert refused(data) is errors.IMAGE_UNKNOWN


def test_a_tiff_that_points_behind_its_end_is_truncated() -> None:
    assert refused(b"II*\0" + struct.pack("<I", 4000)) is errors.IMAGE_TRUNCATED


def test_a_pdf_is_known_by_its_mark() -> None:
    assert image_header.read(b"%PDF-1.7\n...", LIMIT).kind is FileKind.PDF


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"", errors.IMAGE_EMPTY),
        (b"GIF89a" + bytes(90), errors.IMAGE_UNKNOWN),
        (b"hello", errors.IMAGE_UNKNOWN),
        (bytes(5000), errors.IMAGE_UNKNOWN),
        (b"II+\0" + bytes(90), errors.IMAGE_UNKNOWN),
        (b"\xff\xd8\xff", errors.IMAGE_TRUNCATED),
        (b"\x89PNG\r\n\x1a\n", errors.IMAGE_TRUNCATED),
        (frame(1, 1), errors.IMAGE_TOO_SMALL),
        (frame(99, 4000), errors.IMAGE_TOO_SMALL),
        (frame(0, 0), errors.IMAGE_TOO_SMALL),
        (frame(30_000, 30_000), errors.IMAGE_TOO_LARGE),
        (png(2**31 - 1, 2**31 - 1), errors.IMAGE_TOO_LARGE),
        (b"II*\0" + struct.pack("<IHHHIIHHIII", 8, 2, 256, 4, 1, 60_000, 257, 4, 1, 60_000, 0),
         errors.IMAGE_TOO_LARGE),
    ],
)
def test_what_is_no_page_image_is_refused_by_its_header(data: bytes, kind: Kind) -> None:
    assert refused(data) is kind


def test_the_limit_is_a_limit_and_not_a_size_refused() -> None:
    assert image_header.read(frame(2000, 1000), 2_000_000).width == 2000
    assert refused(frame(2001, 1000), 2_000_000) is errors.IMAGE_TOO_LARGE


def test_random_bytes_behind_a_known_mark_never_raise_anything_else() -> None:
    import random

    chance = random.Random(7)
    for start in (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"II*\0", b"MM\0*", b"II*\0\x08\0\0\0"):
        for _ in range(300):
            try:
                image_header.parse(start + chance.randbytes(chance.randrange(200)))
            except ApplianceError:
                continue
