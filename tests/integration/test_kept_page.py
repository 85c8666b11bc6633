"""Who keeps a held page overrules what was shown and nothing else; what only warns is told all the same."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance import notices, operate, status
from appliance.console import page
from appliance.core.errors import ApplianceError
from appliance.core.limits import CHECKS
from appliance.core.model import Geometry, ImageFormat, Master, PageAnalysis, PageKey, Side, Verdict
from appliance.core.plain import from_plain
from appliance.spool import entry, holding, reading
from appliance.spool.ledger import Ledger, Row
from appliance.spool.reloading import Doubt
from appliance.spool.schema import MIGRATIONS

BATCH = "01890000-0000-7000-8000-000000000001"
TWO, BLURRED, CUT, LOW = (
    Verdict("double_feed", 250.0, 54.0, ok=False, code="I325"),
    Verdict("sharpness", 0.1, 0.38, ok=False, code="I308"),
    Verdict("cut_off", 31.0, 3.0, ok=False, code="I322", where="mép phải / right"),
    Verdict("dpi", 150.0, 200.0, ok=False, code="I301"))
STAPLE, APART = (Verdict("staple", 1.0, 1.0, ok=True, code="I324"),
                 Verdict("misregistration", 2.0, 1.1, ok=True, code="I321"))


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = Ledger(tmp_path / "ledger.sqlite3")
    entry.begin(opened, entry.NewBatch(BATCH, "tray", "default", "demo", "Thử", '{"duplex": true}'))
    yield opened
    opened.close()


def side(ledger: Ledger, sheet: int, face: Side = Side.FRONT) -> int:
    name = f"{sheet}{face}"
    master = Master(name, name, 1, ImageFormat.JPEG, 9, 9, 3, 300)
    entry.record(ledger, entry.NewSide(PageKey(BATCH, sheet, face), master))
    found = ledger.one("same_page", batch=BATCH, sheet=sheet, side=face.value, attempt=1)
    assert found is not None
    return int(found["id"])


def look(ledger: Ledger, number: int, *verdicts: Verdict, doubt: Doubt | None = None) -> str:
    analysis = PageAnalysis(Geometry(9, 9), blank=False, verdicts=verdicts)
    return entry.analysed(ledger, number, analysis, separator=False, doubt=doubt)


def row(ledger: Ledger, number: int) -> Row:
    found = ledger.one("page", id=number)
    assert found is not None
    return found


def stands(ledger: Ledger, number: int) -> tuple[str, str]:
    return row(ledger, number)["state"], row(ledger, number)["code"]


@pytest.mark.parametrize("doubt", ["S207", "S208"])
def test_who_keeps_a_sheet_put_back_is_shown_every_fault_of_its_image(ledger: Ledger, doubt: str) -> None:
    number = side(ledger, 1)
    assert look(ledger, number, TWO, BLURRED, CUT, doubt=Doubt(doubt, "3")) == doubt
    for code, after in ((doubt, "I325"), ("I325", "I308"), ("I308", "I322")):
        assert holding.keep_page(ledger, f"{BATCH}/1front", "NV01") == [after]
        assert stands(ledger, number) == ("held", after), f"after {code}"
    told = status.picture(ledger)["held"][0]
    assert told["code"] == "I322" and "right" in told["en"] and "31" in told["vi"]
    assert holding.keep_page(ledger, f"{BATCH}/1front", "NV01") == []
    assert row(ledger, number)["kept"].split() == [doubt, "I325", "I308", "I322"]
    assert look(ledger, number, TWO, BLURRED, CUT) == "" and stands(ledger, number) == ("analysed", "")
    noted = [json.loads(link["detail"])["code"] for link in ledger.all("audit") if link["what"] == "page.kept_by"]
    assert noted == [doubt, "I325", "I308", "I322"]


def test_a_page_kept_for_one_fault_is_held_for_one_that_is_found_only_later(ledger: Ledger) -> None:
    number = side(ledger, 1)
    look(ledger, number, TWO)
    holding.keep_page(ledger, f"{BATCH}/1front", "NV01")
    assert look(ledger, number, TWO, BLURRED) == "I308"


def test_both_sides_of_a_sheet_fed_twice_are_judged_after_it_was_kept(ledger: Ledger) -> None:
    front, back = side(ledger, 1), side(ledger, 1, Side.BACK)
    assert look(ledger, back, BLURRED) == "I308"
    look(ledger, front, doubt=Doubt("S207", "3"))
    assert stands(ledger, back) == ("held", "S207"), "it was taken along"
    holding.keep_page(ledger, f"{BATCH}/1", "NV01")
    assert (stands(ledger, front), stands(ledger, back)) == (("captured", ""), ("held", "I308"))


def test_a_page_kept_for_its_image_is_still_doubted_when_its_other_side_was_fed_twice(ledger: Ledger) -> None:
    front, back = side(ledger, 1), side(ledger, 1, Side.BACK)
    look(ledger, back, BLURRED)
    holding.keep_page(ledger, f"{BATCH}/1back", "NV01")
    look(ledger, front, doubt=Doubt("S207", "3"))
    assert stands(ledger, back) == ("held", "S207")


def test_what_the_law_demands_is_shown_after_what_was_kept_and_stays(ledger: Ledger) -> None:
    number = side(ledger, 1)
    look(ledger, number, CUT, LOW)
    holding.keep_page(ledger, f"{BATCH}/1front", "NV01")
    assert stands(ledger, number) == ("held", "I301")
    with pytest.raises(ApplianceError):
        holding.keep_page(ledger, f"{BATCH}/1front", "NV01")


def test_a_ledger_of_an_earlier_release_knows_from_its_audit_chain_what_was_kept(tmp_path: Path) -> None:
    steps = sorted(MIGRATIONS.glob("[0-9]*.sql"))
    old = sqlite3.connect(tmp_path / "ledger.sqlite3")
    before = [step for step in steps if step.name < "0008"]
    for step in before:
        old.executescript(step.read_text(encoding="utf-8"))
    old.executescript(f"""
        PRAGMA user_version = {len(before)};
        INSERT INTO batch (id, device, job, rules, operator, state, provenance, started)
            VALUES ('{BATCH}', 'tray', 'default', 'demo', '', 'scanning', '{{}}', '2026-11-22T08:00:00.000+07:00');
        INSERT INTO page (id, batch, sheet, side, attempt, state, master, sha256, path, captured, doubt)
            VALUES (7, '{BATCH}', 1, 'front', 1, 'captured', '{{}}', '7', '7', '2026-11-22T08:00:00+07:00', 'kept'),
                   (8, '{BATCH}', 1, 'back', 1, 'captured', '{{}}', '8', '8', '2026-11-22T08:00:00+07:00', '');
        INSERT INTO audit VALUES (1, '2026-11-22T08:00:00.000+07:00', 'NV01', 'page.kept_by', '7',
            '{{"code": "S207"}}', '', 'x');
    """)
    old.close()
    opened = Ledger(tmp_path / "ledger.sqlite3")
    assert [row(opened, number)["kept"] for number in (7, 8)] == ["S207", ""]
    opened.close()


def test_what_only_warns_is_told_with_its_scanner_and_holds_nothing(ledger: Ledger) -> None:
    for sheet, verdicts in ((1, (STAPLE,)), (2, (STAPLE, APART)), (3, (BLURRED, STAPLE)), (4, ())):
        look(ledger, side(ledger, sheet), *verdicts)
    found = notices.told(ledger, "tray")
    assert found["checks"] == {"staple": 3, "misregistration": 1}
    picture = {**status.picture(ledger), "office": "", "version": "",
               "devices": [{"name": "tray", "state": "ready", "warned": found}]}
    for text in (operate.as_text(picture), page.render(picture)):
        assert "còn ghim 3, các màu lệch nhau 1" in text and "staple left 3, colours lie apart 1" in text
    entry.begin(ledger, entry.NewBatch(BATCH[:-1] + "2", "tray", "default", "demo", "Thử", "{}"))
    assert notices.told(ledger, "tray")["vi"] == "", "a new batch has nothing yet"


def test_every_check_has_words_for_its_warning() -> None:
    assert set(notices.WORDS) == {*CHECKS, reading.UNREAD}


def test_the_analysis_of_a_kept_page_stays_as_it_was_found(ledger: Ledger) -> None:
    number = side(ledger, 1)
    look(ledger, number, TWO)
    holding.keep_page(ledger, f"{BATCH}/1front", "NV01")
    assert from_plain(PageAnalysis, json.loads(row(ledger, number)["analysis"])).verdicts == (TWO,)
