"""What the control socket takes about special papers: who may say it, what is wrong with it, what is printed."""

from __future__ import annotations

import asyncio
import io
import json
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from leader_office import office

from appliance import papers as command
from appliance.core import clock, errors
from appliance.core.config import Config
from appliance.core.errors import ApplianceError
from appliance.core.model import ImageFormat, Master, PageKey, Side, Special
from appliance.handover_note import FIRST_ROWS, draw_note
from appliance.leaders import Leaders
from appliance.logins import Logins
from appliance.paper_desk import PaperDesk
from appliance.spool import composition, entry, papers, registers
from appliance.spool.dossiers import Later, NewDocument, NewDossier, Separated
from appliance.spool.ledger import Book, Ledger

PIN = "mot-hai-3"
CODE = "H1.2001.7"
LEADER = {"leader": "LD001", "pin": PIN}
NOTE: dict[str, Any] = {
    "number": 7, "file_code": CODE, "at": "2026-11-22T09:05:07.123+07:00", "who": "NV001", "reason": "giấy mủn nát",
    "code": "T403", "details": {"captured": 10, "declared": 12}, "declared": 12, "captured": 10,
    "title": "Hồ sơ hưu trí", "office": "BHXH huyện Duy Tiên", "office_code": "0421", "new": True,
    "missing": ["000.00.00.G09-KQ002269"],
    "documents": [{"ordinal": 1, "type_name": "22", "component": "", "sheets": 3, "code": ""}]}


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Config:
    return office(tmp_path_factory.mktemp("settings"), PIN)


@pytest.fixture
def desk(settings: Config, tmp_path: Path) -> Iterator[PaperDesk]:
    book = Book(tmp_path / "ledger.sqlite3")
    yield PaperDesk(settings, book, Leaders(Logins(settings.operator, time.monotonic)), lambda: None)
    book.close()


def scan(ledger: Ledger) -> None:
    """One dossier that waits: a copy of fragile paper without its number."""
    entry.begin(ledger, entry.NewBatch("b", "tray", "archive", "archive-tt05-2025", "A", '{"duplex": false}'))
    master = Master("m", "m", 10, ImageFormat.JPEG, 100, 100, 3, 300)
    entry.record(ledger, entry.NewSide(PageKey("b", 1, Side.FRONT), master))
    entry.close(ledger, "b")
    new = NewDossier(CODE, 1, 1, (NewDocument(1, "22", 1, (1,), special=Special(fragile=True)),))
    papers.separated(ledger, Separated("b", "archive", (new,), (), ()), Later())
    papers.hold(ledger, ledger.all("documents_of_dossier", dossier=f"{CODE}.r1")[0])


def said(desk: PaperDesk, ask: Callable[[Ledger], Any]) -> Any:
    return asyncio.run(desk.book.ask(ask))


def refused(work: Any) -> str:
    with pytest.raises(ApplianceError) as problem:
        asyncio.run(work)
    return problem.value.code


def test_a_leader_leaves_a_paper_undigitised_with_name_reason_and_date(desk: PaperDesk) -> None:
    words = {"code": CODE, "component": "KQ.7", "reason": "giấy mủn", "date": "20/11/2026", **LEADER}
    asyncio.run(desk.leave(words))
    (answer,) = said(desk, lambda ledger: composition.answers_of(ledger, CODE))
    assert (answer.component, answer.kind, answer.who) == ("KQ.7", composition.DO_NOT_DIGITISE, "LD001")
    assert answer.reason == "giấy mủn (Trần Văn B, 20/11/2026)"


def test_a_leader_takes_a_decision_back_and_a_code_is_known_as_people_write_it(desk: PaperDesk) -> None:
    words = {"code": f" {CODE.lower()}", "component": "KQ.7", "reason": "giấy mủn", **LEADER}
    asyncio.run(desk.leave(words))
    (answer,) = said(desk, lambda ledger: composition.answers_of(ledger, CODE))
    assert answer.reason.endswith(f"{clock.now():%d/%m/%Y})"), "without a date it is decided today"
    asyncio.run(desk.leave({**words, "withdraw": "1", "reason": "quét được"}))
    (answer,) = said(desk, lambda ledger: composition.answers_of(ledger, CODE, withdrawn=True))
    assert (answer.withdrawn_as, answer.withdrawn_by) == (composition.REVOKED, "LD001")
    assert refused(desk.leave({**words, "withdraw": "1"})) == errors.ANSWER_UNKNOWN.code


def test_a_component_that_the_table_has_not_and_a_day_that_is_none_are_refused(desk: PaperDesk) -> None:
    """Else the leader would be told that it is done, and the component would be missing for ever."""
    row = registers.NewRow(2, "G22.1", json.dumps({"procedureCode": "1.001967", "components": "TP01"}))
    new = registers.NewRegister("onestop", "r", registers.ADD, "f", "", "w")
    assert said(desk, lambda ledger: registers.add(ledger, new, [row])) == []
    words = {"code": "G22.1", "reason": "giấy mủn", **LEADER}
    assert refused(desk.leave({**words, "component": "TP99"})) == errors.COMPONENT_UNKNOWN.code
    assert refused(desk.leave({**words, "component": "TP01", "date": "31/02/2026"})) == errors.PAPER_REFUSED.code
    asyncio.run(desk.leave({**words, "component": "tp01"}))
    (answer,) = said(desk, lambda ledger: composition.answers_of(ledger, "G22.1"))
    assert answer.component == "TP01"


