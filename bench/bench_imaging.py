"""One page looked at, and its kernels against the programs others use: CPU milliseconds, medians of paired runs.

Pages are A4 at 300 dpi in colour from ``bench/corpus``. On each page ours and the peers take turns in this process
(unpaper: a process of its own with its defaults, reading and writing PNM; ours decodes a JPEG and proves its hash).
Leptonica's image lies ready in its own form. A ratio is the median of the pairs' ratios; a peer that is not
installed is null. For each kernel it is said how many times one read of its page it takes. The last line is JSON.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from appliance.core.model import ImageRules, Master
from appliance.imaging import decode, kernels, recipe, skew, tone
from appliance.imaging.warm import keep_memory, warm
from bench.corpus import Lie, Sample, Spec, page
from bench.definition import off_the_definition
from bench.imaging_peers import packages, unpaper
from bench.imaging_peers.leptonica import Leptonica

Grey = npt.NDArray[np.uint8]
Call = Callable[[], Any]

RULES = ImageRules(min_dpi=200, colour_required=True)
DPI = 300
KINDS = ("letter", "decision", "form", "table", "statement")
RADIUS, K, WOLF_K = 15, 0.34, 0.5
"""Window and k as the baseline measured the peers."""

MINUTE = 60_000.0


@dataclass
class Times:
    """CPU milliseconds by name, one a page."""

    spent: dict[str, list[float]] = field(default_factory=dict)

    def take(self, name: str, milliseconds: float) -> None:
        """Keep a time."""
        self.spent.setdefault(name, []).append(milliseconds)

    def median(self, name: str) -> float | None:
        """Return the median, None where nothing was measured."""
        return statistics.median(self.spent[name]) if name in self.spent else None

    def ratio(self, other: str, ours: str) -> float | None:
        """Return the median over pages of how many times longer the other took; None where it was not measured."""
        if other not in self.spent:
            return None
        return round(statistics.median(a / b for a, b in zip(self.spent[other], self.spent[ours], strict=True)), 2)


def pages(count: int) -> Iterator[Sample]:
    """Yield pages of every kind in turn, each askew by its own angle."""
    for at in range(count):
        angle = (-1) ** at * (0.4 + at % 7 * 0.35)
        yield page(Spec(KINDS[at % len(KINDS)], at // len(KINDS), DPI, at, lie=Lie(skew=angle)))


def clocked(call: Call, times: int) -> float:
    """Return the median CPU milliseconds of a call, which is made once before."""
    call()
    spent = []
    for _ in range(times):
        begun = time.process_time()
        call()
        spent.append((time.process_time() - begun) * 1000)
    return statistics.median(spent)


def in_turn(calls: dict[str, Call], rounds: int, times: Times) -> None:
    """Make all calls one after the other, ``rounds`` times, and keep the median of each."""
    spent: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            begun = time.process_time()
            call()
            spent[name].append((time.process_time() - begun) * 1000)
    for name, taken in spent.items():
        times.take(name, statistics.median(taken))


def look_at(data: bytes, master: Master) -> dict[str, float]:
    """Do what a worker does with one side before OCR: prove its hash, analyse it."""
    hashlib.sha256(data).hexdigest()
    return recipe.analyse(data, master, RULES, 10**8).seconds


def measure_page(sample: Sample, rounds: int, times: Times, lept: Leptonica | None) -> None:
    """Measure the whole analysis and the kernels with peers on one page."""
    data = sample.jpeg()
    master = sample.master(data)
    grey = decode.picture(data, master.format, 1, 10**8).grey
    target = np.empty_like(grey)
    steps = look_at(data, master)
    for step, seconds in steps.items():
        times.take(f"step {step}", seconds * 1000)
    calls: dict[str, Call] = {
        "analysis": lambda: look_at(data, master),
        "skew": lambda: skew.find(grey, DPI),
        "sauvola": lambda: tone.sauvola(grey, RADIUS, K),
        "wolf": lambda: tone.wolf(grey, RADIUS, WOLF_K),
        "memcpy": lambda: np.copyto(target, grey),
        "read": grey.max,
    }
    pix = lept.take(grey) if lept is not None else None
    if lept is not None and pix is not None:
        calls["skew leptonica"] = lambda: lept.skew(pix)
        calls["sauvola leptonica"] = lambda: lept.sauvola(pix, RADIUS, K)
    for name, algorithm, k in (("sauvola doxapy", "SAUVOLA", K), ("wolf doxapy", "WOLF", WOLF_K)):
        if (binarise := packages.doxapy(algorithm)) is not None:
            calls[name] = lambda binarise=binarise, k=k: binarise(grey, RADIUS, k)  # type: ignore[misc]
    in_turn(calls, rounds, times)
    if (estimate := packages.jdeskew()) is not None:
        in_turn({"skew jdeskew": lambda: estimate(grey)}, 1, times)
    if lept is not None and pix is not None:
        lept.drop(pix)


def measure_unpaper(sample: Sample, rounds: int, times: Times) -> None:
    """Measure unpaper and, in turn with it, our analysis of the same page."""
    data = sample.jpeg()
    master = sample.master(data)
    rgb = decode.colour(data, 1, 10**8)
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(rounds):
            times.take("unpaper", unpaper.cpu_ms(rgb, Path(folder)))
            times.take("analysis beside unpaper", clocked(lambda: look_at(data, master), 5))


def distances(sample: Sample, times: Times) -> dict[str, tuple[float, float]]:
    """Return milliseconds, and how many times one read of the page they are: of every kernel in one analysis.

    The analysis reads the page halved, and one read is of that; "full size" are read from the whole page.
    """
    data = sample.jpeg()
    master = sample.master(data)
    read = clocked(decode.picture(data, master.format, 2, 10**8).grey.max, 21)
    looks = [kernel_times(data, master) for _ in range(7)]
    found = {name: statistics.median(look.get(name, 0.0) for look in looks) for name in looks[0]}
    decoding = clocked(lambda: decode.picture(data, master.format, 2, 10**8), 7)
    apart = {name: (spent, spent / read) for name, spent in (found | {"decode to half size": decoding}).items()}
    whole = times.median("read") or 1.0
    full = {f"{name}, full size": times.median(name) or 0.0 for name in ("sauvola", "wolf", "skew", "memcpy")}
    return apart | {name: (spent, spent / whole) for name, spent in full.items()}


def kernel_times(data: bytes, master: Master) -> dict[str, float]:
    """Return the CPU milliseconds that each kernel takes, all its calls together, while a page is analysed."""
    spent: dict[str, float] = {}

    def timed(name: str, call: Call) -> Call:
        def run(*arguments: Any) -> Any:
            begun = time.process_time()
            try:
                return call(*arguments)
            finally:
                spent[name] = spent.get(name, 0.0) + (time.process_time() - begun) * 1000
        return run

    own = {name: getattr(kernels, name) for name in kernels.__all__}
    compiled = {id(kernel) for kernel, _ in kernels.LOADED}
    try:
        for name, call in own.items():
            if id(call) in compiled:
                setattr(kernels, name, timed(name, call))
        look_at(data, master)
    finally:
        for name, call in own.items():
            setattr(kernels, name, call)
    return spent


def figures(times: Times) -> dict[str, float | None]:
    """Return what the last line says."""
    return {
        "analysis_cpu_ms": round(times.median("analysis") or 0.0, 1),
        "vs_unpaper": times.ratio("unpaper", "analysis beside unpaper"),
        "skew_vs_leptonica": times.ratio("skew leptonica", "skew"),
        "skew_vs_jdeskew": times.ratio("skew jdeskew", "skew"),
        "sauvola_vs_doxapy": times.ratio("sauvola doxapy", "sauvola"),
        "sauvola_vs_leptonica": times.ratio("sauvola leptonica", "sauvola"),
        "sides_per_minute_per_core": round(MINUTE / statistics.mean(times.spent["analysis"])),
        "sauvola_vs_memcpy": round(1 / (times.ratio("memcpy", "sauvola") or 1.0), 1),
    }


def tell(times: Times, far: dict[str, tuple[float, float]]) -> None:
    """Print the tables."""
    print(f"{'CPU milliseconds, A4 300 dpi colour':36s} {'median':>9s}")
    for name in times.spent:
        print(f"  {name:34s} {times.median(name):9.2f}")
    print(f"  Wolf, against doxapy: {times.ratio('wolf doxapy', 'wolf')} times faster")
    print(f"\n{'of one page, all calls together':36s} {'ms':>9s} {'reads of its page':>18s}")
    for name, (spent, factor) in sorted(far.items(), key=lambda one: -one[1][0]):
        print(f"  {name:34s} {spent:9.2f} {factor:18.1f}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="3 pages; ends within a minute")
    quick = parser.parse_args().quick
    cv2.setNumThreads(1)
    keep_memory()
    warm()
    times = Times()
    try:
        lept = Leptonica()
    except OSError:
        lept = None
    sample = None
    for at, sample in enumerate(pages(3 if quick else 15)):
        measure_page(sample, 3 if quick else 7, times, lept)
        if unpaper.version() is not None and at < (3 if quick else 5):
            measure_unpaper(sample, 1 if quick else 2, times)
    assert sample is not None
    tell(times, distances(sample, times))
    data = sample.jpeg()
    grey = decode.picture(data, sample.master(data).format, 1, 10**8).grey
    off = off_the_definition(grey, RADIUS, K)
    print(f"\nSauvola on that page: {off} pixels are not as the definition has them")
    print(json.dumps(figures(times)))


if __name__ == "__main__":
    main()
