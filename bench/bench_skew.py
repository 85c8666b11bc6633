"""Skew against leptonica and jdeskew: CPU milliseconds, and degrees off the truth.

All three get the same 8-bit grey page of the generated corpus in memory (A4, 300 dpi) and take turns on it.
Leptonica's image is made beforehand, so that only its own binarisation and search are counted, and its
figures come from pages within +-5 degrees, as far as it looks. A peer that is not installed is null. The last
line is JSON; ``bench_imaging.py`` takes the same figures from ``measure``.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from appliance.imaging import skew
from appliance.imaging.warm import warm
from bench.corpus import samples
from bench.imaging_peers import packages
from bench.imaging_peers.leptonica import Leptonica

Grey = npt.NDArray[np.uint8]
DPI = 300
EVERY_JDESKEW = 4
"""Pages from one that jdeskew gets to the next: it takes most of a second each."""


def timed(call: Callable[..., Any], *given: Any) -> tuple[float, float]:
    """Return CPU milliseconds and the answer."""
    begin = time.process_time()
    answer = float(call(*given))
    return (time.process_time() - begin) * 1000, answer


def peers() -> tuple[Leptonica | None, Callable[[Grey], float] | None]:
    """Return what is installed."""
    try:
        leptonica = Leptonica()
    except OSError:
        leptonica = None
    return leptonica, packages.jdeskew()


def angle(grey: Grey) -> float:
    """Return the degrees clockwise that a page lies askew, as the appliance finds it."""
    return skew.find(grey, DPI).angle


def gather(name: str, count: int) -> dict[str, list[tuple[float, float]]]:
    """Return (ms, degrees off) of each way for every page of a set; a way is tried where it is installed."""
    leptonica, jdeskew = peers()
    found: dict[str, list[tuple[float, float]]] = {"ours": [], "leptonica": [], "jdeskew": []}
    for at, sample in enumerate(samples(name, count, seed=1, dpi=DPI)):
        grey = np.asarray(cv2.cvtColor(sample.image, cv2.COLOR_RGB2GRAY), np.uint8)
        truth = sample.truth.skew
        spent, answer = timed(angle, grey)
        found["ours"].append((spent, answer - truth))
        if leptonica and name == "skewed":
            pix = leptonica.take(grey)
            spent, answer = timed(leptonica.skew, pix)
            leptonica.drop(pix)
            found["leptonica"].append((spent, -answer - truth))
        if jdeskew and name == "skewed" and at % EVERY_JDESKEW == 0:
            spent, answer = timed(jdeskew, grey)
            found["jdeskew"].append((spent, answer - truth))
    return found


def ratio(peer: list[tuple[float, float]], ours: list[tuple[float, float]], step: int = 1) -> float | None:
    """Return how many times the peer's CPU time is ours, median of pages both had."""
    pairs = list(zip(peer, ours[::step], strict=True)) if peer else []
    return round(statistics.median(one[0] / own[0] for one, own in pairs), 2) if pairs else None


def measure(quick: bool = False) -> dict[str, float | None]:
    """Measure, print a table and return the figures by their names."""
    cv2.setNumThreads(1)
    warm()
    angle(np.full((3508, 2480), 240, np.uint8))
    figures: dict[str, float | None] = {}
    for name, count in (("skewed", 16 if quick else 48), ("skewed_wide", 8 if quick else 36)):
        found = gather(name, count)
        for way, results in found.items():
            if not results:
                continue
            spent = statistics.median(ms for ms, _ in results)
            off = np.abs([degrees for _, degrees in results])
            p95, worst = float(np.percentile(off, 95)), float(off.max())
            print(f"{name:12s} {way:10s} {len(results):3d} pages {spent:8.2f} ms CPU  median {np.median(off):.3f}  "
                  f"p95 {p95:.3f}  max {worst:.3f} degrees")
            figures |= {f"{name}_{way}_ms": round(spent, 2), f"{name}_{way}_p95_deg": round(p95, 3),
                        f"{name}_{way}_max_deg": round(worst, 3)}
        if name == "skewed":
            figures["skew_vs_leptonica"] = ratio(found["leptonica"], found["ours"])
            figures["skew_vs_jdeskew"] = ratio(found["jdeskew"], found["ours"], EVERY_JDESKEW)
    return figures | {f"skew_{key}": figures[f"skewed_ours_{key}"] for key in ("p95_deg", "max_deg")}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="24 pages in place of 84")
    print(json.dumps(measure(parser.parse_args().quick)))


if __name__ == "__main__":
    main()
