"""Bad bytes end as an error of the catalogue, before anything large is allocated."""

from __future__ import annotations

import io
import struct

import numpy as np
import pytest
import specimen_sheets as sheets
from drawn_scans import LIMIT, RULES, jpeg, master, scan
from PIL import Image

from appliance.core import errors
from appliance.core.errors import ApplianceError, Kind
from appliance.core.model import ImageFormat
from appliance.imaging import decode, recipe

TEXT = scan("short")
WHOLE = jpeg(TEXT)


def tiff(pixels: sheets.Pixels) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(pixels).convert("1", dither=Image.Dither.NONE).save(stream, "TIFF", compression="group4")
    return stream.getvalue()


def refusal(data: bytes, form: ImageFormat = ImageFormat.JPEG, limit: int = LIMIT) -> Kind:
    with pytest.raises(ApplianceError) as caught:
        decode.grey(data, form, 2, limit)
    return caught.value.kind


def test_no_bytes_are_an_empty_image() -> None:
    assert refusal(b"") is errors.IMAGE_EMPTY


@pytest.mark.parametrize("share", [0.3, 0.7, 0.98])
def test_a_truncated_jpeg_is_said_to_be_truncated(share: float) -> None:
    assert refusal(WHOLE[:int(len(WHOLE) * share)]) is errors.IMAGE_TRUNCATED


@pytest.mark.parametrize("data", [b"\0" * 5000, b"%PDF-1.7 no image", WHOLE[:100], b"\xff\xd8\xff\xe0"])
def test_what_is_no_jpeg_cannot_be_decoded(data: bytes) -> None:
    assert refusal(data) is errors.IMAGE_UNDECODABLE


def test_four_inks_are_refused() -> None:
    stream = io.BytesIO()
    Image.new("CMYK", (300, 300)).save(stream, "JPEG")
    assert refusal(stream.getvalue()) is errors.IMAGE_UNDECODABLE


def test_an_image_over_the_limit_is_refused_by_its_header() -> None:
    high, wide = TEXT.shape[:2]
    assert refusal(WHOLE, limit=high * wide - 1) is errors.IMAGE_TOO_LARGE


def test_a_header_that_claims_too_much_is_refused_without_its_pixels() -> None:
    start = WHOLE.index(b"\xff\xc0") + 5
    claimed = WHOLE[:start] + (60000).to_bytes(2) + (60000).to_bytes(2) + WHOLE[start + 4:]
    assert refusal(claimed) is errors.IMAGE_TOO_LARGE


def test_one_pixel_is_no_page() -> None:
    assert refusal(jpeg(np.zeros((1, 1), np.uint8))) is errors.IMAGE_TOO_SMALL


def test_an_unknown_format_is_refused() -> None:
    assert refusal(WHOLE, ImageFormat.UNKNOWN) is errors.IMAGE_UNDECODABLE


@pytest.mark.parametrize("data", [b"II*\0", b"not a tiff", tiff(sheets.grey(TEXT))[:40]])
def test_a_broken_strip_is_refused(data: bytes) -> None:
    assert refusal(data, ImageFormat.G4) is errors.IMAGE_UNDECODABLE


def test_stray_bytes_between_markers_harm_nothing() -> None:
    end = WHOLE.rindex(b"\xff\xd9")
    padded = WHOLE[:end] + b"\0" * 9 + WHOLE[end:]
    assert decode.grey(padded, ImageFormat.JPEG, 1, LIMIT).shape == TEXT.shape[:2]


def test_bytes_of_another_image_than_recorded_are_refused() -> None:
    other = master(np.zeros((500, 400, 3), np.uint8))
    with pytest.raises(ApplianceError) as caught:
        recipe.analyse(WHOLE, other, RULES, LIMIT)
    assert caught.value.kind is errors.IMAGE_UNDECODABLE


@pytest.mark.parametrize("factor", [1, 2, 4, 8])
def test_odd_sizes_reduce_upwards_in_both_formats(factor: int) -> None:
    drawn = np.ascontiguousarray(sheets.grey(TEXT)[:1001, :777])
    for data, form in ((jpeg(drawn), ImageFormat.JPEG), (tiff(drawn), ImageFormat.G4)):
        grey = decode.grey(data, form, factor, LIMIT)
        assert grey.shape == (-(-1001 // factor), -(-777 // factor))
        assert grey.dtype == np.uint8
        assert grey.flags.c_contiguous
        assert grey.flags.writeable


def test_a_bitonal_strip_keeps_black_black() -> None:
    drawn = np.full((200, 200), 255, np.uint8)
    drawn[50:100, 50:100] = 0
    assert np.array_equal(decode.grey(tiff(drawn), ImageFormat.G4, 1, LIMIT), drawn)


@pytest.mark.parametrize("kind", [5, 10, 11, 12])
def test_a_strip_whose_place_is_a_fraction_cannot_be_decoded(kind: int) -> None:
    """Found by the fuzz run: one flipped bit makes the type of a tag that of fractions."""
    data = tiff(np.full((200, 200), 255, np.uint8))
    entry = max(data.find(struct.pack("<HH", 273, size)) for size in (3, 4))
    assert entry > 0
    broken = data[:entry + 2] + struct.pack("<H", kind) + data[entry + 4:]
    assert refusal(broken, ImageFormat.G4) is errors.IMAGE_UNDECODABLE
