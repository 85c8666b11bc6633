"""Separators and cards from the printer, torn, soiled, askew: the code is read, or the bars say what it is."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import cv2
import numpy as np
import pytest
from drawn_scans import LIMIT, RULES, jpeg, master
from specimen_sheets import Pixels

from appliance import card_sheet
from appliance.core.model import PageAnalysis, Separator, SheetKind
from appliance.demo.cover import printed
from appliance.documents import card
from appliance.documents.patches import letters
from appliance.documents.separator import decode, is_separator
from appliance.imaging import recipe
from appliance.separator_sheet import sheets

SAYS = Separator(SheetKind.DOCUMENT, "H49.64.33.2001.160", 3, "25", 4, "one_stop")
DPI = 200
MM = DPI / 25.4
PAPER = (236, 244, 247)


@cache
def sheet(name: str) -> Pixels:
    """Return a sheet as a scanner sees it: grey ink on paper that is not white, BGR."""
    hers = card_sheet.pdf(card.encode("NV001"), "Trần Văn Bình", "NV001", "")
    data = sheets([SAYS]) if name == "separator" else hers
    ink = np.asarray(printed(data, DPI), np.float32)[..., None] / 255
    return np.asarray(ink * PAPER + (1 - ink) * 40, np.uint8)


def seen(pixels: Pixels) -> PageAnalysis:
    return recipe.analyse(jpeg(pixels), master(pixels, DPI), RULES, LIMIT)


def askew(pixels: Pixels, degrees: float) -> Pixels:
    high, wide = pixels.shape[:2]
    matrix = cv2.getRotationMatrix2D((wide / 2, high / 2), -degrees, 1.0)
    return np.asarray(cv2.warpAffine(pixels, matrix, (wide, high), borderValue=(90, 90, 90)), np.uint8)


def ink_blot(pixels: Pixels) -> Pixels:
    spoiled = pixels.copy()
    cv2.circle(spoiled, (round(90 * MM), round(85 * MM)), round(22 * MM), (110, 60, 40), -1)
    return spoiled


def upper_half_torn_off(pixels: Pixels) -> Pixels:
    spoiled = pixels.copy()
    edge = np.array([[0, 0], [pixels.shape[1], 0], [pixels.shape[1], 100 * MM], [105 * MM, 85 * MM], [0, 110 * MM]])
    cv2.fillPoly(spoiled, [np.rint(edge).astype(np.int32)], (90, 90, 90))
    return spoiled


def note_stuck_over(pixels: Pixels) -> Pixels:
    spoiled = pixels.copy()
    corners = (round(70 * MM), round(62 * MM)), (round(146 * MM), round(138 * MM))
    cv2.rectangle(spoiled, *corners, (120, 240, 250), -1)
    return spoiled


def struck_through(pixels: Pixels) -> Pixels:
    spoiled = note_stuck_over(pixels)
    for x in range(40, 170, 9):
        cv2.line(spoiled, (round(x * MM), round(6 * MM)), (round((x + 14) * MM), round(36 * MM)), (160, 70, 60), 5)
    return spoiled


SPOILS = [ink_blot, upper_half_torn_off, note_stuck_over, struck_through]
LIES: list[Callable[[Pixels], Pixels]] = [
    lambda seen: seen, lambda seen: np.rot90(seen, 2).copy(), lambda seen: np.rot90(seen).copy(),
    lambda seen: askew(seen, 5.0), lambda seen: askew(np.rot90(seen, 2).copy(), -7.0),
]


@pytest.mark.parametrize("lie", LIES)
def test_a_separator_is_read_however_it_lies(lie: Callable[[Pixels], Pixels]) -> None:
    found = seen(lie(sheet("separator")))
    assert [decode(mark.text) for mark in found.marks if is_separator(mark.text)] == [SAYS]
    assert set(letters(found.marks)) == {"2"}
    assert not found.blank


def test_a_used_sheet_with_holes_creases_and_dust_is_still_read() -> None:
    worn = sheet("separator").copy()
    for y in (108, 188):
        cv2.circle(worn, (round(12 * MM), round(y * MM)), round(3 * MM), (60, 60, 60), -1)
    cv2.line(worn, (0, round(148 * MM)), (worn.shape[1], round(149 * MM)), (200, 205, 210), 3)
    cv2.circle(worn, (round(112 * MM), round(104 * MM)), round(7 * MM), (70, 90, 110), -1)
    rng = np.random.default_rng(3)
    worn[rng.random(worn.shape[:2]) < 0.004] = 60
    assert any(is_separator(mark.text) for mark in seen(worn).marks)


@pytest.mark.parametrize("spoil", SPOILS)
@pytest.mark.parametrize(("name", "letter"), [("separator", "2"), ("card", "1")])
def test_a_spoiled_sheet_still_says_what_it_is(spoil: Callable[[Pixels], Pixels], name: str, letter: str) -> None:
    found = seen(spoil(sheet(name)))
    assert [mark.kind for mark in found.marks] == ["Patch" + letter] * len(found.marks)
    assert found.marks


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_torn_and_turned_the_bars_that_are_left_still_mean_the_same(turns: int) -> None:
    for name, letter in (("separator", "2"), ("card", "1")):
        found = seen(np.rot90(upper_half_torn_off(sheet(name)), turns).copy())
        assert letters(found.marks) == (letter,)
