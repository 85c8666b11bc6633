"""Nothing is signed by a clock that is off or of which nobody knows; everything waits, and goes on by itself."""

from __future__ import annotations

import asyncio
import math
import re
import struct
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from chrony_stand import Chrony, chrony
from leave_stand import office
from test_leave_to_sign import LEADER, Room

from appliance import chrony as chronyd
from appliance import timekeeper, unsigned
from appliance.core.config import parse
from appliance.core.errors import ApplianceError
from appliance.core.timekeeping import Clock
from appliance.system_clock import ClockReading
from appliance.timekeeper import Timekeeper

SECONDS = 60.0


@pytest.fixture(scope="module")
def stand() -> Iterator[Chrony]:
    with chrony() as found:
        found.serve()
        yield found


def keeper(port: int, most: float = 60.0) -> Timekeeper:
    return Timekeeper(Clock("chrony", most, port))


async def says(watched: Timekeeper, code: str) -> None:
    """Look until the clock is as wished for."""
    async with asyncio.timeout(SECONDS):
        while True:
            await watched.look()
            if (watched.refusal.code if watched.refusal else "") == code:
                return
            await asyncio.sleep(0.05)


async def between_two_answers(port: int) -> tuple[ClockReading, list[str]]:
    """Return what chronyd says and what its program shows, with no measurement of the server between them."""
    async with asyncio.timeout(SECONDS):
        while True:
            before = await chronyd.ask(port)
            shown = subprocess.run(["chronyc", "-n", "-c", "-h", "127.0.0.1", "-p", str(port), "tracking"],
                                   check=True, capture_output=True, text=True).stdout.split(",")
            after = await chronyd.ask(port)
            if before and after and abs(before.most - after.most) < 0.002:
                return after, shown


async def test_what_chronyd_says_is_what_its_own_program_shows(stand: Chrony) -> None:
    stand.follow(90.0)
    watched = keeper(stand.port)
    await says(watched, "K559")
    found, shown = await between_two_answers(stand.port)
    assert found.synchronised
    assert found.offset == pytest.approx(90.0, abs=0.01) == pytest.approx(float(shown[4]), abs=0.01)
    assert found.most == pytest.approx(float(shown[10]) / 2 + float(shown[11]), abs=0.01)


async def test_signing_waits_while_the_clock_is_off_or_unknown_and_goes_on_by_itself(
        stand: Chrony, tmp_path: Path) -> None:
    stand.follow(90.0)
    async with office(tmp_path, LEADER) as desk:
        desk.means.timekeeper = watched = keeper(stand.port)
        await Room(desk).grant()
        await desk.document("HS-1")
        await says(watched, "K559")
        assert await desk.round() == {"HS-1": "awaiting_signer K559"}
        assert await desk.round() == {"HS-1": "awaiting_signer K559"}, "it is not asked again and again"
        (told,) = [one for one in await desk.book.ask(unsigned.waiting) if one["code"] == "K559"]
        assert re.search(r"9[0-5] s > 60 s", told["vi"]) and re.search(r"9[0-5] s > 60 s", told["en"])
        stand.alone()
        await says(watched, "K558")
        await desk.document("HS-2")
        assert await desk.round() == {"HS-1": "awaiting_signer K558", "HS-2": "awaiting_signer K558"}
        stand.end("client")
        await says(watched, "K558")
        assert watched.reading() is None or not watched.reading().synchronised  # type: ignore[union-attr]
        assert not desk.signer.signed, "no key was used meanwhile"
        stand.follow()
        await says(watched, "")
        assert await desk.round() == {"HS-1": "signed", "HS-2": "signed"}


async def test_a_host_that_follows_its_own_clock_knows_nothing_about_it() -> None:
    with chrony() as alone:
        alone.port = alone.server  # the one that gives out its own time is asked about it
        alone._start("client", f"local stratum 5\nport 0\ncmdport {alone.port}\n")
        watched = keeper(alone.port)
        await watched.look()
        assert watched.refusal is not None and watched.refusal.code == "K558"


@pytest.mark.parametrize(("found", "code"), [
    (None, "K558"), (ClockReading(0.0, 16.0, synchronised=False), "K558"),
    (ClockReading(61.0, 0.1, synchronised=True), "K559"), (ClockReading(-61.0, 0.1, synchronised=True), "K559"),
    (ClockReading(50.0, 15.0, synchronised=True), "K559"), (ClockReading(0.2, 0.5, synchronised=True), ""),
])
async def test_the_kernel_can_be_asked_instead(found: ClockReading | None, code: str) -> None:
    watched = Timekeeper(Clock("kernel"), lambda: found)
    await watched.look()
    assert (watched.refusal.code if watched.refusal else "") == code
    assert watched.told()["code"] == code


