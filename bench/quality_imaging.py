"""How well the imaging stage judges: generated pages of known truth, and real ones where a folder is given.

Skew, orientation, size of the page, verdicts, codes, state-secret stamps and the free band, each against the truth
of ``bench.corpus``. Prints a confusion table per verdict and one line of JSON; what the product cannot do is null.

``--quick`` takes pages of every set in turn until 40 seconds are over. ``--pages FOLDER`` adds images of real
pages, of which only what was flagged can be said. ``--only NAME ...`` takes some sets, ``--count`` pages of each,
``--wrong CHECK`` lists the pages on which a check is wrong. A batch stops when its one stamped page does.
"""

from __future__ import annotations

import argparse
import itertools
import json
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from appliance.core import rules
from appliance.core.model import ImageRules
from appliance.imaging.warm import warm
from bench import placed
from bench.confusion import CHECKS, confusions, percent, should_fail, shown
from bench.corpus import SETS, page, spec_of
from bench.looked import Looked, look
from bench.real_pages import tell_real

PROFILE = "onestop-ttvpcp-2023"
"""The stricter of the shipped profiles: a folded corner is held from 12 mm, in the archive from 25."""
QUICK_SECONDS = 40.0
COUNT = 60
LARGER = {"ordinary": 10, "stamps": 8, "batches": 4, "near_misses": 8, "blanks": 6, "skewed": 4, "turned": 3,
          "small_qr": 3}
"""Sets from which more pages are taken than from others."""

TURNS = ("turned", "stamps", "batches", "near_misses", "ordinary")
Figures = dict[str, float | int | None]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="some pages of every set; ends within a minute")
    parser.add_argument("--count", type=int, default=COUNT, help=f"pages of a small set ({COUNT})")
    parser.add_argument("--only", choices=sorted(SETS), nargs="+", help="these sets alone")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--wrong", choices=CHECKS, help="list the pages on which this check is wrong")
    parser.add_argument("--pages", type=Path, help="folder with images of real pages")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    warm()
    limits = rules.load(PROFILE).image.limits()
    names = options.only or list(SETS)
    plan = quick(names, options.seed) if options.quick else whole(names, options.count, options.seed)
    pages = [look_at(name, number, seed_dpi, limits) for name, number, seed_dpi in plan]
    print(f"{len(pages)} pages, {len({one.name for one in pages})} sets\n")
    print(f"{shown(confusions(pages))}\n\n{more(pages)}")
    print("\n".join(placed.told(pages, limits.limits.sides)))
    for line in wrong(pages, options.wrong) if options.wrong else ():
        print(line)
    real = tell_real(options.pages, limits) if options.pages else {}
    print(json.dumps(figures(pages) | placed.figures(pages, limits.limits.sides) | real))


def wrong(pages: list[Looked], check: str) -> Iterator[str]:
    """Yield the pages on which a check is wrong, so that they can be made again by ``spec_of``."""
    for one in pages:
        said = one.flagged(check)
        if said is not None and check not in one.truth.doubtful and said != should_fail(one, check):
            value = one.verdict(check)
            shown_value = "" if value is None else f", {value.value:g} against {value.limit:g}"
            yield f"{check} {'false' if said else 'missed'}: {one.at}, {one.truth.kind}{shown_value}"


