"""Who reads pages in the bench: the product, plain ``tesseract``, and OCRmyPDF as its users run it.

All read the same captured images with the same languages, one thread each. What is not installed reads nothing: its
figures are None.
"""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import simplejpeg

from appliance.core.config import Ocr
from appliance.core.model import ImageFormat, ImageRules, Master, PageAnalysis, PageText
from appliance.documents.ocr import Reader, Reading
from appliance.imaging import recipe, rendition
from appliance.imaging.rendition import Rendition
from appliance.pool_wire import cpu_seconds

RULES = ImageRules(min_dpi=200, colour_required=True)
MOST_PIXELS = 200_000_000
SECONDS = 900.0


@dataclass(frozen=True)
class Scan:
    """A captured page: JPEG, its dpi, how it lies and is drawn, and the text that is printed on it."""

    name: str
    group: str
    data: bytes
    dpi: int
    found: PageAnalysis
    text: str = ""


@dataclass(frozen=True)
class Read:
    """What was read of one page, and the CPU seconds that took."""

    text: str
    seconds: float


def look(name: str, group: str, data: bytes, dpi: int, text: str = "") -> Scan:
    """Analyse a captured page as the product does; errors as ``recipe.analyse``."""
    height, width, *_ = simplejpeg.decode_jpeg_header(data)
    master = Master(name, "0" * 64, len(data), ImageFormat.JPEG, width, height, 3, dpi)
    return Scan(name, group, data, dpi, recipe.analyse(data, master, RULES, MOST_PIXELS), text)


def lines_of(text: PageText) -> str:
    """Return a page's text, line by line."""
    return "\n".join(" ".join(word.text for word in line.words) for line in text.lines)


class Ours:
    """The product: draws the picture and reads it in process."""

    name = "product"

    def __init__(self, languages: str = "", dpi: int = 0, engine: str = "") -> None:
        shipped = Ocr()
        self._dpi = dpi or shipped.dpi
        self._reader = Reader(Reading(languages or shipped.languages, str(shipped.tessdata),
                                      engine or shipped.engine))

    def read(self, scan: Scan) -> Read:
        """Draw and read one page, both of which are counted."""
        begun = cpu_seconds()
        wish = Rendition(ImageFormat.JPEG, scan.found.geometry, scan.dpi, self._dpi, scan.found.treatment)
        image = rendition.draw(scan.data, wish)
        text = self._reader.read(image, round(wish.out_dpi), scan.dpi / wish.out_dpi, SECONDS)
        return Read(lines_of(text), cpu_seconds() - begun)


class Tesseract:
    """The command line on the image as captured."""

    name = "tesseract"

    def __init__(self, languages: str) -> None:
        self._languages = languages

    def read(self, scan: Scan) -> Read | None:
        """Read one page."""
        if shutil.which("tesseract") is None:
            return None
        with tempfile.TemporaryDirectory() as folder:
            image = Path(folder, "page.jpg")
            image.write_bytes(scan.data)
            done, seconds = timed(["tesseract", str(image), "-", "-l", self._languages, "--dpi", str(scan.dpi)])
        return Read(done.decode("utf-8", "replace"), seconds)


class Ocrmypdf:
    """OCRmyPDF with its defaults on a PDF of the captured images, one job; its side-car holds the text."""

    name = "ocrmypdf"

    def __init__(self, languages: str) -> None:
        self._languages = languages

    def read_all(self, scans: Sequence[Scan]) -> list[Read] | None:
        """Read pages as one PDF; the CPU time of the run is shared out evenly."""
        ours, maker = program("ocrmypdf"), program("img2pdf")
        if not ours or not maker or not scans:
            return None
        with tempfile.TemporaryDirectory() as folder:
            source, said = Path(folder, "in.pdf"), Path(folder, "said.txt")
            images = []
            for at, scan in enumerate(scans):
                images.append(Path(folder, f"{at:04}.jpg"))
                images[-1].write_bytes(scan.data)
            size = f"{scans[0].dpi}dpix{scans[0].dpi}dpi"
            subprocess.run([maker, "-s", size, *map(str, images), "-o", str(source)], check=True,
                           capture_output=True)
            _, seconds = timed([ours, "-l", self._languages, "--jobs", "1", "--sidecar", str(said), str(source),
                                str(Path(folder, "out.pdf"))])
            pages = said.read_text(encoding="utf-8").split("\f")[:len(scans)]
        return [Read(page, seconds / len(scans)) for page in pages]


def timed(command: list[str]) -> tuple[bytes, float]:
    """Run a program with one thread; return what it said and its CPU seconds, its children's too."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, check=True, capture_output=True, env={**os.environ, "OMP_THREAD_LIMIT": "1"})
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return done.stdout, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def program(name: str) -> str:
    """Return the path of a program, beside this Python first; empty when it is not there."""
    beside = Path(sys.executable).with_name(name)
    return str(beside) if beside.is_file() else shutil.which(name) or ""
