"""What lamp, lens and sensor make of the frame: light, focus, colours apart, tone, dirt on the glass, grain."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from bench.corpus.spec import Sensor, Spec, Streak

Pixels = NDArray[np.uint8]

GRAIN = 1024
GRAIN_SIGMA = 4.0


def expose(frame: Pixels, spec: Spec) -> Pixels:
    """Return the capture of a frame (RGB uint8)."""
    sensor = spec.sensor
    rng = np.random.default_rng(spec.seed + 7)
    image = _focus(frame, sensor, spec.dpi)
    if sensor.shade > 0:
        _light(image, sensor.shade, rng)
    if sensor.apart != (0.0, 0.0):
        image = _apart(image, sensor)
    for streak in sensor.streaks:
        _streak(image, streak, spec.dpi)
    table = tone_table(sensor)
    if table is not None:
        image = np.asarray(cv2.LUT(image, table), np.uint8)
    return _grain(image, sensor.noise, rng)


def tone_table(sensor: Sensor) -> Pixels | None:
    """Return what the electronics make of each level; None when they keep all."""
    if (sensor.gain, sensor.gamma, sensor.black, sensor.white) == (1.0, 1.0, 0.0, 255.0):
        return None
    level = np.clip(np.arange(256) * sensor.gain, 0, 1000)
    level = np.clip((level - sensor.black) / (sensor.white - sensor.black), 0, 1)
    return np.asarray(np.round(255 * level**sensor.gamma), np.uint8)


def _focus(frame: Pixels, sensor: Sensor, dpi: int) -> Pixels:
    """Blur by focus and by motion along the feed; always a copy."""
    image = frame
    if sensor.blur > 0:
        image = np.asarray(cv2.GaussianBlur(image, (0, 0), sensor.blur * dpi / 300), np.uint8)
    if sensor.motion > 0:
        length = max(1, round(sensor.motion * dpi / 300))
        image = np.asarray(cv2.blur(image, (1, length)), np.uint8)
    return image.copy() if image is frame else image


def _light(image: Pixels, depth: float, rng: np.random.Generator) -> None:
    """Darken by a slow field, darkest at one edge or corner, as far as ``depth`` says."""
    left, right, top, bottom = rng.uniform(0, 1, 4).tolist()
    across = np.linspace(left, right, 9) ** rng.uniform(1, 2)
    down = np.linspace(top, bottom, 13) ** rng.uniform(1, 2)
    field = across[None, :] + down[:, None] * 0.7
    field = (field - field.min()) / max(1e-6, float(np.ptp(field)))
    coarse = cv2.resize((255 * (1 - depth * field)).astype(np.float32), (256, 256), interpolation=cv2.INTER_CUBIC)
    whole = cv2.resize(np.clip(coarse, 0, 255).astype(np.uint8), (image.shape[1], image.shape[0]))
    cv2.multiply(image, cv2.merge([whole, whole, whole]), dst=image, scale=1 / 255)


def _apart(image: Pixels, sensor: Sensor) -> Pixels:
    """Move red one way and blue the other."""
    size = (image.shape[1], image.shape[0])
    red, green, blue = cv2.split(image)
    moved = [cv2.warpAffine(part, np.array([[1, 0, sign * sensor.apart[0]], [0, 1, sign * sensor.apart[1]]]), size,
                            flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
             for part, sign in ((red, 1.0), (blue, -1.0))]
    return np.asarray(cv2.merge([moved[0], green, moved[1]]), np.uint8)


def _streak(image: Pixels, streak: Streak, dpi: int) -> None:
    """Darken (or brighten) columns from top to bottom."""
    wide = image.shape[1]
    reach = streak.width * dpi / 25.4 / 2
    middle = streak_at(streak, wide)
    low, high = max(0, int(middle - reach - 1)), min(wide, int(middle + reach + 2))
    columns = np.arange(low, high) + 0.5
    share = np.clip(reach + 0.5 - np.abs(columns - middle), 0, 1)
    depth = (share * streak.depth)[None, :, None]
    if streak.colour >= 0:
        depth = depth * (np.arange(3) == streak.colour)
    part = image[:, low:high].astype(np.float32) - depth
    image[:, low:high] = np.clip(part, 0, 255).astype(np.uint8)


def streak_at(streak: Streak, wide: int) -> float:
    """Return the x of a streak in an image, pixels."""
    return streak.at * wide


def _grain(image: Pixels, sigma: float, rng: np.random.Generator) -> Pixels:
    """Add grain, mostly in lightness."""
    if sigma <= 0:
        return image
    high, wide = image.shape[:2]
    left, top = (int(value) for value in rng.integers(0, GRAIN, 2))
    tile = np.roll(_tile(), (top, left), (0, 1))
    whole = np.tile(tile, (high // GRAIN + 1, wide // GRAIN + 1, 1))[:high, :wide]
    part = sigma / GRAIN_SIGMA
    return np.asarray(cv2.addWeighted(image, 1.0, whole, part, -128.0 * part), np.uint8)


@lru_cache(maxsize=1)
def _tile() -> Pixels:
    """Return a tile of grain about 128 with a standard deviation of ``GRAIN_SIGMA``."""
    rng = np.random.default_rng(1995)
    grey = rng.normal(0, 1, (GRAIN, GRAIN)) + cv2.GaussianBlur(rng.normal(0, 2.2, (GRAIN, GRAIN)), (0, 0), 1.2)
    mixed = grey[..., None] + rng.normal(0, 0.45, (GRAIN, GRAIN, 3))
    return np.asarray(np.clip(128 + mixed / mixed.std() * GRAIN_SIGMA, 0, 255), np.uint8)
