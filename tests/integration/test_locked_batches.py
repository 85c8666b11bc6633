"""A state secret is suspected: the whole batch stops, on a real ledger with real files, and a leader decides."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from locked_stand import BLURRED, SECRET, Stand, office

from appliance import status
from appliance.core import errors, files
from appliance.core.errors import ApplianceError
from appliance.core.model import Separator, SheetKind
from appliance.core.states import BATCH
from appliance.documents.separator import encode
from appliance.spool import entry, figures, filing, holding, locks

A, B = "01890000-0000-7000-8000-00000000000a", "01890000-0000-7000-8000-00000000000b"


@pytest.fixture
def stand(tmp_path: Path) -> Iterator[Stand]:
    found = office(tmp_path)
    yield found
    found.ledger.close()


def locked(stand: Stand, *, sheets: int = 3) -> list[int]:
    """Return the pages of a closed batch whose last page is suspected; the first was read before."""
    stand.batch(A)
    pages = [stand.side(A, sheet, original=sheet == 1) for sheet in range(1, sheets + 1)]
    stand.look(pages[0])
    stand.read(pages[0])
    for page in pages[1:-1]:
        stand.look(page)
    stand.look(pages[-1], SECRET)
    stand.close(A)
    stand.round()
    return pages


def test_one_mark_locks_the_batch_and_nothing_of_it_is_ready_for_any_step(stand: Stand) -> None:
    locked(stand)
    assert stand.states("batch") == {A: "locked"}
    for query in ("pages_to_analyse", "pages_to_read", "batches_to_separate"):
        assert stand.ledger.all(query, limit=9) == []
    tally = figures.tally(stand.ledger)
    assert (tally.held, tally.under_way, tally.reconciled) == (3, 0, True)
    picture = status.picture(stand.ledger)
    assert picture["idle"]
    assert {(one["what"], one["code"]) for one in picture["held"]} == {("page", "I350"), ("batch", "I352")}


def test_masters_go_into_a_folder_for_nobody_else_and_what_was_made_of_them_is_gone(stand: Stand) -> None:
    pages = locked(stand)
    assert stand.masters() == set() and len(stand.shut_in()) == 3
    room = stand.store.locked / A
    assert len(list(room.iterdir())) == 4  # the file that a master was made from goes along
    assert stat.S_IMODE(room.stat().st_mode) == 0o700 == stat.S_IMODE(stand.store.locked.stat().st_mode)
    assert {stat.S_IMODE(path.stat().st_mode) for path in room.iterdir()} == {0o600}
    assert {path.name for path in stand.store.locked.iterdir() if path.is_file()} == {"CACHEDIR.TAG", ".nobackup"}
    tag = (stand.store.locked / "CACHEDIR.TAG").read_bytes()
    assert tag.startswith(b"Signature: 8a477f597d28d172789f06886806bc55")
    assert not stand.store.text(pages[0]).exists()


def test_a_mark_counts_also_where_another_check_holds_the_page(stand: Stand) -> None:
    stand.batch(A)
    stand.look(stand.side(A, 1), BLURRED, SECRET)
    assert stand.ledger.one("batch", id=A)["locked"]  # type: ignore[index]
    with pytest.raises(ApplianceError, match="C011"):
        holding.keep_page(stand.ledger, f"{A}/1front", "NV01")
    with pytest.raises(ApplianceError, match="C011"):
        holding.remove_page(stand.ledger, f"{A}/1front", "NV01")


def test_a_batch_that_is_still_fed_is_locked_at_once_and_shut_when_it_ends(stand: Stand) -> None:
    stand.batch(A)
    first = stand.side(A, 1)
    stand.look(first, SECRET)
    stand.side(A, 2)  # a sheet that was in the machine is written down, and not looked at
    assert stand.states("batch") == {A: "scanning"}
    assert stand.ledger.all("pages_to_analyse", limit=9) == []
    stand.round()
    assert stand.masters()  # the feeder still runs: nothing is put away before its end
    stand.close(A)
    stand.round()
    assert stand.states("batch") == {A: "locked"} and stand.masters() == set()


def test_nothing_of_a_batch_is_read_before_its_own_verdict_nor_parted_before_all_have_theirs(stand: Stand) -> None:
    stand.batch(A)
    one, two = stand.side(A, 1), stand.side(A, 2)
    assert stand.ledger.all("pages_to_read", limit=9) == []
    stand.look(one)
    assert [row["id"] for row in stand.ledger.all("pages_to_read", limit=9)] == [one]
    stand.close(A)
    assert stand.ledger.all("batches_to_separate") == []
    stand.look(two)
    assert [row["id"] for row in stand.ledger.all("batches_to_separate")] == [A]


def dossier_signed(stand: Stand) -> tuple[str, str, Path]:
    """Return dossier, document and signed file of an earlier batch."""
    stand.batch(B)
    page = stand.side(B, 1)
    stand.look(page)
    stand.read(page)
    stand.close(B)
    dossier = stand.separate(B, "D.1", [page])
    (document,) = stand.ledger.all("documents_of_dossier", dossier=dossier)
    place = stand.store.signed(document["id"])
    place.write_bytes(b"%PDF")
    return dossier, document["id"], place


def test_a_dossier_with_pages_in_a_locked_batch_stops_with_its_documents_and_its_package(stand: Stand) -> None:
    dossier, document, place = dossier_signed(stand)
    uuid, _ = filing.name_package(stand.ledger, dossier, "UUID", "2026-11-22T10:00:00.000+07:00")
    package = stand.store.package(uuid)
    package.write_bytes(b"zip")
    stand.ledger.put("document", document, state="packed", signed_path=str(place))
    stand.ledger.put("dossier", dossier, state="packed")
    stand.ledger.act("add_delivery", package=uuid, dossier=dossier, state="queued", path=str(package),
                     sha256="0", size=3, queued="x")
    locks.lock(stand.ledger, B, 0, "NV01")
    assert stand.states("dossier") == {dossier: "locked"} and stand.states("document") == {document: "locked"}
    assert stand.ledger.all("deliveries_to_send") == []
    stand.round()
    assert not place.exists() and not package.exists()


def test_a_dossier_of_an_earlier_batch_that_a_locked_one_goes_on_with_stops_too(stand: Stand) -> None:
    dossier, document, place = dossier_signed(stand)
    stand.batch(A)
    says = Separator(SheetKind.DOSSIER, "D.1", sheets=2)
    stand.look(stand.side(A, 1), marks=[encode(says)])
    stand.look(stand.side(A, 2), SECRET)
    stand.close(A)
    stand.round()
    assert stand.states("dossier") == {dossier: "locked"} and not place.exists()
    assert len(stand.masters()) == 1  # the paper of the earlier batch is not suspected
    stand.decide(A, locks.RELEASE)
    stand.round()
    assert stand.states("dossier") == {dossier: "closed"} and stand.states("document") == {document: "separated"}


def test_released_it_goes_on_as_if_nothing_had_been_and_only_what_was_shown_is_overruled(stand: Stand) -> None:
    pages = locked(stand)
    assert stand.decide(A, locks.RELEASE) and not stand.decide(A, locks.RELEASE)
    stand.round()
    assert stand.states("batch") == {A: "closed"} and len(stand.masters()) == 3
    assert list(stand.store.masters.rglob("*.orig"))
    assert not (stand.store.locked / A).exists()
    assert stand.pages(A) == ["analysed", "analysed", "captured"]
    assert [stand.row(page)["kept"] for page in pages] == ["", "", "I350"]
    stand.look(pages[2], SECRET)
    assert stand.pages(A)[2] == "analysed" and stand.states("batch") == {A: "closed"}
    assert [row["id"] for row in stand.ledger.all("batches_to_separate")] == [A]
    assert stand.noted("batch.release_done")[0][0] == "LD01"
    assert stand.round() == 0


def test_another_page_that_is_suspected_after_a_release_locks_the_batch_again(stand: Stand) -> None:
    stand.batch(A)
    one, two = stand.side(A, 1), stand.side(A, 2)
    stand.look(one, SECRET)
    stand.close(A)
    stand.round()
    stand.decide(A, locks.RELEASE)
    stand.round()
    stand.look(one, SECRET)
    assert stand.states("batch") == {A: "closed"}
    stand.look(two, SECRET)
    assert stand.states("batch") == {A: "locked"}


def test_a_page_with_a_second_fault_is_held_for_that_one_after_the_release(stand: Stand) -> None:
    stand.batch(A)
    page = stand.side(A, 1)
    stand.look(page, SECRET, BLURRED)
    stand.close(A)
    stand.round()
    stand.decide(A, locks.RELEASE)
    stand.round()
    assert (stand.row(page)["state"], stand.row(page)["code"]) == ("held", "I308")


def test_destroyed_its_images_are_gone_its_pages_are_counted_and_number_and_date_stand_in_the_chain(
        stand: Stand) -> None:
    locked(stand)
    stand.decide(A, locks.DESTROY)
    stand.round()
    assert stand.states("batch") == {A: "removed"} and stand.pages(A) == ["removed"] * 3
    assert stand.masters() == stand.shut_in() == set() and not (stand.store.locked / A).exists()
    tally = figures.tally(stand.ledger)
    assert (tally.removed, tally.reconciled) == (3, True)
    ((who, said),) = stand.noted("batch.destroy_done")
    assert (who, said["number"], said["day"]) == ("LD01", "12/QĐ-BHXH", "21/11/2026")
    assert {row["analysis"] for row in stand.ledger.all("sides_of_batch", batch=A)} == {""}
    assert stand.ledger.verify_chain()
    with pytest.raises(ApplianceError) as refused:
        stand.decide(A, locks.RELEASE)
    assert refused.value.kind is errors.LOCK_REFUSED


def test_a_dossier_that_lost_pages_waits_and_one_that_lost_all_may_be_scanned_again(stand: Stand) -> None:
    dossier, _, _ = dossier_signed(stand)
    locks.lock(stand.ledger, B, 0, "NV01")
    stand.round()
    stand.decide(B, locks.DESTROY)
    stand.round()
    assert stand.states("dossier") == {dossier: "removed"}
    stand.batch(A)
    page = stand.side(A, 1)
    stand.look(page)
    stand.close(A)
    assert stand.separate(A, "D.1", [page]) == "D.1.r2"
    assert stand.states("dossier") == {"D.1.r1": "removed", "D.1.r2": "closed"}


def test_an_equal_image_of_another_batch_keeps_its_master(stand: Stand) -> None:
    stand.batch(B)
    other = stand.side(B, 1, b"white")
    stand.look(other)
    stand.close(B)
    stand.batch(A)
    stand.side(A, 1, b"white")
    stand.look(stand.side(A, 2), SECRET)
    stand.close(A)
    stand.round()
    assert stand.masters() == {b"white"} and b"white" in stand.shut_in()
    stand.decide(A, locks.DESTROY)
    stand.round()
    assert stand.masters() == {b"white"}


def test_two_locks_on_one_dossier_then_the_first_release_frees_nothing(stand: Stand) -> None:
    dossier, _, _ = dossier_signed(stand)
    locks.lock(stand.ledger, B, 0, "NV01")
    stand.batch(A)
    stand.look(stand.side(A, 1), marks=[encode(Separator(SheetKind.DOSSIER, "D.1", sheets=1))])
    stand.look(stand.side(A, 2), SECRET)
    stand.close(A)
    stand.round()
    stand.decide(B, locks.RELEASE)
    stand.round()
    assert stand.states("dossier") == {dossier: "locked"}
    stand.decide(A, locks.RELEASE)
    stand.round()
    assert stand.states("dossier") == {dossier: "closed"}


@pytest.mark.parametrize(("kind", "where"), [
    (locks.RELEASE, "rename"), (locks.RELEASE, "sync_folder"), (locks.RELEASE, "move"),
    (locks.DESTROY, "unlink"), (locks.DESTROY, "sync_folder"), (locks.DESTROY, "move")])
def test_stopped_anywhere_the_loop_finishes_a_decision(stand: Stand, monkeypatch: pytest.MonkeyPatch, kind: str,
                                                       where: str) -> None:
    locked(stand)
    stand.decide(A, kind)
    with monkeypatch.context() as patch:
        _stop_at(patch, where)
        with pytest.raises(StopError):
            stand.round()
    stand.round()
    assert stand.round() == 0
    assert stand.states("batch") == {A: "closed" if kind == locks.RELEASE else "removed"}
    assert len(stand.masters()) == (3 if kind == locks.RELEASE else 0) and stand.shut_in() == set()
    assert len(stand.noted(f"batch.{kind}_done")) == 1


class StopError(Exception):
    """The power is cut."""


def _stop_at(patch: pytest.MonkeyPatch, where: str) -> None:
    calls = {"n": 0}

    def cut(real: object) -> object:
        def then(*values: object, **more: object) -> object:
            calls["n"] += 1
            if calls["n"] == 2:
                raise StopError
            return real(*values, **more)  # type: ignore[operator]

        return then

    if where == "move":
        patch.setattr(BATCH, "allows", cut(BATCH.allows))
        calls["n"] = 1
    elif where == "sync_folder":
        patch.setattr(files, "sync_folder", cut(files.sync_folder))
    else:
        patch.setattr(Path, where, cut(getattr(Path, where)))
        calls["n"] = 0


def test_a_job_that_was_under_way_leaves_no_text_behind(stand: Stand) -> None:
    pages = locked(stand)
    left = stand.store.text(pages[1])
    left.write_text("{}", encoding="utf-8")
    stand.ledger.put("batch_lock", 1, swept="2026-01-01")
    assert stand.round() == 1 and not left.exists()


def test_batches_held_for_a_mark_before_there_were_locks_are_locked_at_the_next_start(stand: Stand) -> None:
    stand.batch(A)
    page = stand.side(A, 1)
    stand.ledger.put("page", page, state="held", code="I350")
    stand.close(A)
    assert locks.lock_suspected(stand.ledger) == 1 and locks.lock_suspected(stand.ledger) == 0
    assert stand.states("batch") == {A: "locked"}


def test_what_a_folder_device_fed_into_a_locked_batch_does_not_stay_in_its_tray(tmp_path: Path) -> None:
    text = f'kind = "folder"\nfolder = "{tmp_path}/in"\n'
    stand = office(tmp_path / "office", text)
    try:
        tray = tmp_path / "out" / "stack-1"
        tray.mkdir(parents=True)
        old = tray / "old.jpg"
        old.write_bytes(b"of another stack")
        stand.batch(A)
        page = stand.side(A, 1, b"secret bytes")
        (tray / "scan.pdf").write_bytes(b"other bytes, fed just now")
        (tray / "copy.jpg").write_bytes(b"secret bytes")
        stand.look(page, SECRET)
        stand.close(A)
        stand.ledger.put("batch", A, started="2026-11-22T08:00:00.000+07:00", ended="2026-11-22T08:00:10.000+07:00")
        stand.round()
        assert not (tray / "copy.jpg").exists() and old.exists()
        os.utime(old)
        stand.ledger.put("batch", A, started="2020-01-01T08:00:00.000+07:00", ended="2099-11-22T08:00:10.000+07:00")
        stand.ledger.put("batch_lock", 1, swept="")
        stand.round()
        assert not tray.exists()
    finally:
        stand.ledger.close()


def test_a_file_that_came_twice_to_a_push_scanner_does_not_stay_put_aside(tmp_path: Path) -> None:
    stand = office(tmp_path / "office", f'kind = "push"\nfolder = "{tmp_path}/share"\n')
    try:
        aside = tmp_path / "share" / "duplicate"
        aside.mkdir(parents=True)
        (aside / "again.jpg").write_bytes(b"secret bytes")
        (aside / "other.jpg").write_bytes(b"another paper")
        stand.batch(A)
        stand.look(stand.side(A, 1, b"secret bytes"), SECRET)
        stand.close(A)
        stand.round()
        assert [path.name for path in aside.iterdir()] == ["other.jpg"]
    finally:
        stand.ledger.close()


def test_a_side_is_written_down_though_its_batch_is_locked(stand: Stand) -> None:
    locked(stand)
    assert entry.close(stand.ledger, B) == 0
    assert locks.count(stand.ledger) == 1
    (one,) = locks.listed(stand.ledger)
    assert one["sheets"] == ["3front"] and one["pages"] == 3
