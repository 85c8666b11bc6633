"""The body of a request that a thread sends: at the office's pace, and no longer than it is wanted."""

from __future__ import annotations

import base64
import hashlib

import pytest

from appliance.archive.bandwidth import CHUNK, Bandwidth
from appliance.archive.transports.body import Body
from appliance.archive.transports.contract import Piece


class Counted(Bandwidth):
    """A bandwidth that notes what is asked of it."""

    def __init__(self) -> None:
        super().__init__(0)
        self.asked: list[int] = []

    def reserve(self, size: int) -> float:
        self.asked.append(size)
        return 0.0


def test_every_bite_that_goes_out_keeps_to_the_pace() -> None:
    pace = Counted()
    body = Body(b"x" * 100_000, pace)
    while body.read(16_384):
        pass
    assert sum(pace.asked) == 100_000


def test_reading_it_all_to_sign_it_takes_nothing_from_the_pace() -> None:
    pace = Counted()
    body = Body(b"x" * 100_000, pace)
    assert len(body.read(1 << 20)) == len(body.getvalue())
    body.seek(0)
    assert len(body.read()) == 100_000
    assert pace.asked == []
    assert CHUNK < 1 << 20


def test_a_body_that_nobody_wants_any_more_breaks_off() -> None:
    body = Body(b"x" * 100)
    assert body.read(10) == b"x" * 10
    body.broken = True
    with pytest.raises(OSError, match="broken off"):
        body.read(10)


@pytest.mark.parametrize("kind", [bytes, Piece.of])
def test_its_checksum_is_that_of_its_bytes(kind: type[bytes]) -> None:
    assert base64.b64decode(Body(kind(b"abc")).checksum) == hashlib.sha256(b"abc").digest()
