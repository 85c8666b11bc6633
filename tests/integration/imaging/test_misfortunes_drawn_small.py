"""Single misfortunes on small drawn papers: what each check must see, and what only looks like it."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from appliance.imaging import cut_off, folds, fringes, inside, second_sheet, staple, streaks, tones, written
from appliance.imaging.paper import Sheet

Pixels = NDArray[np.uint8]
DPI = 150.0
MM = DPI / 25.4
PAPER, LID, INK = 238, 250, 40
SEEN = (True, True, True, True)


def drawn(wide_mm: float, high_mm: float, lid_mm: float = 0.0, lid: int = LID) -> tuple[Pixels, Sheet]:
    """Draw paper with the noise of a sensor, level in the middle of a frame; all its edges are seen."""
    rng = np.random.default_rng(1)
    at, wide, high = round(lid_mm * MM), round(wide_mm * MM), round(high_mm * MM)
    image = np.full((high + 2 * at, wide + 2 * at), lid, np.float32)
    image[at:at + high, at:at + wide] = PAPER
    corners = ((at, at), (at + wide, at), (at + wide, at + high), (at, at + high))
    return noisy(image, rng), Sheet(corners, SEEN if lid_mm else (False,) * 4, bool(lid_mm), 0.0, DPI)


def noisy(image: NDArray[np.float32], rng: np.random.Generator) -> Pixels:
    return np.asarray(np.clip(image + rng.normal(0, 2, image.shape), 0, 255), np.uint8)


def box(image: Pixels, mm: tuple[float, float, float, float], tone: int) -> None:
    x0, y0, x1, y1 = (round(edge * MM) for edge in mm)
    image[max(0, y0):y1, max(0, x0):x1] = tone


def text(image: Pixels, left_mm: float, top_mm: float, width_mm: float) -> None:
    """Draw a line of small upright strokes, as letters are."""
    for at in np.arange(left_mm, left_mm + width_mm, 2.4):
        box(image, (at, top_mm, at + 1.3, top_mm + 2.4), INK)


def edge_of_a_sheet(image: Pixels, at_mm: float, depth: int) -> None:
    """Draw the soft shadow of a paper's edge from side to side."""
    row, soft = round(at_mm * MM), round(1.6 * MM)
    fade = depth * np.exp(-np.arange(soft) / (soft / 2))[:, None]
    image[row:row + soft] = np.clip(image[row:row + soft] - fade, 0, 255).astype(np.uint8)


class TestTwoSheetsInOnePicture:
    def test_the_end_of_an_a4_sheet_within_longer_paper_is_a_second_sheet_though_its_shadow_is_faint(self) -> None:
        image, sheet = drawn(210, 380)
        edge_of_a_sheet(image, 297, 40)
        mass, at_mm = second_sheet.shadow(image, sheet)
        assert mass > 54.0
        assert at_mm == pytest.approx(297, abs=2)

    def test_the_same_faint_line_on_one_a4_sheet_is_a_fold(self) -> None:
        image, sheet = drawn(210, 297)
        edge_of_a_sheet(image, 148.5, 40)
        assert second_sheet.shadow(image, sheet)[0] < 54.0

    def test_a_deep_shadow_is_one_wherever_it_lies(self) -> None:
        image, sheet = drawn(210, 297)
        edge_of_a_sheet(image, 101, 130)
        mass, at_mm = second_sheet.shadow(image, sheet)
        assert mass > 54.0
        assert at_mm == pytest.approx(101, abs=2)

    def test_lines_of_print_at_that_place_leave_margins_and_are_none(self) -> None:
        image, sheet = drawn(210, 380)
        for line in range(12):
            text(image, 20, 285 + 6 * line, 170)
        assert second_sheet.shadow(image, sheet)[0] == 0.0

    def test_paper_that_is_too_small_for_a_letter_is_not_asked(self) -> None:
        image, sheet = drawn(148, 90)
        edge_of_a_sheet(image, 45, 130)
        assert second_sheet.shadow(image, sheet) == (0.0, 0.0)


class TestFoldedCorners:
    @pytest.mark.parametrize(("lid", "name"), [(LID, "white lid"), (150, "grey lid"), (20, "black lid")])
    def test_a_corner_folded_away_shows_the_lid(self, lid: int, name: str) -> None:
        image, sheet = drawn(148, 210, 6.0, lid)
        x, y = sheet.corners[1]
        flap = np.array([(x, y), (x - 22 * MM, y), (x, y + 26 * MM)]).astype(np.int32)
        cv2.fillConvexPoly(image, flap, float(lid))
        leg, corner = folds.find(image, sheet)
        assert corner == "top right", name
        assert leg == pytest.approx(26, abs=3)

    def test_a_corner_that_is_whole_is_not_folded_whatever_is_printed_there(self) -> None:
        image, sheet = drawn(148, 210, 6.0)
        for line in range(5):
            text(image, 8, 9 + 5 * line, 40)
        assert folds.find(image, sheet) == (0.0, "")

    def test_a_sheet_said_to_lie_outside_its_picture_is_no_error(self) -> None:
        image, _ = drawn(20, 20)
        far = Sheet(((-500.0, -500.0), (900.0, -500.0), (900.0, 900.0), (-500.0, 900.0)), SEEN, True, 0.0, DPI)
        assert folds.find(image, far)[1] in ("", *inside.CORNERS)


