"""A start after a stop of any kind."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from appliance import reloads
from appliance.core.config import Job
from appliance.core.errors import ApplianceError
from appliance.core.model import Geometry, ImageFormat, Master, PageAnalysis, PageKey, Side
from appliance.documents.sheet import Seal
from appliance.spool import deliveries, dossiers, entry, figures, holding, recovery, reloading
from appliance.spool.ledger import Ledger
from appliance.spool.reloading import Doubt
from appliance.spool.store import Store

BATCH = "01890000-0000-7000-8000-000000000001"


def ledger_with_open_batch(store: Store, sides: int) -> Ledger:
    ledger = Ledger(store.ledger)
    entry.begin(ledger, entry.NewBatch(BATCH, "tray", "default", "demo", "", '{"duplex": true}'))
    for number in range(sides):
        face = Side.BACK if number % 2 else Side.FRONT
        master = Master(f"{number}.jpg", str(number), 1, ImageFormat.JPEG, 100, 100, 3, 300)
        entry.record(ledger, entry.NewSide(PageKey(BATCH, number // 2 + 1, face), master))
    return ledger


def test_a_batch_cut_by_a_power_cut_waits_for_its_paper_and_names_the_sheet(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.prepare()
    ledger = ledger_with_open_batch(store, 5)
    (waiting,) = recovery.recover(ledger, store)
    assert (waiting.batch, waiting.device, waiting.sheet) == (BATCH, "tray", 3)


def test_recovering_twice_is_the_same_as_once(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.prepare()
    ledger = ledger_with_open_batch(store, 2)
    assert recovery.recover(ledger, store) == recovery.recover(ledger, store)


@pytest.mark.parametrize(("code", "waits"), [("D112", False), ("D102", True), ("", True)],
                         ids=["refused", "jam", "power cut"])
def test_a_batch_without_a_side_waits_for_paper_only_where_paper_may_have_moved(
    tmp_path: Path, code: str, waits: bool,
) -> None:
    store = Store(tmp_path)
    store.prepare()
    ledger = ledger_with_open_batch(store, 0)
    if code:
        entry.interrupt(ledger, BATCH, code)
    assert bool(recovery.recover(ledger, store)) is waits
    row = ledger.one("batch", id=BATCH)
    assert row is not None and row["state"] == ("reload" if waits else "closed")


def test_half_written_files_are_swept_away_and_whole_ones_stay(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.prepare()
    (store.masters / "whole.jpg").write_bytes(b"x")
    (store.masters / "half.jpg.1a2b3c4d.part").write_bytes(b"x")
    ledger = Ledger(store.ledger)
    recovery.recover(ledger, store)
    assert [path.name for path in store.masters.iterdir()] == ["whole.jpg"]


def side(ledger: Ledger, sheet: int, face: Side, attempt: int = 1, code: str = "") -> sqlite3.Row:
    name = f"{sheet}{face}{attempt}"
    key = PageKey(BATCH, sheet, face, attempt)
    master = Master(f"{name}.jpg", name, 1, ImageFormat.JPEG, 100, 100, 3, 300)
    entry.record(ledger, entry.NewSide(key, master, code))
    row = ledger.one("same_page", batch=BATCH, sheet=sheet, side=face.value, attempt=attempt)
    assert row is not None
    return row


def look(ledger: Ledger, row: sqlite3.Row, doubt: Doubt | None = None) -> str:
    """Let the analysis of a side come in."""
    return entry.analysed(ledger, row["id"], PageAnalysis(Geometry(100, 100), blank=False), separator=False,
                          doubt=doubt)


def states(ledger: Ledger) -> dict[str, str]:
    """State of every side, by sheet, side and attempt."""
    return {row["sha256"]: row["state"] for row in ledger._db.execute("SELECT sha256, state FROM page")}


@pytest.fixture
def interrupted(tmp_path: Path) -> Iterator[Ledger]:
    """Sheets 1 to 3 are whole, of sheet 4 there is the front; paper was put back from there."""
    store = Store(tmp_path)
    store.prepare()
    ledger = ledger_with_open_batch(store, 0)
    for sheet in (1, 2, 3):
        for face in Side:
            look(ledger, side(ledger, sheet, face))
    look(ledger, side(ledger, 4, Side.FRONT))
    assert entry.interrupt(ledger, BATCH, "D102") == 4
    assert entry.go_on(ledger, BATCH) == (4, 2)
    yield ledger
    ledger.close()


def test_files_come_again_in_their_own_order_and_are_not_compared(interrupted: Ledger) -> None:
    interrupted.put("batch", BATCH, provenance='{"kind": "push", "duplex": true}')
    assert not reloading.twins(interrupted, side(interrupted, 4, Side.FRONT, 2)).any


def named(rows: Sequence[sqlite3.Row]) -> list[str]:
    return [row["sha256"] for row in rows]


def test_the_first_front_after_a_reload_is_compared_with_two_sheets_before_and_with_its_own_first_half(
    interrupted: Ledger,
) -> None:
    found = reloading.twins(interrupted, side(interrupted, 4, Side.FRONT, 2))
    assert named(found.before) == ["3front1", "3back1", "2front1", "2back1"]
    assert named(found.halves) == ["4front1"]
    assert not reloading.twins(interrupted, side(interrupted, 4, Side.BACK, 2)).any


def test_the_second_front_is_compared_only_as_the_second_of_two_sheets_put_back_too_many(
    interrupted: Ledger,
) -> None:
    side(interrupted, 4, Side.FRONT, 2)
    found = reloading.twins(interrupted, side(interrupted, 5, Side.FRONT, 2))
    assert named(found.before) == ["3front1", "3back1"]
    assert [named(pair) for pair in found.lead] == [["4front2", "2front1"], ["4front2", "2back1"]]
    assert not reloading.twins(interrupted, side(interrupted, 6, Side.FRONT, 2)).any


def test_without_a_reload_nothing_is_compared(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.prepare()
    ledger = ledger_with_open_batch(store, 4)
    assert not reloading.twins(ledger, side(ledger, 3, Side.FRONT)).any


@pytest.mark.parametrize("back_first", [False, True])
def test_a_sheet_fed_twice_is_held_with_both_sides_in_whatever_order_they_are_looked_at(
    interrupted: Ledger, back_first: bool,
) -> None:
    front, back = side(interrupted, 4, Side.FRONT, 2), side(interrupted, 4, Side.BACK, 2)
    twice = Doubt("S207", "3")
    for row, doubt in ((back, None), (front, twice)) if back_first else ((front, twice), (back, None)):
        look(interrupted, row, doubt)
    look(interrupted, front, twice)  # again, as after a stop at any moment
    assert {states(interrupted)[name] for name in ("4front2", "4back2")} == {"held"}
    holding.remove_page(interrupted, f"{BATCH}/4back", "NV01")
    assert {states(interrupted)[name] for name in ("4front2", "4back2")} == {"removed"}


def test_a_sheet_that_was_removed_leaves_no_hole_and_no_orphan_behind_it(interrupted: Ledger) -> None:
    front = side(interrupted, 4, Side.FRONT, 2)
    side(interrupted, 4, Side.BACK, 2)
    look(interrupted, front, Doubt("S207", "3"))
    holding.remove_page(interrupted, f"{BATCH}/4", "NV01")
    side(interrupted, 5, Side.FRONT, 2)
    side(interrupted, 5, Side.BACK, 2)
    assert entry.to_put_back(interrupted, BATCH) == 6
    entry.close(interrupted, BATCH)
    assert states(interrupted)["5front2"] == "captured"


def test_a_sheet_that_a_person_keeps_is_looked_at_again_and_not_asked_for_again(interrupted: Ledger) -> None:
    front = side(interrupted, 4, Side.FRONT, 2)
    look(interrupted, front, Doubt("S207", "3"))
    holding.keep_page(interrupted, f"{BATCH}/4front", "NV01")
    row = interrupted.one("page", id=front["id"])
    assert row is not None and row["state"] == "captured" and not reloading.twins(interrupted, row).any
    assert look(interrupted, row) == "" and states(interrupted)["4front2"] == "analysed"
    with pytest.raises(ApplianceError):
        holding.keep_page(interrupted, f"{BATCH}/4front", "NV01")


def test_a_sheet_that_is_another_than_was_to_come_is_the_one_to_put_back(interrupted: Ledger) -> None:
    front = side(interrupted, 4, Side.FRONT, 2)
    look(interrupted, front, Doubt("S208"))
    for sheet, face in ((4, Side.BACK), (5, Side.FRONT), (5, Side.BACK)):
        side(interrupted, sheet, face, 2)
    assert entry.interrupt(interrupted, BATCH, "D109") == 4
    assert entry.go_on(interrupted, BATCH) == (4, 3)
    for face in Side:
        side(interrupted, 4, face, 3)
    assert entry.to_put_back(interrupted, BATCH) == 5, "what came in the wrong place does not count"
    entry.close(interrupted, BATCH)
    assert {states(interrupted)[name] for name in ("5front2", "5back2")} == {"orphan"}
    assert {states(interrupted)[name] for name in ("4front1", "4front2", "4back2")} == {"replaced"}


def test_a_closed_batch_with_a_doubt_is_separated_once_and_again_when_that_is_settled(interrupted: Ledger) -> None:
    front = side(interrupted, 4, Side.FRONT, 2)
    back = side(interrupted, 4, Side.BACK, 2)
    look(interrupted, front, Doubt("S207", "3"))
    look(interrupted, back)
    entry.close(interrupted, BATCH)
    (batch,) = interrupted.all("batches_to_separate")
    pages = interrupted.all("live_sides", batch=BATCH)
    ready, later = reloads.ready(batch, pages, Job(name="demo", rules="demo"), Seal())
    assert ready == [] and len(later.pages) == len(pages) and later.doubts == 2
    dossiers.separated(interrupted, dossiers.Separated(BATCH, "demo", (), (), ()), later)
    assert interrupted.all("batches_to_separate") == []
    tally = figures.tally(interrupted)
    assert figures.in_doubt(interrupted) == 1 and tally.reconciled and tally.held == len(pages)
    holding.remove_page(interrupted, f"{BATCH}/4", "NV01")
    (batch,) = interrupted.all("batches_to_separate")
    ready, later = reloads.ready(batch, interrupted.all("live_sides", batch=BATCH), Job(name="demo", rules="demo"),
                                 Seal())
    assert named(ready) == named(pages)[:6] and not later.pages


def test_orphans_stay_until_every_dossier_of_their_batch_has_its_receipt(interrupted: Ledger) -> None:
    side(interrupted, 4, Side.FRONT, 2)
    entry.close(interrupted, BATCH)
    documents = [dossiers.NewDossier(code, 0, 1, (dossiers.NewDocument(1, "", 1, tuple(
        row["id"] for row in interrupted.all("live_sides", batch=BATCH) if row["sheet"] == sheet)),))
        for sheet, code in ((1, "A.1"), (2, "B.2"), (3, "C.3"))]
    dossiers.separated(interrupted, dossiers.Separated(BATCH, "demo", tuple(documents), (), ()))
    aside = interrupted.all("sides_aside", dossier="A.1.r1")
    assert [(row["sha256"], row["state"]) for row in aside] == [("4front1", "replaced"), ("4front2", "orphan")]
    cleared = []
    for code in ("B.2", "A.1", "C.3"):
        cleared.append(named(interrupted.all("pages_to_clear", dossier=f"{code}.r1")))
        deliveries.cleared(interrupted, f"{code}.r1")
    assert cleared == [["2front1", "2back1"], ["1front1", "1back1"], ["3front1", "3back1", "4front1", "4front2"]]
