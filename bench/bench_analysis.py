"""One page looked at, step by step, and skew against the ways others find it: CPU milliseconds and degrees.

Pages are drawn and scanned by the demo's own generator at 300 dpi in colour. Ours and the peers alternate on
each page; medians. A peer that is not installed is null. The last line is JSON.
"""

from __future__ import annotations

import argparse
import importlib
import json
import statistics
import time
from collections.abc import Callable
from random import Random
from typing import Any

import cv2
import numpy as np

from appliance.core.model import ImageFormat, ImageRules, Master
from appliance.demo.defects import Look, scan
from appliance.demo.forms import make_form, make_table
from appliance.demo.letters import make_decision, make_letter
from appliance.imaging import decode, ink, lines, recipe
from appliance.imaging.warm import warm

RULES = ImageRules(min_dpi=200, colour_required=True, blank_limit=0.0001, sharpness_limit=0.36)
DPI, WIDTH, HEIGHT = 300, 2480, 3508
MAKERS = (make_letter, make_decision, make_form, make_table)
Estimate = Callable[[Any], float]


def pages(count: int) -> list[bytes]:
    """Return scans; every one lies askew by its own angle (the truth is measured against a turned copy)."""
    rng = Random(2026)
    return [scan(MAKERS[at % len(MAKERS)](rng)[0], Look(skew=rng.uniform(-3, 3)), at) for at in range(count)]


def peers() -> dict[str, Estimate | None]:
    """Return ways to find the skew of a full grey image; None where not installed."""
    return {"jdeskew": _jdeskew(), "deskew": _deskew()}


def _jdeskew() -> Estimate | None:
    try:
        get_angle = importlib.import_module("jdeskew.estimator").get_angle
    except ImportError:
        return None
    return lambda grey: float(get_angle(grey))


def _deskew() -> Estimate | None:
    try:
        determine_skew = importlib.import_module("deskew").determine_skew
    except ImportError:
        return None
    return lambda grey: float(determine_skew(cv2.resize(grey, None, fx=0.25, fy=0.25)) or 0.0)


def ours(grey: Any) -> float:
    """Find the skew of a full grey image as the recipe does, reduction and ink included."""
    half = cv2.resize(grey, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    return lines.find(ink.find(np.ascontiguousarray(half), DPI / 2)).skew


def timed(call: Callable[..., Any], *given: Any) -> tuple[float, Any]:
    """Return CPU milliseconds and the answer."""
    begin = time.process_time()
    answer = call(*given)
    return (time.process_time() - begin) * 1000, answer


def measure_steps(stack: list[bytes]) -> tuple[float, dict[str, float]]:
    """Return the median CPU of a page and of its steps, in ms."""
    totals: list[float] = []
    steps: dict[str, list[float]] = {}
    for data in stack:
        master = Master("x", "0" * 64, len(data), ImageFormat.JPEG, WIDTH, HEIGHT, 3, DPI)
        spent, analysis = timed(recipe.analyse, data, master, RULES, 10**8)
        totals.append(spent)
        for step, seconds in analysis.seconds.items():
            steps.setdefault(step, []).append(seconds * 1000)
    return statistics.median(totals), {step: statistics.median(values) for step, values in steps.items()}


def measure_skew(stack: list[bytes], estimate: Estimate) -> tuple[float, float, float]:
    """Return median ms, p95 and largest error in degrees.

    A copy turned by a known angle must be estimated that much askew of the original: no truth is assumed.
    """
    spent, wrong = [], []
    for at, data in enumerate(stack):
        grey = decode.grey(data, ImageFormat.JPEG, 1, 10**8)
        angle = (-1) ** at * (0.4 + at % 5 * 0.5)
        turn = cv2.getRotationMatrix2D((WIDTH / 2, HEIGHT / 2), angle, 1.0)
        copy = cv2.warpAffine(grey, turn, (WIDTH, HEIGHT), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
        first, before = timed(estimate, grey)
        _, after = timed(estimate, copy)
        spent.append(first)
        wrong.append(abs(abs(after - before) - abs(angle)))
    return statistics.median(spent), float(np.percentile(wrong, 95)), max(wrong)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="8 pages in place of 40")
    stack = pages(8 if parser.parse_args().quick else 40)
    cv2.setNumThreads(1)
    loaded = warm()
    total, steps = measure_steps(stack)
    figures: dict[str, float | None] = {"analysis_cpu_ms": round(total, 1), "warm_cpu_s": round(loaded, 2)}
    print(f"{'analysis of one page':28s} {total:8.1f} ms CPU")
    for step, value in steps.items():
        print(f"  {step:26s} {value:8.1f}")
        figures[f"{step}_ms"] = round(value, 1)
    for name, estimate in ({"ours": ours} | peers()).items():
        result = measure_skew(stack, estimate) if estimate else None
        for at, key in enumerate(("ms", "p95_deg", "max_deg")):
            figures[f"skew_{name}_{key}"] = None if result is None else round(result[at], 3)
        spoken = "not installed" if result is None else "{:8.1f} ms  p95 {:.3f}  max {:.3f} deg".format(*result)
        print(f"skew {name:10s} {spoken}")
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
