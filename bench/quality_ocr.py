"""Which picture of a page Tesseract reads best: error rates of the alternatives on generated pages of known text.

Pages of ``bench/corpus`` (five kinds; plain, unevenly lit, seen through, faint, stamped and signed, on grey paper)
are analysed, drawn in each way and read with the product's OCR. CER is edits per letter of the truth, in reading
order, white space taken as one; F1 is of words, whatever their order. ``product`` is what the appliance does. The
last line is JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import time
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import cv2
import numpy as np
import numpy.typing as npt

from appliance.core.config import Ocr
from appliance.core.model import ImageFormat, ImageRules, PageAnalysis, Plane, Treatment
from appliance.documents.ocr import Reader, Reading
from appliance.imaging import recipe, rendition, tone
from appliance.imaging.rendition import Rendition
from appliance.imaging.warm import keep_memory, warm
from bench.corpus import Hand, Lie, Sensor, Sheet, Spec, Stamp, page

Grey = npt.NDArray[np.uint8]

RULES = ImageRules(min_dpi=200, colour_required=True)
DPI, SECONDS = 300, 120.0
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
    Way("product", None, None, 200, "vie+eng"),
)
QUICK = ("product", "grey", "coloured ink off")


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


def normal(text: str) -> str:
    """Return NFC text with single spaces."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def edits(truth: str, read: str) -> int:
    """Count insertions, deletions and changes (Myers 1999, as Hyyro's bit vectors)."""
    if not truth:
        return len(read)
    places: dict[str, int] = defaultdict(int)
    for at, letter in enumerate(truth):
        places[letter] |= 1 << at
    mask, top = (1 << len(truth)) - 1, 1 << (len(truth) - 1)
    up, down, score = mask, 0, len(truth)
    for letter in read:
        same = places.get(letter, 0)
        straight = same | down
        across = (((same & up) + up) ^ up) | same
        more, less = down | (~(across | up) & mask), up & across
        score += bool(more & top) - bool(less & top)
        more, less = (more << 1 | 1) & mask, less << 1 & mask
        up, down = less | (~(straight | more) & mask), more & straight
    return score


def words_found(truth: str, read: str) -> float:
    """Return F1 of words, whatever their order."""
    asked, got = Counter(truth.split()), Counter(read.split())
    return 2 * sum((asked & got).values()) / max(1, sum(asked.values()) + sum(got.values()))


def measure(way: Way, stack: list[Scan], readers: dict[str, Reader]) -> Score:
    """Draw and read all pages one way."""
    reader = readers.setdefault(way.languages, Reader(Reading(way.languages)))
    score = Score()
    for scan in stack:
        begun = time.process_time()
        how = way.treatment if way.treatment is not None else scan.found.treatment
        picture = rendition.draw(scan.data, Rendition(ImageFormat.JPEG, scan.found.geometry, DPI, way.dpi, how))
        if way.last is not None:
            picture = way.last(picture, way.dpi)
        drawn = time.process_time()
        got = reader.read(picture, way.dpi, DPI / way.dpi, SECONDS)
        text = normal("\n".join(" ".join(word.text for word in line.words) for line in got.lines))
        score.drawing.append(1000 * (drawn - begun))
        score.reading.append(1000 * (time.process_time() - drawn))
        score.cer[scan.state].append(edits(scan.text, text) / max(1, len(scan.text)))
        score.f1.append(words_found(scan.text, text))
    return score


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
    parser.add_argument("--quick", action="store_true", help="8 pages, three ways; ends within a minute")
    quick = parser.parse_args().quick
    os.environ["OMP_THREAD_LIMIT"] = "1"
    cv2.setNumThreads(1)
    keep_memory()
    warm()
    stack = list(scans(quick))
    head = " ".join(f"{state:>9s}" for state in dict.fromkeys(scan.state for scan in stack))
    print(f"{'CER %':28s} {'dpi':4s} {'lang':8s} {'all':>6s} {'F1 %':>6s} {head} {'draw':>6s} {'read':>6s}")
    readers: dict[str, Reader] = {}
    ways = WAYS[:1] + tuple(way for way in WAYS[1:7] if way.name in QUICK) if quick else WAYS
    rows = [tell(way, measure(way, stack, readers)) for way in ways]
    chosen, plain = rows[0], next(row for row in rows if row["way"] == "grey")
    print(json.dumps({"ocr_cer": chosen["cer"], "ocr_word_f1": chosen["word_f1"], "ocr_cer_grey": plain["cer"],
                      "ocr_draw_ms": chosen["draw_ms"], "ocr_read_ms": chosen["read_ms"], "ways": rows}))


if __name__ == "__main__":
    main()
