"""How well pages are read: character errors of ours, of plain ``tesseract`` and of OCRmyPDF on the same captures.

Languages are the shipped ones for all three. ``known`` are the ordinary kinds of the corpus, in several states;
``unseen`` are faces, leaders, frames and layouts of another hand (bench/corpus/unseen.py). ``--pages`` is a folder
of real pages: ``NAME.txt`` beside an image is its truth, typed by a person, and counts as ``real``; of the others
words are counted. CER is edits per letter of the truth in reading order, white space taken as one; the figure of a
set is the mean of its pages. CPU is of drawing and reading for ours, of all processes for the others; the analysis
of a page is needed for filing it anyway and does not count. The last line is JSON: ``cer`` and its peers over
``known`` and ``unseen``, ``field_f1`` by quality_fields.py.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
import simplejpeg

from appliance.core.config import Ocr
from appliance.core.errors import ApplianceError
from appliance.imaging.warm import keep_memory, warm
from bench.corpus import Lie, Sensor, Sheet, Spec, Stamp, page, unseen
from bench.misread import edits, normal, words_found
from bench.readers import Ocrmypdf, Ours, Read, Scan, Tesseract, look
from bench.real_pages import real_pages

DPI, SEED = 300, 70
KINDS = ("letter", "form", "table", "decision", "statement")
SKEWS = (-1.2, 0.6, 0.0, 1.0, -0.5)
STATES: dict[str, dict[str, object]] = {
    "good": {},
    "shade": {"sensor": Sensor(shade=0.35, noise=4)},
    "stamped": {"laid": (Stamp("", "seal", (140, 235)), Stamp("CÔNG VĂN ĐẾN", "arrival", (60, 60)))},
    "seen through": {"sheet": Sheet(bleed=0.45, behind=("letter", 7), mirrored=True)},
}
READERS = ("product", "tesseract", "ocrmypdf")
NAMES = {"product": "cer", "tesseract": "cer_tesseract", "ocrmypdf": "cer_ocrmypdf"}


@dataclass
class Score:
    """Character error rates by group and the CPU seconds of one reader; ``groups`` keeps the order of coming."""

    cer: dict[str, list[float]] = field(default_factory=dict)
    f1: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    def add(self, group: str, truth: str, read: Read) -> None:
        """Take in one page."""
        text = normal(read.text)
        self.cer.setdefault(group, []).append(edits(truth, text) / max(1, len(truth)))
        self.f1.append(words_found(truth, text))
        self.cpu.append(read.seconds)

    def mean(self, groups: tuple[str, ...]) -> float | None:
        """Return the mean rate of the pages of some groups, in percent; None without a page."""
        values = [one for group in groups for one in self.cer.get(group, ())]
        return round(100 * statistics.mean(values), 2) if values else None


def specs(quick: bool) -> Iterator[tuple[str, Spec]]:
    """Yield group and page: in a quick run two ordinary ones and two unseen."""
    for at, (state, kind) in enumerate((state, kind) for state in STATES for kind in KINDS):
        if quick and at >= 2:
            break
        spec = Spec(kind, SEED + at, DPI, at, lie=Lie(skew=SKEWS[at % len(SKEWS)]))
        yield "known", Spec(spec.kind, spec.variant, DPI, spec.seed, lie=spec.lie, **STATES[state])  # type: ignore[arg-type]
    for at, kind in enumerate(unseen.MAKERS):
        for variant in range(0 if quick else 3):
            yield "unseen", Spec(kind, SEED + variant, DPI, at, lie=Lie(skew=SKEWS[(at + variant) % len(SKEWS)]))
        if quick and at in (0, 2):
            yield "unseen", Spec(kind, SEED, DPI, at, lie=Lie(skew=SKEWS[at % len(SKEWS)]))


def generated(quick: bool) -> Iterator[Scan]:
    """Yield the captures of generated pages, looked at."""
    for group, spec in specs(quick):
        sample = page(spec)
        yield look(spec.kind, group, sample.jpeg(), DPI, normal(sample.truth.text))


def real(folder: Path) -> Iterator[Scan]:
    """Yield real pages with a typed truth (group ``real``), and without (``untold``)."""
    for name, image, dpi in real_pages(folder):
        truth = folder / f"{name.rpartition('.')[0]}.txt"
        said = normal(truth.read_text(encoding="utf-8")) if truth.is_file() else ""
        data = bytes(simplejpeg.encode_jpeg(np.ascontiguousarray(image), 92, "RGB", "420"))
        try:
            yield look(name, "real" if said else "untold", data, dpi or Ocr().dpi, said)
        except ApplianceError as problem:
            print(f"  {name}: {problem.kind.code}")


def read_all(scans: list[Scan]) -> dict[str, list[Read] | None]:
    """Have every reader read every page; one that is not installed has None."""
    languages = Ocr().languages
    ours, plain = Ours(), Tesseract(languages)
    ours.read(scans[0])  # the models are loaded once a worker, not once a page
    product, theirs = [], []
    for scan in scans:
        product.append(ours.read(scan))
        theirs.append(plain.read(scan))
    whole = [one for one in theirs if one is not None]
    return {"product": product, "tesseract": whole if len(whole) == len(scans) else None,
            "ocrmypdf": Ocrmypdf(languages).read_all(scans)}


def tell(scans: list[Scan], reads: dict[str, list[Read] | None]) -> dict[str, Score]:
    """Print a row a page and return the scores."""
    scores = {name: Score() for name, found in reads.items() if found is not None}
    print(f"{'CER %':26s} {'group':8s} " + " ".join(f"{name:>10s}" for name in scores))
    for at, scan in enumerate(scans):
        for name, score in scores.items():
            score.add(scan.group, scan.text, (reads[name] or [])[at])
        rates = " ".join(f"{100 * score.cer[scan.group][-1]:10.2f}" for score in scores.values())
        print(f"{scan.name:26s} {scan.group:8s} {rates}", flush=True)
    return scores


def figures(scores: dict[str, Score]) -> dict[str, float | None]:
    """Print the means and return the figures."""
    made: dict[str, float | None] = {}
    for name in READERS:
        score = scores.get(name)
        key = NAMES[name]
        for suffix, groups in (("", ("known", "unseen")), ("_known", ("known",)), ("_unseen", ("unseen",)),
                               ("_real", ("real",))):
            made[key + suffix] = score.mean(groups) if score else None
        made[f"{key.replace('cer', 'cpu_s')}"] = round(statistics.mean(score.cpu), 3) if score else None
        if score:
            print(f"{name:10s} known {made[key + '_known']}  unseen {made[key + '_unseen']}  "
                  f"real {made[key + '_real']}  word F1 {100 * statistics.mean(score.f1):.1f}  "
                  f"CPU {statistics.mean(score.cpu):.2f} s a page")
    return made


def fields(quick: bool) -> float | None:
    """Return how many catalogue fields are read right; None where that cannot be measured here."""
    try:
        from bench.quality_fields import field_f1
    except ImportError:
        return None
    return round(field_f1(quick), 4)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="four pages; ends within a minute")
    parser.add_argument("--pages", type=Path, help="folder of real pages; NAME.txt is the truth of an image")
    options = parser.parse_args()
    os.environ["OMP_THREAD_LIMIT"] = "1"
    cv2.setNumThreads(1)
    keep_memory()
    warm()
    scans = list(generated(options.quick))
    others = list(real(options.pages)) if options.pages else []
    scans += [scan for scan in others if scan.group == "real"]
    made = figures(tell(scans, read_all(scans)))
    if rest := [scan for scan in others if scan.group == "untold"]:
        ours = Ours()
        for scan in rest:
            print(f"{scan.name:52s} {len(ours.read(scan).text.split()):6d} words, truth not known", flush=True)
    print(json.dumps({**made, "field_f1": fields(options.quick), "pages": len(scans)}))


if __name__ == "__main__":
    main()
