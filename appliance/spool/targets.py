"""Device checks: what scans of the printed target sheet said of a scanner, and whether one is recent.

A check belongs to the scanner and its settings: another serial number, driver, firmware or release of this software
is another way of capture, of which an earlier check says nothing. Each side has a sensor of its own. The resolution
is none of this: Start brings the target at that of the device's job, whatever other jobs ask; it is written down.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from appliance.core import clock, errors, files
from appliance.core.jobs import TargetDone
from appliance.core.model import Master, PageAnalysis
from appliance.core.plain import from_plain, to_plain
from appliance.core.states import BATCH, PAGE, BatchState, PageState
from appliance.spool.ledger import Ledger, Row

WAY = ("kind", "model", "firmware", "profile", "options", "software")
"""What of a batch's provenance makes its way of capture; ``options`` is the hash of the driver's table."""

PASSED, FLAGGED, LATER = "passed", "flagged", "later"
"""How a batch stands to the check of its scanner (column ``checked``)."""

SHOWN = 50
"""Checks that a person is shown."""


class Standing(StrEnum):
    """Whether a scanner's check counts now."""

    PASSED = "passed"
    FAILED = "failed"
    NEVER = "never"
    OLD = "old"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Leave:
    """How a batch may go on: ``PASSED``, ``FLAGGED`` or ``LATER``, by which check, or why without one."""

    checked: str
    check: Row | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Scanner:
    """A scanner as it captures: the device's name, its serial number, its way of capture (``WAY``)."""

    device: str
    serial: str
    way: Mapping[str, Any]


def scanner_of(batch: Row) -> Scanner:
    """Return the scanner of a batch, as it was at Start."""
    facts = json.loads(batch["provenance"] or "{}")
    return Scanner(batch["device"], str(facts.get("serial", "")), way_of(facts))


