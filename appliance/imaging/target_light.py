"""Even areas of the target sheet: noise, evenness of the light, tone and colour."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from appliance.core import target_plan as plan
from appliance.core.target_reference import Reference
from appliance.imaging.target_colour import Lab, apart, lab, levels, lightness, luminance
from appliance.imaging.target_frame import Frame

Colour = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]

RINGS = 24
"""Into which the spectrum of noise is parted by frequency."""

PEAK = 8.0
KEPT = 0.978
"""From how many times a ring's median power a place is no noise but a pattern (the printer's dots), and the share
of the power of true noise, exponentially distributed, that is left then."""

DARKEST = 20.0
"""L* of a reference below which a patch is not judged (36 CFR 1236.50)."""

FEWEST_WINDOWS = 20
"""Of the places of bare paper that must lie in the image."""


def noise(rgb: Colour, frame: Frame) -> float:
    """Return the standard deviation of L* on the large grey area; nan where it does not lie in the image.

    Slow change (a second-degree surface) is taken out. A laser printer makes grey of dots in a lattice: sharp peaks
    of the spectrum. What stands out of the median power of its ring is left out, so noise of any softness counts,
    and the printer's lattice does not. Mottle of the toner does: the reading is an upper bound.
    """
    patch = plan.NOISE
    light = _cut(rgb, frame, patch.x + patch.side / 2, patch.y + patch.side / 2, (patch.side / 2 - 3.0,) * 2)
    if light is None or min(light.shape[:2]) < 2 * RINGS:
        return math.nan
    side = min(light.shape[:2])
    tones = lightness(luminance(light[:side, :side])).astype(np.float64)
    power = np.abs(np.fft.rfft2(_level(tones) * _window(side))) ** 2
    across, down = np.fft.rfftfreq(side), np.fft.fftfreq(side)
    ring = np.minimum(np.hypot(across[None, :], down[:, None]) * 2 * RINGS, RINGS - 1).astype(np.int64)
    doubled = np.where((across == 0) | (across == 0.5), 1.0, 2.0)[None, :] * np.ones((side, 1))
    kept = power <= PEAK * _medians(power, ring)[ring]
    total = 0.0
    for at in range(RINGS):
        own = ring == at
        calm = own & kept
        total += float(np.average(power[calm], weights=doubled[calm])) * float(doubled[own].sum()) / KEPT
    return math.sqrt(total / side**2 / float((_window(side) ** 2).sum()))


def unevenness(rgb: Colour, frame: Frame) -> float:
    """Return the spread of the lightness of bare paper, percent of its mean; nan with too few places."""
    found = []
    for x, y in plan.WINDOWS:
        light = _cut(rgb, frame, x, y, (plan.WINDOW_WIDTH / 2, plan.WINDOW_HEIGHT / 2))
        if light is not None:
            found.append(float(np.median(lightness(luminance(light)))))
    if len(found) < FEWEST_WINDOWS:
        return math.nan
    return 100 * (max(found) - min(found)) / max(1.0, sum(found) / len(found))


def against(rgb: Colour, frame: Frame, reference: Reference) -> tuple[float | None, float | None]:
    """Return the largest error of L* over the grey patches, and the mean CIEDE2000 over all; None without any."""
    greys = {patch.name for patch in plan.PATCHES if patch.is_grey}
    tones, colours = [], []
    for known in reference.patch:
        patch = next(one for one in plan.PATCHES if one.name == known.name)
        seen = colour(rgb, frame, patch)
        if seen is None or known.l < DARKEST:
            continue
        colours.append(apart(Lab(known.l, known.a, known.b), seen))
        if known.name in greys:
            tones.append(abs(seen.lightness - known.l))
    return max(tones, default=None), sum(colours) / len(colours) if colours else None


def colour(rgb: Colour, frame: Frame, patch: plan.Patch) -> Lab | None:
    """Return the mean colour of a patch, its light averaged as a measuring device does; None outside the image."""
    half = patch.side / 2 - plan.PATCH_INSET
    light = _cut(rgb, frame, patch.x + patch.side / 2, patch.y + patch.side / 2, (half, half))
    return None if light is None else lab(*(float(value) for value in light.mean(axis=(0, 1), dtype=np.float64)))


def _cut(rgb: Colour, frame: Frame, x: float, y: float, half: tuple[float, float]) -> Floats | None:
    """Cut an upright rectangle out of an area of the sheet: linear light (h, w, 3); None if not all in the image.

    The area has its middle at (x, y) mm of the plan and this half width and height, mm; what is cut out is smaller,
    so that it lies within at the sheet's skew.
    """
    middle = frame.pixels([(x, y)])[0]
    reach = np.abs(frame.matrix[:, :2] @ np.diag(half))  # pixels along x and y, of either half
    wide, tall = (reach[:, 0], reach[:, 1]) if reach[0, 0] > reach[1, 0] else (reach[:, 1], reach[:, 0])
    across, down = wide[0] - tall[0], tall[1] - wide[1]
    left, right = round(middle[0] - across), round(middle[0] + across)
    top, bottom = round(middle[1] - down), round(middle[1] + down)
    height, width = rgb.shape[:2]
    if left < 0 or top < 0 or right > width or bottom > height or right - left < 4 or bottom - top < 4:
        return None
    return levels()[rgb[top:bottom, left:right]]


def _level(tones: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Take a second-degree surface out of a square picture."""
    side = tones.shape[0]
    at = np.linspace(-1, 1, side)
    x, y = np.broadcast_to(at[None, :], tones.shape), np.broadcast_to(at[:, None], tones.shape)
    terms = np.stack([term.ravel() for term in (np.ones_like(tones), x, y, x * y, x * x, y * y)], axis=1)
    found = np.linalg.solve(terms.T @ terms, terms.T @ tones.ravel())
    return tones - (terms @ found).reshape(tones.shape)


def _window(side: int) -> npt.NDArray[np.float64]:
    """Return a Hann window, so that a lattice of dots does not leak over the whole spectrum."""
    return np.asarray(np.outer(np.hanning(side), np.hanning(side)))


def _medians(power: npt.NDArray[np.float64], ring: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    return np.asarray([np.median(power[ring == at]) for at in range(RINGS)])
