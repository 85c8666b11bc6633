"""A note separator makes one sheet of two captures; copies of fragile paper draw their originals behind them."""

from __future__ import annotations

import pytest
from small_stacks import dossier, stack

from appliance.core import errors
from appliance.core.errors import ApplianceError
from appliance.core.model import CertifiedCopy, Separator, SheetKind, Side
from appliance.documents import copies, note_pairs
from appliance.documents.plan import DossierPlan, Separation
from appliance.documents.position import place_of
from appliance.documents.separate import SeparationRules, separate
from appliance.documents.separator import decode, encode
from appliance.documents.sheet import Seal, SidePage
from appliance.documents.ways import FIRST_PAGE, FIXED, ONE, Way

NOTE = encode(Separator(SheetKind.NOTE, ""))
ORIGINAL = encode(Separator(SheetKind.ORIGINAL, ""))
COPY = CertifiedCopy("sao-y", "15/SY-HĐND", "20261120")
FRAGILE = Separator(SheetKind.DOCUMENT, "A", 3, "22", 1, fragile=True, copy=COPY)
PORTAL = Way(FIRST_PAGE, 0, r"P\|(?P<reception>[^|]*)\|(?P<component>[^|]*)")


def only(found: Separation) -> DossierPlan:
    (plan,) = found.dossiers
    return plan


def by_separators(*fronts: str) -> Separation:
    return separate(stack(*fronts), SeparationRules(Way()))


def test_both_captures_are_filed_and_the_sheet_counts_once() -> None:
    found = by_separators(dossier("A", 3), "", NOTE, "", "", "")
    plan = only(found)
    assert (plan.held, plan.captured_sheets, plan.declared_sheets) == ("", 3, 3)
    (document,) = plan.documents
    assert (document.pages, document.sheets) == ((3, 4, 7, 8, 9, 10, 11, 12), 3)
    assert document.special.notes == ((9, 7), (10, 8))
    assert found.separators == (1, 2, 5, 6)


@pytest.mark.parametrize("fronts", [
    (dossier("A"), NOTE, ""), (dossier("A"), NOTE), (dossier("A"), NOTE, NOTE, "", ""),
    (dossier("A"), NOTE, "", NOTE, "", ""), (dossier("A"), NOTE, "", dossier("B"), ""),
    (dossier("A"), NOTE, "", "SSA1:D:A:0::1:000000000000", ""),
])
def test_a_note_separator_without_its_two_sheets_is_a_question(fronts: tuple[str, ...]) -> None:
    found = by_separators(*fronts)
    assert found.dossiers[0].held == errors.NOTE_PAIR_BROKEN.code
    assert (3, errors.NOTE_PAIR_BROKEN.code, note_pairs.BROKEN) in found.questions
    asked, filed = {one.page for one in found.questions}, {
        page for plan in found.dossiers for document in plan.documents for page in document.pages}
    assert asked | filed | set(found.separators) == {page.id for page in stack(*fronts)}


def test_a_note_separator_belongs_to_nobody_where_no_dossier_is_open() -> None:
    found = by_separators(NOTE, "", "")
    assert not found.dossiers and found.separators == (1, 2)
    assert {one.page for one in found.questions} == {3, 4, 5, 6}


def test_where_sheets_are_counted_off_a_pair_is_one_sheet() -> None:
    plan = only(separate(stack("", NOTE, "", "", "", ""), SeparationRules(Way(FIXED, 2), "A")))
    assert [(one.pages, one.sheets) for one in plan.documents] == [((1, 2, 5, 6, 7, 8), 2), ((9, 10, 11, 12), 2)]
    assert plan.held == ""


def test_a_batch_that_is_one_dossier_stays_one_with_a_note_in_it() -> None:
    plan = only(separate(stack("", NOTE, "", ""), SeparationRules(Way(ONE), "A")))
    assert (plan.file_code, plan.captured_sheets) == ("A", 2)


def test_a_code_that_the_note_covers_is_read_without_it() -> None:
    plan = only(separate(stack("P|A|1", NOTE, "", "P|A|2"), SeparationRules(PORTAL)))
    assert [(one.ordinal, one.pages) for one in plan.documents] == [(1, (1, 2)), (2, (5, 6, 7, 8))]
    assert plan.held == ""


def test_codes_of_both_captures_that_contradict_each_other_are_a_question() -> None:
    found = separate(stack("P|A|1", NOTE, "P|A|2", "P|A|3"), SeparationRules(PORTAL))
    assert only(found).held == errors.FIRST_PAGE_UNCLEAR.code
    assert {one.page for one in found.questions} == {5, 6, 7, 8}


def test_scanned_on_one_side_only_pages_are_linked_all_the_same() -> None:
    pages = [page for page in stack(dossier("A"), NOTE, "", "") if page.side is Side.FRONT]
    (document,) = only(separate(pages, SeparationRules(Way()))).documents
    assert (document.pages, document.special.notes) == ((5, 7), ((7, 5),))


