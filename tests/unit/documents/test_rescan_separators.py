"""Paper behind a rescan separator takes the place of other paper; what lies there wrongly is a question."""

from __future__ import annotations

from dataclasses import replace

import pytest
from small_stacks import dossier, filed, stack

from appliance.core.errors import ApplianceError
from appliance.core.model import Separator, SheetKind
from appliance.documents.plan import KnownDossier, Separation
from appliance.documents.separate import SeparationRules, separate
from appliance.documents.separator import decode, encode
from appliance.documents.ways import FIRST_PAGE, ONE, Way

PAPER = ""
CLOSED = KnownDossier((1,), 2, closed=True)
RULES = SeparationRules(Way(), known={"A": CLOSED}, earlier=frozenset({"A", "B"}))


def again(code: str = "A", ordinal: int = 0, page: int = 0, sheets: int = 0) -> str:
    return encode(Separator(SheetKind.RESCAN, code, ordinal, sheets=sheets, page=page))


def document(code: str, ordinal: int) -> str:
    return encode(Separator(SheetKind.DOCUMENT, code, ordinal))


def separated(*fronts: str, rules: SeparationRules = RULES) -> Separation:
    return separate(stack(*fronts), rules)


def asked(result: Separation) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for question in result.questions:
        found.setdefault(question.code, []).append(question.page)
    return found


@pytest.mark.parametrize("says", [
    Separator(SheetKind.RESCAN, "A"), Separator(SheetKind.RESCAN, "A", 3, sheets=2, page=5),
    Separator(SheetKind.RESCAN, "A", 3, sheets=2, job="one_stop", no_secret=True),
])
def test_what_a_rescan_separator_says_is_read_again(says: Separator) -> None:
    text = encode(says)
    assert text.startswith("SSA3:R:")
    assert decode(text) == says


@pytest.mark.parametrize("says", [
    Separator(SheetKind.RESCAN, "A", page=5), Separator(SheetKind.RESCAN, "A", 1, "22"),
    Separator(SheetKind.DOCUMENT, "A", 1, page=5), Separator(SheetKind.RESCAN, "A", 1, page=-1),
])
def test_a_page_without_a_document_or_on_another_kind_cannot_be_said(says: Separator) -> None:
    with pytest.raises(ApplianceError):
        encode(says)


def test_paper_behind_it_belongs_to_it_up_to_the_next_separator() -> None:
    result = separated(again("A", 1, 3, 1), PAPER, again("B", 2), PAPER, PAPER, dossier("C", 1), PAPER)
    assert [(one.file_code, one.ordinal, one.page, one.declared, one.pages, sorted(one.sheets))
            for one in result.rescans] == [("A", 1, 3, 1, [3, 4], [2]), ("B", 2, 0, 0, [7, 8, 9, 10], [4, 5])]
    assert filed(result) == {"C": [13, 14]}
    assert (asked(result), result.separators) == ({}, (1, 2, 5, 6, 11, 12))


def test_it_ends_the_dossier_before_it() -> None:
    result = separated(dossier("C", 1), PAPER, again("A", 1, 1), PAPER)
    assert filed(result) == {"C": [3, 4]}
    assert [plan.held for plan in result.dossiers] == [""]
    assert [one.pages for one in result.rescans] == [[7, 8]]


def test_a_dossier_nobody_knows_is_a_question_and_so_is_the_paper_behind_it() -> None:
    result = separated(again("X", 1, 1), PAPER, dossier("C", 1), PAPER)
    assert (asked(result), result.rescans, filed(result)) == ({"T525": [1, 2, 3, 4]}, (), {"C": [7, 8]})


def test_a_document_separator_among_it_is_a_question_and_holds_it() -> None:
    result = separated(again("A", 1), PAPER, document("A", 2), PAPER, dossier("C", 1), PAPER)
    assert asked(result) == {"T401": [5, 6, 7, 8]}
    assert [(one.pages, one.fault) for one in result.rescans] == [([3, 4], "T401")]
    assert filed(result) == {"C": [11, 12]}


def test_a_torn_separator_among_it_holds_it() -> None:
    torn = stack(again("A", 1), PAPER, PAPER)
    torn[2] = replace(torn[2], patches=("2",))
    (one,) = separate(torn, RULES).rescans
    assert one.fault in ("T420", "T401")


def test_a_whole_dossier_comes_again_though_it_was_closed() -> None:
    result = separated(again("A", sheets=2), PAPER, document("A", 2), PAPER)
    (plan,) = result.dossiers
    assert (plan.again, plan.held, plan.declared_sheets, plan.captured_sheets) == (True, "", 2, 2)
    assert [(one.ordinal, one.pages) for one in plan.documents] == [(1, (3, 4)), (2, (7, 8))]


def test_its_own_separator_may_stay_on_the_stack() -> None:
    result = separated(again("A"), dossier("A", 2), PAPER, PAPER)
    assert [(plan.again, plan.held, plan.declared_sheets) for plan in result.dossiers] == [(True, "", 2)]


def test_a_dossier_that_comes_twice_in_one_batch_is_a_question() -> None:
    result = separated(again("A"), PAPER, dossier("C", 1), PAPER, again("A"), PAPER)
    assert [(plan.file_code, plan.held) for plan in result.dossiers] == [("A", "T404"), ("C", "")]
    assert asked(result) == {"T404": [9, 10, 11, 12]}


def test_a_first_page_code_among_it_begins_no_document() -> None:
    way = Way(FIRST_PAGE, pattern=r"(?P<reception>[A-Z0-9.]+)\|.*")
    result = separated(again("A", 1), "A|1", rules=replace(RULES, way=way))
    assert ([one.pages for one in result.rescans], result.dossiers) == ([[3, 4]], ())


def test_the_jobs_own_dossier_is_not_used_where_one_lies() -> None:
    rules = replace(RULES, way=Way(ONE), file_code="OWN")
    assert separated(again("A", 1), PAPER, rules=rules).dossiers == ()
