"""One file becomes a register: read and checked here, handed to the daemon in pieces, counted there all at once.

The daemon sees rows that are good; the file, its letters and its mistakes stay in this process.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from appliance.client import Control
from appliance.core import errors, files
from appliance.core.config import Register
from appliance.core.errors import ApplianceError
from appliance.documents.register import spec
from appliance.documents.register.reading import Checked, Reading, Wish
from appliance.documents.register.report import Report
from appliance.documents.register.row import Fault
from appliance.registry import bounds_of

PIECE_BYTES = 250_000
PIECE_ROWS = 1000
MOST_ADDED = 20_000
"""Rows that may join a register (spool/registers.py)."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked for: which file into which register, and what to do about bad rows."""

    file: Path
    kind: str
    name: str
    who: str
    add: bool = False
    check_only: bool = False
    accept_good: bool = False
    replace: bool = False
    sheet: str = ""
    report: Path | None = None


@dataclass(slots=True)
class Outcome:
    """What became of it: rows of the file, refused rows, rows the register has now, dossiers that go on."""

    rows: int = 0
    refused: int = 0
    imported: int = 0
    released: int = 0
    letters: dict[str, str] = field(default_factory=dict)
    shown: list[str] = field(default_factory=list)
    report: str = ""


async def run(order: Order, settings: Register, socket: Path) -> Outcome:
    """Import a file, or only check it.

    Raises:
        ApplianceError: REGISTER_REFUSED when rows are refused and the good ones are not wanted alone; why the file
            cannot be read (documents/register); what the daemon answers.
    """
    kind = spec.kind(order.kind)
    most = min(settings.most_rows, MOST_ADDED) if order.add else settings.most_rows
    wish = Wish(kind, bounds_of(settings), settings.columns, most, order.sheet)
    place = order.report or _beside(order.file)
    with Report(place.absolute(), order.file.name, kind) as report:
        outcome, fault = Outcome(), None
        try:
            async with Control(socket) as control:
                await _Import(control, order, Reading(order.file, wish), report, outcome).work()
        except ApplianceError as problem:
            fault = problem
        outcome.refused, outcome.shown = report.rows, report.shown
        if report.rows or order.report is not None:
            report.conclude(*((fault.vi, fault.en) if fault else _concluded(outcome, order)))
            report.keep()
            outcome.report = str(place)
        if fault is not None:
            raise fault
    _judge(order, outcome)
    return outcome


def _beside(file: Path) -> Path:
    """Return the place for a report: beside its file, or in the working folder where that takes nothing."""
    folder = file.parent if os.access(file.parent, os.W_OK) else Path.cwd()
    return folder / f"{file.name}.report.csv"


def _judge(order: Order, outcome: Outcome) -> None:
    """Refuse a file of which rows are refused, unless the good ones are wanted alone."""
    if outcome.refused and (order.check_only or not order.accept_good):
        problem = errors.REGISTER_REFUSED.error(file=order.file.name, count=outcome.refused, report=outcome.report)
        problem.add_note("\n".join(outcome.shown))
        raise problem


@dataclass
class _Import:
    """One import under way."""

    control: Control
    order: Order
    reading: Reading
    report: Report
    outcome: Outcome
    twins: dict[str, tuple[int, int]] = field(default_factory=dict)

    async def work(self) -> None:
        """Load every good row, then let the register count, or let all of it go."""
        order = self.order
        begun = await self.control.post("/register/begin", {
            "kind": order.kind, "name": order.name, "mode": "add" if order.add else "replace",
            "source": order.file.name, "sha256": files.sha256_of(order.file), "who": order.who})
        place = f"/register/{begun['register']}"
        try:
            for piece in self._pieces():
                await self._load(place, piece)
            self.outcome.rows, self.outcome.letters = self.reading.rows, self.reading.letters
            if order.check_only or (self.report.rows and not order.accept_good):
                await self.control.post(f"{place}/abandon")
                return
            await self._withdraw(place)
            done = await self.control.post(f"{place}/finish", {"replace": order.replace})
        except BaseException:
            with contextlib.suppress(ApplianceError):  # it is let go at the daemon's next start, or the next import
                await self.control.post(f"{place}/abandon")
            raise
        self.outcome.imported, self.outcome.released = done["rows"], done["released"]

    async def _load(self, place: str, piece: list[Checked]) -> None:
        rows = [[row.line, row.code, row.values] for row in piece]
        answer = await self.control.post(f"{place}/rows", {"rows": rows})
        by_line = {row.line: row for row in piece}
        for line, rule, other in answer["refused"]:
            fault = Fault(self.reading.wish.kind.code, rule, {"other": other})
            self.report.refuse(line, by_line[line].code, [fault], self.reading.found)

    async def _withdraw(self, place: str) -> None:
        """Take back the first row of a code that came again: nobody knows which of the two is right."""
        codes = list(self.twins)
        for start in range(0, len(codes), PIECE_ROWS):
            answer = await self.control.post(f"{place}/withdraw", {"codes": codes[start:start + PIECE_ROWS]})
            for code in answer["withdrawn"]:
                first, again = self.twins[code]
                fault = Fault(self.reading.wish.kind.code, "duplicate", {"other": str(again)})
                self.report.refuse(first, code, [fault], self.reading.found)

    def _pieces(self) -> Iterator[list[Checked]]:
        """Yield good rows in pieces that the daemon takes in its stride; note the others."""
        piece: list[Checked] = []
        size = 0
        for row in self.reading.checked():
            if row.faults:
                self.report.refuse(row.line, row.code, row.faults, self.reading.found)
                if row.twin:
                    self.twins[row.code] = (row.twin, row.line)
                continue
            piece.append(row)
            size += len(json.dumps(row.values, ensure_ascii=True))
            if size >= PIECE_BYTES or len(piece) >= PIECE_ROWS:
                yield piece
                piece, size = [], 0
        if piece:
            yield piece


def _concluded(outcome: Outcome, order: Order) -> tuple[str, str]:
    if order.check_only:
        return f"đã kiểm tra {outcome.rows} dòng", f"{outcome.rows} rows checked, nothing imported"
    if outcome.imported:
        return (f"đã nhập; mục lục có {outcome.imported} dòng, {outcome.refused} dòng bị từ chối",
                f"imported; the register has {outcome.imported} rows, {outcome.refused} are refused")
    return f"không nhập; {outcome.refused} dòng bị từ chối", f"nothing imported; {outcome.refused} rows are refused"
