"""The target sheet, printed, scanned badly in known ways, and measured: every reading near its truth."""

from __future__ import annotations

import math
from dataclasses import astuple, replace
from functools import cache

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from target_scans import (
    SERIAL,
    Colour,
    Plane,
    Spoil,
    colour_scan,
    efficiency,
    gaussian,
    plain,
    response,
    scan,
    sharpened,
)

from appliance.core import errors
from appliance.core import target_plan as plan
from appliance.core.errors import ApplianceError
from appliance.core.limits import TargetLimits
from appliance.core.target import TargetReading
from appliance.core.target_reference import PatchLab, Reference
from appliance.imaging.target import measure
from appliance.imaging.target_colour import lab
from appliance.imaging.target_gates import judge

OFFICE = Spoil(kernel=gaussian(0.65), noise=1.0, skew=0.6)
"""An honest office scanner."""


@cache
def _office() -> Colour:
    return scan(200, OFFICE)


def office() -> Colour:
    return _office().copy()


def read(image: Colour, dpi: float = 200) -> TargetReading:
    return measure(np.ascontiguousarray(image), dpi)


def failing(reading: TargetReading, asked: float = 200) -> set[str]:
    return {one.check for one in judge(reading, TargetLimits(), asked) if not one.ok}


def reason(image: Colour) -> str:
    with pytest.raises(ApplianceError) as caught:
        read(image)
    assert caught.value.kind is errors.TARGET_UNREADABLE
    return str(caught.value.details["reason"])


@pytest.mark.parametrize("dpi", [200, 300])
def test_a_perfect_scan_reads_as_perfect(dpi: int) -> None:
    found = read(scan(dpi), dpi)
    assert (found.design, found.serial, found.header_dpi) == ("VSTGT1", SERIAL, dpi)
    assert (found.dpi_x, found.dpi_y) == pytest.approx((dpi, dpi), rel=2e-4)
    assert found.scale_error < 5e-4
    assert abs(found.skew_deg) < 0.01 and abs(found.shear_deg) < 0.01
    assert (found.sfr10_x, found.sfr10_y) == pytest.approx((efficiency(None),) * 2, abs=2)
    assert found.max_modulation == pytest.approx(1, abs=0.01)
    assert found.misregistration_px < 0.02 and found.noise_l < 0.1 and found.nonuniformity_pct < 0.2
    assert failing(found) == set()


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_it_may_lie_any_way_round(turns: int) -> None:
    upright = read(office())
    turned = read(np.rot90(office(), turns))
    swapped = replace(upright, dpi_x=upright.dpi_y, dpi_y=upright.dpi_x, sfr10_x=upright.sfr10_y,
                      sfr10_y=upright.sfr10_x, shear_deg=-upright.shear_deg)
    assert astuple(turned)[2:-2] == pytest.approx(astuple(swapped if turns % 2 else upright)[2:-2], abs=0.15)


@pytest.mark.parametrize("spoil", [
    Spoil(scale=(1.01, 1.0)), Spoil(scale=(1.0, 0.965)), Spoil(skew=-2.5), Spoil(skew=5.0), Spoil(shear=0.6),
    Spoil(scale=(0.98, 1.02), skew=1.4, shear=-0.4),
], ids=str)
def test_size_and_angles_are_true(spoil: Spoil) -> None:
    found = read(scan(200, spoil))
    assert (found.dpi_x, found.dpi_y) == pytest.approx([200 * scale for scale in spoil.scale], rel=5e-4)
    assert found.scale_error == pytest.approx(max(abs(scale - 1) for scale in spoil.scale), abs=1.5e-3)
    assert found.skew_deg == pytest.approx(spoil.skew - spoil.shear / 2, abs=0.03)
    assert found.shear_deg == pytest.approx(spoil.shear, abs=0.02)


def test_a_sheet_scaled_by_three_and_a_half_percent_fails() -> None:
    assert failing(read(scan(200, Spoil(scale=(1.035, 1.035))))) == {"target_scale"}


def test_a_lying_header_fails() -> None:
    assert failing(read(office(), 300)) == {"target_scale"}


def test_a_feed_that_slips_in_the_lower_half_is_seen_although_the_whole_is_within_limits() -> None:
    sheet = scan(200)
    half = sheet.shape[0] // 2
    slipped = cv2.resize(sheet[half:], None, fx=1, fy=0.96, interpolation=cv2.INTER_AREA)
    found = read(np.vstack((sheet[:half], np.asarray(slipped, np.uint8))))
    assert abs(found.dpi_y / 200 - 1) < 0.03
    assert found.scale_error == pytest.approx(0.04, abs=0.003)


