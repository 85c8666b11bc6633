"""How well a sheet that was fed twice is told from others: misses and false alarms on pages of known truth.

Specimen letters, decisions, forms and tables are scanned twice with another lie (skew to 2 degrees, turned round),
lamp, sharpness and JPEG quality. Compared with each other: scans of one sheet; forms of one template filled in
otherwise; letters of one series, that differ in a number and a day. ``--pages FOLDER`` adds images of real pages.
Prints a table and one line of JSON.
"""

from __future__ import annotations

import argparse
import io
import itertools
import json
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import cv2
import numpy as np
from PIL import Image, ImageSequence, UnidentifiedImageError

from appliance.core.model import ImageFormat
from appliance.demo import stack
from appliance.demo.defects import Look, scan
from appliance.demo.paper import ROMAN, Column, Leaf
from appliance.imaging import decode, likeness
from appliance.imaging.decode import Grey

KINDS = ("letter", "decision", "statement", "form", "table")
SUFFIXES = (".jpg", ".jpeg", ".png", ".tif", ".tiff")
SERIES = ("Kính gửi đơn vị sử dụng lao động. Căn cứ Luật Bảo hiểm xã hội, cơ quan bảo hiểm xã hội đã xem xét quá "
          "trình đóng và thống nhất giải quyết chế độ theo đúng quy định hiện hành.")


@dataclass
class Tally:
    """What was said of pairs of one kind, and the time it took."""

    pairs: int = 0
    same: int = 0
    different: int = 0
    worst: list[float] = field(default_factory=list)
    seconds: float = 0.0

    def take(self, one: Grey, other: Grey) -> None:
        """Compare two sides and count what is said of them."""
        begun = time.perf_counter()
        found = likeness.likeness(one, other)
        self.seconds += time.perf_counter() - begun
        self.pairs += 1
        if found is not None:
            self.same += found.same
            self.different += found.different
            self.worst.append(found.worst)


def main() -> None:
    parser = argparse.ArgumentParser(description="Misses and false alarms of the comparison after a reload.")
    parser.add_argument("--quick", action="store_true", help="fewer pages; ends within a minute")
    parser.add_argument("--seed", type=int, default=1, help="other specimens")
    parser.add_argument("--pages", type=Path, help="folder with images of real pages")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    seed = options.seed
    count = 2 if options.quick else 12
    leaves = {(kind, number): stack.MAKERS[kind](Random(f"{seed}/{kind}/{number}"), 300)[0]
              for kind in KINDS for number in range(count)}
    series = {("series", number): series_letter(seed * 100 + number) for number in range(count + 2)}
    scans = {name: scanned_twice(leaf, seed * 1000 + at)
             for at, (name, leaf) in enumerate((leaves | series).items())}
    tallies = {"the same sheet": Tally(), "another of its kind": Tally(), "another of its series": Tally()}
    for one, other in scans.values():
        tallies["the same sheet"].take(one, other)
    for (name, (one, _)), (beside, (_, other)) in itertools.combinations(scans.items(), 2):
        if name[0] == beside[0]:
            tallies[f"another of its {'series' if name[0] == 'series' else 'kind'}"].take(one, other)
    if options.pages:
        tallies |= real(list(real_pages(options.pages)))
    tell(tallies)


def series_letter(number: int) -> Leaf:
    """Print a letter of a series: number and day differ, nothing else."""
    leaf = Leaf(300)
    top = 40.0
    for text in (f"Thông báo số {number}. {SERIES}", SERIES, f"Ngày {number % 28 + 1} tháng 3 năm 2019. {SERIES}"):
        top = leaf.paragraph(top, text, ROMAN, Column(30, 150, 10)) + 8
    return leaf


def scanned_twice(leaf: Leaf, seed: int) -> tuple[Grey, Grey]:
    """Scan a leaf, and again as it comes the second time."""
    found = []
    for time_ in range(2):
        rng = Random(seed * 2 + time_)
        look = Look(skew=rng.uniform(-2, 2), lid=rng.random() < 0.5, upside_down=time_ == 1 and rng.random() < 0.3,
                    fold=rng.random() < 0.3, tone=rng.choice(stack.TONES), quality=rng.choice((60, 75, 90)))
        grey = decode.grey(scan(leaf, look, seed * 2 + time_), ImageFormat.JPEG, 2, 10**9)
        found.append(drifted(grey, seed * 2 + time_))
    return found[0], found[1]


