"""Generated captures taken the whole way to a signed PDF/A, and what the stamp covers of them, drawn by poppler."""

from __future__ import annotations

import hashlib
import subprocess
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from appliance.core import clock, rules, stamping
from appliance.core.errors import ApplianceError
from appliance.core.jobs import Assembled, AssembleJob, AssemblePage, SignJob, StampSpace
from appliance.core.model import EmptyBand, Geometry, ImageFormat, ImageRules, Master
from appliance.core.stamping import StampForm
from appliance.documents.assemble import assemble
from appliance.documents.stampbox import StampPlace, place_stamp
from appliance.imaging import geometry, recipe
from appliance.signing import sign, stamp
from appliance.signing.keys import Key
from appliance.signing.stamp import Names
from bench.corpus import Code, Hand, Lie, Sample, Stamp
from bench.corpus.truth import INK_PER_MM

Grey = npt.NDArray[np.uint8]
DPI = 150
"""Of the pictures that are compared; ink and stamp are told apart at it."""

AGENCY = "Bảo hiểm xã hội tỉnh Hưng Lạc"
PERSON = "Nguyễn Thị Thanh Huyền"
AT = "2026-11-21T09:05:07+07:00"
IMAGE = ImageRules(min_dpi=100, colour_required=False, lenient=True)
PT = 72 / 25.4
PIXEL = 25.4 / DPI
"""mm: the page's size is known to a pixel of its picture."""


@dataclass(frozen=True)
class Stamped:
    """A signed page: its stamp's box in mm from the page's top left corner, page size and added strip in mm.

    ``covered``: share of the stamp's pixels that lie on ink; ``outside``: of those that lie outside its box;
    ``under``: share of its box that is ink, or not white on a strip.
    """

    box: tuple[float, float, float, float]
    page: tuple[float, float]
    strip: float
    covered: float
    outside: float
    form: StampForm
    under: float


def space_of(profile: str, strip: bool = False, development: bool = True) -> StampSpace:
    """Return the room that the stamp of a rule profile needs."""
    law = rules.load(profile)
    table, names = law.stamp, Names(AGENCY, PERSON, "SAO Y" if law.stamp.forms else "", development)
    forms = stamping.forms(stamp.lines(law, names, None), table.look(), StampForm(table.width_mm, table.height_mm))
    return StampSpace(table.corner, table.width_mm, table.height_mm, table.margin_mm, forms,
                      strip or table.strip == "when_needed")


def looked_at(sample: Sample) -> tuple[bytes, Geometry, EmptyBand]:
    """Return a capture as a file, how its page lies and what imaging says is free on it."""
    data, master = sample.jpeg(), sample.master()
    seen = recipe.analyse(data, master, IMAGE, 10**9)
    turns = (sample.truth.turn - seen.geometry.turn) % 4
    if not turns:
        return data, seen.geometry, seen.band
    laid = geometry.turned(seen.geometry, turns)  # as where OCR is asked which end is up
    return data, laid, recipe.band_of(data, ImageFormat.JPEG, laid, float(master.resolution), seen.marks)


def placed(sample: Sample, profile: str, development: bool = True) -> StampPlace | None:
    """Return where the stamp would stand, None where it finds no room."""
    _, laid, band = looked_at(sample)
    k, space = 72 / sample.master().resolution, space_of(profile, development=development)
    try:
        return place_stamp(space, band, laid.page_width * k, laid.page_height * k)
    except ApplianceError as problem:
        assert problem.code == "K555"
        return None


def stands_well(found: Stamped, space: StampSpace) -> None:
    """Refuse a stamp that covers ink, or leaves its half, the top 20 mm or the margins."""
    x0, y0, x1, y1 = found.box
    wide, half = found.page[0], found.page[0] / 2
    assert found.covered < 0.01, found
    assert found.under < 0.01, found
    assert found.outside == 0, found
    assert found.form in space.forms, found
    assert (x0 >= half - PIXEL) if space.corner == "top-right" else (x1 <= half + PIXEL), found
    assert min(x0, y0, wide - x1) >= space.margin_mm - PIXEL, found
    assert y1 <= 20 + PIXEL, found


def assembled(sample: Sample, profile: str, folder: Path, strip: bool = False) -> tuple[Assembled, Geometry]:
    """Take a capture to its unsigned PDF/A.

    Raises:
        ApplianceError: STAMP_NO_ROOM.
    """
    data, laid, band = looked_at(sample)
    path = folder / "master.jpg"
    path.write_bytes(data)
    master: Master = sample.master()
    page = AssemblePage(str(path), hashlib.sha256(data).hexdigest(), ImageFormat.JPEG, master.width, master.height,
                        master.components, master.resolution, laid)
    job = AssembleJob((page,), str(folder / "unsigned.pdf"), "X.1", "Trang thử", AGENCY, "Thử", "Bản số hóa", AT,
                      space_of(profile, strip), band)
    return assemble(job), laid


