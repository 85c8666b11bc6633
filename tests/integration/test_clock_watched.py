"""Nothing is signed by a clock that is off or of which nobody knows; everything waits, and goes on by itself."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from chrony_stand import Chrony, chrony
from leave_stand import office
from test_leave_to_sign import LEADER, Room

from appliance import chrony as chronyd
from appliance import unsigned
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


async def test_what_chronyd_says_is_what_its_own_program_shows(stand: Chrony) -> None:
    stand.follow(90.0)
    watched = keeper(stand.port)
    await says(watched, "K559")
    found = await chronyd.ask(stand.port)
    shown = subprocess.run(["chronyc", "-n", "-c", "-h", "127.0.0.1", "-p", str(stand.port), "tracking"],
                           check=True, capture_output=True, text=True).stdout.split(",")
    assert found is not None
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
        assert "90 s > 60 s" in told["vi"] and "90 s > 60 s" in told["en"]
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


async def test_the_watch_goes_with_the_settings() -> None:
    with pytest.raises(ApplianceError, match="C003"):
        parse({"clock": {"watch": "ntp"}})
    assert parse({"clock": {"watch": "chrony"}}).clock == Clock("chrony", 60.0, 323)
