"""How a panel is written for Grafana: fields, colours, options of each kind."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from appliance.monitoring.catalogue import ALERTS
from appliance.monitoring.dashboards.panel import BLUE, BY_KEY, Kind, Panel, Query, Step
from appliance.monitoring.rules import RUNBOOKS

LABELS = {
    "office": "Văn phòng", "province": "Tỉnh", "device": "Máy quét", "ring": "Vòng", "version": "Phiên bản",
    "alertname": "Cảnh báo", "severity": "Mức", "code": "Mã", "state": "Trạng thái", "phase": "Giai đoạn",
    "kind": "Loại", "instance": "Máy", "place": "Nơi", "level": "Cấp", "stage": "Khâu", "part": "Linh kiện",
    "model": "Kiểu máy", "firmware": "Phần mềm máy quét", "stream": "Luồng", "host": "Máy chủ", "queue": "Hàng đợi",
    "measure": "Số đo", "side": "Mặt", "release_digest": "Mã bản phát hành", "digest": "Mã cấu hình", "name": "Tên",
    "vendor": "Hãng", "serial": "Số máy", "profile": "Hồ sơ máy", "backend": "Cách nối",
    "collector": "Bộ đo", "purpose": "Dùng để",
}
"""What a label is called at the head of a column."""

NAMED = re.compile(r"[A-Z][A-Za-z]+")
OPENED = {"appliance-province": ("province",), "appliance-office": ("province", "office"),
          "appliance-device": ("province", "office", "device"), "appliance-archive": ("instance",)}
"""The choices that a board is opened with."""

YES_OR_NO = "bool_yes_no"
"""Grafana's unit of what is 1 or 0."""


def drawn(panel: Panel) -> dict[str, Any]:
    """Return what Grafana wants to know of a panel, but for its number and place."""
    found: dict[str, Any] = {"type": panel.kind.value, "title": panel.vi, "description": panel.en,
             "targets": [_target(panel, index, query) for index, query in enumerate(panel.queries)],
             "fieldConfig": {"defaults": _defaults(panel), "overrides": _overrides(panel)},
             "options": OPTIONS[panel.kind](panel), "links": [_runbook(name) for name in alerts_of(panel)]}
    if panel.kind is Kind.TABLE:
        found["transformations"] = _joined(panel)
    return found


def alerts_of(panel: Panel) -> tuple[str, ...]:
    """Return the alerts on a panel's numbers: those that it names, and those whose limits it shows."""
    shown = (step.alert for steps in (panel.steps, *(query.steps for query in panel.queries)) for step in steps)
    return tuple(dict.fromkeys(name for name in (*NAMED.findall(panel.en), *shown) if name in ALERTS))


def _runbook(name: str) -> dict[str, Any]:
    return {"title": f"{name} ({ALERTS[name].code})", "url": f"{RUNBOOKS}/{name}", "targetBlank": True}


def ref(index: int) -> str:
    """Return Grafana's letter of a query."""
    return chr(ord("A") + index)


def _target(panel: Panel, index: int, query: Query) -> dict[str, Any]:
    found: dict[str, Any] = {"refId": ref(index), "expr": query.expr, "editorMode": "code",
                             "datasource": {"type": "prometheus", "uid": "${datasource}"}}
    if panel.kind is Kind.TABLE:
        return found | {"instant": True, "range": False, "format": "table"}
    found["legendFormat"] = query.legend or "__auto"
    if panel.kind in {Kind.STAT, Kind.BARS}:
        return found | {"instant": True, "range": False}
    form = {"format": "heatmap"} if panel.kind is Kind.HEAT else {}
    return found | {"instant": False, "range": True, **form}


def _thresholds(steps: Sequence[Step]) -> dict[str, Any]:
    first = steps[0].colour if steps else BLUE
    return {"mode": "absolute", "steps": [
        {"color": first, "value": None}, *({"color": one.colour, "value": one.start} for one in steps[1:])]}


def _defaults(panel: Panel) -> dict[str, Any]:
    found: dict[str, Any] = {"unit": panel.unit, "thresholds": _thresholds(panel.steps),
                             "color": {"mode": "thresholds"}}
    if panel.unit == YES_OR_NO:
        found["mappings"] = _yes_or_no()
    if panel.names:
        found["mappings"] = [{"type": "value", "options": {
            _plain(value): {"text": text, "color": colour, "index": index}
            for index, (value, text, colour) in enumerate(panel.names)}}]
    if panel.kind is Kind.CHART:
        found |= {"color": {"mode": "palette-classic"}, "custom": _lines(panel)}
    if panel.kind is Kind.STATES:
        found["custom"] = {"lineWidth": 0, "fillOpacity": 80}
    if panel.unit == "percentunit":
        found |= {"min": 0} if panel.kind is Kind.CHART else {"min": 0, "max": 1}
    if panel.opens and panel.kind is not Kind.TABLE:
        found["links"] = [_link(panel)]
    return found


def _yes_or_no() -> list[dict[str, Any]]:
    """Return Grafana's yes and no in Vietnamese, its own words are English; the colour stays the threshold's."""
    return [{"type": "value", "options": {"0": {"text": "Không", "index": 0}, "1": {"text": "Có", "index": 1}}}]


