"""The descriptive fields: every bound of the circular is kept, and what counts is counted."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from datetime import date

import pytest

from appliance.core.errors import ApplianceError
from appliance.documents.fields import (
    DOCUMENT,
    DOSSIER,
    DocumentFacts,
    DossierFacts,
    FieldRule,
    document_fields,
    document_id,
    dossier_fields,
    rules,
    validate,
)
from appliance.orders.packages import period

FACTS = DossierFacts("H49.64.33.2001.160", "Hồ sơ hưởng chế độ thai sản", "H49.64.33", "01", "02", 3, 7, 14,
                     date(2001, 2, 3), date(2001, 12, 31))
PAPER = DocumentFacts("H49.64.33.2001.160", 12, 4, "01", "02", "22")
GOOD = {DOSSIER: dossier_fields(FACTS), DOCUMENT: document_fields(PAPER)}
EVERY = [(level, rule) for level in (DOSSIER, DOCUMENT) for rule in rules(level)]


def refused(level: str, values: dict[str, str]) -> str:
    with pytest.raises(ApplianceError, match="T406") as caught:
        validate(level, values)
    return str(caught.value.details["name"])


def longest(rule: FieldRule) -> str:
    """A value of the greatest length that nothing but its length could be held against."""
    if rule.kind in ("number", "flag"):
        return "1" * rule.max
    if rule.name == "docCode":
        return "A" * (rule.max - 8) + ".0000001"
    return "A" * rule.max


def test_a_dossier_lasts_from_its_first_document_to_its_last_and_not_on_the_day_of_scanning() -> None:
    scanned = date(2026, 7, 1)
    assert period(["05/03/2001", "09/01/1999", "01/02/2000"], scanned) == (date(1999, 1, 9), date(2001, 3, 5))
    assert period(["05/03/2001", ""], scanned) == (scanned, scanned)
    assert period([], scanned) == (scanned, scanned)


def test_there_are_eighteen_and_twenty_one_fields() -> None:
    assert (len(rules(DOSSIER)), len(rules(DOCUMENT))) == (18, 21)


@pytest.mark.parametrize(("level", "rule"), EVERY, ids=lambda value: getattr(value, "name", value))
def test_one_letter_too_many_is_refused_by_name(level: str, rule: FieldRule) -> None:
    assert refused(level, GOOD[level] | {rule.name: "1" + longest(rule)}) == rule.name


@pytest.mark.parametrize(("level", "rule"), [
    (level, rule) for level, rule in EVERY if not rule.codes and rule.kind not in ("date",)
], ids=lambda value: getattr(value, "name", value))
def test_the_greatest_length_is_taken(level: str, rule: FieldRule) -> None:
    validate(level, GOOD[level] | {rule.name: longest(rule), "riskRecoveryStatus": "01"})


@pytest.mark.parametrize(("level", "rule"), [(level, rule) for level, rule in EVERY if rule.required],
                         ids=lambda value: getattr(value, "name", value))
def test_a_required_field_may_not_be_empty(level: str, rule: FieldRule) -> None:
    assert refused(level, GOOD[level] | {rule.name: ""}) == rule.name


@pytest.mark.parametrize(("level", "rule"), [(level, rule) for level, rule in EVERY if rule.codes],
                         ids=lambda value: getattr(value, "name", value))
def test_a_code_outside_its_list_is_refused(level: str, rule: FieldRule) -> None:
    assert refused(level, GOOD[level] | {rule.name: "99"}) == rule.name
    for code in rule.codes:
        more = {"process": "1"} if rule.name == "confidenceLevel" and level == DOCUMENT else {}
        validate(level, GOOD[level] | {rule.name: code} | more)


@pytest.mark.parametrize("value", ["3/2/2001", "2001-02-03", "31/02/2001", "00/01/2001", "02/2001", "٠٣/٠٢/٢٠٠١"])
def test_a_date_is_written_day_month_year_and_exists(value: str) -> None:
    assert refused(DOSSIER, GOOD[DOSSIER] | {"startDate": value}) == "startDate"


def test_a_digitised_dossier_names_its_paper_dossier() -> None:
    assert refused(DOSSIER, GOOD[DOSSIER] | {"paperFileCode": ""}) == "paperFileCode"
    validate(DOSSIER, GOOD[DOSSIER] | {"paperFileCode": "", "confidenceLevel": "01"})


@pytest.mark.parametrize("level", [DOSSIER, DOCUMENT])
def test_a_spare_copy_needs_its_state(level: str) -> None:
    assert refused(level, GOOD[level] | {"riskRecovery": "1"}) == "riskRecoveryStatus"


def test_an_electronic_original_needs_its_process() -> None:
    assert refused(DOCUMENT, GOOD[DOCUMENT] | {"confidenceLevel": "01"}) == "process"


def test_an_unknown_field_is_refused_by_name() -> None:
    assert refused(DOSSIER, GOOD[DOSSIER] | {"arcFileCode": "A"}) == "arcFileCode"


def test_control_characters_are_refused() -> None:
    assert refused(DOSSIER, GOOD[DOSSIER] | {"title": "a\x00b"}) == "title"


@pytest.mark.parametrize("code", ["../../x", "A..B", "a", ".A"])
def test_a_hostile_dossier_code_is_refused(code: str) -> None:
    assert refused(DOSSIER, GOOD[DOSSIER] | {"fileCode": code}) == "fileCode"


def test_what_counts_is_counted() -> None:
    values = GOOD[DOSSIER]
    assert [values[name] for name in ("totalDoc", "numberOfPaper", "numberOfPage")] == ["3", "7", "14"]
    assert (values["confidenceLevel"], values["language"], values["riskRecovery"]) == ("02", "01", "0")
    assert (values["startDate"], values["endDate"]) == ("03/02/2001", "31/12/2001")
    assert values["paperFileCode"] == "H49.64.33.2001.160"
    assert list(values) == [rule.name for rule in rules(DOSSIER) if rule.name in values]


def test_a_document_is_numbered_by_seven_digits() -> None:
    values = GOOD[DOCUMENT]
    assert values["docCode"] == "H49.64.33.2001.160.0000012"
    assert (values["docId"], values["numberOfPage"], values["typeName"]) == ("H49.64.33.2001.160.12", "4", "22")
    assert "issuedDate" not in values


def test_a_long_code_still_gives_a_short_identifier_of_its_own() -> None:
    identifiers = {document_id("H49.64.33.2001.160.0012.77", ordinal) for ordinal in range(1, 200)}
    assert len(identifiers) == 199
    assert {len(identifier) for identifier in identifiers} == {25}


def test_a_title_is_kept_composed() -> None:
    apart = unicodedata.normalize("NFD", " Hồ sơ ")
    assert dossier_fields(replace(FACTS, title=apart))["title"] == unicodedata.normalize("NFC", "Hồ sơ")


def test_a_placeholder_for_the_paper_dossier_never_grows_too_long() -> None:
    assert dossier_fields(replace(FACTS, file_code="X" * 100))["paperFileCode"] == "X" * 100


@pytest.mark.parametrize("facts", [replace(PAPER, ordinal=0), replace(PAPER, ordinal=10_000_000),
                                   replace(PAPER, file_code="X" * 93)])
def test_a_code_that_does_not_fit_is_refused(facts: DocumentFacts) -> None:
    with pytest.raises(ApplianceError, match="docCode"):
        document_fields(facts)


def test_a_field_given_by_the_register_replaces_the_automatic_one() -> None:
    values = document_fields(replace(PAPER, more={"subject": "Về việc số hóa", "issuedDate": "01/02/2001"}))
    assert (values["subject"], values["issuedDate"]) == ("Về việc số hóa", "01/02/2001")
