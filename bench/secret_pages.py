"""Very many pages for the check for state-secret stamps: several captures of each sheet, and exact bounds.

Drawing a sheet costs as much as twenty checks. So one sheet is captured several times: fed any way round, shifted
against the grid of the JPEG, with another exposure, cast of colour, grain and compression. How many sheets there
were is told beside how many captures: captures of one sheet are not independent of each other.
"""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from random import Random

import cv2
import numpy as np
import simplejpeg
from numpy.typing import NDArray

from appliance.core.limits import ImageLimits
from appliance.core.model import ImageFormat
from appliance.imaging import decode, secrecy
from bench.corpus import Sample, page, spec_of
from bench.corpus.capture import expose
from bench.corpus.spec import Sensor, Spec

Pixels = NDArray[np.uint8]

LEAST_DPI = 130.0
LIMIT = ImageLimits().secret
TURNS = (cv2.ROTATE_90_COUNTERCLOCKWISE, cv2.ROTATE_180, cv2.ROTATE_90_CLOCKWISE)
ROOM = 1024
QUALITIES = (50, 60, 75, 82, 90)
MOST_PIXELS = 10**9
CONFIDENCE = 0.95
TOLD_EVERY = 500
"""Captures of a set after which the figures so far are printed: a run that is ended early has some as well."""


@dataclass(frozen=True, slots=True)
class Block:
    """Sheets of one set that are looked at in a row, as they share their drawings; each captured so often."""

    name: str
    sheets: int
    captures: int


ORDER = (Block("ordinary", 16, 16), Block("stamps", 12, 3), Block("near_misses", 16, 3), Block("batches", 4, 2),
         Block("double_struck", 4, 3))


@dataclass
class Tally:
    """What was said of the captures of a set at one resolution."""

    sheets: int = 0
    captures: int = 0
    stops: int = 0
    stopped: set[int] = field(default_factory=set)
    passed: set[int] = field(default_factory=set)
    seconds: float = 0.0
    kinds: Counter[str] = field(default_factory=Counter)


Tallies = dict[tuple[str, int], Tally]


def run(dpis: tuple[int, ...], seed: int, end: float, names: tuple[str, ...] = ()) -> Tallies:
    """Look at blocks of all sets (or of some) at each resolution in turn until ``time.time()`` reaches ``end``."""
    tallies: Tallies = {}
    chosen = [block for block in ORDER if not names or block.name in names]
    for turn in range(10**6):
        for dpi in dpis:
            for block in chosen:
                tally = tallies.setdefault((block.name, dpi), Tally())
                for number in range(turn * block.sheets, (turn + 1) * block.sheets):
                    if time.time() >= end:
                        return tallies
                    look_at(tally, block, spec_of(block.name, number, seed, dpi), number)
    return tallies


def look_at(tally: Tally, block: Block, spec: Spec, number: int) -> None:
    """Look for a state-secret stamp on all captures of a sheet."""
    sample = page(spec)
    tally.sheets += 1
    for at, (image, quality) in enumerate(captures(sample, block.captures)):
        score, spent = score_of(image, quality, spec.dpi)
        stop = score >= LIMIT
        tally.captures += 1
        tally.stops += stop
        tally.seconds += spent
        (tally.stopped if stop else tally.passed).add(number)
        if stop != sample.truth.secret:
            laid = "+".join(sorted(stamp.kind for stamp in sample.truth.stamps))
            tally.kinds[f"{spec.kind}: {laid}"] += 1
            print(f"wrong: {block.name} {number}, capture {at}, {spec.dpi} dpi, {spec.kind} {laid}: {score:.3f}",
                  flush=True)
        if tally.captures % TOLD_EVERY == 0:
            print(f"{time.strftime('%H:%M:%S')} {line(block.name, spec.dpi, tally)}", flush=True)


def captures(sample: Sample, many: int) -> Iterator[tuple[Pixels, int]]:
    """Yield a page as it was captured and, of the same sheet, other captures: image and quality of the JPEG."""
    yield sample.image, sample.spec.sensor.quality
    rng = Random(sample.spec.seed)
    for at in range(1, many):
        left, top = rng.randint(0, 15), rng.randint(0, 15)
        part = np.ascontiguousarray(sample.image[top:, left:])
        turned = np.asarray(cv2.rotate(part, TURNS[at % 4 - 1]), np.uint8) if at % 4 else part
        yield recaptured(turned, sample.spec.seed + at, rng)


def recaptured(image: Pixels, seed: int, rng: Random) -> tuple[Pixels, int]:
    """Give an image another exposure, cast of colour and grain; return it with a quality for its JPEG."""
    level = np.linspace(0, 1, 256) ** rng.uniform(0.85, 1.2) * 255 * rng.uniform(0.92, 1.03)
    casts = [level * rng.uniform(0.96, 1.03) for _ in range(3)]
    table = np.clip(np.stack(casts, 1), 0, 255).round().astype(np.uint8)[None]
    strength = rng.uniform(0.1, 0.8)
    grain = _grain(image.shape[0], image.shape[1], seed)
    seen = cv2.addWeighted(cv2.LUT(image, table), 1.0, grain, strength, -128.0 * strength)
    return np.asarray(seen, np.uint8), rng.choice(QUALITIES)


