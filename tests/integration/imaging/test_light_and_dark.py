"""Sauvola's and Wolf's thresholds are what their authors say, on any image; inks are told apart by colour."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.imaging import inks, tone

Grey = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]

CLOSE = 1e-9
"""Grey levels; a pixel that lies on its threshold may fall to either side."""


def window_mean(values: Floats, radius: int) -> Floats:
    """Mean over a window that is cut at the edges, from sums of whole numbers: exact up to the one division."""
    height, width = values.shape
    table = np.zeros((height + 1, width + 1))
    table[1:, 1:] = values.cumsum(axis=0).cumsum(axis=1)
    y0, y1 = np.maximum(np.arange(height) - radius, 0), np.minimum(np.arange(height) + radius + 1, height)
    x0, x1 = np.maximum(np.arange(width) - radius, 0), np.minimum(np.arange(width) + radius + 1, width)
    sums = table[y1][:, x1] - table[y0][:, x1] - table[y1][:, x0] + table[y0][:, x0]
    return np.asarray(sums / ((y1 - y0)[:, None] * (x1 - x0)[None, :]))


def statistics(grey: Grey, radius: int) -> tuple[Floats, Floats]:
    values = grey.astype(np.float64)
    mean = window_mean(values, radius)
    return mean, np.sqrt(np.maximum(window_mean(values ** 2, radius) - mean ** 2, 0.0))


def assert_same(grey: Grey, got: Grey, limit: Floats, floor: float) -> None:
    expected = np.where((grey > limit) & (grey > floor), 255, 0)
    on_the_line = np.abs(grey - limit) < CLOSE
    assert not ((got != expected) & ~on_the_line).any()
    assert set(np.unique(got)) <= {0, 255}


@st.composite
def images(draw: st.DrawFn) -> Grey:
    """Noise, steps, ramps, flats and blots of any size from one pixel on."""
    height, width = draw(st.integers(1, 90)), draw(st.integers(1, 140))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    low, high = sorted((draw(st.integers(0, 255)), draw(st.integers(0, 255))))
    kind = draw(st.sampled_from(("noise", "flat", "ramp", "steps", "print")))
    if kind == "noise":
        return rng.integers(low, high + 1, (height, width)).astype(np.uint8)
    if kind == "flat":
        return np.full((height, width), low, np.uint8)
    if kind == "ramp":
        return np.broadcast_to(np.linspace(low, high, width).astype(np.uint8), (height, width)).copy()
    if kind == "steps":
        return np.where(np.indices((height, width)).sum(axis=0) // 7 % 2, low, high).astype(np.uint8)
    return np.where(rng.random((height, width)) < 0.15, low, high).astype(np.uint8)


@settings(max_examples=150, deadline=None)
@given(images(), st.integers(1, 90), st.floats(0.0, 1.0), st.sampled_from((-1.0, 0.0, 70.0)))
def test_sauvola_is_its_definition(grey: Grey, radius: int, k: float, floor: float) -> None:
    mean, deviation = statistics(grey, radius)
    assert_same(grey, tone.sauvola(grey, radius, k, floor), mean * (1 + k * (deviation / 128 - 1)), floor)


@settings(max_examples=150, deadline=None)
@given(images(), st.integers(1, 90), st.floats(0.0, 1.0))
def test_wolf_is_its_definition(grey: Grey, radius: int, k: float) -> None:
    mean, deviation = statistics(grey, radius)
    got = tone.wolf(grey, radius, k)
    if deviation.max() < tone.LEAST_SPREAD:
        assert (got == 255).all(), "one tone all over is paper"
    else:
        assert_same(grey, got, mean - k * (1 - deviation / deviation.max()) * (mean - float(grey.min())), -1.0)


@pytest.mark.parametrize("radius", [15, 90])
def test_a_black_page_and_a_white_page_of_full_size_do_not_overflow_the_sums(radius: int) -> None:
    white, black = np.full((700, 2480), 255, np.uint8), np.zeros((700, 2480), np.uint8)
    assert (tone.sauvola(white, radius, 0.34) == 255).all()
    assert not tone.sauvola(black, radius, 0.34).any()
    half = np.hstack((white, black))
    mean, deviation = statistics(half, radius)
    assert_same(half, tone.sauvola(half, radius, 0.34), mean * (1 + 0.34 * (deviation / 128 - 1)), -1.0)


def test_black_areas_wider_than_the_window_are_filled_where_a_floor_is_given() -> None:
    grey = np.full((80, 80), 230, np.uint8)
    grey[20:60, 20:60] = 15
    out = tone.sauvola(grey, 6, 0.34, 70.0)
    assert not out[20:60, 20:60].any()
    assert out[:14].all()
    assert tone.sauvola(grey, 6, 0.34)[40, 40] == 255, "the formula alone leaves them hollow"


def painted(*patches: tuple[int, tuple[int, int, int]]) -> Grey:
    """Yellowish paper with patches of ink, 20 columns each."""
    rgb = np.full((60, 200, 3), (240, 232, 210), np.uint8)
    for at, colour in patches:
        rgb[20:40, at:at + 20] = colour
    return rgb


def test_a_red_stamp_and_a_blue_signature_come_apart_from_black_print() -> None:
    planes = inks.part(painted((20, (200, 30, 40)), (80, (40, 50, 190)), (140, (25, 25, 25))))
    red, blue, black, paper = (slice(20, 40), slice(20, 40)), (slice(20, 40), slice(80, 100)), \
        (slice(20, 40), slice(140, 160)), (slice(0, 15), slice(0, 200))
    assert planes.print[red].min() > 200 < planes.print[blue].min() + 10
    assert planes.print[black].max() < 35
    assert planes.red[red].min() > 120 and planes.blue[blue].min() > 120
    assert not planes.red[blue].any() and not planes.blue[red].any()
    assert max(planes.red[black].max(), planes.blue[black].max(), planes.red[paper].max()) < 8
    rgb = painted((20, (200, 30, 40)), (80, (40, 50, 190)), (140, (25, 25, 25)))
    found = inks.amounts(rgb)
    assert [found.print, found.red, found.blue] == pytest.approx([400 / 12000] * 3, rel=0.1)


def test_the_colour_of_the_paper_is_no_ink() -> None:
    planes = inks.part(painted())
    assert not planes.red.any() and not planes.blue.any()
    assert (planes.print == 255).all()