def whole(names: list[str], count: int, seed: int) -> Iterator[tuple[str, int, tuple[int, int]]]:
    """Yield set, number, seed and dpi of all pages: first all at 200 dpi, then as many at 300."""
    for dpi, name in itertools.product((200, 300), names):
        for number in range(max(1, count * LARGER.get(name, 1) // 2)):
            yield name, number, (seed + dpi, dpi)


def quick(names: list[str], seed: int) -> Iterator[tuple[str, int, tuple[int, int]]]:
    """Yield a page of every set in turn, small sets every third turn, until the time is over."""
    end = time.monotonic() + QUICK_SECONDS
    common = [name for name in names if name in LARGER]
    others = [name for name in names if name not in LARGER]
    taken: Counter[str] = Counter()
    for turn in itertools.count():
        for name in (*common, *others[turn % 3::3]):
            if time.monotonic() > end:
                return
            yield name, taken[name], (seed, 200)
            taken[name] += 1


def look_at(name: str, number: int, seed_dpi: tuple[int, int], limits: ImageRules) -> Looked:
    """Draw one page of a set and look at it."""
    seed, dpi = seed_dpi
    return look(name, page(spec_of(name, number, seed, dpi)), limits, f"{name} {number}, seed {seed}, {dpi} dpi")


def figures(pages: list[Looked]) -> Figures:
    """Return the figures of the last line."""
    tables = confusions(pages)
    skew = skew_errors(pages, ("skewed", "ordinary"))
    wide = skew_errors(pages, ("skewed_wide",))
    near = confusions(one for one in pages if one.name == "near_misses")["secret"]
    batches = confusions(one for one in pages if one.name == "batches")["secret"]
    odd = ("near_misses", "double_struck")
    usual = [one for one in pages if one.name not in odd and not one.name.startswith("fault_")]
    other = confusions(usual)["secret"]
    turned = [one for one in pages if one.name in TURNS and not one.truth.blank and one.analysis]
    return {
        "skew_p95_deg": _rounded(float(np.percentile(skew, 95)) if skew else None),
        "skew_max_deg": _rounded(max(skew) if skew else None),
        "skew_wide_max_deg": _rounded(max(wide) if wide else None),
        "orientation_accuracy": _rounded(_mean([one.upright() for one in turned])),
        "orientation_asked": _rounded(_mean([one.asked for one in turned])),
        "blank_f1": _rounded(tables["blank"].f1()),
        "secret_stamp_recall": _rounded(tables["secret"].recall()),
        "secret_batch_recall": _rounded(batches.recall()),
        "secret_false_stop_rate": _rounded(near.false_rate()),
        "secret_false_stop_rate_ordinary": _rounded(other.false_rate()),
        "qr_read_rate": _rounded(read_rates(pages).get("QRCode")),
        "pages": len(pages), "skew_pages": len(skew), "orientation_pages": len(turned),
        "blank_pages": sum(one.truth.blank for one in pages),
        "secret_stamps": tables["secret"].found + tables["secret"].missed,
        "near_miss_pages": near.judged, "secret_ordinary_pages": other.judged,
        "refused": sum(bool(one.error) for one in pages),
    }


def skew_errors(pages: list[Looked], names: tuple[str, ...]) -> list[float]:
    """Return the errors of skew of the pages of some sets, degrees."""
    errors = [one.skew_error() for one in pages if one.name in names]
    return [error for error in errors if error is not None]


def read_rates(pages: list[Looked]) -> dict[str, float]:
    """Return the share of codes that were read right, by kind; those too small for anybody are left out."""
    asked: Counter[str] = Counter()
    read: Counter[str] = Counter()
    for one in pages:
        marks = one.analysis.marks if one.analysis else ()
        for code in one.truth.codes:
            if code.weak:
                continue
            asked[code.kind] += 1
            read[code.kind] += any(_same(mark.kind, code.kind) and mark.text == code.text for mark in marks)
    return {kind: read[kind] / count for kind, count in sorted(asked.items())}


def more(pages: list[Looked]) -> str:
    """Return what the tables do not show: codes, bounds, free band, errors."""
    lines = ["codes read: " + ", ".join(f"{kind} {percent(share)}" for kind, share in read_rates(pages).items())]
    known = {id(one): {code.text for code in one.truth.codes} for one in pages}
    wrong = sum(mark.text not in known[id(one)] for one in pages if one.analysis for mark in one.analysis.marks)
    lines.append(f"codes read that are not there: {wrong}")
    left = sum(one.skew_error() is None for one in pages if one.analysis and not one.truth.blank)
    lines.append(f"skew without a number (lies well enough): {left}")
    for name in ("ordinary", "skewed", "skewed_wide", "turned", "sizes"):
        errors = skew_errors(pages, (name,))
        if errors:
            lines.append(f"skew in {name}: p95 {np.percentile(errors, 95):.3f}, max {max(errors):.3f} degrees, "
                         f"{len(errors)} pages")
    cut = [one.cut_mm for one in pages if one.analysis and not one.truth.bad]
    lines.append(f"ink cut by the page's bounds: {sum(mm > 0.5 for mm in cut)} of {len(cut)} pages, most "
                 f"{max(cut, default=0.0):.1f} mm")
    bands = [one.touched_mm for one in pages if one.touched_mm is not None]
    lines.append(f"bands called free that hold ink: {sum(mm > 1 for mm in bands)} of {len(bands)}")
    refused = Counter(one.error for one in pages if one.error)
    lines.append(f"pages refused: {dict(refused) or 0}")
    return "\n".join(lines)


def _same(one: str, other: str) -> bool:
    """Say whether two names of a code mean the same; the product names a patch code with its number, PatchT."""
    plain = one.replace(" ", "").lower()
    return plain == other.lower() or (other == "Patch" and plain.startswith("patch"))


def _mean(values: list[bool]) -> float | None:
    return sum(values) / len(values) if values else None


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


if __name__ == "__main__":
    main()
