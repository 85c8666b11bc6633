"""The audit chain on a real disk: it only grows, rotates into files that verify, and notices what is missing."""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
import zipfile
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from appliance.core import clock, files
from appliance.core.audit import Audit
from appliance.core.errors import ApplianceError
from appliance.spool import segments, witnesses
from appliance.spool.audit import Head
from appliance.spool.chain import Chain
from appliance.spool.heads import NAME, VERIFIED, HeadBook
from appliance.spool.ledger import Ledger
from appliance.spool.schema import MIGRATIONS
from appliance.spool.store import Store

SMALL = Audit(keep_rows=100, segment_rows=100)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = Store(tmp_path / "state")
    store.prepare()
    return store


@pytest.fixture
def ledger(store: Store) -> Iterator[Ledger]:
    with closing(Ledger(store.ledger)) as opened:
        yield opened


def grow(ledger: Ledger, rows: int) -> None:
    with ledger.transaction():
        for number in range(rows):
            ledger.note("page.captured", f"batch/{number}", who="Trần Thị Tý", code="")


def rotate(ledger: Ledger, store: Store, limits: Audit = SMALL) -> int:
    """Rotate as the daemon does; return how many segments were sealed."""
    sealed = 0
    while True:
        if segments.shed(ledger):
            continue
        last = segments.due(ledger, limits)
        if not last:
            return sealed
        segments.seal(ledger, segments.write(ledger, store.audit, last))
        sealed += 1


def mark(ledger: Ledger, store: Store, why: str = "") -> Head:
    head = Head(*ledger.head())
    HeadBook(store.audit).add(head, why)
    return head


def intrude(store: Store, *statements: str) -> None:
    """Alter the ledger as somebody does who has the file: the triggers go first."""
    with closing(sqlite3.connect(store.ledger)) as intruder, intruder:
        for (name,) in intruder.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            intruder.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            intruder.execute(statement)


def broken(chain: Chain, *, whole: bool = True) -> tuple[str, object]:
    with pytest.raises(ApplianceError) as caught:
        if whole:
            chain.whole()
        else:
            chain.since_last()
    return caught.value.code, caught.value.details.get("row")


@pytest.mark.parametrize("statement", [
    "UPDATE audit SET who = 'nobody' WHERE seq = 3", "DELETE FROM audit WHERE seq = 3", "DELETE FROM audit",
    "INSERT OR REPLACE INTO audit VALUES (3, '', '', '', '', '', '', '')",
    "INSERT INTO audit VALUES (99, '', '', '', '', '', '', '')",
    "INSERT INTO audit SELECT max(seq) + 1, '', '', '', '', '', '', '' FROM audit",
    "INSERT INTO audit_segment VALUES (1, 5, 9, '', '', '', 0, '')",
    "INSERT INTO audit_segment VALUES (1, 1, 99, '', '', '', 0, '')",
])
def test_nothing_but_a_new_link_is_taken_by_the_ledger(ledger: Ledger, store: Store, statement: str) -> None:
    grow(ledger, 10)
    with closing(sqlite3.connect(store.ledger)) as other, pytest.raises(sqlite3.IntegrityError):
        other.execute(statement)
    assert ledger.verify_chain() == 10


def test_old_rows_move_into_sealed_files_and_the_chain_goes_on_through_them(ledger: Ledger, store: Store) -> None:
    grow(ledger, 450)
    assert rotate(ledger, store) == 3
    oldest = ledger.one("oldest_audit")
    assert oldest is not None and oldest["seq"] == 301
    report = Chain(store).whole()
    assert (report.rows, report.segments) == (453, 3)  # three more say what was sealed
    assert ledger.verify_chain() == 453
    sealed = [json.loads(row["detail"]) for row in ledger.all("audit") if row["what"] == "audit.sealed"]
    assert [one["sha256"] for one in sealed] == [
        files.sha256_of(store.audit / segments.name_of(number)) for number in (1, 2, 3)]


def test_the_hash_of_a_line_is_what_the_next_line_holds(ledger: Ledger, store: Store) -> None:
    grow(ledger, 250)
    rotate(ledger, store)
    lines = (store.audit / segments.name_of(1)).read_bytes().splitlines()
    digests = [hashlib.sha256(line).hexdigest() for line in lines]
    assert [json.loads(line)[-1] for line in lines[1:]] == digests[:-1]


def test_rows_are_sealed_by_age_too_but_not_those_of_the_last_day(ledger: Ledger, store: Store,
                                                                  monkeypatch: pytest.MonkeyPatch) -> None:
    now = clock.now()
    grow(ledger, 5)
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(days=40))
    grow(ledger, 3)
    assert segments.due(ledger, Audit()) == 5
    assert rotate(ledger, store, Audit()) == 1
    assert Chain(store).whole().rows == 9


def test_the_newest_row_stays_in_the_ledger_however_old_it_is(ledger: Ledger, store: Store,
                                                              monkeypatch: pytest.MonkeyPatch) -> None:
    now = clock.now()
    grow(ledger, 5)
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(days=40))
    assert segments.due(ledger, Audit()) == 4