def drifted(grey: Grey, seed: int) -> Grey:
    """Let lamp, gamma, focus, noise and JPEG quality be others."""
    rng = np.random.default_rng(seed)
    values = grey.astype(np.float32)
    if rng.random() < 0.5:
        values = np.asarray(cv2.GaussianBlur(values, (0, 0), rng.uniform(0.3, 0.9)), np.float32)
    across = np.linspace(rng.uniform(0.85, 1), rng.uniform(0.85, 1), grey.shape[1], dtype=np.float32)
    bent = 255 * (values / 255) ** rng.uniform(0.85, 1.2) * across + rng.normal(0, 4, grey.shape)
    stream = io.BytesIO()
    image = Image.fromarray(np.clip(bent, 0, 255).astype(np.uint8))
    image.save(stream, "JPEG", quality=int(rng.choice([50, 70, 85])))
    return np.array(Image.open(stream).convert("L"))


def real_pages(folder: Path) -> Iterator[Grey]:
    """Yield the pages of all images of a folder, 1700 pixels high or wide."""
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() not in SUFFIXES:
            continue
        try:
            with Image.open(path) as image:
                for frame in itertools.islice(ImageSequence.Iterator(image), 3):
                    grey = np.array(frame.convert("L"))
                    scale = 1700 / max(grey.shape)
                    form = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
                    yield np.asarray(cv2.resize(grey, None, fx=scale, fy=scale, interpolation=form), np.uint8)
        except (OSError, UnidentifiedImageError) as problem:
            print(f"{path.name}: {problem}")


def real(pages: list[Grey]) -> dict[str, Tally]:
    """Compare every real page with what a second scan of it would be, and with every other."""
    same, other = Tally(), Tally()
    for at, page in enumerate(pages):
        for again in range(3):
            same.take(page, laid_otherwise(page, at * 3 + again))
    for one, beside in itertools.combinations(pages, 2):
        other.take(one, beside)
    return {"the same real page": same, "another real page": other}


def laid_otherwise(grey: Grey, seed: int) -> Grey:
    """Turn, shift and stretch a page a little, and let the light drift."""
    rng = np.random.default_rng(seed)
    height, width = grey.shape
    turn, zoom = rng.uniform(-2, 2), 1 + rng.uniform(-0.004, 0.004)
    matrix = np.array(cv2.getRotationMatrix2D((width / 2, height / 2), turn, zoom), np.float64)
    matrix[:, 2] += rng.uniform(-12, 12, 2)
    laid = cv2.warpAffine(grey, matrix, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return drifted(np.asarray(laid, np.uint8), seed)


def tell(tallies: dict[str, Tally]) -> None:
    """Print the table and the line of JSON."""
    print(f"{'pairs of':24} {'pairs':>6} {'same':>6} {'different':>10} {'least worst':>12} {'most worst':>11}")
    for name, tally in tallies.items():
        low, high = (min(tally.worst), max(tally.worst)) if tally.worst else (0.0, 0.0)
        print(f"{name:24} {tally.pairs:6} {tally.same:6} {tally.different:10} {low:12.0f} {high:11.0f}")
    told = [tally for name, tally in tallies.items() if name.startswith("the same")]
    others = [tally for name, tally in tallies.items() if not name.startswith("the same")]
    pairs = total(tally.pairs for tally in tallies.values())
    print(json.dumps({
        "same_pairs": total(one.pairs for one in told),
        "missed": total(len(one.worst) - one.same for one in told),
        "called_other": total(one.different for one in told),
        "other_pairs": total(one.pairs for one in others),
        "false_alarms": total(one.same for one in others),
        "no_verdict": total(one.pairs - len(one.worst) for one in tallies.values()),
        "ms_per_pair": round(1000 * sum(tally.seconds for tally in tallies.values()) / max(1, pairs), 1),
    }))


def total(numbers: Iterable[int]) -> int:
    """Add whole numbers."""
    return sum(numbers)


if __name__ == "__main__":
    main()
