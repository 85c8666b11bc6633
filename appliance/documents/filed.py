"""A filed document read again: its pages, their masters, what it says of itself. Only what we made is taken.

For access copies. Nothing is written; pages are read one at a time.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from appliance.core import errors
from appliance.core.errors import ApplianceError
from appliance.core.files import sha256_of

if TYPE_CHECKING:
    import pikepdf

MAKER = "scanner-appliance "
"""How the creator tool in the metadata begins."""

MARK = "Bản sao để tra cứu, không phải bản lưu trữ"
"""What an access copy says of itself; whatever says so is never copied or replaced by anything but a copy."""

JPEG, G4 = "/DCTDecode", "/CCITTFaxDecode"
USUAL_DPI = 300.0


@dataclass(frozen=True)
class FiledPage:
    """One page; ``picture`` is its master as the file embeds it, ``name`` under which its content draws it."""

    number: int
    page: pikepdf.Page
    name: str
    picture: Any
    dpi: float

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the master, pixels."""
        return int(self.picture.Width), int(self.picture.Height)

    @property
    def is_jpeg(self) -> bool:
        """Whether the master is a JPEG; else it is a strip of G4."""
        return str(self.picture.Filter) == JPEG

    @property
    def black_is_one(self) -> bool:
        """How a strip of G4 counts."""
        return bool(self.picture.get("/DecodeParms", {}).get("/BlackIs1", False))

    def data(self) -> bytes:
        """Return the master's bytes."""
        return bytes(self.picture.read_raw_bytes())


@dataclass(frozen=True)
class Filed:
    """An open document.

    Attributes:
        parts: its bookmarks below the first: page counted from 0, and title.
    """

    name: str
    sha256: str
    identifier: str
    title: str
    creator: str
    document: pikepdf.Pdf
    parts: tuple[tuple[int, str], ...] = ()

    def pages(self) -> Iterator[FiledPage]:
        """Yield the pages in order.

        Raises:
            ApplianceError: COPY_SOURCE_FOREIGN for a page that is not one master and its text.
        """
        for at, page in enumerate(self.document.pages):
            yield _page(self.name, at + 1, page)


@contextmanager
def opened(path: Path) -> Iterator[Filed]:
    """Open a filed document.

    Raises:
        ApplianceError: COPY_SOURCE_FOREIGN, COPY_SOURCE_ENCRYPTED.
        OSError: it cannot be read.
    """
    import pikepdf  # heavy: only who makes a copy pays it

    digest = sha256_of(path)
    try:
        document = pikepdf.open(path)
    except pikepdf.PasswordError:
        raise errors.COPY_SOURCE_ENCRYPTED.error(name=path.name) from None
    except pikepdf.PdfError as problem:
        raise _foreign(path.name, str(problem).splitlines()[0][:120]) from None
    with document:
        if document.is_encrypted:
            raise errors.COPY_SOURCE_ENCRYPTED.error(name=path.name)
        yield _described(path.name, digest, document)


def is_copy(path: Path) -> bool:
    """Say whether a file is an access copy."""
    try:
        with opened(path):
            return False
    except ApplianceError as problem:
        return problem.kind is errors.COPY_SOURCE_FOREIGN and problem.details.get("reason") == MARK


def _described(name: str, digest: str, document: pikepdf.Pdf) -> Filed:
    try:
        with document.open_metadata() as said:
            tool, identifier = str(said.get("xmp:CreatorTool", "")), str(said.get("dc:identifier", ""))
            title, about = str(said.get("dc:title", "")), str(said.get("dc:description", ""))
            creator = ", ".join(said.get("dc:creator", []))
    except Exception as problem:  # noqa: BLE001  boundary: metadata of a foreign file may be anything
        raise _foreign(name, f"metadata: {type(problem).__name__}") from None
    if not tool.startswith(MAKER):
        raise _foreign(name, f"creator tool '{tool[:60]}'")
    if MARK in about:
        raise _foreign(name, MARK)
    if not document.pages:
        raise _foreign(name, "no page")
    return Filed(name, digest, identifier, title, creator, document, tuple(_parts(document)))


def _parts(document: pikepdf.Pdf) -> Iterator[tuple[int, str]]:
    """Yield the bookmarks below the first one; those that lead nowhere are left out."""
    numbers = {page.obj.objgen: at for at, page in enumerate(document.pages)}
    with document.open_outline() as outline:
        for item in outline.root[0].children if outline.root else ():
            aim = item.destination
            try:
                at = numbers.get(aim[0].objgen) if aim is not None else None  # type: ignore[index]
            except (TypeError, AttributeError, IndexError):
                continue
            if at is not None:
                yield at, str(item.title)


def _page(name: str, number: int, page: pikepdf.Page) -> FiledPage:
    things: Any = page.resources.get("/XObject", {})
    pictures = [(key, thing) for key, thing in things.items() if thing.get("/Subtype") == "/Image"]
    if len(pictures) != 1 or "/Contents" not in page.obj:
        raise _foreign(name, f"page {number}: {len(pictures)} images")
    key, picture = pictures[0]
    if str(picture.get("/Filter", "")) not in (JPEG, G4) or "/SMask" in picture or "/Mask" in picture:
        raise _foreign(name, f"page {number}: an image that is no master")
    return FiledPage(number, page, str(key), picture, _dpi(page, str(key), picture))


def _dpi(page: pikepdf.Page, name: str, picture: Any) -> float:
    """Return the resolution at which a page draws its master, from the matrix before it."""
    import pikepdf

    matrix = [1.0, 0.0, 0.0, 1.0, 0.0, 0.0]
    for step in pikepdf.parse_content_stream(page, "cm Do"):
        if str(step.operator) == "cm":
            matrix = [float(value) for value in step.operands]
        elif str(step.operands[0]) == name:
            break
    across = math.hypot(matrix[0], matrix[1])
    return 72 * int(picture.Width) / across if across > 1 else USUAL_DPI


def _foreign(name: str, reason: str) -> ApplianceError:
    return errors.COPY_SOURCE_FOREIGN.error(name=name, reason=reason)