def test_a_held_capture_of_a_pair_keeps_its_place_and_holds_the_dossier() -> None:
    pages = stack(dossier("A", 1), NOTE, "", "")
    pages[6] = SidePage(7, 4, Side.FRONT, held="I323")
    plan = only(separate(pages, SeparationRules(Way())))
    assert (plan.held, plan.captured_sheets) == (errors.PAGE_HELD_IN_DOSSIER.code, 1)
    assert plan.documents[0].pages == (5, 6, 7, 8)


def test_who_puts_paper_back_counts_a_pair_as_it_lies_and_is_told_the_dossier() -> None:
    pages = stack(dossier("A", 3), NOTE, "", "", "")
    place = place_of(pages, (), 6, Seal())
    assert (place.within, place.tail) == (6, "A")
    assert place_of(stack(dossier("A", 2), NOTE, "", "", ""), (), 6, Seal()).tail == ""


def test_a_copy_says_which_and_its_original_follows_as_a_document_of_its_own() -> None:
    plan = only(by_separators(dossier("A", 3), encode(FRAGILE), "", ORIGINAL, "", encode(
        Separator(SheetKind.DOCUMENT, "A", 1)), ""))
    copy, original, last = plan.documents
    assert (copy.ordinal, copy.special.fragile, copy.special.copy) == (3, True, COPY)
    assert (original.ordinal, original.special.original_of, original.pages) == (2, 3, (9, 10))
    assert last.special.fragile is False and plan.held == ""


def test_an_original_may_name_its_copy() -> None:
    named = encode(Separator(SheetKind.ORIGINAL, "A", 3))
    between = encode(Separator(SheetKind.DOCUMENT, "A", 4))
    plan = only(by_separators(dossier("A"), encode(FRAGILE), "", between, "", named, ""))
    assert [one.special.original_of for one in plan.documents] == [0, 0, 3]


@pytest.mark.parametrize("fronts", [
    (dossier("A"), "", ORIGINAL, ""), (dossier("A"), encode(FRAGILE), ORIGINAL, ""),
    (dossier("A"), encode(FRAGILE), "", ORIGINAL, "", ORIGINAL, ""),
    (dossier("A"), encode(FRAGILE), "", ORIGINAL, "", encode(Separator(SheetKind.ORIGINAL, "A", 3)), ""),
    (dossier("A"), encode(FRAGILE), "", encode(Separator(SheetKind.ORIGINAL, "B", 3)), ""),
])
def test_an_original_without_its_copy_before_it_is_a_question(fronts: tuple[str, ...]) -> None:
    found = by_separators(*fronts)
    assert found.dossiers[0].held == errors.SEPARATOR_UNREADABLE.code and found.questions


def test_a_job_for_fragile_paper_takes_every_document_for_a_copy() -> None:
    plan = only(separate(stack("", ""), SeparationRules(Way(FIXED, 1, fragile=True), "A")))
    assert [(one.special.fragile, one.special.copy) for one in plan.documents] == [(True, None)] * 2


def test_what_is_said_of_a_copy_comes_back_from_the_code() -> None:
    text = encode(FRAGILE)
    assert text.startswith("SSA4:T:A:3:22:1::F:Y.20261120.15/SY-H$ND:") and decode(text) == FRAGILE
    bare = Separator(SheetKind.DOCUMENT, "A", 3, fragile=True)
    assert encode(bare).startswith("SSA2:") and decode(encode(bare)) == bare


@pytest.mark.parametrize("wrong", [
    Separator(SheetKind.NOTE, "A"), Separator(SheetKind.NOTE, "", sheets=2), Separator(SheetKind.ORIGINAL, "", 3),
    Separator(SheetKind.DOSSIER, "A", fragile=True), Separator(SheetKind.DOSSIER, ""),
    Separator(SheetKind.DOCUMENT, "A", 1, copy=COPY),
    *(Separator(SheetKind.DOCUMENT, "A", 1, fragile=True, copy=copy) for copy in (
        CertifiedCopy("", "1", "20260101"), CertifiedCopy("sao-y", "", "20260101"),
        CertifiedCopy("sao-y", "1:2", "20260101"), CertifiedCopy("sao-y", "1", "20260231"))),
])
def test_what_no_such_sheet_can_say_is_refused(wrong: Separator) -> None:
    with pytest.raises(ApplianceError) as refused:
        encode(wrong)
    assert refused.value.kind is errors.SEPARATOR_UNREADABLE


@pytest.mark.parametrize(("form", "number", "date", "names"), [
    ("", "1/SY", "01/02/2026", "form"), ("sao-y", "", "01/02/2026", "number"), ("sao-y", "1/SY", "", "date"),
    ("sao-y", "1/SY", "31/02/2026", "date"),
])
def test_what_is_missing_of_a_copy_is_named(form: str, number: str, date: str, names: str) -> None:
    with pytest.raises(ApplianceError) as refused:
        copies.given(form, number, date)
    assert refused.value.kind is errors.COPY_WRONG and names in refused.value.en


def test_a_copy_is_told_in_words() -> None:
    assert copies.told(copies.given("Sao-Y", "15/sy-bhxh", "2/3/2026")) == "Bản sao y số 15/SY-BHXH ngày 02/03/2026"