class TestContentAtTheFrame:
    def ink_of(self, image: Pixels) -> Pixels:
        return np.asarray(np.where(image < 120, 0, 255), np.uint8)

    def test_lines_that_run_off_the_right_side_are_counted(self) -> None:
        image, sheet = drawn(210, 297)
        for line in range(6):
            text(image, 120, 40 + 8 * line, 95)
        places, side = cut_off.places(self.ink_of(image), sheet)
        assert (places >= 3, side) == (True, "right")

    def test_a_receipt_is_printed_almost_from_side_to_side_and_not_cut(self) -> None:
        image, sheet = drawn(58, 160)
        for line in range(12):
            text(image, 1.6, 10 + 8 * line, 55)
        assert cut_off.places(self.ink_of(image), sheet)[0] == 0
        for line in range(12):
            text(image, 40, 10 + 8 * line, 20)
        assert cut_off.places(self.ink_of(image), sheet)[0] >= 3

    def test_beyond_an_edge_of_paper_that_is_seen_nothing_is_lost(self) -> None:
        image, sheet = drawn(200, 287, 5.0)
        for line in range(6):
            box(image, (200, 40 + 8 * line, 210, 42 + 8 * line), INK)
        assert cut_off.places(self.ink_of(image), sheet) == (0, "")


class TestBlankSides:
    def test_the_straight_side_of_a_sheet_that_was_not_found_is_no_faint_writing(self) -> None:
        image, sheet = drawn(148, 210)
        for edge in (6, 138):
            box(image, (edge, 0, edge + 2.5, 210), PAPER - 40)
        found = written.find(image, sheet)
        assert (found.area_mm2, found.faint) == (0.0, None)

    def test_a_page_of_faint_print_is_written_on(self) -> None:
        image, sheet = drawn(148, 210)
        print_ = np.full_like(image, 255)
        for line in range(30):
            text(print_, 12, 12 + 6 * line, 124)
        image -= ((255 - cv2.GaussianBlur(print_, (0, 0), 0.6)) // 9).astype(np.uint8)
        assert written.find(image, sheet).faint is not None

    def test_one_tick_of_a_pen_is_writing_and_a_staple_is_not(self) -> None:
        image, sheet = drawn(148, 210, 6.0)
        box(image, (20, 14, 32, 15.6), 60)
        assert staple.find(image, sheet, PAPER) == "top left"
        assert written.find(image, sheet).area_mm2 == 0.0
        box(image, (80, 90, 86, 91.5), 60)
        assert written.find(image, sheet).area_mm2 == pytest.approx(9, abs=3)


class TestDirtAndLight:
    @pytest.mark.parametrize("step", [-30, 15], ids=["dark", "light"])
    def test_a_line_all_down_the_glass_is_placed_to_a_millimetre(self, step: int) -> None:
        image, sheet = drawn(200, 287, 5.0, 200)
        column = round(123.4 * MM)
        image[:, column:column + 2] = np.clip(image[:, column:column + 2].astype(int) + step, 0, 255)
        found = streaks.find(image, DPI, sheet, PAPER)
        assert found.depth == pytest.approx(abs(step), abs=6)
        assert found.at_mm == pytest.approx(123.6, abs=0.5)

    def test_a_rule_that_ends_within_the_paper_is_print(self) -> None:
        image, sheet = drawn(200, 287, 5.0, 200)
        box(image, (80, 30, 80.4, 260), 60)
        assert streaks.find(image, DPI, sheet, PAPER).at_mm == 0.0

    def test_paper_that_came_out_all_white_has_lost_its_tones(self) -> None:
        image, sheet = drawn(148, 210)
        x0, y0, x1, y1 = inside.box(sheet, image.shape, 2.0)
        assert tones.measure(image[y0:y1, x0:x1], PAPER).white < 0.01
        burnt = np.clip(image.astype(int) + 40, 0, 255).astype(np.uint8)
        assert tones.measure(burnt, 255).white > 0.95

    def test_a_kraft_cover_is_dark_and_not_badly_lit(self) -> None:
        grey = np.full((400, 300), 142, np.uint8)
        kraft = np.dstack([np.full_like(grey, level) for level in (176, 140, 96)])
        assert tones.measure(grey, 142.0, kraft).paper == 176
        assert tones.measure(grey, 142.0, kraft // 2).paper == 88

    def test_colours_that_lie_apart_are_measured_and_coloured_ink_is_not(self) -> None:
        image, _ = drawn(148, 210)
        for line in range(30):
            text(image, 12, 12 + 6 * line, 124)
        soft = np.asarray(cv2.GaussianBlur(image, (0, 0), 0.8), np.uint8)
        true = np.dstack((soft, soft, soft))
        blue = np.dstack((soft, soft, np.clip(soft.astype(int) + 90, 0, 255).astype(np.uint8)))
        shifted = np.dstack((np.roll(soft, 1, axis=1), soft, np.roll(soft, -1, axis=1)))
        assert fringes.apart(np.ascontiguousarray(true), 2.0) < 0.2
        assert fringes.apart(np.ascontiguousarray(blue), 2.0) < 0.4
        assert fringes.apart(np.ascontiguousarray(shifted), 2.0) == pytest.approx(4.0, rel=0.3)
