"""What a worker can do: the kinds of job, put together from the stages.

Only ``worker.py`` imports this module, and only it brings the stages with native code together.
"""

from __future__ import annotations

import hashlib
import json
import time
from dataclasses import replace
from pathlib import Path

import cv2

from appliance.archive import package
from appliance.core import errors, files, target_reference
from appliance.core.config import Config
from appliance.core.errors import ApplianceError
from appliance.core.jobs import (
    Alike,
    AnalyseJob,
    Assembled,
    AssembleJob,
    Compared,
    CompareJob,
    CompareSide,
    Job,
    PackageJob,
    Packed,
    ReadDone,
    ReadJob,
    TargetDone,
    TargetJob,
)
from appliance.core.model import PageAnalysis, PageText
from appliance.core.plain import from_plain, to_plain
from appliance.documents import assemble, check, orientation
from appliance.documents.ocr import Reader, Reading
from appliance.documents.sheet import is_cover
from appliance.golden import proof
from appliance.imaging import (
    decode,
    geometry,
    layout,
    likeness,
    recipe,
    rendition,
    target,
    target_gates,
    target_picture,
    warm,
)
from appliance.imaging.rendition import Rendition
from appliance.pool_wire import Handler, Handlers, cpu_seconds

ORIENTATION_DPI = 200
"""Resolution at which Tesseract is asked which way up a page is: of faint receipts it knows more than at 150."""

ORIENTATION_SHARE = 0.25
"""Share of a job's time that this question may take."""

PROVABLE = 64 << 20
"""Largest file in bytes that is proved whole: the proof holds it in memory twice."""

IN_PROCESS, OWN_PROCESS = "tesserocr", "pytesseract"


def product_handlers(config: Config) -> Handlers:
    """Load the kernels and return the handlers by kind of job.

    Raises:
        ApplianceError: something a job needs is missing.
    """
    cv2.setNumThreads(1)  # one page a core
    warm.keep_memory()
    warm.warm()
    reading = PageReader()
    handlers: dict[str, Handler] = {
        "analyse": lambda job: analyse(job, str(config.ocr.tessdata)),
        "compare": compare,
        "target": measure_target,
        "read": reading.read,
        "assemble": assemble_document,
        "package": build_package,
    }
    return {**handlers, "prove": lambda _job: proof.prove(handlers, config.ocr)}


def analyse(job: Job, tessdata: str) -> PageAnalysis:
    """Look at one captured side; which way up it is, is asked of Tesseract where the page itself is unclear."""
    order = from_plain(AnalyseJob, job.body)
    data = _master(Path(order.path))
    if hashlib.sha256(data).hexdigest() != order.master.sha256:
        raise errors.MASTER_DAMAGED.error(name=Path(order.path).name)
    analysis = recipe.analyse(data, order.master, order.rules, order.max_pixels)
    if analysis.orientation_sure or analysis.blank or is_cover(analysis.marks):
        return analysis
    return _upright(data, order, analysis, (job.seconds * ORIENTATION_SHARE, tessdata))


def _upright(data: bytes, order: AnalyseJob, analysis: PageAnalysis, asking: tuple[float, str]) -> PageAnalysis:
    """Turn a page of unclear orientation upright, with the stamp's free band found again."""
    seconds, tessdata = asking
    begun = cpu_seconds()
    form, dpi = order.master.format, float(order.master.resolution)
    image = rendition.draw(data, Rendition(form, analysis.geometry, dpi, ORIENTATION_DPI, analysis.treatment))
    turns = orientation.detect(image, ORIENTATION_DPI, seconds, tessdata)
    spent = analysis.seconds | {"orientation": cpu_seconds() - begun}
    if not turns:
        return replace(analysis, orientation_sure=turns is not None, seconds=spent)
    lie = geometry.turned(analysis.geometry, turns)
    band = recipe.band_of(data, form, lie, dpi, analysis.marks)
    paper = layout.paper_turned(analysis.paper, turns)
    return replace(analysis, geometry=lie, band=band, paper=paper, orientation_sure=True, seconds=spent)


