"""Documents that are added to a dossier which the archive has: a line of revisions of their own, delivered alone.

A person says that more comes; what is scanned next under the dossier's code is the addition. It takes nobody's
place, and no number that a document of the dossier has.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from appliance.core import clock, errors
from appliance.core.states import DossierState
from appliance.spool import again
from appliance.spool.ledger import Ledger, Row

ENDED = "-"
"""Stands for what came where a person has taken the leave back."""


@dataclass(frozen=True, slots=True)
class Leave:
    """Who says that documents are added to which dossier, and why."""

    code: str
    who: str
    reason: str


def allow(ledger: Ledger, leave: Leave) -> None:
    """Let the next scan of a delivered dossier's code be an addition to it. Twice is as good as once.

    Raises:
        ApplianceError: SUPPLEMENT_REFUSED unless the archive has the dossier.
    """
    with ledger.transaction():
        rows = ledger.all("revisions_of", file_code=leave.code)
        if not any(row["state"] == DossierState.ACCEPTED and not row["line"] for row in rows):
            raise errors.SUPPLEMENT_REFUSED.error(
                reason=f"{leave.code[:100]}: kho chưa nhận hồ sơ này / the archive does not have it")
        if given(ledger, leave.code) is None:
            ledger.act("add_supplement", file_code=leave.code, who=leave.who, reason=leave.reason, at=_now())
            ledger.note("dossier.supplement_by", leave.code, who=leave.who)


def withdraw(ledger: Ledger, code: str, who: str) -> None:
    """Take a leave back under which nothing came. Raises SUPPLEMENT_REFUSED where there is none."""
    with ledger.transaction():
        row = given(ledger, code)
        if row is None:
            raise errors.SUPPLEMENT_REFUSED.error(
                reason=f"{code[:100]}: không có việc bổ sung nào đang chờ / no addition is awaited")
        ledger.put("supplement", row["id"], dossier=ENDED)
        ledger.note("dossier.supplement_ended", code, who=who)


def given(ledger: Ledger, code: str) -> Row | None:
    """Return the leave under which documents may be added now, or None."""
    return ledger.one("supplement_awaited", file_code=code)


def numbers(ledger: Ledger, code: str) -> tuple[int, ...]:
    """Return the numbers of every document that a dossier has, or had in a scan nobody gave up, in any line."""
    return tuple(row["ordinal"] for row in ledger.all("ordinals_of_code", file_code=code))


def begin(ledger: Ledger, code: str, dossier: str) -> bool:
    """Let a new revision be an addition where a person said so; say whether it is."""
    row = given(ledger, code)
    if row is None:
        return False
    ledger.put("dossier", dossier, line=dossier)
    ledger.put("supplement", row["id"], dossier=dossier)
    ledger.note("dossier.supplement", dossier, who=row["who"])
    return True


def clash(ledger: Ledger, new: Row, ordinals: Iterable[int]) -> int:
    """Return a number of a new scan that a document of another line of its dossier has, 0 where none has."""
    wanted = set(ordinals)
    for row in again.newest_of_lines(ledger, new["file_code"]):
        if row["line"] != new["line"]:
            taken = {one["ordinal"] for one in ledger.all("documents_of_dossier", dossier=row["id"])}
            if taken & wanted:
                return int(min(taken & wanted))
    return 0


def leave_of(ledger: Ledger, row: Row) -> dict[str, str]:
    """Return by whose word a revision is an addition, for its package; empty where it is none."""
    found = ledger.one("supplement_of", dossier=row["line"]) if row["line"] else None
    return {name: found[name] for name in ("who", "reason", "at")} if found is not None else {}


def _now() -> str:
    return clock.iso(clock.now(), "milliseconds")
