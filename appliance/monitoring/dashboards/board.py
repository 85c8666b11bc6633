"""A board: rows of panels, the variables they are asked with, and the boards it leads to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from appliance.monitoring.dashboards.drawing import drawn
from appliance.monitoring.dashboards.panel import Panel

WIDTH = 24
SCHEMA = 39
"""Of Grafana 10.4 and later, which migrate it upwards by themselves."""

SOURCE = {"type": "prometheus", "uid": "${datasource}"}


@dataclass(frozen=True, slots=True)
class Variable:
    """A choice at the head of a board: a label's values, chosen out of what Prometheus has."""

    name: str
    vi: str
    values: str
    many: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """Panels below one heading, laid from left to right."""

    vi: str
    panels: tuple[Panel, ...]


@dataclass(frozen=True, slots=True)
class Board:
    """One dashboard.

    Attributes:
        uid: its address; the file's name too.
        vi: title, Vietnamese, with the English one behind a stroke.
        en: what it is for, in English.
        rows: its panels.
        variables: choices, the widest first.
        leads: uids of boards that a link at the head opens, with its choices and its time.
        since: how far back it shows.
    """

    uid: str
    vi: str
    en: str
    rows: tuple[Row, ...]
    variables: tuple[Variable, ...] = ()
    leads: tuple[tuple[str, str], ...] = ()
    since: str = "now-24h"

    def panels(self) -> Iterator[Panel]:
        """Yield every panel."""
        for row in self.rows:
            yield from row.panels


def as_json(board: Board) -> dict[str, Any]:
    """Return a board as Grafana reads it."""
    return {
        "uid": board.uid, "title": board.vi, "description": board.en, "tags": ["appliance"],
        "schemaVersion": SCHEMA, "version": 1, "editable": True, "graphTooltip": 1, "refresh": "1m",
        "timezone": "browser", "weekStart": "monday", "fiscalYearStartMonth": 0,
        "time": {"from": board.since, "to": "now"},
        "templating": {"list": [_source(), *(_variable(one) for one in board.variables)]},
        "links": [_lead(uid, title, board) for uid, title in board.leads],
        "annotations": {"list": [_alerts(board)]}, "panels": list(_laid(board)),
    }


def _laid(board: Board) -> Iterator[dict[str, Any]]:
    """Yield rows and panels with their numbers and places."""
    number, top = 1, 0
    for row in board.rows:
        yield {"id": number, "type": "row", "title": row.vi, "collapsed": False, "panels": [],
               "gridPos": _place(0, top, (WIDTH, 1))}
        number, top, left, deep = number + 1, top + 1, 0, 0
        for panel in row.panels:
            if left + panel.size[0] > WIDTH:
                top, left, deep = top + deep, 0, 0
            yield {"id": number, "gridPos": _place(left, top, panel.size), "datasource": SOURCE, **drawn(panel)}
            number, left, deep = number + 1, left + panel.size[0], max(deep, panel.size[1])
        top += deep


def _place(left: int, top: int, size: tuple[int, int]) -> dict[str, int]:
    return {"x": left, "y": top, "w": size[0], "h": size[1]}


def _source() -> dict[str, Any]:
    return {"name": "datasource", "label": "Nguồn dữ liệu", "type": "datasource", "query": "prometheus",
            "regex": "", "multi": False, "includeAll": False, "hide": 0, "refresh": 1, "options": [],
            "current": {}, "skipUrlSync": False}


def _variable(one: Variable) -> dict[str, Any]:
    found = {"name": one.name, "label": one.vi, "type": "query", "datasource": SOURCE,
             "query": {"query": one.values, "refId": one.name}, "regex": "", "refresh": 2, "sort": 1,
             "multi": one.many, "includeAll": one.many, "hide": 0, "options": [], "skipUrlSync": False,
             "current": {}}
    return found | {"allValue": ".*", "current": {"text": "All", "value": "$__all"}} if one.many else found


def _lead(uid: str, title: str, board: Board) -> dict[str, Any]:
    chosen = "".join(f"&var-{one.name}=${{{one.name}}}" for one in board.variables)
    return {"type": "link", "title": title, "icon": "dashboard", "asDropdown": False, "targetBlank": False,
            "includeVars": False, "keepTime": True, "tags": [], "tooltip": "",
            "url": f"/d/{uid}?var-datasource=${{datasource}}{chosen}"}


def _alerts(board: Board) -> dict[str, Any]:
    """Return the marks of what fired, over all panels with a time axis."""
    where = ",".join(f'{one.name}=~"${one.name}"' for one in board.variables if one.name in {"province", "office"})
    return {"name": "Cảnh báo", "datasource": SOURCE, "enable": False, "hide": False, "iconColor": "red",
            "expr": f'ALERTS{{alertstate="firing",severity="page"{"," if where else ""}{where}}}',
            "titleFormat": "{{alertname}}", "textFormat": "{{office}} {{code}}", "step": "60s"}
