"""How the audit chain stands, and what it says of the daemon's last start."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from appliance.core import errors
from appliance.core.errors import ApplianceError
from appliance.spool.chain import Report
from appliance.spool.ledger import Ledger

HASH_SHOWN = 16

RESTORED = (errors.AUDIT_CUT_OFF.code, errors.AUDIT_REWRITTEN.code)
"""Codes of a ledger that is another than the one that was noted, whole in itself."""


@dataclass(frozen=True, slots=True)
class AuditReading:
    """How the chain stands, for metrics; ``good`` is what the last verification found."""

    seq: int = 0
    head: str = ""
    good: bool = True
    verified: float = 0.0
    rows: int = 0
    segments: int = 0


@dataclass(frozen=True, slots=True)
class LastStart:
    """What the chain says of a start: release, hash of the settings, whether a break found since then stands."""

    version: str
    settings: str
    broken: bool = False


def stands(ledger: Ledger, good: bool, verified: float) -> AuditReading:
    """Return how the chain stands; ``good`` and ``verified`` (Unix time) are of its last verification."""
    seq, head = ledger.head()
    oldest, last = ledger.one("oldest_audit"), ledger.one("last_segment")
    rows = seq - oldest["seq"] + 1 if oldest is not None else 0
    return AuditReading(seq, head, good, verified, rows, last["number"] if last is not None else 0)


def last_start(ledger: Ledger) -> LastStart:
    """Return what the chain says of the last start, as far as the ledger itself goes back."""
    started, broken, good = (ledger.one("last_of_kind", what=what)
                             for what in ("service.started", "audit.broken", "audit.verified"))
    said = json.loads(started["detail"]) if started is not None else {}
    still = broken is not None and (good is None or good["seq"] < broken["seq"])
    return LastStart(said.get("version", ""), said.get("settings", ""), still)


def first_lost(ledger: Ledger, problem: ApplianceError) -> int:
    """Return the first row that a restored ledger lacks, however many came since the break was met first."""
    found = [(problem.code, int(problem.details["row"]))]
    met = ledger.one("first_broken")
    if met is not None:
        found.append((json.loads(met["detail"])["code"], int(met["subject"])))
    return min(row + (code == errors.AUDIT_CUT_OFF.code) for code, row in found if code in RESTORED)


def digest(path: Path) -> str:
    """Return the first digits of the SHA-256 of the settings file; empty when it cannot be read."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()[:HASH_SHOWN]
    except OSError:
        return ""


def plain(report: Report) -> dict[str, Any]:
    """Return a report as plain values."""
    return {"length": report.head.seq, "head": report.head.hash, "rows": report.rows, "segments": report.segments,
            "witnesses": report.witnesses, "lost": [list(one) for one in report.lost]}
