"""A sheet whose bars say separator and whose code says nothing: it waits, and nobody files what lies behind it."""

from __future__ import annotations

import pytest

from appliance.core.model import Box, Mark, Separator, SheetKind, Side
from appliance.documents import card, patches
from appliance.documents.separate import SeparationRules, separate
from appliance.documents.separator import encode
from appliance.documents.sheet import Seal, SidePage, look
from appliance.documents.ways import Way

RULES = SeparationRules(Way())


def dossier(code: str, sheets: int = 0) -> str:
    return encode(Separator(SheetKind.DOSSIER, code, sheets=sheets))


def stack(*sheets: tuple[str, str]) -> list[SidePage]:
    """Fronts with (code, patch); every back is blank. Ids count from 1."""
    pages: list[SidePage] = []
    for number, (mark, patch) in enumerate(sheets, 1):
        marks, bars = (mark,) if mark else (), (patch,) if patch else ()
        pages += [SidePage(len(pages) + 1, number, Side.FRONT, False, "", marks, bars),
                  SidePage(len(pages) + 2, number, Side.BACK, blank=True)]
    return pages


PAPER = ("", "")
TORN = ("", "2")


def test_a_torn_separator_is_asked_about_and_is_no_page() -> None:
    result = separate(stack((dossier("A"), "2"), PAPER, TORN, PAPER, (dossier("B"), "2"), PAPER), RULES)
    asked = [(one.page, one.code) for one in result.questions]
    assert asked == [(5, "T420"), (6, "T420"), (7, "T401"), (8, "T401")]
    assert [(plan.file_code, plan.held) for plan in result.dossiers] == [("A", "T401"), ("B", "")]


def test_a_torn_separator_first_of_all_leaves_no_dossier_to_what_follows() -> None:
    result = separate(stack(TORN, PAPER), RULES)
    assert result.dossiers == ()
    assert [one.code for one in result.questions] == ["T420", "T420", "T401", "T401"]


@pytest.mark.parametrize("letter", ["T", "3", "4", "6"])
def test_a_separator_of_another_system_is_neither_filed_nor_obeyed(letter: str) -> None:
    result = separate(stack((dossier("A"), "2"), PAPER, ("", letter), PAPER), RULES)
    assert [one.code for one in result.questions] == ["T421", "T421", "T401", "T401"]
    assert result.questions[0].reason == f"patch {letter}"
    assert result.dossiers[0].held == "T401"


def test_bars_on_the_back_of_a_sheet_say_the_same() -> None:
    pages = stack((dossier("A"), "2"), PAPER, PAPER)
    pages[5] = SidePage(6, 3, Side.BACK, patches=("2",))
    assert [one.page for one in separate(pages, RULES).questions] == [5, 6]


def test_a_sound_code_makes_the_bars_of_either_side_harmless() -> None:
    pages = stack((dossier("A"), "2"), PAPER)
    pages[1] = SidePage(2, 1, Side.BACK, patches=("T",))
    assert separate(pages, RULES).separators == (1, 2)


def test_a_back_with_other_print_on_it_belongs_to_its_separator() -> None:
    pages = stack((dossier("A"), "2"), PAPER)
    pages[1] = SidePage(2, 1, Side.BACK, blank=False, marks=("https://old.example.vn",))
    result = separate(pages, RULES)
    assert result.separators == (1, 2)
    assert result.dossiers[0].documents[0].pages == (3, 4)


def test_a_sheet_of_the_years_before_bars_is_still_read() -> None:
    assert separate(stack((dossier("A"), ""), PAPER), RULES).dossiers[0].held == ""


def test_the_two_sheets_of_ours_bear_different_bars() -> None:
    assert {patches.SEPARATOR, patches.CARD} == set(patches.BARS)
    for letter, bars in patches.BARS.items():
        *_, (at, thick) = patches.bars(letter)
        assert at + thick == pytest.approx(patches.HEIGHT_MM)
        assert sorted(bars) == list("NNWW")


def test_bars_of_the_separator_read_the_same_from_either_edge() -> None:
    assert patches.BARS[patches.SEPARATOR] == patches.BARS[patches.SEPARATOR][::-1]


def test_patch_codes_are_found_among_other_marks() -> None:
    box = Box(0, 0, 1, 1)
    marks = [Mark("QRCode", "2", box), Mark("PatchT", "T", box), Mark("Patch2", "2", box)]
    assert patches.letters(marks) == ("T", "2")


def test_a_torn_card_first_in_the_hopper_names_nobody_and_holds_the_batch() -> None:
    said = card.find([], b"", patched=True)
    assert said.fault is not None
    assert (said.code, said.fault.code) == ("", "T417")


def test_a_card_that_is_read_is_not_torn() -> None:
    assert card.find([(1, card.encode("NV001"))], b"", patched=True) == card.Said("NV001")


def test_a_torn_card_in_a_batch_that_was_named_is_asked_about() -> None:
    pages = stack(("", "1"), (dossier("A"), "2"), PAPER)
    assert look(tuple(pages[:2]), Seal(b"", "NV001")).kind.code == "T420"
    result = separate(pages, RULES)
    assert [one.page for one in result.questions] == [1, 2]
    assert result.dossiers[0].held == ""
