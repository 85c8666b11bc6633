"""Expected components against found ones: by the office's table, the register's words and people's answers."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from appliance.core.errors import ApplianceError
from appliance.documents import fields
from appliance.documents.composition import papers, table
from appliance.documents.composition.expected import Expected, expected
from appliance.documents.composition.judgement import Found, Judgement, judge
from appliance.documents.composition.sheets import Sheets

PROCEDURE = {"code": "1.1", "name": "Thai sản", "component": [
    {"code": "TP01", "name": "Giấy chứng sinh", "ordinal": 1},
    {"code": "TP02", "name": "Giấy ra viện", "need": "digitised", "ordinal": 2},
    {"code": "TP03", "name": "Sổ hộ khẩu", "need": "exempt", "ordinal": 3},
    {"code": "TP04", "name": "Đơn", "type": "15"}]}
TYPES = [{"code": "Hưu trí", "other": "accept", "component": [
    {"code": "QD", "name": "Quyết định", "type": "02", "many": True}, {"code": "MLVB", "type": "92"}]}]
NO_SHEETS = Sheets()
TABLE = table.parse({"version": "t1", "procedure": [PROCEDURE], "dossier_type": TYPES})


def wanted(kind: str = "onestop", **values: str) -> Expected:
    return expected(TABLE, kind, {"procedureCode": "1.1", **values} if kind == "onestop" else values)


def judged(documents: list[Found], expects: Expected | None = None, answers: Mapping[str, str] | None = None,
           sheets: Sheets = NO_SHEETS, **more: Any) -> Judgement:
    return judge(wanted() if expects is None else expects, documents, answers or {}, sheets, **more)


def by_code(*codes: str) -> list[Found]:
    return [Found(number, component=code) for number, code in enumerate(codes, start=11)]


def test_the_shipped_table_is_sound_and_is_an_example() -> None:
    shipped = table.read("example")
    assert shipped.version.startswith("example")
    assert {one.need for row in (*shipped.procedure, *shipped.dossier_type) for one in row.component} == {
        "required", "digitised", "exempt"}


@pytest.mark.parametrize(("change", "where", "reason"), [
    ({"version": ""}, "version", ""),
    ({"procedure": [{"code": "1", "component": [{"code": "A", "need": "maybe"}]}]},
     "procedure[0].component[0].need", "required, digitised, exempt"),
    ({"procedure": [{"code": "1", "componen": []}]}, "procedure[0].componen", "component"),
    ({"procedure": [{"name": "x"}]}, "procedure[0].code", ""),
    ({"procedure": [{"code": "1"}, {"code": "1"}]}, "procedure", "hai lần"),
    ({"procedure": [{"code": "1", "component": [{"code": "A"}, {"code": "a"}]}]}, "procedure 1", "hai lần"),
    ({"procedure": [{"code": "1", "component": [{"code": "A", "ordinal": 1}, {"code": "B", "ordinal": 1}]}]},
     "procedure 1, ordinal", "hai lần"),
    ({"dossier_type": [{"code": "x", "component": [{"code": "A", "type": "99"}]}]}, "dossier_type x, A", "type 99"),
    ({"dossier_type": [{"code": "x", "component": [{"code": "A;B"}]}]}, "dossier_type[0].component[0].code", ""),
    ({"procedure": "1.1"}, "procedure", ""),
])
def test_a_mistake_in_the_table_is_named_by_its_place(change: dict[str, Any], where: str, reason: str) -> None:
    with pytest.raises(ApplianceError) as caught:
        table.parse({"version": "t", **change}, Path("/x/bang.toml"))
    assert (caught.value.code, caught.value.details["file"]) == ("T490", "bang.toml")
    assert caught.value.details["where"] == where
    assert reason in str(caught.value.details["reason"])


def test_a_table_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    broken = tmp_path / "b.toml"
    broken.write_text("version = ", encoding="utf-8")
    for path in (broken, tmp_path / "nowhere.toml"):
        with pytest.raises(ApplianceError) as caught:
            table.read(str(path))
        assert (caught.value.code, caught.value.details["file"]) == ("T490", path.name)


@pytest.mark.parametrize(("values", "codes"), [
    ({}, {"TP01", "TP04"}),
    ({"components": "TP01; TP02"}, {"TP01", "TP02", "TP04"}),
    ({"components": "giấy ra viện"}, {"TP01", "TP02", "TP04"}),
    ({"components": "tp03"}, {"TP01", "TP04"}),
    ({"components": "TP77"}, {"TP01", "TP04", "TP77"}),
    ({"procedureCode": "9.9"}, set()),
    ({"procedureCode": "9.9", "components": "A; B"}, {"A", "B"}),
])
def test_what_is_wanted_is_the_table_refined_by_the_register(values: dict[str, str], codes: set[str]) -> None:
    found = wanted(**values)
    assert found.wanted == codes
    assert found.unknown == ("9.9" if "procedureCode" in values else "")


def test_without_a_register_nothing_is_wanted() -> None:
    assert judged([Found(1)], expected(TABLE, "", {})) == Judgement(others=(1,))
    assert judged([], expected(TABLE, "archive", {"dossierType": ""})).findings == ()


def test_an_unknown_procedure_holds_only_where_the_office_says_so() -> None:
    unknown = wanted(procedureCode="9.9")
    assert judged([Found(1)], unknown).code == ""
    found = judged([Found(1)], unknown, hold_unknown=True)
    assert found.code == "T489" and "9.9" in found.words["found"]


@pytest.mark.parametrize(("documents", "missing", "others"), [
    (by_code("TP01", "TP04"), (), ()),
    (by_code("tp01", "TP04"), (), ()),
    (by_code("TP01"), ("TP04",), ()),
    ([Found(1), Found(2, "15")], (), ()),
    ([Found(1, "15"), Found(7)], ("TP01",), (7,)),
    ([Found(1, component="khác"), Found(2, "15")], ("TP01",), (1,)),
    ([Found(1, "22"), Found(2, "15")], (), ()),
])
def test_a_document_is_known_by_its_code_its_type_or_its_number(
        documents: list[Found], missing: tuple[str, ...], others: tuple[int, ...]) -> None:
    found = judged(documents)
    assert (found.missing, found.others) == (missing, others)


def test_what_is_missing_is_said_with_code_and_name() -> None:
    found = judged(by_code("TP04"), wanted(components="TP01; TP02"))
    assert found.code == "T485"
    assert found.words["found"] == "thiếu TP01 Giấy chứng sinh, TP02 Giấy ra viện"
    assert found.words["found_en"] == "missing: TP01 Giấy chứng sinh, TP02 Giấy ra viện"


def test_where_nothing_but_the_registers_list_is_known_it_counts_in_order() -> None:
    two = wanted(procedureCode="9.9", components="Đơn; Giấy")
    assert judged([Found(1), Found(2)], two).findings == ()
    assert judged([Found(1)], two).missing == ("Giấy",)


def test_the_same_component_twice_is_said_with_both_places() -> None:
    found = judged([Found(1), Found(5, component="TP01"), Found(6, "15")])
    assert found.code == "T486"
    assert found.words["found"] == "TP01 Giấy chứng sinh có 2 lần: tài liệu 1 và 5"
    assert judged([Found(1), Found(5, component="TP01"), Found(6, "15")], answers={"TP01": "accepted"}).code == ""


def test_a_component_that_may_be_many_documents_may() -> None:
    archive = expected(TABLE, "archive", {"dossierType": "hưu  trí"})
    assert judged([Found(1, "02"), Found(2, "02"), Found(3, "22"), Found(4, "92")], archive).findings == ()
    assert judged([Found(1, "02"), Found(2, "02")], archive).missing == ("MLVB",)


def test_papers_that_are_none_of_the_components_hold_where_the_table_says_so() -> None:
    found = judged([*by_code("TP01", "TP04"), Found(7, "22")])
    assert found.code == "T487"
    assert found.words["found"] == "không thuộc thành phần nào: tài liệu 7 (mã thành phần: +7)"
    assert judged([*by_code("TP01", "TP04"), Found(7, "22")], answers={"+7": "accepted"}).code == ""


def test_what_a_first_page_calls_a_stranger_is_never_repeated() -> None:
    found = judged([*by_code("TP01", "TP04"), Found(7, component="NGUYEN-VAN-KIN")])
    assert "KIN" not in str(found)


@pytest.mark.parametrize(("answers", "code"), [
    ({}, "T487"), ({"TP03": "accepted"}, ""), ({"TP03": "already_digitised"}, "T487")])
def test_an_exempt_component_that_was_scanned_waits_for_a_person(answers: dict[str, str], code: str) -> None:
    assert judged(by_code("TP01", "TP03", "TP04"), answers=answers).code == code


@pytest.mark.parametrize("kind", ["already_digitised", "do_not_digitise", "handed_over", "not_required"])
def test_an_answer_stands_for_a_component_and_not_beside_it(kind: str) -> None:
    assert judged(by_code("TP01"), answers={"TP04": kind}).findings == ()
    both = judged(by_code("TP01", "TP04"), answers={"TP04": kind})
    assert both.code == "T487" and "TP04 Đơn" in both.words["found"]


def test_an_acceptance_stands_for_nothing() -> None:
    assert judged(by_code("TP01"), answers={"TP04": "accepted"}).missing == ("TP04",)


def test_the_register_may_call_a_component_digitised_already() -> None:
    assert judged(by_code("TP04"), wanted(digitisedComponents="TP01")).findings == ()


def test_a_document_that_was_taken_out_still_counts_as_there() -> None:
    archive = expected(TABLE, "archive", {"dossierType": "Hưu trí"})
    assert judged([Found(1, "02"), Found(2, "92", gone=True)], archive).findings == ()
    assert judged([Found(1), Found(2, "15", gone=True)]).findings == ()


def test_everything_that_is_wrong_is_told_at_once_the_missing_first() -> None:
    found = judged([Found(1), Found(5, component="TP01")], sheets=Sheets({"register": 4}, 3))
    assert found.code == "T485"
    assert found.words["found"] == ("thiếu TP04 Đơn; TP01 Giấy chứng sinh có 2 lần: tài liệu 1 và 5; "
                                    "mục lục ghi 4 tờ, quét được 3 tờ")


@pytest.mark.parametrize(("said", "paper", "covers", "vi"), [
    ({}, 3, 0, ""), ({"register": 3, "separator": 3, "operator": 3, "closing_note": 3}, 3, 0, ""),
    ({"register": 2, "closing_note": 2, "separator": 3, "operator": 3}, 3, 1, ""),
    ({"register": 4, "separator": 3}, 3, 0, "mục lục ghi 4 tờ, phiếu phân tách ghi 3 tờ, quét được 3 tờ"),
    ({"closing_note": 4, "operator": 3}, 3, 0, "chứng từ kết thúc ghi 4 tờ, người quét đếm 3 tờ, quét được 3 tờ"),
    ({"register": 3}, 3, 1,
     "mục lục ghi 3 tờ, quét được 3 tờ (trong đó bìa, mục lục văn bản, chứng từ kết thúc 1 tờ)"),
])
def test_sheets_are_compared_with_every_source_and_each_is_named(
        said: dict[str, int], paper: int, covers: int, vi: str) -> None:
    found = judged([Found(1)], Expected(), sheets=Sheets(said, paper, covers))
    assert (found.code, found.words["found"]) == ("T488" if vi else "", vi)


def test_covers_count_where_the_rule_profile_says_so_and_annexes_never() -> None:
    assert judged([Found(1)], Expected(), sheets=Sheets({"register": 3}, 3, 1, covers_count=True)).code == ""
    assert judged([Found(1)], Expected(), sheets=Sheets({"register": 2}, 3, annexes=1)).code == ""
    assert judged([Found(1)], Expected(), sheets=Sheets({"register": 9}, 3, settled=True)).code == ""


def test_a_dossier_of_nothing_but_its_folder_waits() -> None:
    assert judged([Found(1, "91"), Found(2, "93")], Expected()).code == "T494"


def test_papers_of_the_folder_have_types_of_their_own_and_the_archive_knows_theirs() -> None:
    assert {one.name: code for code, one in papers.folder_papers().items()} == {
        "folder_cover": "91", "table_of_contents": "92", "closing_note": "93"}
    assert not set(papers.folder_papers()) & set(fields.code_list("typeName"))
    facts = fields.DocumentFacts("H1.1", 1, 1, "01", "01", "91")
    values = fields.document_fields(papers.described(facts))
    assert (values["typeName"], values["subject"]) == ("32", "Bìa hồ sơ")
    assert papers.described(fields.DocumentFacts("H1.1", 1, 1, "01", "01", "02")).type_name == "02"


@pytest.mark.parametrize(("text", "code"), [
    ("91", "91"), ("folder-cover", "91"), ("Mục lục văn bản", "92"), ("closing_note", "93"), ("2", "2"), ("", "")])
def test_a_paper_of_the_folder_may_be_named_in_words(text: str, code: str) -> None:
    assert papers.type_named(text) == code
    assert papers.name_of_type("92") == "Mục lục văn bản" and papers.name_of_type("02") == "Quyết định"


@pytest.mark.parametrize("said", ["TP01", "tp01", " Tp01 ", "giấy chứng sinh"])
def test_an_answer_counts_however_its_component_was_written_before_the_register_came(said: str) -> None:
    documents = by_code("TP04")
    assert judged(documents).missing == ("TP01",)
    assert judged(documents, answers={said: "do_not_digitise"}).missing == ()


def test_a_dossier_of_which_no_document_is_left_does_not_go_on() -> None:
    found = judged([Found(1, gone=True)], Expected())
    assert found.code == "T494"
    assert "no document is left" in found.words["found_en"]


def test_an_office_that_names_no_table_requires_nothing_of_anybody() -> None:
    nothing = table.read()
    assert nothing.of("onestop", "1.001967") is None and nothing.of("archive", "hưu trí") is None
    assert table.read("example").of("onestop", "1.001967") is not None