@pytest.mark.parametrize(("dpi", "sigma"), [(200, 0.8), (200, 1.2), (300, 0.8)])
def test_blur_is_read_as_its_true_response(dpi: int, sigma: float) -> None:
    kernel = gaussian(sigma)
    found = read(scan(dpi, Spoil(kernel=kernel)), dpi)
    assert (found.sfr10_x, found.sfr10_y) == pytest.approx((efficiency(kernel),) * 2, abs=1.5)
    assert {"target_sfr_x", "target_sfr_y"} & failing(found) == (
        {"target_sfr_x", "target_sfr_y"} if efficiency(kernel) < 70 else set())


def test_blur_in_one_direction_is_read_in_that_direction() -> None:
    kernel = gaussian(1.2).sum(axis=0, keepdims=True)
    found = read(scan(200, Spoil(kernel=kernel)))
    assert found.sfr10_x == pytest.approx(efficiency(gaussian(1.2)), abs=1.5)
    assert found.sfr10_y > 150


def test_a_blurred_corner_is_not_hidden_by_four_sharp_squares() -> None:
    sheet = scan(200)
    sheet[1600:, 900:] = cv2.GaussianBlur(sheet, (0, 0), 1.6)[1600:, 900:]
    assert {"target_sfr_x", "target_sfr_y"} <= failing(read(sheet))


@pytest.mark.parametrize(("black", "paper"), [(0.2, 0.5), (0.02, 0.8), (0.3, 0.97)],
                         ids=["nothing is cut off", "black is cut off", "paper is cut off"])
@pytest.mark.parametrize(("sigma", "amount"), [(1.0, 0.3), (2.0, 0.6)])
def test_sharpening_is_read_as_its_true_modulation(sigma: float, amount: float, black: float, paper: float) -> None:
    kernel = sharpened(sigma, amount)
    truth = max(response(kernel, step / 200) for step in range(1, 101))
    found = read(scan(200, Spoil(kernel=kernel, black=black, paper=paper)))
    assert found.max_modulation == pytest.approx(truth, abs=0.04)


def test_sharpening_that_is_cut_off_on_both_sides_is_a_warning_at_least() -> None:
    found = read(scan(200, Spoil(kernel=sharpened(2.0, 0.6), black=0.03, paper=0.96)))
    assert 1.1 < found.max_modulation < 1.47  # true: 1.47


@pytest.mark.parametrize("shift", [(0.7, 0.0), (-0.3, 0.4)])
def test_colours_that_lie_apart_are_measured(shift: tuple[float, float]) -> None:
    found = read(scan(200, Spoil(kernel=gaussian(0.6), shift=shift, black=0.08, paper=0.7)))
    assert found.misregistration_px == pytest.approx(math.hypot(*shift), abs=0.04)


@pytest.mark.parametrize("soft", [False, True])
@pytest.mark.parametrize("noise", [1.0, 4.0])
def test_noise_is_measured_in_lightness(noise: float, soft: bool) -> None:
    image = scan(200, Spoil(noise=noise))
    truth = noise
    if soft:  # as a scanner's own filter makes it
        image = np.asarray(cv2.GaussianBlur(image, (0, 0), 0.8), np.uint8)
        truth = noise * float(np.sqrt((gaussian(0.8) ** 2).sum()))
    found = read(image)
    assert found.noise_l == pytest.approx(truth, abs=0.15)
    assert ("target_noise" in failing(found)) == (truth > 3)


@pytest.mark.parametrize("lines_per_inch", [pytest.param(85, marks=pytest.mark.slow), 106,
                                            pytest.param(141, marks=pytest.mark.slow)])
def test_the_dots_of_a_laser_printer_are_not_taken_for_noise(lines_per_inch: int) -> None:
    dots = _dotted(lines_per_inch)
    for noise in (0.5, 2.5):
        found = read(scan(200, Spoil(noise=noise, skew=0.7, kernel=gaussian(0.5)), dots))
        assert found.noise_l == pytest.approx(noise, abs=0.9)


