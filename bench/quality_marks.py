"""State-secret stamps, codes and patch codes alone, on many pages: what is found, missed and taken for one.

Looks at generated pages with the one function each that the analysis calls, so that thousands are affordable.
Codes are read whole (second look included) by kind, by size and in hard conditions: low contrast, white on black,
a seal over a corner. Prints a table, the pages that went wrong (set, number, dpi), and one line of JSON.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from random import Random

import cv2
import numpy as np

from appliance.core.limits import ImageLimits
from appliance.core.model import ImageFormat, Mark
from appliance.imaging import decode, marks, patch, secrecy
from appliance.imaging.warm import warm
from bench import secret_pages
from bench.corpus import Code, Sample, Spec, Stamp, page, specs

LEAST_DPI = 130.0
LIMIT = ImageLimits().secret
CODES = ("QRCode", "DataMatrix", "PDF417", "Code128", "Code39")
SIZES = (12.0, 15.0, 20.0, 30.0)
CONDITIONS = ("plain", "faint", "inverted", "seal over a corner")


@dataclass
class Count:
    """What was asked, what was as it should be, and the CPU seconds it took."""

    asked: int = 0
    right: int = 0
    seconds: list[float] = field(default_factory=list)

    def rate(self) -> float | None:
        """Return the share that was right; None when nothing was asked."""
        return round(self.right / self.asked, 5) if self.asked else None


Counts = defaultdict[str, Count]


def main() -> None:
    parser = argparse.ArgumentParser(description="State-secret stamps, codes and patch codes on generated pages.")
    parser.add_argument("--quick", action="store_true", help="few pages; ends within a minute")
    parser.add_argument("--dpi", type=int, nargs="+", default=(200, 300))
    parser.add_argument("--ordinary", type=int, default=2000, help="ordinary pages for each dpi")
    parser.add_argument("--stamps", type=int, default=500, help="stamped pages, and near misses, for each dpi")
    parser.add_argument("--codes", type=int, default=240, help="pages with codes for each dpi")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--secret", type=float, metavar="MINUTES",
                        help="only the check for state-secret stamps, on as many pages as fit into the time")
    parser.add_argument("--sets", nargs="+", default=(), help="with --secret: these sets alone")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    warm()
    if options.secret:
        end = time.time() + 60 * options.secret
        print(json.dumps(secret_pages.told(secret_pages.run(options.dpi, options.seed, end, options.sets))))
        return
    if options.quick:
        options.ordinary, options.stamps, options.codes = 24, 16, 24
    counts: Counts = defaultdict(Count)
    for dpi in options.dpi:
        for name, many in (("stamps", options.stamps), ("batches", options.stamps // 2),
                           ("near_misses", options.stamps), ("ordinary", options.ordinary)):
            secrets(counts, name, many, (options.seed, dpi))
        read_codes(counts, options.codes, (options.seed, dpi))
        read_patches(counts, options.codes // 2, (options.seed, dpi))
    tell(counts)


def secrets(counts: Counts, name: str, many: int, seed_dpi: tuple[int, int]) -> None:
    """Look for state-secret stamps on the pages of a set; on ordinary ones for patch codes as well."""
    seed, dpi = seed_dpi
    for at, spec in enumerate(specs(name, many, seed, dpi)):
        sample = page(spec)
        picture, scale = seen(sample)
        assert picture.rgb is not None
        begin = time.process_time()
        found = secrecy.find(picture.rgb, dpi / scale, LIMIT)
        count = counts[f"{name} {dpi}"]
        count.seconds.append(time.process_time() - begin)
        score = found.score if found is not None else 0.0
        note(count, (score >= LIMIT) == sample.truth.secret, f"{name} {at} at {dpi}: {score:.2f}")
        if name == "ordinary":
            codes = clocked(counts[f"no patch {dpi}"], partial(patch.read, picture.grey, dpi / scale))
            note(counts[f"no patch {dpi}"], not codes, f"{name} {at} at {dpi}: {[code.text for code in codes]}")


def read_codes(counts: Counts, many: int, seed_dpi: tuple[int, int]) -> None:
    """Read one code on each page, kinds, sizes and conditions in turn, at any angle."""
    seed, dpi = seed_dpi
    for at, spec in enumerate(specs("codes", many, seed, dpi)):
        code, condition = next(one for one in spec.laid if isinstance(one, Code)), CONDITIONS[at // 6 % 4]
        if code.kind == "QRCode":
            code = replace(code, size=SIZES[at // 2 % 4])
        sample = page(hard(replace(spec, laid=(code,)), code, condition, Random(at)))
        names = [f"{code.kind} {condition} {dpi}"]
        if code.kind == "QRCode" and condition == "plain":
            names.append(f"QRCode {code.size:g} mm {dpi}")
        texts = {mark.text for mark in all_marks(sample, counts[names[0]], inverted=condition == "inverted")}
        for name in names:
            note(counts[name], code.text in texts, f"codes {at} at {dpi}: {code.kind}, {condition}")


def hard(spec: Spec, code: Code, condition: str, rng: Random) -> Spec:
    """Return the page with its code in a condition; white on black is made of the pixels later."""
    if condition == "faint":
        return replace(spec, sheet=replace(spec.sheet, ink=0.3), sensor=replace(spec.sensor, gamma=0.7))
    if condition == "seal over a corner":
        off = code.size / 2 + 13.0
        seal = Stamp("", "seal", (code.at[0] + off * rng.choice((-1, 1)), code.at[1] + off), ink=0.7)
        return replace(spec, laid=(code, seal))
    return spec


def read_patches(counts: Counts, many: int, seed_dpi: tuple[int, int]) -> None:
    """Read patch codes, askew up to 10 degrees."""
    seed, dpi = seed_dpi
    for at, spec in enumerate(specs("patches", many, seed, dpi)):
        skewed = replace(spec, lie=replace(spec.lie, skew=Random(at).uniform(-10, 10)))
        sample = page(skewed)
        picture, scale = seen(sample)
        found = clocked(counts[f"patch {dpi}"], partial(patch.read, picture.grey, dpi / scale, scale))
        wanted = [code.text for code in sample.truth.codes]
        note(counts[f"patch {dpi}"], [mark.text for mark in found] == wanted, f"patches {at} at {dpi}: {wanted}")


def seen(sample: Sample) -> tuple[decode.Picture, float]:
    """Return a page as the analysis sees it, and how much it was reduced."""
    factor = decode.factor_for(float(sample.truth.dpi), LEAST_DPI)
    return decode.picture(sample.jpeg(), ImageFormat.JPEG, factor, 10**9), float(factor)


def all_marks(sample: Sample, count: Count, *, inverted: bool) -> tuple[Mark, ...]:
    """Read a page's codes as the analysis does, in full where something was left unread."""
    if inverted:
        box = sample.truth.codes[0].box
        edge = round(2.5 * sample.truth.dpi / 25.4)
        part = sample.image[max(0, round(box.y0) - edge):round(box.y1) + edge,
                            max(0, round(box.x0) - edge):round(box.x1) + edge]
        part[:] = 255 - part
    data = sample.jpeg()
    picture, scale = seen(sample)
    begin = time.process_time()
    found = marks.read(picture.grey, sample.truth.dpi / scale, scale)
    again: tuple[Mark, ...] = ()
    if found.unread and scale > 1:
        again = marks.read_again(decode.grey(data, ImageFormat.JPEG, 1, 10**9), found.unread)
    count.seconds.append(time.process_time() - begin)
    return found.marks + again


