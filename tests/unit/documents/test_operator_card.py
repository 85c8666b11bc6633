"""The operator card: what is written is read back, it lies first, and every doubt is a question, never a guess."""

from __future__ import annotations

import hashlib
import re

import pytest
from small_stacks import dossier, filed, stack

from appliance.core import errors
from appliance.core.errors import ApplianceError
from appliance.core.model import Separator, SheetKind, Side
from appliance.documents import card
from appliance.documents.separate import SeparationRules, separate
from appliance.documents.separator import encode as separator_text
from appliance.documents.separator import is_separator
from appliance.documents.sheet import SidePage
from appliance.documents.ways import ONE, Way

KEY = b"0123456789abcdef"
HERS, HIS = card.encode("NV001"), card.encode("NV002")


def resigned(body: str) -> str:
    """A payload with a right check value: whoever prints a code can compute that too."""
    return f"{body}:{hashlib.sha256(body.encode(errors='replace')).hexdigest()[:12].upper()}"


@pytest.mark.parametrize("code", ["A", "NV001", "0", "BHXH-01.NV-12", "X" * 32])
@pytest.mark.parametrize("key", [b"", KEY])
def test_a_card_says_the_staff_code_it_was_printed_for(code: str, key: bytes) -> None:
    assert card.decode(card.encode(code, key), key) == code


def test_a_card_uses_only_letters_of_qr_alphanumeric_mode() -> None:
    assert re.fullmatch(r"[0-9A-Z $%*+\-./:]+", card.encode("BHXH-01.NV-12", KEY))


def test_the_documented_example_is_what_any_tool_makes() -> None:
    assert card.encode("NV001") == resigned("SSO1:NV001")


def test_a_card_is_no_separator_and_a_separator_no_card() -> None:
    assert not is_separator(HERS)
    assert not card.is_card(separator_text(Separator(SheetKind.DOSSIER, "A")))


def test_a_key_refuses_cards_without_it_and_with_another() -> None:
    for text in (HERS, card.encode("NV001", b"another")):
        with pytest.raises(ApplianceError, match="T401"):
            card.decode(text, KEY)


@pytest.mark.parametrize("place", range(len(HERS) - 12))
def test_any_single_letter_misread_is_noticed(place: int) -> None:
    wrong = HERS[:place] + ("X" if HERS[place] != "X" else "Y") + HERS[place + 1:]
    with pytest.raises(ApplianceError, match="T401"):
        card.decode(wrong)


@pytest.mark.parametrize("text", [
    "", "SSO1", "SSO1:", "SSO1::", resigned("SSO1:"), resigned("SSO1"), resigned("SSO2:NV001"),
    resigned("SSO1:nv001"), resigned("SSO1:../../etc"), resigned("SSO1:NV001:NV002"), resigned("SSO1:" + "9" * 33),
    resigned("SSO1:NV\x00"),
    resigned("SSO1:NV001\nX"), resigned("SSO1: NV001"), resigned("SSO1:Nguyễn"), resigned("SSO1:\ud800"),
    "SSO1:NV001:\ud800", "SSO1:NV001:" + "A" * 3000, HERS.lower(), resigned("SSO1:{code}"), resigned("SSO1:<b>"),
])
def test_a_hostile_card_names_nobody_and_is_not_repeated(text: str) -> None:
    with pytest.raises(ApplianceError) as caught:
        card.decode(text)
    said = str(caught.value)
    assert not text.strip() or text not in said
    assert "NV001" not in said
    assert caught.value.code == "T401"


@pytest.mark.parametrize("text", [HERS, HERS.lower(), "SSO1:", "  sso9:x", "SSO12:X:Y", "SSO1:\x00"])
def test_what_means_to_be_a_card_is_known_as_one(text: str) -> None:
    assert card.is_card(text)


@pytest.mark.parametrize("text", ["", "SSO", "SSO123:X", "XSSO1:A", "https://a/SSO1:", "SSA1:D:A:0::1:00"])
def test_what_is_no_card_is_left_alone(text: str) -> None:
    assert not card.is_card(text)


def test_the_card_first_in_the_stack_says_who_scanned() -> None:
    assert card.find([(1, HERS), (1, HERS), (2, "https://x")]).code == "NV001"


