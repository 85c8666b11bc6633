"""Paper that was scanned again and waits to take the place of pages (replacing.py), and what a person decides."""

from __future__ import annotations

import json
from typing import Any

from appliance.core import clock, errors
from appliance.core.states import PAGE, RESCAN, PageState, RescanState
from appliance.spool import dossiers, locks
from appliance.spool.again import NewRescan
from appliance.spool.dossiers import Later, Separated
from appliance.spool.ledger import Ledger, Row


def separated(ledger: Ledger, found: Separated, later: Later) -> None:
    """Write down what separation found in a batch, what was scanned again along with it."""
    with ledger.transaction():
        dossiers.separated(ledger, found, later)
        new = [_enter(ledger, found.batch, one) for one in found.rescans]
        for one in new:
            _compare(ledger, one)


def _enter(ledger: Ledger, batch: str, new: NewRescan) -> Row:
    details = json.dumps({"reason": new.reason} if new.code else {}, ensure_ascii=False)
    state = RescanState.HELD if new.code else RescanState.WAITING
    key = ledger.act("add_rescan", batch=batch, file_code=new.file_code, ordinal=new.ordinal, page=new.page,
                     declared=new.declared, captured=new.captured, state=state.value, code=new.code,
                     details=details, at=_now())
    ledger.note(f"rescan.{state.value}", str(key), code=new.code)
    for page in new.pages:
        ledger.put("page", page, rescan=key)
    row = ledger.one("rescan", id=key)
    assert row is not None
    return row


def _compare(ledger: Ledger, new: Row) -> None:
    """Ask about two rescans of one page in a batch; let one of a later batch take the place of an earlier one."""
    for other in ledger.all("rescans_of", file_code=new["file_code"], ordinal=new["ordinal"]):
        if other["id"] >= new["id"] or not _overlap(other, new):
            continue
        if other["batch"] != new["batch"]:
            _end(ledger, other, PageState.REPLACED, by=str(new["id"]))
            continue
        for row in (other, new):
            fresh = ledger.one("rescan", id=row["id"])
            if fresh is not None and fresh["state"] == RescanState.WAITING:
                hold(ledger, row, errors.RESCAN_TWICE.code, "")


def _overlap(one: Row, other: Row) -> bool:
    if not one["page"] or not other["page"]:
        return True
    return bool(one["page"] == other["page"])


def hold(ledger: Ledger, row: Row, code: str, reason: str) -> None:
    """Let a rescan wait for a person."""
    ledger.move(RESCAN, row["id"], RescanState.WAITING, RescanState.HELD, code=code,
                details=json.dumps({"reason": reason}, ensure_ascii=False))


def take(ledger: Ledger, name: str, who: str) -> None:
    """Say that a held rescan is right as it is: it goes on, and what may be overruled does not hold it again.

    Raises:
        ApplianceError: REQUEST_REFUSED.
    """
    with ledger.transaction():
        row = _held(ledger, name)
        if row["code"] not in (errors.RESCAN_BLANK.code, errors.RESCAN_TWICE.code, errors.RESCAN_GONE.code):
            raise errors.REQUEST_REFUSED.error(reason=f"{name}: {row['code']}")
        if row["code"] == errors.RESCAN_TWICE.code:
            for other in ledger.all("rescans_of", file_code=row["file_code"], ordinal=row["ordinal"]):
                if other["id"] != row["id"] and other["code"] == row["code"] and _overlap(other, row):
                    _end(ledger, other, PageState.REMOVED, by=who)
        ledger.move(RESCAN, row["id"], RescanState.HELD, RescanState.WAITING, code="", details="{}",
                    taken=who if row["code"] == errors.RESCAN_BLANK.code else row["taken"])
        ledger.note("rescan.taken_by", str(row["id"]), who=who, code=row["code"])


def drop(ledger: Ledger, name: str, who: str) -> None:
    """Give a rescan up: its pages are out of the count, the old ones stay. Raises REQUEST_REFUSED."""
    with ledger.transaction():
        row = _held(ledger, name, RescanState.WAITING)
        _end(ledger, row, PageState.REMOVED, by=who)
        ledger.note("rescan.dropped_by", str(row["id"]), who=who, code=row["code"])


def go_on_from_package(ledger: Ledger, file_code: str) -> int:
    """Let rescans go on that waited for the local copies of their dossier; return how many."""
    rows = ledger.all("rescans_held", file_code=file_code, code=errors.RESCAN_GONE.code)
    for row in rows:
        ledger.move(RESCAN, row["id"], RescanState.HELD, RescanState.WAITING, code="", details="{}")
    return len(rows)


def listed(ledger: Ledger) -> list[dict[str, Any]]:
    """Return the newest rescans for people; ``name`` is how they are called in the list of held things."""
    names = ("file_code", "ordinal", "page", "declared", "captured", "state", "code", "at", "done")
    return [{"name": f"{row['file_code']}.{row['ordinal']}#{row['id']}", **{name: row[name] for name in names}}
            for row in ledger.all("rescans")]


def _held(ledger: Ledger, name: str, *more: RescanState) -> Row:
    number = name.rpartition("#")[2]
    row = ledger.one("rescan", id=int(number)) if number.isascii() and number.isdigit() else None
    if row is None or row["state"] not in (RescanState.HELD, *more):
        raise errors.REQUEST_REFUSED.error(reason=f"{name}: không có lần quét lại đang chờ / no rescan that waits")
    if locks.is_locked(ledger, row["batch"]):
        raise errors.REQUEST_REFUSED.error(reason=f"{name}: lượt quét bị khóa / its batch is locked")
    return row


def _end(ledger: Ledger, row: Row, pages: PageState, by: str) -> None:
    for page in ledger.all("pages_of_rescan", rescan=row["id"]):
        if not page["document"] and PAGE.allows(PageState(page["state"]), pages):
            ledger.move(PAGE, page["id"], PageState(page["state"]), pages)
    ledger.move(RESCAN, row["id"], RescanState(row["state"]), RescanState.DROPPED, done=_now())
    ledger.note("rescan.ended", str(row["id"]), by=by)


def _now() -> str:
    return clock.iso(clock.now(), "milliseconds")
