"""One-stop papers with the portal's code on their first page: each code covers exactly the pages it starts."""

from __future__ import annotations

import pytest

from appliance.core.model import Box, Geometry, Separator, SheetKind, Side
from appliance.documents.plan import KnownDossier, Separation
from appliance.documents.separate import SeparationRules, separate
from appliance.documents.separator import encode
from appliance.documents.sheet import SidePage
from appliance.documents.ways import FIRST_PAGE, Way, at_head

PATTERN = r"(?P<reception>[A-Z0-9.\-]+)\|(?P<component>[^|]*)\|(?P<type>[0-9]*)\|.*"
WAY = Way(FIRST_PAGE, 0, PATTERN)
ANY = SeparationRules(WAY)


def portal(code: str, component: str = "", kind: str = "", name: str = "Nguyễn Văn A") -> str:
    return f"{code}|{component}|{kind}|{name}|01/01/1980"


class Papers:
    """Sheets with a code or none; ids count from 1, two to a sheet."""

    def __init__(self) -> None:
        self.pages: list[SidePage] = []

    def sheet(self, front: str = "", back: str = "", *, blank: bool = False, unread: bool = False) -> Papers:
        number = len(self.pages) // 2 + 1
        self.pages += [
            SidePage(len(self.pages) + 1, number, Side.FRONT, blank, "", (front,) if front else (), (), unread),
            SidePage(len(self.pages) + 2, number, Side.BACK, not back, "", (back,) if back else ())]
        return self

    def separate(self, rules: SeparationRules = ANY) -> Separation:
        return separate(self.pages, rules)


def documents(result: Separation) -> list[tuple[str, int, tuple[int, ...]]]:
    return [(plan.file_code, one.ordinal, one.pages) for plan in result.dossiers for one in plan.documents]


def test_a_code_covers_its_page_and_those_up_to_the_next() -> None:
    first, second = portal("H26-1"), portal("H26-2")
    result = Papers().sheet(first).sheet().sheet(first).sheet(second).sheet().separate()
    assert documents(result) == [("H26-1", 1, (1, 2, 3, 4)), ("H26-1", 2, (5, 6)), ("H26-2", 1, (7, 8, 9, 10))]
    assert [plan.held for plan in result.dossiers] == ["", ""]


def test_number_and_type_of_the_code_are_those_of_the_document() -> None:
    (plan,) = Papers().sheet(portal("H26-1", "3", "22")).separate().dossiers
    assert [(one.ordinal, one.type_name, one.component) for one in plan.documents] == [(3, "22", "")]


def test_a_component_that_is_no_number_is_kept_as_it_is() -> None:
    (plan,) = Papers().sheet(portal("H26-1", "KQ.G07.122")).sheet(portal("H26-1", "KQ.G07.123")).separate().dossiers
    assert [(one.ordinal, one.component) for one in plan.documents] == [(1, "KQ.G07.122"), (2, "KQ.G07.123")]


@pytest.mark.parametrize("component", ["2", "KQ.G07.000122"])
def test_the_same_component_twice_waits(component: str) -> None:
    result = Papers().sheet(portal("H26-1", component)).sheet(portal("H26-1", component)).sheet().separate()
    assert [plan.held for plan in result.dossiers] == ["T423"]
    assert [question.page for question in result.questions] == [3, 4, 5, 6]


def test_pages_before_the_first_code_belong_to_no_one() -> None:
    result = Papers().sheet().sheet(portal("H26-1")).separate()
    assert [(one.page, one.code) for one in result.questions] == [(1, "T423"), (2, "T423")]
    assert [plan.held for plan in result.dossiers] == [""]


def test_a_code_that_cannot_be_read_is_not_taken_for_a_further_page() -> None:
    result = Papers().sheet(portal("H26-1")).sheet(unread=True).sheet().sheet(portal("H26-2")).separate()
    assert [one.page for one in result.questions] == [3, 4, 5, 6]
    assert [(plan.file_code, plan.held) for plan in result.dossiers] == [("H26-1", "T423"), ("H26-2", "")]


