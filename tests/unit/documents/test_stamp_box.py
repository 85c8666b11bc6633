"""The stamp stands in its corner, in the margin, on no ink; and where there is no room the page grows."""

from __future__ import annotations

import pytest

from appliance.core.jobs import StampSpace
from appliance.core.model import Box, EmptyBand
from appliance.documents.stampbox import POINTS_PER_MM, StampPlace, place_stamp

RIGHT = StampSpace("top-right", 60, 11, 3)
LEFT = StampSpace("top-left", 60, 11, 3)
WIDE = EmptyBand(Box(0, 0, 100, 20), Box(110, 0, 210, 20))
A4 = (210 * POINTS_PER_MM, 297 * POINTS_PER_MM)


def place(space: StampSpace, band: EmptyBand, size: tuple[float, float] = A4) -> StampPlace:
    return place_stamp(space, band, *size)


def in_mm(placed: StampPlace, height: float = 297) -> tuple[float, float, float, float]:
    """Left, top, right, bottom in mm from the captured page's top left corner."""
    box, k = placed.box, POINTS_PER_MM
    return box.x0 / k, height - box.y1 / k, box.x1 / k, height - box.y0 / k


def test_an_agency_stands_top_right() -> None:
    assert in_mm(place(RIGHT, WIDE)) == pytest.approx((147, 3, 207, 14))


def test_an_officer_stands_top_left() -> None:
    assert in_mm(place(LEFT, WIDE)) == pytest.approx((3, 3, 63, 14))


def test_a_narrow_gap_shrinks_the_stamp_in_proportion() -> None:
    placed = place(RIGHT, EmptyBand(None, Box(165, 0, 210, 20)))
    assert in_mm(placed) == pytest.approx((165, 3, 207, 3 + 11 * 42 / 60))
    assert placed.extra == 0


def test_the_stamp_stays_below_a_mark_at_the_edge() -> None:
    assert in_mm(place(LEFT, EmptyBand(Box(20, 9, 120, 25)))) == pytest.approx((20, 9, 80, 20))


@pytest.mark.parametrize("band", [EmptyBand(), EmptyBand(WIDE.left, None), EmptyBand(None, Box(182, 0, 210, 20)),
                                  EmptyBand(None, Box(110, 0, 210, 7)), EmptyBand(None, Box(208, 0, 210, 2))])
def test_without_room_the_page_grows_upwards(band: EmptyBand) -> None:
    placed = place(RIGHT, band)
    assert placed.extra == pytest.approx(17 * POINTS_PER_MM)
    assert in_mm(placed) == pytest.approx((147, -14, 207, -3))


def test_an_empty_band_beyond_the_page_is_not_believed() -> None:
    assert in_mm(place(RIGHT, EmptyBand(None, Box(110, -10, 260, 20)))) == pytest.approx((147, 3, 207, 14))


def test_a_page_narrower_than_the_stamp_still_gets_one() -> None:
    size = (50 * POINTS_PER_MM, 80 * POINTS_PER_MM)
    assert in_mm(place(RIGHT, EmptyBand(), size), 80) == pytest.approx((3, -14, 47, -3))
