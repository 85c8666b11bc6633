"""A ledger restored from a backup: what a leader accepts is what is lost, and nothing of it is written over."""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path

import pytest
from audit_stand import grow, intrude, rows, running

from appliance.audit_keeper import AuditKeeper
from appliance.core.audit import Audit
from appliance.spool import segments
from appliance.spool.audit import Head
from appliance.spool.heads import HeadBook
from appliance.spool.ledger import Ledger
from appliance.spool.store import Store
from appliance.spool.witnesses import PROVENANCE


async def head(keeper: AuditKeeper) -> Head:
    return Head(*await keeper.book.ask(Ledger.head))


def pack(store: Store, at: Head) -> None:
    """A package that left when the chain stood there."""
    with zipfile.ZipFile(store.packages / f"{at.seq}.zip", "w") as package:
        package.writestr(f"x/{PROVENANCE}", json.dumps({"audit_seq": at.seq, "audit_head": at.hash}))


async def test_a_leader_who_takes_note_after_more_restarts_does_so_once_and_is_told_all_that_is_lost(
        tmp_path: Path) -> None:
    async with running(tmp_path) as keeper:
        await keeper.book.ask(grow, 19)
        cut = (await head(keeper)).seq
        await keeper.book.ask(grow, 1)
        pack(keeper.store, await head(keeper))  # of the first row that is lost
        await keeper.book.ask(grow, 30)
    intrude(tmp_path, f"DELETE FROM audit WHERE seq > {cut}")
    for _ in range(2):  # nobody looks at first; the second start meets heads that go back
        async with running(tmp_path) as keeper:
            assert keeper.problem is not None
    async with running(tmp_path) as keeper:
        known = max(one.seq for one in HeadBook(keeper.store.audit).all())
        assert await keeper.accept("LD01", "khôi phục") == known - cut
        assert keeper.problem is None
        assert HeadBook(keeper.store.audit).lost() == [(cut + 1, known)]


async def test_sealed_rows_that_the_restored_ledger_lacks_are_not_written_over(tmp_path: Path) -> None:
    async with running(tmp_path) as keeper:
        await keeper.book.ask(grow, 50)
    shutil.copy(tmp_path / "state" / "ledger.sqlite3", tmp_path / "backup")
    async with running(tmp_path) as keeper:
        await keeper.book.ask(grow, 300)
        await keeper.rotate()
    folder = tmp_path / "state" / "audit"
    lost = {path.read_bytes() for path in folder.glob("segment-*.jsonl")}
    assert len(lost) >= 2
    for path in (tmp_path / "state").glob("ledger.sqlite3*"):
        path.unlink()
    shutil.copy(tmp_path / "backup", tmp_path / "state" / "ledger.sqlite3")
    async with running(tmp_path) as keeper:
        assert keeper.problem is not None and keeper.problem.code == "S209"
        await keeper.accept("LD01", "khôi phục")
        await keeper.book.ask(grow, 400)
        await keeper.rotate()
        assert await keeper.verify("command", whole=True) is not None
    kept = {path.read_bytes() for path in folder.glob("*segment-*.jsonl")}
    assert lost <= kept and len(kept) > len(lost)


async def test_a_heads_file_that_the_disk_damaged_is_put_aside_by_a_leader(tmp_path: Path) -> None:
    folder = tmp_path / "state" / "audit"
    for n in (1, 2):
        async with running(tmp_path) as keeper:
            await keeper.book.ask(grow, 30)
        heads = (folder / "heads.jsonl").read_bytes()
        (folder / "heads.jsonl").write_bytes(heads[:20] + bytes(8) + heads[28:])
        async with running(tmp_path) as keeper:
            assert keeper.problem is not None and keeper.problem.code == "S212"
            assert await keeper.accept("LD01", "đĩa hỏng") == 0
            assert keeper.problem is None
        assert len(list(folder.glob("heads-damaged*.jsonl"))) == n
        assert HeadBook(folder).lost() == []


async def test_the_daily_look_walks_rows_of_the_ledger_that_were_verified_before(tmp_path: Path) -> None:
    async with running(tmp_path) as keeper:
        await keeper.book.ask(grow, 30)
        await keeper.verify("daily")
        intrude(tmp_path, "UPDATE audit SET who = 'nobody' WHERE seq = 10")
        assert await keeper.verify("daily") is None
        assert keeper.problem is not None and keeper.problem.details["row"] == 10


async def test_an_altered_row_that_sealing_meets_is_said_as_a_break(tmp_path: Path) -> None:
    async with running(tmp_path) as keeper:
        await keeper.book.ask(grow, 250)
        await keeper.verify("daily")
    intrude(tmp_path, "UPDATE audit SET who = 'nobody' WHERE seq = 10")
    async with running(tmp_path) as keeper:
        assert keeper.problem is None
        await keeper.rotate()
        assert keeper.problem is not None and keeper.problem.code == "S206"
        assert len(await rows(keeper, "audit.broken")) == 1


def test_a_segment_that_finds_no_room_leaves_none_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(tmp_path / "state")
    store.prepare()
    ledger = Ledger(store.ledger)
    grow(ledger, 250)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("appliance.core.files.adopt_durably", full)
    with pytest.raises(OSError, match="No space"):
        segments.write(ledger, store.audit, segments.due(ledger, Audit(keep_rows=100, segment_rows=100)))
    ledger.close()
    assert not list(store.audit.iterdir())


async def test_a_ledger_that_cannot_be_read_for_sealing_stops_no_loop(tmp_path: Path) -> None:
    async with running(tmp_path) as keeper:
        await keeper.book.ask(grow, 250)
        away = keeper.store.ledger.rename(tmp_path / "away")
        await keeper.rotate()
        away.rename(keeper.store.ledger)
        assert not list(keeper.store.audit.glob("segment-*"))
