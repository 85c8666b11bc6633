"""The office's plan in the ledger, and what it is held against: dossiers with their receipts, dossiers received.

Long lists are read in pieces, so that nobody waits for them at the ledger.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from appliance.core import clock, errors
from appliance.spool.ledger import Ledger, Row

MOST_PHASES = 20
"""Each phase is a label of the metrics."""

PIECE = 500
"""Rows that are read at once."""


@dataclass(frozen=True, slots=True)
class Phase:
    """What is to be digitised in one phase.

    Attributes:
        high_use: dossiers of high frequency of use; 0: the plan does not say.
        deadline: its last day, ``2026-12-31``.
        registers: names of the registers that it is made of; none: what no other phase names.
    """

    name: str
    dossiers: int
    sheets: int
    high_use: int
    deadline: str
    registers: tuple[str, ...] = ()


def replace(ledger: Ledger, phases: Sequence[Phase], source: str, who: str) -> None:
    """Let a plan take the place of the present one; every phase is a link of the audit chain.

    Raises:
        ApplianceError: PLAN_SIZE, PLAN_REGISTER_TWICE.
    """
    if not 0 < len(phases) <= MOST_PHASES:
        raise errors.PLAN_SIZE.error(rows=len(phases), most=MOST_PHASES)
    taken: dict[str, str] = {}
    for phase in phases:
        for name in phase.registers:
            if taken.setdefault(name, phase.name) != phase.name:
                raise errors.PLAN_REGISTER_TWICE.error(name=name, first=taken[name], second=phase.name)
    now = clock.iso(clock.now(), "milliseconds")
    with ledger.transaction():
        ledger.act("clear_plan")
        for phase in phases:
            ledger.act("add_phase", phase=phase.name, dossiers=phase.dossiers, sheets=phase.sheets,
                       high_use=phase.high_use, deadline=phase.deadline, source=source, who=who, imported=now,
                       registers=json.dumps(phase.registers, ensure_ascii=False))
            ledger.note("plan.imported", phase.name, who=who, dossiers=phase.dossiers, sheets=phase.sheets,
                        high_use=phase.high_use, deadline=phase.deadline, phases=len(phases))


def phases(ledger: Ledger) -> tuple[Phase, ...]:
    """Return the plan, the first deadline first."""
    return tuple(Phase(row["phase"], row["dossiers"], row["sheets"], row["high_use"], row["deadline"],
                       tuple(json.loads(row["registers"]))) for row in ledger.all("plan"))


def dossiers(ledger: Ledger, after: int) -> list[Row]:
    """Return the next dossiers behind a place (column ``at``), 0 at first; fewer than PIECE: there are no more."""
    return ledger.all("dossier_page", after=after, most=PIECE)


def received(ledger: Ledger, register: int, after: int) -> list[Row]:
    """Return the next dossiers of a one-stop register behind a place; as ``dossiers``."""
    return ledger.all("received_page", register=register, after=after, most=PIECE)


def counting(ledger: Ledger, kind: str) -> list[int]:
    """Return the numbers of the registers of a kind that count."""
    return [row["id"] for row in ledger.all("current_registers") if row["kind"] == kind]


def answers(ledger: Ledger) -> dict[tuple[str, str], str]:
    """Return what people answered for components of dossiers not scanned yet, by code and component."""
    return {(row["file_code"], row["component"]): row["kind"] for row in ledger.all("answers_counting")}


def high_use_listed(ledger: Ledger, registers: Sequence[int]) -> int:
    """Return how many dossiers of high frequency of use archive registers list."""
    return sum(row["n"] for number in registers for row in ledger.all("listed_of_high_use", register=number))
