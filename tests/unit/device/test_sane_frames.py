"""Raw frames: whole by their length, read into memory that is used again, encoded once."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass, field

import numpy as np
import pytest
import simplejpeg

from appliance.core import errors
from appliance.core.errors import ApplianceError
from appliance.device import sane_frames
from appliance.device.sane_binding import Layout, SaneFault
from appliance.device.sane_frames import Frame, Ring, encode, read_frame
from appliance.device.sane_status import Word

WIDTH, HEIGHT = 64, 48
WHOLE = Layout(1, True, WIDTH * 3, WIDTH, HEIGHT, 8)
PIXELS = bytes(range(256)) * (WIDTH * 3 * HEIGHT // 256)


def quiet() -> None:
    """Nobody watches."""


@dataclass
class Paper:
    """A side in memory that comes in small pieces."""

    pixels: bytes = PIXELS
    said: Layout = WHOLE
    breaks: Word = Word.EOF
    at: int = 0
    pieces: list[int] = field(default_factory=list)

    def start(self) -> None:
        self.at = 0

    def layout(self) -> Layout:
        return self.said

    def read(self, address: int, most: int) -> int:
        piece = self.pixels[self.at:self.at + min(most, 1000)]
        if not piece:
            if self.breaks is not Word.EOF:
                raise SaneFault(self.breaks, "read")
            return -1
        ctypes.memmove(address, piece, len(piece))
        self.at += len(piece)
        self.pieces.append(len(piece))
        return len(piece)


def test_a_whole_side_is_whole_and_its_bytes_are_the_papers() -> None:
    frame = read_frame(Paper(), Ring(), quiet)
    assert (frame.missing, frame.lines) == ("", HEIGHT)
    assert bytes(frame.buffer)[:frame.received] == PIXELS


@pytest.mark.parametrize(("kept", "missing"), [
    (WIDTH * 3 * 20, "20 of 48 lines"), (WIDTH * 3 * 20 + 5, "20 of 48 lines"), (0, "0 of 48 lines"),
    (len(PIXELS) - 1, "47 of 48 lines"),
])
def test_a_side_that_ends_early_is_not_whole(kept: int, missing: str) -> None:
    assert read_frame(Paper(PIXELS[:kept]), Ring(), quiet).missing == missing


def test_a_side_of_unknown_height_is_whole_when_it_ends_on_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sane_frames, "FIRST_GUESS", 2000)  # so that it must move to larger memory on its way
    unknown = Layout(1, True, WIDTH * 3, WIDTH, -1, 8)
    frame = read_frame(Paper(said=unknown), Ring(), quiet)
    assert frame.missing == ""
    assert bytes(frame.buffer)[:frame.received] == PIXELS
    assert read_frame(Paper(PIXELS[:-1], unknown), Ring(), quiet).missing == "47 of unknown lines"


def test_a_side_that_goes_on_after_its_end_is_a_fault() -> None:
    with pytest.raises(ApplianceError) as caught:
        read_frame(Paper(PIXELS + b"x"), Ring(), quiet)
    assert caught.value.kind is errors.DEVICE_FAULT


@pytest.mark.parametrize("layout", [
    Layout(0, True, WIDTH, WIDTH, HEIGHT, 8), Layout(1, True, WIDTH * 6, WIDTH, HEIGHT, 16),
    Layout(2, False, WIDTH, WIDTH, HEIGHT, 8), Layout(1, True, WIDTH, WIDTH, HEIGHT, 8),
    Layout(1, True, 0, 0, 0, 8),
])
def test_what_is_no_24_bit_colour_is_refused_before_memory_is_taken(layout: Layout) -> None:
    with pytest.raises(ApplianceError) as caught:
        read_frame(Paper(said=layout), Ring(), quiet)
    assert caught.value.kind is errors.DEVICE_REFUSED


def test_a_side_larger_than_any_paper_is_refused_before_memory_is_taken() -> None:
    with pytest.raises(ApplianceError) as caught:
        read_frame(Paper(said=Layout(1, True, 3 * 10**5, 10**5, 10**5, 8)), Ring(), quiet)
    assert caught.value.kind is errors.DEVICE_FAULT


def test_a_jam_in_mid_page_gives_the_memory_back() -> None:
    ring = Ring()
    first = read_frame(Paper(), ring, quiet).buffer
    ring.give(first)
    with pytest.raises(SaneFault):
        read_frame(Paper(PIXELS[:500], breaks=Word.JAMMED), ring, quiet)
    assert ring.take(10) is first


def test_three_buffers_are_used_again_and_a_fourth_is_never_one_of_them() -> None:
    ring = Ring()
    taken = [ring.take(100) for _ in range(4)]
    assert len({id(buffer) for buffer in taken}) == 4
    for buffer in taken:
        ring.give(buffer)
    again = {id(ring.take(100)) for _ in range(3)}
    assert again == {id(buffer) for buffer in taken[:3]}
    assert len(ring.take(5000)) >= 5000


def test_lines_longer_than_their_pixels_are_cut_to_the_paper() -> None:
    lines = np.full((HEIGHT, WIDTH * 3 + 5), 7, np.uint8)
    lines[:, :WIDTH * 3] = 200
    raw = lines.tobytes()
    layout = Layout(1, True, WIDTH * 3 + 5, WIDTH, HEIGHT, 8)
    jpeg = encode(Frame((ctypes.c_ubyte * len(raw)).from_buffer_copy(raw), layout, len(raw)), 300)
    assert np.all(np.abs(simplejpeg.decode_jpeg(jpeg).astype(int) - 200) <= 2)


@dataclass
class Empty(Paper):
    """A side whose every second read is good and has no bytes."""

    empty: int = 0

    def read(self, address: int, most: int) -> int:
        self.empty += 1
        return 0 if self.empty % 2 else super().read(address, most)


def test_good_reads_of_no_bytes_are_no_progress_and_lose_none() -> None:
    paper, moves = Empty(), list[None]()
    frame = read_frame(paper, Ring(), lambda: moves.append(None))
    assert frame.missing == "" and bytes(frame.buffer)[:frame.received] == PIXELS
    assert len(moves) == len(paper.pieces) < paper.empty
