"""Registers in the ledger: loaded row by row, visible in one moment, asked for by a dossier's code.

What is loaded has a number of its own and counts only once ``finish`` says so; until then, and when it never comes
to that, the register before it is whole. Rows that count no more are cleared away a few at a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from appliance.core import clock, errors
from appliance.core.states import REGISTER, RegisterState
from appliance.spool.ledger import Ledger, Row

REPLACE, ADD = "replace", "add"
MODES = (REPLACE, ADD)

MOST_ADDED = 20_000
"""Rows that may join a register at once: they move in one transaction."""

MOST_REGISTERS = 100
"""Registers that count at a time: each is a label of the metrics."""

MOST_COUNTED = 100_000
CLEARED_AT_ONCE = 2_000


@dataclass(frozen=True, slots=True)
class NewRegister:
    """A register that is about to be loaded; ``who`` stands in the audit chain."""

    kind: str
    name: str
    mode: str
    source: str
    sha256: str
    who: str


class NewRow(NamedTuple):
    """A row that was checked: the line it stands on, the dossier's code, its values as JSON."""

    line: int
    code: str
    fields: str


class Refused(NamedTuple):
    """A row that the ledger refuses: its line, the rule (documents/register/rules.toml), what the rule names."""

    line: int
    rule: str
    other: str


def begin(ledger: Ledger, new: NewRegister) -> int:
    """Begin to load a register; return its number.

    Raises:
        ApplianceError: REGISTERS_TOO_MANY.
    """
    with ledger.transaction():
        known = ledger.one("current_register", kind=new.kind, name=new.name)
        if known is None and len(ledger.all("current_registers")) >= MOST_REGISTERS:
            raise errors.REGISTERS_TOO_MANY.error(most=MOST_REGISTERS)
        number = ledger.act("add_register", kind=new.kind, name=new.name, mode=new.mode, source=new.source,
                            sha256=new.sha256, who=new.who, started=_now())
        ledger.note("register.loading", str(number), who=new.who, kind=new.kind, name=new.name, sha256=new.sha256)
    return number


def load(ledger: Ledger, number: int, rows: Sequence[NewRow]) -> list[Refused]:
    """Load rows, all or none that are not refused; return those that are.

    Raises:
        ApplianceError: REGISTER_IMPORT_LOST when the register is not being loaded any more.
    """
    refused = []
    with ledger.transaction():
        register = _loading(ledger, number)
        current = ledger.one("current_register", kind=register["kind"], name=register["name"])
        for row in rows:
            why = _refusal(ledger, register, current, row)
            if why is not None:
                refused.append(why)
            elif ledger.one("register_row_of", code=row.code, register=number) is None:  # else: sent twice
                ledger.act("add_register_row", register=number, code=row.code, line=row.line, fields=row.fields)
    return refused


def withdraw(ledger: Ledger, number: int, codes: Sequence[str]) -> list[str]:
    """Take rows back that were loaded; return the codes that were there. Raises as ``load``."""
    with ledger.transaction():
        _loading(ledger, number)
        found = [code for code in codes if ledger.one("register_row_of", code=code, register=number) is not None]
        for code in found:
            ledger.act("withdraw_register_row", register=number, code=code)
    return found


def _refusal(ledger: Ledger, register: Row, current: Row | None, row: NewRow) -> Refused | None:
    """Say why a row may not join; one that stands in the present register just so is no news."""
    known = ledger.all("register_rows_of", code=row.code)
    for one in known:
        if one["kind"] == register["kind"] and one["name"] != register["name"]:
            return Refused(row.line, "other_register", one["name"])
    same = any(current is not None and one["register"] == current["id"] and one["fields"] == row.fields
               for one in known)
    if not same and ledger.one("delivered_dossier", file_code=row.code) is not None:
        return Refused(row.line, "delivered", "")
    return None


def finish(ledger: Ledger, number: int, *, replace: bool = False) -> int:
    """Let a loaded register count from now on; return how many rows it has then.

    Args:
        ledger: the open ledger.
        number: what ``begin`` returned.
        replace: dossiers of the present register may be left out.

    Raises:
        ApplianceError: REGISTER_IMPORT_LOST, REGISTER_SHRINKS.
    """
    with ledger.transaction():
        register = _loading(ledger, number)
        current = ledger.one("current_register", kind=register["kind"], name=register["name"])
        if current is not None and register["mode"] == ADD:
            ledger.act("merge_register", register=number, into=current["id"])
            ledger.move(REGISTER, number, RegisterState.LOADING, RegisterState.REPLACED)
            rows = _count(ledger, current["id"])
            ledger.put("register", current["id"], rows=rows, imported=_now())
            return rows
        if current is not None:
            _refuse_loss(ledger, current, number, replace=replace)
            ledger.move(REGISTER, current["id"], RegisterState.CURRENT, RegisterState.REPLACED)
        rows = _count(ledger, number)
        ledger.move(REGISTER, number, RegisterState.LOADING, RegisterState.CURRENT, rows=rows, imported=_now())
    return rows


def _refuse_loss(ledger: Ledger, current: Row, number: int, *, replace: bool) -> None:
    left_out = ledger.one("rows_left_out", old=current["id"], new=number, most=MOST_COUNTED)
    if not replace and left_out is not None and left_out["n"]:
        raise errors.REGISTER_SHRINKS.error(missing=left_out["n"], name=current["name"])


def add(ledger: Ledger, new: NewRegister, rows: Sequence[NewRow]) -> list[Refused]:
    """Let a few rows join a register at once, all or none; return those that are refused. Raises as ``begin``."""
    with ledger.transaction():
        number = begin(ledger, new)
        refused = load(ledger, number, rows)
        if refused:
            drop(ledger, number)
        else:
            finish(ledger, number)
    return refused


def drop(ledger: Ledger, number: int) -> None:
    """Let a register go that was being loaded; no other is touched, and nothing is done where it is none."""
    row = ledger.one("register", id=number)
    if row is not None and row["state"] == RegisterState.LOADING:
        ledger.move(REGISTER, number, RegisterState.LOADING, RegisterState.DROPPED)


def drop_unfinished(ledger: Ledger) -> int:
    """Let every register go whose import never ended; return how many."""
    rows = ledger.all("registers_loading")
    for row in rows:
        drop(ledger, row["id"])
    return len(rows)


def clear(ledger: Ledger) -> bool:
    """Remove some rows that count no more, and a register without any; return whether there may be others."""
    with ledger.transaction():
        old = ledger.one("register_to_clear")
        if old is not None:
            ledger.act("clear_register", register=old["id"], most=CLEARED_AT_ONCE)
            if ledger.one("any_register_row", register=old["id"]) is None:
                ledger.act("forget_register", id=old["id"])
    return old is not None


def _loading(ledger: Ledger, number: int) -> Row:
    row = ledger.one("register", id=number)
    if row is None or row["state"] != RegisterState.LOADING:
        raise errors.REGISTER_IMPORT_LOST.error()
    return row


def _count(ledger: Ledger, number: int) -> int:
    row = ledger.one("count_register", register=number)
    return row["n"] if row is not None else 0


def _now() -> str:
    return clock.iso(clock.now(), "milliseconds")
