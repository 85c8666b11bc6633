"""Which dossiers of a batch go on with ones that wait from earlier batches, and which were scanned again whole."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace

from appliance.core import errors
from appliance.documents.plan import DossierPlan, Separation
from appliance.spool.dossiers import Earlier

Whole = Callable[[DossierPlan], bool]
"""Says whether a batch has a dossier that waits for components all by itself."""

Part = Callable[[Sequence[Earlier]], Separation]
"""Tells the batch apart, with what is known of some earlier dossiers."""


def never(_plan: DossierPlan) -> bool:
    """Say that no dossier is there whole."""
    return False


@dataclass(frozen=True, slots=True)
class Parted:
    """A batch told apart.

    Attributes:
        separation: what was found.
        continued: codes of the dossiers that go on with earlier ones.
        added: of dossiers that lacked components: sheets that they had before, to be counted with the new ones.
    """

    separation: Separation
    continued: frozenset[str] = frozenset()
    added: dict[str, int] = field(default_factory=dict)


def part(earlier: Sequence[Earlier], apart: Part, whole: Whole = never) -> Parted:
    """Tell a batch apart. A dossier that waits is continued, unless it is here whole: then it was scanned again.

    One that waits for sheets is whole where its separator counted them and all are there; one that waits for
    components where all are. What is added to the latter is counted by itself, or with what was there before, as
    its separator says.
    """
    closed = [one for one in earlier if one.closed or one.added]
    alone = apart(closed)
    waiting = [one for one in earlier if one.waiting and not _is_whole(one, alone, whole)]
    if not waiting:
        return Parted(alone)
    apart_with = _with(apart, closed, waiting)
    found = apart_with(frozenset())
    again = {one.file_code for one in waiting if one.lacking and _clashes(one.file_code, found, alone)}
    if again:
        waiting = [one for one in waiting if one.file_code not in again]
        apart_with = _with(apart, closed, waiting)
        found = apart_with(frozenset())
    counted = frozenset(one.file_code for one in waiting if one.lacking and _counts_all(one, found))
    if counted:
        found = apart_with(counted)
    added = {one.file_code: one.captured for one in waiting if one.lacking and one.file_code not in counted}
    return Parted(found, frozenset(one.file_code for one in waiting), added)


def _with(apart: Part, closed: Sequence[Earlier],
          waiting: Sequence[Earlier]) -> Callable[[Collection[str]], Separation]:
    """Return what tells the batch apart with dossiers that wait; ``counted``: which bring their sheets along."""
    def run(counted: Collection[str]) -> Separation:
        bare = [replace(one, captured=0, declared=0) if one.lacking and one.file_code not in counted else one
                for one in waiting]
        return apart([*closed, *bare])

    return run


def _is_whole(one: Earlier, found: Separation, whole: Whole) -> bool:
    return any(plan.again or (not plan.held and (whole(plan) if one.lacking else bool(plan.declared_sheets)))
               for plan in found.dossiers if plan.file_code == one.file_code)


def _clashes(code: str, added: Separation, alone: Separation) -> bool:
    """Say whether a dossier cannot be added to what was there (a number is used twice), and is sound by itself."""
    return _held(code, added) == errors.SEPARATOR_UNREADABLE.code and _held(code, alone) == ""


def _held(code: str, found: Separation) -> str:
    return next((plan.held for plan in found.dossiers if plan.file_code == code), "-")


def _counts_all(one: Earlier, found: Separation) -> bool:
    """Say whether the separator of an addition counts what was there before too."""
    plans = [plan for plan in found.dossiers if plan.file_code == one.file_code]
    return any(plan.held == errors.COUNT_MISMATCH.code
               and plan.declared_sheets == one.captured + plan.captured_sheets for plan in plans)
