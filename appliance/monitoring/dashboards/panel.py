"""A panel: what it asks Prometheus, in which unit it answers, where it turns yellow and red."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

GREEN, YELLOW, ORANGE, RED, BLUE = "green", "yellow", "orange", "red", "blue"

BY_KEY = -1
"""A table that is sorted by its first label."""


class Kind(StrEnum):
    """Grafana's names of its panels."""

    STAT = "stat"
    CHART = "timeseries"
    TABLE = "table"
    BARS = "bargauge"
    STATES = "state-timeline"
    HEAT = "heatmap"


@dataclass(frozen=True, slots=True)
class Step:
    """From this value on a panel has this colour; ``alert``: whose limit it is."""

    colour: str
    start: float
    alert: str = ""


@dataclass(frozen=True, slots=True)
class Query:
    """One question to Prometheus.

    Attributes:
        expr: PromQL, with the variables of its board.
        legend: how a series is called; in a table the title of the column.
        unit: of this answer, where it is not the panel's.
        steps: colours of this column, where they are not the panel's.
    """

    expr: str
    legend: str = ""
    unit: str = ""
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Panel:
    """One panel.

    Attributes:
        kind: how it is drawn.
        vi: title, Vietnamese.
        en: title in English and what is seen there, with the names of the alerts on the same number; shown when a
            person points at the corner.
        unit: as Grafana names it.
        queries: what is asked.
        size: width of 24 columns, and height.
        steps: colours by value; the first holds from minus infinity.
        opens: uid of the board that a row or a value opens.
        keys: labels that are columns of a table, in their order.
        worst: index of the query by which a table is sorted, BY_KEY: by its first label.
        worst_low: whether the smallest value is the worst.
        names: words in place of values, with their colours.
    """

    kind: Kind
    vi: str
    en: str
    unit: str
    queries: tuple[Query, ...]
    size: tuple[int, int] = (6, 4)
    steps: tuple[Step, ...] = ()
    opens: str = ""
    keys: tuple[str, ...] = ()
    worst: int = 0
    worst_low: bool = False
    names: tuple[tuple[float, str, str], ...] = ()

    def sized(self, width: int, height: int) -> Panel:
        """Return the panel in another size."""
        return replace(self, size=(width, height))


def stat(vi: str, en: str, unit: str, expr: str, steps: tuple[Step, ...] = ()) -> Panel:
    """Return one number."""
    return Panel(Kind.STAT, vi, en, unit, (Query(expr),), (4, 4), steps)


def chart(vi: str, en: str, unit: str, *queries: tuple[str, str], steps: tuple[Step, ...] = ()) -> Panel:
    """Return lines over time; each query is an expression and its legend."""
    return Panel(Kind.CHART, vi, en, unit, tuple(Query(*one) for one in queries), (12, 8), steps)


def bars(vi: str, en: str, unit: str, query: tuple[str, str], steps: tuple[Step, ...] = ()) -> Panel:
    """Return one bar for each series of a query."""
    return Panel(Kind.BARS, vi, en, unit, (Query(*query),), (8, 8), steps)


GOOD = (Step(RED, 0), Step(GREEN, 1))
"""Of a value that is 1 when all is well."""

BAD = (Step(GREEN, 0), Step(RED, 1))
"""Of a number of things that should not be there."""

TO_DO = (Step(GREEN, 0), Step(ORANGE, 1))
"""Of a number of things that are mended within the working day: each is a ticket."""

ODD = (Step(GREEN, 0), Step(YELLOW, 1))
"""Of a number of things that somebody should look at."""
