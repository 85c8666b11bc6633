"""Signed components on their way to the reception software, in the ledger: what is due, over, and was said.

What has to be there follows from the documents that count; rows are made and taken back to fit, again and again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from appliance.core import clock, errors, ids
from appliance.core.states import OUTBOX, OutboxState
from appliance.spool.ledger import Ledger, Row

GRACE = timedelta(days=1)
"""How long before components were handed over for the first time a dossier may have been opened and still go."""

REPLACED, LOCKED = "replaced", "locked"
"""Why a component does not count any more."""


@dataclass(frozen=True, slots=True)
class Account:
    """How the reception software and this office stand to each other.

    Attributes:
        states: components by state.
        overdue: one-stop documents past the promise that are not confirmed, signed or not.
        oldest: when Start was pressed for the oldest document that is not confirmed; empty: there is none.
    """

    states: Mapping[str, int] = field(default_factory=dict)
    overdue: int = 0
    oldest: str = ""


def gather(ledger: Ledger, rules: Sequence[str]) -> int:
    """Make the rows that are due, take back those that are over; return how many that were."""
    profiles = json.dumps(list(rules))
    fresh = ledger.all("onestop_current", since=_since(ledger), rules=profiles)
    stale = ledger.all("outbox_stale")
    if not fresh and not stale:
        return 0
    with ledger.transaction():
        for row in stale:
            _end(ledger, row)
        for row in fresh:
            _begin(ledger, row)
    return len(fresh) + len(stale)


def moving(ledger: Ledger) -> list[Row]:
    """Return the rows that something is to be done about, whoever waits longest first."""
    return ledger.all("outbox_moving")


def trying(ledger: Ledger, row: Row, sidecar: Mapping[str, Any]) -> None:
    """Write down that a component is about to be given: from now on it may have arrived.

    Raises:
        ApplianceError: STATE_CONFLICT when it is not waiting any more: its batch was locked just now.
    """
    with ledger.transaction():
        now = ledger.one("outbox_one", id=row["id"])
        if now is None or now["state"] != OutboxState.WAITING:
            raise errors.STATE_CONFLICT.error(what=f"outbox {row['id']}", expected=OutboxState.WAITING.value)
        ledger.put("outbox", row["id"], tries=now["tries"] + 1,
                   sidecar=json.dumps(dict(sidecar), ensure_ascii=False, sort_keys=True))


def file_of(ledger: Ledger, row: Row) -> tuple[Path, Row]:
    """Return where the signed file of a component lies now, and its document.

    Raises:
        ApplianceError: COMPONENT_UNFIT when no document has it any more.
    """
    which = {"file_code": row["file_code"], "ordinal": row["ordinal"], "sha256": row["sha256"]}
    found, document = ledger.one("outbox_file", **which), ledger.one("outbox_document", id=row["document"])
    if found is None or document is None:
        raise errors.COMPONENT_UNFIT.error(reason="không còn tệp / no file")
    return Path(found["signed_path"]), document


def given(ledger: Ledger, key: str) -> None:
    """Write down that a component was given and its answer comes later."""
    _move(ledger, key, OutboxState.SENT, sent=_now(), code="", reason="")


def lost(ledger: Ledger, key: str) -> None:
    """Write down that the reception software does not know a component that was given: it is given again."""
    _move(ledger, key, OutboxState.WAITING)


def confirmed(ledger: Ledger, key: str) -> float:
    """Write down that the reception software has a component; return the seconds since Start."""
    row, now = _row(ledger, key), clock.now()
    at = clock.iso(now, "milliseconds")
    _move(ledger, key, OutboxState.CONFIRMED, confirmed=at, sent=row["sent"] or at, code="", reason="")
    return max((now - clock.parse(row["started"])).total_seconds(), 0.0)


def refused(ledger: Ledger, key: str, code: str, reason: str) -> None:
    """Set a component aside for a person: the reception software refused it, or it cannot be given."""
    _move(ledger, key, OutboxState.REFUSED, code=code, reason=reason)


def recalled(ledger: Ledger, key: str) -> None:
    """Write down that the reception software has heard that a component does not count any more."""
    _move(ledger, key, OutboxState.WITHDRAWN, ended=_now(), code="", reason="")


def troubled(ledger: Ledger, key: str, code: str, reason: str) -> None:
    """Write down why a component does not get through; it is tried again all the same."""
    row = _row(ledger, key)
    if (row["code"], row["reason"]) != (code, reason):
        ledger.put("outbox", key, code=code, reason=reason)


def again(ledger: Ledger, name: str, who: str) -> int:
    """Let what was set aside go again: one by id or ``FILECODE.N``, or all of a dossier; return how many.

    Raises:
        ApplianceError: REQUEST_REFUSED when nothing of that name was set aside.
    """
    with ledger.transaction():
        rows = [row for row in ledger.all("outbox_refused")
                if name in (row["id"], row["file_code"], f"{row['file_code']}.{row['ordinal']}")]
        if not rows:
            raise errors.REQUEST_REFUSED.error(reason=f"{name}: không có gì để gửi lại / nothing to send again")
        for row in rows:
            _move(ledger, row["id"], OutboxState.WAITING, code="", reason="")
            ledger.note("outbox.again", row["id"], who=who)
    return len(rows)


def account(ledger: Ledger, rules: Sequence[str], promise: timedelta, now: datetime) -> Account:
    """Return how things stand; ``promise`` is the time from Start to confirmation."""
    states = {row["state"]: row["n"] for row in ledger.all("outbox_states")}
    begun = ledger.one("outbox_since")
    if begun is None:
        return Account(states)
    rows = ledger.all("promises_open", since=begun["at"], rules=json.dumps(list(rules)))
    starts = sorted(row["started"] for row in rows)
    late = sum(now - clock.parse(start) > promise for start in starts)
    return Account(states, late, starts[0] if starts else "")


def _begin(ledger: Ledger, row: Row) -> None:
    before = ledger.one("outbox_before", file_code=row["file_code"], ordinal=row["ordinal"])
    key = ids.uuid7()
    ledger.act("add_outbox", id=key, document=row["id"], file_code=row["file_code"], ordinal=row["ordinal"],
               component=row["component"], sha256=row["signed_sha256"], replaces=before["id"] if before else "",
               started=row["started"], queued=_now())
    ledger.note("outbox.waiting", key, document=row["id"], sha256=row["signed_sha256"])


def _end(ledger: Ledger, row: Row) -> None:
    """Take a component back; one that may have arrived is recalled."""
    never = row["state"] == OutboxState.WAITING and not row["tries"]
    goal = OutboxState.WITHDRAWN if never else OutboxState.RECALLING
    reason = LOCKED if row["locked"] else REPLACED
    _move(ledger, row["id"], goal, code="", reason=reason, ended=_now() if never else "")


def _move(ledger: Ledger, key: str, goal: OutboxState, **columns: Any) -> None:
    ledger.move(OUTBOX, key, OutboxState(_row(ledger, key)["state"]), goal, **columns)


def _row(ledger: Ledger, key: str) -> Row:
    row = ledger.one("outbox_one", id=key)
    assert row is not None
    return row


def _since(ledger: Ledger) -> str:
    """Return since when dossiers go; said once, when they are asked for the first time."""
    row = ledger.one("outbox_since")
    if row is None:
        ledger.act("add_outbox_since", at=clock.iso(clock.now() - GRACE, "milliseconds"))
        return _since(ledger)
    return str(row["at"])


def _now() -> str:
    return clock.iso(clock.now(), "milliseconds")
