"""Skew from grey pixels alone: as exact as asked on what offices print, and calm on what has no lines."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from specimen_sheets import Pixels

from appliance.imaging import skew
from bench.corpus import Lie, Sheet, Spec, page, samples


def grey_of(image: Pixels) -> Pixels:
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), np.uint8)


@pytest.mark.parametrize(("name", "count", "p95", "worst"), [
    ("skewed", 12, 0.05, 0.1), ("skewed_wide", 6, 0.1, 0.2),
])
def test_the_corpus_is_levelled_as_exactly_as_asked(name: str, count: int, p95: float, worst: float) -> None:
    off = [abs(skew.find(grey_of(one.image), 150).angle - one.truth.skew)
           for one in samples(name, count, seed=2, dpi=150)]
    assert float(np.percentile(off, 95)) <= p95
    assert max(off) <= worst


@pytest.mark.parametrize("lid", ["black", "grey", "white"])
@pytest.mark.parametrize("over", [2.0, 12.0])
def test_a_lid_around_the_paper_does_not_pull_the_skew_its_way(lid: str, over: float) -> None:
    """Paper that lies straight in the frame, its print askew: the print counts, not the edges."""
    sample = page(Spec("letter", 0, 150, 2, (), Sheet(), Lie(skew=0.0, lid=lid, overscan=over)))
    image = grey_of(sample.image)
    high, wide = image.shape
    edge = round((over + 8) / 25.4 * 150)
    turn = cv2.getRotationMatrix2D((wide / 2 - 0.5, high / 2 - 0.5), -1.7, 1.0)
    turned = cv2.warpAffine(image, turn, (wide, high), borderMode=cv2.BORDER_REPLICATE)
    image[edge:-edge, edge:-edge] = turned[edge:-edge, edge:-edge]
    assert skew.find(image, 150).angle == pytest.approx(1.7, abs=0.1)


@pytest.mark.parametrize("reduction", [1, 2, 3])
def test_resolution_does_not_matter(reduction: int) -> None:
    image = grey_of(page(Spec("statement", 0, 300, 2, (), Sheet(), Lie(skew=-3.37))).image)
    small = cv2.resize(image, None, fx=1 / reduction, fy=1 / reduction, interpolation=cv2.INTER_AREA)
    assert skew.find(np.ascontiguousarray(small, np.uint8), 300 / reduction).angle == pytest.approx(-3.37, abs=0.05)


def test_bands_of_faint_print_on_thermal_paper_are_levelled() -> None:
    sample = page(Spec("receipt", 0, 200, 2, (), Sheet(tone=(226, 226, 231), thermal=True), Lie(skew=1.2)))
    assert skew.find(grey_of(sample.image), 200).angle == pytest.approx(1.2, abs=0.1)


@pytest.mark.parametrize("tone", [0, 128, 255])
def test_an_even_area_has_no_slope(tone: int) -> None:
    found = skew.find(np.full((900, 700), tone, np.uint8), 100)
    assert (found.angle, found.weight) == (0.0, 0.0) or found.clearness < 3.0


def test_noise_and_vertical_rules_show_no_lines() -> None:
    noise = np.random.default_rng(3).integers(0, 256, (1100, 850), np.uint8)
    assert skew.find(noise, 100).clearness < 3.0
    rules = np.full((1100, 850), 240, np.uint8)
    rules[:, 40::60] = 20
    assert skew.find(rules, 100).clearness < 3.0


def test_a_single_rule_is_enough_to_level_by() -> None:
    drawn = np.full((1654, 1170), 240, np.uint8)
    cv2.line(drawn, (100, 800), (1070, 800 + round(970 * np.tan(np.radians(2.5)))), 30, 3, cv2.LINE_AA)
    assert skew.find(drawn, 141).angle == pytest.approx(2.5, abs=0.1)


@settings(max_examples=30, deadline=None, derandomize=True)
@given(high=st.integers(1, 2500), wide=st.integers(1, 2500), dpi=st.floats(1, 1300), kind=st.integers(0, 3))
def test_any_array_gives_an_angle_within_reach(high: int, wide: int, dpi: float, kind: int) -> None:
    high = min(high, 2_000_000 // wide)
    rng = np.random.default_rng(high)
    image = (np.zeros((high, wide), np.uint8), np.full((high, wide), 255, np.uint8),
             rng.integers(0, 256, (high, wide), np.uint8),
             np.tile(rng.integers(0, 256, (high, 1), np.uint8), (1, wide)))[kind]
    found = skew.find(np.ascontiguousarray(image), dpi)
    assert abs(found.angle) < 18
    assert np.isfinite([found.angle, found.clearness, found.weight]).all()
