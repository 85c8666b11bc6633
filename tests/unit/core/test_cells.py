"""A band of cells is packed, comes back whole, and tells where a place is free."""

from __future__ import annotations

import numpy as np
import pytest

from appliance.core import cells


def packed(taken: np.ndarray) -> str:
    return cells.pack(taken.shape[1], taken.shape[0], np.packbits(taken, axis=1).tobytes())


@pytest.mark.parametrize("shape", [(1, 1), (40, 420), (40, 419), (7, 8), (40, 841)])
def test_what_is_packed_comes_back(shape: tuple[int, int]) -> None:
    taken = (np.random.default_rng(1).random(shape) < 0.3).astype(np.uint8)
    found = cells.unpack(packed(taken))
    assert found is not None
    assert found.wide == shape[1]
    drawn = [[row >> (shape[1] - 1 - x) & 1 for x in range(shape[1])] for row in found.rows]
    assert (np.array(drawn) == taken).all()


def test_a_band_with_writing_is_a_few_hundred_letters() -> None:
    taken = np.zeros((40, 420), np.uint8)
    for at in range(30):
        taken[26 + at % 3:38, 20 + 12 * at:28 + 12 * at] = 1
    assert len(packed(taken)) < 300


@pytest.mark.parametrize("text", ["", "nonsense", "420x40:", "420x40:zzz", "420x:ab", "0x4:", "-3x-3:",
                                  "9999999x99:ab", packed(np.zeros((4, 8), np.uint8)).replace("8x4", "8x5")])
def test_what_was_never_packed_is_not_believed(text: str) -> None:
    assert cells.unpack(text) is None


def test_a_small_text_that_would_swell_is_not_believed() -> None:
    assert cells.unpack(packed(np.zeros((2000, 4000), np.uint8)).replace("4000x2000", "8x2")) is None


def test_free_places_are_those_that_brute_force_finds() -> None:
    rng = np.random.default_rng(3)
    for _ in range(30):
        taken = (rng.random((10, 30)) < 0.06).astype(np.uint8)
        known = cells.unpack(packed(taken))
        assert known is not None
        for top, high, wide in ((0, 3, 5), (2, 1, 30), (7, 3, 1), (8, 3, 2), (0, 10, 7)):
            runs = known.free_runs(top, high, wide)
            for right in range(30):
                left = 29 - right - wide + 1
                free = left >= 0 and top + high <= 10 and not taken[top:top + high, left:left + wide].any()
                assert bool(runs >> right & 1) == free


def test_only_the_rectangles_that_are_known_are_free() -> None:
    known = cells.around((20, 4), [(2, 1, 8, 9), (-5, -5, 3, 2), (18, 0, 40, 1), (9, 9, 9, 9)])
    drawn = ["".join("#" if row >> (19 - x) & 1 else "." for x in range(20)) for row in known.rows]
    assert drawn == ["...###############..", "........############", "##......############", "##......############"]
