"""The stamp stands in its half and the top 20 mm, on nothing; a strip is added only where that is allowed."""

from __future__ import annotations

import numpy as np
import pytest

from appliance.core import cells
from appliance.core.errors import ApplianceError
from appliance.core.jobs import StampSpace
from appliance.core.model import Box, EmptyBand
from appliance.core.stamping import StampForm
from appliance.documents.stampbox import POINTS_PER_MM, StampPlace, place_stamp

FLAT, TALL = StampForm(60, 11), StampForm(30, 15)
RIGHT = StampSpace("top-right", 60, 11, 3)
LEFT = StampSpace("top-left", 60, 11, 3)
BOTH = StampSpace("top-right", 60, 11, 3, (FLAT, TALL))
OLD = EmptyBand(Box(0, 0, 100, 20), Box(110, 0, 210, 20))
A4 = (210.0, 297.0)

Mm = tuple[float, float, float, float]


def page_with(*ink: Mm, size: tuple[float, float] = A4) -> EmptyBand:
    """What imaging says of a page with ink in these boxes (left, top, right, bottom in mm)."""
    taken = np.zeros((round(min(20, size[1]) * 2), round(size[0] * 2)), np.uint8)
    for x0, y0, x1, y1 in ink:
        taken[round(y0 * 2):round(y1 * 2), round(x0 * 2):round(x1 * 2)] = 1
    return EmptyBand(cells=cells.pack(taken.shape[1], taken.shape[0], np.packbits(taken, axis=1).tobytes()))


def place(space: StampSpace, band: EmptyBand, size: tuple[float, float] = A4) -> StampPlace:
    return place_stamp(space, band, size[0] * POINTS_PER_MM, size[1] * POINTS_PER_MM)


def in_mm(placed: StampPlace, height: float = 297) -> Mm:
    """Left, top, right, bottom in mm from the captured page's top left corner."""
    box, k = placed.box, POINTS_PER_MM
    return box.x0 / k, height - box.y1 / k, box.x1 / k, height - box.y0 / k


def test_an_agency_stands_top_right_and_an_officer_top_left() -> None:
    assert in_mm(place(RIGHT, page_with())) == pytest.approx((147, 3, 207, 14))
    assert in_mm(place(LEFT, page_with())) == pytest.approx((3, 3, 63, 14))


def test_a_pencilled_sheet_number_pushes_the_stamp_inwards() -> None:
    left, top, right, _ = in_mm(place(RIGHT, page_with((190, 5, 200, 11))))
    assert right == pytest.approx(189)  # a millimetre from it
    assert (left, top) == pytest.approx((129, 3))


def test_a_stamp_goes_down_rather_than_far_inwards() -> None:
    assert in_mm(place(RIGHT, page_with((150, 0, 210, 6)))) == pytest.approx((147, 7, 207, 18))


def test_where_there_is_no_room_to_spare_the_stamp_stands_close() -> None:
    band = page_with((100, 0, 210, 3.5), (100, 14.5, 210, 20))
    assert in_mm(place(RIGHT, band)) == pytest.approx((147, 3.5, 207, 14.5))


def test_the_wished_form_inwards_comes_before_a_narrower_one_in_the_corner() -> None:
    assert in_mm(place(BOTH, page_with((185, 0, 190, 20)))) == pytest.approx((124, 3, 184, 14))
    assert in_mm(place(BOTH, page_with((150, 0, 170, 20)))) == pytest.approx((177, 3, 207, 18))


@pytest.mark.parametrize("space", [RIGHT, LEFT])
def test_the_stamp_keeps_to_its_own_half(space: StampSpace) -> None:
    other = (0, 0, 105, 20) if space.corner == "top-left" else (105, 0, 210, 20)
    with pytest.raises(ApplianceError) as held:
        place(space, page_with(other))
    assert held.value.code == "K555"


def test_the_stamp_keeps_to_the_top_twenty_millimetres() -> None:
    with pytest.raises(ApplianceError) as held:
        place(RIGHT, page_with((0, 0, 210, 9.5)))
    assert held.value.code == "K555"
    _, top, _, bottom = in_mm(place(RIGHT, page_with((0, 0, 210, 9))))
    assert (top, bottom) == pytest.approx((9, 20))


