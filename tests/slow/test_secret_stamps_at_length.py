"""State-secret stamps on many pages: hardly one missed, no batch let through, and no ordinary page stopped."""

from __future__ import annotations

import cv2
import pytest

from bench.corpus import spec_of
from bench.secret_pages import Block, Tally, look_at

pytestmark = pytest.mark.slow

SEED = 20261122
BOTH = [pytest.param(200, marks=pytest.mark.long), 300]
"""Fewer dots see less, so both are proved; make test-slow has the resolution of the offices."""


@pytest.fixture(autouse=True)
def one_thread() -> None:
    cv2.setNumThreads(1)


def looked_at(block: Block, dpi: int) -> Tally:
    tally = Tally()
    for number in range(block.sheets):
        look_at(tally, block, spec_of(block.name, number, SEED, dpi), number)
    return tally


@pytest.mark.parametrize("dpi", BOTH)
def test_at_least_ninety_seven_of_a_hundred_stamps_are_found_however_worn(dpi: int) -> None:
    tally = looked_at(Block("stamps", 70, 2), dpi)
    assert tally.stops >= 0.97 * tally.captures


@pytest.mark.parametrize("dpi", BOTH)
def test_of_a_hundred_batches_with_a_stamped_page_at_most_one_passes(dpi: int) -> None:
    tally = looked_at(Block("batches", 50, 2), dpi)
    assert tally.stops >= 0.99 * tally.captures


@pytest.mark.parametrize("dpi", BOTH)
def test_under_one_in_a_hundred_near_misses_stops_a_batch(dpi: int) -> None:
    tally = looked_at(Block("near_misses", 75, 2), dpi)
    assert tally.stops <= 0.01 * tally.captures


@pytest.mark.parametrize("dpi", BOTH)
def test_under_one_in_twenty_urgent_stamps_struck_twice_stops_a_batch(dpi: int) -> None:
    tally = looked_at(Block("double_struck", 30, 2), dpi)
    assert tally.stops <= 0.05 * tally.captures


@pytest.mark.parametrize("dpi", BOTH)
def test_no_ordinary_page_stops_a_batch(dpi: int) -> None:
    assert looked_at(Block("ordinary", 48, 6), dpi).stops == 0