@pytest.mark.parametrize("loss", [0.06, 0.2])
def test_uneven_light_is_measured_over_the_sheet(loss: float) -> None:
    found = read(scan(200, Spoil(shading=loss)))
    ends = [min(x for x, _ in plan.WINDOWS) / plan.WIDTH, max(x for x, _ in plan.WINDOWS) / plan.WIDTH]
    tones = [116 * (0.8 * (1 - loss * at)) ** (1 / 3) - 16 for at in ends]
    truth = 100 * (tones[0] - tones[1]) / (sum(tones) / 2)
    assert found.nonuniformity_pct == pytest.approx(truth, abs=0.4)
    assert ("target_uniformity" in failing(found)) == (loss > 0.1)


def _known(shift: float) -> Reference:
    """Return what a perfect measuring device would have found, its L* shifted."""
    patches = []
    for patch in plan.PATCHES:
        ink = patch.ink * 3 if patch.is_grey else patch.ink
        colour = lab(*(0.02 + 0.78 * round(level * 255) / 255 for level in ink))
        patches.append(PatchLab(patch.name, min(100.0, colour.lightness + shift), colour.a, colour.b))
    return Reference(SERIAL, patch=tuple(patches))


def test_tone_and_colour_are_judged_against_the_measured_sheet() -> None:
    image = colour_scan(200)
    right, wrong = measure(image, 200, _known(0.0)), measure(image, 200, _known(6.0))
    assert right.tone_dl is not None and right.de2000 is not None and wrong.tone_dl is not None
    assert right.tone_dl < 1.0 and right.de2000 < 0.5
    assert wrong.tone_dl == pytest.approx(6.0, abs=0.6)
    assert wrong.de2000 is not None and wrong.de2000 > 3.5
    assert failing(wrong) == {"target_tone"}


def test_the_reference_of_another_sheet_is_not_used() -> None:
    found = measure(scan(200), 200, replace(_known(6.0), serial="ANOTHER", width_mm=170.0))
    assert (found.tone_dl, found.de2000) == (None, None)
    assert found.dpi_x == pytest.approx(200, rel=1e-3)


def test_what_a_printer_stretched_is_set_right_by_a_steel_rule() -> None:
    stretched = scan(200, Spoil(scale=(1.0, 1.01)))
    known = Reference(SERIAL, height_mm=plan.COLUMN_MM * 1.01)
    assert measure(stretched, 200).scale_error == pytest.approx(0.01, abs=1e-3)
    assert measure(stretched, 200, known).scale_error < 1e-3