@pytest.mark.parametrize("words", [{}, {"leader": "LD001", "pin": "sai"}, {"leader": "NV001", "pin": PIN}])
def test_nobody_but_a_leader_decides(desk: PaperDesk, words: dict[str, str]) -> None:
    asked = {"code": CODE, "document": "1", "component": "KQ.7", "reason": "x", "what": "exclude", **words}
    allowed = {errors.LOGIN_REFUSED.code, errors.LEADER_NEEDED.code}
    assert refused(desk.leave(asked)) in allowed
    assert refused(desk.normative(asked)) in allowed
    assert said(desk, lambda ledger: composition.answers_of(ledger, CODE)) == ()


@pytest.mark.parametrize(("more", "code"), [
    ({"number": ""}, "T505"), ({"date": "2026-11-20"}, "T505"), ({"form": "ban-sao"}, "T505"),
    ({"document": "x"}, "T506"), ({"document": "9"}, "T506"), ({"by": "NV999"}, "C014"),
])
def test_what_is_wrong_with_a_copy_is_said(desk: PaperDesk, more: dict[str, str], code: str) -> None:
    said(desk, scan)
    words = {"code": CODE, "document": "1", "form": "sao-y", "number": "15/SY-BHXH", "date": "20/11/2026", **more}
    problem = refused(desk.copy(words))
    assert problem == (errors.STAFF_UNKNOWN.code if "by" in more else code)
    assert said(desk, lambda ledger: ledger.all("revisions_of", file_code=CODE)[-1]["state"]) == "held"


def test_the_note_of_a_dossier_for_the_centre_says_all_and_has_a_reason(desk: PaperDesk) -> None:
    said(desk, scan)
    assert refused(desk.to_centre({"code": CODE})) == "T506"
    note = asyncio.run(desk.to_centre({"code": CODE, "reason": "giấy mủn", "by": "NV001"}))["note"]
    assert (note["who"], note["office"], note["title"]) == ("NV001", "BHXH huyện Duy Tiên", "Hồ sơ chưa biên mục")
    assert note["documents"][0]["code"] == "T502"
    assert json.loads(json.dumps(note)) == note and draw_note(note).startswith(b"%PDF")
    asyncio.run(desk.at_centre({"code": CODE, "by": "NV001"}))
    assert refused(desk.at_centre({"code": CODE})) == "T506"
    asyncio.run(desk.take_back({"code": CODE, "reason": "nhầm"}))
    assert said(desk, lambda ledger: ledger.all("revisions_of", file_code=CODE)[-1]["state"]) == "held"


def printed(note: dict[str, Any], folder: Path) -> str:
    place = folder / "note.pdf"
    place.write_bytes(draw_note(note))
    return subprocess.run(["pdftotext", "-layout", place, "-"], check=True, capture_output=True, text=True).stdout


def test_the_note_is_one_vector_sheet_in_vietnamese_with_places_to_sign(tmp_path: Path) -> None:
    text = printed(NOTE, tmp_path)
    for words in ("PHIẾU GIAO NHẬN HỒ SƠ", CODE, "Hồ sơ hưu trí", "giấy mủn nát", "Công văn",
                  "000.00.00.G09-KQ002269",
                  "Số tờ quét được (10) khác số tờ khai (12)", "thiếu", "BÊN GIAO", "BÊN NHẬN",
                  "Ngày 22 tháng 11 năm 2026"):
        assert words in text, words
    assert draw_note(NOTE) == draw_note(NOTE)


def test_a_paper_of_the_folder_has_its_name_on_the_note(tmp_path: Path) -> None:
    cover = {"ordinal": 9, "type_name": "91", "component": "", "sheets": 1, "code": ""}
    assert "Bìa hồ sơ" in printed({**NOTE, "documents": [cover]}, tmp_path)


def test_a_note_about_many_documents_goes_on_over_further_sheets(tmp_path: Path) -> None:
    one = {"type_name": "", "sheets": 1, "code": ""}
    many = [{**one, "ordinal": at, "component": f"TP.{at}"} for at in range(1, 60)]
    with pikepdf.open(io.BytesIO(draw_note({**NOTE, "documents": many}))) as opened:
        assert len(opened.pages) == 3
    text = printed({**NOTE, "documents": many}, tmp_path)
    assert all(f"TP.{at} " in text for at in range(1, 60)) and text.count("BÊN NHẬN") == 1
    assert f"TP.{FIRST_ROWS}" in text.split("\f")[0]


def test_a_command_that_lacks_what_it_needs_is_told_so(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["normative", CODE, "1", "--reason", "x", "--leader", "LD001"]
    for argv in (words, ["copy", CODE, "1"], ["leave", CODE]):
        with pytest.raises(SystemExit) as ended:
            command.main(argv)
        assert ended.value.code == 2
    assert "--exclude" in capsys.readouterr().err
