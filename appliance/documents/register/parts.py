"""The parts of a workbook (.xlsx: a zip of XML files), each read piece by piece and never trusted.

A part is counted while it is unpacked, whatever the zip says of its size, and refused where it grows as only a zip
bomb does. XML with a document type is refused before anything in it is looked at: no entity is ever expanded.
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol, Self
from xml.parsers import expat

from appliance.core import errors
from appliance.core.errors import ApplianceError

PIECE = 1 << 16
MOST_PARTS = 10_000
LARGEST = 4 << 30
LARGEST_SMALL = 64 << 20
"""Of parts that are no rows and no texts."""

LONGEST_TOKEN = 4 << 20
LONGEST_TEXT = 1 << 20
MOST_NAMES = 1000
FREE_BYTES = 32 << 20
"""Up to here a part may be packed as tightly as it likes."""

MOST_TIGHT = 150
"""Bytes out of one byte in: registers have 8 to 40."""

OLD_EXCEL = b"\xd0\xcf\x11\xe0"
"""How .xls begins, and a workbook with a password."""


class Handler(Protocol):
    """Takes the elements of a part as they come."""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""

    def end(self, name: str) -> None:
        """An element ends."""

    def text(self, data: str) -> None:
        """Text within an element."""


class Parts:
    """An open workbook file. Use as a context manager."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with path.open("rb") as stream:
            head = stream.read(4)
        if head == OLD_EXCEL:
            raise self.unreadable("tệp .xls cũ hoặc có mật khẩu / an old .xls, or one with a password")
        try:
            self._zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, struct.error, ValueError, EOFError):
            raise self.unreadable("không phải tệp .xlsx / no .xlsx file") from None
        self._infos = {info.filename.lstrip("/"): info for info in self._zip.infolist()}
        if len(self._infos) > MOST_PARTS:
            self._zip.close()
            raise self.unreadable("có quá nhiều phần / it has too many parts")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    def has(self, name: str) -> bool:
        """Say whether there is such a part."""
        return name in self._infos

    def unreadable(self, reason: str) -> ApplianceError:
        """Return the error for this file."""
        return errors.REGISTER_UNREADABLE.error(file=self.path.name, reason=reason)

    def pieces(self, name: str) -> Iterator[bytes]:
        """Yield the bytes of a part.

        Raises:
            ApplianceError: REGISTER_UNREADABLE when it is missing, damaged, locked by a password or a bomb.
        """
        info = self._infos.get(name)
        if info is None:
            raise self.unreadable(f"thiếu {name} / it lacks {name}")
        out, largest = 0, LARGEST if name.startswith(("xl/worksheets/", "xl/sharedStrings")) else LARGEST_SMALL
        try:
            with self._zip.open(info) as stream:
                while piece := stream.read(PIECE):
                    out += len(piece)
                    if out > largest or (out > FREE_BYTES and out > MOST_TIGHT * info.compress_size):
                        raise self.unreadable("tệp nén bất thường (bom zip) / packed as only a zip bomb is")
                    yield piece
        except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, ValueError, OSError):
            raise self.unreadable(f"{name} bị hỏng / damaged") from None

    def parse(self, name: str, handler: Handler) -> Iterator[None]:
        """Hand the elements of a part to ``handler``; yields after each piece. Raises as ``pieces``."""
        parser, given = _parser(handler, self), 0
        try:
            for piece in self.pieces(name):
                parser.Parse(piece, False)
                given += len(piece)
                if given - max(parser.CurrentByteIndex, 0) > LONGEST_TOKEN:  # a tag without an end
                    raise self.unreadable(f"{name} không phải XML đúng / no sound XML")
                yield
            parser.Parse(b"", True)
        except expat.ExpatError:
            raise self.unreadable(f"{name} không phải XML đúng / no sound XML") from None
        yield

    def parse_all(self, name: str, handler: Handler) -> None:
        """Hand a whole part to ``handler``; raises as ``pieces``."""
        for _ in self.parse(name, handler):
            pass


def _parser(handler: Handler, parts: Parts) -> Any:
    """Return a parser that knows no entity; names come without their prefix."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    known: dict[str, str] = {}
    length = 0

    def bare(name: str) -> str:
        found = known.get(name)
        if found is None:
            found = name.rpartition(":")[2]
            if len(known) < MOST_NAMES:
                known[name] = found
        return found

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal length
        length = 0
        handler.start(bare(name), attributes)

    def text(data: str) -> None:
        nonlocal length
        length += len(data)
        if length > LONGEST_TEXT:
            raise parts.unreadable("một ô quá dài / a cell is too long")
        handler.text(data)

    def no_doctype(*_: object) -> None:
        raise parts.unreadable("XML có khai báo DOCTYPE / XML with a document type")

    parser.StartDoctypeDeclHandler = no_doctype
    parser.StartElementHandler = start
    parser.EndElementHandler = lambda name: handler.end(bare(name))
    parser.CharacterDataHandler = text
    return parser
