"""The shared texts of a workbook, kept in a file: a register of a million rows has a million of them."""

from __future__ import annotations

import tempfile
from array import array
from functools import lru_cache
from typing import Self

from appliance.documents.register.parts import Parts

PLACE = "xl/sharedStrings.xml"
MOST = 10_000_000
KEPT = 50_000
"""Texts kept at hand: those of short lists come again and again."""


class Strings:
    """Texts by number. Use as a context manager: they are read when it is entered."""

    def __init__(self, parts: Parts, place: str = PLACE) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by __exit__
        self._ends = array("Q", [0])
        self._parts: list[str] = []
        self._inside = self._phonetic = 0
        self._pending: list[bytes] = []
        self._size = 0
        self.at = lru_cache(maxsize=KEPT)(self._at)
        self._source, self._place = parts, place

    def __enter__(self) -> Self:
        try:
            if self._source.has(self._place):
                for _ in self._source.parse(self._place, self):
                    self._flush()
        except BaseException:
            self._file.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def start(self, name: str, _attributes: dict[str, str]) -> None:
        """Take the start of an element."""
        if name == "t":
            self._inside += 1
        elif name == "rPh":
            self._phonetic += 1
        elif name == "si":
            self._parts = []

    def end(self, name: str) -> None:
        """Take the end of an element."""
        if name == "t":
            self._inside -= 1
        elif name == "rPh":
            self._phonetic -= 1
        elif name == "si":
            data = "".join(self._parts).encode(errors="replace")
            self._pending.append(data)
            self._size += len(data)
            self._ends.append(self._size)

    def text(self, data: str) -> None:
        """Take text; how a word sounds (rPh) is no part of it."""
        if self._inside and not self._phonetic:
            self._parts.append(data)

    def _flush(self) -> None:
        if len(self._ends) > MOST:
            raise self._source.unreadable("có quá nhiều chuỗi / too many texts")
        self._file.write(b"".join(self._pending))
        self._pending.clear()

    def _at(self, number: int) -> str:
        """Return a text; an empty one where there is none of that number."""
        if not 0 <= number < len(self._ends) - 1:
            return ""
        start, end = self._ends[number], self._ends[number + 1]
        self._file.seek(start)
        return self._file.read(end - start).decode()
