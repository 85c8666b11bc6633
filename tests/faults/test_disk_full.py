"""A disk that fills: scanning pauses before loss, and what was acknowledged stays."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from rig import Rig, Sheet, accepted, balanced, dossier, escl, flat, job, letter, page
from small_disk import small_disk

from appliance.core.config import Config, Device, Storage
from appliance.core.errors import ApplianceError
from appliance.core.events import Bus
from appliance.intake import Intake
from appliance.spool.ledger import Book, Ledger
from appliance.spool.store import Store

MB = 1_000_000
DISK = 320
LEAST = 16
"""MB: size of the disk, and below how much free space scanning pauses."""


def fat(number: int, size: int) -> Sheet:
    """Return a good page whose JPEG is ``size`` bytes long by comments in it."""
    data = flat(letter(number))
    note = b"\xff\xfe" + (65_000).to_bytes(2, "big") + os.urandom(64_998).replace(b"\xff", b"\xfe")
    return Sheet(data[:2] + note * ((size - len(data)) // len(note) + 1) + data[2:])


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path / "disk", DISK) as folder:
        yield folder


def start(tmp_path: Path, state: Path) -> Rig:
    tables = {"device": [escl()], "job": [job()], "storage": {"min_free_mb": LEAST}}
    return Rig(tmp_path / "rig", tables, state=state)


def fill(disk: Path, leave: int) -> Path:
    """Put so much ballast on a disk that ``leave`` bytes stay free; 0 leaves none at all."""
    ballast = disk / "ballast"
    with ballast.open("ab", buffering=0) as stream, contextlib.suppress(OSError):
        while (room := os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize - leave) > 0:
            if not stream.write(b"x" * min(room, 1 << 20)):
                break
    return ballast


def sides_are_safe(rig: Rig, batch: str) -> int:
    """Check that every side the ledger holds has its master, whole; return how many there are."""
    rows = rig.rows(f"SELECT path, sha256 FROM page WHERE batch = '{batch}'")
    for path, sha256 in rows:
        assert hashlib.sha256((rig.state / "masters" / path).read_bytes()).hexdigest() == sha256
    return len(rows)


def goes_on(rig: Rig, name: str, device: dict[str, Any], code: str) -> None:
    """Put the paper back and go on; the dossier is accepted with every page once."""
    rig.put_back(name, device["sheet"])
    rig.resume()
    status = rig.settled()
    assert accepted(status) == {code}, status["held"]
    balanced(status)
    sheets = rig.rows("SELECT sheet FROM page WHERE state = 'filed' ORDER BY number")
    assert sheets == [(2,), (3,), (4,)]


@pytest.mark.slow
def test_too_little_room_refuses_a_press_and_says_how_much_is_left(tmp_path: Path) -> None:
    rig = Rig(tmp_path / "rig", {"device": [escl()], "job": [job()], "storage": {"min_free_mb": 10_000_000}})
    try:
        rig.load([dossier("ROOM.1"), page(1)])
        device = rig.in_state("blocked")
        assert device["code"] == "S201" and "MB" in device["message_vi"] and "?" not in device["message_vi"]
        with pytest.raises(ApplianceError) as caught:
            rig.ask("press")
        assert caught.value.code == "S201" and "?" not in caught.value.vi
        assert rig.rows("SELECT count(*) FROM batch") == [(0,)]
        assert 'appliance_scanner_state{device="demo",state="blocked"} 1' in rig.metrics()
        rig.restart_daemon({"storage": {"min_free_mb": LEAST}})
        rig.press()
        assert accepted(rig.settled()) == {"ROOM.1"}
    finally:
        rig.stop()


@pytest.mark.slow
def test_a_master_that_finds_no_room_breaks_off_and_loses_nothing(tmp_path: Path, disk: Path) -> None:
    rig = start(tmp_path, disk / "state")
    try:
        ballast = fill(disk, (LEAST + 6) * MB)
        name = rig.load([dossier("FULL.1", 3), page(1), fat(2, (LEAST + 12) * MB), page(3)])
        rig.press()
        device = rig.wait(lambda found: found["devices"][0]["sheet"] > 0, "a sheet is named")["devices"][0]
        assert (device["state"], device["code"], device["sheet"]) == ("reload", "S202", 3)
        assert "tờ thứ 3 của lượt quét này" in device["message_vi"] and "?" not in device["message_vi"]
        assert sides_are_safe(rig, device["batch"]) == 2
        ballast.unlink()
        goes_on(rig, name, device, "FULL.1")
    finally:
        rig.stop()


async def test_a_row_that_finds_no_room_is_refused_whole_and_its_batch_is_closed_later(disk: Path) -> None:
    state = Store(disk / "state")
    state.prepare()
    book = Book(state.ledger)
    config = Config(storage=Storage(min_free_mb=LEAST), device=(Device(name="one"),))
    intake = Intake(config, state, book, Bus(), lambda: None)
    order = await intake.begin("one")
    ballast = fill(disk, 0)
    with pytest.raises(ApplianceError) as caught:
        for _ in range(10_000):  # the log of the ledger has some room of its own
            await book.ask(Ledger.note, "test.filling", "one", text="x" * 4000)
    assert caught.value.code == "S202"
    await intake.finished("one", order.batch)
    assert list(intake.unclosed) == [order.batch]
    assert await book.ask(lambda ledger: [row["state"] for row in ledger.all("batches")]) == ["scanning"]
    ballast.unlink()
    await intake.catch_up()
    assert not intake.unclosed
    book.close()
    again = Ledger(state.ledger, read_only=True)
    assert [row["state"] for row in again.all("batches")] == ["closed"]
    again.verify_chain()
    again.close()


@pytest.mark.slow
def test_a_disk_without_a_single_free_byte_loses_nothing(tmp_path: Path, disk: Path) -> None:
    rig = start(tmp_path, disk / "state")
    try:
        name = rig.load([dossier("FULL.2", 3), page(1), page(2), page(3)])
        rig.faults(slow=0.6)
        rig.press()
        rig.wait(lambda found: bool(found["devices"][0]["batch"]) and found["counts"]["sides"] >= 2, "two sides")
        ballast = fill(disk, 0)
        device = rig.in_state("reload")
        assert device["code"] in ("S201", "S202") and device["message_vi"]
        before = sides_are_safe(rig, device["batch"])
        assert before >= 2
        ballast.unlink()
        rig.faults()
        device = rig.wait(lambda found: found["devices"][0]["sheet"] > 0, "a sheet is named")["devices"][0]
        assert device["sheet"] == before + 1
        goes_on(rig, name, device, "FULL.2")
    finally:
        rig.stop()
