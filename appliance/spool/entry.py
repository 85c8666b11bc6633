"""What comes in: batches and captured sides, written down before the scanner is told to go on."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from appliance.core import clock, errors
from appliance.core.model import Master, PageAnalysis, PageKey, Side
from appliance.core.plain import to_plain
from appliance.core.states import BATCH, PAGE, BatchState, PageState
from appliance.spool import confirming, drift, reloading, sides, targets
from appliance.spool.confirming import Confirmed
from appliance.spool.ledger import Ledger, Row
from appliance.spool.reloading import Doubt

CUT = {errors.IMAGE_EMPTY.code, errors.IMAGE_TRUNCATED.code}
"""Codes of an image that broke off; at the end of a feed that broke off, its sheet is in the machine."""


@dataclass(frozen=True, slots=True)
class NewBatch:
    """A press that was accepted."""

    id: str
    device: str
    job: str
    rules: str
    operator: str
    provenance: str
    operator_code: str = ""
    named_by: str = ""
    confirmed: Confirmed = field(default_factory=Confirmed)


@dataclass(frozen=True, slots=True)
class NewSide:
    """A side whose master is durable; ``code`` says why its image is damaged."""

    key: PageKey
    master: Master
    code: str = ""
    reason: str = ""


def begin(ledger: Ledger, batch: NewBatch) -> None:
    """Write down a new batch."""
    with ledger.transaction():
        ledger.act("add_batch", id=batch.id, device=batch.device, job=batch.job, rules=batch.rules,
                   operator=batch.operator, operator_code=batch.operator_code, named_by=batch.named_by,
                   provenance=batch.provenance, started=_now())
        ledger.put("batch", batch.id, confirmed=batch.confirmed.how, confirmed_by=batch.confirmed.by)
        ledger.note("batch.scanning", batch.id, who=_presser(batch), device=batch.device, job=batch.job)
        if batch.confirmed.how not in ("", confirming.UNASKED):
            ledger.note("batch.confirmed", batch.id, who=batch.confirmed.by, by=batch.confirmed.how)


def _presser(batch: NewBatch) -> str:
    """Return who pressed Start as far as that is known: by staff code, by name only where there is no code."""
    return batch.confirmed.by or batch.operator_code or batch.operator


def record(ledger: Ledger, side: NewSide, masters: Path | None = None) -> bool:
    """Write down a captured side; return False when it was there already.

    A side of a later attempt takes the place of the earlier ones, which become ``replaced``.

    Raises:
        ApplianceError: MASTER_DAMAGED when the master is not below ``masters``. An equal image may have been let
            go a moment ago; both happen in the ledger's thread, so that no row is left without its file.
    """
    key = side.key
    if masters is not None and not (masters / side.master.path).is_file():
        raise errors.MASTER_DAMAGED.error(name=side.master.path)
    where = {"batch": key.batch, "sheet": key.sheet, "side": key.side.value, "attempt": key.attempt}
    with ledger.transaction():
        if ledger.one("same_page", **where) is not None:
            return False
        for old in ledger.all("earlier_attempts", **where):
            ledger.move(PAGE, old["id"], PageState(old["state"]), PageState.REPLACED)
        state = PageState.HELD if side.code else PageState.CAPTURED
        master = json.dumps(to_plain(side.master))
        ledger.act("add_page", **where, state=state.value, code=side.code, reason=side.reason, master=master,
                   sha256=side.master.sha256, path=side.master.path, captured=_now())
        ledger.note(f"page.{state.value}", str(key), code=side.code)
    return True


def interrupt(ledger: Ledger, batch: str, code: str) -> int:
    """Move a batch to ``reload``; return the sheet from which paper must be put back.

    That is the first sheet of which not every side is written down whole.
    """
    sheet = to_put_back(ledger, batch)
    with ledger.transaction():
        row = ledger.one("batch", id=batch)
        if row is not None and row["state"] == BatchState.SCANNING:
            ledger.move(BATCH, batch, BatchState.SCANNING, BatchState.RELOAD, code=code, reload_sheet=sheet)
        elif row is not None:
            ledger.put("batch", batch, code=code, reload_sheet=sheet)
    return sheet


def first_missing(ledger: Ledger, batch: str) -> int:
    """Return the first sheet of a batch that is not captured whole."""
    row = ledger.one("batch", id=batch)
    duplex = row is not None and json.loads(row["provenance"]).get("duplex", True)
    sides: dict[int, set[str]] = {}
    for page in ledger.all("fed_sides", batch=batch):
        sides.setdefault(page["sheet"], set()).add(page["side"])
    sheet = 1
    while sides.get(sheet, set()) >= ({Side.FRONT, Side.BACK} if duplex else {Side.FRONT}):
        sheet += 1
    return sheet


def to_put_back(ledger: Ledger, batch: str) -> int:
    """Return the first sheet to put back after a feed broke off.

    A last side cut short counts as missing, and so does a sheet that is not the one that was to come.
    """
    sheet = first_missing(ledger, batch)
    pages = ledger.all("fed_sides", batch=batch)
    if CUT.intersection(page["code"] for page in pages if page["sheet"] == sheet - 1):
        sheet -= 1
    return min([sheet, *(int(page["sheet"]) for page in pages if reloading.is_other_sheet(page))])


def go_on(ledger: Ledger, batch: str) -> tuple[int, int]:
    """Move a batch from ``reload`` back to ``scanning``; return (first sheet, attempt) to scan.

    Sides from that sheet on will be captured again under a new attempt.
    """
    with ledger.transaction():
        row = ledger.one("batch", id=batch)
        if row is not None and row["state"] == BatchState.SCANNING:  # a full disk did not take the interruption
            ledger.move(BATCH, batch, BatchState.SCANNING, BatchState.RELOAD)
        sheet = to_put_back(ledger, batch)
        later = [page["attempt"] for page in ledger.all("live_sides", batch=batch) if page["sheet"] >= sheet]
        attempt = max(later, default=0) + 1
        ledger.act("add_reload", batch=batch, sheet=sheet, attempt=attempt, at=_now())
        ledger.move(BATCH, batch, BatchState.RELOAD, BatchState.SCANNING, code="", reload_sheet=0)
    return sheet, attempt


def close(ledger: Ledger, batch: str) -> int:
    """Close a batch; return the sides that count.

    A side whose sheet never came whole becomes an orphan, and so does one that was to come again and did not.
    """
    with ledger.transaction():
        row = ledger.one("batch", id=batch)
        if row is None:
            return 0
        sheet = first_missing(ledger, batch)
        whole = {page["id"] for page in ledger.all("fed_sides", batch=batch) if page["sheet"] < sheet}
        pages = ledger.all("live_sides", batch=batch)
        for page in pages:
            if page["id"] not in whole:
                ledger.move(PAGE, page["id"], PageState(page["state"]), PageState.ORPHAN)
        state = BatchState(row["state"])
        ledger.move(BATCH, batch, state, BatchState.CLOSED, ended=_now(), code="", reload_sheet=0)
    return sum(page["id"] in whole for page in pages)


def analysed(ledger: Ledger, page: int, analysis: PageAnalysis, separator: bool, doubt: Doubt | None = None) -> str:
    """Write down what was found on a page; return the code that holds it, or empty.

    ``doubt`` is what the comparison with the sheets before a reload has found. Both sides of a target sheet
    (``targets.found``) are judged by what a device check measures, not as pages; only secrecy is.
    """
    with ledger.transaction():
        row = ledger.one("page", id=page)
        if row is None or row["state"] != PageState.CAPTURED:
            return ""
        if targets.is_target_sheet(ledger, row):
            analysis, separator = targets.unjudged(analysis), True
        elif not row["analysis"]:  # one that was held and kept was counted then
            drift.learn(ledger, row, analysis)
        text = json.dumps(to_plain(analysis), ensure_ascii=False)
        columns = {"analysis": text, "blank": int(analysis.blank), "separator": int(separator),
                   "warned": sides.warned(analysis)}
        return _judged(ledger, row, analysis, doubt or reloading.spreads(ledger, row), columns)


def _judged(ledger: Ledger, row: Row, analysis: PageAnalysis, doubt: Doubt | None, columns: dict[str, Any]) -> str:
    """Move a page on, or hold it: for a doubt first, then for the first check that fails and nobody overruled.

    A separator is filed nowhere: how its image is says nothing, but a secret mark on it does.
    """
    page = int(row["id"])
    judged = targets.unjudged(analysis) if columns["separator"] else analysis
    failing = sides.failing(judged, row["kept"].split())
    if doubt is not None:
        ledger.move(PAGE, page, PageState.CAPTURED, PageState.HELD, code=doubt.code, reason=doubt.reason,
                    doubt=reloading.OPEN, **columns)
        reloading.take_along(ledger, row, doubt)
        return doubt.code
    if failing is not None:
        ledger.move(PAGE, page, PageState.CAPTURED, PageState.HELD, code=failing.code,
                    reason=sides.reason_of(failing), **columns)
        return failing.code
    ledger.move(PAGE, page, PageState.CAPTURED, PageState.ANALYSED, **columns)
    return ""


def read(ledger: Ledger, page: int, text_path: str, analysis: str = "") -> None:
    """Write down that a page's text is durable (an empty path: there is none to read)."""
    row = ledger.one("page", id=page)
    if row is not None and row["state"] == PageState.ANALYSED:
        changed = {"analysis": analysis} if analysis else {}
        ledger.move(PAGE, page, PageState.ANALYSED, PageState.READ, text_path=text_path, **changed)


def _now() -> str:
    return clock.iso(clock.now(), "milliseconds")
