"""A batch falls into dossiers: what is sound is filed, what is not waits, and nothing is guessed or lost."""

from __future__ import annotations

import pytest

from appliance.core.model import Separator, SheetKind, Side
from appliance.documents.plan import DossierPlan, KnownDossier, Separation
from appliance.documents.separate import SeparationRules, separate
from appliance.documents.separator import encode
from appliance.documents.sheet import SidePage
from appliance.documents.ways import ONE, Way

BY_SEPARATORS = SeparationRules(Way())
HOSTILE = "../../x"
BROKEN = "SSA1:D:A:0::1:000000000000"


class Stack:
    """Sheets in order; page ids count from 1: fronts odd, backs even."""

    def __init__(self) -> None:
        self.pages: list[SidePage] = []

    def sheet(self, front: str = "", back: str = "", held: str = "", back_held: str = "") -> Stack:
        number = len(self.pages) // 2 + 1
        for side, mark, hold in ((Side.FRONT, front, held), (Side.BACK, back, back_held)):
            marks = (mark,) if mark else ()
            self.pages.append(SidePage(len(self.pages) + 1, number, side, side is Side.BACK, hold, marks))
        return self

    def dossier(self, code: str, sheets: int = 0) -> Stack:
        return self.sheet(encode(Separator(SheetKind.DOSSIER, code, sheets=sheets)))

    def document(self, code: str, ordinal: int = 0, sheets: int = 0, kind: str = "") -> Stack:
        return self.sheet(encode(Separator(SheetKind.DOCUMENT, code, ordinal, kind, sheets)))

    def go_on(self, code: str, ordinal: int = 0, sheets: int = 0) -> Stack:
        return self.sheet(encode(Separator(SheetKind.CONTINUE, code, ordinal, "", sheets)))

    def paper(self, count: int = 1) -> Stack:
        for _ in range(count):
            self.sheet()
        return self

    def separate(self, rules: SeparationRules = BY_SEPARATORS) -> Separation:
        result = separate(self.pages, rules)
        assert_every_page_has_one_place(self.pages, result)
        return result


def assert_every_page_has_one_place(pages: list[SidePage], result: Separation) -> None:
    filed = [page for dossier in result.dossiers for document in dossier.documents for page in document.pages]
    asked = [question.page for question in result.questions]
    assert len(set(filed)) == len(filed), "a page stands in two documents"
    assert len(set(asked)) == len(asked), "a page is asked about twice"
    assert not set(result.separators) & (set(filed) | set(asked))
    held = {page.id for page in pages if page.held}
    assert set(filed) | set(asked) | set(result.separators) | held == {page.id for page in pages}
    assert not held & (set(asked) | set(result.separators)), "a held page is already held"
    codes = [dossier.file_code for dossier in result.dossiers]
    assert len(set(codes)) == len(codes), "a dossier is planned twice"


def only(result: Separation) -> DossierPlan:
    (plan,) = result.dossiers
    return plan


def test_two_dossiers_of_three_documents_come_apart() -> None:
    stack = Stack()
    for code in ("A", "B"):
        stack.dossier(code, 4)
        for ordinal, sheets in ((1, 1), (2, 2), (3, 1)):
            stack.document(code, ordinal, sheets, "22").paper(sheets)
    result = stack.separate()
    assert [plan.file_code for plan in result.dossiers] == ["A", "B"]
    assert [plan.held for plan in result.dossiers] == ["", ""]
    assert [(one.ordinal, one.type_name, one.sheets, len(one.pages)) for one in result.dossiers[1].documents] == [
        (1, "22", 1, 2), (2, "22", 2, 4), (3, "22", 1, 2)]
    assert len(result.separators) == 16
    assert result.questions == ()
    assert result.dossiers[0].captured_sheets == result.dossiers[0].declared_sheets == 4


def test_blank_backs_stay_in_their_documents_in_order() -> None:
    assert only(Stack().dossier("A").document("A", 1).paper(2).separate()).documents[0].pages == (5, 6, 7, 8)


def test_a_separator_whose_code_lies_on_the_back_works_as_well() -> None:
    result = Stack().sheet("", encode(Separator(SheetKind.DOSSIER, "A"))).paper().separate()
    assert result.separators == (1, 2)
    assert only(result).held == ""


def test_the_same_code_on_both_sides_is_one_separator() -> None:
    code = encode(Separator(SheetKind.DOSSIER, "A"))
    assert Stack().sheet(code, code).paper().separate().separators == (1, 2)


