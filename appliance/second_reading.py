"""Filed pages read once more in a worker: by the very handlers that look at pages and read them the first time.

A page's text is named after the hash of its image and the recipe, so whatever was read once, by any worker, in any
package, at any time, is never read again, and a run that was cut short goes on where it stood.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import appliance
from appliance.archive.packages import flat, wrapping
from appliance.archive.packages.mets import REPRESENTATION
from appliance.core import errors, files, rules
from appliance.core.errors import ApplianceError
from appliance.core.jobs import AnalyseJob, Job, ReadJob, Recipe, Reread, RereadJob
from appliance.core.model import ImageFormat, Master, PageAnalysis
from appliance.core.plain import from_plain, to_plain
from appliance.documents import filed
from appliance.documents.filed import FiledPage
from appliance.pool_wire import Handlers

RULES = "demo"
"""Rule profile of the look: what the law says of the image was judged long ago."""

READ_SECONDS = 60
"""How long one page may take."""

_BLANK = "blank"


def models_of(languages: str, tessdata: Path) -> str:
    """Return the SHA-256 of the language models together.

    Raises:
        OSError: a model cannot be read.
    """
    digest = hashlib.sha256()
    for language in languages.split("+"):
        digest.update(bytes.fromhex(files.sha256_of(tessdata / f"{language}.traineddata")))
    return digest.hexdigest()


def folder_of(out: Path, recipe: Recipe) -> Path:
    """Return the folder of everything that is read by a recipe."""
    told = json.dumps(asdict(recipe), sort_keys=True).encode()
    return out / hashlib.sha256(told).hexdigest()[:16]


def record_of(folder: Path, sha256: str) -> Path:
    """Return the file that says what became of the pages of a package; it is there when all are done."""
    return folder / "packages" / sha256[:2] / f"{sha256}.json"


def part_of(folder: Path, sha256: str) -> Path:
    """Return the file that says, while a package is not through, which of its images have no text, and why."""
    return record_of(folder, sha256).with_suffix(".part")


def unread_in(record: dict[str, Any]) -> list[str]:
    """Return why pages of a package have no text although they are not blank, by its record."""
    return [page["code"] for page in record["pages"] if page.get("code", _BLANK) != _BLANK]


def text_of(folder: Path, sha256: str) -> Path:
    """Return the place of the text of an image."""
    return folder / "texts" / sha256[:2] / f"{sha256}.text"


@dataclass
class _Count:
    """What became of the pages so far; ``told`` is the record.

    ``tried`` counts those looked at now; ``without`` has the images that turned out to have no text, with the code.
    """

    without: dict[str, str]
    tried: int = 0
    fresh: int = 0
    known: int = 0
    left: int = 0
    unread: list[str] = field(default_factory=list)
    told: list[dict[str, object]] = field(default_factory=list)


class SecondReading:
    """Reads filed pages again; ``handlers`` looks at them and reads them."""

    def __init__(self, handlers: Handlers) -> None:
        self._handlers = handlers
        self._models: dict[str, str] = {}

    def reread(self, job: Job) -> Reread:
        """Read what is left of one package.

        Raises:
            ApplianceError: RECIPE_DIFFERS; PACKAGE_UNREADABLE when it is another one or holds no document of ours.
        """
        order = from_plain(RereadJob, job.body)
        self._refuse_other(order)
        part = part_of(Path(order.out), order.sha256)
        count, end = _Count(_read_part(part)), time.monotonic() + order.seconds
        for document, page in _pages(order):
            self._take(order, count, document, page, end)
        if count.left:  # else pages without a text would be tried anew in every slice, and it might never end
            _write(part, count.without)
        else:
            _write(record_of(Path(order.out), order.sha256),
                   {"package": order.sha256, "recipe": asdict(order.recipe), "pages": count.told})
            part.unlink(missing_ok=True)
        pages = count.fresh + count.known + count.left + len(count.unread)
        return Reread(pages, count.fresh, count.known, count.left, tuple(count.unread))

    def _refuse_other(self, order: RereadJob) -> None:
        """Refuse to write under the name of a recipe that this host does not have."""
        key = f"{order.tessdata} {order.recipe.languages}"
        try:
            models = self._models.get(key) or models_of(order.recipe.languages, Path(order.tessdata))
        except OSError as problem:
            raise errors.RECIPE_DIFFERS.error(reason=f"{order.tessdata}: {problem.strerror}") from None
        self._models[key] = models
        if models != order.recipe.models or order.recipe.release != appliance.__version__:
            raise errors.RECIPE_DIFFERS.error(reason="models" if models != order.recipe.models else "release")

    def _take(self, order: RereadJob, count: _Count, document: str, page: FiledPage, end: float) -> None:
        data = page.data()
        sha256 = hashlib.sha256(data).hexdigest()
        place, told = text_of(Path(order.out), sha256), {"document": document, "page": page.number, "image": sha256}
        code, fresh = count.without.get(sha256, ""), False
        if not code and not place.exists():
            if time.monotonic() > end and count.tried:
                count.left += 1
                return
            count.tried += 1
            code, fresh = self._read(order, page, data, place), True
        if code:
            told["code"] = count.without[sha256] = code
        if code and code != _BLANK:
            count.unread.append(code)
        elif fresh:
            count.fresh += 1
        else:
            count.known += 1
        count.told.append(told)

    def _read(self, order: RereadJob, page: FiledPage, data: bytes, place: Path) -> str:
        """Look at a page and write its text; return why it has none, or the empty text."""
        with tempfile.NamedTemporaryFile(prefix="page-") as image:
            image.write(data)
            image.flush()
            try:
                found = self._look(order, page, data, image.name)
                if any(verdict.code == errors.SECRET_SUSPECTED.code for verdict in found.verdicts):
                    return errors.SECRET_SUSPECTED.code  # no text of what may be secret, wherever it lies
                if found.blank:
                    return _BLANK
                body = to_plain(self._reading(order, page, found, image.name, place))
                self._handlers["read"](Job(place.stem, "read", body, seconds=READ_SECONDS))
            except ApplianceError as problem:
                return problem.code
        return ""

    def _look(self, order: RereadJob, page: FiledPage, data: bytes, path: str) -> PageAnalysis:
        wide, high = page.size
        form = ImageFormat.JPEG if page.is_jpeg else ImageFormat.G4
        digest = hashlib.sha256(data).hexdigest()
        master = Master(Path(path).name, digest, len(data), form, wide, high, _components(page), round(page.dpi))
        limits = rules.load(RULES).image.limits()
        look = Job(digest, "analyse", to_plain(AnalyseJob(master, path, limits, order.max_pixels)),
                   seconds=READ_SECONDS)
        return from_plain(PageAnalysis, to_plain(self._handlers["analyse"](look)))

    @staticmethod
    def _reading(order: RereadJob, page: FiledPage, found: PageAnalysis, path: str, place: Path) -> ReadJob:
        form = ImageFormat.JPEG if page.is_jpeg else ImageFormat.G4
        return ReadJob(path, form, found.geometry, round(page.dpi), order.recipe.dpi, order.recipe.languages,
                       order.recipe.engine, order.tessdata, READ_SECONDS // 2, str(place), found.treatment)


def _read_part(path: Path) -> dict[str, str]:
    try:
        return {str(image): str(code) for image, code in json.loads(path.read_bytes()).items()}
    except FileNotFoundError:
        return {}


def _write(path: Path, what: object) -> None:
    files.make_folder(path.parent)
    files.write_durably(path, json.dumps(what, ensure_ascii=False).encode())


def _components(page: FiledPage) -> int:
    return 1 if str(page.picture.get("/ColorSpace", "")) == "/DeviceGray" or not page.is_jpeg else 3


def _pages(order: RereadJob) -> Iterator[tuple[str, FiledPage]]:
    """Yield the pages of every document of a package, one document on disk at a time.

    Raises:
        ApplianceError: PACKAGE_UNREADABLE; also when it has no document, so that it never counts as read.
    """
    with _package(order) as package, tempfile.TemporaryDirectory(prefix="reread-") as folder:
        named = [(name, one) for one in package.infolist()
                 if (name := _document_name(one.filename.partition("/")[2]))]
        if not named:
            raise errors.PACKAGE_UNREADABLE.error(reason="no document in it")
        for name, member in named:
            path = Path(folder) / "document.pdf"
            with package.open(member) as source, path.open("wb") as sink:
                while piece := source.read(1 << 20):
                    sink.write(piece)
            with filed.opened(path) as document:
                for page in document.pages():
                    yield name, page


def _document_name(member: str) -> str:
    """Return the name of a document, ``<fileCode>.<n>`` in every form of package, by its place; else nothing."""
    if member.startswith(f"{REPRESENTATION}/data/") and member.endswith(".pdf"):
        return member.rpartition("/")[2].removesuffix(".pdf")
    return flat.document_name(member)


@contextmanager
def _package(order: RereadJob) -> Iterator[zipfile.ZipFile]:
    """Open the package; whatever is wrong with it is one error of the catalogue."""
    path = Path(order.package)
    try:
        if files.sha256_of(path) != order.sha256:
            raise errors.PACKAGE_UNREADABLE.error(reason="it is not the one that was named")
        with zipfile.ZipFile(path) as package:
            if why := next(wrapping.refusals(package.infolist(), path.stat().st_size), ""):
                raise errors.PACKAGE_UNREADABLE.error(reason=why)
            yield package
    except ApplianceError as problem:
        if problem.kind in (errors.COPY_SOURCE_FOREIGN, errors.COPY_SOURCE_ENCRYPTED):
            raise errors.PACKAGE_UNREADABLE.error(reason=str(problem.details.get("reason", problem.code))) from None
        raise
    except (*wrapping.DAMAGED, OSError) as problem:
        raise errors.PACKAGE_UNREADABLE.error(reason=type(problem).__name__) from None
