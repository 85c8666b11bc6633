"""A reading of the target sheet against the limits of the rule profile (table ``image.target``)."""

from __future__ import annotations

from dataclasses import dataclass

from appliance.core import errors
from appliance.core.errors import Kind
from appliance.core.limits import TargetLimits
from appliance.core.model import Verdict
from appliance.core.target import TargetReading


@dataclass(frozen=True, slots=True)
class _Gate:
    """One demand: what was measured, from where it fails, from where it warns; which way is worse."""

    check: str
    value: float
    fail: float
    aim: float
    kind: Kind
    low_is_bad: bool = False


def judge(reading: TargetReading, limits: TargetLimits, asked_dpi: float) -> tuple[Verdict, ...]:
    """Judge a reading: one verdict a check; tone and colour only where a reference was given.

    ``asked_dpi`` is the resolution that the scanner was to bring, whatever the image's header says. A value between
    aim and limit warns: ok, with its code, against the aim. A value that is no number fails.
    """
    return tuple(_verdict(gate) for gate in (*_geometry(reading, limits, asked_dpi), *_picture(reading, limits)))


def _geometry(reading: TargetReading, limits: TargetLimits, asked_dpi: float) -> list[_Gate]:
    dpi, least = min(reading.dpi_x, reading.dpi_y), round(limits.dpi * asked_dpi, 1)
    return [
        _Gate("target_dpi", dpi, least, least, errors.TARGET_SCALE, low_is_bad=True),
        _Gate("target_scale", reading.scale_error, limits.scale, limits.scale_aim, errors.TARGET_SCALE),
        _Gate("target_skew", abs(reading.skew_deg), limits.skew, limits.skew_aim, errors.TARGET_CROOKED),
        _Gate("target_shear", abs(reading.shear_deg), limits.shear, limits.shear_aim, errors.TARGET_CROOKED),
    ]


def _picture(reading: TargetReading, limits: TargetLimits) -> list[_Gate]:
    blurred, apart = errors.TARGET_BLURRED, errors.TARGET_COLOURS_APART
    gates = [
        _Gate("target_sfr_x", reading.sfr10_x, limits.sfr, limits.sfr_aim, blurred, low_is_bad=True),
        _Gate("target_sfr_y", reading.sfr10_y, limits.sfr, limits.sfr_aim, blurred, low_is_bad=True),
        _Gate("target_modulation", reading.max_modulation, limits.modulation, limits.modulation_aim,
              errors.TARGET_SHARPENED),
        _Gate("target_misregistration", reading.misregistration_px, limits.misregistration,
              limits.misregistration_aim, apart),
        _Gate("target_noise", reading.noise_l, limits.noise, limits.noise_aim, errors.TARGET_NOISY),
        _Gate("target_uniformity", reading.nonuniformity_pct, limits.uniformity, limits.uniformity_aim,
              errors.TARGET_UNEVEN),
    ]
    if reading.tone_dl is not None:
        gates.append(_Gate("target_tone", reading.tone_dl, limits.tone, limits.tone_aim, errors.TARGET_COLOUR))
    if reading.de2000 is not None:
        gates.append(_Gate("target_colour", reading.de2000, limits.colour, limits.colour_aim, errors.TARGET_COLOUR))
    return gates


def _verdict(gate: _Gate) -> Verdict:
    value = round(gate.value, 3)
    passed = gate.value >= gate.fail if gate.low_is_bad else gate.value <= gate.fail
    if not passed:
        return Verdict(gate.check, value, gate.fail, False, gate.kind.code)
    aimed = gate.value >= gate.aim if gate.low_is_bad else gate.value <= gate.aim
    return Verdict(gate.check, value, gate.fail if aimed else gate.aim, True, "" if aimed else gate.kind.code)
