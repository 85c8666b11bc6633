"""Where panels change their colour: at the limits of the alerts, and nowhere else."""

from __future__ import annotations

from appliance.monitoring.alert import INFO, PAGE, TICKET, Alert
from appliance.monitoring.catalogue import ALERTS
from appliance.monitoring.dashboards.panel import GREEN, ORANGE, RED, YELLOW, Step

COLOURS = {PAGE: RED, TICKET: ORANGE, INFO: YELLOW}
"""Red is what wakes somebody up."""


def at(*names: str) -> tuple[Step, ...]:
    """Return green and the colours of these alerts from their limits on; all fire above, or all below.

    Raises:
        KeyError: there is no such alert.
        ValueError: an alert has no single limit, or some fire above and others below.
    """
    found = sorted(((_start(ALERTS[name]), ALERTS[name]) for name in names), key=lambda pair: pair[0])
    sides = {alert.limit.below for _, alert in found if alert.limit}
    if len(sides) != 1:
        raise ValueError(names)
    if sides == {False}:
        return Step(GREEN, 0), *(Step(COLOURS[one.severity], start, one.name) for start, one in found)
    colours = [*(COLOURS[one.severity] for _, one in found), GREEN]
    return Step(colours[0], 0), *(
        Step(colour, start, one.name) for colour, (start, one) in zip(colours[1:], found, strict=True))


def _start(alert: Alert) -> float:
    """Return from which value on Grafana shows a colour: more than none of a thing is one."""
    if alert.limit is None:
        raise ValueError(alert.name)
    whole = alert.limit.unit == "short" and alert.limit.value == 0 and not alert.limit.below
    return 1.0 if whole else alert.limit.value
