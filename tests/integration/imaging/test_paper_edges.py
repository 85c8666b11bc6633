"""The paper is found where its edges are seen, is called by its size, and is left alone where they are not."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from specimen_sheets import Pixels

from appliance.imaging import paper
from appliance.imaging.paper import Sheet
from appliance.imaging.paper_size import SIZES, size_name
from bench.corpus import Lie, Spec, page

DPI = 100


def lid(frame_mm: tuple[float, float], sheet_mm: tuple[float, float], angle: float,
        tones: tuple[int, int] = (20, 240), at: tuple[float, float] = (0.0, 0.0)) -> tuple[Pixels, Pixels]:
    """Draw paper (``tones[1]``) on a lid, its middle ``at`` off the frame's; return it and the true corners."""
    unit = DPI / 25.4 * 4
    wide, high = (round(value * unit) for value in frame_mm)
    turn = np.array([[math.cos(math.radians(angle)), -math.sin(math.radians(angle))],
                     [math.sin(math.radians(angle)), math.cos(math.radians(angle))]])
    half = np.array(sheet_mm) * unit / 2
    corners = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)]) * half @ turn.T
    corners = corners + np.array([wide, high]) / 2 + np.array(at) * unit
    drawn = np.full((high, wide), tones[0], np.uint8)
    cv2.fillConvexPoly(drawn, np.round(corners * 16 - 8).astype(np.int32), tones[1], shift=4)
    small = cv2.resize(drawn, (wide // 4, high // 4), interpolation=cv2.INTER_AREA)
    grain = np.random.default_rng(1).normal(0, 2.0, small.shape)
    return np.clip(small + grain, 0, 255).astype(np.uint8), corners / 4


def off_mm(sheet: Sheet, corners: Pixels) -> float:
    return float(np.abs(np.array(sheet.corners) - corners).max()) * 25.4 / DPI


@settings(max_examples=25, deadline=None, derandomize=True)
@given(wide=st.floats(54, 300), high=st.floats(54, 420), angle=st.floats(-14, 14), over=st.floats(4, 25),
       dark=st.integers(5, 190), shift=st.floats(-3, 3))
def test_any_sheet_on_a_dark_lid_is_found_to_a_third_of_a_millimetre(
    wide: float, high: float, angle: float, over: float, dark: int, shift: float,
) -> None:
    turned = math.radians(abs(angle))
    frame = (wide * math.cos(turned) + high * math.sin(turned) + 2 * over,
             wide * math.sin(turned) + high * math.cos(turned) + 2 * over)
    image, corners = lid(frame, (wide, high), angle, (dark, 240), (shift, -shift))
    sheet = paper.find(image, DPI)
    assert sheet.certain
    assert sheet.seen == (True, True, True, True)
    assert off_mm(sheet, corners) < 0.35
    assert sheet.angle == pytest.approx(angle, abs=0.1)
    assert sheet.size_mm == pytest.approx((wide, high), abs=0.5)


@pytest.mark.parametrize("name", SIZES)
def test_every_size_is_named_lying_either_way(name: str) -> None:
    wide, high = SIZES[name]
    for angle in (0.0, 1.3):
        for size in ((wide, high), (high, wide)):
            image, _ = lid((size[0] + 16, size[1] + 16), size, angle)
            assert size_name(*paper.find(image, DPI).size_mm) == name


def test_strips_of_a_till_roll_are_receipts_and_odd_papers_have_no_name() -> None:
    assert size_name(80, 260) == size_name(57.4, 90) == "receipt"
    assert size_name(80, 80) == size_name(190, 260) == size_name(0, 0) == ""


@pytest.mark.parametrize("kind", ["letter", "certificate", "table", "red_boxes", "a3_form", "card", "divider"])
def test_paper_that_fills_the_frame_is_not_said_to_end_in_it(kind: str) -> None:
    """Rules, frames and boxes of print are no edges: there is no lid outside of them."""
    for skew in (0.0, 1.7):
        sample = page(Spec(kind, 0, 150, 3, lie=Lie(skew=skew)))
        sheet = paper.find(np.asarray(cv2.cvtColor(sample.image, cv2.COLOR_RGB2GRAY), np.uint8), 150)
        assert not sheet.certain


def test_a_dark_header_printed_to_the_edge_is_no_lid() -> None:
    image, _ = lid((210, 297), (260, 340), 0.0)
    image[:160] = 60
    assert not paper.find(image, DPI).certain


def test_a_lid_seen_below_an_a4_sheet_only_is_believed_by_the_size() -> None:
    image, _ = lid((210, 320), (230, 297 + 23), 0.0, at=(0.0, -23.0))
    sheet = paper.find(image, DPI)
    assert (sheet.seen, sheet.certain) == ((False, False, True, False), True)
    assert sheet.size_mm == pytest.approx((210, 297), abs=0.6)
    odd, _ = lid((210, 320), (230, 250 + 70), 0.0, at=(0.0, -35.0 - 35.0))
    assert not paper.find(odd, DPI).certain


def test_a_folded_and_a_torn_edge_do_not_move_the_others() -> None:
    image, corners = lid((226, 313), (210, 297), 1.0)
    x, y = corners[0]
    cv2.fillConvexPoly(image, np.round([(x - 5, y - 5), (x + 110, y - 5), (x - 5, y + 90)]).astype(np.int32), 20)
    image[400:460, :60] = 20
    sheet = paper.find(image, DPI)
    assert sheet.certain
    assert off_mm(sheet, corners) < 0.35


@pytest.mark.parametrize("image", [
    np.zeros((1, 1), np.uint8), np.zeros((1, 5000), np.uint8), np.full((5000, 1), 255, np.uint8),
    np.zeros((900, 700), np.uint8), np.full((900, 700), 255, np.uint8), np.full((3, 3), 128, np.uint8),
    np.random.default_rng(1).integers(0, 256, (900, 700), np.uint8),
    np.tile(np.arange(256, dtype=np.uint8), (300, 3)),
    np.kron(np.indices((30, 20)).sum(0) % 2, np.ones((30, 30))).astype(np.uint8) * 255,
], ids=["1x1", "row", "column", "black", "white", "3x3", "noise", "ramps", "chequers"])
@pytest.mark.parametrize("dpi", [1.0, 75.0, 200.0, 1200.0])
def test_what_is_no_page_has_no_certain_paper(image: Pixels, dpi: float) -> None:
    sheet = paper.find(image, dpi)
    assert not sheet.certain
    assert np.isfinite(sheet.corners).all()


def test_ink_around_the_paper_is_hidden_and_none_on_it() -> None:
    image, corners = lid((226, 313), (210, 297), 2.0)
    sheet = paper.find(image, DPI)
    ink = np.zeros_like(image)
    paper.hide_around(ink, sheet)
    inner = np.zeros_like(image)
    middle = corners.mean(axis=0)
    cv2.fillConvexPoly(inner, np.round(middle + (corners - middle) * (1 - 4 / 210)).astype(np.int32), 255)
    assert (ink[inner == 255] == 0).all()
    assert (ink[:8] == 255).all()
    assert (ink[:, :8] == 255).all()
