"""Pieces of ink are those that OpenCV finds, on any image; what is made of their runs is what their pixels say."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from drawn_scans import scan
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.imaging import pieces, tone

Grey = npt.NDArray[np.uint8]


def ink(height: int, width: int, share: float, seed: int) -> Grey:
    rng = np.random.default_rng(seed)
    return np.where(rng.random((height, width)) < share, 0, 255).astype(np.uint8)


def assert_as_opencv_finds_them(image: Grey) -> None:
    found = pieces.find(image)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(cv2.bitwise_not(image), connectivity=8)
    assert len(found.boxes) == count
    mine = found.labels()
    assert np.array_equal(mine > 0, labels > 0)
    pairs = {(int(one), int(other)) for one, other in zip(mine[mine > 0], labels[mine > 0], strict=True)}
    assert len(pairs) == count - 1, "one of ours is one of theirs"
    for one, other in pairs:
        assert np.array_equal(found.boxes[one], stats[other])


@settings(max_examples=150, deadline=None)
@given(st.integers(1, 60), st.integers(1, 80), st.floats(0.0, 1.0), st.integers(0, 10**6))
def test_pieces_of_noise_are_those_of_opencv(height: int, width: int, share: float, seed: int) -> None:
    assert_as_opencv_finds_them(ink(height, width, share, seed))


@pytest.mark.parametrize("name", ["letter", "form"])
def test_pieces_of_a_page_are_those_of_opencv(name: str) -> None:
    grey = np.asarray(cv2.cvtColor(scan(name), cv2.COLOR_BGR2GRAY), np.uint8)
    image = tone.binarise(grey, 200, 240.0)
    found = pieces.find(image)
    count, _, stats, _ = cv2.connectedComponentsWithStats(cv2.bitwise_not(image), connectivity=8)
    assert sorted(map(tuple, found.boxes[1:])) == sorted(map(tuple, stats[1:count]))


def test_arms_of_one_piece_that_meet_only_below_are_one() -> None:
    image = np.full((9, 17), 255, np.uint8)
    for arm in range(0, 17, 4):
        image[:8, arm] = 0
    image[8] = 0
    assert len(pieces.find(image).boxes) == 2


def test_paper_alone_has_no_pieces_and_ink_alone_is_one() -> None:
    assert len(pieces.find(np.full((5, 7), 255, np.uint8)).boxes) == 1
    assert pieces.find(np.zeros((5, 7), np.uint8)).boxes.tolist() == [[0, 0, 0, 0, 0], [0, 0, 7, 5, 35]]


def test_hard_ink_is_counted_by_piece_against_the_paper_around() -> None:
    image, rng = ink(61, 77, 0.4, 3), np.random.default_rng(4)
    grey = rng.integers(0, 256, (61, 77)).astype(np.uint8)
    paper = rng.integers(120, 250, (8, 10)).astype(np.uint8)
    found = pieces.find(image)
    hard = grey < np.kron(paper, np.ones((8, 8)))[:61, :77] * 0.62
    labels = found.labels()
    expected = [0] + [int((hard & (labels == one)).sum()) for one in range(1, len(found.boxes))]
    assert found.hard(grey, paper, 0.62).tolist() == expected


def test_only_pieces_of_the_asked_kinds_are_drawn_and_spanned() -> None:
    found = pieces.find(ink(40, 50, 0.3, 5))
    kinds = (np.arange(len(found.boxes)) % 5).astype(np.uint8)
    kinds[0] = 0
    labels = found.labels()
    assert np.array_equal(found.drawn(kinds, 3) == 0, kinds[labels] >= 3)
    kept = (kinds >= 3).astype(np.uint8)
    rows = [(int(at[0]), y, int(at[-1]) + 1, y + 1) for y in range(40)
            if (at := np.flatnonzero(kept[labels[y]])).size]
    assert [tuple(one) for one in found.spans(kept).tolist()] == rows
