"""The keeping inside the service, and places that are no folders: they are read through a file of this host."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import shutil
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from archive_stand import DEADLINE
from evidence_stand import evidence, stamper
from kept_archive import Kept, kept
from pki_stand import Stand

from appliance.receiver import tables
from appliance.receiver.fixity import tables as keeping
from appliance.receiver.fixity.daily import NAME
from appliance.receiver.fixity.duties import Duty
from appliance.receiver.fixity.keeping import Keeping
from appliance.receiver.judges import ThreadJudges
from appliance.receiver.stores import FileStore, ObjectStore


class FarAway:
    """A place behind a line: an ``ObjectStore`` that is no folder of this host. ``down``: the line is."""

    def __init__(self, root: Path) -> None:
        self._inner = FileStore(root, "far")
        self.down = False
        self.asked = 0

    @property
    def name(self) -> str:
        return self._inner.name

    def put(self, sha256: str, path: Path, *, given: bool = False) -> None:
        self._try()
        self._inner.put(sha256, path)

    def size(self, sha256: str) -> int | None:
        return self._inner.size(sha256)

    def read(self, sha256: str, offset: int = 0, length: int | None = None) -> Iterator[bytes]:
        self._try()
        return self._inner.read(sha256, offset, length)

    def replace(self, sha256: str, path: Path) -> None:
        self._try()
        self._inner.replace(sha256, path)

    def names(self) -> Iterator[str]:
        return self._inner.names()

    def _try(self) -> None:
        self.asked += 1
        if self.down:
            raise ConnectionResetError(errno.ECONNRESET, "the line is down")


@pytest.fixture
def stand(tmp_path: Path) -> Iterator[Kept]:
    with kept(tmp_path, documents=8) as found:
        yield found


@pytest.fixture
def far(stand: Kept) -> FarAway:
    """Let the far place of the stand be behind a line."""
    found = FarAway(stand.folder / "far")
    stores: tuple[ObjectStore, ...] = (stand.archive.stores[0], found)
    stand.archive = replace(stand.archive, stores=stores)
    return found


def test_a_near_copy_is_put_back_from_behind_a_line(stand: Kept, far: FarAway) -> None:
    stand.damage("near", stand.names[0])
    near = stand.path("near", stand.names[1])
    near.unlink()
    assert stand.day(everything=True).run.restored == 2
    assert near.is_file()
    assert list(stand.archive.work.iterdir()) == []


def test_a_far_copy_is_put_back_over_a_line(stand: Kept, far: FarAway) -> None:
    path = stand.folder / "far" / stand.names[2][:2] / f"{stand.names[2]}.zip"
    path.unlink()
    assert stand.day().run.restored == 1
    assert path.is_file()


def test_a_line_that_fails_in_mid_run_is_left_alone_and_nothing_is_called_lost(stand: Kept, far: FarAway) -> None:
    stand.day()
    far.down, far.asked = True, 0
    stand.damage("near", stand.names[0])
    told = stand.day(everything=True)
    assert told.away == ("far",)
    assert (told.run.objects, far.asked) == (8, 3)
    kinds = {row["kind"] for row in stand.rows(keeping.findings) if not row["healed"]}
    assert kinds == {"away", "damaged"}
    far.down = False
    assert stand.day().run.restored == 1


def test_nothing_is_stamped_into_a_place_that_is_away(stand: Kept, shared_pki: Stand) -> None:
    stand.day()
    shutil.move(stand.folder / "far", stand.folder / "taken away")
    (stand.folder / "far").mkdir()
    assert stand.day(evidence(stand, shared_pki)).stamped == 8
    assert list((stand.folder / "far").iterdir()) == []
    (stand.folder / "far").rmdir()
    shutil.move(stand.folder / "taken away", stand.folder / "far")
    assert stand.day(evidence(stand, shared_pki)).run.restored == 1  # the stamp comes after


async def until_done(stand: Kept, runs: int) -> None:
    end = time.monotonic() + DEADLINE
    while sum(bool(row["ended"]) for row in stand.rows(tables.fixity)) < runs:
        assert time.monotonic() < end, "the share was not done"
        await asyncio.sleep(0.05)


def test_the_service_does_a_share_that_is_due(stand: Kept) -> None:
    async def go() -> None:
        part = Keeping(stand.archive, ThreadJudges(stand.judge, stand.archive.work))
        stand.damage("far", stand.names[3])
        stand.age(2000, stand.names[3])
        late = Duty(stand.archive.index, NAME, now=lambda: datetime.now(UTC) - timedelta(days=2))
        assert late.take()
        late.release(done=True)
        work = asyncio.create_task(part.run())
        await until_done(stand, 1)
        work.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await work

    asyncio.run(go())
    assert stand.states(stand.names[3]) == {"near": "good", "far": "good"}
    assert len(stand.rows(tables.fixity)) == 1


def test_a_new_archive_waits_for_its_first_hour(stand: Kept) -> None:
    async def go() -> None:
        part = Keeping(stand.archive, ThreadJudges(stand.judge, stand.archive.work))
        work = asyncio.create_task(part.run())
        end = time.monotonic() + DEADLINE
        while not await asyncio.to_thread(Duty(stand.archive.index, NAME).done):
            assert time.monotonic() < end
            await asyncio.sleep(0.02)
        work.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await work

    asyncio.run(go())
    assert stand.rows(tables.fixity) == []


def test_an_authority_that_answers_late_is_asked_once_more(stand: Kept, shared_pki: Stand) -> None:
    shared_pki.trouble("tsa", "error", times=1)
    found = stand.evidence(replace(stamper(shared_pki), tsa=[replace(stamper(shared_pki).tsa[0], attempts=2)]),
                           (shared_pki.root,))
    assert found.stamp_new() == 8
