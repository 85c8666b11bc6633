"""The refused rows of a file, for people: a CSV file that opens in a spreadsheet, and lines for a terminal."""

from __future__ import annotations

import csv
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self, TextIO

from appliance.core import files
from appliance.documents.register.headings import Headings
from appliance.documents.register.row import Fault, texts
from appliance.documents.register.spec import RegisterKind

TITLES = ("tệp", "dòng", "cột", "mã hồ sơ", "quy tắc", "lý do", "reason")
MOST_LINES = 100_000
SHOWN = 20
_ACTIVE = ("=", "+", "-", "@", "\t", "\r")


@dataclass(slots=True)
class Report:
    """Written while a file is checked; ``path`` is there only after ``close``. Use as a context manager."""

    path: Path
    source: str
    kind: RegisterKind
    rows: int = 0
    shown: list[str] = field(default_factory=list)
    _last: int = -1
    _lines: int = 0
    _temporary: Path | None = None
    _stream: TextIO | None = None

    def __enter__(self) -> Self:
        self._temporary = self.path.with_name(f"{self.path.name}.{secrets.token_hex(4)}{files.TEMPORARY}")
        descriptor = os.open(self._temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        self._stream = os.fdopen(descriptor, "w", encoding="utf-8-sig", newline="")
        csv.writer(self._stream).writerow(TITLES)
        return self

    def __exit__(self, *_: object) -> None:
        if self._stream is not None:
            self._stream.close()
        if self._temporary is not None:
            self._temporary.unlink(missing_ok=True)

    def refuse(self, line: int, code: str, faults: list[Fault], headings: Headings) -> None:
        """Note a row that is refused, and each rule it breaks."""
        if line != self._last:
            self.rows, self._last = self.rows + 1, line
        for fault in faults:
            vi, en = texts(self.kind, fault)
            column = headings.texts.get(fault.field, "")
            self._write(str(line), column, code, fault.rule, vi, en)
            if len(self.shown) < SHOWN:
                where = f", cột '{column}'" if column else ""
                self.shown.append(f"{self.source}, dòng {line}{where}: {vi} [{fault.rule}] / {en}")

    def conclude(self, vi: str, en: str) -> None:
        """Write the last line: what became of the file."""
        self._lines = 0
        self._write("", "", "", "", vi, en)

    def keep(self) -> None:
        """Let the report be there, durably, in place of an older one."""
        assert self._stream is not None and self._temporary is not None
        self._stream.close()
        files.adopt_durably(self._temporary, self.path, 0o600)
        self._stream = self._temporary = None

    def _write(self, *values: str) -> None:
        """Write a line; what a spreadsheet would take for a formula is made text."""
        self._lines += 1
        if self._stream is not None and self._lines <= MOST_LINES:
            safe = [f"'{value}" if value.startswith(_ACTIVE) else value for value in (self.source, *values)]
            csv.writer(self._stream).writerow(safe)