@pytest.mark.parametrize("stop", ["torn file", "file", "sealed", "half shed"])
def test_a_rotation_that_is_cut_short_anywhere_is_finished_later(ledger: Ledger, store: Store, stop: str,
                                                                 monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segments, "AT_ONCE", 30)
    grow(ledger, 250)
    if stop == "torn file":
        (store.audit / f"{segments.name_of(1)}{files.TEMPORARY}").write_bytes(b'[1,"2026')
    else:
        one = segments.write(ledger, store.audit, 100)
        if stop != "file":
            segments.seal(ledger, one)
            segments.seal(ledger, one)
        if stop == "half shed":
            assert segments.shed(ledger)
    assert Chain(store).whole().rows == ledger.head()[0]
    rotate(ledger, store)
    oldest = ledger.one("oldest_audit")
    assert oldest is not None and oldest["seq"] == 101
    assert Chain(store).whole().rows == 251
    assert sorted(path.name for path in store.audit.iterdir()) == [segments.name_of(1)]


def test_a_chain_that_is_broken_is_not_sealed(ledger: Ledger, store: Store) -> None:
    grow(ledger, 250)
    intrude(store, "UPDATE audit SET who = 'nobody' WHERE seq = 50")
    with pytest.raises(ApplianceError) as caught:
        segments.write(ledger, store.audit, 100)
    assert (caught.value.code, caught.value.details["row"]) == ("S206", 50)
    assert not (store.audit / segments.name_of(1)).exists()


@pytest.mark.parametrize(("statement", "row"), [
    ("UPDATE audit SET detail = '{}', who = 'nobody' WHERE seq = 220", 220),
    ("DELETE FROM audit WHERE seq = 230", 230), ("UPDATE audit SET hash = '' WHERE seq = 240", 240),
    ("DELETE FROM audit WHERE seq < 210", 201),
])
def test_a_row_of_the_ledger_that_was_altered_is_named(ledger: Ledger, store: Store, statement: str,
                                                       row: int) -> None:
    grow(ledger, 350)
    rotate(ledger, store)
    intrude(store, statement)
    assert broken(Chain(store)) == ("S206", row)
    assert broken(Chain(store), whole=False) == ("S206", row)


@pytest.mark.parametrize("how", ["altered", "longer", "gone", "swapped"])
def test_a_segment_that_was_altered_is_named_with_its_row(ledger: Ledger, store: Store, how: str) -> None:
    grow(ledger, 450)
    rotate(ledger, store)
    path = store.audit / segments.name_of(2)
    path.chmod(0o600)
    data = path.read_bytes()
    if how == "altered":
        path.write_bytes(data.replace(b"batch/149", b"batch/149"[:-1] + b"8"))
    elif how == "longer":
        path.write_bytes(data + b"\n")
    elif how == "gone":
        path.unlink()
    else:
        first, second, *rest = data.splitlines(keepends=True)
        path.write_bytes(b"".join([second, first, *rest]))
    expected = {"altered": ("S206", 150), "longer": ("S210", 101), "gone": ("S210", 101), "swapped": ("S206", 101)}
    assert broken(Chain(store)) == expected[how]
    if how in ("gone", "longer"):
        assert broken(Chain(store), whole=False) == expected[how]


def test_a_segment_that_was_rewritten_with_all_its_hashes_does_not_end_as_the_ledger_knows(
        ledger: Ledger, store: Store) -> None:
    grow(ledger, 250)
    rotate(ledger, store)
    path = store.audit / segments.name_of(1)
    lines, previous = [json.loads(line) for line in path.read_bytes().splitlines()], "0" * 64
    lines[49][2], written = "ai khác hẳn", []
    for line in lines:
        line[-1] = previous
        text = json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode()
        previous = hashlib.sha256(text).hexdigest()
        written.append(text + b"\n")
    path.chmod(0o600)
    path.write_bytes(b"".join(written))
    intrude(store, f"UPDATE audit_segment SET size = {path.stat().st_size}")
    assert broken(Chain(store)) == ("S210", 1)


def test_a_tail_that_was_cut_off_is_noticed_by_the_heads_outside(ledger: Ledger, store: Store) -> None:
    grow(ledger, 20)
    mark(ledger, store)
    intrude(store, "DELETE FROM audit WHERE seq > 15")
    for whole in (True, False):
        with pytest.raises(ApplianceError) as caught:
            (Chain(store).whole if whole else Chain(store).since_last)()
        assert caught.value.code == "S209"
        assert (caught.value.details["row"], caught.value.details["known"]) == (15, 20)
        assert NAME in str(caught.value)


def test_a_ledger_restored_from_a_backup_is_noticed_when_it_has_grown_past_its_old_end_too(
        ledger: Ledger, store: Store) -> None:
    grow(ledger, 20)
    mark(ledger, store)
    intrude(store, "DELETE FROM audit WHERE seq > 15")
    grow(ledger, 10)
    assert broken(Chain(store)) == ("S211", 20)
    assert broken(Chain(store), whole=False) == ("S211", 20)
    mark(ledger, store)
    assert broken(Chain(store)) == ("S211", 20)


