"""One row of a register: every field's bound is kept, every rule of the customer refuses by its name."""

from __future__ import annotations

from typing import Any

import pytest

from appliance.documents import fields
from appliance.documents.register import row, spec
from appliance.documents.register.cell import Cell, Kind
from appliance.documents.register.headings import bare
from appliance.documents.register.row import Bounds
from appliance.documents.register.spec import Field, RegisterKind

ARCHIVE, ONESTOP = spec.kind("archive"), spec.kind("onestop")
GOOD = {kind.name: {name: one.example for name, one in kind.fields.items()} for kind in (ARCHIVE, ONESTOP)}
EVERY = [pytest.param(kind, one, id=f"{kind.name}-{one.name}")
         for kind in (ARCHIVE, ONESTOP) for one in kind.fields.values()]


Found = tuple[dict[str, str], list[tuple[str, str]]]


def look(kind: RegisterKind, bounds: Any = None, **changes: Any) -> Found:
    """Return values and (field, rule) of a good row with some fields changed; None takes a field away."""
    texts = {**GOOD[kind.name], **changes}
    cells = {name: text if isinstance(text, Cell) else Cell(text)
             for name, text in texts.items() if text is not None}
    values, faults = row.check(kind, cells, bounds or Bounds())
    for fault in faults:
        assert all("?" not in text for text in row.texts(kind, fault)), fault
    return values, [(fault.field, fault.rule) for fault in faults]


def letters(number: int) -> str:
    return "A" * number


def longest(one: Field, number: int) -> str:
    """A text of so many characters that nothing but its length could be held against."""
    if one.kind == "list":
        return _parts(number)
    return letters(number)


def _parts(number: int) -> str:
    """Return different parts that make a text of so many characters."""
    parts: list[str] = []
    left = number
    while left > 200:
        parts.append(f"{len(parts):03d}".ljust(100, "A"))
        left -= 102
    return "; ".join([*parts, "Z" * left])


def test_the_eighteen_fields_of_the_circular_are_all_there_with_their_lengths_and_lists() -> None:
    for rule in fields.rules("dossier"):
        one = ARCHIVE.fields[rule.name]
        assert (one.vi, one.max, one.kind, tuple(one.codes)) == (rule.vi, rule.max, rule.kind, rule.codes)
        assert one.pattern == rule.pattern
    more = set(ARCHIVE.fields) - {rule.name for rule in fields.rules("dossier")}
    assert more == {"paperCondition", "useFrequency", "shelfCode", "dossierType", "arranged"}


@pytest.mark.parametrize("kind", [ARCHIVE, ONESTOP], ids=lambda kind: kind.name)
def test_the_examples_of_the_manual_make_a_good_row(kind: RegisterKind) -> None:
    assert look(kind)[1] == []


@pytest.mark.parametrize(("kind", "one"), EVERY)
def test_one_letter_too_many_is_refused_and_the_greatest_length_is_not(kind: RegisterKind, one: Field) -> None:
    if one.codes or one.kind in ("date", "flag"):
        rule = "code_list" if one.codes else one.kind
        assert (one.name, rule) in look(kind, **{one.name: letters(one.max + 1)})[1]
    elif one.kind == "number":
        assert look(kind, **{one.name: "9" * one.max})[1] == []
        assert look(kind, **{one.name: "9" * (one.max + 1)})[1] == [(one.name, "too_long")]
    else:
        assert look(kind, **{one.name: longest(one, one.max)})[1] == []
        assert look(kind, **{one.name: longest(one, one.max + 1)})[1] == [(one.name, "too_long")]


@pytest.mark.parametrize(("kind", "one"), [
    (kind, one) for kind in (ARCHIVE, ONESTOP) for one in kind.fields.values() if one.codes])
def test_a_code_is_taken_as_code_without_its_zero_and_in_words(kind: RegisterKind, one: Field) -> None:
    for code, meaning in one.codes.items():
        barred = [(one.name, one.barred[code])] if code in one.barred else []
        number = Cell(code.lstrip("0"), Kind.NUMBER)
        for text in (code, code.lstrip("0"), meaning, meaning.upper(), f"{code} - {meaning}", number):
            values, faults = look(kind, **{one.name: text})
            assert values[one.name] == code
            assert faults == barred
    assert look(kind, **{one.name: "99"})[1] == [(one.name, "code_list")]


