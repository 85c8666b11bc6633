"""The truth of generated pages is where the picture shows it: a wrong truth would make every figure a lie."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from appliance.imaging import marks
from bench.corpus import SETS, Code, Corner, Hand, Lie, Sample, Sensor, Sheet, Spec, Stamp, Streak, page, samples

DPI = 100
EVEN = Sensor(shade=0.0, noise=0.0)


def grey(sample: Sample) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """Return the page without colour."""
    return np.asarray(cv2.cvtColor(sample.image, cv2.COLOR_RGB2GRAY), np.uint8)


def test_the_same_wish_gives_the_same_pixels_and_another_seed_others() -> None:
    wish = Spec("note", dpi=DPI, seed=5, laid=(Stamp("MẬT"),), sheet=Sheet(bleed=0.1, specks=3))
    first, again = page(wish), page(wish)
    assert np.array_equal(first.image, again.image)
    assert first.truth == again.truth
    other = page(Spec("note", dpi=DPI, seed=6, laid=(Stamp("MẬT"),), sheet=Sheet(bleed=0.1, specks=3)))
    assert not np.array_equal(first.image, other.image)


@pytest.mark.parametrize("turn", [0, 1, 2, 3])
def test_the_sheets_corners_are_where_the_paper_ends_whichever_way_it_lay(turn: int) -> None:
    sample = page(Spec("blank", dpi=DPI, lie=Lie(skew=4.0, turn=turn, lid="black", overscan=15), sensor=EVEN))
    paper = np.argwhere(grey(sample) > 128)[:, ::-1] + 0.5
    found = cv2.boxPoints(cv2.minAreaRect(paper.astype(np.float32)))
    for corner in sample.truth.corners():
        assert min(np.hypot(*(found - np.array(corner)).T)) < 1.5
    top_left, top_right = sample.truth.corners()[:2]
    direction = np.degrees(np.arctan2(top_right[1] - top_left[1], top_right[0] - top_left[0]))
    assert (direction + 90 * turn) % 360 == pytest.approx(4.0, abs=0.01)


@pytest.mark.parametrize("turn", [0, 1])
def test_red_ink_lies_in_the_box_of_its_stamp_and_nowhere_else(turn: int) -> None:
    lie = Lie(skew=2.0, turn=turn, lid="grey", overscan=6)
    sample = page(Spec("blank", dpi=DPI, laid=(Stamp("TỐI MẬT", at=(60, 50), angle=3),), lie=lie, sensor=EVEN))
    image = sample.image.astype(int)
    red = np.argwhere(image[..., 0] - image[..., 1] > 60)[:, ::-1]
    box = sample.truth.stamps[0].box
    assert len(red) > 200
    assert (red >= (box.x0 - 1, box.y0 - 1)).all()
    assert (red <= (box.x1 + 1, box.y1 + 1)).all()
    assert sample.truth.secret


def test_a_stamp_of_a_secret_is_as_large_as_the_law_says_and_has_two_borders() -> None:
    sample = page(Spec("blank", dpi=300, laid=(Stamp("MẬT", at=(60, 50), ink=1, patchy=0),), sensor=EVEN))
    box = sample.truth.stamps[0].box
    part = sample.image[round(box.y0):round(box.y1), round(box.x0):round(box.x1)].astype(int)
    red = part[..., 0] - part[..., 1] > 50
    across, down = np.flatnonzero(red.any(0)), np.flatnonzero(red.any(1))
    assert (across[-1] - across[0] + 1) * 25.4 / 300 == pytest.approx(20, abs=0.4)
    assert (down[-1] - down[0] + 1) * 25.4 / 300 == pytest.approx(8, abs=0.4)
    column = red[:, across[0] + round(2.2 * 300 / 25.4)]
    assert np.count_nonzero(np.diff(np.pad(column.astype(int), 1)) == 1) == 4


@pytest.mark.parametrize("kind", ["QRCode", "DataMatrix", "PDF417", "Code128", "Code39"])
def test_a_clean_code_is_read_where_the_truth_says_it_is(kind: str) -> None:
    code = Code(kind, "H00.00.00.2019.16", (105, 100), 90 if kind in ("PDF417", "Code128", "Code39") else 20)
    sample = page(Spec("blank", dpi=200, laid=(code,), lie=Lie(skew=1.0), sensor=EVEN))
    found = marks.read(grey(sample), 200).marks
    assert [mark.text for mark in found] == [code.text]
    truth, box = sample.truth.codes[0].box, found[0].box
    assert abs((box.x0 + box.x1) - (truth.x0 + truth.x1)) < 20
    assert abs((box.y0 + box.y1) - (truth.y0 + truth.y1)) < 20


@pytest.mark.parametrize(("text", "bars"), [("1", "WWNN"), ("2", "WNNW"), ("3", "WNWN"), ("4", "NWWN"),
                                           ("6", "NNWW"), ("T", "NWNW")])
def test_the_bars_of_a_patch_code_have_the_widths_of_its_definition(text: str, bars: str) -> None:
    sample = page(Spec("blank", dpi=200, laid=(Code("Patch", text, (105, 40), 80),), sensor=EVEN))
    column = (grey(sample)[:, sample.image.shape[1] // 2] < 128).astype(int)
    edges = np.flatnonzero(np.diff(column))
    inches = np.diff(edges) / 200
    wanted = []
    for bar in bars:
        wanted += [0.2 if bar == "W" else 0.08, 0.08]
    assert inches == pytest.approx(wanted[:-1], abs=0.012)


def test_a_streak_is_the_darkest_column_from_top_to_bottom() -> None:
    sample = page(Spec("blank", dpi=DPI, sensor=Sensor(streaks=(Streak(0.37, 0.3, 50),), shade=0.0)))
    columns = grey(sample).mean(0)
    assert abs(float(columns.argmin()) + 0.5 - sample.truth.streaks[0]) <= 1
    assert "streaks" in sample.truth.bad


def test_print_beyond_the_frame_is_cut_off_and_a_shift_within_the_margin_is_not() -> None:
    gone = page(Spec("note", dpi=DPI, lie=Lie(lid="grey", shift=(60, 0)))).truth
    kept = page(Spec("note", dpi=DPI, lie=Lie(lid="grey", shift=(2, 0)))).truth
    assert "cut_off" in gone.bad
    assert "cut_off" not in kept.bad | kept.doubtful


def test_a_folded_corner_shows_what_lies_behind_the_paper() -> None:
    lie = Lie(lid="black")
    for which, (row, column) in enumerate(((3, 3), (3, -4), (-4, -4), (-4, 3))):
        sample = page(Spec("blank", dpi=DPI, sheet=Sheet(corner=Corner(which, (25, 25))), lie=lie, sensor=EVEN))
        assert grey(sample)[row, column] < 40
        assert "folded_corner" in sample.truth.bad


def test_a_file_says_the_resolution_of_its_header_whether_true_or_not() -> None:
    sample = page(Spec("blank_card", dpi=DPI, sensor=Sensor(header_dpi=200)))
    data = sample.jpeg()
    assert int.from_bytes(data[14:16], "big") == 200
    assert sample.master(data).dpi == 200
    assert "dpi_measured" in sample.truth.bad


def test_a_side_with_only_a_pencilled_number_may_be_called_blank_and_one_with_a_signature_not() -> None:
    number = page(Spec("blank", dpi=DPI, laid=(Hand("12"),))).truth
    signed = page(Spec("blank", dpi=DPI, laid=(Hand("", "pen", (100, 100)),))).truth
    assert "blank" in number.doubtful
    assert not signed.blank
    assert "blank" not in signed.doubtful
    assert page(Spec("blank", dpi=DPI, sheet=Sheet(bleed=0.3, holes=True))).truth.blank


@pytest.mark.parametrize("name", sorted(SETS))
def test_every_set_has_pages(name: str) -> None:
    for sample in samples(name, 2, dpi=60):
        assert sample.image.ndim == 3
        assert sample.image.dtype == np.uint8
        assert sample.image.flags.c_contiguous
        assert len(sample.jpeg()) > 500


def test_every_fault_has_pages_that_should_fail_and_pages_that_should_hold() -> None:
    for name in ("streaks", "sharpness", "clipping", "misregistration", "folded_corner", "staple", "contrast"):
        truths = [sample.truth for sample in samples(f"fault_{name}", 15, dpi=30)]
        assert any(name in truth.bad for truth in truths), name
        assert any(name not in truth.bad | truth.doubtful for truth in truths), name


def test_stamped_pages_have_one_secret_stamp_and_near_misses_none() -> None:
    for sample in samples("stamps", 6, dpi=40):
        assert [stamp.kind for stamp in sample.truth.stamps].count("secret") == 1
    for sample in samples("near_misses", 8, dpi=40):
        assert sample.truth.stamps
        assert not sample.truth.secret
