"""The look for harmful code, as the ledger knows it: which packages wait for it and what it brought."""

from __future__ import annotations

from appliance.core import clock, errors
from appliance.core.jobs import Screened
from appliance.core.states import DELIVERY, DeliveryState
from appliance.spool.ledger import Ledger, Row


def due(ledger: Ledger, again: str, urgent: str) -> list[Row]:
    """Return the packages to look at, those with ``urgent`` rule profiles (a JSON list) first.

    ``again``: a finding from before is looked at once more.
    """
    return ledger.all("deliveries_to_screen", found=errors.HARMFUL_CODE.code, again=again, urgent=urgent)


def passed(ledger: Ledger, package: str, done: Screened) -> None:
    """Let a package in which nothing was found be sent.

    Raises:
        ApplianceError: STATE_CONFLICT when it was withdrawn meanwhile.
    """
    with ledger.transaction():
        row = ledger.one("delivery", package=package)
        assert row is not None
        ledger.move(DELIVERY, package, DeliveryState(row["state"]), DeliveryState.QUEUED, screened=_now(),
                    screened_by=done.by, code="", reason="")
        ledger.note("delivery.screened", package, by=done.by)


def refused(ledger: Ledger, package: str, code: str, reason: str, by: str = "") -> bool:
    """Hold a package that was not looked at or in which something was found; return whether that is new.

    One that was withdrawn meanwhile stays that.
    """
    with ledger.transaction():
        row = ledger.one("delivery", package=package)
        if row is None or row["state"] not in (DeliveryState.SCREENING, DeliveryState.SCAN_HOOK_FAILED):
            return False
        new = (row["code"], row["reason"]) != (code, reason)
        ledger.put("delivery", package, screened=_now(), screened_by=by, code=code, reason=reason)
        if row["state"] == DeliveryState.SCREENING:
            ledger.move(DELIVERY, package, DeliveryState.SCREENING, DeliveryState.SCAN_HOOK_FAILED, code=code)
        elif new:
            ledger.note("delivery.scan_hook_failed", package, code=code)
    return new


def _now() -> str:
    return clock.iso(clock.now(), "milliseconds")
