"""Backups of an office: made beside a daemon, cut short, brought back, and what the archive says of it then."""

from __future__ import annotations

import itertools
import json
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from archive_stand import ReceiverProcess, receipts_of
from delivery_stand import Office
from locked_stand import SECRET, Stand

from appliance import backups
from appliance.backup import bringing, copied, making, unsure
from appliance.backup.shelf import Shelf
from appliance.core import clock, config, files
from appliance.core.errors import ApplianceError, Exit
from appliance.spool import locks, offices
from appliance.spool.chain import Chain
from appliance.spool.ledger import Book, Ledger

CODE = "H49.2001.160"
BEGAN = datetime(2026, 11, 22, 19, 0, tzinfo=UTC)


def settings(root: Path, code: str = "0101") -> Path:
    """Return the settings file of an office below ``root``; its state folder is there always."""
    path = root / "appliance.toml"
    path.write_text(f'[office]\ncode = "{code}"\n[storage]\nstate = "{root / "state"}"\n'
                    f'runtime = "{root / "run"}"\n[[device]]\nname = "tray"\n', encoding="utf-8")
    return path


@pytest.fixture(autouse=True)
def _days(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a minute go by between any two backups: a second names one."""
    minutes = itertools.count()
    ticking = SimpleNamespace(now=lambda: BEGAN + timedelta(minutes=next(minutes)), iso=clock.iso)
    monkeypatch.setattr("appliance.backup.making.clock", ticking)


def stand(root: Path) -> Stand:
    return Stand(root, config.load(settings(root)))


def scanned(office: Stand, batch: str, code: str, sheets: int = 3) -> str:
    """Scan a batch that becomes one closed dossier; return the dossier."""
    office.batch(batch)
    pages = [office.side(batch, sheet) for sheet in range(1, sheets + 1)]
    for page in pages:
        office.look(page)
        office.read(page)
    office.close(batch)
    return office.separate(batch, code, pages)


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, dict[str, Any]]:
    """Run ``appliance backup``; return its exit code and what it says."""
    code = backups.main([*words, "--json"])
    return code, json.loads(capsys.readouterr().out)


def make(root: Path, folder: Path) -> making.Made:
    return making.make(config.load(root / "appliance.toml"), Shelf(folder), making.Wish())


def lose(root: Path) -> None:
    """The disk dies: nothing of the state folder is left."""
    (root / "state").rename(root / "dead")


def hashes(root: Path) -> dict[str, str]:
    found = (path for path in sorted(root.rglob("*")) if path.is_file())
    return {str(path.relative_to(root)): files.sha256_of(path) for path in found}


def pages_of(ledger: Path) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(ledger)) as db:
        return db.execute("SELECT id, state, sha256, text_path FROM page ORDER BY id").fetchall()


def test_a_disk_that_dies_costs_nothing_that_was_backed_up(tmp_path: Path,
                                                          capsys: pytest.CaptureFixture[str]) -> None:
    office = stand(tmp_path)
    scanned(office, "b1", CODE)
    before = pages_of(office.store.ledger)
    office.ledger.close()
    code, said = run(capsys, "make", str(tmp_path / "disk"), "--config", str(tmp_path / "appliance.toml"))
    assert code == Exit.DONE and said["same_disk"] and said["still"] and said["sides"] == 3 and not said["missing"]
    masters = hashes(office.store.masters)
    lose(tmp_path)
    code, said = run(capsys, "restore", str(tmp_path / "disk"), "--config", str(tmp_path / "appliance.toml"))
    assert code == Exit.DONE and said["unsure"] == 0 and said["last"]["sheet"] == "3"
    assert hashes(office.store.masters) == masters
    assert pages_of(office.store.ledger) == before
    restored = Ledger(office.store.ledger, read_only=True)
    assert [row["what"] for row in restored.all("audit")][-1] == "ledger.restored"
    assert all(Path(row[3]).is_file() for row in before)
    Chain(office.store).whole()


def test_a_second_backup_copies_only_what_is_new_and_old_ones_go(tmp_path: Path) -> None:
    office, shelf = stand(tmp_path), Shelf(tmp_path / "disk")
    scanned(office, "b1", CODE)
    first = make(tmp_path, shelf.root)
    scanned(office, "b2", "H49.2001.161", 1)
    second = make(tmp_path, shelf.root)
    assert first.added > second.added > 0
    assert {one.name for one in first.manifest.files} < {one.name for one in second.manifest.files}
    done = making.make(config.load(tmp_path / "appliance.toml"), shelf, making.Wish(keep=1))
    assert done.pruned == 2 and shelf.names() == [done.manifest.set]
    assert {path.name for path in shelf.objects.glob("*/*")} == {one.sha256 for one in done.manifest.files}
    assert bringing.verify(shelf, done.manifest) == len(done.manifest.files) + 1


def test_a_backup_beside_a_ledger_that_is_written_to_holds_one_moment(tmp_path: Path) -> None:
    office = stand(tmp_path)
    scanned(office, "b1", CODE, 1)
    office.ledger.close()
    stop = threading.Event()
    failed: list[BaseException] = []

    def daemon() -> None:
        book = Book(office.store.ledger)
        try:
            while not stop.is_set():
                book._ledger.note("page.captured", "1")
        except BaseException as problem:  # noqa: BLE001 - told to the test
            failed.append(problem)
        finally:
            book.close()

    writer = threading.Thread(target=daemon)
    writer.start()
    try:
        while Ledger(office.store.ledger, read_only=True).head()[0] < 50:
            pass
        made = make(tmp_path, tmp_path / "disk")
    finally:
        stop.set()
        writer.join()
    assert not failed and not made.manifest.still and made.manifest.audit[0] >= 50
    lose(tmp_path)
    done = bringing.restore(config.load(tmp_path / "appliance.toml"), Shelf(tmp_path / "disk"), made.manifest)
    assert done.unsure == 1  # its dossier had no package, and the host went on after the backup


def test_a_locked_batch_is_in_no_backup_and_goes_from_earlier_ones(tmp_path: Path) -> None:
    office, shelf = stand(tmp_path), Shelf(tmp_path / "disk")
    scanned(office, "b1", CODE)
    scanned(office, "b2", "H49.2001.161", 2)
    secret = {one.sha256 for one in make(tmp_path, shelf.root).manifest.files if "b2" in one.of}
    assert len(secret) > 2
    second = make(tmp_path, shelf.root).manifest
    assert len(shelf.names()) == 2
    locks.lock(office.ledger, "b2", who="LD01")
    office.round()
    done = make(tmp_path, shelf.root)
    assert done.withdrawn == 2 and shelf.names() == [done.manifest.set] and done.manifest.locked == 1
    others = {one.sha256 for one in done.manifest.files}  # the same empty text was read from other paper
    assert len(secret - others) == 2 and not (secret - others) & {path.name for path in shelf.root.rglob("*")}
    assert not [one for one in done.manifest.files if "b2" in one.of or one.name.startswith("locked")]
    assert second.set not in shelf.names()
    assert not done.manifest.missing


def test_a_secret_that_is_found_while_scanning_leaves_with_no_backup(tmp_path: Path) -> None:
    office = stand(tmp_path)
    office.batch("b1")
    office.look(office.side("b1", 1, b"secret image", original=True), SECRET)
    office.round()
    make(tmp_path, tmp_path / "disk")
    said = b"".join(path.read_bytes() for path in (tmp_path / "disk").rglob("*") if path.is_file())
    assert b"secret image" not in said


def test_half_a_backup_is_never_taken_for_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    office, shelf = stand(tmp_path), Shelf(tmp_path / "disk")
    scanned(office, "b1", CODE)
    first = make(tmp_path, shelf.root).manifest

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    scanned(office, "b2", "H49.2001.161")
    with monkeypatch.context() as broken:
        broken.setattr("appliance.core.files.adopt_durably", full)
        with pytest.raises(ApplianceError) as told:
            make(tmp_path, shelf.root)
    assert told.value.code == "H955" and shelf.names() == [first.set]
    assert bringing.verify(shelf, shelf.newest()) == len(first.files) + 1


def test_one_bit_on_the_disk_of_backups_is_seen_and_nothing_is_restored(tmp_path: Path,
                                                                       capsys: pytest.CaptureFixture[str]) -> None:
    office, shelf = stand(tmp_path), Shelf(tmp_path / "disk")
    scanned(office, "b1", CODE)
    made = make(tmp_path, shelf.root).manifest
    sick = next(one for one in made.files if one.name.startswith("masters"))
    place = shelf.object(sick.sha256)
    place.chmod(0o600)
    place.write_bytes(b"\0" + place.read_bytes()[1:])
    with pytest.raises(ApplianceError) as told:
        backups.main(["verify", str(shelf.root)])
    assert told.value.code == "H956" and sick.name in told.value.en
    lose(tmp_path)
    with pytest.raises(ApplianceError, match="H956"):
        backups.main(["restore", str(shelf.root), "--config", str(tmp_path / "appliance.toml")])
    assert not (tmp_path / "state" / "ledger.sqlite3").exists()
    manifest = shelf.sets / made.set / "MANIFEST.json"
    manifest.chmod(0o600)
    manifest.write_text(manifest.read_text().replace('"still":true', '"still":false'))
    with pytest.raises(ApplianceError, match="H956"):
        shelf.newest()
    capsys.readouterr()


def test_a_master_that_the_disk_lost_is_named_and_the_rest_is_kept(tmp_path: Path,
                                                                  capsys: pytest.CaptureFixture[str]) -> None:
    office = stand(tmp_path)
    scanned(office, "b1", CODE)
    gone = next(path for path in office.store.masters.rglob("*.jpg"))
    gone.unlink()
    code = backups.main(["make", str(tmp_path / "disk"), "--config", str(tmp_path / "appliance.toml"),
                         "--note", str(tmp_path)])
    told = capsys.readouterr()
    assert code == Exit.FAILED and "H958" in told.err and gone.name in told.err
    assert not list(tmp_path.glob("*.prom")), "monitoring is not told that all is well"
    assert len(Shelf(tmp_path / "disk").names()) == 1


def test_a_host_with_a_ledger_or_of_another_office_is_not_written_over(tmp_path: Path) -> None:
    office = stand(tmp_path)
    made = make(tmp_path, tmp_path / "disk").manifest
    shelf = Shelf(tmp_path / "disk")
    for _ in range(2):
        with pytest.raises(ApplianceError, match="H959"):
            bringing.restore(office.config, shelf, made)
    settings(tmp_path, "0202")
    with pytest.raises(ApplianceError, match="H959"):
        backups.main(["restore", str(shelf.root), "--config", str(tmp_path / "appliance.toml")])
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "letter.txt").write_text("mine")
    with pytest.raises(ApplianceError, match="H955"):
        make(tmp_path, tmp_path / "other")
    with pytest.raises(ApplianceError, match="H955"):
        making.make(office.config, Shelf(tmp_path / "not mounted"), making.Wish(mounted=True))
    assert not (tmp_path / "not mounted").exists()


def test_no_key_is_in_a_backup_that_nobody_asked_to_hold_it(tmp_path: Path) -> None:
    office = stand(tmp_path)
    (files.make_folder(office.store.root / "keys") / "development.p12").write_bytes(b"key")
    assert not [one for one in make(tmp_path, tmp_path / "disk").manifest.files if one.name.startswith("keys")]
    wish = making.Wish(keys=True)
    made = making.make(office.config, Shelf(tmp_path / "other"), wish).manifest
    assert [one.name for one in made.files if one.name.startswith("keys")] == ["keys/development.p12"]


async def test_what_the_archive_took_after_the_backup_is_not_delivered_twice(tmp_path: Path) -> None:
    archive = ReceiverProcess(tmp_path / "archive")
    archive.start()
    try:
        key = tmp_path / "receipt.pem"
        key.write_bytes(archive.public_key)
        office = Office(tmp_path, archive.url, key)
        settings(tmp_path)
        async with office.work():
            done = await office.packed()
            await office.in_state(done, "accepted")
            archive.kill()
            under_way = await office.packed()
            place = office.store.packages / f"{under_way.uuid}.zip"
            under_way.path.rename(place)
            await office.book.ask(lambda ledger: ledger.put("delivery", under_way.uuid, path=str(place)))
        made = make(tmp_path, tmp_path / "disk").manifest
        assert made.still and f"packages/{under_way.uuid}.zip" in {one.name for one in made.files}
        archive.start()
        async with office.work():
            await office.in_state(under_way, "accepted")
        assert len(receipts_of(archive.root)) == 2
        lose(tmp_path)
        bringing.restore(config.load(tmp_path / "appliance.toml"), Shelf(tmp_path / "disk"), made)
        async with office.work():
            await office.in_state(under_way, "accepted")
            assert (await office.row(under_way))["receipt_number"]
        assert len(receipts_of(archive.root)) == 2, "the archive answered by the receipt that it had given"
    finally:
        archive.kill()


def test_a_dossier_that_the_archive_may_have_waits_until_its_list_says(tmp_path: Path,
                                                                      capsys: pytest.CaptureFixture[str]) -> None:
    office, shelf = stand(tmp_path), Shelf(tmp_path / "disk")
    had, own = scanned(office, "b1", CODE), scanned(office, "b2", "H49.2001.161")
    office.batch("b3")
    office.side("b3", 1)
    office.close("b3")
    book = Book(office.store.ledger)  # a daemon runs
    made = make(tmp_path, shelf.root).manifest
    book.close()
    lose(tmp_path)
    code, said = run(capsys, "restore", str(shelf.root), "--config", str(tmp_path / "appliance.toml"))
    assert code == Exit.HELD and said["unsure"] == 3 and not made.still
    states = Stand(tmp_path, office.config).states
    assert states("dossier") == {had: "held", own: "held"} and states("batch")["b3"] == "held"
    there = tmp_path / "archive.json"
    there.write_text(json.dumps({"dossiers": [
        {"file_code": CODE, "uuid": "0198f3c0-1111-7000-8000-0000000000a1", "accepted": "2026-11-22T01:00:00.000Z"},
        {"file_code": "H49.2001.999", "uuid": "0198f3c0-1111-7000-8000-0000000000a2", "accepted": ""}]}))
    code, said = run(capsys, "settle", str(there), "--config", str(tmp_path / "appliance.toml"))
    assert (code, said["had"], said["known"], said["went_on"]) == (Exit.DONE, [CODE], ["H49.2001.999"], 2)
    office = Stand(tmp_path, office.config)
    states = office.states
    assert states("dossier") == {had: "discarded", own: "closed", f"{CODE}.r2": "accepted",
                                 "H49.2001.999.r1": "accepted"}
    assert states("batch")["b3"] == "closed"
    again = scanned(office, "b4", "H49.2001.999")  # the paper is scanned once more, as the ledger had lost it
    row = office.ledger.one("dossier_of", id=again)
    assert row is not None and row["state"] == "held"


def test_a_code_alone_does_not_say_that_the_newer_revision_came(tmp_path: Path) -> None:
    office = stand(tmp_path)
    scanned(office, "b1", CODE)
    office.ledger._db.execute("UPDATE dossier SET state = 'accepted', accepted = '2026'")
    newer = scanned(office, "b2", CODE)
    office.ledger._db.execute("UPDATE dossier SET state = 'held', code = ?, details = ? WHERE id = ?",
                              (unsure.CODE, '{"was": "closed"}', newer))
    done = unsure.settle(office.ledger, [unsure.AtArchive(CODE)])
    assert (done.unsure, done.went_on, done.had) == ((CODE,), 0, ())
    assert office.states("dossier")[newer] == "held"
    done = unsure.settle(office.ledger, [unsure.AtArchive(CODE, "0198f3c0-1111-7000-8000-0000000000a1")])
    assert (done.unsure, done.had) == ((), (CODE,)) and office.states("dossier")[newer] == "discarded"


def test_a_list_of_the_archive_that_cannot_be_read_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "list"
    path.write_text("H49.2001.160\n\nH49.2001.161 more words\n")
    assert [one.file_code for one in unsure.read(path)] == [CODE, "H49.2001.161"]
    for wrong in ('{"dossiers": [{}]}', "{", '{"dossiers": 1}'):
        path.write_text(wrong)
        with pytest.raises(ApplianceError, match="H961"):
            unsure.read(path)


def test_an_office_that_gets_another_code_goes_on_with_its_backups(tmp_path: Path) -> None:
    office = stand(tmp_path)
    scanned(office, "b1", CODE)
    offices.begin(office.ledger, offices.Seat("0101", "Cũ", "H49"))
    old = make(tmp_path, tmp_path / "disk").manifest
    settings(tmp_path, "0202")  # a merger: the settings name the successor
    offices.begin(office.ledger, offices.Seat("0202", "Mới", "H50"))
    new = make(tmp_path, tmp_path / "disk").manifest
    assert (old.office, new.office) == ("0101", "0202") and len(Shelf(tmp_path / "disk").names()) == 2


def test_a_backup_of_before_the_merger_comes_back_when_it_is_asked_for_by_its_code(
        tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    office = stand(tmp_path)
    dossier = scanned(office, "b1", CODE)
    offices.begin(office.ledger, offices.Seat("0101", "Cũ", "H49"))
    make(tmp_path, tmp_path / "disk")
    settings(tmp_path, "0202")
    lose(tmp_path)
    words = ("restore", str(tmp_path / "disk"), "--config", str(tmp_path / "appliance.toml"))
    with pytest.raises(ApplianceError, match="H959"):
        backups.main([*words])
    assert run(capsys, *words, "--office", "0101")[0] == Exit.DONE
    after = Ledger(office.store.ledger)
    offices.begin(after, offices.Seat("0202", "Mới", "H50"))
    kept = offices.of_dossier(after, dossier)
    assert kept is not None and (kept.code, kept.organ_id) == ("0101", "H49")


def test_backups_of_two_ledgers_are_never_mixed_though_both_are_one_offices(tmp_path: Path) -> None:
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        office = stand(tmp_path / name)
        office.ledger.act("add_office", code="0101", name="A", organ_id="H49", seal="", since=f"2026 {name}")
    shelf = Shelf(tmp_path / "disk")
    for _ in range(2):
        make(tmp_path / "one", shelf.root)
    with pytest.raises(ApplianceError, match="H955"):
        make(tmp_path / "other", shelf.root)
    assert len(shelf.names()) == 2


def test_a_clock_that_went_back_does_not_make_the_newest_backup_the_oldest(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    office, shelf = stand(tmp_path), Shelf(tmp_path / "disk")
    for _ in range(2):
        make(tmp_path, shelf.root)
    scanned(office, "b1", CODE)
    empty_battery = SimpleNamespace(now=lambda: datetime(2000, 1, 1, tzinfo=UTC), iso=clock.iso)
    monkeypatch.setattr("appliance.backup.making.clock", empty_battery)
    for _ in range(2):
        made = making.make(config.load(tmp_path / "appliance.toml"), shelf, making.Wish(keep=2))
        assert shelf.newest().set == made.manifest.set and shelf.newest().sides == 3
    assert made.manifest.made.startswith("2000-01-01")


def test_the_log_of_a_ledger_that_is_gone_is_not_played_into_the_one_that_comes_back(tmp_path: Path) -> None:
    office, shelf = stand(tmp_path), Shelf(tmp_path / "disk")
    scanned(office, "b1", CODE)
    made = make(tmp_path, shelf.root).manifest
    scanned(office, "b2", "H49.2001.161")
    log = office.store.ledger.with_name("ledger.sqlite3-wal")
    left = log.read_bytes()
    office.ledger.close()
    lose(tmp_path)
    log.parent.mkdir()
    log.write_bytes(left)  # somebody took only the ledger away
    with pytest.raises(ApplianceError, match="H959") as told:
        bringing.restore(office.config, shelf, made)
    assert log.name in told.value.en and not office.store.ledger.exists()
    log.rename(office.store.root / "ledger.sqlite3.part-wal")  # what a restore leaves that was killed
    bringing.restore(office.config, shelf, made)
    assert not list(office.store.root.glob("*.part*"))
    assert [row[0] for row in pages_of(office.store.ledger)] == [1, 2, 3]


def test_a_disk_that_fills_up_while_a_backup_comes_back_leaves_no_ledger(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    office, shelf = stand(tmp_path), Shelf(tmp_path / "disk")
    scanned(office, "b1", CODE)
    made = make(tmp_path, shelf.root).manifest
    office.ledger.close()
    lose(tmp_path)

    def full(*_: object, **__: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as broken:
        broken.setattr(Ledger, "note", full)
        with pytest.raises(ApplianceError, match="H959"):
            bringing.restore(office.config, shelf, made)
    assert not office.store.ledger.exists()
    bringing.restore(office.config, shelf, made)
    Chain(office.store).whole()


def test_an_earlier_backup_that_rotted_is_told_and_stops_no_other(
        tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    office, shelf = stand(tmp_path), Shelf(tmp_path / "disk")
    scanned(office, "b1", CODE)
    scanned(office, "b2", "H49.2001.161")
    for _ in range(2):
        make(tmp_path, shelf.root)
    rotten, secret = shelf.names()
    place = shelf.sets / rotten / "MANIFEST.json"
    place.chmod(0o600)
    place.write_text(place.read_text()[:-9])
    locks.lock(office.ledger, "b2", who="LD01")
    office.round()
    words = ("make", str(shelf.root), "--config", str(tmp_path / "appliance.toml"), "--keep", "2")
    code = backups.main([*words, "--note", str(tmp_path), "--json"])
    told = capsys.readouterr()
    assert code == Exit.FAILED and "H956" in told.err and rotten in told.err and not list(tmp_path.glob("*.prom"))
    assert secret not in shelf.names() and json.loads(told.out)["withdrawn"] == 1
    assert run(capsys, *words)[0] == Exit.DONE, "it goes in its turn, and all is well again"
    assert rotten not in shelf.names()


def test_an_object_that_was_cut_or_rotted_is_copied_anew_while_its_paper_is_here(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    office, shelf = stand(tmp_path), Shelf(tmp_path / "disk")
    scanned(office, "b1", CODE)
    masters = [one for one in make(tmp_path, shelf.root).manifest.files if one.name.startswith("masters")]
    harms: list[Callable[[bytes], bytes]] = [lambda data: data[:-1], lambda data: b"\0" + data[1:]]
    for item, harm in zip(masters, harms, strict=False):
        place = shelf.object(item.sha256)
        place.chmod(0o600)
        place.write_bytes(harm(place.read_bytes()))
    days = itertools.count()
    monkeypatch.setattr("appliance.backup.copied.clock",
                        SimpleNamespace(now=lambda: BEGAN + timedelta(days=next(days))))
    for _ in range(copied.ROUNDS):
        made = make(tmp_path, shelf.root)
    assert bringing.verify(shelf, made.manifest) == len(made.manifest.files) + 1


def test_a_master_that_the_disk_does_not_give_is_named_and_the_rest_is_kept(tmp_path: Path) -> None:
    office, shelf = stand(tmp_path), Shelf(tmp_path / "disk")
    scanned(office, "b1", CODE)
    sick = next(path for path in office.store.masters.rglob("*.jpg"))
    sick.unlink()
    sick.mkdir()  # reading it is an error of the disk's, not "no such file"
    seal = files.make_folder(office.store.root / "seals") / "0101.png"
    seal.write_bytes(b"seal")
    made = make(tmp_path, shelf.root).manifest
    assert len(made.missing) == 1 and sick.name in made.missing[0]
    assert "seals/0101.png" in {one.name for one in made.files}


def test_a_ledger_that_is_none_is_told_in_words(tmp_path: Path) -> None:
    office = stand(tmp_path)
    office.ledger.close()
    office.store.ledger.write_bytes(b"\0" * 8192)
    with pytest.raises(ApplianceError, match="H956"):
        make(tmp_path, tmp_path / "disk")
    sound = Stand(tmp_path / "sound", office.config)
    with pytest.raises(ApplianceError, match="H955"):
        making.copy_ledger(sound.store.ledger, tmp_path / "gone" / "ledger.sqlite3")


WAITING = {
    "a page that is scanned again": "rescan (batch, file_code, ordinal, page, declared, captured, state, at) "
                                    "VALUES ('b1', :code, 1, 1, 1, 1, 'waiting', '')",
    "a component": "outbox (id, document, file_code, ordinal, component, sha256, state, started, queued) "
                   "SELECT 'x', id, :code, 1, 'TP01', 'y', 'waiting', '', '' FROM document LIMIT 1"}


@pytest.mark.parametrize("what", WAITING)
def test_what_the_archive_has_and_somebody_still_waits_for_is_in_the_backup(tmp_path: Path, what: str) -> None:
    office = stand(tmp_path)
    dossier = scanned(office, "b1", CODE)
    signed = office.store.root / "work" / "signed.pdf"
    files.make_folder(signed.parent)
    signed.write_bytes(b"%PDF")
    with closing(sqlite3.connect(office.store.ledger)) as db, db:
        db.execute("UPDATE dossier SET state = 'accepted', accepted = '2026' WHERE id = ?", (dossier,))
        db.execute("UPDATE page SET state = 'filed'")
        db.execute("UPDATE document SET signed_path = ?, signed_sha256 = ?", (str(signed), files.sha256_of(signed)))
    assert not [one for one in make(tmp_path, tmp_path / "disk").manifest.files if one.of]
    with closing(sqlite3.connect(office.store.ledger)) as db, db:
        db.execute(f"INSERT INTO {WAITING[what]}", {"code": CODE})
    names = {one.name.partition("/")[0] for one in make(tmp_path, tmp_path / "disk").manifest.files if one.of}
    assert names == {"masters", "work"}