def _grain(high: int, wide: int, seed: int) -> Pixels:
    """Return grain about 128 with a standard deviation of 4, some part of one large sheet of it."""
    sheet = _grain_sheet(-(-max(high, wide) // ROOM) * ROOM)
    top, left = (seed * step % (ROOM // 2) for step in (61, 97))
    return sheet[top:top + high, left:left + wide]


@lru_cache(maxsize=2)
def _grain_sheet(side: int) -> Pixels:
    """Draw the grain of a sensor that looks at an even grey."""
    white = np.full((side + ROOM // 2, side + ROOM // 2, 3), 128, np.uint8)
    return expose(white, Spec(sensor=Sensor(shade=0.0, noise=4.0)))


def score_of(image: Pixels, quality: int, dpi: int) -> tuple[float, float]:
    """Return how like a page is to one with a stamp, from its JPEG as the analysis sees it; CPU seconds of that."""
    data = simplejpeg.encode_jpeg(image, quality, "RGB", "420")
    factor = decode.factor_for(float(dpi), LEAST_DPI)
    rgb = decode.picture(data, ImageFormat.JPEG, factor, MOST_PIXELS).rgb
    assert rgb is not None
    begun = time.process_time()
    found = secrecy.find(rgb, dpi / factor, LIMIT)
    return found.score if found is not None else 0.0, time.process_time() - begun


def line(name: str, dpi: int | str, tally: Tally) -> str:
    """Return what is known of a set: stops by capture and by sheet, each with its exact 95 % bounds."""
    low, high = bounds(tally.stops, tally.captures)
    ever = len(tally.stopped)
    sheet_low, sheet_high = bounds(ever, tally.sheets)
    milliseconds = 1000 * tally.seconds / max(1, tally.captures)
    return (f"{name:14}{dpi!s:>4} dpi: {tally.stops:6} stops of {tally.captures:6} captures = "
            f"{tally.stops / max(1, tally.captures):8.5f} [{low:.5f}, {high:.5f}]; {ever:5} of {tally.sheets:5} "
            f"sheets [{sheet_low:.5f}, {sheet_high:.5f}]; {milliseconds:.1f} ms")


def told(tallies: Tallies) -> dict[str, float | int]:
    """Print all sets, by resolution and together; return the figures of the last line."""
    figures: dict[str, float | int] = {}
    for name in dict.fromkeys(name for name, _ in tallies):
        parts = {dpi: tally for (one, dpi), tally in tallies.items() if one == name}
        for dpi, tally in parts.items():
            print(line(name, dpi, tally))
        whole = together(list(parts.values()))
        print(line(name, "all", whole))
        for kind, count in whole.kinds.most_common(8):
            print(f"{'':16}wrong {count:4}  {kind}")
        low, high = bounds(whole.stops, whole.captures)
        figures |= {f"{name}_captures": whole.captures, f"{name}_sheets": whole.sheets,
                    f"{name}_stops": whole.stops, f"{name}_rate": round(whole.stops / max(1, whole.captures), 5),
                    f"{name}_low_95": round(low, 6), f"{name}_high_95": round(high, 6)}
    return figures


def together(tallies: list[Tally]) -> Tally:
    """Add up tallies; sheets of different resolutions are different sheets."""
    whole = Tally()
    for at, one in enumerate(tallies):
        whole.sheets += one.sheets
        whole.captures += one.captures
        whole.stops += one.stops
        whole.seconds += one.seconds
        whole.stopped |= {10**7 * at + number for number in one.stopped}
        whole.passed |= {10**7 * at + number for number in one.passed}
        whole.kinds.update(one.kinds)
    return whole


def bounds(found: int, asked: int, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Return the exact two-sided bounds of a share (Clopper, Pearson 1934), by bisection of the binomial sums.

    With none found the upper bound is one-sided: 1 - (1 - confidence) ** (1 / asked).
    """
    if asked == 0:
        return 0.0, 1.0
    tail = (1 - confidence) / 2 if 0 < found < asked else 1 - confidence
    low = 0.0 if found == 0 else _bisected(lambda share: 1 - _at_most(found - 1, asked, share) - tail)
    high = 1.0 if found == asked else _bisected(lambda share: tail - _at_most(found, asked, share))
    return low, high


def _at_most(found: int, asked: int, share: float) -> float:
    """Return the chance of at most ``found`` of ``asked``."""
    if share <= 0.0 or share >= 1.0:
        return 1.0 if share <= 0.0 else float(found >= asked)
    ways = math.lgamma(asked + 1)
    return math.fsum(
        math.exp(ways - math.lgamma(k + 1) - math.lgamma(asked - k + 1) + k * math.log(share)
                 + (asked - k) * math.log1p(-share)) for k in range(found + 1))


def _bisected(rising: Callable[[float], float]) -> float:
    """Return where a rising function of a share crosses 0."""
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (low, middle) if rising(middle) > 0 else (middle, high)
    return high