def clocked(count: Count, call: Callable[[], tuple[Mark, ...]]) -> tuple[Mark, ...]:
    begin = time.process_time()
    answer = call()
    count.seconds.append(time.process_time() - begin)
    return answer


def note(count: Count, right: bool, what: str) -> None:
    """Count an answer, and name the page where it was wrong."""
    count.asked += 1
    count.right += right
    if not right:
        print(f"wrong: {what}", flush=True)


def tell(counts: Counts) -> None:
    """Print the table and the line of JSON."""
    print(f"{'':36} {'asked':>6} {'right':>6} {'share':>8} {'ms mean':>8} {'ms p95':>7}")
    for name, count in counts.items():
        mean, late = (1000 * float(f(count.seconds)) if count.seconds else 0.0
                      for f in (np.mean, lambda values: np.percentile(values, 95)))
        print(f"{name:36} {count.asked:6} {count.right:6} {count.rate() or 0:8.4f} {mean:8.1f} {late:7.1f}")
    print(json.dumps({
        "secret_stamp_recall": share(counts, "stamps"), "secret_batch_recall": share(counts, "batches"),
        "secret_false_stop_rate": wrong_share(counts, "near_misses"),
        "secret_false_stop_rate_ordinary": wrong_share(counts, "ordinary"),
        "qr_read_rate": share(counts, "QRCode plain"), "qr_15_mm_read_rate": share(counts, "QRCode 15 mm"),
        "code_read_rate": share(counts, *(f"{kind} plain" for kind in CODES)),
        "code_read_rate_hard": share(counts, *(f"{kind} {hard}" for kind in CODES for hard in CONDITIONS[1:])),
        "patch_read_rate": share(counts, "patch"), "patch_false_rate": wrong_share(counts, "no patch"),
        **{f"n_{name}": total for name, total in totals(counts).items()},
    }))


def share(counts: Counts, *heads: str) -> float | None:
    """Return the share of right answers over all counts whose names begin so."""
    chosen = [count for name, count in counts.items() if name.rsplit(" ", 1)[0] in heads]
    return Count(sum(one.asked for one in chosen), sum(one.right for one in chosen)).rate()


def wrong_share(counts: Counts, head: str) -> float | None:
    """Return the share of wrong answers."""
    right = share(counts, head)
    return None if right is None else round(1 - right, 5)


def totals(counts: Counts) -> Counter[str]:
    """Return how many pages of each set were looked at."""
    found: Counter[str] = Counter()
    for name, count in counts.items():
        head = name.split(" ")[0]
        if head in ("stamps", "batches", "near_misses", "ordinary", "patch") or name.startswith("QRCode plain"):
            found[head] += count.asked
    return found


if __name__ == "__main__":
    main()
