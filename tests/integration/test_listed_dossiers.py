"""Dossiers and their registers: held where they must be listed and are not, else described in its words."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from appliance import listed
from appliance.core import errors, rules
from appliance.core.config import Job, parse
from appliance.listed import Ask
from appliance.spool import dossiers, entry, listings, registers
from appliance.spool.dossiers import NewDocument, NewDossier, Separated
from appliance.spool.ledger import Ledger
from appliance.spool.registers import NewRegister, NewRow

ARCHIVE, ONESTOP = "archive-tt05-2025", "onestop-ttvpcp-2023"
PAGES = errors.PAGE_HELD_IN_DOSSIER.code
MUST, MAY = Ask("archive", required=True), Ask("archive", required=False)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    found = Ledger(tmp_path / "ledger.sqlite3")
    yield found
    found.close()


def load(ledger: Ledger, *codes: str, kind: str = "archive", **fields: str) -> None:
    values = json.dumps({"title": "Tiêu đề của mục lục", **fields}, ensure_ascii=False)
    new = NewRegister(kind, kind, registers.ADD, "f", "", "w")
    assert registers.add(ledger, new, [NewRow(2, code, values) for code in codes]) == []


def found(*codes: str, batch: str = "b1", **changes: Any) -> Separated:
    return Separated(batch, "demo", tuple(NewDossier(code, 1, 1, (), **changes) for code in codes), (), ())


def batch(ledger: Ledger, name: str) -> None:
    entry.begin(ledger, entry.NewBatch(name, "d", "demo", ARCHIVE, "who", "{}", "NV1", "login"))
    entry.close(ledger, name)


def held(separated: Separated) -> list[tuple[str, str]]:
    return [(one.file_code, one.code) for one in separated.dossiers]


def states(ledger: Ledger) -> dict[str, tuple[str, str]]:
    return {row["id"]: (row["state"], row["code"]) for row in ledger.all("dossiers")}


def test_only_what_must_be_listed_and_is_not_is_held(ledger: Ledger) -> None:
    load(ledger, "A")
    wanted = (MUST, MUST, MAY, None)
    answer = listed.enlist(ledger, found("A", "B", "C", "A"), wanted)
    assert held(answer) == [("A", ""), ("B", "T441"), ("C", ""), ("A", "")]
    assert [bool(one.register) for one in answer.dossiers] == [True, False, False, False]
    assert "not listed" in str(answer.dossiers[1].details["reason"])


def test_the_register_of_the_other_kind_is_not_asked(ledger: Ledger) -> None:
    load(ledger, "A", kind="onestop")
    answer = listed.enlist(ledger, found("A"), (MUST,))
    assert held(answer) == [("A", "T441")]
    assert "no register is loaded" in str(answer.dossiers[0].details["reason"])


def test_what_holds_a_dossier_already_comes_first(ledger: Ledger) -> None:
    assert held(listed.enlist(ledger, found("A", code="T403"), (MUST,))) == [("A", "T403")]


def test_behind_held_pages_the_register_is_not_forgotten(ledger: Ledger) -> None:
    waits = found("A", code=PAGES, details={"count": 1})
    (new,) = listed.enlist(ledger, waits, (MUST,)).dossiers
    assert (new.code, new.details["count"], new.details["then"]) == (PAGES, 1, "T441")
    short = found("A", code=PAGES, details={"count": 1, "then": "T403", "captured": 1, "declared": 2})
    assert listed.enlist(ledger, short, (MUST,)) == short


def test_a_register_that_comes_while_pages_are_held_lets_the_dossier_wait_for_these_only(ledger: Ledger) -> None:
    batch(ledger, "b1")
    dossiers.separated(ledger, listed.enlist(ledger, found("A", code=PAGES, details={"count": 1}), (MUST,)))
    load(ledger, "A")
    assert listings.release(ledger, "archive", [ARCHIVE]) == 1
    row = ledger.one("latest_dossier", file_code="A")
    assert row is not None
    assert (row["state"], row["code"], row["details"]) == ("held", PAGES, '{"count": 1}')
    assert json.loads(row["register"])["name"] == "archive"
    assert listings.release(ledger, "archive", [ARCHIVE]) == 0


def test_each_dossier_is_asked_about_as_its_own_job_says() -> None:
    config = parse({"job": [{"name": "demo", "register": "required"}, {"name": "free", "register": "none"},
                            {"name": "counter", "rules": ONESTOP}]})
    one = NewDossier("A", 1, 1, ())
    separated = replace(found(), dossiers=(
        one, replace(one, job="free", rules=ARCHIVE), replace(one, job="counter", rules=ONESTOP)))
    row: Any = {"job": "demo", "rules": ARCHIVE}
    assert listed.asks(separated, row, config, rules.load) == (MUST, None, Ask("onestop", required=False))


def test_a_dossier_that_waited_goes_on_and_takes_the_place_of_its_older_scans(ledger: Ledger) -> None:
    for name in ("b1", "b2"):
        batch(ledger, name)
        dossiers.separated(ledger, listed.enlist(ledger, found("A", batch=name), (MUST,)))
    assert states(ledger) == {"A.r1": ("held", "T441"), "A.r2": ("held", "T441")}
    assert listings.release(ledger, "archive", [ARCHIVE]) == 0
    load(ledger, "A")
    assert listings.release(ledger, "onestop", [ONESTOP]) == 0
    assert listings.release(ledger, "archive", [ARCHIVE]) == 1
    assert {key: state for key, (state, _) in states(ledger).items()} == {"A.r1": "replaced", "A.r2": "closed"}
    kept = ledger.one("latest_dossier", file_code="A")
    assert kept is not None
    assert json.loads(kept["register"])["fields"]["title"] == "Tiêu đề của mục lục"


def test_a_document_that_lacks_sheets_still_waits_when_the_register_comes(ledger: Ledger) -> None:
    batch(ledger, "b1")
    short = NewDocument(1, "", 1, (), declared=2)
    separated = listed.enlist(ledger, found("A"), (MUST,))
    separated = replace(separated, dossiers=(replace(separated.dossiers[0], documents=(short,)),))
    dossiers.separated(ledger, separated)
    load(ledger, "A")
    assert listings.release(ledger, "archive", [ARCHIVE]) == 1
    assert states(ledger) == {"A.r1": ("held", "T403")}


def test_what_the_register_said_at_separation_stays_said(ledger: Ledger) -> None:
    load(ledger, "A")
    batch(ledger, "b1")
    dossiers.separated(ledger, listed.enlist(ledger, found("A"), (MAY,)))
    load(ledger, "A", title="Đã sửa")
    kept = ledger.one("latest_dossier", file_code="A")
    assert kept is not None
    words = listed.words_of(kept["register"], Job(name="demo"))
    assert words.title == "Tiêu đề của mục lục"


def test_without_a_register_the_job_describes_the_dossier() -> None:
    words = listed.words_of("", Job(name="demo", title="Của công việc", maintenance="03", mode="02"))
    assert (words.title, words.maintenance, words.mode, words.language, words.more) == (
        "Của công việc", "03", "02", "01", {})


def test_a_received_dossier_has_its_title_from_the_counter_and_the_rest_from_the_job() -> None:
    register = json.dumps({"kind": "onestop", "name": "onestop", "line": 2, "fields": {
        "procedureName": "Thai sản", "procedureCode": "1.1", "personName": "Lê Thị C", "account": "GD1"}})
    words = listed.words_of(register, Job(name="demo", maintenance="05"))
    assert (words.title, words.maintenance, words.more) == (
        "Thai sản – 1.1 – Lê Thị C", "05", {"title": "Thai sản – 1.1 – Lê Thị C"})
    assert listed.of_documents(words) == {}
