"""Every kernel against a plain numpy telling of the same thing."""

from __future__ import annotations

from typing import cast

import numpy as np
import numpy.typing as npt
import pytest

from appliance.imaging import kernels

Grey = npt.NDArray[np.uint8]
RNG = np.random.default_rng(7)


def noise(height: int = 83, width: int = 131) -> Grey:
    """Grey noise with some structure, so that no threshold is met by chance alone."""
    ramp = np.linspace(40, 220, width)[None, :]
    return np.clip(ramp + RNG.normal(0, 40, (height, width)), 0, 255).astype(np.uint8)


def dots(height: int = 60, width: int = 90, share: float = 0.3) -> Grey:
    """Random ink (0) on paper (255)."""
    return np.where(RNG.random((height, width)) < share, 0, 255).astype(np.uint8)


def test_strip_sums_count_ink_by_row_and_strip() -> None:
    ink = dots(50, 87)
    sums = np.empty((10, 50), np.int32)
    kernels.strip_sums(ink, 8, sums)
    assert np.array_equal(sums, (ink[:, :80] == 0).reshape(50, 10, 8).sum(axis=2).T)


def plain_profile(sums: npt.NDArray[np.int32], slope: float, first: int, last: int) -> npt.NDArray[np.float64]:
    strips, height = sums.shape
    profile = np.zeros(height)
    for s in range(first, last):
        shift = (s - (strips - 1) / 2) * slope
        whole = int(np.floor(shift + 0.5))
        part = shift - whole
        weights = 0.5 * (0.5 - part) ** 2, 0.75 - part ** 2, 0.5 * (0.5 + part) ** 2
        for y in range(height):
            if y + whole >= 1 and y + whole + 1 < height:
                profile[y] += float(np.dot(weights, sums[s, y + whole - 1:y + whole + 2]))
    return profile


@pytest.mark.parametrize("slope", [-0.9, -0.13, 0.0, 0.4, 7.0])
def test_sheared_profile_spreads_each_row_by_a_spline(slope: float) -> None:
    sums = RNG.integers(0, 9, (12, 70)).astype(np.int32)
    profile = np.empty(70)
    kernels.sheared_profile(sums, slope, 2, 11, profile)
    assert np.allclose(profile, plain_profile(sums, slope, 2, 11))


def test_dark_strips_sum_how_far_pixels_lie_below_their_cells_limit() -> None:
    grey = noise(75, 103)
    limits = RNG.integers(0, 256, (5, 7)).astype(np.uint8)
    sums = np.empty((25, 6), np.uint16)
    kernels.dark_strips(grey, limits, 3, sums)
    whole = np.kron(limits, np.ones((16, 16)))[:75:3, :96]
    below = np.maximum(whole - grey[::3, :96], 0)
    assert np.array_equal(sums, below.reshape(25, 6, 16).sum(axis=2))


def steep(profile: npt.NDArray[np.float64]) -> float:
    return float((np.diff(profile) ** 2).sum())


def test_fine_scores_are_squared_steps_of_the_sheared_profile() -> None:
    sums = RNG.integers(0, 900, (12, 70)).astype(np.float32)
    sums[:, :12] = sums[:, -12:] = 0  # the old kernel loses what leaves the page, the new one has room for it
    slopes = np.array([-0.5, 0.0, 0.37, 1.1])
    scores = np.empty(4)
    kernels.fine_scores(sums, slopes, np.empty(70 + 2 * 9, np.float32), scores)
    wide = np.pad(sums.astype(np.int32), ((0, 0), (9, 9)))
    assert np.allclose(scores, [steep(plain_profile(wide, -slope, 0, 12)) for slope in slopes], rtol=1e-4)


def test_coarse_scores_move_strips_by_whole_rows() -> None:
    sums = RNG.integers(0, 900, (9, 64)).astype(np.float32)
    slopes = np.array([-0.8, 0.0, 0.3])
    scores = np.empty(3)
    kernels.coarse_scores(sums, slopes, np.empty(64 + 2 * 6, np.float32), scores)
    for slope, score in zip(slopes, scores, strict=True):
        profile = np.zeros(64 + 12)
        for s in range(9):
            shift = int(np.floor((s - 4) * slope + 0.5))
            profile[6 + shift:70 + shift] += sums[s]
        assert score == pytest.approx(steep(profile), rel=1e-4)


def test_lines_across_are_counted_strip_by_strip() -> None:
    there = (RNG.random((9, 50)) < 0.3).astype(np.uint8)
    moves = np.array([-7, -3, 0, 2, 5, 0, 49, -49, 13])
    counts = np.empty(50, np.int64)
    kernels.count_across(there, moves, counts)
    moved = [np.roll(row.astype(int), -move) for row, move in zip(there, moves, strict=True)]
    assert np.array_equal(counts, sum(moved))


