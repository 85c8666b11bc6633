"""How an image is laid on its page: by numbers one can check with a ruler."""

from __future__ import annotations

import math

import pytest

from appliance.core.model import DocumentKey, Geometry, PageKey, Side

WIDTH, HEIGHT = 200, 100


def put(geometry: Geometry, x: float, y: float) -> tuple[float, float]:
    a, b, c, d, e, f = geometry.matrix()
    return a * x + c * y + e, b * x + d * y + f


def lie(turn: int = 0, skew: float = 0.0, *, mirror: bool = False,
        shift: tuple[float, float] = (0.0, 0.0)) -> Geometry:
    wide, high = (WIDTH, HEIGHT) if turn % 2 == 0 else (HEIGHT, WIDTH)
    return Geometry(WIDTH, HEIGHT, turn, skew, wide, high, *shift, mirror)


def test_a_page_that_lies_well_is_not_touched() -> None:
    assert lie().matrix() == (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


@pytest.mark.parametrize(("turn", "top_left", "top_right"), [
    (0, (0, 0), (200, 0)),
    (1, (100, 0), (100, 200)),  # a quarter turn clockwise: the top edge becomes the right edge
    (2, (200, 100), (0, 100)),
    (3, (0, 200), (0, 0)),
])
def test_quarter_turns_go_clockwise_and_fill_the_page(
        turn: int, top_left: tuple[int, int], top_right: tuple[int, int]) -> None:
    assert put(lie(turn), 0, 0) == pytest.approx(top_left)
    assert put(lie(turn), WIDTH, 0) == pytest.approx(top_right)


def test_a_positive_skew_turns_clockwise_as_a_reader_sees_it() -> None:
    left, right = put(lie(skew=2.0), 0, 50), put(lie(skew=2.0), 200, 50)
    assert right[1] > left[1]
    assert math.degrees(math.atan2(right[1] - left[1], right[0] - left[0])) == pytest.approx(2.0)


def test_a_mirrored_image_is_mirrored_before_it_is_turned() -> None:
    assert put(lie(mirror=True), 0, 0) == pytest.approx((200, 0))
    assert put(lie(1, mirror=True), 0, 0) == pytest.approx((100, 200))


@pytest.mark.parametrize("turn", range(4))
@pytest.mark.parametrize("skew", [-44.0, -0.3, 0.0, 7.5])
@pytest.mark.parametrize("mirror", [False, True])
def test_the_middle_stays_the_middle_and_no_length_changes(turn: int, skew: float, mirror: bool) -> None:
    geometry = lie(turn, skew, mirror=mirror, shift=(3.0, -5.0))
    middle = geometry.page_width / 2 + 3.0, geometry.page_height / 2 - 5.0
    assert put(geometry, WIDTH / 2, HEIGHT / 2) == pytest.approx(middle)
    a, b, c, d, _, _ = geometry.matrix()
    assert a * d - b * c == pytest.approx(-1.0 if mirror else 1.0)
    assert math.hypot(a, b) == pytest.approx(1.0)
    assert math.hypot(c, d) == pytest.approx(1.0)
    assert a * c + b * d == pytest.approx(0.0, abs=1e-12)


def test_keys_read_as_their_files_are_named() -> None:
    assert str(PageKey("b", 12, Side.BACK, 2)) == "b/0012b2"
    assert str(PageKey("b", 1, Side.FRONT)) == "b/0001a1"
    assert DocumentKey("H01.2", 3).file_name == "H01.2.3.pdf"
    assert str(DocumentKey("H01.2", 3, 2)) == "H01.2.3.r2"


def test_two_equal_blank_backs_are_two_pages() -> None:
    assert PageKey("b", 1, Side.BACK) != PageKey("b", 2, Side.BACK)
    assert sorted([PageKey("b", 10, Side.FRONT), PageKey("b", 2, Side.FRONT)])[0].sheet == 2
