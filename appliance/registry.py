"""The daemon's side of registers: rows come in pieces over the control socket, and count all at once.

Files are read and checked by the process that brings them (register_import.py), never here. One file is loaded at a
time; what was cut short is let go, and rows that count no more are cleared away while nothing waits for it.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from appliance.core import errors, rules
from appliance.core.config import Register
from appliance.core.errors import ApplianceError
from appliance.documents.register import headings, spec
from appliance.documents.register import row as register_row
from appliance.documents.register.cell import Cell
from appliance.documents.register.row import Bounds, Fault
from appliance.spool import listings, registers
from appliance.spool.ledger import Book
from appliance.spool.registers import NewRegister, NewRow

log = logging.getLogger(__name__)

NAME = re.compile(r"[a-z0-9][a-z0-9._\-]{0,31}")
IDLE_SECONDS = 120.0
"""After so long without a row an import is believed dead, and another may begin."""

PAUSE, PATIENCE = 0.05, 60.0
RECEPTION = "onestop"
"""Kind and name of the register that the counter's intake joins."""


def bounds_of(settings: Register) -> Bounds:
    """Return what the office asks of its registers.

    Raises:
        ApplianceError: CONFIG_UNKNOWN_KEY for a column of no field, CONFIG_BAD_VALUE for years in the wrong order.
    """
    headings.check_configured(settings.columns, [spec.kind(name) for name in spec.KINDS])
    if settings.first_year > settings.last_year:
        raise errors.CONFIG_BAD_VALUE.error(key="register.last_year", value=settings.last_year,
                                            allowed=f"{settings.first_year} or later")
    return Bounds(settings.first_year, settings.last_year, settings.types)


@dataclass
class Registry:
    """Loads registers, answers what is in them; ``wake`` lets dossiers go on that waited for one."""

    book: Book
    bounds: Bounds
    wake: Callable[[], None]
    _loading: int = 0
    _heard: float = 0.0
    _untidy: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        """Let go what an earlier daemon left half loaded; then clear away, whenever there is something."""
        await self._patiently(registers.drop_unfinished)
        self._untidy.set()
        while True:
            await self._untidy.wait()
            self._untidy.clear()
            while await self._patiently(registers.clear):  # noqa: ASYNC110 - others have their turn at the ledger
                await asyncio.sleep(PAUSE)

    async def begin(self, new: NewRegister) -> int:
        """Begin to load a register; return its number.

        Raises:
            ApplianceError: REGISTER_BUSY, REQUEST_REFUSED, REGISTERS_TOO_MANY.
        """
        if new.kind not in spec.KINDS or not NAME.fullmatch(new.name) or new.mode not in registers.MODES:
            raise errors.REQUEST_REFUSED.error(reason=f"kind, name or mode ({NAME.pattern})")
        if self._loading and time.monotonic() - self._heard < IDLE_SECONDS:
            raise errors.REGISTER_BUSY.error()
        old, self._heard = self._loading, time.monotonic()
        self._loading = -1  # nobody else begins while the ledger is asked
        try:
            if old > 0:
                await self.book.ask(registers.drop, old)
            self._loading = await self.book.ask(registers.begin, new)
        except BaseException:
            self._loading = 0
            raise
        return self._loading

    async def load(self, number: int, rows: list[NewRow]) -> list[registers.Refused]:
        """Take rows; return those that the ledger refuses. Raises REGISTER_IMPORT_LOST."""
        self._heard = time.monotonic()
        return await self.book.ask(registers.load, number, rows)

    async def finish(self, number: int, *, replace: bool) -> tuple[int, int]:
        """Let a loaded register count; return its rows, and how many dossiers go on because of it.

        Raises:
            ApplianceError: REGISTER_IMPORT_LOST, REGISTER_SHRINKS; it can then still be abandoned.
        """
        self._heard = time.monotonic()
        rows = await self.book.ask(lambda ledger: registers.finish(ledger, number, replace=replace))
        self._over(number)
        return rows, await self._release()

    async def abandon(self, number: int) -> None:
        """Let go what was loaded; the register before it is whole."""
        await self.book.ask(registers.drop, number)
        self._over(number)

    async def receive(self, entry: Mapping[str, Any], who: str) -> str:
        """Take one dossier that the counter receives; return its code.

        Raises:
            ApplianceError: ENTRY_REFUSED naming fields and rules.
        """
        kind = spec.kind(RECEPTION)
        values, faults = register_row.check(kind, _cells(kind, entry), self.bounds)
        code = values.get(kind.code, "")
        if not faults:
            new = NewRegister(RECEPTION, RECEPTION, registers.ADD, "api", "", who)
            row = NewRow(0, code, packed(values))
            faults = [Fault(kind.code, refused.rule, {"other": refused.other})
                      for refused in await self.book.ask(registers.add, new, [row])]
        if faults:
            raise _refused(kind, faults)
        self._untidy.set()
        await self._release()
        return code

    def _over(self, number: int) -> None:
        if self._loading == number:
            self._loading = 0
        self._untidy.set()

    async def _release(self) -> int:
        freed = 0
        for kind in spec.KINDS:
            profiles = [name for name in rules.known() if rules.load(name).stream == kind]
            freed += await self.book.ask(listings.release, kind, profiles)
        if freed:
            log.info("%d dossiers are in a register now and go on", freed)
        self.wake()
        return freed

    async def _patiently(self, work: Callable[..., Any]) -> Any:
        """Ask the ledger; where the disk takes nothing, try again for as long as that lasts."""
        while True:
            try:
                return await self.book.ask(work)
            except ApplianceError as problem:
                log.warning("registers are not tidied yet: %s", problem.code)
                await asyncio.sleep(PATIENCE)


def packed(values: Mapping[str, str]) -> str:
    """Return the values of a row as the ledger keeps them: equal values, equal text."""
    return json.dumps(values, ensure_ascii=False, sort_keys=True)


def _cells(kind: spec.RegisterKind, entry: Mapping[str, Any]) -> dict[str, Cell]:
    """Return an entry as cells; a list of components is one text.

    Raises:
        ApplianceError: ENTRY_REFUSED for a field that there is not, or a value that is no text.
    """
    cells = {}
    for name, given in entry.items():
        text = "; ".join(map(str, given)) if isinstance(given, list) else given
        if name not in kind.fields or not isinstance(text, str):
            raise errors.ENTRY_REFUSED.error(reason=f"{name[:40]!r}")
        cells[name] = Cell(text)
    return cells


def _refused(kind: spec.RegisterKind, faults: list[Fault]) -> ApplianceError:
    said = "; ".join(" / ".join(register_row.texts(kind, fault)) for fault in faults)
    names = ",".join(dict.fromkeys(fault.field for fault in faults))
    return errors.ENTRY_REFUSED.error(reason=said, fields=names)