def test_codes_that_contradict_each_other_become_questions() -> None:
    codes = [encode(Separator(SheetKind.DOSSIER, name)) for name in "AB"]
    result = Stack().dossier("Z", 1).paper().sheet(*codes).paper().dossier("Y", 1).paper().separate()
    assert [(plan.file_code, plan.held) for plan in result.dossiers] == [("Z", "T401"), ("Y", "")]
    assert [question.page for question in result.questions] == [5, 6, 7, 8]


def test_a_forged_separator_holds_its_dossier_and_no_other() -> None:
    stack = Stack().dossier("A").paper().dossier("B", 2).paper().sheet(BROKEN).paper().dossier("C").paper()
    result = stack.separate()
    assert [(plan.file_code, plan.held) for plan in result.dossiers] == [("A", ""), ("B", "T401"), ("C", "")]
    assert {question.code for question in result.questions} == {"T401"}
    assert [question.page for question in result.questions] == [9, 10, 11, 12]


def test_a_sound_document_separator_after_a_forged_one_is_filed_but_the_dossier_waits() -> None:
    plan = only(Stack().dossier("A").sheet(BROKEN).paper().document("A", 2).paper().separate())
    assert plan.held == "T401"
    assert [(one.ordinal, one.pages) for one in plan.documents] == [(2, (9, 10))]


def test_pages_before_the_first_separator_belong_to_no_one() -> None:
    result = Stack().paper().dossier("A").paper().separate()
    assert [(question.page, question.code) for question in result.questions] == [(1, "T405"), (2, "T405")]
    assert only(result).held == ""


def test_a_batch_without_any_separator_is_all_questions() -> None:
    result = Stack().paper(2).separate()
    assert result.dossiers == ()
    assert len(result.questions) == 4


def test_a_document_separator_before_any_dossier_opens_nothing() -> None:
    result = Stack().document("A", 1).paper().separate()
    assert result.dossiers == ()
    assert [question.code for question in result.questions] == ["T405"] * 4


def test_a_page_lost_in_the_feeder_holds_the_dossier() -> None:
    plan = only(Stack().dossier("A", 3).paper(2).separate())
    assert (plan.held, plan.details) == ("T403", {"captured": 2, "declared": 3})


def test_separators_do_not_count_as_declared_sheets() -> None:
    assert only(Stack().dossier("A", 2).document("A").paper().document("A").paper().separate()).held == ""


def test_a_document_that_misses_a_sheet_holds_its_dossier() -> None:
    plan = only(Stack().dossier("A").document("A", 1, 2).paper().document("A", 2, 1).paper().separate())
    assert (plan.held, plan.details) == ("T403", {"captured": 1, "declared": 2})


def test_a_damaged_page_holds_its_dossier_only_and_keeps_its_place() -> None:
    result = Stack().dossier("A").sheet(held="I302").paper().dossier("B").paper().separate()
    assert [(plan.held, plan.details) for plan in result.dossiers] == [("T409", {"count": 1}), ("", {})]
    assert result.dossiers[0].documents[0].pages == (3, 4, 5, 6)
    assert result.questions == ()


def test_a_damaged_back_of_a_separator_stays_held() -> None:
    code = encode(Separator(SheetKind.DOSSIER, "A"))
    result = Stack().sheet(code, back_held="I302").paper().separate()
    assert result.separators == (1,)
    assert only(result).held == "T409"


def test_a_blurred_separator_that_could_be_read_still_divides_dossiers() -> None:
    stack = Stack().dossier("A").paper().sheet(encode(Separator(SheetKind.DOSSIER, "B")), held="I308").paper()
    result = stack.separate()
    assert [(plan.file_code, plan.held) for plan in result.dossiers] == [("A", ""), ("B", "T409")]


def test_a_hostile_code_on_an_ordinary_page_holds_that_page() -> None:
    result = Stack().dossier("A").paper().sheet(HOSTILE).dossier("B").paper().separate()
    assert [(question.page, question.code) for question in result.questions] == [(5, "T402")]
    assert [plan.held for plan in result.dossiers] == ["T409", ""]


def test_a_code_that_is_no_separator_does_no_harm() -> None:
    assert only(Stack().dossier("A").sheet("https://example.vn").separate()).held == ""


def test_a_document_separator_without_pages_holds_the_dossier() -> None:
    plan = only(Stack().dossier("A").document("A", 1).document("A", 2).paper().separate())
    assert plan.held == "T410"
    assert [one.ordinal for one in plan.documents] == [2]


