"""Alertmanager: who is told of what, what is said once instead of often, and when nobody is disturbed.

A page goes to the national duty and to its province, always. A ticket goes to its province in working hours; what
still holds when they begin is told then. What has no province is for the national duty. ``info`` is only drawn.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from appliance.monitoring.catalogue import ALERTS
from appliance.monitoring.place import Place, Told

NATIONAL, WATCHDOG, NOBODY = "national", "watchdog", "nobody"
HOURS, HOLIDAYS = "working-hours", "holidays"

Silence = tuple[str, str, str]
"""Name of an alert, name of the one it silences, the labels by which they are the same (with commas)."""

SAME_TROUBLE = ("code", "province", "office", "stream", "device", "purpose")
"""A page silences a ticket of the same code about the same thing in the same office: one scanner, one certificate.

What neither of them names is the same: without an office, both are the nation's."""


def silences() -> list[Silence]:
    """Return what the table of alerts says of who silences whom."""
    return [(alert.name, *one) for alert in ALERTS.values() for one in alert.silences]


def alertmanager(place: Place, provinces: Sequence[str], silences: Iterable[Silence]) -> dict[str, Any]:
    """Return Alertmanager's settings for these provinces."""
    told = place.told
    named = {province: f"province-{province}" for province in provinces}
    return {
        **_mail(told),
        "route": {
            "receiver": NATIONAL, "group_by": ["alertname", "province"], "group_wait": f"{told.wait}s",
            "group_interval": f"{told.gather}s", "repeat_interval": f"{told.repeat}s",
            "routes": [
                {"receiver": WATCHDOG, "matchers": ['alertname="Watchdog"'], "group_wait": "0s",
                 "group_interval": f"{told.watchdog}s", "repeat_interval": f"{told.watchdog}s"},
                {"receiver": NOBODY, "matchers": ['severity="info"']},
                {"receiver": NATIONAL, "matchers": ['severity="page"'], "continue": True},
                *(_province(place, province, name) for province, name in named.items()),
                # a province that the list does not know: the page was told, the ticket shall not be lost
                {"receiver": NATIONAL, "matchers": ['severity="ticket"'], **_quiet(place)},
            ],
        },
        "inhibit_rules": [_page_over_ticket(), *(_inhibition(one) for one in silences)],
        "time_intervals": _intervals(place),
        "receivers": [{"name": NOBODY}, *(_receiver(told, name) for name in (NATIONAL, WATCHDOG, *named.values()))],
    }


def _province(place: Place, province: str, name: str) -> dict[str, Any]:
    ticket = {"receiver": name, "matchers": ['severity="ticket"'], **_quiet(place)}
    return {"receiver": name, "matchers": [f'province="{province}"'], "routes": [ticket]}


def _quiet(place: Place) -> dict[str, list[str]]:
    free = {"mute_time_intervals": [HOLIDAYS]} if place.holidays else {}
    return {"active_time_intervals": [HOURS], **free}


def _intervals(place: Place) -> list[dict[str, Any]]:
    told = place.told
    start, end = told.hours.split("-")
    working = {"times": [{"start_time": start, "end_time": end}], "weekdays": [told.days], "location": told.zone}
    found: list[dict[str, Any]] = [{"name": HOURS, "time_intervals": [working]}]
    if place.holidays:
        found.append({"name": HOLIDAYS, "time_intervals": [_day(day, told.zone) for day in place.holidays]})
    return found


def _day(day: str, zone: str) -> dict[str, Any]:
    year, month, number = day.split("-")
    return {"years": [year], "months": [str(int(month))], "days_of_month": [str(int(number))], "location": zone}


def _page_over_ticket() -> dict[str, Any]:
    return {"source_matchers": ['severity="page"'], "target_matchers": ['severity="ticket"'],
            "equal": list(SAME_TROUBLE)}


def _inhibition(silence: Silence) -> dict[str, Any]:
    source, target, labels = silence
    return {"source_matchers": [f'alertname="{source}"'], "target_matchers": [f'alertname="{target}"'],
            "equal": [one.strip() for one in labels.split(",") if one.strip()]}


def _receiver(told: Told, who: str) -> dict[str, Any]:
    found: dict[str, Any] = {"name": who}
    if told.webhook:
        found["webhook_configs"] = [{"url": told.webhook.replace("{who}", who), "send_resolved": True}]
    if told.email and who != WATCHDOG:
        found["email_configs"] = [{"to": told.email.replace("{who}", who), "send_resolved": True}]
    return found


def _mail(told: Told) -> dict[str, Any]:
    if not told.email:
        return {}
    return {"global": {"smtp_from": told.sender, "smtp_smarthost": told.smarthost}}