@pytest.mark.parametrize("quality", [90, 75])
def test_jpeg_changes_little(quality: int) -> None:
    image = scan(200, replace(OFFICE, shift=(0.5, 0.0)))
    data = cv2.imencode(".jpg", image[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    raw, coded = read(image), read(np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)[:, :, ::-1])
    assert coded.misregistration_px == pytest.approx(raw.misregistration_px, abs=0.12)
    assert coded.skew_deg == pytest.approx(raw.skew_deg, abs=0.01)
    assert failing(coded) == set()


@pytest.mark.parametrize("backing", [10, 250])
def test_a_wider_capture_with_any_backing_is_the_same_sheet(backing: int) -> None:
    image = office()
    wide = np.full((image.shape[0] + 200, image.shape[1] + 300, 3), backing, np.uint8)
    wide[60:60 + image.shape[0], 170:170 + image.shape[1]] = image
    assert astuple(read(wide))[2:-2] == pytest.approx(astuple(read(image))[2:-2], abs=0.1)


def test_dust_specks_and_a_coffee_ring_do_not_fail_a_good_scanner() -> None:
    image, random = office(), np.random.default_rng(1)
    for _ in range(250):
        place = (int(random.uniform(0, image.shape[1])), int(random.uniform(0, image.shape[0])))
        cv2.circle(image, place, int(random.uniform(1, 5)), (90, 80, 60), -1)
    cv2.circle(image, (800, 520), 200, (200, 180, 140), 20)
    assert failing(read(image)) == set()


def _waved(image: Colour, millimetres: float) -> Colour:
    """Crease the paper: every place moves by up to so much."""
    amount = millimetres * 200 / 25.4
    y, x = (part.astype(np.float32) for part in np.mgrid[0:image.shape[0], 0:image.shape[1]])
    moved_x = x + amount * np.sin(y / 50) * np.sin(x / 550)
    moved_y = y + amount * np.sin(x / 38)
    return np.asarray(cv2.remap(image, moved_x, moved_y, cv2.INTER_CUBIC, borderValue=(235,) * 3), np.uint8)


def test_a_slightly_waved_sheet_is_measured_and_passes() -> None:
    assert failing(read(_waved(office(), 0.25))) == set()


def test_a_crumpled_sheet_is_not_measured() -> None:
    assert reason(_waved(office(), 2.5))


@pytest.mark.parametrize("corner", range(4))
def test_a_sheet_that_lost_a_corner_says_so(corner: int) -> None:
    image = np.rot90(office(), corner).copy()
    cv2.fillPoly(image, [np.array([(0, 0), (320, 0), (0, 320)], np.int32)], (20, 20, 20))
    assert "corner" in reason(image)


def test_one_square_that_is_scribbled_over_is_not_passed_over() -> None:
    image, square = office(), plan.SQUARES[3]
    for line in range(-12, 13, 2):
        x, y = (round(value * 200 / 25.4) for value in (square.x, square.y + line))
        cv2.line(image, (x - 110, y - 20), (x + 110, y + 20), (120, 120, 120), 5)
    assert "edges" in reason(image)


def test_a_sheet_far_askew_is_measured_as_askew() -> None:
    for skew in (-5.0, 3.3, 5.0):
        assert "target_skew" in failing(read(scan(200, Spoil(skew=skew))))


def test_a_spoiled_code_is_not_guessed() -> None:
    image = office()
    left, top, right, bottom = (round(value * 200 / 25.4) for value in plan.QR_BOX)
    image[top:bottom, left:(left + right) // 2] = 235
    assert "code" in reason(image)


@cache
def _odd_pages() -> dict[str, Colour]:
    front, random = office(), np.random.default_rng(3)
    through = 235 - (255 - cv2.GaussianBlur(front[:, ::-1], (0, 0), 3)) * 0.1
    return {
        "its back": np.asarray(through, np.uint8), "in a mirror": front[:, ::-1], "half of it": front[:1100],
        "blank": np.full_like(front, 240), "black": np.zeros_like(front), "one pixel": front[:1, :1],
        "noise": random.integers(0, 256, front.shape, np.uint8),
        "too coarse": np.asarray(cv2.resize(front, None, fx=0.3, fy=0.3, interpolation=cv2.INTER_AREA), np.uint8),
    }


@pytest.mark.parametrize("name", ["its back", "in a mirror", "half of it", "blank", "black", "one pixel", "noise",
                                  "too coarse"])
def test_what_is_no_front_of_a_target_sheet_is_refused(name: str) -> None:
    assert reason(_odd_pages()[name])


def test_no_resolution_in_the_header_and_no_colour_are_refused() -> None:
    with pytest.raises(ApplianceError):
        measure(scan(200), 0)
    with pytest.raises(ApplianceError):
        measure(scan(200)[:, :, 0], 200)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 40), st.integers(1, 3000), st.booleans(), st.sampled_from((0, 1, 255)))
def test_any_pixels_give_a_typed_error(short: int, long: int, upright: bool, most: int) -> None:
    size = (long, short, 3) if upright else (short, long, 3)
    assert reason(np.random.default_rng(long).integers(0, most + 1, size, np.uint8))


def test_what_the_print_alone_takes_away_is_as_the_manual_says() -> None:
    scattered = np.asarray(cv2.GaussianBlur(plain(), (0, 0), 0.025 * 600 / 25.4), np.uint8)
    kernel = gaussian(0.78)
    assert efficiency(kernel) == pytest.approx(84, abs=1)
    assert read(scan(300, Spoil(kernel=kernel), scattered), 300).sfr10_x == pytest.approx(78, abs=1.5)


@cache
def _dotted(lines_per_inch: int) -> Plane:
    """Print the grey as a laser printer does: dots in a lattice turned by 45 degrees, the toner a little spread."""
    sheet = plain().copy()
    left, top, side = (round(value * 600 / 25.4) for value in (plan.NOISE.x, plan.NOISE.y, plan.NOISE.side))
    y, x = np.mgrid[0:side, 0:side] * (2 * math.pi * lines_per_inch / 600 / math.sqrt(2))
    dots = np.where(np.cos(x + y) + np.cos(y - x) > 0, 255, 0).astype(np.uint8)
    sheet[top:top + side, left:left + side] = cv2.GaussianBlur(dots, (0, 0), 0.6)
    return sheet