async def test_nobody_is_asked_unless_the_settings_say_so() -> None:
    def nobody() -> ClockReading | None:
        raise AssertionError("asked")

    watched = Timekeeper(parse({}).clock, nobody)
    await asyncio.wait_for(watched.run(), SECONDS)
    watched.refuse()


@pytest.mark.parametrize("answer", [b"", b"\x06\x02", bytes(104), b"\xff" * 104, b"\xff" * 4000])
def test_what_is_no_answer_of_chronyd_says_nothing(answer: bytes) -> None:
    assert chronyd.reading(answer, 7) is None


def packed(value: float) -> int:
    """Return a number in chrony's packing."""
    fraction, exponent = math.frexp(value)
    return ((exponent + 1) & 0x7F) << 25 | round(fraction * 2 ** 24) & 0x1FFFFFF


def answer(question: bytes, correction: float, delay: float, dispersion: float) -> bytes:
    """Return what a chronyd that is well and follows another clock says to a question."""
    (sequence,) = struct.unpack_from("!I", question, 8)
    numbers = [correction, 0.0, 0.0, 0.0, 0.0, 0.0, delay, dispersion, 1.0]
    return chronyd.ANSWERED.pack(6, 2, 0, 0, 33, 5, 0, 0, 0, 0, sequence, 0, 0) + chronyd.REPORT.pack(
        0x0A1F0101, 3, 0, *(packed(one) for one in numbers))


class StandIn(asyncio.DatagramProtocol):
    """Answers as it is told to, in place of chronyd."""

    def __init__(self, says: Callable[[bytes], list[bytes]]) -> None:
        self.says = says

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]
        self.transport = transport

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        for packet in self.says(data):
            self.transport.sendto(packet, address)


async def asked_of(says: Callable[[bytes], list[bytes]]) -> Timekeeper:
    """Return who has looked once, and heard this."""
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: StandIn(says), local_addr=("127.0.0.1", 0))
    try:
        watched = keeper(transport.get_extra_info("sockname")[1])
        await watched.look()
        return watched
    finally:
        transport.close()


async def test_a_packet_that_is_no_answer_neither_counts_nor_hides_the_answer_behind_it() -> None:
    watched = await asked_of(lambda asked: [b"garbage", answer(b"x" * 28, 0.0, 0.1, 0.1),
                                            answer(asked, 0.5, 0.1, 0.1)])
    assert watched.refusal is None and watched.told()["offset"] == 0.5
    forged = await asked_of(lambda asked: [answer(bytes(28), 0.0, 0.1, 0.1), asked, b""])
    assert forged.refusal is not None and forged.refusal.code == "K558"


@pytest.mark.parametrize(("delay", "dispersion"), [(0.0, -89.5), (-179.0, 0.0), (-100.0, -100.0)])
async def test_an_uncertainty_below_nothing_makes_no_offset_smaller(delay: float, dispersion: float) -> None:
    watched = await asked_of(lambda asked: [answer(asked, 90.0, delay, dispersion)])
    assert watched.refusal is not None and watched.refusal.code == "K559"


async def test_a_watch_that_trips_lets_signing_wait_and_looks_again(monkeypatch: pytest.MonkeyPatch) -> None:
    right = ClockReading(0.1, 0.1, synchronised=True)
    readings, seen = iter([right, None, *[right] * 1000]), []

    def trips() -> ClockReading:
        seen.append(watched.told()["code"])
        found = next(readings)
        if found is None:
            raise ValueError("no reading")
        return found

    monkeypatch.setattr(timekeeper, "LOOK_SECONDS", 0.0)
    watched = Timekeeper(Clock("kernel"), trips)
    looking = asyncio.create_task(watched.run())
    async with asyncio.timeout(SECONDS):
        while len(seen) < 4:
            await asyncio.sleep(0)
    looking.cancel()
    await asyncio.gather(looking, return_exceptions=True)
    assert seen[:4] == ["", "", "K558", ""]


async def test_the_watch_goes_with_the_settings() -> None:
    with pytest.raises(ApplianceError, match="C003"):
        parse({"clock": {"watch": "ntp"}})
    assert parse({"clock": {"watch": "chrony"}}).clock == Clock("chrony", 60.0, 323)
