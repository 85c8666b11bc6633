"""After paper was put back: what a worker is asked to compare, what its answer means, and what waits. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from appliance.core import errors
from appliance.core.config import Job
from appliance.core.jobs import Alike, Compared, CompareJob
from appliance.documents.sheet import Seal
from appliance.documents.stretches import waiting
from appliance.documents.ways import FIXED, ONE
from appliance.orders.pages import compared, side_of
from appliance.spool.dossiers import Later
from appliance.spool.ledger import Row
from appliance.spool.reloading import Doubt, Twins, in_doubt
from appliance.spool.store import Store


def order(page: Row, twins: Twins, store: Store, max_pixels: int) -> CompareJob:
    """Ask how a side that came after a reload compares with what came before."""
    pairs = tuple((compared(one, store), compared(other, store)) for one, other in _pairs(page, twins))
    return CompareJob(pairs, max_pixels)


def judge(twins: Twins, done: Compared) -> Doubt | None:
    """Return what must be asked of a person, or None.

    A side that is the sheet it should be raises no doubt, even where a copy of it lies before.
    """
    answers = iter(done.alike)
    before = [next(answers) for _ in twins.before]
    halves = [next(answers) for _ in twins.halves]
    lead = list(answers)
    if any(alike.same for alike in halves):
        return None
    if not twins.lead or any(alike.same for alike in lead):
        for row, alike in zip(twins.before, before, strict=True):
            if alike.same:
                return Doubt(errors.FED_TWICE.code, str(row["sheet"]))
    return _other(halves)


def ready(batch: Row, pages: Sequence[Row], job: Job, seal: Seal) -> tuple[Sequence[Row], Later]:
    """Return the pages of a closed batch that can be separated now, and what waits for a doubt to be settled."""
    first_time = batch["parted"] < 0
    open_pages = [page for page in pages if first_time or page["waits"]]
    doubted = {page["id"] for page in open_pages if in_doubt(page)}
    if doubted and job.separation in (ONE, FIXED):
        later = frozenset(page["id"] for page in open_pages)
    else:
        later = waiting([side_of(page) for page in open_pages], doubted, seal)
    return [page for page in open_pages if page["id"] not in later], Later(later, len(doubted))


def aside(pages: Sequence[Row]) -> list[dict[str, Any]]:
    """Name sides of a dossier's batches that are filed nowhere, and what became of them, for its provenance."""
    names = ("batch", "sheet", "side", "attempt", "state", "sha256", "captured")
    return [{name: page[name] for name in names} for page in pages]


def _other(halves: list[Alike]) -> Doubt | None:
    """Doubt a side that is clearly none of what earlier attempts saw of its sheet."""
    if halves and all(alike.different for alike in halves):
        return Doubt(errors.RELOAD_OTHER_SHEET.code)
    return None


def _pairs(page: Row, twins: Twins) -> Iterator[tuple[Row, Row]]:
    yield from ((page, other) for other in (*twins.before, *twins.halves))
    yield from twins.lead
