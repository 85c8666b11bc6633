"""Each run of the synthetic page, in the office's ledger; what it went through lies in a ledger of its own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from appliance.core import clock
from appliance.core.heartbeat import STAGES, TOTAL
from appliance.spool import authorisations
from appliance.spool.ledger import Ledger, Row

KEPT = 1000
"""Runs that stay in the ledger: two years and more of one a day."""

LOOKED_BACK = 60
"""Runs that are looked through for when a stage was last passed."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run ended.

    Attributes:
        stages: seconds by stage, of those that it passed.
        code: why it did not arrive, empty: it did; ``details`` fill the text of that error.
        receipt: the archive's receipt, as it came; package: SHA-256 of what it is for.
    """

    stages: Mapping[str, float] = field(default_factory=dict)
    code: str = ""
    details: Mapping[str, str] = field(default_factory=dict)
    receipt: str = ""
    package: str = ""


@dataclass(frozen=True, slots=True)
class KeyUse:
    """What the audit chain says before the agency's key signs the page; ``number`` is that of the authorisation."""

    unsigned_sha256: str
    key: str
    leave: str
    number: int
    job: str


@dataclass(frozen=True, slots=True)
class History:
    """What is known of the runs so far.

    Attributes:
        last: the newest run that has ended, or None.
        started: when the newest run began, Unix time; 0: there was none.
        passed: when each stage was last passed, Unix time; ``total``: when a receipt last came.
        taken: seconds that it took then.
        failures: how many runs in a row did not arrive, the newest among them.
    """

    last: Row | None = None
    started: float = 0.0
    passed: Mapping[str, float] = field(default_factory=dict)
    taken: Mapping[str, float] = field(default_factory=dict)
    failures: int = 0


def begin(ledger: Ledger, run: str, file_code: str, by: str) -> None:
    """Write down that a synthetic page sets out, before anything is made of it."""
    with ledger.transaction():
        ledger.act("add_heartbeat", id=run, file_code=file_code, wished_by=by, started=_now())
        ledger.note("heartbeat.started", run, who=by, file_code=file_code)
        ledger.act("forget_heartbeats", kept=KEPT)


def signing(ledger: Ledger, run: str, use: KeyUse) -> None:
    """Write down that the agency's key is about to sign; no use of it is outside the office's chain.

    Raises:
        ApplianceError: AUTHORISATION_MISSING when the leave has ended meanwhile.
    """
    with ledger.transaction():
        if use.number:
            authorisations.refuse_over(ledger, use.number, use.job, use.key)
        ledger.note("heartbeat.signing", run, unsigned_sha256=use.unsigned_sha256, key=use.key, leave=use.leave)


def end(ledger: Ledger, run: str, how: Ended) -> None:
    """Write down how a run ended; it ends once."""
    with ledger.transaction():
        ledger.act("end_heartbeat", id=run, ended=_now(), code=how.code, receipt=how.receipt,
                   details=json.dumps(dict(how.details), ensure_ascii=False), stages=json.dumps(dict(how.stages)))
        ledger.note("heartbeat.ended", run, code=how.code, cause=how.details.get("cause", ""), package=how.package)


def cut(ledger: Ledger, code: str) -> int:
    """End the runs that a stop of the service left open; return how many."""
    left = ledger.all("heartbeats_open")
    for row in left:
        end(ledger, row["id"], Ended(code=code))
    return len(left)


def history(ledger: Ledger) -> History:
    """Return what is known of the runs so far."""
    rows, newest = ledger.all("heartbeats_ended", limit=LOOKED_BACK), ledger.one("heartbeat_last")
    passed: dict[str, float] = {}
    taken: dict[str, float] = {}
    for row in rows:
        stages = json.loads(row["stages"])
        for stage, at in _moments(row["started"], stages):
            if stage not in passed:
                passed[stage], taken[stage] = at, stages[stage]
        if not row["code"] and TOTAL not in passed:
            passed[TOTAL], taken[TOTAL] = _unix(row["ended"]), sum(stages.values())
    failures = next((at for at, row in enumerate(rows) if not row["code"]), len(rows))
    return History(rows[0] if rows else None, _unix(newest["started"]) if newest else 0.0, passed, taken, failures)


def lend(ledger: Ledger, granted: list[dict[str, object]]) -> None:
    """Bring the authorisations of the office's ledger into this one; what is over there is over here."""
    with ledger.transaction():
        alive = {row["id"] for row in granted}
        for row in granted:
            ledger.act("lend_authorisation", **row)
        for old in ledger.all("authorisations_alive"):
            if old["id"] not in alive:
                ledger.act("end_authorisation", id=old["id"], ended=_now(), who="", why=authorisations.REVOKED,
                           remark="")


def granted(ledger: Ledger) -> list[dict[str, object]]:
    """Return the authorisations that nobody has ended, as ``lend`` takes them."""
    return [dict(row) for row in ledger.all("authorisations_alive")]


def _moments(started: str, stages: Mapping[str, float]) -> list[tuple[str, float]]:
    at, found = _unix(started), []
    for stage in (one for one in STAGES if one in stages):
        at += stages[stage]
        found.append((stage, at))
    return found


def _unix(text: str) -> float:
    return clock.parse(text).timestamp()


def _now() -> str:
    return clock.iso(clock.now(), "milliseconds")
