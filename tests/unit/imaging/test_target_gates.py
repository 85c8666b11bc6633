"""A reading of the target sheet against the limits of rule profiles."""

from __future__ import annotations

import math
from dataclasses import asdict, replace

import pytest

from appliance.core import errors
from appliance.core.limits import TargetLimits
from appliance.core.target import TargetReading
from appliance.imaging.target_gates import judge

GOOD = TargetReading(
    design="VSTGT1", serial="A", dpi_x=300.2, dpi_y=299.1, header_dpi=300.0, scale_error=0.003, skew_deg=-0.4,
    shear_deg=0.05, sfr10_x=91.0, sfr10_y=88.0, max_modulation=1.02, misregistration_px=0.2, noise_l=1.1,
    nonuniformity_pct=1.5, tone_dl=1.0, de2000=2.0,
)


def test_a_good_scanner_passes_every_check_without_a_word() -> None:
    verdicts = judge(GOOD, TargetLimits(), 300)
    assert len({one.check for one in verdicts}) == len(verdicts) == 12
    assert all(one.ok and one.code == "" for one in verdicts)


def test_tone_and_colour_are_judged_only_against_a_reference() -> None:
    checks = {one.check for one in judge(replace(GOOD, tone_dl=None, de2000=None), TargetLimits(), 300)}
    assert "target_tone" not in checks and "target_colour" not in checks
    assert len(checks) == 10


@pytest.mark.parametrize(("field", "warned", "failed", "check", "kind"), [
    ("scale_error", 0.021, 0.031, "target_scale", errors.TARGET_SCALE),
    ("skew_deg", -1.1, -3.1, "target_skew", errors.TARGET_CROOKED),
    ("shear_deg", -0.31, -0.51, "target_shear", errors.TARGET_CROOKED),
    ("sfr10_x", 79.0, 69.0, "target_sfr_x", errors.TARGET_BLURRED),
    ("sfr10_y", 79.0, 69.0, "target_sfr_y", errors.TARGET_BLURRED),
    ("max_modulation", 1.11, 1.21, "target_modulation", errors.TARGET_SHARPENED),
    ("misregistration_px", 0.51, 0.81, "target_misregistration", errors.TARGET_COLOURS_APART),
    ("noise_l", 2.1, 3.1, "target_noise", errors.TARGET_NOISY),
    ("nonuniformity_pct", 3.1, 5.1, "target_uniformity", errors.TARGET_UNEVEN),
    ("tone_dl", 3.1, 5.1, "target_tone", errors.TARGET_COLOUR),
    ("de2000", 3.6, 5.1, "target_colour", errors.TARGET_COLOUR),
])
def test_each_check_warns_and_then_fails(field: str, warned: float, failed: float, check: str,
                                         kind: errors.Kind) -> None:
    for value, ok in ((warned, True), (failed, False)):
        reading = TargetReading(**{**asdict(GOOD), field: value})
        worse = [one for one in judge(reading, TargetLimits(), 300) if one.code]
        assert [(one.check, one.ok, one.code) for one in worse] == [(check, ok, kind.code)]


@pytest.mark.parametrize(("asked", "header", "measured", "ok"), [
    (200, 200, 194.1, True), (200, 200, 193.9, False), (300, 300, 291.1, True), (300, 300, 290.9, False),
    (300, 200, 200.0, False), (200, 300, 300.0, True)])
def test_the_asked_resolution_is_measured_not_believed(asked: int, header: int, measured: float, ok: bool) -> None:
    reading = replace(GOOD, header_dpi=float(header), dpi_x=300.0, dpi_y=measured)
    verdict = next(one for one in judge(reading, TargetLimits(), asked) if one.check == "target_dpi")
    assert (verdict.ok, verdict.limit) == (ok, 0.97 * asked)


def test_a_reading_that_is_no_number_never_passes() -> None:
    verdicts = judge(replace(GOOD, sfr10_x=math.nan, noise_l=math.nan), TargetLimits(), 300)
    assert {one.check for one in verdicts if not one.ok} == {"target_sfr_x", "target_noise"}


def test_the_profile_decides_where_a_check_fails() -> None:
    strict = TargetLimits(noise=1.0, noise_aim=0.5)
    assert [one.check for one in judge(GOOD, strict, 300) if not one.ok] == ["target_noise"]