def test_an_empty_dossier_is_held() -> None:
    result = Stack().dossier("A").dossier("B").paper().separate()
    assert [plan.held for plan in result.dossiers] == ["T410", ""]


def test_a_document_of_another_dossier_is_never_filed_by_guess() -> None:
    stack = Stack().dossier("A").document("A", 1).paper().document("B", 2).paper().document("A", 3).paper()
    result = stack.separate()
    plan = only(result)
    assert plan.held == "T401"
    assert [one.ordinal for one in plan.documents] == [1, 3]
    assert [question.page for question in result.questions] == [7, 8, 9, 10]


def test_a_document_number_used_twice_becomes_a_question() -> None:
    result = Stack().dossier("A").document("A", 1).paper().document("A", 1).paper().separate()
    assert only(result).held == "T401"
    assert [question.page for question in result.questions] == [7, 8, 9, 10]


def test_number_zero_takes_the_next_that_no_separator_names() -> None:
    plan = only(Stack().dossier("A").paper().document("A", 1).paper().document("A").paper().separate())
    assert [(one.ordinal, one.pages[0]) for one in plan.documents] == [(2, 3), (1, 7), (3, 11)]


def test_pages_straight_after_a_dossier_separator_are_document_one() -> None:
    assert [one.ordinal for one in only(Stack().dossier("A").paper(3).separate()).documents] == [1]


def test_a_continue_separator_goes_on_with_the_document_before_it() -> None:
    plan = only(Stack().dossier("A").document("A", 4, 2).paper().go_on("A", 0, 1).paper().separate())
    assert [(one.ordinal, one.sheets, one.continues) for one in plan.documents] == [(4, 2, False)]
    assert plan.held == ""


def test_a_continue_separator_may_name_an_earlier_document_of_the_batch() -> None:
    stack = Stack().dossier("A").document("A", 1).paper().document("A", 2).paper().go_on("A", 1).paper()
    plan = only(stack.separate())
    assert [(one.ordinal, one.pages) for one in plan.documents] == [(1, (5, 6, 13, 14)), (2, (9, 10))]


def test_a_continue_separator_that_brings_too_few_sheets_holds() -> None:
    plan = only(Stack().dossier("A").document("A", 1).paper().go_on("A", 1, 3).paper(2).separate())
    assert (plan.held, plan.details) == ("T403", {"captured": 2, "declared": 3})


def test_a_continue_separator_without_pages_holds_when_it_declared_some() -> None:
    assert only(Stack().dossier("A").document("A", 1).paper().go_on("A", 1, 1).separate()).held == "T403"


def test_a_document_of_an_earlier_batch_is_continued() -> None:
    rules = SeparationRules(Way(), known={"A": KnownDossier((4, 5), 3, 4)})
    plan = only(Stack().go_on("A", 5).paper().separate(rules))
    assert [(one.ordinal, one.continues) for one in plan.documents] == [(5, True)]
    assert (plan.held, plan.declared_sheets, plan.captured_sheets) == ("", 4, 4)


@pytest.mark.parametrize(("known", "code"), [({}, "T405"), ({"A": KnownDossier((4,))}, "T401")])
def test_a_document_that_no_one_knows_is_not_continued(known: dict[str, KnownDossier], code: str) -> None:
    result = Stack().go_on("A", 5).paper().separate(SeparationRules(Way(), known=known))
    assert [question.code for question in result.questions] == [code] * 4
    assert [document for plan in result.dossiers for document in plan.documents] == []


def test_nothing_to_continue_is_a_question() -> None:
    result = Stack().dossier("A").go_on("A").paper().separate()
    assert only(result).held == "T401"
    assert [question.page for question in result.questions] == [3, 4, 5, 6]


def test_what_an_unreadable_separator_began_is_not_continued_by_guess() -> None:
    result = Stack().dossier("A").paper().sheet(BROKEN).paper().go_on("A").paper().separate()
    assert only(result).documents[0].pages == (3, 4)
    assert len(result.questions) == 8


def test_an_open_dossier_of_an_earlier_batch_is_completed() -> None:
    known = {"A": KnownDossier((1, 2), 3, 4)}
    plan = only(Stack().dossier("A", 4).paper().separate(SeparationRules(Way(), known=known)))
    assert (plan.held, plan.captured_sheets) == ("", 4)
    assert plan.documents[0].ordinal == 3


