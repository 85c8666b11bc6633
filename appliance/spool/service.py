"""Whether promises are kept, and what the time went to (docs/service.md): judged once, added up for ever.

The rows are kept by triggers (migrations/0027_service.sql), in the transaction of the move that they stand for.
What is judged or has arrived is added to sums in the transaction that marks it: a kill between two of them changes
no number.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from appliance.core.service import ARCHIVE, ONESTOP, STREAMS, Service
from appliance.core.states import DossierState
from appliance.spool.ledger import Ledger, Row

BUCKETS = (30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1800.0, 3600.0, 14_400.0, 43_200.0, 86_400.0, 172_800.0,
           604_800.0)
"""Seconds from Start to receipt up to which dossiers are counted; the shipped settings' promises are among them."""

SHARES = ("machine", "person", "tsa", "network")
"""Whom a dossier waits for, at any moment one of them."""

MET, MISSED, EXCUSED = "met", "missed", "excused"
"""How a promise was judged; excused: it was no longer one when its time came."""

WAITS = ("held", "awaiting_signer", "awaiting_timestamp", "paper_to_centre", "locked")
"""States in which somebody is waited for."""

ENDLESS = "inf"
WHOLE = "seconds"


@dataclass(frozen=True, slots=True)
class Promises:
    """What is promised, and the rule profiles for whose dossiers somebody waits at a counter."""

    terms: Service
    onestop: frozenset[str]

    def stream(self, rules: str) -> str:
        """Return the stream of a dossier by its rule profile."""
        return ONESTOP if rules in self.onestop else ARCHIVE

    def begun_before(self, now: float) -> dict[str, float | str]:
        """Return before which Start each stream's promise is over, as statements take it."""
        return {"onestop": json.dumps(sorted(self.onestop)), "onestop_start": now - self.terms.seconds(ONESTOP),
                "archive_start": now - self.terms.seconds(ARCHIVE)}


@dataclass(frozen=True, slots=True)
class Served:
    """What was added up of one stream since the ledger began.

    Attributes:
        met, missed: promises judged so.
        buckets: dossiers that arrived, by the seconds of BUCKETS that they took at most; each counts once.
        beyond: those that took longer than the last of them.
        seconds: of all that arrived, by whom they waited for.
    """

    met: int = 0
    missed: int = 0
    buckets: Mapping[float, int] = field(default_factory=lambda: dict.fromkeys(BUCKETS, 0))
    beyond: int = 0
    seconds: Mapping[str, float] = field(default_factory=lambda: dict.fromkeys(SHARES, 0.0))


@dataclass(frozen=True, slots=True)
class Standing:
    """How the promises of one stream stand now.

    Attributes:
        open: dossiers that were promised and are on their way.
        late: those of them that are past their promise.
        oldest: Start of the oldest of them, of the oldest late one; Unix times, 0: there is none.
        excused: promises that ended otherwise, ever.
    """

    open: int = 0
    late: int = 0
    oldest: float = 0.0
    oldest_late: float = 0.0
    excused: int = 0


def due(ledger: Ledger, promises: Promises, now: float, limit: int) -> list[Row]:
    """Return promises to be judged, and dossiers that arrived and are not added up; ``id`` is the dossier's."""
    return ledger.all("promises_due", limit=limit, **promises.begun_before(now))


def settle(ledger: Ledger, dossier: str, promises: Promises, now: float) -> str:
    """Judge one promise if that is due, add up what it took if it arrived; return the verdict, empty: none yet."""
    with ledger.transaction():
        row = ledger.one("promise_of", dossier=dossier)
        if row is None:
            return ""
        stream = promises.stream(row["rules"])
        verdict = row["verdict"] or _verdict(row, row["started"] + promises.terms.seconds(stream), now)
        if verdict and not row["verdict"]:
            ledger.act("judge_promise", dossier=dossier, verdict=verdict)
            if verdict != EXCUSED:
                ledger.act("add_service", stream=stream, name=verdict, value=1.0)
        if row["arrived"] and not row["counted"]:
            _add_up(ledger, row, stream)
    return str(verdict)


def _verdict(row: Row, deadline: float, now: float) -> str:
    if row["arrived"] and row["arrived"] <= deadline:
        return MET
    if now < deadline and not row["arrived"]:
        return ""
    return EXCUSED if row["stands"] == DossierState.LOCKED else MISSED


def _add_up(ledger: Ledger, row: Row, stream: str) -> None:
    """Add what a dossier took to the sums; the parts are what is added up, so the whole is their sum."""
    parts = {share: row[share] for share in SHARES}
    took = sum(parts.values())
    bucket = next((f"{bound:g}" for bound in BUCKETS if took <= bound), ENDLESS)
    for name, value in {f"{WHOLE} {bucket}": 1.0, **parts}.items():
        ledger.act("add_service", stream=stream, name=name, value=value)
    ledger.act("count_promise", dossier=row["dossier"])


def served(ledger: Ledger) -> dict[str, Served]:
    """Return what was added up, by stream."""
    sums: dict[str, dict[str, float]] = {stream: {} for stream in STREAMS}
    for row in ledger.all("service_sums"):
        sums.setdefault(row["stream"], {})[row["name"]] = row["value"]
    return {stream: _served(found) for stream, found in sums.items()}


def _served(found: Mapping[str, float]) -> Served:
    """Sort sums into buckets; those of an earlier release with other bounds go to the next one that holds them."""
    buckets, beyond = dict.fromkeys(BUCKETS, 0), 0
    for name, value in found.items():
        kind, _, bound = name.partition(" ")
        if kind == WHOLE:
            up_to = next((one for one in BUCKETS if float(bound) <= one), None)
            if up_to is None:
                beyond += int(value)
            else:
                buckets[up_to] += int(value)
    return Served(int(found.get(MET, 0)), int(found.get(MISSED, 0)), buckets, beyond,
                  {share: found.get(share, 0.0) for share in SHARES})


def standing(ledger: Ledger, promises: Promises) -> dict[str, Standing]:
    """Return how the promises of each stream stand."""
    rows: dict[str, list[Row]] = {stream: [] for stream in STREAMS}
    for row in ledger.all("promises_standing"):
        rows[promises.stream(row["rules"])].append(row)
    excused = dict.fromkeys(STREAMS, 0)
    for row in ledger.all("promises_excused"):
        excused[promises.stream(row["rules"])] += row["n"]
    return {stream: _standing(found, excused[stream]) for stream, found in rows.items()}


def _standing(rows: Sequence[Row], excused: int) -> Standing:
    late = [row for row in rows if row["verdict"] == MISSED]
    return Standing(sum(row["n"] for row in rows), sum(row["n"] for row in late),
                    min((row["oldest"] for row in rows), default=0.0),
                    min((row["oldest"] for row in late), default=0.0), excused)


def waiting(ledger: Ledger) -> dict[str, tuple[int, float]]:
    """Return by state in which somebody is waited for how many things are, and since when (Unix time, 0: none)."""
    found = {row["state"]: (int(row["n"]), float(row["since"])) for row in ledger.all("waiting_counts")}
    return {state: found.get(state, (0, 0.0)) for state in WAITS}
