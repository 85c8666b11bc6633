"""The ledger on a real disk: what is written down stays, what conflicts is refused."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.core import errors
from appliance.core.errors import ApplianceError
from appliance.core.jobs import Assembled, Packed, Signed
from appliance.core.model import (
    Box,
    Geometry,
    ImageFormat,
    Master,
    PageAnalysis,
    PageKey,
    Side,
    Verdict,
)
from appliance.core.states import BATCH, PAGE, BatchState, DeliveryState, PageState
from appliance.spool import cataloguing, deliveries, dossiers, entry, figures, filing, holding
from appliance.spool.ledger import Book, Ledger

BATCH_ID = "01890000-0000-7000-8000-000000000001"


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = Ledger(tmp_path / "ledger.sqlite3")
    entry.begin(opened, entry.NewBatch(BATCH_ID, "tray", "default", "demo", "Thử", '{"duplex": true}'))
    yield opened
    opened.close()


def side(sheet: int, face: Side, attempt: int = 1, code: str = "", content: str = "") -> entry.NewSide:
    digest = content or f"{sheet:02d}{face.value}{attempt}"
    master = Master(f"{digest}.jpg", digest, 10, ImageFormat.JPEG, 100, 100, 3, 300)
    return entry.NewSide(PageKey(BATCH_ID, sheet, face, attempt), master, code)


def feed(ledger: Ledger, sheets: int) -> None:
    for sheet in range(1, sheets + 1):
        entry.record(ledger, side(sheet, Side.FRONT))
        entry.record(ledger, side(sheet, Side.BACK))


def analysed(ledger: Ledger, *, blank: bool = False, verdicts: tuple[Verdict, ...] = ()) -> None:
    """Analyse every page; the verdicts are those of the first."""
    for row in ledger.all("pages_to_analyse", limit=99):
        found = PageAnalysis(Geometry(100, 100), blank, verdicts=verdicts)
        entry.analysed(ledger, row["id"], found, separator=False)
        verdicts = ()


def read(ledger: Ledger) -> None:
    for row in ledger.all("pages_to_read", limit=99):
        entry.read(ledger, row["id"], "text.json")
    for row in ledger.all("documents_to_catalogue"):
        cataloguing.read(ledger, row["id"], [])
    for row in ledger.all("dossiers_to_compose", codes="[]"):
        ledger.put("dossier", row["id"], composition="{}")


def test_two_blank_backs_of_equal_bytes_are_two_pages(ledger: Ledger) -> None:
    assert entry.record(ledger, side(1, Side.BACK, content="same"))
    assert entry.record(ledger, side(2, Side.BACK, content="same"))
    assert figures.tally(ledger).sides == 2


def test_a_side_told_twice_is_written_once(ledger: Ledger) -> None:
    assert entry.record(ledger, side(1, Side.FRONT))
    assert not entry.record(ledger, side(1, Side.FRONT))
    assert figures.tally(ledger).sides == 1


def test_a_move_from_the_wrong_state_is_refused_and_changes_nothing(ledger: Ledger) -> None:
    entry.record(ledger, side(1, Side.FRONT))
    page = ledger.all("live_sides", batch=BATCH_ID)[0]["id"]
    with pytest.raises(ApplianceError) as caught:
        ledger.move(PAGE, page, PageState.ANALYSED, PageState.READ)
    assert caught.value.code == errors.STATE_CONFLICT.code
    assert ledger.all("live_sides", batch=BATCH_ID)[0]["state"] == "captured"


def test_a_move_that_no_table_allows_is_refused(ledger: Ledger) -> None:
    with pytest.raises(ApplianceError):
        ledger.move(BATCH, BATCH_ID, BatchState.SCANNING, BatchState.SEPARATED)


def test_a_failed_transaction_leaves_neither_rows_nor_links_of_the_chain(ledger: Ledger) -> None:
    before = ledger.head()
    with pytest.raises(RuntimeError), ledger.transaction():
        entry.record(ledger, side(1, Side.FRONT))
        raise RuntimeError
    assert ledger.head() == before
    assert figures.tally(ledger).sides == 0


def test_a_jam_names_the_first_sheet_that_is_not_whole(ledger: Ledger) -> None:
    feed(ledger, 2)
    entry.record(ledger, side(3, Side.FRONT))
    assert entry.interrupt(ledger, BATCH_ID, errors.PAPER_JAM.code) == 3


def test_a_sheet_fed_again_replaces_its_first_attempt_and_the_count_reconciles(ledger: Ledger) -> None:
    feed(ledger, 1)
    entry.record(ledger, side(2, Side.FRONT))
    entry.interrupt(ledger, BATCH_ID, errors.PAPER_JAM.code)
    assert entry.go_on(ledger, BATCH_ID) == (2, 2)
    entry.record(ledger, side(2, Side.FRONT, attempt=2))
    entry.record(ledger, side(2, Side.BACK, attempt=2))
    assert entry.close(ledger, BATCH_ID) == 4
    tally = figures.tally(ledger)
    assert (tally.sides, tally.replaced, tally.sheets) == (5, 1, 2)


def test_a_batch_closed_with_half_a_sheet_keeps_it_as_an_orphan(ledger: Ledger) -> None:
    feed(ledger, 1)
    entry.record(ledger, side(2, Side.FRONT))
    entry.interrupt(ledger, BATCH_ID, errors.DEVICE_LOST.code)
    assert entry.close(ledger, BATCH_ID) == 2
    assert figures.tally(ledger).orphans == 1


def test_a_page_that_fails_a_verdict_is_held_with_its_code(ledger: Ledger) -> None:
    entry.record(ledger, side(1, Side.FRONT))
    page = ledger.all("pages_to_analyse", limit=99)[0]["id"]
    verdict = Verdict("dpi", 150, 200, ok=False, code=errors.DPI_TOO_LOW.code)
    found = PageAnalysis(Geometry(100, 100), blank=False, verdicts=(verdict,))
    assert entry.analysed(ledger, page, found, separator=False) == errors.DPI_TOO_LOW.code
    assert [row["code"] for row in figures.held(ledger)] == [errors.DPI_TOO_LOW.code]


def file_one_dossier(ledger: Ledger, **changes: object) -> str:
    pages = tuple(row["id"] for row in ledger.all("live_sides", batch=BATCH_ID))
    facts = {"file_code": "H1.2001.7", "declared": 0, "captured": len(pages) // 2} | changes
    new = dossiers.NewDossier(documents=(dossiers.NewDocument(1, "22", 1, pages),), **facts)  # type: ignore[arg-type]
    entry.close(ledger, BATCH_ID)
    analysed(ledger)
    dossiers.separated(ledger, dossiers.Separated(BATCH_ID, "default", (new,), (), ()))
    return "H1.2001.7.r1"


def carry_to_receipt(ledger: Ledger, dossier: str) -> None:
    read(ledger)
    for row in ledger.all("documents_to_assemble"):
        filing.assembled(ledger, row["id"], Assembled("u.pdf", "aa", 1, 2, Box(0, 0, 1, 1)))
    for row in ledger.all("documents_to_sign"):
        filing.intend_to_sign(ledger, row["id"], "aa", "t")
        done = Signed("s.pdf", "bb", 1, "B-B", "Ký", "dấu", development_key=True)
        filing.signed(ledger, row["id"], done, "t")
    uuid, _ = filing.name_package(ledger, dossier, "0189", "t")
    filing.packed(ledger, dossier, uuid, Packed("p.zip", "cc", 1))
    deliveries.sending(ledger, uuid, DeliveryState.QUEUED, DeliveryState.SENDING)
    deliveries.sending(ledger, uuid, DeliveryState.SENDING, DeliveryState.SENT)
    deliveries.accepted(ledger, uuid, dossier, DeliveryState.SENT, "r.jws")


def test_a_dossier_goes_from_paper_to_receipt_and_every_side_is_accounted_for(ledger: Ledger) -> None:
    feed(ledger, 2)
    carry_to_receipt(ledger, file_one_dossier(ledger))
    tally = figures.tally(ledger)
    assert (tally.sides, tally.pages_filed, tally.under_way) == (4, 4, 0)
    assert tally.reconciled


def test_a_held_dossier_is_neither_assembled_nor_packed(ledger: Ledger) -> None:
    feed(ledger, 2)
    file_one_dossier(ledger, declared=3, code=errors.COUNT_MISMATCH.code)
    read(ledger)
    assert ledger.all("documents_to_assemble") == []
    assert figures.tally(ledger).held == 4


def test_a_package_keeps_its_identity_when_it_is_named_again(ledger: Ledger) -> None:
    feed(ledger, 1)
    dossier = file_one_dossier(ledger)
    assert filing.name_package(ledger, dossier, "first", "t1") == ("first", "t1")
    assert filing.name_package(ledger, dossier, "second", "t2") == ("first", "t1")


def test_an_open_intent_shows_that_the_key_may_have_been_used_before(ledger: Ledger) -> None:
    feed(ledger, 1)
    file_one_dossier(ledger)
    assert filing.intend_to_sign(ledger, "H1.2001.7.1.r1", "aa", "t") == 0
    assert filing.intend_to_sign(ledger, "H1.2001.7.1.r1", "aa", "t") == 1


def test_masters_are_let_go_only_when_no_page_needs_them(ledger: Ledger) -> None:
    entry.record(ledger, side(1, Side.FRONT, content="shared"))
    entry.record(ledger, side(1, Side.BACK, content="own"))
    dossier = file_one_dossier(ledger)
    other = BATCH_ID.replace("1", "2")
    entry.begin(ledger, entry.NewBatch(other, "tray", "default", "demo", "", '{"duplex": true}'))
    master = Master("shared.jpg", "shared", 10, ImageFormat.JPEG, 100, 100, 3, 300)
    entry.record(ledger, entry.NewSide(PageKey(other, 1, Side.FRONT), master))
    carry_to_receipt(ledger, dossier)
    assert deliveries.clearable(ledger, dossier) == ["own.jpg"]


def test_a_changed_row_of_the_audit_chain_is_found(ledger: Ledger, tmp_path: Path) -> None:
    feed(ledger, 2)
    assert ledger.verify_chain() == ledger.head()[0]
    with sqlite3.connect(tmp_path / "ledger.sqlite3") as intruder:
        intruder.execute("DROP TRIGGER audit_never_changes")
        intruder.execute("UPDATE audit SET what = 'page.removed' WHERE seq = 3")
    intruder.close()
    with pytest.raises(ApplianceError) as caught:
        ledger.verify_chain()
    assert caught.value.code == errors.AUDIT_BROKEN.code
    assert caught.value.details["row"] == 3


def test_a_removed_row_of_the_audit_chain_is_found(ledger: Ledger, tmp_path: Path) -> None:
    feed(ledger, 2)
    with sqlite3.connect(tmp_path / "ledger.sqlite3") as intruder:
        intruder.execute("DROP TRIGGER audit_loses_nothing")
        intruder.execute("DELETE FROM audit WHERE seq = 2")
    intruder.close()
    with pytest.raises(ApplianceError):
        ledger.verify_chain()


async def test_a_second_daemon_on_the_same_ledger_is_refused(tmp_path: Path) -> None:
    book = Book(tmp_path / "ledger.sqlite3")
    with pytest.raises(ApplianceError) as caught:
        Book(tmp_path / "ledger.sqlite3")
    book.close()
    assert caught.value.code == errors.DAEMON_RUNNING.code


def test_a_ledger_of_a_newer_release_is_refused(tmp_path: Path) -> None:
    Ledger(tmp_path / "ledger.sqlite3").close()
    with sqlite3.connect(tmp_path / "ledger.sqlite3") as newer:
        newer.executescript("UPDATE reader SET schema = 99; PRAGMA user_version = 99;")
    newer.close()
    with pytest.raises(ApplianceError) as caught:
        Ledger(tmp_path / "ledger.sqlite3")
    assert caught.value.code == errors.LEDGER_NEWER.code


def test_a_dossier_waiting_for_sheets_is_continued_by_a_later_batch(ledger: Ledger) -> None:
    feed(ledger, 1)
    file_one_dossier(ledger, declared=2, captured=1, code=errors.COUNT_MISMATCH.code)
    (earlier,) = dossiers.earlier(ledger, ["H1.2001.7"])
    assert (earlier.closed, earlier.captured, earlier.ordinals) == (False, 1, (1,))
    other = BATCH_ID.replace("1", "2")
    entry.begin(ledger, entry.NewBatch(other, "tray", "default", "demo", "", '{"duplex": false}'))
    master = Master("x.jpg", "x", 10, ImageFormat.JPEG, 100, 100, 3, 300)
    entry.record(ledger, entry.NewSide(PageKey(other, 1, Side.FRONT), master))
    entry.close(ledger, other)
    analysed(ledger)
    page = ledger.all("live_sides", batch=other)[0]["id"]
    more = dossiers.NewDossier("H1.2001.7", 2, 2, (dossiers.NewDocument(1, "", 1, (page,), continues=True),),
                             continues=True)
    dossiers.separated(ledger, dossiers.Separated(other, "default", (more,), (), ()))
    read(ledger)
    assert [row["sheets"] for row in ledger.all("documents_to_assemble")] == [2]


def test_a_side_whose_master_was_let_go_a_moment_ago_is_refused(ledger: Ledger, tmp_path: Path) -> None:
    with pytest.raises(ApplianceError) as caught:
        entry.record(ledger, side(1, Side.FRONT), tmp_path)
    assert caught.value.code == errors.MASTER_DAMAGED.code
    assert figures.tally(ledger).sides == 0


def test_a_second_use_of_the_key_stands_in_the_audit_chain(ledger: Ledger) -> None:
    feed(ledger, 1)
    file_one_dossier(ledger)
    read(ledger)
    (row,) = ledger.all("documents_to_assemble")
    filing.assembled(ledger, row["id"], Assembled("u.pdf", "aa", 1, 2, Box(0, 0, 1, 1)))
    filing.intend_to_sign(ledger, row["id"], "aa", "t1")
    filing.intend_to_sign(ledger, row["id"], "aa", "t2")
    done = Signed("s.pdf", "bb", 1, "B-B", "Ký", "dấu", development_key=True)
    filing.signed(ledger, row["id"], done, "t2")
    assert [link["what"] for link in ledger.all("audit")].count("key.used_again") == 1
    assert ledger.all("open_intents", document=row["id"]) == []


def later_batch(ledger: Ledger, name: str, sheets: int, *verdicts: Verdict) -> tuple[int, ...]:
    """Capture and analyse another batch; return its pages."""
    entry.begin(ledger, entry.NewBatch(name, "tray", "default", "demo", "", '{"duplex": false}'))
    for sheet in range(1, sheets + 1):
        master = Master(f"{name}{sheet}.jpg", f"{name}{sheet}", 10, ImageFormat.JPEG, 100, 100, 3, 300)
        entry.record(ledger, entry.NewSide(PageKey(name, sheet, Side.FRONT), master))
    entry.close(ledger, name)
    analysed(ledger, verdicts=verdicts)
    return tuple(row["id"] for row in ledger.all("live_sides", batch=name))


def test_a_held_dossier_scanned_again_is_filed_and_its_first_pages_count_as_replaced(ledger: Ledger) -> None:
    feed(ledger, 1)
    file_one_dossier(ledger, code=errors.SEPARATOR_UNREADABLE.code)
    other = BATCH_ID.replace("1", "2")
    pages = later_batch(ledger, other, 2)
    sound = dossiers.NewDossier("H1.2001.7", 2, 2, (dossiers.NewDocument(1, "", 2, pages),))
    dossiers.separated(ledger, dossiers.Separated(other, "default", (sound,), (), ()))
    carry_to_receipt(ledger, "H1.2001.7.r2")
    tally = figures.tally(ledger)
    assert (tally.pages_filed, tally.replaced, tally.held) == (2, 2, 0)
    assert tally.reconciled
    assert figures.held(ledger) == []


def test_an_unsound_second_scan_leaves_the_first_as_it_is(ledger: Ledger) -> None:
    feed(ledger, 1)
    file_one_dossier(ledger, code=errors.SEPARATOR_UNREADABLE.code)
    other = BATCH_ID.replace("1", "2")
    pages = later_batch(ledger, other, 2)
    unsound = dossiers.NewDossier("H1.2001.7", 3, 2, (dossiers.NewDocument(1, "", 2, pages),),
                                errors.COUNT_MISMATCH.code, {"captured": 2, "declared": 3})
    dossiers.separated(ledger, dossiers.Separated(other, "default", (unsound,), (), ()))
    held = [row["id"] for row in ledger.all("dossiers") if row["state"] == "held"]
    assert held == ["H1.2001.7.r1", "H1.2001.7.r2"]
    assert figures.tally(ledger).replaced == 0


def test_a_second_scan_whose_blurred_page_was_kept_takes_the_place_of_the_first(ledger: Ledger) -> None:
    feed(ledger, 1)
    file_one_dossier(ledger, code=errors.SEPARATOR_UNREADABLE.code)
    other = BATCH_ID.replace("1", "2")
    pages = later_batch(ledger, other, 2, Verdict("sharpness", 0.1, 0.38, ok=False, code=errors.NOT_SHARP.code))
    held = dossiers.NewDossier("H1.2001.7", 2, 2, (dossiers.NewDocument(1, "", 2, pages),),
                               errors.PAGE_HELD_IN_DOSSIER.code)
    dossiers.separated(ledger, dossiers.Separated(other, "default", (held,), (), ()))
    holding.keep_page(ledger, f"{other}/1front", "NV01")
    assert [(row["id"], row["state"]) for row in ledger.all("dossiers")] == [
        ("H1.2001.7.r1", "replaced"), ("H1.2001.7.r2", "closed")]
    assert figures.tally(ledger).replaced == 2
    assert figures.held(ledger) == []


def test_a_dossier_in_the_archive_is_never_replaced(ledger: Ledger) -> None:
    feed(ledger, 1)
    carry_to_receipt(ledger, file_one_dossier(ledger))
    other = BATCH_ID.replace("1", "2")
    pages = later_batch(ledger, other, 1)
    again = dossiers.NewDossier("H1.2001.7", 1, 1, (dossiers.NewDocument(1, "", 1, pages),))
    dossiers.separated(ledger, dossiers.Separated(other, "default", (again,), (), ()))
    assert [(row["state"], row["code"]) for row in ledger.all("dossiers")] == [
        ("accepted", ""), ("held", errors.DOSSIER_KNOWN.code)]


def test_a_stray_held_page_can_be_taken_out_of_the_count_and_one_in_a_document_cannot(ledger: Ledger) -> None:
    entry.record(ledger, side(1, Side.FRONT, code=errors.IMAGE_EMPTY.code))
    name = figures.held(ledger)[0]["id"]
    holding.remove_page(ledger, name, "Người quét")
    assert figures.tally(ledger).removed == 1
    with pytest.raises(ApplianceError):
        holding.remove_page(ledger, name, "Người quét")
    entry.record(ledger, side(1, Side.FRONT, attempt=2, code=errors.IMAGE_EMPTY.code))
    entry.record(ledger, side(1, Side.BACK, attempt=2))
    file_one_dossier(ledger)
    with pytest.raises(ApplianceError) as caught:
        holding.remove_page(ledger, figures.held(ledger)[0]["id"], "Người quét")
    assert caught.value.code == errors.REQUEST_REFUSED.code


def test_a_page_held_after_separation_holds_its_dossier_so_that_nothing_waits_unseen(ledger: Ledger) -> None:
    feed(ledger, 1)
    file_one_dossier(ledger)
    page = ledger.all("pages_to_read", limit=99)[0]["id"]
    holding.hold_page(ledger, page, errors.OCR_FAILED.code, "too slow")
    assert {row["what"] for row in figures.held(ledger)} == {"page", "dossier"}


def test_a_part_of_the_paper_that_nobody_counted_replaces_nothing(ledger: Ledger) -> None:
    feed(ledger, 3)
    file_one_dossier(ledger, code=errors.SEPARATOR_UNREADABLE.code)
    other = BATCH_ID.replace("1", "2")
    pages = later_batch(ledger, other, 1)
    part = uncounted_part(pages)
    dossiers.separated(ledger, dossiers.Separated(other, "default", (part,), (), ()))
    assert [row["state"] for row in ledger.all("dossiers")] == ["held", "held"]
    assert figures.tally(ledger).replaced == 0


def uncounted_part(pages: tuple[int, ...]) -> dossiers.NewDossier:
    """Return a sound dossier of one sheet whose separator declares no number."""
    return dossiers.NewDossier("H1.2001.7", 0, 1, (dossiers.NewDocument(1, "", 1, pages),))
