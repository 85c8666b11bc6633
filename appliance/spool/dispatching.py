"""The care of deliveries in the ledger: what is set aside, sent again by a person, waits, and how fast it grows."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from appliance.core import clock, errors, rules
from appliance.core.states import DeliveryState
from appliance.spool.ledger import Ledger, Row

ONESTOP = "onestop"
MEASURED_DAYS = 30
"""Over so many days back the growth is measured."""

SHOWN = ("package", "file_code", "state", "code", "reason", "size", "sent_bytes", "queued", "aside", "urgent")


def waited_for() -> frozenset[str]:
    """Return the rule profiles for whose dossiers somebody waits at a counter."""
    return frozenset(name for name in rules.known() if rules.load(name).stream == ONESTOP)


def urgent() -> str:
    """Return these profiles as a list in JSON."""
    return json.dumps(sorted(waited_for()))


def yesterday() -> str:
    """Return the moment before which something set aside has its daily try."""
    return clock.iso(clock.now() - timedelta(days=1), "milliseconds")


def set_aside(ledger: Ledger, package: str, code: str, reason: str) -> None:
    """Let a delivery wait for a person; others go on."""
    with ledger.transaction():
        ledger.put("delivery", package, code=code, reason=reason, aside=clock.iso(clock.now(), "milliseconds"))
        ledger.note("delivery.set_aside", package, code=code)


def again(ledger: Ledger, package: str, who: str) -> list[str]:
    """Let one delivery, or all that are set aside where none is named, be sent again; return which.

    Where none is named, those that could not be looked at for harmful code are looked at again too.

    Raises:
        ApplianceError: DELIVERY_UNKNOWN when the one that is named does not wait.
    """
    waiting = ledger.all("deliveries_waiting", urgent="[]")
    chosen = [row["package"] for row in waiting if row["package"] == package or (not package and _stuck(row))]
    if package and not chosen:
        raise errors.DELIVERY_UNKNOWN.error(name=package[:100])
    with ledger.transaction():
        for name in chosen:
            ledger.put("delivery", name, code="", reason="", aside="")
            ledger.note("delivery.again", name, who)
    return chosen


def _stuck(row: Row) -> bool:
    return bool(row["aside"]) or row["state"] == DeliveryState.SCAN_HOOK_FAILED


def waiting(ledger: Ledger, profiles: str) -> list[dict[str, Any]]:
    """Return every delivery without an answer."""
    return [{name: row[name] for name in SHOWN} for row in ledger.all("deliveries_waiting", urgent=profiles)]


def growth(ledger: Ledger) -> float:
    """Return the bytes packed on a busy day: the mean of the busier half of the days with packages; 0: unknown.

    Today counts only while there is no whole day to go by.
    """
    since = clock.iso(clock.now() - timedelta(days=MEASURED_DAYS))[:10]
    sizes = {row["day"]: float(row["size"]) for row in ledger.all("packed_by_day", since=since)}
    whole = [size for day, size in sizes.items() if day != clock.today()] or list(sizes.values())
    busy = sorted(whole, reverse=True)[:(len(whole) + 1) // 2]
    return sum(busy) / len(busy) if busy else 0.0