def way_of(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return what of the facts of a capture another check would have to share."""
    return {name: facts.get(name, "") for name in WAY}


def found(ledger: Ledger, page: Row, target: str) -> None:
    """Write down that a side is a target sheet, ``target`` its number (empty: it is none).

    To be called in the transaction of its analysis, before that. Another side of the sheet that a check of page
    images holds is looked at again: it is no page.
    """
    row, batch = ledger.one("page", id=page["id"]), ledger.one("batch", id=page["batch"])
    if not target or row is None or batch is None or row["state"] != PageState.CAPTURED:
        return
    scanner, master = scanner_of(batch), from_plain(Master, json.loads(page["master"]))
    facts = json.loads(batch["provenance"] or "{}")
    settings = {**scanner.way, "dpi": facts.get("dpi", 0), "folder": facts.get("folder", False),
                "mode": "colour" if master.components == 3 else "grey", "image_dpi": master.dpi}
    where = {"batch": page["batch"], "sheet": page["sheet"], "attempt": page["attempt"]}
    ledger.act("add_device_check", **where, page=page["id"], side=page["side"], device=scanner.device,
               serial=scanner.serial, target=target, at=page["captured"],
               settings=json.dumps(settings, ensure_ascii=False))
    for other in ledger.all("sides_of_sheet", **where):
        judged = other["state"] == PageState.HELD and other["analysis"] and not other["doubt"]
        if judged and other["id"] != page["id"] and other["code"] != errors.SECRET_SUSPECTED.code:
            ledger.move(PAGE, other["id"], PageState.HELD, PageState.CAPTURED, code="", reason="")


def is_target_sheet(ledger: Ledger, page: Row) -> bool:
    """Say whether another side of the same sheet is known to be a target."""
    return ledger.one("is_target_sheet", batch=page["batch"], sheet=page["sheet"],
                      attempt=page["attempt"]) is not None


def unjudged(analysis: PageAnalysis) -> PageAnalysis:
    """Return the analysis of a target sheet's side with all that it fails as a page no more than noted."""
    secret = errors.SECRET_SUSPECTED.code
    verdicts = tuple(one if one.code == secret else replace(one, ok=True) for one in analysis.verdicts)
    return replace(analysis, verdicts=verdicts)


def measured(ledger: Ledger, page: int, done: TargetDone | None, code: str = "", reason: str = "") -> bool:
    """Write down what measuring gave, or with ``code`` why that failed; return False when it was written before."""
    with ledger.transaction():
        row = ledger.one("device_check", page=page)
        if row is None or row["measured"]:
            return False
        reading = json.dumps(_numbers(to_plain(done.reading))) if done else ""
        verdicts = json.dumps([_numbers(to_plain(one)) for one in done.verdicts] if done else [])
        passed = done is not None and all(verdict.ok for verdict in done.verdicts)
        ledger.act("put_device_check", page=page, measured=_now(), reading=reading, verdicts=verdicts,
                   passed=int(passed), code=code, reason=reason)
        failing = [verdict.check for verdict in done.verdicts if not verdict.ok] if done else []
        ledger.note("device.checked", row["device"], result="passed" if passed else "failed", page=page,
                    batch=row["batch"], serial=row["serial"], target=row["target"], code=code,
                    failing=" ".join(failing))
    return True


def standing(ledger: Ledger, scanner: Scanner, since: datetime) -> tuple[Standing, Row | None]:
    """Say whether a check of a scanner counts: one made since then, in its way of capture, that passed; and which.

    The newest check of each side decides; one side that failed is a scanner that failed.
    """
    rows = ledger.all("device_checks_of", device=scanner.device, serial=scanner.serial)
    recent = [row for row in rows if clock.parse(row["at"]) >= since]
    same = [row for row in recent if way_of(json.loads(row["settings"])) == scanner.way]
    if not same:
        return (Standing.CHANGED if recent else Standing.OLD if rows else Standing.NEVER), None
    newest = {row["side"]: row["passed"] for row in reversed(same)}
    return (Standing.PASSED if all(newest.values()) else Standing.FAILED), same[0]


def after_change(ledger: Ledger, batch: Row) -> Row | None:
    """Return the newest check of a batch's device since its Start, if that passed, whatever has changed in between.

    A check in another way of capture shows that the batch's own way is gone: no check of that will ever come.
    """
    rows = last(ledger, batch["device"])
    if not rows:
        return None
    newest = max(rows, key=lambda row: (row["at"], row["page"]))
    scanner = Scanner(batch["device"], newest["serial"], way_of(json.loads(newest["settings"])))
    found, check = standing(ledger, scanner, clock.parse(batch["started"]))
    return check if found is Standing.PASSED else None


def told_of(batch: Row, check: Row) -> dict[str, Any]:
    """Return what is kept of the check that lets a batch go on, and what changed from the batch to the check."""
    before, after = json.loads(batch["provenance"] or "{}"), json.loads(check["settings"])
    after["serial"], after["dpi"] = check["serial"], after.get("dpi", 0)
    changed = {name: [before.get(name, ""), after.get(name, "")] for name in ("serial", *WAY, "dpi")
               if before.get(name, "") != after.get(name, "")}
    return {"at": check["at"], "serial": check["serial"], "target": check["target"], "dpi": after["dpi"],
            "changed": changed}


def put_down(ledger: Ledger, batch: str, leave: Leave) -> bool:
    """Note how a batch stands to the check of its scanner; return False when that is noted already."""
    with ledger.transaction():
        row = ledger.one("batch", id=batch)
        if row is None or row["checked"]:
            return False
        ledger.put("batch", batch, checked=leave.checked, checked_by=_kept(row, leave))
        if leave.checked == FLAGGED:
            ledger.note("batch.unchecked", batch, device=row["device"], why=leave.why)
    return True


def hold(ledger: Ledger, batch: str, why: str) -> None:
    """Hold a closed batch until a check of its scanner passes."""
    with ledger.transaction():
        ledger.move(BATCH, batch, BatchState.CLOSED, BatchState.HELD, code=errors.SCANNER_UNCHECKED.code)
        ledger.note("batch.unchecked", batch, why=why)


def release(ledger: Ledger, batch: str, leave: Leave) -> None:
    """Let a batch go on that waited for a check of its scanner: ``LATER`` one passed, ``FLAGGED`` none is asked."""
    with ledger.transaction():
        row = ledger.one("batch", id=batch)
        if row is None or (row["state"], row["code"]) != (BatchState.HELD, errors.SCANNER_UNCHECKED.code):
            return
        by = told_of(row, leave.check) if leave.check is not None else {}
        ledger.move(BATCH, batch, BatchState.HELD, BatchState.CLOSED, code="", checked=leave.checked,
                    checked_by=_kept(row, leave))
        ledger.note("batch.released", batch, checked=leave.checked, why=leave.why, **by)


def waiting(ledger: Ledger) -> list[Row]:
    """Return the batches that wait for a check of their scanner."""
    return ledger.all("batches_unchecked", code=errors.SCANNER_UNCHECKED.code)


def listed(ledger: Ledger, device: str = "", most: int = SHOWN) -> list[dict[str, Any]]:
    """Return the newest checks of a device (empty: of all) as plain values, the newest first."""
    return [shown(row) for row in ledger.all("device_checks", device=device, most=most)]


def last(ledger: Ledger, device: str) -> Sequence[Row]:
    """Return the newest check of each side of a device."""
    return ledger.all("last_device_checks", device=device)


def shown(row: Row) -> dict[str, Any]:
    """Return a check as plain values."""
    names = ("device", "serial", "target", "at", "batch", "sheet", "side", "code", "reason")
    return {**{name: row[name] for name in names}, "passed": bool(row["passed"]),
            "settings": json.loads(row["settings"]), "verdicts": json.loads(row["verdicts"]),
            "reading": json.loads(row["reading"]) if row["reading"] else None}


def let_go(ledger: Ledger, batch: str, masters: Path) -> None:
    """Remove the images of a batch of target sheets, in the ledger's thread (see ``entry.record``)."""
    pages = ledger.all("pages_to_forget", batch=batch)
    leaving = {page["id"] for page in pages}
    for page in pages:
        if all(other["id"] in leaving for other in ledger.all("pages_of_path", path=page["path"])):
            files.remove_durably(masters / page["path"])
            files.remove_durably((masters / page["path"]).with_suffix(".orig"))
    with ledger.transaction():
        for page in pages:
            ledger.put("page", page["id"], cleared=1)
        ledger.act("forget_device_checks", batch=batch)


def _kept(batch: Row, leave: Leave) -> str:
    return "" if leave.check is None else json.dumps(told_of(batch, leave.check), ensure_ascii=False)


def _numbers(plain: dict[str, Any]) -> dict[str, Any]:
    """Return plain values with None for what is no number: JSON knows none such."""
    return {name: None if isinstance(value, float) and not math.isfinite(value) else value
            for name, value in plain.items()}


def _now() -> str:
    return clock.iso(clock.now(), "milliseconds")