def _lines(panel: Panel) -> dict[str, Any]:
    return {"drawStyle": "line", "lineInterpolation": "linear", "lineWidth": 1, "fillOpacity": 8,
            "showPoints": "never",
            "spanNulls": False, "thresholdsStyle": {"mode": "dashed" if panel.steps else "off"}}


def _overrides(panel: Panel) -> list[dict[str, Any]]:
    if panel.kind is not Kind.TABLE:
        return [_override("byFrameRefID", ref(index), {"unit": query.unit})
                for index, query in enumerate(panel.queries) if query.unit]
    opener = OPENED[panel.opens][-1] if panel.opens else ""
    keys = [_override("byName", LABELS[key], {"unit": "string",
                                              **({"links": [_link(panel)]} if key == opener else {})})
            for key in panel.keys]
    return keys + [_column(panel, query) for query in panel.queries]


def _column(panel: Panel, query: Query) -> dict[str, Any]:
    steps = query.steps or panel.steps
    found: dict[str, Any] = {"unit": query.unit or panel.unit}
    if found["unit"] == YES_OR_NO:
        found["mappings"] = _yes_or_no()
    if steps:
        found |= {"thresholds": _thresholds(steps),
                  "custom.cellOptions": {"type": "color-background", "mode": "basic"}}
    return _override("byName", query.legend, found)


def _override(matcher: str, of: str, properties: Mapping[str, Any]) -> dict[str, Any]:
    return {"matcher": {"id": matcher, "options": of},
            "properties": [{"id": name, "value": value} for name, value in properties.items()]}


def _link(panel: Panel) -> dict[str, Any]:
    """Return a link to another board; choices come from the row or the series, or stay what they are here."""
    *kept, own = OPENED[panel.opens]
    if panel.kind is Kind.TABLE:
        said = {name: f'${{__data.fields["{LABELS[name]}"]}}' for name in OPENED[panel.opens] if name in panel.keys}
    else:
        said = {own: f"${{__field.labels.{own}}}"}
    chosen = "".join(f"&var-{name}={said.get(name, f'${{{name}}}')}" for name in (*kept, own))
    return {"title": "Mở · Open", "targetBlank": False,
            "url": f"/d/{panel.opens}?var-datasource=${{datasource}}{chosen}&${{__url_time_range}}"}


def _joined(panel: Panel) -> list[dict[str, Any]]:
    """Return how several answers become one table with a row for each place."""
    values = {("Value" if len(panel.queries) == 1 else f"Value #{ref(index)}"): query.legend
              for index, query in enumerate(panel.queries)}
    order = {name: index for index, name in enumerate((*panel.keys, *values))}
    down = panel.worst != BY_KEY and not panel.worst_low
    by = LABELS[panel.keys[0]] if panel.worst == BY_KEY else panel.queries[panel.worst].legend
    return [
        {"id": "merge", "options": {}},
        {"id": "organize", "options": {"excludeByName": {"Time": True}, "indexByName": order, "includeByName": {},
                                       "renameByName": {key: LABELS[key] for key in panel.keys} | values}},
        {"id": "sortBy", "options": {"fields": {}, "sort": [{"field": by, "desc": down}]}},
    ]


def _plain(value: float) -> str:
    return str(int(value)) if value == int(value) else str(value)


def _reduced(*_: Panel) -> dict[str, Any]:
    return {"calcs": ["lastNotNull"], "fields": "", "values": False}


def _stat(_: Panel) -> dict[str, Any]:
    return {"colorMode": "background", "graphMode": "none", "justifyMode": "auto", "orientation": "auto",
            "textMode": "auto", "reduceOptions": _reduced()}


def _chart(_: Panel) -> dict[str, Any]:
    return {"legend": {"displayMode": "table", "placement": "right", "showLegend": True, "calcs": ["lastNotNull"]},
            "tooltip": {"mode": "multi", "sort": "desc"}}


def _table(_: Panel) -> dict[str, Any]:
    return {"showHeader": True, "cellHeight": "sm",
            "footer": {"show": False, "countRows": False, "fields": "", "reducer": ["sum"]}}


def _bars(_: Panel) -> dict[str, Any]:
    return {"displayMode": "basic", "orientation": "horizontal", "showUnfilled": True, "valueMode": "color",
            "minVizWidth": 8, "minVizHeight": 16, "reduceOptions": _reduced()}


def _states(_: Panel) -> dict[str, Any]:
    return {"mergeValues": True, "showValue": "auto", "rowHeight": 0.8, "alignValue": "left",
            "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True, "calcs": []},
            "tooltip": {"mode": "single", "sort": "none"}}


def _heat(panel: Panel) -> dict[str, Any]:
    return {"calculate": False, "cellGap": 1, "color": {"mode": "scheme", "scheme": "Oranges", "steps": 64},
            "yAxis": {"unit": panel.unit, "reverse": False}, "cellValues": {"unit": "short"},
            "rowsFrame": {"layout": "auto"}, "showValue": "never", "legend": {"show": True},
            "tooltip": {"show": True, "yHistogram": False}, "exemplars": {"color": "rgba(255,0,255,0.7)"},
            "filterValues": {"le": 1e-9}}


OPTIONS = {Kind.STAT: _stat, Kind.CHART: _chart, Kind.TABLE: _table, Kind.BARS: _bars, Kind.STATES: _states,
           Kind.HEAT: _heat}
