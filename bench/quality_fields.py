"""How many catalogue fields are read right: papers of Decree 30 and insurance forms, through the real OCR.

Generated papers (bench/corpus/official.py) go the product's way: analysed, drawn, read, and their fields taken from
the words. ``clean`` is a good scan, the other states are worse. A value is right when it is the truth, letter for
letter, white space taken as one; one that is wrong counts against precision and recall, one below the certainty
that the shipped profiles ask for is taken as not read. F1 is over all fields of all papers. Of ``--pages`` a person
has typed the truth (REAL); a field read of a page that has none counts as wrong. The last line is JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
import time
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from random import Random

import cv2
import numpy as np
import simplejpeg

from appliance.core.config import Ocr
from appliance.core.errors import ApplianceError
from appliance.core.jobs import CatalogueJob, CataloguePage, Found, Job
from appliance.core.model import ImageFormat, ImageRules, Master
from appliance.core.plain import to_plain
from appliance.demo.paper import Leaf
from appliance.documents import page_text
from appliance.documents.catalogue.reading import FIELDS
from appliance.documents.ocr import Reader, Reading
from appliance.field_reader import FieldReader
from appliance.imaging import recipe, rendition
from appliance.imaging.rendition import Rendition
from appliance.imaging.warm import keep_memory, warm
from bench.corpus import Lie, Sensor, Spec, Stamp, official, page, printed
from bench.corpus import Sheet as Paper
from bench.real_pages import real_pages

LATEST = "2026-11-22"
DPI, SECONDS = 300, 120.0
RULES = ImageRules(min_dpi=200, colour_required=True)
LEAST = 0.6
STATES: dict[str, dict[str, object]] = {
    "clean": {"sensor": Sensor(noise=1.0, quality=92)},
    "scanned": {"sensor": Sensor(shade=0.15, noise=4), "sheet": Paper(specks=60, holes=True), "lie": Lie(skew=1.1)},
    "arrival stamp": {"laid": (Stamp("CÔNG VĂN ĐẾN", "arrival", (60, 70)),), "lie": Lie(skew=-0.6)},
    "faint": {"sheet": Paper(ink=0.45), "lie": Lie(skew=0.6)},
    "seen through": {"sheet": Paper(bleed=0.45, behind=("letter", 7), mirrored=True)},
    "grey": {"sheet": Paper(tone=(190, 180, 150)), "sensor": Sensor(noise=5, blur=0.8)},
}
REAL: dict[str, dict[str, str]] = {}
"""Truth of real pages by name, typed by a person who looked at them; a page that is not here has no field."""


@dataclass
class Tally:
    """Right, wrong and missed values by field."""

    right: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)
    slips: list[str] = field(default_factory=list)

    def count(self, truth: dict[str, str], found: Sequence[Found], least: float, where: str) -> None:
        """Compare what was read of a paper with its truth."""
        got = {one.name: one.value for one in found if one.value and one.certainty >= least}
        for name in FIELDS:
            said, true = norm(got.get(name, "")), norm(truth.get(name, ""))
            if said and said == true:
                self.right[name] += 1
                continue
            if said:
                self.wrong[name] += 1
            if true:
                self.missed[name] += 1
            if said or true:
                self.slips.append(f"{where} {name}: read {said!r}, true {true!r}")

    def f1(self, names: Sequence[str] = FIELDS) -> float:
        """Return the harmonic mean of precision and recall over some fields."""
        right, wrong, missed = (sum(part[name] for name in names) for part in (self.right, self.wrong, self.missed))
        return 2 * right / (2 * right + wrong + missed) if right or wrong or missed else 1.0


def norm(text: str) -> str:
    """Return a text as it is compared."""
    return " ".join(unicodedata.normalize("NFC", text).split())


class Desk:
    """Reads papers as a worker does: every page, then the fields of the document."""

    def __init__(self) -> None:
        self.ocr = Ocr()
        self.reader = Reader(Reading(self.ocr.languages))
        self.fields = FieldReader()
        self._folder = tempfile.TemporaryDirectory()
        self.folder = Path(self._folder.name)
        self.seconds: list[float] = []

    def page(self, data: bytes, master: Master, number: int) -> CataloguePage:
        """Return a captured side, analysed and read."""
        found = recipe.analyse(data, master, RULES, 10**9)
        wish = Rendition(ImageFormat.JPEG, found.geometry, float(master.resolution), self.ocr.dpi, found.treatment)
        image = rendition.draw(data, wish)
        text = self.reader.read(image, round(wish.out_dpi), master.resolution / wish.out_dpi, SECONDS)
        path, words = self.folder / f"{number}.jpg", self.folder / f"{number}.text"
        path.write_bytes(data)
        page_text.save(text, words)
        return CataloguePage(str(words), found.geometry, str(path), ImageFormat.JPEG, master.resolution,
                             found.treatment)

    def read(self, pages: Sequence[CataloguePage]) -> Sequence[Found]:
        """Return the fields of a document."""
        job = CatalogueJob(tuple(pages), FIELDS, LATEST, "vie", self.ocr.engine, str(self.ocr.tessdata))
        begun = time.process_time()
        found = self.fields.catalogue(Job("1", "catalogue", to_plain(job))).found
        self.seconds.append(time.process_time() - begun)
        return found

    def paper(self, variant: int, state: str) -> tuple[dict[str, str], Sequence[Found]]:
        """Return the truth of a generated paper and the fields that are read of it."""
        leaves, truth = official.make(variant, DPI)
        pages = []
        for side in range(len(leaves)):
            kind = f"official {variant}.{side}"
            printed.MAKERS[kind] = partial(_side, variant, side)
            try:
                sample = page(replace(Spec(kind, 0, DPI, variant), **STATES[state]))  # type: ignore[arg-type]
            finally:
                del printed.MAKERS[kind]
            data = sample.jpeg()
            pages.append(self.page(data, sample.master(data), side + 1))
        return truth, self.read(pages)


def _side(variant: int, side: int, _rng: Random, dpi: int) -> Leaf:  # where lines break depends on dpi
    return official.make(variant, dpi)[0][side]


def field_f1(quick: bool = True) -> float:
    """Return F1 of clean generated papers through the real OCR; a quick run takes 12 of them, a full one 96."""
    desk, tally = Desk(), Tally()
    for variant in range(12 if quick else 96):
        tally.count(*desk.paper(variant, "clean"), LEAST, str(variant))
    return round(tally.f1(), 4)


def tell_generated(desk: Desk, papers: int, *, slips: bool) -> dict[str, float]:
    """Print how papers are read in every state, and by field; return F1 by state."""
    overall: dict[str, float] = {}
    head = " ".join(f"{name[:9]:>9s}" for name in FIELDS)
    print(f"{'F1 %, by field':16s} {head} {'all':>7s} {'wrong':>6s}")
    for at, state in enumerate(STATES):
        tally = Tally()
        for variant in range(at, papers if state == "clean" else max(6, papers // 3)):
            tally.count(*desk.paper(variant, state), LEAST, f"{state} {variant}")
        overall[state] = round(tally.f1(), 4)
        each = " ".join(f"{100 * tally.f1([name]):9.1f}" for name in FIELDS)
        print(f"{state:16s} {each} {100 * tally.f1():7.2f} {tally.wrong.total():6d}", flush=True)
        for slip in tally.slips if slips else ():
            print(f"    {slip}")
    return overall


def tell_real(desk: Desk, folder: Path) -> float | None:
    """Print what is read of real pages; return F1, None where no page has a field."""
    tally, seen = Tally(), 0
    for name, image, dpi in real_pages(folder):
        data = bytes(simplejpeg.encode_jpeg(np.ascontiguousarray(image), 92, "RGB", "420"))
        master = Master(name, "0" * 64, len(data), ImageFormat.JPEG, image.shape[1], image.shape[0], 3, dpi)
        try:
            found = desk.read([desk.page(data, master, 1)])
        except ApplianceError as problem:
            print(f"  {name}: {problem.kind.code}")
            continue
        seen += 1
        tally.count(REAL.get(name, {}), found, LEAST, name)
    fields = sum(len(truth) for truth in REAL.values())
    print(f"\nreal pages: {seen}, with {fields} fields; {tally.right.total()} right, {tally.wrong.total()} wrong")
    for slip in tally.slips:
        print(f"    {slip}")
    return round(tally.f1(), 4) if fields else None


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="12 papers a state; ends within a minute")
    parser.add_argument("--papers", type=int, default=0, help="papers in state clean, others have a third of them")
    parser.add_argument("--slips", action="store_true", help="print every value that is not the truth")
    parser.add_argument("--pages", type=Path, help="folder of real pages that are read too")
    options = parser.parse_args()
    os.environ["OMP_THREAD_LIMIT"] = "1"
    cv2.setNumThreads(1)
    keep_memory()
    warm()
    desk = Desk()
    states = tell_generated(desk, options.papers or (12 if options.quick else 96), slips=options.slips)
    real = tell_real(desk, options.pages) if options.pages is not None else None
    cpu = round(1000 * statistics.median(desk.seconds), 1)
    print(json.dumps({"field_f1": states["clean"], "field_f1_states": states, "field_f1_real": real,
                      "field_cpu_ms_per_document": cpu}))


if __name__ == "__main__":
    main()
