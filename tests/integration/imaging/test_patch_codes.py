"""Patch codes are read from whichever edge leads, askew, faded and dusty; bars of other things are none."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from drawn_scans import RULES, jpeg, master, quarter_turned, scan

from appliance.imaging import patch, recipe
from bench.corpus import Code, Lie, Sheet, Spec, page

Grey = npt.NDArray[np.uint8]
BARS = {"1": "WWNN", "2": "WNNW", "3": "WNWN", "4": "NWWN", "6": "NNWW", "T": "NWNW"}
"""From the leading edge inwards; W is 0.20 inch, N and the spaces are 0.08 inch (Kodak A-61599)."""


def sheet(code: str, dpi: int, inches: float = 2.5, tone: int = 25) -> Grey:
    """Draw an A4 sheet with a patch code half an inch below its upper edge."""
    grey = np.full((round(11.69 * dpi), round(8.27 * dpi)), 244, np.uint8)
    y = 0.5
    for bar in BARS[code]:
        high = 0.2 if bar == "W" else 0.08
        grey[round(y * dpi):round((y + high) * dpi), 2 * dpi:round((2 + inches) * dpi)] = tone
        y += high + 0.08
    return grey


def askew(grey: Grey, degrees: float) -> Grey:
    high, wide = grey.shape
    matrix = cv2.getRotationMatrix2D((wide / 2, high / 2), -degrees, 1.0)
    return np.asarray(cv2.warpAffine(grey, matrix, (wide, high), borderValue=244), np.uint8)


def kinds(grey: Grey, dpi: float) -> list[str]:
    return [mark.kind for mark in patch.read(np.ascontiguousarray(grey), dpi)]


@pytest.mark.parametrize("code", BARS)
@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_every_code_is_read_from_whichever_edge_leads(code: str, turns: int) -> None:
    assert kinds(quarter_turned(sheet(code, 150), turns), 150) == [f"Patch{code}"]


@pytest.mark.parametrize("dpi", [130, 150, 200, 300])
@pytest.mark.parametrize("degrees", [-10.0, -3.0, 10.0])
def test_skew_of_ten_degrees_is_no_hindrance(dpi: int, degrees: float) -> None:
    assert kinds(askew(sheet("3", dpi), degrees), dpi) == ["Patch3"]


def test_a_faded_copy_full_of_dust_is_read() -> None:
    rng = np.random.default_rng(4)
    grey = sheet("T", 150, tone=130).astype(np.int16) + rng.normal(0, 12, sheet("T", 150).shape).astype(np.int16)
    grey[rng.random(grey.shape) < 0.01] = 20
    assert kinds(np.clip(grey, 0, 255).astype(np.uint8), 150) == ["PatchT"]


def test_a_punch_hole_through_the_bars_makes_one_code_of_it_still() -> None:
    grey = sheet("2", 200, inches=4)
    cv2.circle(grey, (round(3.5 * 200), round(0.9 * 200)), round(4 * 200 / 25.4), 244, -1)
    (found,) = patch.read(grey, 200)
    assert found.box.x1 - found.box.x0 == pytest.approx(4 * 200, abs=20)


def test_the_box_is_in_captured_pixels_and_the_angle_says_which_edge_leads() -> None:
    (found,) = patch.read(sheet("4", 150), 150, scale=2.0)
    assert [found.box.x0, found.box.y0] == pytest.approx([600, 150], abs=16)
    assert (found.text, found.angle) == ("4", 0.0)
    (turned,) = patch.read(quarter_turned(sheet("6", 150), 1), 150)
    assert turned.angle == -90.0


def test_bars_too_short_too_small_or_in_a_crowd_are_no_patch_code() -> None:
    assert kinds(sheet("1", 150, inches=0.4), 150) == []
    assert kinds(cv2.resize(sheet("1", 150), None, fx=0.6, fy=0.6).astype(np.uint8), 150) == []
    crowd = sheet("1", 150)
    crowd[:, 280:700] = np.where(np.arange(crowd.shape[0]) // 12 % 2, 25, 244)[:, None]
    assert kinds(crowd, 150) == []


@pytest.mark.parametrize("name", ["letter", "form", "table"])
def test_text_rules_and_tables_are_no_patch_code(name: str) -> None:
    drawn = scan(name)
    assert recipe.analyse(jpeg(drawn), master(drawn), RULES, 10**8).marks == ()


def test_a_separator_of_another_system_is_read_on_its_way_through_the_analysis() -> None:
    laid = (Code("Patch", "T", (105, 40), 90),)
    sample = page(Spec("divider", dpi=300, laid=laid, sheet=Sheet(tone=(196, 222, 244)), lie=Lie(skew=-4.0)))
    data = sample.jpeg()
    (found,) = recipe.analyse(data, sample.master(data), RULES, 10**8).marks
    assert found.kind == "PatchT"
    truth = sample.truth.codes[0].box
    assert abs(found.box.x0 - truth.x0) < 30
    assert abs(found.box.y1 - truth.y1) < 30


@pytest.mark.parametrize("shape", [(1, 1), (1, 500), (500, 1), (65, 70)])
def test_tiny_images_hold_none(shape: tuple[int, int]) -> None:
    assert patch.read(np.zeros(shape, np.uint8), 150) == ()
