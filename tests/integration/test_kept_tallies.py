"""What the ledger keeps count of is what a count of its rows gives, whatever happened to them."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from appliance.core.states import BatchState, DocumentState, DossierState, PageState, RescanState
from appliance.spool import figures
from appliance.spool.ledger import Ledger
from bench.full_ledger import fill

DEFINITION = """
SELECT CASE
  WHEN dossier.state = 'handed_over' AND page.state IN ('captured', 'analysed', 'read', 'held') THEN 'removed'
  WHEN page.state IN ('captured', 'analysed', 'read') AND (
    batch.state IN ('held', 'locked') OR dossier.state IN ('locked', 'held', 'rejected')
    OR (batch.state = 'closed' AND page.waits = 1) OR document.state = 'held'
    OR (page.rescan <> 0 AND page.document IS NULL AND EXISTS (
      SELECT 1 FROM rescan WHERE rescan.id = page.rescan AND (
        rescan.state = 'held' OR (rescan.state = 'waiting' AND (
          EXISTS (SELECT 1 FROM page AS other WHERE other.rescan = rescan.id AND other.state = 'held')
          OR EXISTS (SELECT 1 FROM dossier AS stopped WHERE stopped.file_code = rescan.file_code
            AND stopped.state = 'locked'))))))
  ) THEN 'held' ELSE page.state END AS fate, count(*) AS n
FROM page JOIN batch ON batch.id = page.batch
LEFT JOIN document ON document.id = page.document LEFT JOIN dossier ON dossier.id = page.dossier GROUP BY 1
"""
"""What becomes of each side, asked of every side."""

SIDES = 400


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger with batches, dossiers, documents and packages in many states."""
    path = tmp_path_factory.mktemp("full") / "ledger.sqlite3"
    assert fill(path, SIDES) > SIDES * 0.9
    return path


def counted(ledger: Ledger, sql: str) -> dict[object, int]:
    return {row[0]: row[-1] for row in ledger._db.execute(sql) if row[-1]}


def check(ledger: Ledger) -> None:
    """Compare everything that is kept with a plain count."""
    assert {state: n for state, n in figures.fates(ledger).items() if n} == counted(ledger, DEFINITION)
    pages = counted(ledger, "SELECT state, count(*) FROM page GROUP BY state")
    assert figures.states(ledger).get("page", {}) == pages
    found = figures.tally(ledger)
    (sides, sheets, blank), = ledger._db.execute(
        "SELECT count(*), (SELECT count(*) FROM (SELECT DISTINCT batch, sheet FROM page)), "
        "sum(blank = 1 AND state = 'filed') FROM page")
    assert (found.sides, found.sheets, found.blank) == (sides, sheets, blank or 0)
    assert found.sides == found.pages_filed + found.separators + found.held + found.removed + found.replaced + (
        found.orphans + found.under_way)


