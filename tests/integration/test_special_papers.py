"""Special papers in the ledger: what holds a document, who lets it go, what is counted, and what a package says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.core import errors
from appliance.core.errors import ApplianceError
from appliance.core.jobs import Alike, Compared, ReadDone
from appliance.core.model import (
    CertifiedCopy,
    Geometry,
    ImageFormat,
    Master,
    PageAnalysis,
    PageKey,
    Side,
    Special,
)
from appliance.orders import papers as orders
from appliance.spool import entry, figures, handovers, papers, reading
from appliance.spool.dossiers import Later, NewDocument, NewDossier, Separated
from appliance.spool.ledger import Ledger, Row
from appliance.spool.papers import Decision

CODE = "H1.2001.7"
COPY = CertifiedCopy("sao-y", "15/SY-BHXH", "20261120")


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = Ledger(tmp_path / "ledger.sqlite3")
    yield opened
    opened.close()


def scan(ledger: Ledger, *specials: Special, normative: int = 0) -> list[Row]:
    """File documents of two fronts each, all read; document ``normative`` has such a heading. Return them."""
    entry.begin(ledger, entry.NewBatch("b", "tray", "archive", "archive-tt05-2025", "A", '{"duplex": false}'))
    for sheet in range(1, 2 * len(specials) + 1):
        master = Master(f"m{sheet}", f"m{sheet}", 10, ImageFormat.JPEG, 100, 100, 3, 300)
        entry.record(ledger, entry.NewSide(PageKey("b", sheet, Side.FRONT), master))
    entry.close(ledger, "b")
    for row in ledger.all("pages_to_analyse", limit=99):
        entry.analysed(ledger, row["id"], PageAnalysis(Geometry(100, 100), blank=False), separator=False)
    documents = tuple(NewDocument(at, "", 2, (2 * at - 1, 2 * at), special=special)
                      for at, special in enumerate(specials, 1))
    new = NewDossier(CODE, 2 * len(specials), 2 * len(specials), documents)
    papers.separated(ledger, Separated("b", "archive", (new,), (), ()), Later())
    for row in ledger.all("live_sides", batch="b"):
        heads = row["id"] == 2 * normative - 1
        reading.read(ledger, row["id"], ReadDone("", "tesserocr", 3, 0.9, normative=heads), "vie")
    return ledger.all("documents_of_dossier", dossier=f"{CODE}.r1")


def due(ledger: Ledger) -> list[Row]:
    """Return the documents that are made next, once fields are read and the composition is judged."""
    ledger.put("dossier", f"{CODE}.r1", composition="{}")
    for document in ledger.all("documents_of_dossier", dossier=f"{CODE}.r1"):
        ledger.put("document", document["id"], catalogued="released")
    return ledger.all("documents_to_assemble")


def stands(ledger: Ledger) -> tuple[str, str]:
    row = ledger.one("latest_dossier", file_code=CODE)
    assert row is not None
    return row["state"], row["code"]


def told(ledger: Ledger, what: str) -> Row:
    (link,) = [row for row in ledger.all("audit") if row["what"] == what]
    return link


def of(ordinal: int, who: str = "LD01", reason: str = "") -> Decision:
    return Decision(CODE, ordinal, who, reason)


def test_a_pair_is_linked_counts_once_and_the_package_says_so(ledger: Ledger) -> None:
    (document,) = scan(ledger, Special(notes=((2, 1),)))
    shown, bare = ledger.all("pages_of_document", document=document["id"])
    assert (bare["note_of"], shown["note_of"]) == (shown["id"], None)
    found = orders.note_of(bare, [shown, bare])["note_removed_from"]
    assert (found["sheet"], found["number"]) == (1, 1)
    assert orders.note_of(shown, [shown, bare]) == {}


@pytest.mark.parametrize(("alike", "wrong"), [
    (Alike(different=True, shared=0.3), orders.UNLIKE), (Alike(different=True, shared=0.62), ""),
    (Alike(same=True, shared=1.0), orders.UNCHANGED), (Alike(), ""),
])
def test_captures_that_are_two_sheets_or_the_very_same_are_found(ledger: Ledger, alike: Alike, wrong: str) -> None:
    (document,) = scan(ledger, Special(notes=((2, 1),)))
    pages = ledger.all("pages_of_document", document=document["id"])
    assert orders.judge(pages, Compared((alike,))) == wrong


def test_a_pair_in_doubt_waits_until_a_person_says_it_is_right(ledger: Ledger) -> None:
    (document,) = scan(ledger, Special(notes=((2, 1),)))
    assert papers.hold(ledger, document, orders.UNCHANGED) == ["T501"]
    assert stands(ledger) == ("held", "T501")
    papers.keep_pair(ledger, of(1, "NV001"))
    assert stands(ledger) == ("closed", "")
    (again,) = due(ledger)
    assert again["pair"] == papers.KEPT
    assert told(ledger, "document.pair_kept")["who"] == "NV001"


def test_a_copy_without_its_number_waits_and_says_what_is_missing(ledger: Ledger) -> None:
    copy, other = scan(ledger, Special(fragile=True), Special())
    assert papers.hold(ledger, other) == ["T502"]
    assert stands(ledger) == ("held", "T502") and due(ledger) == []
    assert {row["code"] for row in figures.held(ledger)} == {"T502"}
    papers.name_copy(ledger, of(1, "NV001"), COPY)
    assert stands(ledger) == ("closed", "")
    assert papers.hold(ledger, other) == []
    assert [row["ordinal"] for row in due(ledger)] == [1, 2]
    link = told(ledger, "document.copy_named")
    assert (link["who"], json.loads(link["detail"])["number"]) == ("NV001", "15/SY-BHXH")
    assert copy["fragile"] == 1


def test_copy_and_original_are_told_to_the_archive(ledger: Ledger) -> None:
    documents = scan(ledger, Special(fragile=True, copy=COPY), Special(original_of=1), Special())
    assert papers.hold(ledger, documents[0]) == []
    first, annex, plain = (orders.description(one, documents) for one in documents)
    assert first == {
        "description": "Bản sao y số 15/SY-BHXH ngày 20/11/2026; bản quét bản gốc là tài liệu số 2 của hồ sơ"}
    assert annex == {"description": "Bản quét bản gốc giấy hỏng, kèm theo tài liệu số 1 của hồ sơ", "format": "03"}
    assert plain == {}
    assert orders.provenance(documents) == [
        {"document": f"{CODE}.1.r1",
         "certified_copy": {"form": "sao-y", "number": "15/SY-BHXH", "date": "20/11/2026"}},
        {"document": f"{CODE}.2.r1", "original_of": 1}]


def test_a_normative_document_is_taken_out_by_a_leader_and_counted(ledger: Ledger) -> None:
    _, law, _ = documents = scan(ledger, Special(), Special(), Special(), normative=2)
    assert papers.hold(ledger, documents[0]) == ["T503"]
    assert stands(ledger) == ("held", "T503")
    papers.normative(ledger, of(2, reason="Thông tư in kèm"), exclude=True)
    assert stands(ledger) == ("closed", "")
    count = figures.tally(ledger)
    assert (count.removed, count.under_way, count.sides) == (2, 4, 6)
    live = ledger.all("documents_of_dossier", dossier=f"{CODE}.r1")
    assert [one["ordinal"] for one in live] == [1, 3]
    assert [page["sha256"] for page in ledger.all("sides_aside", dossier=f"{CODE}.r1")] == ["m3", "m4"]
    link = told(ledger, "document.normative_excluded")
    assert (link["who"], link["subject"]) == ("LD01", law["id"])
    assert json.loads(link["detail"])["reason"] == "Thông tư in kèm"


def test_its_number_is_not_given_to_another_document(ledger: Ledger) -> None:
    first, _ = scan(ledger, Special(), Special(), normative=2)
    papers.hold(ledger, first)
    papers.normative(ledger, of(2, reason="x"), exclude=True)
    assert [row["ordinal"] for row in ledger.all("ordinals_of_dossier", dossier=f"{CODE}.r1")] == [1, 2]


def test_a_leader_may_say_it_is_an_ordinary_paper(ledger: Ledger) -> None:
    (law,) = scan(ledger, Special(), normative=1)
    papers.hold(ledger, law)
    papers.normative(ledger, of(1, reason="phụ lục của hồ sơ"), exclude=False)
    (again,) = due(ledger)
    assert papers.hold(ledger, again) == []


def test_a_dossier_of_normative_documents_only_has_nothing_left_and_waits(ledger: Ledger) -> None:
    (law,) = scan(ledger, Special(), normative=1)
    papers.hold(ledger, law)
    papers.normative(ledger, of(1, reason="x"), exclude=True)
    assert stands(ledger) == ("held", "T504")
    assert figures.tally(ledger).reconciled


def test_a_heading_on_a_later_page_holds_nothing(ledger: Ledger) -> None:
    (document,) = scan(ledger, Special())
    ledger.put("page", 2, normative=1)
    assert papers.hold(ledger, document) == []


def test_two_questions_are_both_asked_and_the_dossier_goes_on_after_the_last(ledger: Ledger) -> None:
    first, _ = scan(ledger, Special(fragile=True), Special(), normative=2)
    assert papers.hold(ledger, first) == ["T502", "T503"]
    papers.name_copy(ledger, of(1), COPY)
    assert stands(ledger) == ("held", "T503")
    papers.normative(ledger, of(2, reason="x"), exclude=False)
    assert stands(ledger) == ("closed", "")


@pytest.mark.parametrize("decide", [
    lambda ledger: papers.name_copy(ledger, of(1), COPY), lambda ledger: papers.keep_pair(ledger, of(1)),
    lambda ledger: papers.normative(ledger, of(1), exclude=True), lambda ledger: papers.keep_pair(ledger, of(9)),
    lambda ledger: handovers.hand_over(ledger, CODE, who="A", reason="x"),
    lambda ledger: handovers.hand_over(ledger, "NONE", who="A", reason="x"),
    lambda ledger: handovers.take_back(ledger, CODE, who="A", reason="x"),
])
def test_what_does_not_wait_cannot_be_decided(ledger: Ledger, decide: object) -> None:
    scan(ledger, Special())
    before = ledger.head()
    with pytest.raises(ApplianceError) as refused:
        decide(ledger)  # type: ignore[operator]
    assert refused.value.kind is errors.PAPER_REFUSED
    assert ledger.head() == before and stands(ledger) == ("closed", "")


def test_a_dossier_handed_over_is_counted_and_neither_waits_nor_goes_anywhere(ledger: Ledger) -> None:
    (document,) = scan(ledger, Special(fragile=True))
    papers.hold(ledger, document)
    note = handovers.hand_over(ledger, CODE, who="NV001", reason="giấy mủn, không sao được")
    assert (note.number, note.code, note.new, note.captured) == (1, "T502", True, 2)
    assert note.documents == [{"ordinal": 1, "type_name": "", "component": "", "sheets": 2, "code": "T502"}]
    count = figures.tally(ledger)
    assert (count.removed, count.held, count.reconciled) == (2, 0, True)
    assert figures.held(ledger) == [] and figures.states(ledger)["dossier"] == {"handed_over": 1}
    for query in ("documents_to_assemble", "documents_to_sign", "dossiers_to_pack", "dossiers_to_clear"):
        assert ledger.all(query, before="9999", handing=True) == []
    assert ledger.all("pages_of_path", path="m1"), "its images stay"
    assert told(ledger, "dossier.to_centre")["who"] == "NV001"


def test_the_note_is_printed_again_without_another_decision(ledger: Ledger) -> None:
    (document,) = scan(ledger, Special(fragile=True))
    papers.hold(ledger, document)
    first = handovers.hand_over(ledger, CODE, who="NV001", reason="mủn")
    head = ledger.head()
    again = handovers.hand_over(ledger, CODE, who="NV002", reason="")
    assert (again.who, again.reason, again.at, again.new) == ("NV001", "mủn", first.at, False)
    assert ledger.head() == head


def test_without_a_reason_no_dossier_is_handed_over(ledger: Ledger) -> None:
    (document,) = scan(ledger, Special(fragile=True))
    papers.hold(ledger, document)
    with pytest.raises(ApplianceError):
        handovers.hand_over(ledger, CODE, who="NV001", reason="  ")
    assert stands(ledger) == ("held", "T502")


def test_one_handed_over_by_mistake_waits_again_as_before(ledger: Ledger) -> None:
    (document,) = scan(ledger, Special(fragile=True))
    papers.hold(ledger, document)
    handovers.hand_over(ledger, CODE, who="NV001", reason="mủn")
    handovers.take_back(ledger, CODE, who="NV001", reason="nhầm hồ sơ")
    assert stands(ledger) == ("held", "T502")
    assert figures.tally(ledger).held == 2
    papers.name_copy(ledger, of(1), COPY)
    assert stands(ledger) == ("closed", "")
