"""What an alert is: one name, one code, one expression, one limit, and the cases that prove it."""

from __future__ import annotations

import re
from dataclasses import dataclass

PAGE, TICKET, INFO = "page", "ticket", "info"
"""Somebody acts at once, at night too; somebody acts within the working day; it is looked at now and then."""

OFFICE = 'office="0701",province="79",level="district",ring="2",host="h0701",instance="h0701:8460",job="appliance"'
"""Labels of every series of an office at the centre, as cases have them."""

ARCHIVE = 'instance="archive:8470",job="archive"'
"""Labels of every series of an archive."""

LABEL = re.compile(r'(\w+)="([^"]*)"')


@dataclass(frozen=True, slots=True)
class Limit:
    """The number at which an alert fires; dashboards draw the same.

    Attributes:
        value: the number, in ``unit``.
        unit: of the value, as Grafana names it: s, bytes, percentunit, short.
        below: whether the alert fires below it, not above.
        age: whether it is a time that things may wait, which shrinks where all durations are scaled.
    """

    value: float
    unit: str = "short"
    below: bool = False
    age: bool = False


@dataclass(frozen=True, slots=True)
class Case:
    """What Prometheus has been fed when a rule is looked at.

    Attributes:
        feeds: series and their values, in the notation of promtool, one value each ``step``; ``OFFICE`` and
            ``ARCHIVE`` among the labels stand for theirs.
        at: when the rule is looked at, as ``30m`` since the first value: Thursday 1970-01-01, 07:00 +07:00.
        keeps: labels of the alert that fires beside its own; None: those of the first series.
        step: time between two values, and between two looks at the rules.
    """

    feeds: tuple[tuple[str, str], ...]
    at: str
    keeps: str | None = None
    step: str = "1m"


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert.

    Attributes:
        name: its name; the runbook is ``docs/runbooks/<name>.md``.
        code: what the operator reads of the same trouble, or one of the letter M.
        group: the file of rules that it stands in, and the part of docs/alerts.md.
        severity: PAGE, TICKET or INFO.
        expr: PromQL; ``<5m>`` is a duration, ``<5m.s>`` the same in seconds, ``<limit>`` the limit.
        hold: how long it must be true.
        vi: summary in Vietnamese, with the templates of Prometheus.
        en: summary in English.
        limit: the number at which it fires, where it is one number.
        own_code: whether the series itself bears the code; ``code`` is then the usual one.
        silences: alerts that say nothing new while this one fires, and by which labels they are the same.
        fires: cases in which it fires.
        quiet: cases in which it does not.
    """

    name: str
    code: str
    group: str
    severity: str
    expr: str
    vi: str
    en: str
    fires: tuple[Case, ...]
    quiet: tuple[Case, ...]
    hold: str = "0s"
    limit: Limit | None = None
    own_code: bool = False
    silences: tuple[tuple[str, str], ...] = ()

    def labels(self) -> dict[str, str]:
        """Return the labels that the rule itself gives."""
        own = {} if self.own_code else {"code": self.code}
        return {"severity": self.severity, "group": self.group, **own}


def case(series: str, values: str, at: str, *more: tuple[str, str], keeps: str | None = None,
         step: str = "1m") -> Case:
    """Return a case of one series, or of several."""
    return Case(((series, values), *more), at, keeps, step)


def filled(labels: str) -> str:
    """Put the labels of an office or an archive in their places."""
    return labels.replace("OFFICE", OFFICE).replace("ARCHIVE", ARCHIVE)


def labels_of(text: str) -> dict[str, str]:
    """Return the labels of a series."""
    return dict(LABEL.findall(filled(text)))
