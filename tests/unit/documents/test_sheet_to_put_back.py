"""Which sheet is put back, counted as a person counts, and never guessed."""

from __future__ import annotations

import pytest

from appliance.core import errors
from appliance.core.model import Separator, SheetKind, Side
from appliance.core.place import Place, told
from appliance.documents import card
from appliance.documents.position import place_of
from appliance.documents.separator import encode
from appliance.documents.sheet import Seal, SidePage

A, B = "H18.01.2019.083", "H18.01.2019.084"


def opens(code: str = A, sheets: int = 0) -> str:
    return encode(Separator(SheetKind.DOSSIER, code, sheets=sheets))


def document(code: str = A, ordinal: int = 1) -> str:
    return encode(Separator(SheetKind.DOCUMENT, code, ordinal))


def stack(*marks: str) -> list[SidePage]:
    """One sheet for each mark, both sides; an empty mark is a page."""
    return [SidePage(0, sheet, side, marks=(mark,) if mark and side is Side.FRONT else ())
            for sheet, mark in enumerate(marks, 1) for side in Side]


def place(pages: list[SidePage], sheet: int, unseen: tuple[int, ...] = (), key: bytes = b"") -> tuple[int, str]:
    found = place_of(pages, unseen, sheet, Seal(key))
    assert found.sheet == sheet
    return found.within, found.tail


def test_the_separator_is_the_first_sheet_of_its_dossier() -> None:
    assert place(stack(opens(), document(), "", ""), 5) == (5, "083")
    assert place(stack("", opens(), ""), 4) == (3, "083")


def test_the_second_dossier_of_a_stack_is_counted_from_its_own_separator() -> None:
    assert place(stack(opens(), "", opens(B), document(B), ""), 6) == (4, "084")


def test_a_sheet_of_which_the_front_is_there_counts_itself() -> None:
    pages = [*stack(opens(), ""), SidePage(0, 3, Side.FRONT)]
    assert place(pages, 3) == (3, "083")
    assert place([*stack(opens(), ""), SidePage(0, 3, Side.FRONT, marks=(opens(B),))], 3) == (1, "084")


def test_nothing_is_told_of_a_dossier_before_every_sheet_of_it_is_looked_at() -> None:
    pages = stack(opens(), "", "")
    assert place(pages, 4, unseen=(2,)) == (0, "")
    assert place(pages, 4) == (4, "083")


def test_what_nobody_can_look_at_may_have_been_a_separator_until_another_comes() -> None:
    assert place(stack(opens(), "", opens(B), ""), 5, unseen=(2,)) == (2 + 1, "084")
    assert place(stack(opens(), "", opens(), ""), 5, unseen=(2,)) == (0, "")


def test_after_a_full_dossier_the_next_sheet_begins_another_one() -> None:
    assert place(stack(opens(sheets=2), document(), "", ""), 5) == (0, "")
    assert place(stack(opens(sheets=3), document(), "", ""), 5) == (5, "083")


@pytest.mark.parametrize("odd", ["SSA1:D:X:0::0:WRONG", document(B)], ids=["wrong check value", "other dossier"])
def test_a_separator_that_cannot_be_trusted_ends_the_count(odd: str) -> None:
    assert place(stack(opens(), odd, ""), 4) == (0, "")


def test_before_the_first_separator_only_the_sheet_of_the_batch_is_told() -> None:
    assert place(stack("", ""), 3) == (0, "")
    assert place([], 1) == (0, "")


def test_an_operator_card_at_the_head_is_no_sheet_of_a_dossier() -> None:
    assert place(stack(card.encode("NV01"), opens(), ""), 4) == (3, "083")


def test_separators_made_with_a_key_count_only_with_that_key() -> None:
    signed = encode(Separator(SheetKind.DOSSIER, A), b"key")
    assert place(stack(signed, ""), 3, key=b"key") == (3, "083")
    assert place(stack(signed, ""), 3) == (0, "")


def test_the_message_reads_as_a_person_says_it() -> None:
    vi, en = told(errors.PAPER_JAM, {}, Place(37, 12, "083"))
    assert vi == ("Kẹt giấy. Hãy lấy giấy kẹt ra, nạp lại từ tờ thứ 37 của lượt quét này (tờ thứ 12 của hồ sơ "
                  "…083), tính cả phiếu phân tách, rồi bấm Start.")
    assert en == ("Paper jam. Take the jammed paper out, load again from sheet 37 of this batch (sheet 12 of "
                  "dossier …083), separators counted, and press Start.")
    assert "lượt quét này, tính cả phiếu phân tách" in told(errors.PAPER_JAM, {}, Place(37))[0]


@pytest.mark.parametrize("kind", [
    errors.PAPER_JAM, errors.DOUBLE_FEED, errors.COVER_OPEN, errors.DEVICE_LOST, errors.DEVICE_STALLED,
    errors.SCANNER_PROCESS_LOST, errors.CAPTURE_STOPPED, errors.PAPER_PUT_WRONG, errors.DEVICE_FAULT,
    errors.DISK_FULL, errors.DISK_FAILED, errors.DEVICE_BUSY, errors.NO_PAPER, errors.UNEXPECTED,
], ids=lambda kind: kind.code)
def test_whatever_breaks_a_batch_off_the_sheet_is_told(kind: errors.Kind) -> None:
    details = {"seconds": 30, "text": "x", "reason": "x", "free_mb": 1}
    vi, en = told(kind, details, Place(37, 12, "083"))
    assert vi.count("tờ thứ 37 của lượt quét này (tờ thứ 12 của hồ sơ …083), tính cả phiếu phân tách") == 1
    assert en.count("sheet 37 of this batch (sheet 12 of dossier …083), separators counted") == 1


def test_after_a_torn_separator_nobody_says_which_dossier_it_is() -> None:
    pages = [*stack(opens(), ""), SidePage(0, 3, Side.FRONT, patches=("2",)), SidePage(0, 4, Side.FRONT)]
    assert place(pages, 5) == (0, "")