def scramble(ledger: Ledger, dice: Random) -> None:
    """Let things happen to pages, documents, dossiers, batches and rescans, in any order and to any state."""
    pages = [row["id"] for row in ledger._db.execute("SELECT id FROM page")]
    for table, states in (("batch", BatchState), ("dossier", DossierState), ("document", DocumentState)):
        for row in ledger._db.execute(f"SELECT id FROM {table}").fetchall():
            if dice.random() < 0.5:
                ledger.put(table, row["id"], state=dice.choice(list(states)).value)
    for number in range(1, 4):
        ledger.act("add_rescan", batch=ledger._db.execute("SELECT id FROM batch").fetchone()["id"],
                   file_code=f"H00.{number:07d}", ordinal=1, page=1, declared=1, captured=1,
                   state=dice.choice(list(RescanState)).value, code="", details="{}", at="2026")
    for page in dice.sample(pages, len(pages) // 2):
        ledger.put("page", page, state=dice.choice(list(PageState)).value, blank=dice.randrange(2),
                   waits=int(dice.random() < 0.2), unread=dice.choice(("", "T407")))
        if dice.random() < 0.2:
            ledger.put("page", page, rescan=dice.randrange(1, 4), document=None)


@given(seed=st.integers(0, 2**32))
@hypothesis(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_tallies_are_the_counts_of_rows_after_anything(full: Path, tmp_path: Path, seed: int) -> None:
    ledger = Ledger(tmp_path / f"{seed}.sqlite3")
    source = Ledger(full, read_only=True)
    source._db.backup(ledger._db)
    source.close()
    check(ledger)
    dice = Random(seed)
    with ledger.transaction():
        scramble(ledger, dice)
    check(ledger)
    custody = figures.custody(ledger)
    assert custody.unreconciled == 0
    assert sum(custody.fates.values()) == custody.sides == figures.tally(ledger).sides
    ledger.close()


def test_a_move_that_is_taken_back_is_not_counted(full: Path, tmp_path: Path) -> None:
    ledger = copied(full, tmp_path)
    before = figures.fates(ledger)
    with pytest.raises(RuntimeError), ledger.transaction():
        ledger.put("page", 5, state="orphan")
        assert figures.fates(ledger)["orphan"] == 1
        raise RuntimeError
    assert figures.fates(ledger) == before


def test_a_page_that_somebody_deletes_from_the_ledger_is_missed(full: Path, tmp_path: Path) -> None:
    ledger = copied(full, tmp_path)
    ledger._db.execute("DELETE FROM page WHERE id IN (7, 8, 9)")
    assert figures.custody(ledger).unreconciled == 3
    assert figures.tally(ledger).sides == SIDES - SIDES % 42 - 3


def test_a_side_in_a_state_that_nobody_knows_is_nowhere(full: Path, tmp_path: Path) -> None:
    ledger = copied(full, tmp_path)
    ledger.put("page", 7, state="mislaid")
    assert figures.custody(ledger).unreconciled == 1


def test_a_receipt_counts_once_however_often_it_comes(full: Path, tmp_path: Path) -> None:
    ledger = copied(full, tmp_path)
    (package,) = (row["package"] for row in ledger._db.execute(
        "SELECT package FROM delivery WHERE state = 'queued' LIMIT 1"))
    before = figures.custody(ledger)
    for at in ("2026-11-22T09:00:00.000+07:00", "2026-11-22T10:00:00.000+07:00"):
        ledger.put("delivery", package, token="jws", verified=at)
    after = figures.custody(ledger)
    assert after.receipts == before.receipts + 1 and after.last == "2026-11-22T10:00:00.000+07:00"


def test_an_answer_that_does_not_verify_is_counted_and_another_trouble_is_not(full: Path, tmp_path: Path) -> None:
    ledger = copied(full, tmp_path)
    before = figures.custody(ledger).mismatches
    for code in ("A601", "A604", "A604", "", "A635"):
        ledger.put("delivery", "package-0000000", code=code)
    assert figures.custody(ledger).mismatches == before + 2


def test_a_ledger_of_an_earlier_release_is_counted_when_it_is_opened(full: Path, tmp_path: Path) -> None:
    ledger = copied(full, tmp_path)
    kept = figures.tally(ledger)
    tables = [row[0] for row in ledger._db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND "
                                                   "sql LIKE '%tally%'")]
    for trigger in tables:
        ledger._db.execute(f"DROP TRIGGER {trigger}")
    ledger._db.executescript("DROP TABLE side_tally; DROP TABLE tally;")
    script = (Path(figures.__file__).parent / "migrations" / "0030_tallies.sql").read_text("utf-8")
    ledger._db.executescript(script.partition("CREATE INDEX")[0])
    assert figures.tally(ledger) == kept


def copied(full: Path, tmp_path: Path) -> Ledger:
    ledger, source = Ledger(tmp_path / "ledger.sqlite3"), Ledger(full, read_only=True)
    source._db.backup(ledger._db)
    source.close()
    return ledger
