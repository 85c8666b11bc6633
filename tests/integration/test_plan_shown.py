"""What the metrics show of plan and denominators, walked through a real ledger in small pieces."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from rescan_stand import Office

from appliance import composed
from appliance.core import rules
from appliance.core.config import Config
from appliance.core.plan import Plan
from appliance.exporter.metrics import Metrics
from appliance.exporter.plan import PlanReading
from appliance.planning import watch
from appliance.planning.watch import PlanWatch
from appliance.spool import composition, plans, registers
from appliance.spool.composition import NewAnswer
from appliance.spool.ledger import Book
from appliance.spool.plans import Phase
from appliance.spool.registers import REPLACE, NewRegister, NewRow

ONESTOP = "onestop-ttvpcp-2023"


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    monkeypatch.setattr(plans, "PIECE", 2)
    found = Office(tmp_path)
    yield found
    found.ledger.close()


def register(office: Office, kind: str, name: str, rows: dict[str, dict[str, str]]) -> None:
    number = registers.begin(office.ledger, NewRegister(kind, name, REPLACE, "x.csv", "0" * 64, "NV001"))
    loaded = [NewRow(line, code, json.dumps(values)) for line, (code, values) in enumerate(rows.items(), start=2)]
    assert registers.load(office.ledger, number, loaded) == []
    registers.finish(office.ledger, number)


def scanned(office: Office, code: str, entry: dict[str, object], *documents: int) -> None:
    """Scan a dossier that its register describes so."""
    office.dossier(*documents, code=code)
    office.ledger.put("dossier", office.newest(code)["id"], register=json.dumps(entry))


def counter(office: Office, code: str, *documents: int) -> None:
    office.dossier(*documents, code=code)
    office.ledger.put("batch", f"b{office.batches}", rules=ONESTOP)
    office.ledger.put("dossier", office.newest(code)["id"], rules=ONESTOP)


def judged(office: Office, code: str, *parts: tuple[str, list[int], str, bool]) -> None:
    told = {"components": [{"code": name, "wanted": True, "documents": found, "answer": answer,
                            "register_says_digitised": shared} for name, found, answer, shared in parts]}
    office.ledger.put("dossier", office.newest(code)["id"], composition=json.dumps(told))


def reading(office: Office) -> PlanReading:
    """Read as the daemon does, beside whatever else holds the ledger open."""
    async def ask() -> PlanReading:
        book = Book(office.root / "ledger.sqlite3")
        try:
            return await PlanWatch(Plan(), book, composed.office_of(Config(), rules.load)).reading()
        finally:
            book.close()

    return asyncio.run(ask())


def test_dossiers_count_for_the_phase_of_their_register_once_the_archive_has_them(office: Office) -> None:
    plan = [Phase("1", 3, 9, 0, "2020-12-31", ("ml-2001",)), Phase("2", 50, 500, 0, "2099-12-31")]
    plans.replace(office.ledger, plan, "x", "An")
    entry = {"kind": "archive", "name": "ml-2001", "line": 2, "fields": {"useFrequency": "01"}}
    used = {f"H1.{at}": {"useFrequency": "01" if at < 4 else "02"} for at in range(6)}
    register(office, "archive", "ml-2001", used)
    for at in range(4):
        scanned(office, f"H1.{at}", entry if at < 2 else {"name": "other", "fields": {}}, 1, 2)
        if at != 3:
            office.all_the_way(f"u{at}", f"H1.{at}")
    found = reading(office)
    first, second = found.phases
    assert (first.done_dossiers, first.done_sheets, first.overdue) == (2, 6, 1)
    assert (second.done_dossiers, second.done_sheets, second.overdue) == (1, 3, 0)
    assert found.high_use == {"planned": 4, "digitised": 2}
    assert found.rate is None, "one day says nothing"


def test_a_dossier_scanned_again_counts_once(office: Office) -> None:
    plans.replace(office.ledger, [Phase("1", 3, 9, 0, "2020-12-31")], "x", "An")
    office.dossier(2, 1)
    office.all_the_way("u1")
    office.rescan(1, 1)
    assert reading(office).phases[0].done_dossiers == 1
    office.all_the_way("u2")
    (phase,) = reading(office).phases
    assert (phase.done_dossiers, phase.done_sheets) == (1, 3)


def test_every_component_of_the_counter_is_reused_exempt_digitised_or_still_missing(office: Office) -> None:
    register(office, "onestop", "onestop", {
        "G1.1": {"components": "TP01; TP02; TP03; TP04"}, "G1.2": {"components": "TP01; TP02"},
        "G1.3": {"components": "TP01; TP02; TP03", "digitisedComponents": "TP02"}})
    counter(office, "G1.1", 1, 1)
    office.all_the_way("u1", "G1.1")
    judged(office, "G1.1", ("TP01", [1], "", False), ("TP02", [2], "", False), ("TP03", [], "not_required", False),
           ("TP04", [], "already_digitised", False))
    counter(office, "G1.2", 1)
    judged(office, "G1.2", ("TP01", [1], "", False), ("TP02", [], "", False))  # not with the archive yet
    composition.answer(office.ledger, NewAnswer("G1.3", "TP03", composition.DO_NOT_DIGITISE, "rách", "NV001"))
    found = reading(office)
    assert found.onestop == {"received": 3, "complete": 1}
    assert found.components == {"required": 9, "reused": 2, "exempt": 2, "digitised": 2}


def test_a_dossier_of_the_counter_that_no_register_lists_is_received_when_it_is_scanned(office: Office) -> None:
    counter(office, "G1.9", 1, 1)
    assert reading(office).components["required"] == 2
    office.all_the_way("u1", "G1.9")
    found = reading(office)
    assert found.onestop == {"received": 1, "complete": 1}
    assert found.components == {"required": 2, "reused": 0, "exempt": 0, "digitised": 2}


def test_a_synthetic_page_counts_nowhere(office: Office) -> None:
    plans.replace(office.ledger, [Phase("1", 3, 9, 0, "2020-12-31")], "x", "An")
    office.dossier(1)
    office.all_the_way("u1")
    office.ledger.put("batch", "b1", synthetic=1)
    assert reading(office).phases[0].done_dossiers == 0


def test_an_office_without_a_plan_shows_its_denominators_and_no_phase(office: Office) -> None:
    text = Metrics().show(plan=reading(office)).decode()
    assert 'appliance_onestop_dossiers{state="received"} 0.0' in text
    assert "appliance_plan_dossiers{" not in text
    assert "\nappliance_plan_rate_sheets_per_day " not in text


def test_what_is_shown_is_counted_in_pieces_and_never_half(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "LASTS", 0.0)
    for at in range(9):
        counter(office, f"G1.{at}", 1)
    office.ledger.close()

    async def ask(seen: PlanWatch, count: int) -> list[int]:
        return [(await seen.reading()).onestop["received"] for _ in range(count)]

    async def work() -> tuple[list[int], list[int]]:
        book = Book(office.root / "ledger.sqlite3")
        try:
            seen = PlanWatch(Plan(), book, composed.office_of(Config(), rules.load))
            first = await ask(seen, 1)
            office.ledger = await book.ask(lambda ledger: ledger)
            await book.ask(lambda _: counter(office, "G1.9", 1))
            return first, await ask(seen, 4)
        finally:
            book.close()

    first, later = asyncio.run(work())
    assert first == [9], "the first one waits for all"
    assert later == [9, 9, 10, 10], "five pieces, two at a time"


def test_a_walk_in_which_registers_changed_is_not_shown(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the dossiers that were counted as listed nowhere would be counted in the new register once more."""
    monkeypatch.setattr(watch, "LASTS", 0.0)
    codes = [f"G1.{at}" for at in range(5)]
    for code in codes:
        counter(office, code, 1)
    office.ledger.close()

    async def work() -> list[int]:
        book = Book(office.root / "ledger.sqlite3")
        try:
            seen = PlanWatch(Plan(), book, composed.office_of(Config(), rules.load))
            found = [(await seen.reading()).onestop["received"] for _ in range(2)]
            office.ledger = await book.ask(lambda ledger: ledger)
            await book.ask(lambda _: register(office, "onestop", "onestop", {code: {} for code in codes}))
            return found + [(await seen.reading()).onestop["received"] for _ in range(9)]
        finally:
            book.close()

    assert set(asyncio.run(work())) == {5}


def test_a_scrape_that_is_broken_off_does_not_stop_the_counting(office: Office,
                                                                 monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "LASTS", 0.0)
    for at in range(5):
        counter(office, f"G1.{at}", 1)
    office.ledger.close()

    async def work() -> list[int]:
        book = Book(office.root / "ledger.sqlite3")
        try:
            seen = PlanWatch(Plan(), book, composed.office_of(Config(), rules.load))
            await seen.reading()
            office.ledger = await book.ask(lambda ledger: ledger)
            await book.ask(lambda _: counter(office, "G1.5", 1))
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(seen.reading(), 0)
            under_way = asyncio.create_task(seen.reading())
            await asyncio.sleep(0)
            under_way.cancel()
            await asyncio.gather(under_way, return_exceptions=True)
            return [(await seen.reading()).onestop["received"] for _ in range(6)]
        finally:
            book.close()

    assert asyncio.run(work())[-1] == 6