def test_where_a_strip_may_be_added_the_page_grows_by_what_the_stamp_needs() -> None:
    space = StampSpace("top-right", 60, 11, 3, (FLAT, TALL), strip=True)
    placed = place(space, page_with((0, 0, 210, 20)))
    assert placed.strip_mm == pytest.approx(17)
    assert in_mm(placed) == pytest.approx((147, -14, 207, -3))


def test_a_strip_is_not_added_where_the_page_has_room() -> None:
    assert place(StampSpace("top-right", 60, 11, 3, (FLAT,), strip=True), page_with()).strip_mm == 0


def test_on_a_strip_the_stamp_takes_the_form_that_its_half_holds() -> None:
    card = (85.6, 54.0)
    space = StampSpace("top-right", 60, 11, 3, (FLAT, TALL), strip=True)
    placed = place(space, page_with((0, 0, 85.6, 20), size=card), card)
    assert in_mm(placed, 54) == pytest.approx((52.6, -18, 82.6, -3))
    assert placed.strip_mm == pytest.approx(21)


def test_on_a_strip_of_a_narrow_page_the_narrowest_form_leaves_its_half_least() -> None:
    paper = (50.0, 54.0)
    space = StampSpace("top-right", 44, 11, 3, (StampForm(44, 11), TALL), strip=True)
    placed = place(space, page_with((0, 0, 50, 20), size=paper), paper)
    assert in_mm(placed, 54) == pytest.approx((17, -18, 47, -3))


def test_a_page_narrower_than_any_form_is_held_with_what_to_do() -> None:
    with pytest.raises(ApplianceError) as held:
        place(StampSpace("top-right", 60, 11, 3, (FLAT, TALL), strip=True), EmptyBand(), (35.0, 80.0))
    assert held.value.code == "K556"


def test_of_an_older_analysis_only_the_free_rectangles_are_known() -> None:
    assert in_mm(place(RIGHT, OLD)) == pytest.approx((147, 3, 207, 14))
    assert in_mm(place(LEFT, EmptyBand(Box(20, 9, 120, 25)))) == pytest.approx((20, 9, 80, 20))
    for band in (EmptyBand(), EmptyBand(OLD.left), EmptyBand(None, Box(182, 0, 210, 20)),
                 EmptyBand(None, Box(110, 0, 210, 7)), EmptyBand(None, Box(208, 0, 210, 2))):
        with pytest.raises(ApplianceError):
            place(RIGHT, band)


def test_a_band_beyond_the_page_is_not_believed() -> None:
    assert in_mm(place(RIGHT, EmptyBand(None, Box(110, -10, 260, 20)))) == pytest.approx((147, 3, 207, 14))
    wider = page_with(size=(260.0, 297.0))
    assert in_mm(place(RIGHT, wider)) == pytest.approx((147, 3, 207, 14))


@pytest.mark.parametrize("corner", ["top-left", "top-right"])
@pytest.mark.parametrize("size", [A4, (148.0, 210.0), (420.0, 297.0), (85.6, 54.0), (105.3, 15.2)])
def test_whatever_is_taken_the_stamp_covers_none_of_it(corner: str, size: tuple[float, float]) -> None:
    rng, placed = np.random.default_rng(5), 0
    forms = (StampForm(34, 8.6), StampForm(21.37, 12.01), StampForm(14.2, 6.03))
    space = StampSpace(corner, 34, 8.6, 3, forms)
    for _ in range(60):
        drawn = rng.uniform((0, 0, 1, 1), (*size, 9, 4), (rng.integers(1, 9), 4))
        spots = [(x, y, x + wide, y + high) for x, y, wide, high in drawn]
        try:
            x0, y0, x1, y1 = in_mm(place(space, page_with(*spots, size=size), size), size[1])
        except ApplianceError:
            continue
        placed += 1
        assert (round(x1 - x0, 6), round(y1 - y0, 6)) in {(form.width_mm, form.height_mm) for form in forms}
        outer, inner = (size[0] - x1, x0 - size[0] / 2) if corner == "top-right" else (x0, size[0] / 2 - x1)
        assert min(outer, y0, size[1] - y1) >= 3 - 1e-6
        assert inner >= -1e-6
        assert y1 <= 20 + 1e-6
        for a0, b0, a1, b1 in spots:  # a spot is known to half a millimetre
            assert x1 <= a0 + 0.26 or x0 >= a1 - 0.26 or y1 <= b0 + 0.26 or y0 >= b1 - 0.26
    assert placed >= 5
