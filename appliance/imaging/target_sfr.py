"""From the rows across a slanted edge to the spatial frequency response (e-SFR of ISO 12233).

The rows are laid over each other along the edge's line, four bins a pixel; the derivative of that profile, windowed
by Hamming's, has the response as its Fourier transform. Levels were made light before (the standard's OECF): by the
curve of sRGB, which scanners state.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

Doubles = npt.NDArray[np.float64]
Floats = npt.NDArray[np.float32]

BINS = 4
"""Bins a pixel."""

FREQUENCIES = np.arange(0, 101) / 100.0
"""At which the response is given: cycles per pixel; 0.5 is half the sampling frequency."""

LONGEST = BINS * (len(FREQUENCIES) - 1)
"""Places of a profile, four a pixel, whose Fourier transform stands at ``FREQUENCIES``; a multiple does too."""

TENTH, SMOOTHED = 0.1, 5
"""The share that SFR10 is named for; frequencies over which a response is averaged: else noise crosses it."""


def response(far: Doubles, share: Floats, side: int) -> Doubles:
    """Return the response at ``FREQUENCIES``.

    Args:
        far: (rows, width) distances from the edge, pixels.
        share: (rows, width) of light: 0 black, 1 paper.
        side: which side to believe: 0 both, -1 black, 1 paper.
    """
    half = math.floor(min(-far[:, 0].max(), far[:, -1].min())) - 1
    size = 2 * half * BINS
    bins = np.floor((far + half) * BINS).astype(np.int64)
    inside = (bins >= 0) & (bins < size)
    counts = np.bincount(bins[inside], minlength=size)
    sums = np.bincount(bins[inside], weights=share[inside], minlength=size)
    filled = np.flatnonzero(counts)
    profile = np.interp(np.arange(size), filled, sums[filled] / counts[filled])
    profile = _mirrored(profile if profile[-1] > profile[0] else profile[::-1], side)
    spread = (profile[2:] - profile[:-2]) / 2
    finer = math.ceil(len(spread) / LONGEST)
    modulation = np.abs(np.fft.rfft(spread * np.hamming(len(spread)), finer * LONGEST))[::finer][:len(FREQUENCIES)]
    # what the difference over two bins and the width of a bin took away is given back
    fading = np.sinc(2 * FREQUENCIES / BINS) * np.sinc(FREQUENCIES / BINS)
    return np.asarray(modulation / modulation[0] / fading)


def _mirrored(profile: Doubles, side: int) -> Doubles:
    """Replace a side of an edge's profile, black left, whose overshoot was cut off by the other turned about.

    Sharpening works on both sides alike, so what was cut off stands on the other side.
    """
    if side == 0:
        return profile
    at = np.arange(len(profile), dtype=np.float64)
    upper = int(np.argmax(profile >= 0.5))
    rise = profile[upper] - profile[upper - 1] if upper else 0.0
    if rise <= 0:
        return profile
    middle = upper - (profile[upper] - 0.5) / rise
    turned = 1 - np.interp(2 * middle - at, at, profile)
    return np.where(at < middle, turned, profile) if side > 0 else np.where(at > middle, turned, profile)


def falls_to_tenth(curve: Doubles) -> float:
    """Return the first frequency at which a response has fallen to a tenth; 1 cycle a pixel where it never does."""
    padded = np.pad(curve, SMOOTHED // 2, mode="edge")
    curve = np.convolve(padded, np.ones(SMOOTHED) / SMOOTHED, "valid")
    below = np.flatnonzero(curve < TENTH)
    if not len(below) or below[0] == 0:
        return float(FREQUENCIES[-1])
    at = int(below[0])
    part = (curve[at - 1] - TENTH) / (curve[at - 1] - curve[at])
    return float(FREQUENCIES[at - 1] + part * (FREQUENCIES[at] - FREQUENCIES[at - 1]))
