"""A later scan of a delivered dossier, where a person has said that documents are added to it."""

from __future__ import annotations

from collections.abc import Sequence

from small_stacks import dossier, stack

from appliance.core.model import Separator, SheetKind
from appliance.documents.plan import KnownDossier, Separation
from appliance.documents.separate import SeparationRules, separate
from appliance.documents.separator import encode
from appliance.documents.ways import Way
from appliance.orders.continuing import part
from appliance.spool.dossiers import Earlier

PAPER = ""
KNOWN = Earlier("A", (1, 2), 0, 0, closed=False, written=(1, 2), added=True)


def document(ordinal: int, kind: SheetKind = SheetKind.DOCUMENT) -> str:
    return encode(Separator(kind, "A", ordinal))


def added(*fronts: str) -> Separation:
    def apart(some: Sequence[Earlier]) -> Separation:
        known = {one.file_code: KnownDossier(one.ordinals, one.captured, one.declared, one.closed, one.job,
                                             one.written) for one in some}
        return separate(stack(*fronts), SeparationRules(Way(), known=known, earlier=frozenset({"A"})))

    parted = part([KNOWN], apart)
    assert (parted.continued, parted.added) == (frozenset(), {})
    return parted.separation


def test_documents_without_a_number_get_the_next_free_one_and_sheets_are_counted_by_themselves() -> None:
    (plan,) = added(dossier("A", 2), PAPER, document(0), PAPER).dossiers
    assert [(one.ordinal, one.pages) for one in plan.documents] == [(3, (3, 4)), (4, (7, 8))]
    assert (plan.held, plan.declared_sheets, plan.captured_sheets) == ("", 2, 2)


def test_a_free_number_is_taken_as_it_is() -> None:
    (plan,) = added(dossier("A", 1), document(7), PAPER).dossiers
    assert [one.ordinal for one in plan.documents] == [7]


def test_a_number_that_the_dossier_has_is_a_question() -> None:
    result = added(dossier("A", 1), document(2), PAPER)
    assert {question.code for question in result.questions} == {"T401"}
    assert [plan.held for plan in result.dossiers] == ["T401"]


def test_a_document_that_the_archive_has_is_not_continued() -> None:
    result = added(dossier("A", 1), document(1, SheetKind.CONTINUE), PAPER)
    assert {question.code for question in result.questions} == {"T401"}


def test_a_wrong_count_holds_the_addition() -> None:
    (plan,) = added(dossier("A", 3), PAPER).dossiers
    assert plan.held == "T403"


def test_without_that_word_the_same_stack_is_a_question() -> None:
    rules = SeparationRules(Way(), known={"A": KnownDossier((1, 2), closed=True)}, earlier=frozenset({"A"}))
    result = separate(stack(dossier("A", 1), PAPER), rules)
    assert {question.code for question in result.questions} == {"T404"}
