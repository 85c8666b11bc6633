"""Paper that was put back: what is compared with what came before, and the doubts that a person settles.

A sheet that seems to be one that was captured already, or not the one that was to come, is held at once. Its
dossier is not separated before somebody has said what is right; the others of its batch go on.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from appliance.core import errors
from appliance.core.model import Side
from appliance.core.states import PAGE, PageState
from appliance.spool.ledger import Ledger, Row

OPEN, KEPT = "open", "kept"
FILES = ("folder", "push")
"""Kinds of devices that feed files."""

BEFORE = 2
"""Sheets before the one to put back that an operator may have put back too, and sheets that are looked at."""


@dataclass(frozen=True, slots=True)
class Twins:
    """What a side that came after a reload is compared with.

    Attributes:
        before: sides of the last sheets that were captured whole, the nearest first.
        halves: the same side as earlier attempts left it.
        lead: of the second sheet after a reload: pairs of which one must be alike as well. Two sheets put back
            too many come as a pair; two copies that lie one sheet apart do not.
    """

    before: Sequence[Row] = ()
    halves: Sequence[Row] = ()
    lead: Sequence[tuple[Row, Row]] = ()

    @property
    def any(self) -> bool:
        """Say whether there is anything to compare with."""
        return bool(self.before or self.halves)


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why a side is not taken as it is; ``reason`` fills the text of the code."""

    code: str
    reason: str = ""


def twins(ledger: Ledger, page: Row) -> Twins:
    """Return what a captured side must be compared with; nothing for most."""
    if page["side"] != Side.FRONT or page["doubt"] == KEPT or not is_paper(ledger, page["batch"]):
        return Twins()
    batch, sheet, attempt = page["batch"], page["sheet"], page["attempt"]
    found = ledger.one("reload_of", batch=batch, attempt=attempt, sheet=sheet, least=sheet - BEFORE + 1)
    if found is None:
        return Twins()
    first = found["sheet"]
    before = ledger.all("sides_before", batch=batch, sheet=first, least=first - BEFORE)
    if sheet == first:
        return Twins(before, ledger.all("earlier_fronts", batch=batch, sheet=sheet, attempt=attempt))
    fronts = ledger.all("sides_of_sheet", batch=batch, sheet=first, attempt=attempt)[:1]
    lead = [(front, other) for front in fronts for other in before if other["sheet"] == first - BEFORE]
    near = [other for other in before if other["sheet"] != first - BEFORE]
    return Twins(near, (), lead) if lead and near else Twins()


def is_paper(ledger: Ledger, batch: str) -> bool:
    """Say whether a person puts the sheets of a batch back; files come again in their own order."""
    row = ledger.one("batch", id=batch)
    return row is not None and json.loads(row["provenance"]).get("kind") not in FILES


def is_other_sheet(page: Row) -> bool:
    """Say whether a side seems not to be of the sheet that was to come."""
    return in_doubt(page) and page["code"] == errors.RELOAD_OTHER_SHEET.code


def in_doubt(page: Row) -> bool:
    """Say whether a person is asked about a side."""
    return bool(page["doubt"] == OPEN and page["state"] == PageState.HELD)


def spreads(ledger: Ledger, page: Row) -> Doubt | None:
    """Return the doubt that holds the other side of the same sheet as fed twice: it holds this one too."""
    for other in _sheet(ledger, page) if page["doubt"] != KEPT else ():
        if in_doubt(other) and other["code"] == errors.FED_TWICE.code:
            return Doubt(other["code"], other["reason"])
    return None


def take_along(ledger: Ledger, page: Row, doubt: Doubt) -> None:
    """Hold the other side of a sheet that seems to be fed twice."""
    if doubt.code != errors.FED_TWICE.code:
        return
    for other in _sheet(ledger, page):
        state = PageState(other["state"])
        columns = {"code": doubt.code, "reason": doubt.reason, "doubt": OPEN}
        if state is PageState.HELD:
            ledger.put("page", other["id"], **columns)
        elif PAGE.allows(state, PageState.HELD):
            ledger.move(PAGE, other["id"], state, PageState.HELD, **columns)


def sheets_in_doubt(ledger: Ledger, name: str) -> list[Row]:
    """Return every side of the sheets in doubt that a name of the list of held things means."""
    named = [page for page in ledger.all("held_pages", name=name) if page["doubt"] == OPEN]
    found = {page["id"]: page for page in named}
    for page in named:
        found |= {other["id"]: other for other in _sheet(ledger, page) if other["doubt"] == OPEN}
    return list(found.values())


def _sheet(ledger: Ledger, page: Row) -> list[Row]:
    """Return the other sides of the same sheet as this attempt brought it."""
    sides = ledger.all("sides_of_sheet", batch=page["batch"], sheet=page["sheet"], attempt=page["attempt"])
    return [side for side in sides if side["id"] != page["id"]]