def stamped(sample: Sample, profile: str, key: Key, folder: Path, strip: bool = False) -> Stamped | None:
    """Take a capture the whole way; None where its stamp finds no room."""
    try:
        made, laid = assembled(sample, profile, folder, strip)
    except ApplianceError as problem:
        if problem.code != "K555":
            raise
        return None
    law = rules.load(profile)
    names = Names(AGENCY, PERSON, "SAO Y" if law.stamp.forms else "", development=True)
    moment = clock.now().replace(microsecond=0)
    (folder / "signed.pdf").unlink(missing_ok=True)
    job = SignJob("d", made.path, made.sha256, str(folder / "signed.pdf"), made.stamp_box,
                  stamp.lines(law, names, moment), law.stamp.look(), clock.iso(moment))
    plain, with_stamp = _drawn(made.path), _drawn(sign.sign(job, key).path)
    high, wide = plain.shape
    k, box = DPI / 72, made.stamp_box
    inside = np.zeros(plain.shape, np.bool_)
    inside[max(0, int(high - box.y1 * k) - 1):int(high - box.y0 * k) + 2,
           max(0, int(box.x0 * k) - 1):int(box.x1 * k) + 2] = True
    marks = cv2.absdiff(plain, with_stamp) > 40
    ink = _ink(sample, laid, made.strip_mm, plain)
    count = max(1, int(marks.sum()))
    size = (wide / DPI * 25.4, high / DPI * 25.4)
    mm = (box.x0 / PT, size[1] - box.y1 / PT, box.x1 / PT, size[1] - box.y0 / PT)
    form = StampForm(round((box.x1 - box.x0) / PT, 2), round((box.y1 - box.y0) / PT, 2))
    assert marks.sum() > 100  # there is a stamp
    covered, outside = float((marks & ink).sum()) / count, float((marks & ~inside).sum()) / count
    if made.strip_mm:
        ink[:int(made.strip_mm / PIXEL) - 1] |= plain[:int(made.strip_mm / PIXEL) - 1] < 255
    return Stamped(mm, size, made.strip_mm, covered, outside, form, float(ink[inside].mean()))


def _drawn(path: str) -> Grey:
    done = subprocess.run(["pdftoppm", "-r", str(DPI), "-gray", "-f", "1", "-l", "1", path], capture_output=True,
                          check=True)
    return np.asarray(cv2.imdecode(np.frombuffer(done.stdout, np.uint8), cv2.IMREAD_GRAYSCALE), np.uint8)


def _ink(sample: Sample, laid: Geometry, strip: float, plain: Grey) -> npt.NDArray[np.bool_]:
    """Return where there is ink on the drawn page: the true ink of the sheet, and whatever is dark there."""
    a, b, c, d, e, f = sample.truth.matrix
    sheet = np.array([[a, c, e], [b, d, f], [0, 0, 1]]) @ np.diag([1 / INK_PER_MM, 1 / INK_PER_MM, 1])
    a, b, c, d, e, f = laid.matrix()
    page = np.array([[a, c, e], [b, d, f], [0, 0, 1]])
    scale = np.array([[DPI / sample.truth.dpi, 0, 0], [0, DPI / sample.truth.dpi, strip / 25.4 * DPI], [0, 0, 1]])
    true = cv2.warpAffine(sample.ink, (scale @ page @ sheet)[:2], plain.shape[::-1], flags=cv2.INTER_NEAREST)
    return (true > 0) | (plain < 0.6 * float(np.percentile(plain, 80)))


SIZES = {"blank": (210.0, 297.0), "blank_a5": (148.0, 210.0), "blank_wide": (297.0, 210.0),
         "blank_a3": (297.0, 420.0), "blank_id": (85.6, 54.0), "blank_card": (125.0, 75.0)}
"""Bare papers on which nasty things are laid, mm."""

BLACK = (30, 30, 34)


def nasty(kind: str) -> dict[str, tuple[Stamp | Code | Hand, ...]]:
    """Return what may stand at the top of a paper of this size where no paper should have it."""
    wide, high = SIZES[kind]
    motto = Stamp("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "name", (wide * 0.72, 9.0), 0.0, 1.0, 0.0, BLACK)
    agency = Stamp("BẢO HIỂM XÃ HỘI", "name", (wide * 0.2, 8.0), 0.0, 1.0, 0.0, BLACK)
    pencil = Hand("18", "pencil", (wide - 12.0, 9.0), 6.0, 0.4)
    faint = Hand("147", "pencil", (wide - 16.0, 7.0), 5.0, 0.3)
    code = Code("QRCode", "H01.02.1975", (16.0, 11.0), 13.0)
    bars = Code("Code128", "HS20261121", (wide * 0.72, 7.0), min(44.0, wide * 0.4))
    seal = Stamp("", "seal", (wide - 26.0, 4.0), 8.0, 0.5, 0.5)
    arrival = Stamp("", "arrival", (wide * 0.7, min(16.0, high / 3)), 2.0, 0.8)
    red = Stamp("HỎA TỐC", "urgent", (wide * 0.3, 10.0), -4.0, 0.4, 0.6)
    return {
        "nothing": (), "motto and agency": (motto, agency), "a pencilled sheet number": (pencil,),
        "a faint sheet number": (faint,), "a portal's code": (code,), "a bar code": (bars,), "half a seal": (seal,),
        "an arrival stamp": (arrival,), "a pale red stamp": (red,),
        "everything": (motto, agency, pencil, code, red),
    }


LIES = (Lie(), Lie(1.2, 1, "black", 4.0), Lie(-0.9, 2, "grey", 6.0), Lie(0.0, 3, "black", 12.0),
        Lie(2.5, 0, "white", 8.0))
"""Upright in its frame; turned and askew before a lid of every colour, which is cropped away."""
