"""The ledger keeps what a separator asked for: its dossier's rules, and how many sheets each document must have."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.core import errors
from appliance.core.model import Geometry, ImageFormat, Master, PageAnalysis, PageKey, Side, Verdict
from appliance.spool import cataloguing, dossiers, entry
from appliance.spool.dossiers import NewDocument, NewDossier, Separated
from appliance.spool.ledger import Ledger, Row

CODE = "H1.2001.7"


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = Ledger(tmp_path / "ledger.sqlite3")
    yield opened
    opened.close()


def batch(ledger: Ledger, name: str, sheets: int) -> tuple[int, ...]:
    """Scan a batch of fronts and look at them; return their pages."""
    entry.begin(ledger, entry.NewBatch(name, "tray", "archive", "archive-tt05-2025", "A", '{"duplex": false}'))
    for sheet in range(1, sheets + 1):
        master = Master(f"{name}{sheet}", f"{name}{sheet}", 10, ImageFormat.JPEG, 100, 100, 3, 300)
        entry.record(ledger, entry.NewSide(PageKey(name, sheet, Side.FRONT), master))
    entry.close(ledger, name)
    for row in ledger.all("pages_to_analyse", limit=9):
        entry.analysed(ledger, row["id"], PageAnalysis(Geometry(100, 100), blank=False), separator=False)
    return tuple(row["id"] for row in ledger.all("live_sides", batch=name))


def state(ledger: Ledger) -> Row:
    row = ledger.one("latest_dossier", file_code=CODE)
    assert row is not None
    return row


def short(ledger: Ledger) -> None:
    """A dossier whose document 1 has two of three sheets; no sheets are declared for the whole."""
    pages = batch(ledger, "b1", 2)
    new = NewDossier(CODE, 0, 2, (NewDocument(1, "", 2, pages, declared=3),), errors.COUNT_MISMATCH.code)
    dossiers.separated(ledger, Separated("b1", "archive", (new,), (), ()))


def test_a_dossier_has_the_rules_of_its_batch_or_those_its_separator_asked_for(ledger: Ledger) -> None:
    for code, job, rules in (("A", "", ""), ("B", "counter", "onestop-ttvpcp-2023")):
        pages = batch(ledger, f"batch-{code}", 1)
        new = NewDossier(code, 0, 1, (NewDocument(1, "", 1, pages, component="KQ.1"),), job=job, rules=rules)
        dossiers.separated(ledger, Separated(f"batch-{code}", "archive", (new,), (), ()))
    rows = [ledger.one("latest_dossier", file_code=code) for code in "AB"]
    found = [(row["job"], row["rules"]) for row in rows if row]
    assert found == [("archive", "archive-tt05-2025"), ("counter", "onestop-ttvpcp-2023")]
    for row in ledger.all("live_sides", batch="batch-B"):
        entry.read(ledger, row["id"], "")
    cataloguing.awaits(ledger, "B.1.r1")
    ledger.put("dossier", "B.r1", composition="{}")
    assert [(row["rules"], row["component"]) for row in ledger.all("documents_to_assemble")] == [
        ("onestop-ttvpcp-2023", "KQ.1")]


def test_a_document_that_lacks_a_sheet_is_not_closed_by_another_that_came_later(ledger: Ledger) -> None:
    short(ledger)
    pages = batch(ledger, "b2", 1)
    more = NewDossier(CODE, 0, 3, (NewDocument(2, "", 1, pages),), continues=True)
    dossiers.separated(ledger, Separated("b2", "archive", (more,), (), ()))
    assert (state(ledger)["state"], state(ledger)["code"]) == ("held", "T403")
    assert state(ledger)["details"] == '{"captured": 2, "declared": 3}'


def test_behind_held_pages_a_document_that_lacks_a_sheet_is_not_forgotten(ledger: Ledger) -> None:
    short(ledger)
    pages = batch(ledger, "b2", 1)
    more = NewDossier(CODE, 0, 3, (NewDocument(2, "", 1, pages),), errors.PAGE_HELD_IN_DOSSIER.code, {"count": 1},
                      continues=True)
    dossiers.separated(ledger, Separated("b2", "archive", (more,), (), ()))
    assert (state(ledger)["state"], state(ledger)["code"]) == ("held", "T409")
    assert state(ledger)["details"] == '{"count": 1, "then": "T403", "captured": 2, "declared": 3}'


def test_a_document_that_gets_its_missing_sheet_goes_on(ledger: Ledger) -> None:
    short(ledger)
    pages = batch(ledger, "b2", 1)
    more = NewDossier(CODE, 0, 3, (NewDocument(1, "", 1, pages, continues=True),), continues=True)
    dossiers.separated(ledger, Separated("b2", "archive", (more,), (), ()))
    assert state(ledger)["state"] == "closed"


def test_what_is_known_of_a_dossier_says_its_job(ledger: Ledger) -> None:
    short(ledger)
    (known,) = dossiers.earlier(ledger, [CODE])
    assert (known.job, known.waiting) == ("archive", True)


@pytest.mark.parametrize(("separator", "code", "held"), [
    (True, errors.DPI_TOO_LOW.code, ""), (False, errors.DPI_TOO_LOW.code, errors.DPI_TOO_LOW.code),
    (True, errors.SECRET_SUSPECTED.code, errors.SECRET_SUSPECTED.code),
])
def test_a_worn_separator_is_not_held_for_its_looks_but_a_secret_mark_is_seen(
        ledger: Ledger, separator: bool, code: str, held: str) -> None:
    entry.begin(ledger, entry.NewBatch("b1", "tray", "archive", "archive-tt05-2025", "A", "{}"))
    master = Master("x", "x", 10, ImageFormat.JPEG, 100, 100, 3, 300)
    entry.record(ledger, entry.NewSide(PageKey("b1", 1, Side.FRONT), master))
    (row,) = ledger.all("pages_to_analyse", limit=9)
    found = PageAnalysis(Geometry(100, 100), blank=False, verdicts=(Verdict("x", 1, 2, ok=False, code=code),))
    assert entry.analysed(ledger, row["id"], found, separator=separator) == held