def test_no_card_says_nothing_and_is_no_fault() -> None:
    assert card.find([(1, "https://x"), (2, separator_text(Separator(SheetKind.DOSSIER, "A")))]) == card.Said()


@pytest.mark.parametrize(("marks", "fault"), [
    ([(2, HERS)], "T415"), ([(1, HERS), (7, HERS)], "T415"),
    ([(1, HERS), (7, HIS)], "T415"),
    ([(1, HERS), (1, HIS)], "T416"), ([(1, "SSO1:NV001:000000000000")], "T417"),
    ([(1, HERS), (1, "SSO1:")], "T417"),
])
def test_a_card_elsewhere_or_two_or_a_spoiled_one_is_a_question(marks: list[tuple[int, str]], fault: str) -> None:
    said = card.find(marks)
    assert said.fault is not None
    assert (said.code, said.fault.code) == ("", fault)


def test_paper_that_only_looks_like_a_card_does_not_say_who_scanned_the_batch() -> None:
    assert card.find([(1, HERS), (5, "SSO1:NV002:000000000000")]) == card.Said("NV001")


def test_a_card_without_the_key_of_the_office_is_a_question() -> None:
    assert card.find([(1, HERS)], KEY).fault is errors.OPERATOR_CARD_SPOILED


def test_both_sides_of_a_card_are_separators_and_count_to_no_dossier() -> None:
    result = separate(stack(HERS, dossier("A", 2), "", ""), SeparationRules(Way(), operator="NV001"))
    (plan,) = result.dossiers
    assert (plan.held, plan.captured_sheets) == ("", 2)
    assert result.separators == (1, 2, 3, 4)
    assert filed(result) == {"A": [5, 6, 7, 8]}
    assert result.questions == ()


def test_a_card_before_paper_without_separators_is_in_no_document() -> None:
    result = separate(stack(HERS, "", ""), SeparationRules(Way(ONE), "DEFAULT.1", operator="NV001"))
    assert filed(result) == {"DEFAULT.1": [3, 4, 5, 6]}
    assert result.dossiers[0].held == ""


def test_a_card_on_the_back_of_its_sheet_is_a_card() -> None:
    pages = stack("", dossier("A"), "")
    pages[1] = SidePage(2, 1, Side.BACK, False, "", (HERS,))
    assert separate(pages, SeparationRules(Way(), operator="NV001")).separators == (1, 2, 3, 4)


def test_a_sheet_that_is_card_and_separator_at_once_is_neither() -> None:
    pages = stack(HERS, dossier("B"), "")
    pages[1] = SidePage(2, 1, Side.BACK, False, "", (dossier("A"),))
    result = separate(pages, SeparationRules(Way(), operator="NV001"))
    assert [question.page for question in result.questions] == [1, 2]
    assert filed(result) == {"B": [5, 6]}


def test_after_a_person_named_the_batch_the_same_persons_card_within_it_is_put_aside() -> None:
    result = separate(stack(HERS, dossier("A", 2), "", HERS, ""), SeparationRules(Way(), operator="NV001"))
    assert result.separators == (1, 2, 3, 4, 7, 8)
    assert filed(result) == {"A": [5, 6, 9, 10]}
    assert result.dossiers[0].held == ""


def test_another_persons_card_within_the_stack_holds_its_dossier_only() -> None:
    result = separate(stack(HERS, dossier("A"), "", HIS, "", dossier("B"), ""),
                      SeparationRules(Way(), operator="NV001"))
    assert [plan.held for plan in result.dossiers] == ["T401", ""]
    assert [question.page for question in result.questions] == [7, 8, 9, 10]
    assert filed(result) == {"A": [5, 6], "B": [13, 14]}


def test_a_letter_with_a_hostile_card_text_holds_its_dossier_only() -> None:
    result = separate(stack(HERS, dossier("A"), "SSO1:../../x:0", dossier("B"), ""),
                      SeparationRules(Way(), operator="NV001"))
    assert [plan.held for plan in result.dossiers] == ["T401", ""]
    assert filed(result)["B"] == [9, 10]
