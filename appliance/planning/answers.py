"""What commands are told of plan, days and lots, as plain values: by a daemon, or from its ledger."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from appliance.core.plan import Plan
from appliance.planning import period, progress, survey, tally, watch
from appliance.planning.survey import Found
from appliance.spool import lots
from appliance.spool.ledger import Ledger, Row

LOT = ("id", "state", "since", "until", "rule", "allowed", "seed", "dossiers", "documents", "pages", "who", "made",
       "decided", "decided_by", "remark")
SAMPLE = ("place", "document", "file_code", "ordinal", "pages", "result", "fault", "who", "at")


def of_plan(found: Found, settings: Plan, today: date) -> dict[str, Any]:
    """Return the plan and how it stands on a day; dates as ``2026-12-31``, empty where there is none."""
    week = watch.week_of(settings)
    speed = progress.rate(found.done.by_day, today, week)
    standings = progress.standings(found.plan, found.done, speed, today, week)
    return {
        "rate": speed, "today": str(today),
        "dossiers": found.done.dossiers.total(), "sheets": found.done.sheets.total(),
        "high_use": {"planned": progress.planned_high_use(found.plan, found.high_use_listed),
                     "digitised": found.done.high_use},
        "phases": [{
            "phase": one.phase.name, "dossiers": one.phase.dossiers, "sheets": one.phase.sheets,
            "deadline": one.phase.deadline, "registers": list(one.phase.registers), "done_dossiers": one.dossiers,
            "done_sheets": one.sheets, "overdue": one.overdue, "completion": str(one.completion or ""),
        } for one in standings],
    }


def plan(ledger: Ledger, settings: Plan, today: date, until: date | None = None) -> dict[str, Any]:
    """Return ``of_plan`` of a ledger that nobody else works with, as it stood when ``until`` began."""
    return of_plan(survey.at_once(ledger, until), settings, today)


def day(ledger: Ledger, one: date) -> dict[str, Any]:
    """Return the figures of a day by stream (tally.py)."""
    return tally.plain(tally.of_day(ledger, period.span(one)))


def all_lots(ledger: Ledger) -> dict[str, Any]:
    """Return every lot, the newest first."""
    return {"lots": [_lot(ledger, row) for row in ledger.all("lots")]}


def lot(ledger: Ledger, number: int) -> dict[str, Any]:
    """Return a lot with its sample and the lots before it. Raises LOT_UNKNOWN."""
    found = _lot(ledger, lots.lot(ledger, number))
    return {**found, "sample": [_picked(row, SAMPLE) for row in lots.sample(ledger, number)],
            "before": [_picked(row, ("id", "state")) for row in lots.before(ledger, number)]}


def _lot(ledger: Ledger, row: Row) -> dict[str, Any]:
    results = [one["result"] for one in lots.sample(ledger, row["id"])]
    return {**_picked(row, LOT), "drawn": len(results), "good": results.count(lots.GOOD),
            "faulty": results.count(lots.FAULTY)}


def _picked(row: Row, names: tuple[str, ...]) -> Mapping[str, Any]:
    return {name: row[name] for name in names}
