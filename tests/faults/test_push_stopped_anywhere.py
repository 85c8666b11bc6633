"""A push scanner's process stopped at every single file operation: each page comes to the ledger exactly once."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path

import pytest
from PIL import Image
from push_rig import PushRig, page, push_rig

from appliance.core import errors
from appliance.core.errors import ApplianceError
from appliance.device.push import MOST_STARTS
from appliance.device.scanner import RawSide, ScanSettings

WRITES = {"os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.truncate"}


class Stopped(BaseException):
    """The process is no more."""


class Fate:
    """Stops the process at file operation ``at``; after that nothing reaches the disk until ``revive``."""

    def __init__(self) -> None:
        self.at = 0
        self.passed = 0
        self.below = ""
        sys.addaudithook(self._hook)

    def begin(self, at: int, below: Path) -> None:
        self.at, self.passed, self.below = at, 0, str(below)

    def revive(self) -> None:
        self.at = 0

    def _hook(self, event: str, args: tuple[object, ...]) -> None:
        if not self.at or (event not in WRITES and not (event == "open" and _writes(args))):
            return
        if not any(self.below in os.fsdecode(arg) for arg in args if isinstance(arg, str | bytes | os.PathLike)):
            return
        self.passed += 1
        if self.passed >= self.at:
            raise Stopped


def _writes(args: tuple[object, ...]) -> bool:
    mode, flags = args[1], args[2]
    if isinstance(mode, str):
        return any(letter in mode for letter in "wax+")
    return isinstance(flags, int) and bool(flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))


@pytest.fixture(scope="module")
def fate() -> Fate:
    return Fate()  # a hook can never be taken away: one for all


class Desk:
    """The daemon with its ledger: which sides of which batch it holds, and the batch that is open."""

    def __init__(self, *, dies_too: bool) -> None:
        self.rows: dict[str, list[tuple[bytes, str]]] = {}
        self.open = ""
        self.dies_too = dies_too

    def batch(self) -> str:
        if not self.open:
            self.open = f"batch-{len(self.rows) + 1}"
            self.rows[self.open] = []
        return self.open

    def process_gone(self) -> None:
        """A daemon that starts closes a batch of files without a side (recovery.py); one that lives keeps it."""
        if self.dies_too and self.open and not self.rows[self.open]:
            self.open = ""

    async def run(self, rig: PushRig) -> None:
        """Scan until the folder is empty."""
        while await rig.loaded():
            batch = self.batch()
            settings = ScanSettings(300, duplex=False, first_sheet=len(self.rows[batch]) + 1, batch=batch)
            async for side in rig.scanner.scan(settings):
                self.record(batch, side)
            self.open = ""

    def record(self, batch: str, side: RawSide) -> None:
        self.rows[batch].append((side.data, side.code))
        assert side.recorded is not None
        side.recorded()

    def batches(self) -> list[list[tuple[bytes, str]]]:
        return [rows for rows in self.rows.values() if rows]


def two_pages() -> bytes:
    stream = io.BytesIO()
    one, two = (Image.open(io.BytesIO(page(number))) for number in (2, 3))
    one.save(stream, "TIFF", save_all=True, append_images=[two], dpi=(300, 300))
    return stream.getvalue()


def share_out(rig: PushRig) -> None:
    for time, (name, data) in enumerate({"1.jpg": page(1), "2.tif": two_pages(), "3.jpg": page(1)}.items()):
        os.utime(rig.put(name, data), ns=(time, time))


async def _stopped_at(fate: Fate, folder: Path, at: int, *, dies_too: bool) -> tuple[Desk, bool]:
    """Run until operation ``at``, start again, run to the end; return the desk and whether it was stopped."""
    folder.mkdir()
    desk = Desk(dies_too=dies_too)
    with push_rig(folder) as rig:
        share_out(rig)
        fate.begin(at, folder)
        try:
            await desk.run(rig)
            stopped = False
        except Stopped:
            stopped = True
        fate.revive()
        if stopped:
            desk.process_gone()
            rig.again()
            await desk.run(rig)
            desk.open = ""  # stopped between the last side and its end: closed with the next file, or by hand
        assert rig.lying() == {"duplicate/3.jpg"}, at
        assert sorted(path.name for path in rig.state.iterdir()) == ["last.json", "taken.txt"], at
    return desk, stopped


@pytest.mark.parametrize("dies_too", [False, True], ids=["process", "process and daemon"])
async def test_wherever_it_stops_every_page_is_recorded_once_in_one_batch(
    fate: Fate, tmp_path: Path, dies_too: bool
) -> None:
    (never, _) = await _stopped_at(fate, tmp_path / "never", 10**9, dies_too=dies_too)
    expected = never.batches()
    assert [[code for _, code in rows] for rows in expected] == [[""], ["", ""], [errors.PUSH_DUPLICATE.code]]
    at = 2 if dies_too else 1
    while True:
        desk, stopped = await _stopped_at(fate, tmp_path / str(at), at, dies_too=dies_too)
        if not stopped:
            break
        assert desk.batches() == expected, at
        at += 2  # the two kinds of stop take turns
    assert at > 30


async def test_the_rest_of_a_file_whose_batch_was_finished_by_hand_comes_in_the_next(tmp_path: Path) -> None:
    with push_rig(tmp_path) as rig:
        rig.put("2.tif", two_pages())
        assert await rig.loaded()
        feed = rig.scanner.scan(ScanSettings(300, duplex=False, batch="one"))
        first = await anext(feed)
        assert first.recorded is not None
        first.recorded()
        second = await anext(feed)
        await feed.aclose()
        rig.again()
        assert await rig.loaded()
        assert [side.data for side in await rig.scan(batch="two")] == [second.data]
        assert not await rig.loaded() and rig.lying() == set()


async def test_going_on_in_a_batch_whose_file_is_over_feeds_nothing_of_the_next_file(tmp_path: Path) -> None:
    with push_rig(tmp_path) as rig:
        rig.put("1.jpg", page(1))
        assert await rig.loaded()
        await rig.scan(batch="one")
        rig.put("2.jpg", page(2))
        rig.again()
        assert await rig.loaded()
        assert await rig.scan(batch="one", first_sheet=1) == []
        assert await rig.scan(batch="one", first_sheet=2) == []
        assert [side.data for side in await rig.scan(batch="two")] == [page(2)]


async def test_a_copy_that_was_damaged_on_disk_is_not_fed(tmp_path: Path) -> None:
    with push_rig(tmp_path) as rig:
        rig.put("2.tif", two_pages())
        assert await rig.loaded()
        await rig.scan(most=1)
        (copy,) = rig.state.glob("*.file")
        copy.chmod(0o600)
        copy.write_bytes(b"rotten")
        assert await rig.loaded()
        with pytest.raises(ApplianceError) as caught:
            await rig.scan(batch="batch-1")
        assert caught.value.kind is errors.MASTER_DAMAGED
        assert len(rig.lying()) == 1  # the share still has it, in the work folder


async def test_a_file_that_ends_process_after_process_is_held_and_the_next_goes_on(tmp_path: Path) -> None:
    with push_rig(tmp_path) as rig:
        rig.put("1.tif", two_pages())
        assert await rig.loaded()
        await rig.scan(most=1)
        for _ in range(MOST_STARTS):
            rig.again()
            assert await rig.loaded()
        (side,) = await rig.scan(batch="batch-1")
        assert (side.code, side.reason, side.data) == (errors.FILE_HARMFUL.code, "5 x", two_pages())
        rig.put("2.jpg", page(2))
        assert [[side.data for side in sides] for sides in await rig.all()] == [[page(2)]]
        assert rig.lying() == set()


async def test_a_long_file_may_see_any_number_of_processes_while_its_pages_come_in(tmp_path: Path) -> None:
    with push_rig(tmp_path) as rig:
        rig.put("1.tif", two_pages())
        assert await rig.loaded()
        await rig.scan(most=1)
        for _ in range(MOST_STARTS - 1):
            rig.again()
            assert await rig.loaded()
        assert len(await rig.scan(batch="batch-1", first_sheet=2, most=1)) == 1
        for _ in range(MOST_STARTS - 1):
            rig.again()
            assert await rig.loaded()
        (side,) = await rig.scan(batch="batch-1", first_sheet=2)
        assert side.code == ""
