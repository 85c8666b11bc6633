"""By whose leave the agency's key signs: authorisations of a leader, named, dated, revocable, never altered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from appliance.core import clock, errors
from appliance.spool.ledger import Ledger, Row

ALL = "*"
"""Stands for every job whose signature is the agency's, those of later settings too."""

REVOKED, EXPIRED = "revoked", "expired"
IN_FORCE, NOT_YET, OTHER_KEY, KEY_AWAY = "in_force", "not_yet", "other_key", "key_away"
SHOWN = ("id", "at", "leader", "leader_name", "keeper", "key", "subject", "jobs", "since", "until", "reason",
         "ended", "ended_by", "why", "remark")


@dataclass(frozen=True, slots=True)
class Grant:
    """What a leader lets be signed.

    Attributes:
        leader: staff code; leader_name: the name with it at that time.
        keeper: name of the clerical officer (văn thư) who keeps the key.
        key: SHA-256 of the certificate, lowercase hex; subject: whom it names, empty where it was not there.
        jobs: names of jobs with a blank between them, or ``ALL``.
        since: ISO 8601 in Vietnamese time, whole seconds; until likewise, not counted any more.
    """

    leader: str
    leader_name: str
    keeper: str
    key: str
    subject: str
    jobs: str
    since: str
    until: str
    reason: str = ""


def grant(ledger: Ledger, new: Grant) -> int:
    """Write an authorisation down; return its number."""
    with ledger.transaction():
        number = ledger.act("add_authorisation", at=_now(), **asdict(new))
        said = {name: text for name, text in asdict(new).items() if name not in ("leader", "leader_name")}
        ledger.note("authorisation.granted", str(number), who=new.leader, **said)
    return number


def revoke(ledger: Ledger, number: int, leader: str, remark: str = "") -> bool:
    """End an authorisation; the next use of the key finds none. False when it had been revoked before.

    Raises:
        ApplianceError: AUTHORISATION_REFUSED when there is no such one, or it has expired.
    """
    with ledger.transaction():
        row = ledger.one("authorisation", id=number)
        if row is None:
            raise errors.AUTHORISATION_REFUSED.error(reason=errors.both(
                f"không có ủy quyền số {number}", f"there is no number {number}"))
        if row["why"] == EXPIRED:
            raise errors.AUTHORISATION_REFUSED.error(reason=errors.both(
                f"ủy quyền số {number} đã hết hạn", f"number {number} has expired"))
        if row["ended"]:
            return False
        ledger.act("end_authorisation", id=number, ended=_now(), who=leader, why=REVOKED, remark=remark)
        ledger.note("authorisation.revoked", str(number), who=leader, remark=remark)
    return True


def expire(ledger: Ledger) -> int:
    """Write down which authorisations are over, for good: a clock that is set back brings none to life again."""
    now = _now()
    over = [row for row in ledger.all("authorisations_alive") if row["until"] <= now]
    for row in over:
        with ledger.transaction():
            ledger.act("end_authorisation", id=row["id"], ended=now, who="", why=EXPIRED, remark="")
            ledger.note("authorisation.expired", str(row["id"]), until=row["until"])
    return len(over)


def in_force(ledger: Ledger, key: str, job: str) -> Row | None:
    """Return the authorisation by which a key may sign for a job now, the one that lasts longest; or None."""
    return next((row for row in ledger.all("authorisations_alive") if covers(row, job) and _standing(row, key) ==
                 IN_FORCE), None)


def refuse_over(ledger: Ledger, number: int, job: str, key: str) -> None:
    """Refuse to use a key by an authorisation that is over, or is for another key; in the intent's transaction.

    Raises:
        ApplianceError: AUTHORISATION_MISSING.
    """
    row = ledger.one("authorisation", id=number)
    if row is None or _standing(row, key) != IN_FORCE:
        raise errors.AUTHORISATION_MISSING.error(job=job)


def covers(row: Mapping[str, Any] | Row, job: str) -> bool:
    """Say whether an authorisation is for a job."""
    return row["jobs"] == ALL or job in row["jobs"].split()


def last_key(ledger: Ledger) -> str:
    """Return the fingerprint of the office's key that was there last, as far as the ledger knows; or empty."""
    row = ledger.one("last_office_key")
    return str(row["key"]) if row is not None else ""


def listed(ledger: Ledger, key: str, *, ready: bool = True) -> list[dict[str, Any]]:
    """Return authorisations as plain values, each with how it stands for a key.

    ``ready``: whether the key is there; ``key`` is else the one that was there last, empty where nobody knows.
    """
    key = key or last_key(ledger)
    found = [{**{name: row[name] for name in SHOWN}, "standing": _standing(row, key)}
             for row in ledger.all("authorisations")]
    for one in found:
        if one["standing"] == IN_FORCE and not ready:
            one["standing"] = KEY_AWAY
    return found


def _standing(row: Row, key: str) -> str:
    """Return how an authorisation stands for a key now."""
    now = _now()
    if row["ended"] or row["until"] <= now:
        return str(row["why"]) or EXPIRED
    if row["since"] > now:
        return NOT_YET
    return IN_FORCE if row["key"] == key else OTHER_KEY


def _now() -> str:
    return clock.iso(clock.now())
