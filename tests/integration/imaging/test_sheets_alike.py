"""The same sheet is known again however it lies; another of its kind is never taken for it."""

from __future__ import annotations

from functools import cache
from random import Random

import numpy as np
import pytest

from appliance.core.model import ImageFormat
from appliance.demo.defects import Look, scan
from appliance.demo.forms import make_form
from appliance.demo.letters import make_letter
from appliance.demo.paper import ROMAN, Column, Leaf
from appliance.imaging import decode, likeness
from appliance.imaging.decode import Grey

DPI = 150
LETTER, OTHER_LETTER = (make_letter(Random(number), DPI)[0] for number in (1, 2))
FORM, OTHER_FORM = (make_form(Random(number), DPI)[0] for number in (1, 2))
AS_FED = Look(skew=-1.6)


def seen(leaf: Leaf, look: Look = AS_FED, seed: int = 1) -> Grey:
    return decode.grey(scan(leaf, look, seed), ImageFormat.JPEG, 1, 10**8)


@cache
def form_as_fed() -> Grey:
    return seen(FORM)


def dimmed(grey: Grey) -> Grey:
    """An old lamp: darker, and more so to the right."""
    return np.asarray(grey * np.linspace(0.95, 0.75, grey.shape[1])[None, :], np.uint8)


@pytest.mark.parametrize("look", [
    Look(), Look(skew=2.0, lid=True, tone=(243, 238, 222)), Look(upside_down=True), Look(fold=True, quality=50),
], ids=["straight", "askew, other backing and light", "turned round", "folded, coarse JPEG"])
def test_the_same_sheet_is_known_again(look: Look) -> None:
    found = likeness.likeness(form_as_fed(), dimmed(seen(FORM, look, 2)))
    assert found is not None and found.same and not found.different


@pytest.mark.parametrize(("one", "other"), [(FORM, OTHER_FORM), (LETTER, OTHER_LETTER), (LETTER, FORM)],
                         ids=["two forms of one template", "two letters", "a letter and a form"])
def test_other_sheets_are_told_apart(one: Leaf, other: Leaf) -> None:
    found = likeness.likeness(seen(one), seen(other, Look(skew=1.0), 2))
    assert found is not None and found.different and not found.same


def test_a_letter_of_the_same_series_is_neither_the_same_nor_clearly_another() -> None:
    one, other = (make_letter(Random(1), DPI)[0] for _ in range(2))
    for leaf, number in ((one, "117"), (other, "358")):
        leaf.write((150, 262), number, ROMAN)
    found = likeness.likeness(seen(one), seen(other, Look(), 2))
    assert found is not None and not found.same and not found.different


def test_pages_that_have_their_ink_in_other_places_are_not_the_same() -> None:
    """Laid on each other they may share nothing but paper: that is no likeness."""
    head, foot = Leaf(DPI), Leaf(DPI)
    for leaf, top in ((head, 20), (foot, 230)):
        leaf.paragraph(top, "Kính gửi đơn vị sử dụng lao động. " * 12, ROMAN, Column(30, 150))
    dark = seen(foot)
    dark[:700] = 60  # a shadow, as of a camera
    for other in (seen(foot), dark):
        found = likeness.likeness(seen(head), other)
        assert found is None or not found.same


@pytest.mark.parametrize("other", [LETTER, Leaf(DPI)], ids=["a letter", "another blank back"])
def test_blank_sides_say_nothing(other: Leaf) -> None:
    blank = decode.grey(scan(Leaf(DPI), AS_FED, 3, LETTER), ImageFormat.JPEG, 1, 10**8)
    assert likeness.likeness(blank, seen(other)) is None


def test_sides_of_other_sizes_and_resolutions_are_compared_too() -> None:
    fine = likeness.at_dpi(seen(LETTER, Look(skew=0.5), 4), likeness.DPI**2 / 200)  # as 200 dpi would show it
    cropped = likeness.at_dpi(fine, 200)[:-60, 20:]
    found = likeness.likeness(seen(LETTER), np.ascontiguousarray(cropped))
    assert found is not None and found.same


def test_images_of_a_few_pixels_do_no_harm() -> None:
    for height, width in ((64, 64), (64, 2000), (3000, 70)):
        noise = np.random.default_rng(1).integers(0, 255, (height, width), np.uint8)
        likeness.likeness(noise, seen(LETTER))
