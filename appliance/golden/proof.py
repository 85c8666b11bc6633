"""What a worker sees on the golden pages, held against what is true of them.

It looks at them by the very handlers that do its other jobs. A damaged kernel, another library, a wrong language
model or a damaged file shows as a figure that is out of its bounds.
"""

from __future__ import annotations

import errno
import hashlib
import tempfile
import time
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from appliance.core import rules
from appliance.core.config import Ocr
from appliance.core.errors import ApplianceError
from appliance.core.jobs import AnalyseJob, Job, ReadJob
from appliance.core.model import Box, ImageFormat, Mark, Master, PageAnalysis
from appliance.core.plain import to_plain
from appliance.documents import page_text
from appliance.golden.pages import CER, CODE_MM, DPI, EVERY, FREE_MM, FRONT, RULES, SKEW, WORDS, Known
from appliance.pool_wire import Handlers

READ_SECONDS = 20
HOST = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EAGAIN}
"""Errors of the operating system that say nothing about what is looked at."""

DOTS_PER_MM = DPI / 25.4

Finds = Iterator[str]


@dataclass(frozen=True, slots=True)
class Proved:
    """What a worker made of the golden pages: each figure that is out of its bounds; none when all is well.

    ``trouble`` is what of the host kept it from looking at all of them: then nothing is known of how it sees.
    """

    faults: tuple[str, ...] = ()
    seconds: float = 0.0
    trouble: str = ""


def prove(handlers: Handlers, ocr: Ocr, pages: tuple[Known, ...] = EVERY) -> Proved:
    """Look at every golden page and read the front; whatever goes wrong is a fault."""
    begun = time.monotonic()
    faults: list[str] = []
    trouble = ""
    for known in pages:
        try:
            faults += [f"{known.name} {fault}" for fault in _faults(handlers, known, ocr)]
        except ApplianceError as problem:
            if not (of_host := _host_trouble(problem)):
                faults.append(f"{known.name} {problem.code}")
            trouble = trouble or of_host
        except (OSError, MemoryError) as problem:  # the host's disk, files or memory: no word about how it sees
            trouble = trouble or _named(problem)
    return Proved(tuple(faults), time.monotonic() - begun, trouble)


def _host_trouble(problem: BaseException | None) -> str:
    """Return what of the host lies behind an error of a job, or empty text."""
    while problem is not None:
        if isinstance(problem, MemoryError) or (isinstance(problem, OSError) and problem.errno in HOST):
            return _named(problem)
        problem = problem.__cause__ or problem.__context__
    return ""


def _named(problem: OSError | MemoryError) -> str:
    if isinstance(problem, MemoryError):
        return "out of memory"
    where = f" ({problem.filename})" if problem.filename else ""
    return f"{problem.strerror or type(problem).__name__}{where}"


def _faults(handlers: Handlers, known: Known, ocr: Ocr) -> Finds:
    """Yield what is seen wrong on one page."""
    data = known.path.read_bytes() if known.path.is_file() else b""
    if hashlib.sha256(data).hexdigest() != known.sha256:
        yield "is another file"
        return
    master = Master(known.name, known.sha256, len(data), ImageFormat.JPEG, known.width, known.height, 3, DPI)
    order = AnalyseJob(master, str(known.path), rules.load(RULES).image.limits(), known.width * known.height)
    seen: PageAnalysis = handlers["analyse"](Job("", "analyse", to_plain(order), seconds=READ_SECONDS))
    yield from (*_lie(seen, known), *_verdicts(seen, known), *_codes(seen.marks, known))
    if known is FRONT:
        yield from _read(handlers, seen, ocr)


def _lie(seen: PageAnalysis, known: Known) -> Finds:
    laid, paper = seen.geometry, seen.paper
    if laid.turn != known.turn:
        yield f"turn {laid.turn}, not {known.turn}"
    if not abs(laid.skew + known.skew) <= SKEW:
        yield f"skew {laid.skew:.2f}, not {-known.skew}"
    if paper is None or paper.size != "A5":
        yield f"paper {paper.size if paper else '-'}, not A5"
    left, right = seen.band.left, seen.band.right
    for side, width in (("left", _width(left)), ("right", _width(right))):
        least, most = FREE_MM["code" if known.code and side == "right" else "none"]
        if not least <= width <= most:
            yield f"{width} mm free at the top {side}, not {least} to {most}"


def _width(box: Box | None) -> float:
    return round(box.x1 - box.x0, 1) if box is not None else 0.0


def _verdicts(seen: PageAnalysis, known: Known) -> Finds:
    if seen.blank != known.blank:
        yield "blank" if seen.blank else "not blank"
    for verdict in seen.verdicts:
        if verdict.ok == (verdict.check == "secret" and known.secret):
            yield f"{verdict.check} {verdict.value:.2f} (limit {verdict.limit:g})"
    if not any(verdict.check == "secret" for verdict in seen.verdicts):
        yield "secret not judged"


def _codes(marks: tuple[Mark, ...], known: Known) -> Finds:
    if [mark.text for mark in marks] != ([known.code] if known.code else []):
        yield f"{len(marks)} codes, none or not the right one"
        return
    for mark in marks:
        x, y = _upright((mark.box.x0 + mark.box.x1) / 2, (mark.box.y0 + mark.box.y1) / 2, known)
        if max(abs(x - known.code_at[0]), abs(y - known.code_at[1])) > CODE_MM:
            yield f"code at {x:.1f}, {y:.1f} mm"


def _upright(x: float, y: float, known: Known) -> tuple[float, float]:
    """Return where a point of a page that was fed upside down and askew lies on its sheet, in mm."""
    across, down = complex(x - known.width / 2, y - known.height / 2), complex(0, known.skew * 0.017453292519943295)
    turned = (-across if known.turn == 2 else across) * (1 - down)  # small angles: 0.03 % off at 1.3 degrees
    return turned.real / DOTS_PER_MM + 74.0, turned.imag / DOTS_PER_MM + 105.0


def _read(handlers: Handlers, seen: PageAnalysis, ocr: Ocr) -> Finds:
    """Yield how much OCR reads wrong on the front."""
    with tempfile.TemporaryDirectory(prefix="golden") as folder:
        out = Path(folder) / "front.text"
        order = ReadJob(str(FRONT.path), ImageFormat.JPEG, seen.geometry, DPI, ocr.dpi, ocr.languages, ocr.engine,
                        str(ocr.tessdata), READ_SECONDS, str(out), seen.treatment)
        handlers["read"](Job("", "read", to_plain(order), seconds=READ_SECONDS))
        text = page_text.load(out)
    share = wrong_share("".join(word.text for line in text.lines for word in line.words), "".join(WORDS))
    if share > CER:
        yield f"{share:.0%} of its letters read wrong (limit {CER:.0%})"


def wrong_share(read: str, printed: str) -> float:
    """Return the character error rate without spaces: edits (Levenshtein) for each letter printed."""
    one, other = (unicodedata.normalize("NFC", text.replace(" ", "")) for text in (read, printed))
    row = list(range(len(other) + 1))
    for at, letter in enumerate(one, start=1):
        before, row[0] = row[0], at
        for to, wanted in enumerate(other, start=1):
            before, row[to] = row[to], min(row[to] + 1, row[to - 1] + 1, before + (letter != wanted))
    return row[-1] / len(other)
