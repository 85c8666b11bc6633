"""Which picture of a page Tesseract reads best: ``python -m bench.ocr_ways``, for whoever tunes the drawing.

Pages of ``bench/corpus`` (five kinds; plain, unevenly lit, seen through, faint, of low contrast, thermal, stamped
and signed, on grey paper) are analysed, drawn in each way and read with the product's OCR. CER is edits per letter
of the truth, in reading order, white space taken as one; F1 is of words, whatever their order. ``product`` is what
the appliance does. Of ``--pages`` the truth is not known: words read surely (confidence of 80 and above) are
counted. How it stands beside others is measured by ``quality_ocr.py``. The last line is JSON.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import simplejpeg

from appliance.core.config import Ocr
from appliance.core.errors import ApplianceError
from appliance.core.model import ImageFormat, ImageRules, Master, PageAnalysis, PageText, Plane, Treatment
from appliance.documents.ocr import Reader, Reading
from appliance.imaging import recipe, rendition, tone
from appliance.imaging.rendition import Rendition
from appliance.imaging.warm import keep_memory, warm
from bench.corpus import Hand, Lie, Sensor, Sheet, Spec, Stamp, page
from bench.misread import edits, normal, words_found
from bench.real_pages import real_pages

Grey = npt.NDArray[np.uint8]

RULES = ImageRules(min_dpi=200, colour_required=True)
DPI, SECONDS = 300, 900.0
SURE = 0.8
"""Confidence from which a word counts as read, where the truth is not known."""

KINDS = ("letter", "decision", "statement", "form", "table")
STAMPS = (Stamp("", "seal", (140, 235)), Stamp("CÔNG VĂN ĐẾN", "arrival", (60, 60)), Hand("", "pen", (150, 240)),
          Stamp("", "seal", (90, 120)))
STATES: dict[str, dict[str, object]] = {
    "plain": {},
    "shade": {"sensor": Sensor(shade=0.35, noise=4)},
    "bleed .25": {"sheet": Sheet(bleed=0.25, behind=("letter", 7))},
    "bleed .45": {"sheet": Sheet(bleed=0.45, behind=("letter", 7), mirrored=True)},
    "bleed .7": {"sheet": Sheet(bleed=0.7, behind=("letter", 7), mirrored=True)},
    "faint": {"sheet": Sheet(ink=0.45)},
    "contrast": {"sheet": Sheet(ink=0.35, tone=(205, 200, 190))},
    "thermal": {"sheet": Sheet(thermal=True, tone=(226, 226, 231))},
    "stamped": {"laid": STAMPS},
    "grey": {"sheet": Sheet(tone=(190, 180, 150)), "sensor": Sensor(noise=5, blur=0.8)},
}
SKEWS = (-1.2, 0.6, 0.0, 1.0, -0.5)


@dataclass(frozen=True)
class Scan:
    """A captured page with its truth and what the analysis found."""

    state: str
    kind: str
    data: bytes
    text: str
    found: PageAnalysis


@dataclass(frozen=True)
class Way:
    """A way to draw and read: a treatment (None: the page's own), what is done last, dpi, languages."""

    name: str
    treatment: Treatment | None
    last: Callable[[Grey, float], Grey] | None = None
    dpi: int = 200
    languages: str = "vie"


@dataclass
class Score:
    """Errors and times of one way."""

    cer: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    f1: list[float] = field(default_factory=list)
    drawing: list[float] = field(default_factory=list)
    reading: list[float] = field(default_factory=list)


def sauvola(picture: Grey, dpi: float) -> Grey:
    """Binarise as the analysis does."""
    return tone.binarise(picture, dpi, tone.paper_tone(tone.paper_grid(picture)))


def wolf(picture: Grey, dpi: float) -> Grey:
    """Binarise by Wolf's threshold in the same window."""
    return tone.wolf(picture, max(4, round(dpi / 10)), 0.3)


LEVEL = Treatment(Plane.GREY, levelled=True)
PRINT = Treatment(Plane.PRINT, levelled=True)
UNSTAMPED = Treatment(Plane.UNSTAMPED, levelled=True)
SHIPPED = Ocr()
WAYS = (
    Way("product", None, None, SHIPPED.dpi, SHIPPED.languages),
    Way("product", None, None, SHIPPED.dpi, "vie" if SHIPPED.languages == "vie+eng" else "vie+eng"),
    Way("grey", Treatment()),
    Way("flattened", LEVEL),
    Way("flattened, Sauvola", LEVEL, sauvola),
    Way("flattened, Wolf", LEVEL, wolf),
    Way("red ink off", UNSTAMPED),
    Way("coloured ink off", PRINT),
    Way("shine-through off", replace(LEVEL, faded=True)),
    Way("red ink, shine-through off", replace(UNSTAMPED, faded=True)),
    Way("all off", replace(PRINT, faded=True)),
    Way("product", None, None, 150),
    Way("product", None, None, 300),
)
QUICK = ("grey", "coloured ink off")


def scans(quick: bool) -> Iterator[Scan]:
    """Yield pages: every kind in every state; in a quick run one kind a state."""
    for at, (state, kind) in enumerate((state, kind) for state in STATES for kind in KINDS):
        if quick and at % len(KINDS) != at // len(KINDS) % len(KINDS):
            continue
        spec = Spec(kind, 3 + at, DPI, at, lie=Lie(skew=SKEWS[at % len(SKEWS)]))
        sample = page(replace(spec, **STATES[state]))  # type: ignore[arg-type]
        data = sample.jpeg()
        found = recipe.analyse(data, sample.master(data), RULES, 10**9)
        yield Scan(state, kind, data, normal(sample.truth.text), found)


class Desk:
    """Draws and reads pages; a picture that was read already is not read again."""

    def __init__(self) -> None:
        self._readers: dict[str, Reader] = {}
        self._read: dict[tuple[str, int, str], tuple[PageText, float]] = {}

    def drawn(self, way: Way, data: bytes, found: PageAnalysis, dpi: float) -> Grey:
        """Draw a page of ``dpi`` one way."""
        how = way.treatment if way.treatment is not None else found.treatment
        picture = rendition.draw(data, Rendition(ImageFormat.JPEG, found.geometry, dpi, way.dpi, how))
        return picture if way.last is None else way.last(picture, way.dpi)

    def read(self, way: Way, picture: Grey) -> tuple[PageText, float]:
        """Return the text, and the CPU milliseconds that reading took when it was done."""
        key = (way.languages, way.dpi, hashlib.sha256(picture.tobytes()).hexdigest())
        if key not in self._read:
            reader = self._readers.setdefault(way.languages, Reader(Reading(way.languages)))
            begun = time.process_time()
            got = reader.read(picture, way.dpi, DPI / way.dpi, SECONDS)
            self._read[key] = got, 1000 * (time.process_time() - begun)
        return self._read[key]


def measure(way: Way, stack: list[Scan], desk: Desk) -> Score:
    """Draw and read all pages one way."""
    score = Score()
    for scan in stack:
        begun = time.process_time()
        picture = desk.drawn(way, scan.data, scan.found, DPI)
        score.drawing.append(1000 * (time.process_time() - begun))
        got, reading = desk.read(way, picture)
        score.reading.append(reading)
        text = normal("\n".join(" ".join(word.text for word in line.words) for line in got.lines))
        score.cer[scan.state].append(edits(scan.text, text) / max(1, len(scan.text)))
        score.f1.append(words_found(scan.text, text))
    return score


def tell_real(folder: Path, desk: Desk) -> None:
    """Print how many words of real pages are read surely, one column a way; their truth is not known."""
    ways = [way for way in WAYS if way.dpi == SHIPPED.dpi]
    names = "; ".join(f"{way.name}, {way.languages}" for way in ways)
    print(f"\nreal pages, words of confidence 80 and above: {names}")
    totals = [0] * len(ways)
    for name, image, dpi in real_pages(folder):
        data = bytes(simplejpeg.encode_jpeg(np.ascontiguousarray(image), 92, "RGB", "420"))
        master = Master(name, "0" * 64, len(data), ImageFormat.JPEG, image.shape[1], image.shape[0], 3, dpi)
        try:
            found = recipe.analyse(data, master, RULES, 10**9)
            texts = [desk.read(way, desk.drawn(way, data, found, dpi or SHIPPED.dpi))[0] for way in ways]
        except ApplianceError as problem:
            print(f"  {name}: {problem.kind.code}")
            continue
        sure = [sum(word.certainty >= SURE for line in text.lines for word in line.words) for text in texts]
        totals = [one + more for one, more in zip(totals, sure, strict=True)]
        print(f"  {name:52s} " + " ".join(f"{count:6d}" for count in sure), flush=True)
    print(f"  {'all':52s} " + " ".join(f"{count:6d}" for count in totals))


def tell(way: Way, score: Score) -> dict[str, float | str | int]:
    """Print one row and return it."""
    overall = statistics.mean(value for values in score.cer.values() for value in values)
    row: dict[str, float | str | int] = {
        "way": way.name, "dpi": way.dpi, "languages": way.languages, "cer": round(100 * overall, 2),
        "word_f1": round(100 * statistics.mean(score.f1), 2),
        "draw_ms": round(statistics.mean(score.drawing)), "read_ms": round(statistics.mean(score.reading)),
    }
    states = " ".join(f"{100 * statistics.mean(values):9.1f}" for values in score.cer.values())
    print(f"{way.name:28s} {way.dpi:4d} {way.languages:8s} {row['cer']:6.2f} {row['word_f1']:6.2f} {states} "
          f"{row['draw_ms']:6d} {row['read_ms']:6d}", flush=True)
    return row


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="10 pages, three ways; ends within a minute")
    parser.add_argument("--pages", type=Path, help="folder of real pages that are read too")
    options = parser.parse_args()
    quick = options.quick
    os.environ["OMP_THREAD_LIMIT"] = "1"
    cv2.setNumThreads(1)
    keep_memory()
    warm()
    stack = list(scans(quick))
    head = " ".join(f"{state:>9s}" for state in dict.fromkeys(scan.state for scan in stack))
    print(f"{'CER %':28s} {'dpi':4s} {'lang':8s} {'all':>6s} {'F1 %':>6s} {head} {'draw':>6s} {'read':>6s}")
    desk = Desk()
    ways = WAYS[:1] + tuple(way for way in WAYS if way.name in QUICK) if quick else WAYS
    rows = [tell(way, measure(way, stack, desk)) for way in ways]
    if options.pages is not None:
        tell_real(options.pages, desk)
    chosen, plain = rows[0], next(row for row in rows if row["way"] == "grey")
    print(json.dumps({"ocr_cer": chosen["cer"], "ocr_word_f1": chosen["word_f1"], "ocr_cer_grey": plain["cer"],
                      "ocr_draw_ms": chosen["draw_ms"], "ocr_read_ms": chosen["read_ms"], "ways": rows}))


if __name__ == "__main__":
    main()
