"""Registers in the ledger: whole or not at all, whatever is cut short, sent twice, or comes from two sides."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from appliance.core.errors import ApplianceError
from appliance.spool import listings, registers
from appliance.spool.ledger import Ledger
from appliance.spool.registers import ADD, REPLACE, NewRegister, NewRow


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    found = Ledger(tmp_path / "ledger.sqlite3")
    yield found
    found.close()


def new(name: str = "archive", mode: str = REPLACE) -> NewRegister:
    return NewRegister("archive", name, mode, "ml.csv", "0" * 64, "NV001")


def rows(*codes: str, title: str = "x") -> list[NewRow]:
    return [NewRow(line, code, f'{{"title": "{title}"}}') for line, code in enumerate(codes, start=2)]


def bring(ledger: Ledger, *codes: str, name: str = "archive", mode: str = REPLACE, **more: Any) -> int:
    number = registers.begin(ledger, new(name, mode))
    assert registers.load(ledger, number, rows(*codes, title=more.pop("title", "x"))) == []
    return registers.finish(ledger, number, **more)


def codes(ledger: Ledger, *asked: str) -> list[str]:
    return sorted(listings.look_up(ledger, "archive", asked)[1])


def titles(ledger: Ledger, code: str) -> list[str]:
    return [one["fields"]["title"] for one in listings.show(ledger, code)]


def deliver(ledger: Ledger, code: str) -> None:
    """Let the archive hold a dossier."""
    ledger._db.executescript(f"""
      INSERT OR IGNORE INTO batch (id, device, job, rules, operator, state, started)
      VALUES ('b', 'd', 'j', 'r', 'o', 'separated', '2026-01-01');
      INSERT INTO dossier (id, file_code, revision, state, job, batch, declared, captured, opened)
      VALUES ('{code}.r1', '{code}', 1, 'accepted', 'j', 'b', 1, 1, '2026-01-01');""")


def test_nobody_sees_a_register_before_it_is_finished(ledger: Ledger) -> None:
    assert bring(ledger, "A", "B") == 2
    number = registers.begin(ledger, new())
    registers.load(ledger, number, rows("A", "B", "C"))
    assert codes(ledger, "A", "B", "C") == ["A", "B"]
    registers.finish(ledger, number)
    assert codes(ledger, "A", "B", "C") == ["A", "B", "C"]
    assert [(one["name"], one["rows"]) for one in listings.listing(ledger)] == [("archive", 3)]


def test_a_piece_that_comes_twice_counts_once(ledger: Ledger) -> None:
    number = registers.begin(ledger, new())
    for _ in range(2):
        assert registers.load(ledger, number, rows("A", "B")) == []
    assert registers.finish(ledger, number) == 2


def test_an_import_that_was_cut_short_is_let_go_and_can_do_nothing_more(ledger: Ledger) -> None:
    bring(ledger, "A")
    number = registers.begin(ledger, new())
    registers.load(ledger, number, rows("B"))
    assert registers.drop_unfinished(ledger) == 1
    for late in (lambda: registers.load(ledger, number, rows("C")), lambda: registers.finish(ledger, number)):
        with pytest.raises(ApplianceError, match="T451"):
            late()
    assert codes(ledger, "A", "B", "C") == ["A"]


def test_what_counts_no_more_is_cleared_a_few_rows_at_a_time(ledger: Ledger,
                                                             monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registers, "CLEARED_AT_ONCE", 2)
    bring(ledger, "A", "B", "C")
    bring(ledger, "A", "B", "C", title="neu")
    rounds = 0
    while registers.clear(ledger):
        rounds += 1
    assert (rounds, titles(ledger, "A")) == (2, ["neu"])
    assert [tuple(row) for row in ledger._db.execute(
        "SELECT (SELECT count(*) FROM register_row), (SELECT count(*) FROM register)")] == [(3, 1)]


def test_a_file_that_leaves_dossiers_out_is_refused_unless_that_is_meant(ledger: Ledger) -> None:
    bring(ledger, "A", "B", "C")
    number = registers.begin(ledger, new())
    registers.load(ledger, number, rows("A"))
    with pytest.raises(ApplianceError, match="T447") as caught:
        registers.finish(ledger, number)
    assert caught.value.details["missing"] == 2
    assert codes(ledger, "A", "B", "C") == ["A", "B", "C"]
    assert registers.finish(ledger, number, replace=True) == 1
    assert codes(ledger, "A", "B", "C") == ["A"]


def test_rows_that_join_correct_those_that_are_there(ledger: Ledger) -> None:
    bring(ledger, "A", "B")
    assert bring(ledger, "B", "C", mode=ADD, title="neu") == 3
    assert [titles(ledger, code) for code in "ABC"] == [["x"], ["neu"], ["neu"]]
    while registers.clear(ledger):
        pass
    assert [titles(ledger, code) for code in "ABC"] == [["x"], ["neu"], ["neu"]]


def test_a_code_in_another_register_is_refused_by_its_name(ledger: Ledger) -> None:
    bring(ledger, "A", name="ml-2001")
    number = registers.begin(ledger, new("ml-2002"))
    assert registers.load(ledger, number, rows("B", "A")) == [(3, "other_register", "ml-2001")]


def test_what_the_archive_holds_is_refused_unless_it_is_no_news(ledger: Ledger) -> None:
    bring(ledger, "A")
    deliver(ledger, "A")
    deliver(ledger, "B")
    number = registers.begin(ledger, new())
    assert registers.load(ledger, number, rows("A", "B")) == [(3, "delivered", "")]
    assert registers.load(ledger, number, rows("A", title="neu")) == [(2, "delivered", "")]


def test_a_single_dossier_joins_at_once_or_not_at_all(ledger: Ledger) -> None:
    deliver(ledger, "B")
    assert registers.add(ledger, new(mode=ADD), rows("A")) == []
    assert registers.add(ledger, new(mode=ADD), rows("C", "B")) == [(3, "delivered", "")]
    assert codes(ledger, "A", "B", "C") == ["A"]
    assert ledger.all("registers_loading") == []


def test_a_row_is_taken_back_while_it_is_loaded_and_never_later(ledger: Ledger) -> None:
    number = registers.begin(ledger, new())
    registers.load(ledger, number, rows("A", "B"))
    assert registers.withdraw(ledger, number, ["B", "Z"]) == ["B"]
    assert registers.finish(ledger, number) == 1
    with pytest.raises(ApplianceError, match="T451"):
        registers.withdraw(ledger, number, ["A"])


def test_there_are_not_more_registers_than_metrics_can_bear(ledger: Ledger,
                                                            monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registers, "MOST_REGISTERS", 1)
    bring(ledger, "A")
    with pytest.raises(ApplianceError, match="T450"):
        registers.begin(ledger, new("other"))
    assert bring(ledger, "A", "B") == 2


def test_every_move_of_a_register_is_on_the_audit_chain_without_its_rows(ledger: Ledger) -> None:
    bring(ledger, "A", title="Bí Mật")
    bring(ledger, "A", "B")
    assert [row["what"] for row in ledger.all("audit")] == [
        "register.loading", "register.current", "register.loading", "register.replaced", "register.current"]
    assert ledger.verify_chain() == 5
    assert "Bí Mật" not in str([dict(row) for row in ledger.all("audit")])


def test_rows_are_handed_out_in_order_for_those_who_print(ledger: Ledger) -> None:
    bring(ledger, *(f"C{number}" for number in range(7)))
    first = listings.page_of(ledger, "archive", "archive", 0, 4)
    second = listings.page_of(ledger, "archive", "archive", first[-1]["at"], 4)
    assert [one["code"] for one in first + second] == [f"C{number}" for number in range(7)]
    assert listings.page_of(ledger, "onestop", "archive", 0, 4) == []
