"""The descriptive fields: lengths, code lists, conditions, what follows from the content."""

import dataclasses

import pytest

from appliance.archive.packages import ead, markup
from appliance.core.errors import ApplianceError
from appliance.core.jobs import PackageDocument, PackageJob

LENGTHS = {
    ead.DOSSIER: {"fileCode": 100, "title": 1000, "keyword": 100, "inforSign": 30, "paperFileCode": 100,
                  "description": 2000, "totalDoc": 10, "numberOfPaper": 10, "numberOfPage": 10},
    ead.DOCUMENT: {"docId": 25, "docCode": 100, "codeNumber": 11, "codeNotation": 30, "organName": 200,
                   "subject": 500, "numberOfPage": 4,
                   "inforSign": 30, "keyword": 100, "autograph": 2000, "description": 500},
}


def dossier() -> dict[str, str]:
    return {"fileCode": "H49.1", "title": "Hồ sơ", "maintenance": "01", "mode": "01", "language": "01",
            "startDate": "01/02/2001", "endDate": "28/02/2001", "totalDoc": "1", "numberOfPaper": "2",
            "numberOfPage": "3", "confidenceLevel": "02", "paperFileCode": "K1.2.3", "riskRecovery": "0"}


def document() -> dict[str, str]:
    return {"docId": "1", "docCode": "H49.1.0000001", "maintenance": "01", "typeName": "22", "language": "01",
            "numberOfPage": "3", "mode": "01", "confidenceLevel": "02", "riskRecovery": "0"}


SAMPLES = {ead.DOSSIER: dossier, ead.DOCUMENT: document}


def job(*documents: PackageDocument, **fields: str) -> PackageJob:
    return PackageJob("tt05-sip-hoso", "0198f3c0-1111-7000-8000-0000000000a1", "2026-11-21T09:05:07.123+07:00",
                      "H49.1", "Hồ sơ", "BHXH", "H49", "NEW", fields, documents, "", "", "/nowhere")


def test_the_circular_asks_for_18_and_21_fields() -> None:
    assert len(ead.table(ead.DOSSIER)) == 18
    assert len(ead.table(ead.DOCUMENT)) == 21


@pytest.mark.parametrize("schema", LENGTHS)
def test_the_samples_are_lawful(schema: str) -> None:
    assert ead.problem(schema, SAMPLES[schema]()) is None


@pytest.mark.parametrize(("schema", "name", "longest"), [
    (schema, name, longest) for schema, names in LENGTHS.items() for name, longest in names.items()])
def test_one_character_more_than_the_length_is_refused(schema: str, name: str, longest: int) -> None:
    filling = ("1" * longest) if name != "docCode" else "c" * (longest - 8) + ".0000001"
    values = SAMPLES[schema]()
    assert ead.problem(schema, values | {name: filling}) is None
    with pytest.raises(ApplianceError) as caught:
        ead.check(schema, values | {name: f"1{filling}"})
    assert (caught.value.code, caught.value.details["name"]) == ("T406", name)


@pytest.mark.parametrize(("schema", "name", "value"), [
    (ead.DOSSIER, "maintenance", "08"), (ead.DOSSIER, "mode", "04"), (ead.DOSSIER, "language", "12"),
    (ead.DOSSIER, "startDate", "31/02/2001"), (ead.DOSSIER, "endDate", "2001-02-28"),
    (ead.DOSSIER, "totalDoc", "-1"), (ead.DOSSIER, "riskRecovery", "2"), (ead.DOSSIER, "title", ""),
    (ead.DOSSIER, "title", "a\x00b"),
    (ead.DOSSIER, "arcFileCode", "x"), (ead.DOCUMENT, "typeName", "33"), (ead.DOCUMENT, "docCode", "H49.1.1"),
    (ead.DOCUMENT, "issuedDate", "00/01/2001"), (ead.DOCUMENT, "process", "yes"),
    (ead.DOCUMENT, "numberOfPage", ""),
])
def test_a_value_outside_its_list_is_refused_by_name(schema: str, name: str, value: str) -> None:
    bad = ead.problem(schema, SAMPLES[schema]() | {name: value})
    assert bad is not None
    assert bad[0] == name
    assert not value or value not in bad[1], "a reason never quotes the value"


@pytest.mark.parametrize(("schema", "changes", "name"), [
    (ead.DOSSIER, {"paperFileCode": ""}, "paperFileCode"),
    (ead.DOSSIER, {"riskRecovery": "1"}, "riskRecoveryStatus"),
    (ead.DOCUMENT, {"riskRecovery": "1"}, "riskRecoveryStatus"),
    (ead.DOCUMENT, {"confidenceLevel": "03"}, "process"),
])
def test_a_field_that_another_makes_compulsory_may_not_be_missing(
        schema: str, changes: dict[str, str], name: str) -> None:
    bad = ead.problem(schema, SAMPLES[schema]() | changes)
    assert bad is not None
    assert bad[0] == name


def test_counts_and_dates_follow_from_the_documents() -> None:
    dated = [PackageDocument(n, "", "", {"numberOfPage": str(n), "issuedDate": day})
             for n, day in ((1, "05/03/2001"), (2, "09/01/1999"), (3, "01/02/2000"))]
    values = ead.complete_dossier(job(*dated, maintenance="01", mode="01", numberOfPaper="4"))
    assert (values["totalDoc"], values["numberOfPage"]) == ("3", "6")
    assert (values["startDate"], values["endDate"]) == ("09/01/1999", "05/03/2001")
    assert ead.problem(ead.DOSSIER, values) is None


def test_one_undated_document_leaves_the_span_to_the_register() -> None:
    undated = PackageDocument(1, "", "", {"numberOfPage": "1"})
    values = ead.complete_dossier(job(undated, maintenance="01", mode="01", numberOfPaper="1"))
    assert ead.problem(ead.DOSSIER, values) == ("startDate", "missing")


def test_a_given_value_goes_before_a_customary_one_but_not_before_a_count() -> None:
    values = ead.complete_dossier(job(language="06", paperFileCode="K9", totalDoc="99", fileCode="other"))
    assert (values["language"], values["paperFileCode"], values["totalDoc"]) == ("06", "K9", "0")
    assert values["fileCode"] == "H49.1"


def test_a_document_takes_from_its_dossier_what_it_does_not_say() -> None:
    values = ead.complete_document("H49.1", PackageDocument(7, "", "", {"numberOfPage": "1", "mode": "02"}),
                                   dossier() | {"maintenance": "05"})
    assert (values["docCode"], values["maintenance"], values["mode"]) == ("H49.1.0000007", "05", "02")
    assert ead.problem(ead.DOCUMENT, values) is None


def test_what_is_written_is_read_back() -> None:
    values = dossier() | {"title": "A & B <\"c\">\nĐặng"}
    read = ead.read(ead.write(ead.DOSSIER, values, "../ead.xsd"))
    assert {name: value for name, value in read.items() if value} == values
    assert list(read) == [field.name for field in ead.table(ead.DOSSIER)]


def test_a_field_that_stands_twice_is_refused() -> None:
    twice = ead.write(ead.DOSSIER, dossier(), "x").replace(b"</simpledc>", b"<mode>03</mode></simpledc>")
    with pytest.raises(markup.MalformedError):
        ead.read(twice)


def test_the_job_itself_is_left_as_it_was() -> None:
    given = job(PackageDocument(1, "", "", {"numberOfPage": "1"}), mode="01")
    before = dataclasses.asdict(given)
    ead.complete_dossier(given)
    assert dataclasses.asdict(given) == before
