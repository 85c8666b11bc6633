"""The whole image of a target sheet: what is far too large is refused by its header, mirroring copies nothing."""

from __future__ import annotations

import io

import numpy as np
import pytest
import simplejpeg
from PIL import Image

from appliance.core import errors
from appliance.core.errors import ApplianceError
from appliance.core.model import ImageFormat
from appliance.imaging import target_picture


def claiming(width: int, height: int) -> bytes:
    """A JPEG of eight lines that says it is a page of that height."""
    line = simplejpeg.encode_jpeg(np.full((8, width, 3), 255, np.uint8))
    at = line.index(b"\xff\xc0") + 5
    return bytes(line[:at] + height.to_bytes(2, "big") + line[at + 2:])


def test_a_target_far_above_a3_at_600_dpi_is_refused_by_its_header_with_what_to_do() -> None:
    with pytest.raises(ApplianceError) as caught:
        target_picture.draw(claiming(11_860, 16_779), ImageFormat.JPEG)
    assert caught.value.kind is errors.TARGET_UNREADABLE
    assert "600 dpi" in caught.value.vi
    with pytest.raises(ApplianceError, match="I302"):  # large enough to be decoded: it is found cut short
        target_picture.draw(claiming(7016, 9921), ImageFormat.JPEG)


def test_a_mirrored_target_is_turned_about_in_place() -> None:
    rng = np.random.default_rng(4)
    page = rng.integers(0, 256, (target_picture.ROWS * 2 + 7, 101, 3), np.uint8)
    mirrored, place = page[:, ::-1].copy(), page.ctypes.data
    target_picture.mirror(page)
    assert page.ctypes.data == place
    np.testing.assert_array_equal(page, mirrored)


def test_grey_and_bilevel_targets_are_given_three_equal_colours() -> None:
    tones = np.tile(np.arange(128, dtype=np.uint8), (96, 1))
    grey = simplejpeg.encode_jpeg(np.ascontiguousarray(tones[:, :, None]), colorspace="GRAY", quality=95)
    stream = io.BytesIO()
    Image.fromarray(np.where(tones > 60, 255, 0).astype(np.uint8)).convert("1").save(
        stream, "TIFF", compression="group4")
    for data, form in ((grey, ImageFormat.JPEG), (stream.getvalue(), ImageFormat.G4)):
        rgb = target_picture.draw(data, form)
        assert rgb.shape == (96, 128, 3)
        assert (rgb == rgb[:, :, :1]).all()
        assert rgb.flags.c_contiguous and rgb.flags.writeable
        assert int(rgb[50, 10, 0]) < 60 < int(rgb[50, 120, 0])
