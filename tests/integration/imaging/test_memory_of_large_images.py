"""What no page can be is refused from its header; what is large is looked at within bounds. Memory is watched."""

from __future__ import annotations

import ctypes
import io
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import simplejpeg
from odd_images import RULES
from PIL import Image

from appliance.core import errors
from appliance.core.errors import ApplianceError
from appliance.core.model import ImageFormat, Master
from appliance.imaging import decode, recipe

LIMIT = 200_000_000
KIB = 1024


def most_grown(call: Callable[[], object]) -> int:
    """Return by how many KiB the memory of this process rises at most while something is done."""
    ctypes.CDLL(None).malloc_trim(0)  # what is kept for the next page would hide what is taken
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # the highest mark is from here on
    before = _status("VmRSS")
    call()
    return _status("VmHWM") - before


def _status(name: str) -> int:
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name + ":"))


def refused(data: bytes, form: ImageFormat, size: tuple[int, int]) -> Callable[[], None]:
    """Return a call that looks at an image in every way and must be refused each time."""
    master = Master("x", "0" * 64, len(data), form, *size, 3, 300)

    def call() -> None:
        for look in (lambda: decode.grey(data, form, 1, LIMIT), lambda: decode.picture(data, form, 8, LIMIT),
                     lambda: recipe.analyse(data, master, RULES, LIMIT)):
            with pytest.raises(ApplianceError) as caught:
                look()
            assert caught.value.kind is errors.IMAGE_TOO_LARGE
    return call


def claiming(width: int, height: int, *, progressive: bool = False, colour: bool = True) -> bytes:
    """Make a small JPEG whose header claims another size."""
    stream = io.BytesIO()
    Image.new("RGB" if colour else "L", (64, 64), 255).save(stream, "JPEG", progressive=progressive)
    data = bytearray(stream.getvalue())
    frame = data.index(b"\xff\xc2" if progressive else b"\xff\xc0")
    data[frame + 5:frame + 9] = struct.pack(">HH", height, width)
    return bytes(data)


@pytest.mark.parametrize("size", [(65000, 65000), (65000, 3100), (14200, 14200)])
@pytest.mark.parametrize("colour", [True, False])
def test_a_jpeg_over_the_limit_is_refused_before_anything_is_allocated(size: tuple[int, int], colour: bool) -> None:
    data = claiming(*size, colour=colour)
    assert most_grown(refused(data, ImageFormat.JPEG, size)) < 2 * KIB


def test_a_progressive_jpeg_that_would_be_held_whole_is_refused_before_anything_is_allocated() -> None:
    data = claiming(9000, 9000, progressive=True)
    assert most_grown(refused(data, ImageFormat.JPEG, (9000, 9000))) < 2 * KIB


def test_a_strip_over_the_limit_is_refused_before_anything_is_allocated() -> None:
    stream = io.BytesIO()
    Image.new("1", (640, 480), 1).save(stream, "TIFF", compression="group4")
    data = bytearray(stream.getvalue())
    for tag, old, new in ((256, 640, 20000), (257, 480, 12000)):  # width and height
        for size, code in ((3, "<HHIHH"), (4, "<HHII")):
            was = struct.pack(code, tag, size, 1, old, *((0,) if size == 3 else ()))
            data = data.replace(was, struct.pack(code, tag, size, 1, new, *((0,) if size == 3 else ())))
    assert struct.pack("<H", 20000) in data and struct.pack("<H", 12000) in data
    assert most_grown(refused(bytes(data), ImageFormat.G4, (20000, 12000))) < 2 * KIB


def test_the_watch_sees_what_is_decoded() -> None:
    page = simplejpeg.encode_jpeg(np.full((6000, 6000, 1), 200, np.uint8), colorspace="GRAY")
    assert most_grown(lambda: decode.grey(page, ImageFormat.JPEG, 1, LIMIT)) > 30 * KIB


@pytest.mark.slow
@pytest.mark.parametrize("colour", [True, False])
def test_a_page_of_150_million_pixels_is_looked_at_within_bounds(colour: bool) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (1000, 1250, 3 if colour else 1)).astype(np.uint8)
    large = np.tile(noise, (12, 10, 1))
    data = simplejpeg.encode_jpeg(large, 60, "RGB" if colour else "GRAY")
    high, wide = large.shape[:2]
    del large
    master = Master("x", "0" * 64, len(data), ImageFormat.JPEG, wide, high, 3, 300)
    grown = most_grown(lambda: recipe.analyse(data, master, RULES, LIMIT))
    assert grown < 500 * KIB, "what 16 million pixels need, whatever is larger"