def test_heads_that_go_back_say_that_the_ledger_was_further_once(ledger: Ledger, store: Store) -> None:
    grow(ledger, 20)
    mark(ledger, store)
    intrude(store, "DELETE FROM audit WHERE seq > 15")
    mark(ledger, store)
    assert broken(Chain(store)) == ("S209", 15)


def test_what_was_verified_is_not_walked_again_but_its_head_must_be_there(ledger: Ledger, store: Store) -> None:
    grow(ledger, 30)
    head = mark(ledger, store, VERIFIED)
    grow(ledger, 4)
    assert Chain(store).since_last().rows == 4
    intrude(store, f"UPDATE audit SET hash = '{'0' * 64}' WHERE seq = {head.seq}")
    assert broken(Chain(store), whole=False) == ("S211", head.seq)


def test_a_torn_last_line_of_the_heads_is_dropped_and_a_strange_one_is_named(ledger: Ledger, store: Store) -> None:
    grow(ledger, 3)
    mark(ledger, store)
    with (store.audit / NAME).open("ab") as stream:
        stream.write(b'{"seq":3,"ha')
    assert Chain(store).whole().witnesses == 1
    grow(ledger, 1)
    mark(ledger, store)
    assert [one.seq for one in HeadBook(store.audit).all()] == [3, 4]
    with (store.audit / NAME).open("ab") as stream:
        stream.write(b"nothing of ours\n")
    with pytest.raises(ApplianceError) as caught:
        Chain(store).whole()
    assert (caught.value.code, caught.value.details["line"]) == ("S212", 3)


def package(store: Store, head: tuple[int, str], name: str = "a") -> None:
    with zipfile.ZipFile(store.packages / f"{name}.zip", "w") as sip:
        facts = {"audit_seq": head[0], "audit_head": head[1]}
        sip.writestr(f"uuid-A/{witnesses.PROVENANCE}", json.dumps(facts))


def receipt(store: Store, head: tuple[int, str]) -> None:
    payload = urlsafe_b64encode(json.dumps({"audit": f"{head[0]}:{head[1]}"}).encode()).decode().rstrip("=")
    (store.receipts / "a.jws").write_text(f"e30.{payload}.sig", encoding="ascii")


@pytest.mark.parametrize("witness", [package, receipt])
def test_a_tail_cut_off_is_noticed_by_what_left_the_office_when_the_heads_were_cut_too(
        ledger: Ledger, store: Store, witness: object) -> None:
    grow(ledger, 20)
    assert callable(witness)
    witness(store, ledger.head())
    assert Chain(store).whole().witnesses == 1
    intrude(store, "DELETE FROM audit WHERE seq > 15")
    assert broken(Chain(store)) == ("S209", 15)
    assert broken(Chain(store), whole=False) == ("S209", 15)


def test_packages_and_receipts_that_say_nothing_of_a_chain_are_no_witnesses(ledger: Ledger, store: Store) -> None:
    grow(ledger, 3)
    (store.packages / "b.zip").write_bytes(b"no zip")
    (store.packages / "c.zip").write_bytes(b"")
    (store.receipts / "b.jws").write_text("x", encoding="ascii")
    (store.receipts / "c.jws").write_bytes(b"\xff\xfe.\x00.")
    package(store, (0, ""), "d")
    assert Chain(store).whole().witnesses == 0


def test_a_copied_folder_is_verified_without_a_trace_in_it(ledger: Ledger, store: Store, tmp_path: Path) -> None:
    grow(ledger, 250)
    rotate(ledger, store)
    mark(ledger, store)
    ledger.close()
    copy = Store(tmp_path / "copy")
    shutil.copytree(store.root, copy.root)
    before = sorted(path.name for path in copy.root.iterdir())
    for path in (copy.root, copy.audit):
        path.chmod(0o500)
    assert Chain(copy, still=True).whole().rows == 251
    assert sorted(path.name for path in copy.root.iterdir()) == before


def test_a_ledger_of_an_earlier_release_verifies_before_it_is_brought_up_to_date(ledger: Ledger,
                                                                                 store: Store) -> None:
    grow(ledger, 5)
    intrude(store, "DROP TABLE audit_segment")
    assert Chain(store).whole().rows == 5


def test_a_ledger_that_is_brought_up_to_date_says_so_on_its_chain(tmp_path: Path,
                                                                  monkeypatch: pytest.MonkeyPatch) -> None:
    earlier = tmp_path / "earlier"
    earlier.mkdir()
    for script in sorted(MIGRATIONS.glob("*.sql"))[:19]:
        shutil.copy(script, earlier)
    with monkeypatch.context() as patch:
        patch.setattr("appliance.spool.ledger.MIGRATIONS", earlier)
        with closing(Ledger(tmp_path / "ledger.sqlite3")) as old:
            grow(old, 5)
    with closing(Ledger(tmp_path / "ledger.sqlite3")) as new:
        last = new.all("audit")[-1]
        assert (last["seq"], last["what"], json.loads(last["detail"])) == (6, "ledger.migrated", {"before": 19})
        assert new.verify_chain() == 6