def test_a_number_used_in_an_earlier_batch_is_not_used_again() -> None:
    rules = SeparationRules(Way(), known={"A": KnownDossier((1, 2))})
    assert only(Stack().dossier("A").document("A", 2).paper().separate(rules)).held == "T401"


@pytest.mark.parametrize("continued", [False, True])
def test_a_closed_dossier_is_not_opened_again(continued: bool) -> None:
    rules = SeparationRules(Way(), known={"A": KnownDossier((1,), closed=True)})
    stack = Stack().go_on("A", 1) if continued else Stack().dossier("A")
    result = stack.paper().dossier("B").paper().separate(rules)
    assert [(plan.file_code, plan.held) for plan in result.dossiers] == [("B", "")]
    assert [question.code for question in result.questions] == ["T404"] * 4


def test_a_dossier_that_comes_back_after_another_waits_with_what_came_first() -> None:
    result = Stack().dossier("A").paper().dossier("B").paper().dossier("A").paper().separate()
    assert [(plan.file_code, plan.held) for plan in result.dossiers] == [("A", "T404"), ("B", "")]
    assert [question.page for question in result.questions] == [9, 10, 11, 12]


def test_a_dossier_separator_put_twice_does_no_harm() -> None:
    plan = only(Stack().dossier("A", 2).paper().dossier("A", 2).paper().separate())
    assert plan.held == ""
    assert [one.ordinal for one in plan.documents] == [1, 2]


def test_dossier_separators_that_declare_different_numbers_hold() -> None:
    assert only(Stack().dossier("A", 1).paper().dossier("A", 2).paper().separate()).held == "T401"


def test_keyed_separators_refuse_a_home_made_one() -> None:
    rules = SeparationRules(Way(), key=b"key of the office")
    sound = encode(Separator(SheetKind.DOSSIER, "A"), rules.key)
    result = Stack().sheet(sound).paper().dossier("B").paper().separate(rules)
    assert [(plan.file_code, plan.held) for plan in result.dossiers] == [("A", "T401")]


def test_one_dossier_takes_everything_as_one_document() -> None:
    plan = only(Stack().paper(3).separate(SeparationRules(Way(ONE), "DEFAULT.1")))
    assert (plan.file_code, plan.held, plan.captured_sheets, plan.declared_sheets) == ("DEFAULT.1", "", 3, 0)
    assert plan.documents[0].pages == (1, 2, 3, 4, 5, 6)


def test_separators_are_obeyed_even_where_one_dossier_was_asked_for() -> None:
    result = Stack().dossier("A").paper().dossier("B").paper().separate(SeparationRules(Way(ONE), "DEFAULT.1"))
    assert [plan.file_code for plan in result.dossiers] == ["A", "B"]


def test_a_broken_separator_holds_even_where_one_dossier_was_asked_for() -> None:
    plan = only(Stack().paper().sheet(BROKEN).paper().separate(SeparationRules(Way(ONE), "DEFAULT.1")))
    assert plan.held == "T401"


def test_an_empty_batch_gives_nothing() -> None:
    assert Stack().separate() == Separation((), (), ())


@pytest.mark.parametrize("rules", [SeparationRules(Way(ONE)), SeparationRules(Way(ONE), "../x"),
                                   SeparationRules(Way("by_feeling"))])
def test_rules_that_cannot_work_are_refused(rules: SeparationRules) -> None:
    with pytest.raises(ValueError, match=r"one_dossier|way of separation"):
        Stack().paper().separate(rules)


def test_a_separator_put_twice_does_no_harm_where_an_earlier_batch_counted_the_sheets() -> None:
    rules = SeparationRules(Way(), known={"A": KnownDossier((1,), 1, 3)})
    plan = only(Stack().dossier("A").paper().dossier("A").paper().separate(rules))
    assert (plan.held, plan.declared_sheets) == ("", 3)
    plan = only(Stack().dossier("A").paper().dossier("A", 3).paper().separate(rules))
    assert (plan.held, plan.declared_sheets) == ("", 3)
    assert only(Stack().dossier("A").paper().dossier("A", 9).paper().separate(rules)).held == "T401"


@pytest.mark.parametrize("began", [True, False])
def test_a_document_whose_file_is_made_takes_no_more_pages(*, began: bool) -> None:
    rules = SeparationRules(Way(), known={"A": KnownDossier((1,), 1, 0, written=(1,))})
    stack = Stack().dossier("A") if began else Stack()
    result = stack.go_on("A", 1).paper().separate(rules)
    assert not any(plan.documents for plan in result.dossiers)
    assert {question.code for question in result.questions} == {"T401"}