def test_a_sheet_fed_face_down_begins_its_document_all_the_same() -> None:
    result = Papers().sheet("", portal("H26-1"), blank=True).separate()
    assert documents(result) == [("H26-1", 1, (1, 2))]


def test_a_code_on_the_back_of_another_page_is_a_question() -> None:
    result = Papers().sheet(portal("H26-1")).sheet("", portal("H26-2")).separate()
    assert [plan.held for plan in result.dossiers] == ["T423"]
    assert [one.page for one in result.questions] == [3, 4]


def test_codes_of_both_sides_that_contradict_each_other_are_a_question() -> None:
    result = Papers().sheet(portal("H26-1"), portal("H26-2")).separate()
    assert [one.reason for one in result.questions] == ["its codes contradict each other"] * 2


def test_the_same_code_on_both_sides_is_one() -> None:
    assert documents(Papers().sheet(portal("H26-1"), portal("H26-1")).separate()) == [("H26-1", 1, (1, 2))]


def test_papers_of_one_person_among_those_of_another_wait() -> None:
    result = Papers().sheet(portal("A")).sheet(portal("B")).sheet(portal("A")).sheet(portal("C")).separate()
    assert [(plan.file_code, plan.held) for plan in result.dossiers] == [("A", "T404"), ("B", ""), ("C", "")]
    assert [one.page for one in result.questions] == [5, 6]


def test_papers_that_were_handed_in_before_wait() -> None:
    rules = SeparationRules(WAY, known={"A": KnownDossier((1,), closed=True)})
    result = Papers().sheet(portal("A")).sheet().sheet(portal("B")).separate(rules)
    assert [one.code for one in result.questions] == ["T404"] * 4
    assert [(plan.file_code, plan.held) for plan in result.dossiers] == [("B", "")]


@pytest.mark.parametrize("code", ["../../etc", "A..B", "X" * 101])
def test_a_hostile_code_names_no_dossier(code: str) -> None:
    way = Way(FIRST_PAGE, 0, r"(?P<reception>.*)\|.*\|.*\|.*\|.*")
    result = Papers().sheet(portal(code)).separate(SeparationRules(way))
    assert result.dossiers == ()
    assert len(result.questions) == 2
    assert code not in str(result)


def test_a_code_of_something_else_is_a_further_page() -> None:
    result = Papers().sheet(portal("A")).sheet("https://dichvucong.example.vn").separate()
    assert documents(result) == [("A", 1, (1, 2, 3, 4))]


def test_a_separator_stands_above_the_codes_and_a_code_of_another_dossier_waits() -> None:
    cover = encode(Separator(SheetKind.DOSSIER, "A", sheets=2))
    result = Papers().sheet(cover).sheet(portal("A", "1")).sheet(portal("A", "2")).separate()
    assert documents(result) == [("A", 1, (3, 4)), ("A", 2, (5, 6))]
    assert result.dossiers[0].held == ""
    strange = Papers().sheet(cover).sheet(portal("A", "1")).sheet(portal("B", "1")).separate()
    assert [plan.held for plan in strange.dossiers] == ["T423"]


@pytest.mark.parametrize("way", [Way(FIRST_PAGE), Way(FIRST_PAGE, 0, "(?P<code>.*)"), Way(FIRST_PAGE, 0, "(")])
def test_a_pattern_that_cannot_work_is_refused(way: Way) -> None:
    with pytest.raises(ValueError, match=r"reception|expression|parenthesis|subpattern"):
        Papers().sheet().separate(SeparationRules(way))


@pytest.mark.parametrize(("box", "turn", "there"), [
    (Box(100, 100, 300, 300), 0, True),
    (Box(1300, 1900, 1500, 2100), 2, True),
    (Box(1300, 1900, 1500, 2100), 0, False),
    (Box(100, 100, 900, 300), 0, False),
    (Box(50, 50, 800, 800), 0, False),
])
def test_a_place_is_a_portals_code_only_where_one_is_printed(box: Box, turn: int, there: bool) -> None:
    assert at_head(Geometry(1654, 2339, turn, 0.0, 1654, 2339), box) is there