def compare(job: Job) -> Compared:
    """Say which sides show the same face of the same sheet; of one that cannot be decoded nothing is said."""
    order = from_plain(CompareJob, job.body)
    seen: dict[str, decode.Grey | None] = {}
    for side in (side for pair in order.pairs for side in pair):
        if side.path not in seen:
            seen[side.path] = _reduced(side, order.max_pixels)
    return Compared(tuple(_alike(seen[one.path], seen[other.path]) for one, other in order.pairs))


def _reduced(side: CompareSide, max_pixels: int) -> decode.Grey | None:
    dpi = float(side.master.resolution)
    factor = decode.factor_for(dpi, likeness.DPI)
    try:
        grey = decode.grey(_master(Path(side.path)), side.master.format, factor, max_pixels)
    except ApplianceError:  # damaged, or not there any more: its own page says so
        return None
    return likeness.at_dpi(grey, dpi / factor)


def _alike(one: decode.Grey | None, other: decode.Grey | None) -> Alike:
    found = likeness.likeness(one, other) if one is not None and other is not None else None
    return Alike(found.same, found.different, found.shared, found.worst) if found else Alike()


def measure_target(job: Job) -> TargetDone:
    """Measure the image of a target sheet, in full.

    Raises:
        ApplianceError: TARGET_UNREADABLE, MASTER_DAMAGED, a settings error of its reference file, or as ``decode``.
    """
    order = from_plain(TargetJob, job.body)
    path, most = Path(order.reference), min(order.max_pixels, target_picture.MOST_PIXELS)
    rgb = target_picture.draw(_master(Path(order.path)), order.master.format, most)
    if geometry.exif_lie(order.master.orientation)[1]:
        target_picture.mirror(rgb)
    reference = target_reference.load(path) if path.is_file() else None
    reading = target.measure(rgb, float(order.master.resolution), reference)
    return TargetDone(reading, target_gates.judge(reading, order.limits, order.dpi))


class PageReader:
    """Reads pages; keeps the engines that it has opened."""

    def __init__(self) -> None:
        self._readers: dict[Reading, Reader] = {}

    def read(self, job: Job) -> ReadDone:
        """Read one page and make its text durable.

        A page on which the engine timed out, failed or took its worker along is read again in a process of its own.
        """
        order = from_plain(ReadJob, job.body)
        begun = time.monotonic()
        data = _master(Path(order.path))
        wish = Rendition(order.format, order.geometry, order.dpi, order.ocr_dpi, order.treatment)
        image = rendition.draw(data, wish)

        def by(engine: str, seconds: float) -> PageText:
            reader = self._reader(Reading(order.languages, order.tessdata, engine))
            return reader.read(image, round(wish.out_dpi), order.dpi / wish.out_dpi, seconds)

        if order.engine == OWN_PROCESS or job.attempt > 1:
            text = by(OWN_PROCESS, order.seconds)
        else:
            try:
                text = by(IN_PROCESS, order.seconds)
            except ApplianceError:
                text = by(OWN_PROCESS, max(1.0, job.seconds * 0.9 - (time.monotonic() - begun)))
        return _keep(text, Path(order.out))

    def _reader(self, reading: Reading) -> Reader:
        if reading not in self._readers:
            self._readers[reading] = Reader(reading)
        return self._readers[reading]


def assemble_document(job: Job) -> Assembled:
    """Write one document and prove that it is PDF/A-2b before anybody signs it.

    Raises:
        ApplianceError: PDF_NOT_PDFA with the first fault; the file is removed.
    """
    done = assemble.assemble(from_plain(AssembleJob, job.body))
    faults = check.check(Path(done.path)) if done.size <= PROVABLE else []
    if faults:
        files.remove_durably(Path(done.path))
        raise errors.PDF_NOT_PDFA.error(reason=faults[0])
    return done


def build_package(job: Job) -> Packed:
    """Build the package of one dossier."""
    return package.build(from_plain(PackageJob, job.body))


def _keep(text: PageText, out: Path) -> ReadDone:
    files.make_folder(out.parent)
    files.write_durably(out, json.dumps(to_plain(text), ensure_ascii=False, separators=(",", ":")).encode())
    words = sum(len(line.words) for line in text.lines)
    return ReadDone(str(out), text.engine, words, text.certainty, seconds=text.seconds)


def _master(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise errors.MASTER_DAMAGED.error(name=path.name) from None
