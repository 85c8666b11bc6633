"""What is written by hand: sheet numbers in pencil, signatures, red ticks. Strokes, not letters of a font."""

from __future__ import annotations

from random import Random

import cv2
import numpy as np
from numpy.typing import NDArray

from appliance.demo.letterhead import draw_signature
from appliance.demo.paper import Leaf
from bench.corpus.spec import Hand, Tint

Mask = NDArray[np.uint8]

COLOURS: dict[str, Tint] = {"pencil": (96, 96, 104), "pen": (32, 52, 148), "red": (206, 40, 52)}

Shape = tuple[tuple[float, float], ...]

DIGITS: dict[str, Shape] = {
    "0": ((0.5, 0.0), (0.1, 0.3), (0.1, 0.75), (0.5, 1.0), (0.9, 0.7), (0.85, 0.25), (0.5, 0.0)),
    "1": ((0.25, 0.25), (0.6, 0.0), (0.55, 0.5), (0.5, 1.0)),
    "2": ((0.1, 0.25), (0.45, 0.0), (0.85, 0.25), (0.5, 0.65), (0.1, 1.0), (0.5, 0.93), (0.95, 1.0)),
    "3": ((0.15, 0.08), (0.7, 0.05), (0.75, 0.3), (0.4, 0.48), (0.85, 0.65), (0.7, 0.95), (0.1, 0.95)),
    "4": ((0.55, 0.0), (0.1, 0.65), (0.9, 0.62), (0.7, 0.4), (0.66, 0.7), (0.62, 1.0)),
    "5": ((0.85, 0.02), (0.3, 0.05), (0.2, 0.45), (0.7, 0.45), (0.85, 0.75), (0.5, 1.0), (0.1, 0.93)),
    "6": ((0.75, 0.0), (0.3, 0.35), (0.15, 0.75), (0.5, 1.0), (0.85, 0.78), (0.6, 0.55), (0.2, 0.7)),
    "7": ((0.1, 0.05), (0.9, 0.02), (0.6, 0.5), (0.4, 1.0)),
    "8": ((0.6, 0.45), (0.2, 0.25), (0.5, 0.0), (0.8, 0.2), (0.3, 0.6), (0.2, 0.85), (0.55, 1.0), (0.8, 0.75),
          (0.35, 0.4)),
    "9": ((0.85, 0.25), (0.5, 0.5), (0.15, 0.3), (0.5, 0.0), (0.85, 0.2), (0.75, 0.6), (0.5, 1.0)),
}
TICK: Shape = ((0.0, 0.55), (0.3, 0.95), (1.0, 0.0))


def draw_hand(hand: Hand, dpi: int, seed: int) -> Mask:
    """Return the coverage of something written (uint8, 255 full), its middle in the middle."""
    rng = Random(seed)
    if hand.kind == "pen":
        mask = np.asarray(draw_signature(Leaf(dpi), rng), np.uint8)
    else:
        shapes: list[Shape] = [TICK] if hand.kind == "red" else [DIGITS[digit] for digit in hand.text]
        mask = _strokes(shapes, hand.size * dpi / 25.4, dpi, rng)
    grain = np.random.default_rng(seed).uniform(0.55, 1.0, mask.shape)
    return np.asarray(mask * grain * hand.strength, np.uint8)


def _strokes(shapes: list[Shape], high: float, dpi: int, rng: Random) -> Mask:
    """Draw shapes side by side as a hand would: smooth, slanted, never twice alike."""
    step = high * 0.72
    image = np.zeros((int(high * 1.5), int(step * len(shapes) + high * 0.9)), np.uint8)
    weight = max(1, round(0.4 * dpi / 25.4))
    for at, shape in enumerate(shapes):
        points = np.array(shape) + np.array([[rng.gauss(0, 0.035), rng.gauss(0, 0.03)] for _ in shape])
        points = _smooth(points)
        x = points[:, 0] * step * 0.8 + at * step + high * 0.25 - points[:, 1] * high * 0.12
        y = points[:, 1] * high * rng.uniform(0.9, 1.05) + high * rng.uniform(0.15, 0.3)
        line = np.round(np.stack([x, y], 1) * 16).astype(np.int32)
        cv2.polylines(image, [line], False, 235, weight, cv2.LINE_AA, 4)
    return image


def _smooth(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Round the corners of a line (Chaikin, twice)."""
    for _ in range(2):
        first, second = points[:-1], points[1:]
        inner = np.stack([0.75 * first + 0.25 * second, 0.25 * first + 0.75 * second], 1).reshape(-1, 2)
        points = np.concatenate([points[:1], inner, points[-1:]])
    return points
