"""A target sheet in a stack: put aside wherever it lies, with both sides, in no document; doubts are asked."""

from __future__ import annotations

import pytest
from small_stacks import dossier, filed, stack

from appliance.core import target as codes
from appliance.core.model import Box, Mark, Side
from appliance.documents import card, target
from appliance.documents.separate import SeparationRules, separate
from appliance.documents.sheet import Seal, SidePage, is_cover
from appliance.documents.stretches import waiting
from appliance.documents.ways import Way

TARGET = codes.encode("KT-001")
HERS = card.encode("NV001")
BY_SEPARATORS = SeparationRules(Way(), operator="NV001")
ONE = SeparationRules(Way("one_dossier"), "DEFAULT.1", operator="NV001")
PAIRS = SeparationRules(Way("fixed_count", 2), "DEFAULT.1", operator="NV001")


def test_both_sides_of_a_target_before_the_first_separator_are_put_aside() -> None:
    result = separate(stack(TARGET, dossier("A", 1), ""), BY_SEPARATORS)
    assert (result.separators, result.questions, filed(result)) == ((1, 2, 3, 4), (), {"A": [5, 6]})
    assert (result.dossiers[0].held, result.dossiers[0].captured_sheets) == ("", 1)


def test_a_target_in_the_middle_of_a_document_parts_nothing_and_is_not_counted() -> None:
    result = separate(stack(dossier("A", 2), "", TARGET, ""), BY_SEPARATORS)
    (plan,) = result.dossiers
    assert (plan.held, plan.captured_sheets, len(plan.documents)) == ("", 2, 1)
    assert filed(result) == {"A": [3, 4, 7, 8]}
    assert result.separators == (1, 2, 5, 6)


@pytest.mark.parametrize("fronts", [(TARGET, HERS), (HERS, TARGET), (TARGET, TARGET, HERS)])
def test_a_card_may_lie_under_target_sheets(fronts: tuple[str, ...]) -> None:
    pages = stack(*fronts, dossier("A", 1), "")
    result = separate(pages, BY_SEPARATORS)
    assert (result.questions, [plan.held for plan in result.dossiers]) == ((), [""])
    marks = [(page.sheet, mark) for page in pages for mark in page.marks]
    first = target.first_of_stack((page.sheet for page in pages), target.sheets(marks))
    assert card.find(marks, b"", first) == card.Said("NV001")


@pytest.mark.parametrize("rules", [BY_SEPARATORS, ONE, PAIRS])
@pytest.mark.parametrize("fronts", [(TARGET,), (TARGET, TARGET), (HERS, TARGET)])
def test_a_stack_of_nothing_but_a_target_opens_no_dossier_and_holds_nothing(
    fronts: tuple[str, ...], rules: SeparationRules,
) -> None:
    result = separate(stack(*fronts), rules)
    assert (result.dossiers, result.questions) == ((), ())
    assert len(result.separators) == 2 * len(fronts)


def test_a_target_before_paper_without_separators_is_in_no_document() -> None:
    assert filed(separate(stack(TARGET, "", ""), ONE)) == {"DEFAULT.1": [3, 4, 5, 6]}


def test_a_target_is_no_sheet_of_a_document_of_so_many_sheets() -> None:
    (plan,) = separate(stack("", TARGET, "", "", ""), PAIRS).dossiers
    assert [document.pages for document in plan.documents] == [(1, 2, 5, 6), (7, 8, 9, 10)]
    assert plan.held == ""


def test_bars_seen_on_a_target_do_not_make_it_a_torn_separator() -> None:
    pages = stack(TARGET, dossier("A", 1), "")
    pages[1] = SidePage(2, 1, Side.BACK, patches=("T",))
    result = separate(pages, BY_SEPARATORS)
    assert (result.separators, result.questions) == ((1, 2, 3, 4), ())


def test_a_target_with_a_code_on_each_side_is_one_sheet() -> None:
    pages = stack(TARGET, dossier("A"), "")
    pages[1] = SidePage(2, 1, Side.BACK, False, "", (TARGET,))
    assert separate(pages, BY_SEPARATORS).separators == (1, 2, 3, 4)


@pytest.mark.parametrize("text", [TARGET[:-1] + "?", TARGET.lower(), "VSTGT2:KT-001:0000", "VSTGT1:../../x:0000"])
def test_a_spoiled_code_of_a_target_is_not_taken_for_one_and_what_follows_is_asked_of(text: str) -> None:
    result = separate(stack(dossier("A", 2), "", text, "", dossier("B", 1), ""), BY_SEPARATORS)
    assert [plan.held for plan in result.dossiers] == ["T401", ""]
    assert [question.page for question in result.questions] == [5, 6, 7, 8]
    assert not any(text in question.reason for question in result.questions)


@pytest.mark.parametrize("other", [dossier("X"), HERS])
def test_a_sheet_that_is_a_target_and_something_else_at_once_is_neither(other: str) -> None:
    pages = stack(TARGET, dossier("B"), "")
    pages[1] = SidePage(2, 1, Side.BACK, False, "", (other,))
    result = separate(pages, BY_SEPARATORS)
    assert [question.page for question in result.questions] == [1, 2]
    assert filed(result) == {"B": [5, 6]}


def test_a_target_in_a_stretch_with_a_sheet_in_doubt_waits_with_it() -> None:
    pages = stack(dossier("A"), TARGET, "", dossier("B"), "")
    assert waiting(pages, {5}, Seal()) == {1, 2, 3, 4, 5, 6}


@pytest.mark.parametrize(("text", "cover"), [
    (TARGET, True), (HERS, True), (dossier("A"), True), ("VSTGT9:?", True), ("https://x", False), ("", False)])
def test_what_means_to_be_a_cover_sheet_is_never_read(text: str, cover: bool) -> None:
    assert is_cover([Mark("QRCode", text, Box(0, 0, 9, 9))]) is cover