@pytest.mark.parametrize(("kind", "one"), EVERY)
def test_a_field_that_must_be_there_is_missed_and_another_is_not(kind: RegisterKind, one: Field) -> None:
    values, faults = look(kind, **{one.name: None})
    if one.default:
        assert values[one.name] == one.default
    needed = one.required or one.name in ("paperFileCode", "unitCode")
    expected = [(one.name, one.missing or ("required" if one.required else "conditional"))]
    assert faults == (expected if needed and not one.default else [])


@pytest.mark.parametrize(("changes", "expected"), [
    ({"arranged": "chưa"}, ("arranged", "not_arranged")),
    ({"arranged": ""}, ("arranged", "not_arranged")),
    ({"maintenance": ""}, ("maintenance", "no_retention")),
    ({"mode": "mật"}, ("mode", "secret")),
    ({"mode": "3"}, ("mode", "secret")),
    ({"startDate": "31/12/1994"}, ("startDate", "years")),
    ({"endDate": "01/01/2022"}, ("endDate", "years")),
    ({"startDate": "02/02/2005", "endDate": "01/02/2005"}, ("endDate", "period")),
    ({"paperFileCode": ""}, ("paperFileCode", "no_paper_code")),
    ({"paperFileCode": "", "confidenceLevel": ""}, ("paperFileCode", "no_paper_code")),
    ({"confidenceLevel": "01"}, ("confidenceLevel", "born_digital")),
    ({"riskRecovery": "có", "riskRecoveryStatus": ""}, ("riskRecoveryStatus", "conditional")),
    ({"fileCode": "../../x"}, ("fileCode", "form")),
    ({"fileCode": "H49..1"}, ("fileCode", "form")),
    ({"fileCode": "H49/1"}, ("fileCode", "form")),
    ({"title": "a\x07b"}, ("title", "control")),
    ({"title": "lừa \u202e đảo"}, ("title", "control")),
    ({"startDate": "30/02/2001"}, ("startDate", "date")),
    ({"startDate": "12/31/2001"}, ("startDate", "date")),
    ({"startDate": "2001"}, ("startDate", "number_for_date")),
    ({"startDate": Cell("36925", Kind.NUMBER)}, ("startDate", "number_for_date")),
    ({"title": Cell("", Kind.FORMULA)}, ("title", "formula")),
    ({"title": Cell("#N/A", Kind.ERROR)}, ("title", "error_cell")),
    ({"shelfCode": Cell("", Kind.MERGED)}, ("shelfCode", "merged")),
    ({"fileCode": Cell("12/05/2001", Kind.DATE)}, ("fileCode", "date_in_text")),
    ({"maintenance": Cell("12/05/2001", Kind.DATE)}, ("maintenance", "date_in_text")),
    ({"fileCode": Cell("2001.16", Kind.NUMBER)}, ("fileCode", "number_lost")),
    ({"fileCode": "1.6E+15"}, ("fileCode", "number_lost")),
    ({"fileCode": Cell("12345678901234567", Kind.NUMBER)}, ("fileCode", "number_lost")),
    ({"numberOfPaper": "4,5"}, ("numberOfPaper", "number")),
    ({"numberOfPaper": "-1"}, ("numberOfPaper", "number")),
])
def test_what_the_customer_refuses_is_refused_by_its_rule(changes: Any, expected: tuple[str, str]) -> None:
    assert look(ARCHIVE, **changes)[1] == [expected]


def test_a_dossier_of_another_type_than_the_office_digitises_is_refused_with_the_list() -> None:
    bounds = Bounds(types=("Chế độ", "Thu"))
    assert look(ARCHIVE, bounds, dossierType="che do")[1] == []
    for other in ("Kế toán", ""):
        assert look(ARCHIVE, bounds, dossierType=other)[1] == [("dossierType", "type")]
    assert look(ARCHIVE, dossierType="Kế toán")[1] == []


