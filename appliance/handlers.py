"""What a worker can do: the kinds of job, put together from the stages.

Only ``worker.py`` imports this module, and only it brings the stages with native code together.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import cv2

from appliance.archive.packages import package, restoration, screening
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
    Restored,
    RestoreJob,
    Screened,
    ScreenJob,
    SealDone,
    SealJob,
    Stencil,
    TargetDone,
    TargetJob,
)
from appliance.core.model import PageAnalysis
from appliance.core.plain import from_plain
from appliance.documents import assemble, check, orientation
from appliance.documents import proof as written_proof
from appliance.documents.sheet import is_cover
from appliance.field_reader import FieldReader
from appliance.golden import proof
from appliance.imaging import (
    decode,
    geometry,
    layout,
    likeness,
    recipe,
    rendition,
    stencil,
    target,
    target_gates,
    target_picture,
    warm,
)
from appliance.imaging.rendition import Rendition
from appliance.page_reader import PageReader, master_bytes
from appliance.pool_wire import Handler, Handlers, cpu_seconds
from appliance.sample_page import draw_sample
from appliance.second_reading import SecondReading

ORIENTATION_DPI = 200
"""Resolution at which Tesseract is asked which way up a page is: of faint receipts it knows more than at 150."""

ORIENTATION_SHARE = 0.25
"""Share of a job's time that this question may take."""


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
        "catalogue": FieldReader().catalogue,
        "assemble": assemble_document,
        "package": build_package,
        "restore": restore_dossier,
        "screen": screen_package,
        "seal": cut_seal,
        "sample": draw_sample,
    }
    handlers["reread"] = SecondReading(handlers).reread
    return {**handlers, "prove": lambda _job: proof.prove(handlers, config.ocr)}


def analyse(job: Job, tessdata: str) -> PageAnalysis:
    """Look at one captured side; which way up it is, is asked of Tesseract where the page itself is unclear."""
    order = from_plain(AnalyseJob, job.body)
    data = master_bytes(Path(order.path))
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
        grey = decode.grey(master_bytes(Path(side.path)), side.master.format, factor, max_pixels)
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
    rgb = target_picture.draw(master_bytes(Path(order.path)), order.master.format, most)
    if geometry.exif_lie(order.master.orientation)[1]:
        target_picture.mirror(rgb)
    reference = target_reference.load(path) if path.is_file() else None
    reading = target.measure(rgb, float(order.master.resolution), reference)
    return TargetDone(reading, target_gates.judge(reading, order.limits, order.dpi))


def assemble_document(job: Job) -> Assembled:
    """Write one document and prove it, before anybody signs it, against what was asked and as PDF/A.

    Raises:
        ApplianceError: PDF_NOT_PDFA with the first fault, or as ``documents.proof``; the file is removed.
    """
    order = from_plain(AssembleJob, job.body)
    done = assemble.assemble(order)
    try:
        written_proof.prove(order, Path(done.path))
        if faults := check.check(Path(done.path)):
            raise errors.PDF_NOT_PDFA.error(reason=faults[0])
    except ApplianceError:
        files.remove_durably(Path(done.path))
        raise
    return done


def build_package(job: Job) -> Packed:
    """Build the package of one dossier.

    Raises:
        ApplianceError: PACKAGE_UNWRITTEN when the disk does not take it; and as ``package.build``.
    """
    try:
        return package.build(from_plain(PackageJob, job.body))
    except OSError as problem:
        raise errors.PACKAGE_UNWRITTEN.error(reason=problem.strerror or type(problem).__name__) from None


def screen_package(job: Job) -> Screened:
    """Look for harmful code in a package before it is sent."""
    return screening.screen(from_plain(ScreenJob, job.body))


def cut_seal(job: Job) -> SealDone:
    """Make the stencil of the office's seal; an image that is none of a red seal is an answer too.

    Raises:
        ApplianceError: MASTER_DAMAGED when the image is no longer the one that was named.
    """
    order = from_plain(SealJob, job.body)
    data = Path(order.path).read_bytes()
    if hashlib.sha256(data).hexdigest() != order.sha256:
        raise errors.MASTER_DAMAGED.error(name=Path(order.path).name)
    try:
        strip = stencil.cut(data, order.diameter_mm, order.max_pixels)
    except ApplianceError as problem:
        return SealDone(fault=str(problem.details["reason"]))
    files.write_durably(Path(order.out), strip.data)
    made = hashlib.sha256(strip.data).hexdigest()
    return SealDone(Stencil(order.out, made, strip.width, strip.height))


def restore_dossier(job: Job) -> Restored:
    """Take documents and masters out of a package again."""
    return restoration.restore(from_plain(RestoreJob, job.body))
