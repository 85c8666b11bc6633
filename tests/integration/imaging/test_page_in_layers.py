"""A page in layers shows what the page shows, or it is refused: seals red, print sharp, pencil there."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from drawn_pages import draw
from numpy.typing import NDArray

from appliance.imaging import copy_ink
from appliance.imaging.layers import Layers, compare, split

Colour = NDArray[np.uint8]
DPI = 200.0
RED, PENCIL = (208, 34, 44), (150, 150, 152)
SEAL = (1200, 1300, 150)
PENCILLED = (slice(150, 230), slice(1300, 1500))


@pytest.fixture(scope="module")
def page() -> Colour:
    """Print, a red seal over its edge, a number in pencil, and the grain of paper."""
    rgb = np.asarray(draw().convert("RGB"), np.uint8)[:1480].copy()
    x, y, radius = SEAL
    cv2.circle(rgb, (x, y), radius, RED, 8)
    cv2.putText(rgb, "BHXH", (x - 90, y + 20), cv2.FONT_HERSHEY_SIMPLEX, 2.0, RED, 6)
    cv2.putText(rgb, "46", (1320, 220), cv2.FONT_HERSHEY_SIMPLEX, 2.2, PENCIL, 4)
    grain = np.random.default_rng(1).normal(0, 3, rgb.shape[:2])
    return np.asarray(np.clip(rgb + grain[..., None], 0, 255), np.uint8)


@pytest.fixture(scope="module")
def made(page: Colour) -> Layers:
    return split(page, DPI)


def again(made: Layers) -> Colour:
    """What a reader shows."""
    high, wide = made.mask.shape
    ink = made.colours[cv2.resize(made.inks, (wide, high), interpolation=cv2.INTER_NEAREST)]
    paper = cv2.imdecode(np.frombuffer(made.paper, np.uint8), cv2.IMREAD_COLOR)
    assert paper is not None
    paper = cv2.resize(paper[:, :, ::-1], (wide, high), interpolation=cv2.INTER_LINEAR)
    return np.asarray(np.where(made.mask[..., None] > 0, ink, paper), np.uint8)


def test_layers_of_an_ordinary_page_pass(page: Colour, made: Layers) -> None:
    assert compare(page, made, DPI).passes
    assert len(made.paper) < 40_000


def test_a_seal_stays_red(page: Colour, made: Layers) -> None:
    x, y, radius = SEAL
    ring = np.zeros(made.mask.shape, np.uint8)
    cv2.circle(ring, (x, y), radius, 1, 4)
    shown = again(made)[ring > 0]
    share = np.mean((shown[:, 0] > 150) & (shown[:, 1] < 90) & (shown[:, 2] < 100))
    assert share > 0.95


def test_pencil_is_still_to_be_read(page: Colour, made: Layers) -> None:
    was = page[PENCILLED].astype(int).mean(axis=2) < 190
    shown = again(made)[PENCILLED].astype(int).mean(axis=2)
    assert shown[was].mean() < 190 < 225 < shown[~was].mean()


def test_print_has_the_edges_of_the_page_not_of_the_coarse_layers(page: Colour, made: Layers) -> None:
    dark = page.min(axis=2) < 90
    assert np.mean(made.mask[dark]) > 0.99
    assert np.mean(made.mask[cv2.dilate(dark.astype(np.uint8), np.ones((5, 5), np.uint8)) == 0]) < 0.01


def without(made: Layers, area: tuple[slice, slice]) -> Layers:
    mask = made.mask.copy()
    mask[area] = 0
    return replace(made, mask=mask)


def test_a_lost_word_is_refused(page: Colour, made: Layers) -> None:
    assert not compare(page, without(made, (slice(300, 350), slice(180, 400))), DPI).passes


def test_a_lost_letter_is_refused(page: Colour, made: Layers) -> None:
    columns = np.flatnonzero(made.mask[370:420].any(axis=0))
    start = int(columns[0])
    assert not compare(page, without(made, (slice(370, 420), slice(start, start + 22))), DPI).passes


def test_a_seal_turned_black_is_refused(page: Colour, made: Layers) -> None:
    assert not compare(page, replace(made, colours=np.zeros_like(made.colours)), DPI).passes


def test_pencil_lost_from_the_paper_is_refused(page: Colour, made: Layers) -> None:
    clean = page.copy()
    clean[PENCILLED] = 250
    assert not compare(page, replace(made, paper=split(clean, DPI).paper), DPI).passes


def test_a_photograph_is_refused(page: Colour) -> None:
    scene = cv2.resize(np.random.default_rng(2).integers(0, 255, (120, 100, 3), np.uint8), (800, 960),
                       interpolation=cv2.INTER_CUBIC)
    photo = page.copy()
    photo[500:1460, 400:1200] = scene
    assert not compare(photo, split(photo, DPI), DPI).passes


@pytest.mark.parametrize("tone", [0, 128, 255])
def test_a_page_of_one_tone_passes(tone: int) -> None:
    plain = np.full((500, 400, 3), tone, np.uint8)
    assert compare(plain, split(plain, DPI), DPI).passes


@pytest.mark.parametrize("size", [(64, 65), (65, 64), (70, 1000), (3, 5)])
def test_small_and_narrow_pages_in_grey_have_layers(size: tuple[int, int]) -> None:
    plain = np.full(size, 240, np.uint8)
    plain[size[0] // 3, :] = 20
    made = split(plain, DPI)
    assert made.mask.shape == size and made.channels == 1
    compare(plain, made, DPI)


def test_faint_pencil_on_coloured_paper_is_ink_and_its_grain_is_not() -> None:
    random = np.random.default_rng(3)
    rgb = np.full((600, 800, 3), (236, 222, 180), np.uint8)
    cv2.putText(rgb, "170", (200, 300), cv2.FONT_HERSHEY_SIMPLEX, 4, (170, 160, 132), 6)
    drawn = rgb[:, :, 0] < 200
    noisy = np.asarray(np.clip(rgb + random.normal(0, 4, (600, 800, 1)), 0, 255), np.uint8)
    black = copy_ink.ink_of(copy_ink.plane_of(noisy), 300)
    assert black[drawn].mean() > 0.9
    assert black[cv2.dilate(drawn.astype(np.uint8), np.ones((7, 7), np.uint8)) == 0].mean() < 0.0005