def test_upright_evidence_is_cubed_falls_and_rises_by_part() -> None:
    sums = RNG.integers(0, 9, (12, 60)).astype(np.int32)
    evidence = np.empty((3, 2, 2))
    kernels.upright_evidence(sums, 0.2, 3, 2, evidence)
    for column in range(3):
        steps = np.diff(plain_profile(sums, 0.2, column * 4, column * 4 + 4), prepend=0.0)
        for part in range(2):
            mine = steps[max(1, part * 30):part * 30 + 30]
            assert evidence[column, part, 0] == pytest.approx(-(mine[mine < 0] ** 3).sum())
            assert evidence[column, part, 1] == pytest.approx((mine[mine > 0] ** 3).sum())


def test_an_accent_tells_on_which_side_its_letter_is() -> None:
    labels = np.zeros((40, 40), np.int32)
    labels[20:30, 10:18] = 1  # a letter
    labels[16:18, 12:15] = 2  # its accent, above
    labels[32:34, 13:15] = 3  # a dot, below
    labels[10:12, 25:27] = 4  # a mark alone
    kinds = np.array([0, 1, 2, 2, 2], np.uint8)
    sides = np.empty(4, np.int64)
    kernels.accent_sides(kinds[labels], np.array([[12, 16, 15, 18], [25, 10, 27, 12]]), 4, sides)
    assert sides.tolist() == [0, 0, 1, 0]
    kernels.accent_sides(kinds[labels], np.array([[13, 32, 15, 34]]), 4, sides)
    assert sides.tolist() == [1, 0, 0, 0]


def test_the_dots_of_a_leader_under_a_word_are_no_accents() -> None:
    labels = np.zeros((40, 40), np.int32)
    labels[10:20, 5:35] = 1
    for dot in range(5):
        labels[22:24, 8 + dot * 4:10 + dot * 4] = 2 + dot
    kinds = np.array([0, 1, 2, 2, 2, 2, 2], np.uint8)
    boxes = np.array([[8 + dot * 4, 22, 10 + dot * 4, 24] for dot in range(1, 4)])
    sides = np.empty(4, np.int64)
    kernels.accent_sides(kinds[labels], boxes, 4, sides)
    assert not sides.any()


def test_marks_at_the_edge_of_the_image_are_looked_at_safely() -> None:
    labels = np.ones((5, 5), np.int32)
    sides = np.empty(4, np.int64)
    boxes = np.array([[0, 0, 1, 1], [4, 4, 5, 5]])
    kernels.accent_sides(np.array([0, 1], np.uint8)[labels], boxes, 9, sides)
    assert sides.tolist() == [1, 1, 1, 1]


def test_edge_steps_gather_contrast_and_steepest_step() -> None:
    grey = noise(20, 50)
    table = np.empty((256, 2), np.int64)
    kernels.edge_steps(grey, 2, 24, table)
    plain = np.zeros((256, 2), np.int64)
    for row in grey[::2].astype(int):
        for x in range(3, 47):
            seven = row[x - 3:x + 4]
            if abs(seven[-1] - seven[0]) >= 24:
                plain[seven.max() - seven.min()] += 1, abs(np.diff(seven)).max()
    assert np.array_equal(table, plain)


def test_the_largest_free_rectangle_is_the_largest_by_brute_force() -> None:
    for _ in range(20):
        taken = (RNG.random((12, 22)) < 0.12).astype(np.uint8)
        best = np.empty(4, np.int64)
        kernels.largest_free(taken, 2, 4, best)
        areas = [
            (y1 - y0) * (x1 - x0)
            for y0 in range(12) for y1 in range(y0 + 2, 13) for x0 in range(22) for x1 in range(x0 + 4, 23)
            if not taken[y0:y1, x0:x1].any()
        ]
        x0, y0, x1, y1 = best
        assert (y1 - y0) * (x1 - x0) == max(areas, default=0)
        assert not taken[y0:y1, x0:x1].any()


def test_no_free_rectangle_is_said_with_zeros() -> None:
    best = np.empty(4, np.int64)
    kernels.largest_free(np.ones((12, 22), np.uint8), 2, 4, best)
    assert not best.any()


def test_a_wrong_dtype_is_refused_and_never_compiled_on_the_line() -> None:
    with pytest.raises(TypeError):
        kernels.strip_sums(cast(Grey, np.zeros((8, 8), np.float32)), 4, np.empty((2, 8), np.int32))
