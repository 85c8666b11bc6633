"""The state tables say the same as their drawing, and nobody is trapped."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Any

import pytest

from appliance.core import states
from appliance.core.states import (
    BatchState,
    DeliveryState,
    DocumentState,
    DossierState,
    LotState,
    Machine,
    OutboxState,
    PageState,
    RegisterState,
    RescanState,
    SessionState,
    TaskState,
)

ENUMS: dict[str, type[StrEnum]] = {
    "session": SessionState, "batch": BatchState, "page": PageState, "document": DocumentState,
    "dossier": DossierState, "delivery": DeliveryState, "register": RegisterState, "rescan": RescanState,
    "task": TaskState,
    "outbox": OutboxState,
    "lot": LotState,
}
BEGINNING: dict[str, StrEnum] = {
    "session": SessionState.ABSENT, "batch": BatchState.SCANNING, "page": PageState.CAPTURED,
    "document": DocumentState.SEPARATED, "dossier": DossierState.OPEN, "delivery": DeliveryState.SCREENING,
    "register": RegisterState.LOADING, "rescan": RescanState.WAITING, "task": TaskState.ASKED,
    "outbox": OutboxState.WAITING, "lot": LotState.OPEN,
}
HAPPY_END: dict[str, StrEnum] = {
    "session": SessionState.READY, "batch": BatchState.SEPARATED, "page": PageState.FILED,
    "document": DocumentState.ACCEPTED, "dossier": DossierState.ACCEPTED, "delivery": DeliveryState.ACCEPTED,
    "register": RegisterState.CURRENT, "rescan": RescanState.DONE, "task": TaskState.ANSWERED,
    "outbox": OutboxState.CONFIRMED, "lot": LotState.ACCEPTED,
}
EACH = pytest.mark.parametrize("machine", states.MACHINES, ids=lambda machine: machine.name)


def drawing(name: str) -> str:
    """Return the part of the module's docstring that draws one machine."""
    text = states.__doc__ or ""
    heads = [match for match in re.finditer(r"^(device )?([a-z]+)\b[^\n]*\n\n", text, re.MULTILINE)
             if match[2] in ENUMS]
    for at, head in enumerate(heads):
        if head[2] == name:
            return text[head.end():heads[at + 1].start() if at + 1 < len(heads) else len(text)]
    raise AssertionError(f"no drawing of {name}")


def reachable(machine: Machine[Any], start: StrEnum) -> set[StrEnum]:
    seen, rest = {start}, [start]
    while rest:
        for state in machine.table[rest.pop()]:
            if state not in seen:
                seen.add(state)
                rest.append(state)
    return seen


@EACH
def test_the_table_holds_every_state(machine: Machine[Any]) -> None:
    assert set(machine.table) == set(ENUMS[machine.name])


@EACH
def test_the_drawing_shows_every_state_and_no_other(machine: Machine[Any]) -> None:
    drawn = set(re.findall(r"\b[A-Z][A-Z_]+\b", drawing(machine.name)))
    assert drawn == {state.name for state in ENUMS[machine.name]}


@EACH
def test_every_arrow_along_a_line_of_the_drawing_is_allowed(machine: Machine[Any]) -> None:
    enum = ENUMS[machine.name]
    arrows = re.findall(r"([A-Z_]+) +(?=(<?-+>) +([A-Z_]+))", drawing(machine.name))
    assert arrows
    for old, arrow, new in arrows:
        assert machine.allows(enum[old], enum[new]), f"{old} {arrow} {new}"
        if arrow.startswith("<"):
            assert machine.allows(enum[new], enum[old]), f"{new} -> {old}"


@EACH
def test_every_state_can_be_reached_from_the_beginning(machine: Machine[Any]) -> None:
    assert reachable(machine, BEGINNING[machine.name]) == set(ENUMS[machine.name])


@EACH
def test_from_every_state_that_is_not_an_end_the_good_end_can_be_reached(machine: Machine[Any]) -> None:
    for state, nexts in machine.table.items():
        if nexts and state not in (PageState.SEPARATOR, OutboxState.RECALLING):
            assert HAPPY_END[machine.name] in reachable(machine, state), state


@EACH
def test_sources_and_moves_are_the_same_table(machine: Machine[Any]) -> None:
    enum = list(ENUMS[machine.name])
    for new in enum:
        assert machine.sources(new) == tuple(old for old in machine.table if machine.allows(old, new))
    assert not any(machine.allows(state, state) for state in enum)


@pytest.mark.parametrize(("machine", "end"), [
    (states.DOCUMENT, DocumentState.ACCEPTED), (states.DELIVERY, DeliveryState.ACCEPTED),
    (states.DELIVERY, DeliveryState.REJECTED),
], ids=str)
def test_what_is_finished_stays_finished(machine: Machine[Any], end: StrEnum) -> None:
    assert machine.table[end] == ()


def test_what_the_archive_has_is_left_only_when_it_is_scanned_again() -> None:
    assert states.DOSSIER.table[DossierState.ACCEPTED] == (DossierState.REPLACED,)
    assert states.PAGE.table[PageState.FILED] == (PageState.REPLACED, PageState.ANALYSED)


def test_a_page_is_never_filed_unread_and_never_read_unanalysed() -> None:
    assert states.PAGE.sources(PageState.FILED) == (PageState.READ, PageState.REPLACED)
    assert states.PAGE.sources(PageState.READ) == (PageState.ANALYSED,)


def test_nothing_unsigned_is_packed() -> None:
    assert states.DOCUMENT.sources(DocumentState.PACKED) == (DocumentState.SIGNED,)
