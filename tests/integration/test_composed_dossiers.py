"""Dossiers and what they must be made of, on a real ledger: held with what they lack, completed, answered."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, cast

import pytest

from appliance import composed, listed, status
from appliance.component_desk import ComponentDesk
from appliance.composed import Office
from appliance.core import rules
from appliance.core.config import Config, Job, parse
from appliance.core.errors import ApplianceError
from appliance.core.ids import uuid7
from appliance.core.jobs import Assembled, Packed
from appliance.core.model import (
    Box,
    Geometry,
    ImageFormat,
    Mark,
    Master,
    PageAnalysis,
    PageKey,
    Separator,
    Side,
)
from appliance.core.model import SheetKind as Kind
from appliance.documents.composition import table
from appliance.documents.separator import encode
from appliance.orders import batches
from appliance.orders.batches import Known
from appliance.spool import (
    composition,
    dossiers,
    entry,
    figures,
    filing,
    handovers,
    listings,
    papers,
    registers,
    resolutions,
)
from appliance.spool.ledger import Book, Ledger
from appliance.spool.registers import NewRegister, NewRow

ARCHIVE = "archive-tt05-2025"
CODE = "G22.1"
OFFICE_TABLE = {"version": "t1", "procedure": [{"code": "1.1", "name": "Thai sản", "component": [
    {"code": "TP01", "name": "Giấy chứng sinh", "ordinal": 1},
    {"code": "TP02", "name": "Giấy ra viện", "ordinal": 2},
    {"code": "TP03", "name": "Đơn đề nghị", "ordinal": 3}]}]}
CONFIG = parse({"office": {"operator": "Văn phòng"}, "operator": [{"code": "NV001", "name": "Trần Văn Bình"}]})
PAPER = "paper"
MADE = Assembled("p", "s", 1, 1, Box(0, 0, 1, 1))
JOB = Job("default")


def dossier(code: str = CODE, sheets: int = 0) -> Separator:
    return Separator(Kind.DOSSIER, code, sheets=sheets)


def document(number: int, kind: str = "", code: str = CODE) -> Separator:
    return Separator(Kind.DOCUMENT, code, number, kind)


class Stand:
    """A ledger, an office and its desk."""

    def __init__(self, path: Path, config: Config = CONFIG) -> None:
        self.ledger = Ledger(path)
        self.office = Office(table.parse(OFFICE_TABLE), hold_unknown=False, load=rules.load)
        self.config = config

    @property
    def desk(self) -> ComponentDesk:
        nobody = cast(Book, None)  # the desk's acts are given the ledger itself
        return ComponentDesk(self.config, nobody, self.office, lambda: None)

    def register(self, code: str = CODE, kind: str = "onestop", **values: str) -> None:
        fields = {"procedureCode": "1.1", **values} if kind == "onestop" else values
        new = NewRegister(kind, f"{kind}{code}", registers.ADD, "f", "", "w")
        assert registers.add(self.ledger, new, [NewRow(2, code, json.dumps(fields, ensure_ascii=False))]) == []

    def scan(self, *stack: Separator | str, job: Job = JOB) -> None:
        """Scan a stack, tell it apart and judge what has closed, as the daemon does."""
        key = uuid7()
        new = entry.NewBatch(key, "d", job.name, ARCHIVE, "who", '{"duplex": false}', "NV001", "login")
        entry.begin(self.ledger, new)
        for sheet, what in enumerate(stack, start=1):
            master = Master(f"{key}{sheet}.jpg", f"{key}{sheet}", 10, ImageFormat.JPEG, 100, 100, 3, 300)
            entry.record(self.ledger, entry.NewSide(PageKey(key, sheet, Side.FRONT), master))
            page = self.ledger.all("live_sides", batch=key)[-1]["id"]
            marks = (Mark("qr", encode(what), Box(0, 0, 9, 9)),) if isinstance(what, Separator) else ()
            entry.analysed(self.ledger, page, PageAnalysis(Geometry(100, 100), False, marks), separator=bool(marks))
        entry.close(self.ledger, key)
        batch, pages = self.ledger.one("batch", id=key), self.ledger.all("live_sides", batch=key)
        assert batch is not None
        codes = {one.file_code for one in stack if isinstance(one, Separator)}
        earlier = dossiers.earlier(self.ledger, codes)
        known = composed.waiting(self.ledger, [one.file_code for one in earlier if one.lacking], self.office)
        found = batches.separate(batch, pages, job, Known(b"", earlier, whole=partial(composed.whole, known)))
        found = listed.enlist(self.ledger, found, [listed.Ask("onestop", False) for _ in found.dossiers])
        found = composed.with_sources(self.ledger, found, self.office)
        papers.separated(self.ledger, found, dossiers.Later())
        self.judge()

    def judge(self) -> None:
        for row in self.ledger.all("dossiers_to_compose", codes=json.dumps(composition.JUDGED)):
            composed.compose(self.ledger, row["id"], self.office)

    def now(self, code: str = CODE) -> tuple[str, str, str]:
        """Return revision, state and code of the newest revision."""
        row = self.ledger.one("latest_dossier", file_code=code)
        assert row is not None
        return row["id"].rpartition(".")[2], row["state"], row["code"]

    def row(self, code: str = CODE) -> Any:
        return self.ledger.one("latest_dossier", file_code=code)

    def told(self) -> str:
        return " | ".join(status.held_thing(one)["vi"] for one in figures.held(self.ledger))


@pytest.fixture
def stand(tmp_path: Path) -> Iterator[Stand]:
    found = Stand(tmp_path / "ledger.sqlite3")
    yield found
    found.ledger.close()


TWO = (dossier(sheets=2), document(1), PAPER, document(2), PAPER)


def test_a_whole_dossier_goes_on_and_its_composition_is_kept_for_the_package(stand: Stand) -> None:
    stand.register()
    stand.scan(dossier(), document(1), PAPER, document(2), PAPER, document(3), PAPER)
    assert stand.now() == ("r1", "closed", "")
    kept = json.loads(stand.row()["composition"])
    assert (kept["table"], kept["of"], kept["missing"]) == ("t1", "Thai sản", [])
    assert [(one["code"], one["documents"]) for one in kept["components"]] == [
        ("TP01", [1]), ("TP02", [2]), ("TP03", [3])]


def test_a_dossier_in_no_register_is_not_asked_for_anything(stand: Stand) -> None:
    stand.scan(dossier(), PAPER)
    assert stand.now() == ("r1", "closed", "")


def test_nothing_is_assembled_before_the_composition_is_judged(stand: Stand) -> None:
    stand.scan(dossier(), PAPER)
    for page in stand.ledger.all("pages_to_read", limit=9):
        entry.read(stand.ledger, page["id"], "")
    (one,) = stand.ledger.all("documents_of_dossier", dossier=f"{CODE}.r1")
    stand.ledger.put("document", one["id"], catalogued="released")
    ready = stand.ledger.all("documents_to_assemble")
    stand.ledger.put("dossier", f"{CODE}.r1", composition="")
    assert (len(ready), stand.ledger.all("documents_to_assemble")) == (1, [])


def test_what_is_missing_holds_the_dossier_and_is_said_by_name(stand: Stand) -> None:
    stand.register()
    stand.scan(*TWO)
    assert stand.now() == ("r1", "held", "T485")
    assert "thiếu TP03 Đơn đề nghị" in stand.told() and f"appliance component answer {CODE}" in stand.told()


@pytest.mark.parametrize("head", [dossier(), dossier(sheets=1), dossier(sheets=3)],
                         ids=["uncounted", "counts what comes", "counts all"])
def test_a_later_batch_that_brings_exactly_what_is_missing_completes_the_dossier(
        stand: Stand, head: Separator) -> None:
    stand.register()
    stand.scan(*TWO)
    stand.scan(head, document(3), PAPER)
    assert stand.now() == ("r1", "closed", "")
    assert (stand.row()["captured"], len(stand.ledger.all("documents_of_dossier", dossier=f"{CODE}.r1"))) == (3, 3)


def test_a_later_batch_without_numbers_takes_the_next_free_one(stand: Stand) -> None:
    stand.register()
    stand.scan(*TWO)
    stand.scan(dossier(), PAPER)
    assert stand.now() == ("r1", "closed", "")


def test_a_dossier_may_be_completed_in_three_batches(stand: Stand) -> None:
    stand.register()
    stand.scan(dossier(sheets=1), document(1), PAPER)
    stand.scan(dossier(sheets=1), document(2), PAPER)
    assert stand.now() == ("r1", "held", "T485") and "thiếu TP03" in stand.told() and "TP02" not in stand.told()
    stand.scan(dossier(sheets=1), document(3), PAPER)
    assert stand.now() == ("r1", "closed", "")


def test_a_later_batch_that_has_all_takes_the_place_of_the_first(stand: Stand) -> None:
    stand.register()
    stand.scan(*TWO)
    stand.scan(dossier(sheets=3), document(1), PAPER, document(2), PAPER, document(3), PAPER)
    assert stand.now() == ("r2", "closed", "")
    first = stand.ledger.one("dossier_of", id=f"{CODE}.r1")
    assert first is not None and first["state"] == "replaced"


def test_the_same_papers_again_still_lack_what_was_missing(stand: Stand) -> None:
    stand.register()
    stand.scan(*TWO)
    stand.scan(*TWO)
    assert stand.now() == ("r2", "held", "T485")


def test_a_component_that_comes_twice_is_held_with_both_places(stand: Stand) -> None:
    stand.office = replace(stand.office, table=table.parse({"version": "t2", "procedure": [
        {"code": "1.1", "component": [{"code": "D", "name": "Đơn", "type": "15"}]}]}))
    stand.register()
    stand.scan(dossier(), document(1, "15"), PAPER, document(2, "15"), PAPER)
    assert stand.now()[2] == "T486" and "D Đơn có 2 lần: tài liệu 1 và 2" in stand.told()
    said = {"code": CODE, "component": "D", "kind": "accepted", "reason": "hai đơn"}
    assert stand.desk.answer(stand.ledger, said) == {"held": ""}
    assert stand.now() == ("r1", "closed", "")


def test_a_stranger_holds_until_a_person_accepts_it(stand: Stand) -> None:
    stand.register()
    stand.scan(dossier(), document(1), PAPER, document(2), PAPER, document(3), PAPER, document(7), PAPER)
    assert stand.now()[2] == "T487" and "tài liệu 7 (mã thành phần: +7)" in stand.told()
    said = {"code": CODE, "component": "+7", "kind": "accepted", "reason": "đúng", "by": "nv001"}
    stand.desk.answer(stand.ledger, said)
    assert stand.now() == ("r1", "closed", "")


def test_an_answer_lets_the_dossier_go_on_and_stands_in_the_package_and_on_the_chain(stand: Stand) -> None:
    stand.register()
    stand.scan(*TWO)
    said = {"code": CODE.lower(), "component": "đơn đề nghị", "kind": "already_digitised", "reason": "đã có số",
            "by": "NV001"}
    assert stand.desk.answer(stand.ledger, said) == {"held": ""}
    assert stand.now() == ("r1", "closed", "")
    (kept,) = json.loads(stand.row()["composition"])["answers"]
    assert (kept["component"], kept["kind"], kept["by"], kept["reason"]) == (
        "TP03", "already_digitised", "NV001", "đã có số")
    (link,) = [row for row in stand.ledger.all("audit") if row["what"] == "component.answered"]
    assert link["who"] == "NV001"


def test_an_answer_may_come_before_the_paper(stand: Stand) -> None:
    stand.register()
    stand.desk.answer(stand.ledger, {"code": CODE, "component": "TP03", "kind": "already_digitised", "reason": "r"})
    shown = stand.desk.listed(stand.ledger, {"code": CODE})
    assert shown["state"] == "" and shown["components"][2]["answer"] == "already_digitised"
    stand.scan(*TWO)
    assert stand.now() == ("r1", "closed", "")


def test_an_answer_that_is_withdrawn_lets_the_component_be_missing_again(stand: Stand) -> None:
    stand.register()
    stand.desk.answer(stand.ledger, {"code": CODE, "component": "TP03", "kind": "already_digitised", "reason": "r"})
    stand.scan(*TWO)
    assert stand.desk.withdraw(stand.ledger, {"code": CODE, "component": "TP03", "reason": "khác người"}) == {
        "held": "T485"}
    assert stand.now() == ("r1", "held", "T485")
    (one,) = stand.desk.listed(stand.ledger, {"code": CODE})["answers"]
    assert one["withdrawn_as"] == "data_mismatch"
    stand.scan(dossier(), document(3), PAPER)
    assert stand.now() == ("r1", "closed", "")


def test_what_the_register_calls_digitised_counts_and_may_be_withdrawn_too(stand: Stand) -> None:
    stand.register(components="TP01; TP02; TP03", digitisedComponents="TP03")
    stand.scan(*TWO)
    assert stand.now() == ("r1", "closed", "")
    stand.desk.withdraw(stand.ledger, {"code": CODE, "component": "TP03"})
    assert stand.now() == ("r1", "held", "T485")


def test_a_packed_dossier_takes_no_answer_any_more(stand: Stand) -> None:
    stand.register()
    stand.desk.answer(stand.ledger, {"code": CODE, "component": "TP03", "kind": "already_digitised", "reason": "r"})
    stand.scan(*TWO)
    stand.ledger._db.execute("UPDATE dossier SET state = 'packed'")
    for act, words in ((stand.desk.withdraw, {}), (stand.desk.sheets, {"sheets": "4"}),
                       (stand.desk.answer, {"kind": "not_required", "reason": "r"})):
        with pytest.raises(ApplianceError) as caught:
            act(stand.ledger, {"code": CODE, "component": "TP03", **words})
        assert caught.value.code == "T493"
    assert [one.withdrawn for one in composition.answers_of(stand.ledger, CODE, withdrawn=True)] == [""]


@pytest.mark.parametrize(("words", "code"), [
    ({"component": "TP99", "kind": "already_digitised", "reason": "r"}, "T491"),
    ({"component": "TP03", "kind": "already_digitised", "reason": " "}, "C011"),
    ({"component": "TP03", "kind": "do_not_digitise", "reason": "r"}, "C011"),
    ({"component": "TP03", "kind": "already_digitised", "reason": "r", "by": "NV9"}, "C015"),
])
def test_an_answer_that_makes_no_sense_is_refused(stand: Stand, words: dict[str, str], code: str) -> None:
    stand.register()
    with pytest.raises(ApplianceError) as caught:
        stand.desk.answer(stand.ledger, {"code": CODE, **words})
    assert caught.value.code == code and composition.answers_of(stand.ledger, CODE) == ()


def test_withdrawing_what_nobody_said_is_refused(stand: Stand) -> None:
    with pytest.raises(ApplianceError) as caught:
        stand.desk.withdraw(stand.ledger, {"code": CODE, "component": "TP03"})
    assert caught.value.code == "T492"


def test_a_leaders_decision_stands_for_a_component_and_no_operator_withdraws_it(stand: Stand) -> None:
    stand.register()
    said = composition.NewAnswer(CODE, "TP03", composition.DO_NOT_DIGITISE, "quý, giòn", "LD01")
    composition.answer(stand.ledger, said)
    stand.scan(*TWO)
    assert stand.now() == ("r1", "closed", "")
    with pytest.raises(ApplianceError):
        stand.desk.withdraw(stand.ledger, {"code": CODE, "component": "TP03"})


def test_no_operator_answers_otherwise_than_a_leader_decided(stand: Stand) -> None:
    stand.register()
    said = composition.NewAnswer(CODE, "TP03", composition.DO_NOT_DIGITISE, "quý, giòn", "LD01")
    composition.answer(stand.ledger, said)
    with pytest.raises(ApplianceError):
        stand.desk.answer(stand.ledger, {"code": CODE, "component": "TP03", "kind": "not_required", "reason": "r"})
    assert [one.kind for one in composition.answers_of(stand.ledger, CODE)] == [composition.DO_NOT_DIGITISE]


def test_only_the_register_of_its_own_kind_is_asked_of_a_dossier_again(stand: Stand) -> None:
    stand.scan(dossier(), document(1), PAPER)
    stand.register()  # the counter's list has a dossier of the same code; this one is of the archive
    stand.desk.check(stand.ledger, {"code": CODE})
    assert stand.row()["register"] == ""


@pytest.mark.parametrize("began", [(), (dossier(),)])
def test_no_page_is_added_to_a_document_that_is_written_already(stand: Stand, began: tuple[Separator, ...]) -> None:
    """It would be counted as filed, and be in no file."""
    stand.register()
    stand.desk.answer(stand.ledger, {"code": CODE, "component": "TP03", "kind": "already_digitised", "reason": "r"})
    stand.scan(*TWO)
    key = stand.ledger.all("documents_of_dossier", dossier=f"{CODE}.r1")[0]["id"]
    filing.assembled(stand.ledger, key, MADE)
    stand.desk.withdraw(stand.ledger, {"code": CODE, "component": "TP03"})
    before = len(stand.ledger.all("pages_of_document", document=key))
    stand.scan(*began, Separator(Kind.CONTINUE, CODE, 1), PAPER)
    assert len(stand.ledger.all("pages_of_document", document=key)) == before
    assert [row["code"] for row in figures.held(stand.ledger) if row["what"] == "page"] == ["T401", "T401"]
    assert stand.now()[2] == ("T401" if began else "T485"), "behind a separator of its own it holds nothing else"
    assert "quét lại" in stand.told()


def test_a_file_that_was_made_while_a_page_joined_its_document_is_made_anew(stand: Stand) -> None:
    stand.scan(*TWO)
    key = stand.ledger.all("documents_of_dossier", dossier=f"{CODE}.r1")[0]["id"]
    with pytest.raises(ApplianceError):
        filing.assembled(stand.ledger, key, MADE, [999])
    (page,) = stand.ledger.all("pages_of_document", document=key)
    filing.assembled(stand.ledger, key, MADE, [page["id"]])


def test_a_document_of_its_own_still_joins_a_dossier_of_which_others_are_written(stand: Stand) -> None:
    stand.register()
    stand.desk.answer(stand.ledger, {"code": CODE, "component": "TP03", "kind": "already_digitised", "reason": "r"})
    stand.scan(*TWO)
    key = stand.ledger.all("documents_of_dossier", dossier=f"{CODE}.r1")[0]["id"]
    filing.assembled(stand.ledger, key, MADE)
    stand.desk.withdraw(stand.ledger, {"code": CODE, "component": "TP03"})
    stand.scan(dossier(), document(3), PAPER)
    assert stand.now() == ("r1", "closed", "")


def test_a_dossier_under_way_waits_as_soon_as_an_answer_falls_and_is_judged_again(stand: Stand) -> None:
    stand.register()
    stand.desk.answer(stand.ledger, {"code": CODE, "component": "TP03", "kind": "already_digitised", "reason": "r"})
    stand.scan(*TWO)
    composition.withdraw(stand.ledger, CODE, "TP03", who="NV001")
    assert stand.now() == ("r1", "held", "T485")
    with pytest.raises(ApplianceError):
        filing.packed(stand.ledger, f"{CODE}.r1", "u", Packed("p", "s", 1))
    stand.judge()
    assert "thiếu TP03" in stand.told()


def test_the_registers_sheets_are_compared_and_a_later_batch_brings_the_rest(stand: Stand) -> None:
    stand.register(kind="archive", numberOfPaper="3")
    stand.scan(dossier(sheets=2), PAPER, PAPER, job=Job("default", register="optional"))
    row = stand.row()
    stand.ledger.put("dossier", row["id"], register=json.dumps(
        {"kind": "archive", "fields": {"numberOfPaper": "3"}}))
    composed.compose(stand.ledger, row["id"], stand.office)
    assert stand.now()[2] == "T488"
    assert "mục lục ghi 3 tờ, phiếu phân tách ghi 2 tờ, quét được 2 tờ" in stand.told()
    stand.scan(Separator(Kind.CONTINUE, CODE, 1, sheets=1), PAPER)
    assert stand.now() == ("r1", "closed", "")


def test_the_operators_and_the_closing_notes_figures_are_compared(stand: Stand) -> None:
    stand.scan(dossier(sheets=2), document(1), PAPER, document(2, "93"), PAPER)
    note = {"code": CODE, "sheets": "2", "source": "closing_note"}
    assert stand.desk.sheets(stand.ledger, note) == {"held": "T488"}
    assert "chứng từ kết thúc ghi 2 tờ, phiếu phân tách ghi 2 tờ, quét được 2 tờ (trong đó" in stand.told()
    assert stand.desk.sheets(stand.ledger, {**note, "sheets": "1"}) == {"held": ""}
    assert stand.desk.sheets(stand.ledger, {"code": CODE, "sheets": "3"}) == {"held": "T488"}
    assert "người quét đếm 3 tờ" in stand.told()
    assert stand.desk.sheets(stand.ledger, {"code": CODE, "sheets": "0"}) == {"held": ""}


def test_a_person_may_confirm_what_was_captured(stand: Stand) -> None:
    stand.desk.sheets(stand.ledger, {"code": CODE, "sheets": "5"})
    stand.scan(dossier(), PAPER)
    assert stand.now()[2] == "T488"
    resolutions.release(stand.ledger, resolutions.Decision(CODE, "NV001", "đếm lại"), ("", {}))
    stand.judge()
    assert stand.now() == ("r1", "closed", "")


def test_papers_of_the_folder_are_documents_of_their_own_where_the_profile_keeps_them(stand: Stand) -> None:
    stand.register()
    stand.scan(dossier(), document(10, "91"), PAPER, document(1), PAPER, document(2), PAPER, document(3), PAPER,
               document(11, "92"), PAPER)
    assert stand.now() == ("r1", "closed", "")
    kinds = [row["type_name"] for row in stand.ledger.all("documents_of_dossier", dossier=f"{CODE}.r1")]
    assert sorted(kinds) == ["", "", "", "91", "92"]


def test_papers_of_the_folder_that_the_profile_does_not_keep_are_taken_out_and_counted(stand: Stand) -> None:
    own = replace(rules.load(ARCHIVE), composition=rules.CompositionTable(keep=("table_of_contents",)))
    stand.office = replace(stand.office, load=lambda _: own)
    stand.register()
    stand.scan(dossier(sheets=5), document(10, "91"), PAPER, document(1), PAPER, document(2), PAPER, document(3),
               PAPER, document(11, "92"), PAPER)
    assert stand.now() == ("r1", "closed", "")
    kinds = [row["type_name"] for row in stand.ledger.all("documents_of_dossier", dossier=f"{CODE}.r1")]
    assert sorted(kinds) == ["", "", "", "92"]
    (page,) = [row for row in stand.ledger.all("sides_aside", dossier=f"{CODE}.r1") if row["state"] == "removed"]
    assert (page["code"], page["reason"]) == ("T495", "Bìa hồ sơ")
    tally = figures.tally(stand.ledger)
    assert (tally.sides, tally.removed, tally.separators) == (11, 1, 6)
    assert json.loads(stand.row()["composition"])["left_out"] == [
        {"document": 10, "type": "91", "sheets": 1, "reason": "Bìa hồ sơ"}]
    assert composed.recheck(stand.ledger, CODE, stand.office) == ""


def test_a_table_that_was_corrected_lets_dossiers_go_on_at_the_next_start(stand: Stand) -> None:
    stand.register()
    stand.scan(*TWO)
    stand.office = replace(stand.office, table=table.parse({"version": "t2"}))
    assert composed.recheck_all(stand.ledger, stand.office) == 1
    assert stand.now() == ("r1", "closed", "")


def test_a_register_that_was_corrected_is_asked_again(stand: Stand) -> None:
    stand.register(components="TP01; TP02; TP03; TP04")
    stand.scan(dossier(), document(1), PAPER, document(2), PAPER, document(3), PAPER)
    assert stand.now()[2] == "T485" and "TP04" in stand.told()
    new = NewRegister("onestop", f"onestop{CODE}", registers.ADD, "g", "", "w")
    assert registers.add(stand.ledger, new, [NewRow(2, CODE, json.dumps({"procedureCode": "1.1"}))]) == []
    assert stand.now()[2] == "T485"
    assert stand.desk.check(stand.ledger, {"code": CODE}) == {"held": ""}


def test_held_pages_come_first_and_the_composition_after_them(stand: Stand) -> None:
    stand.register()
    stand.scan(*TWO)
    row = stand.row()
    stand.ledger.put("dossier", row["id"], code="T409", details='{"count": 1}')
    assert composed.recheck(stand.ledger, CODE, stand.office) == "T409"


def test_a_corrected_register_that_is_imported_lets_the_dossier_go_on_by_itself(stand: Stand) -> None:
    stand.register(components="TP01; TP02; TP03; TP04")
    stand.scan(dossier(), document(1), PAPER, document(2), PAPER, document(3), PAPER)
    new = NewRegister("onestop", f"onestop{CODE}", registers.ADD, "g", "", "w")
    assert registers.add(stand.ledger, new, [NewRow(2, CODE, json.dumps({"procedureCode": "1.1"}))]) == []
    listings.release(stand.ledger, "onestop", [ARCHIVE])
    stand.judge()
    assert stand.now() == ("r1", "closed", "")


def test_where_the_separators_count_differs_the_other_sources_are_told_too(stand: Stand) -> None:
    stand.desk.sheets(stand.ledger, {"code": CODE, "sheets": "3"})
    stand.scan(dossier(sheets=2), PAPER)
    assert stand.now()[2] == "T403" and "(2; người quét đếm 3 tờ)" in stand.told()


def test_both_languages_say_what_is_missing(stand: Stand) -> None:
    stand.register()
    stand.scan(*TWO)
    (thing,) = [status.held_thing(one) for one in figures.held(stand.ledger)]
    assert "thiếu TP03 Đơn đề nghị" in thing["vi"] and "missing" not in thing["vi"]
    assert "missing: TP03 Đơn đề nghị" in thing["en"] and "thiếu" not in thing["en"]


def test_an_older_scan_that_waits_goes_to_the_centre_with_the_newest_and_comes_back_with_it(stand: Stand) -> None:
    """Nobody could reach it any more: its pages would be held for ever."""
    stand.register()
    stand.scan(*TWO)
    stand.scan(dossier(), document(1), PAPER)
    assert stand.now() == ("r2", "held", "T412")
    handovers.hand_over(stand.ledger, CODE, who="NV001", reason="thiếu tờ")
    assert _counts(stand) == {"removed": 3, "separator": 5}
    assert figures.held(stand.ledger) == []
    handovers.take_back(stand.ledger, CODE, who="NV001", reason="nhầm")
    assert _counts(stand) == {"held": 3, "separator": 5}
    states = {row["id"]: (row["state"], row["code"]) for row in stand.ledger.all("revisions_of", file_code=CODE)}
    assert states == {f"{CODE}.r1": ("held", "T485"), f"{CODE}.r2": ("held", "T412")}


def _counts(stand: Stand) -> dict[str, int]:
    return {state: n for state, n in figures.fates(stand.ledger).items() if n}