def test_years_are_the_offices_own() -> None:
    assert look(ARCHIVE, Bounds(1990, 1999), startDate="01/01/1990", endDate="31/12/1999")[1] == []
    assert [field for field, _ in look(ARCHIVE, Bounds(1990, 1999))[1]] == ["startDate", "endDate"]


def test_a_row_says_all_that_is_wrong_with_it_at_once() -> None:
    found = look(ARCHIVE, arranged="chưa", maintenance="", mode="03", startDate="1/1/1980", title="")[1]
    assert {rule for _, rule in found} == {"not_arranged", "no_retention", "secret", "years", "required"}


def test_a_person_without_an_account_is_received_and_an_organisation_needs_its_unit_code() -> None:
    person = {"account": None, "organisationName": None, "unitCode": None}
    assert look(ONESTOP, **person)[1] == []
    assert look(ONESTOP, **person, personName="")[1] == [("personName", "one_of")]
    assert look(ONESTOP, personName=None, unitCode=None, account=None)[1] == [("unitCode", "conditional")]
    assert look(ONESTOP, personName=None, account=None)[1] == []


@pytest.mark.parametrize(("text", "code"), [
    ("tại quầy", "01"), ("Trực tiếp", "01"), ("BƯU CHÍNH", "02"), ("qua bưu điện", "02"), ("post", "02"),
    ("1", "01")])
def test_the_channel_is_known_by_the_words_of_the_counter(text: str, code: str) -> None:
    assert look(ONESTOP, channel=text)[0]["channel"] == code


def test_components_are_a_list_each_named_once() -> None:
    assert look(ONESTOP, components="TP01;TP02\nTP03; TP01;")[0]["components"] == "TP01; TP02; TP03"
    assert look(ONESTOP, components=";".join(map(str, range(101))))[1] == [("components", "too_many_parts")]


@pytest.mark.parametrize("text", ["3/2/2001", "03.02.2001", "03-02-2001", "2001-02-03", "2001-02-03 00:00:00",
                                  Cell("03/02/2001", Kind.DATE)])
def test_days_are_taken_as_people_write_them(text: Any) -> None:
    assert look(ARCHIVE, startDate=text)[0]["startDate"] == "03/02/2001"


def test_text_is_composed_and_its_blanks_are_plain() -> None:
    spread = "Ho\u0302\u0300  so\u031b\u00a0a\u0301n\r\nphi\u0301\u200b "
    assert look(ARCHIVE, title=spread)[0]["title"] == "Hồ sơ án phí"
    assert look(ARCHIVE, fileCode="h49.1 ")[0]["fileCode"] == "H49.1"


def test_no_text_of_a_fault_holds_a_value_of_the_row() -> None:
    cells = {name: Cell("Bí Mật Quá" * 300) for name in ARCHIVE.fields}
    _, faults = row.check(ARCHIVE, cells, Bounds())
    assert len(faults) >= 20
    assert not any("Bí Mật Quá" in text for fault in faults for text in row.texts(ARCHIVE, fault))


def test_every_rule_that_data_name_has_its_texts() -> None:
    named = {rule for kind in (ARCHIVE, ONESTOP) for one in kind.fields.values()
             for rule in (one.missing, *one.barred.values()) if rule}
    assert named <= set(spec.rules())


@pytest.mark.parametrize("kind", [ARCHIVE, ONESTOP], ids=lambda kind: kind.name)
def test_no_heading_means_two_fields(kind: RegisterKind) -> None:
    seen: dict[str, str] = {}
    for one in kind.fields.values():
        for heading in one.headings:
            assert seen.setdefault(bare(heading), one.name) == one.name


def test_the_title_of_a_received_dossier_is_made_of_what_the_counter_knows() -> None:
    values, _ = look(ONESTOP, organisationName=None, unitCode=None)
    assert row.title_of(ONESTOP, values) == "Giải quyết hưởng chế độ thai sản – 1.001967 – Nguyễn Thị Hoa"
    assert row.title_of(ARCHIVE, look(ARCHIVE)[0]) == GOOD["archive"]["title"]
    assert row.for_package(ONESTOP, values) == {}
    assert "shelfCode" not in row.for_package(ARCHIVE, look(ARCHIVE)[0])
