"""A JPEG made strip by strip is the one that a single call makes, but for its restart markers."""

from __future__ import annotations

import ctypes
import threading
from concurrent.futures import Executor, Future
from typing import Any

import numpy as np
import pytest
import simplejpeg

from appliance.device import image_header
from appliance.device.sane_binding import Layout
from appliance.device.strips import LINES, QUALITY, SAMPLING, Strips, coded, coder, joined

WIDTH = 203


def pixels(lines: int) -> np.ndarray[Any, np.dtype[np.uint8]]:
    ramp = np.arange(lines * WIDTH * 3, dtype=np.uint32).reshape(lines, WIDTH, 3)
    return np.random.default_rng(lines).integers(0, 40, ramp.shape, np.uint8) + (ramp // 97 % 200).astype(np.uint8)


def memory(picture: np.ndarray[Any, np.dtype[np.uint8]]) -> Any:
    raw = picture.tobytes()
    return (ctypes.c_ubyte * len(raw)).from_buffer_copy(raw)


def layout(lines: int) -> Layout:
    return Layout(1, True, WIDTH * 3, WIDTH, lines, 8)


@pytest.mark.parametrize("lines", [1, 15, LINES - 1, LINES, LINES + 1, 2 * LINES + 17, 10 * LINES])
def test_strips_put_together_show_the_very_pixels_of_one_encode(lines: int) -> None:
    picture = pixels(lines)
    jpeg = coded(memory(picture), layout(lines), picture.nbytes, 300)
    whole = simplejpeg.encode_jpeg(picture, quality=QUALITY, colorspace="RGB", colorsubsampling=SAMPLING)
    assert np.array_equal(simplejpeg.decode_jpeg(jpeg, strict=True), simplejpeg.decode_jpeg(whole))
    header = image_header.parse(jpeg)
    assert (header.width, header.height, header.dpi, header.complete) == (WIDTH, lines, 300, True)


@pytest.mark.parametrize("step", [1000, WIDTH * 3 * LINES, 10**6])
def test_the_same_side_is_the_same_bytes_however_it_comes_in(step: int) -> None:
    picture = pixels(3 * LINES + 40)
    buffer, size = memory(picture), picture.nbytes
    side = Strips(buffer, layout(picture.shape[0]), coder())
    for received in range(0, size, step):
        side.came(received)
    assert side.jpeg(size, 300) == coded(buffer, layout(picture.shape[0]), size, 300)


def test_a_side_that_breaks_off_keeps_the_lines_that_came() -> None:
    picture, came = pixels(3 * LINES), LINES + 30
    side = Strips(memory(picture), layout(3 * LINES), coder())
    jpeg = side.jpeg(came * WIDTH * 3 + 100, 300)
    assert simplejpeg.decode_jpeg_header(jpeg)[:2] == (came, WIDTH)
    assert Strips(memory(picture), layout(3 * LINES), coder()).jpeg(WIDTH * 3 - 1, 300) == b""


class Slow(Executor):
    """Codes the first strip when it is told to, and none after it."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.running: Future[bytes] | None = None

    def submit(self, fn: Any, /, *args: Any, **_: Any) -> Future[Any]:
        made: Future[Any] = Future()
        if self.running is None:
            self.running = made
            made.set_running_or_notify_cancel()
            threading.Thread(target=self._code, args=(made, fn, args)).start()
        return made

    def _code(self, made: Future[Any], fn: Any, args: tuple[Any, ...]) -> None:
        self.go.wait()
        made.set_result(fn(*args))


def test_a_buffer_is_let_go_only_when_no_strip_of_it_is_being_coded() -> None:
    slow, picture = Slow(), pixels(4 * LINES)
    side = Strips(memory(picture), layout(4 * LINES), slow)
    side.came(picture.nbytes)
    leaving = threading.Thread(target=side.give_up)
    leaving.start()
    assert leaving.is_alive()
    slow.go.set()
    leaving.join(10)
    assert not leaving.is_alive()
    assert slow.running is not None
    assert slow.running.done()


def test_the_resolution_stands_in_the_header_and_what_is_no_jfif_is_refused() -> None:
    plain = simplejpeg.encode_jpeg(np.zeros((8, 8, 3), np.uint8))
    marked = joined([plain], 8, 300)
    assert marked[13:18] == b"\x01\x01\x2c\x01\x2c"
    assert (marked[:13], marked[18:]) == (plain[:13], plain[18:])
    with pytest.raises(ValueError, match="JFIF"):
        joined([plain.replace(b"JFIF", b"JFXX")], 8, 300)
    with pytest.raises(ValueError, match="baseline"):
        joined([b"\xff\xd8" + bytes(40)], 8, 300)
