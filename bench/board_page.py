"""A dashboard's file and Prometheus' answers as a page, near enough to Grafana to see what is ugly or wrong."""

from __future__ import annotations

import html
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bench.board_charts import COLOURS, NAMED, Frame, Series, heat, lines, states
from bench.board_units import said

CELL, ROW_HEIGHT, GAP, HEAD = 66, 38, 6, 24
STYLE = """
body{background:#111217;color:#ccccdc;font:12px Inter,'DejaVu Sans',Arial,sans-serif;margin:10px;width:1590px}
h1{font-size:19px;font-weight:500;margin:4px 0 2px} .vars{color:#8e8e9b;margin-bottom:8px} .vars b{color:#6e9fff}
.board{position:relative} .panel,.row{position:absolute;box-sizing:border-box;overflow:hidden}
.panel{background:#181b1f;border:1px solid #2c3235;border-radius:2px}
.row{font-size:14px;padding-top:12px;color:#d8d9da}
.title{height:20px;padding:3px 8px 0;white-space:nowrap;overflow:hidden;text-overflow:ellipsis}
.stats{display:flex;height:calc(100% - 24px);padding:0 4px 4px;gap:3px;box-sizing:border-box}
.stat{flex:1;display:flex;flex-direction:column;align-items:center;justify-content:center;color:#fff;border-radius:2px}
.stat b{font-size:26px;font-weight:500} .none{color:#8e8e9b;align-self:center;margin:auto}
table{border-collapse:collapse;width:100%} th{color:#6e9fff;text-align:left;font-weight:500} td,th{padding:3px 8px;
border-bottom:1px solid #25282c;white-space:nowrap} td a{color:#6e9fff} td.on{color:#fff}
.chart{display:flex} .legend{overflow:hidden;font-size:11px;padding:2px 4px;white-space:nowrap}
svg text{fill:#9a9aa8;font-size:11px} svg text.on{fill:#fff} .grid{stroke:#25282c}
.bar{display:flex;align-items:center;padding:2px 8px;gap:6px}
.bar span{width:34%;text-align:right;white-space:nowrap;overflow:hidden} .bar i{height:18px;display:block}
"""


@dataclass(frozen=True)
class Asked:
    """What answers: at once, and over the span of the board."""

    now: Callable[[str], list[dict[str, Any]]]
    over: Callable[[str], list[dict[str, Any]]]
    start: float
    end: float
    chosen: Mapping[str, str]

    def filled(self, expr: str) -> str:
        """Return an expression with everything chosen."""
        expr = expr.replace("$__rate_interval", "1h")
        return re.sub(r"\$(\w+)", lambda found: self.chosen[found[1]], expr)


def page(board: Mapping[str, Any], asked: Asked) -> str:
    """Return a dashboard as HTML."""
    parts = [_cell(one, asked) for one in board["panels"]]
    deep = max(one["gridPos"]["y"] + one["gridPos"]["h"] for one in board["panels"])
    shown = " ".join(f"{one['label']} <b>{html.escape(asked.chosen.get(one['name'], ''))}</b>"
                     for one in board["templating"]["list"][1:])
    links = " · ".join(one["title"] for one in board["links"])
    return (f'<meta charset="utf-8"><style>{STYLE}</style><h1>{board["title"]}</h1><div class="vars">{shown} '
            f'&nbsp; → '
            f'{links}</div><div class="board" style="height:{deep * ROW_HEIGHT}px">{"".join(parts)}</div>')


def _cell(panel: Mapping[str, Any], asked: Asked) -> str:
    place = panel["gridPos"]
    wide, high = place["w"] * CELL - GAP, place["h"] * ROW_HEIGHT - GAP
    where = f'left:{place["x"] * CELL}px;top:{place["y"] * ROW_HEIGHT}px;width:{wide}px;height:{high}px'
    if panel["type"] == "row":
        return f'<div class="row" style="{where}">{panel["title"]}</div>'
    drawn = DRAWERS[panel["type"]](panel, asked, (wide, high - HEAD))
    return f'<div class="panel" style="{where}"><div class="title">{panel["title"]}</div>{drawn}</div>'


def _named(target: Mapping[str, Any], labels: Mapping[str, str]) -> str:
    """Return how a series is called by its legend."""
    legend = target.get("legendFormat", "__auto")
    if legend == "__auto":
        return ", ".join(f"{name}={value}" for name, value in labels.items())
    return re.sub(r"\{\{(\w+)\}\}", lambda found: labels.get(found[1], ""), legend)


def _series(panel: Mapping[str, Any], asked: Asked) -> Series:
    return [(_named(target, one["metric"]), [(float(when), float(value)) for when, value in one["values"]])
            for target in panel["targets"] for one in asked.over(asked.filled(target["expr"]))]


def colour(value: float, thresholds: Mapping[str, Any]) -> str:
    """Return the colour of a value."""
    found = thresholds["steps"][0]["color"]
    for step in thresholds["steps"][1:]:
        if value >= step["value"]:
            found = step["color"]
    return NAMED[found]


def _values(panel: Mapping[str, Any], asked: Asked) -> list[tuple[str, float]]:
    return [(_named(target, one["metric"]), float(one["value"][1]))
            for target in panel["targets"] for one in asked.now(asked.filled(target["expr"]))]


def _stat(panel: Mapping[str, Any], asked: Asked, _: tuple[int, int]) -> str:
    defaults, found = panel["fieldConfig"]["defaults"], _values(panel, asked)
    words = defaults.get("mappings", [{"options": {}}])[0]["options"]
    tiles = []
    for name, value in found:
        known = words.get(str(int(value)) if math.isfinite(value) else "", {})
        shade = NAMED[known["color"]] if "color" in known else colour(value, defaults["thresholds"])
        word = known.get("text", said(value, defaults["unit"]))
        tiles.append(f'<div class="stat" style="background:{shade}"><b>{word}</b>{html.escape(name)}</div>')
    return f'<div class="stats">{"".join(tiles) or NOTHING}</div>'


def _bars(panel: Mapping[str, Any], asked: Asked, size: tuple[int, int]) -> str:
    defaults, found = panel["fieldConfig"]["defaults"], _values(panel, asked)
    most = defaults.get("max") or max([value for _, value in found if math.isfinite(value)] or [1.0]) or 1.0
    return "".join(
        f'<div class="bar"><span>{html.escape(name)}</span><i style="background:'
        f'{colour(value, defaults["thresholds"])};width:{min(1.0, value / most) * size[0] * 0.45:.0f}px"></i>'
        f'{said(value, defaults["unit"])}</div>' for name, value in found) or NOTHING


def _chart(panel: Mapping[str, Any], asked: Asked, size: tuple[int, int]) -> str:
    found, defaults = _series(panel, asked), panel["fieldConfig"]["defaults"]
    frame = Frame(round(size[0] * 0.7), size[1], asked.start, asked.end)
    rows = "".join(f'<div><span style="color:{COLOURS[index % len(COLOURS)]}">▬</span> {html.escape(name)} '
                   f'{said(points[-1][1], defaults["unit"])}</div>' for index, (name, points) in enumerate(found))
    return f'<div class="chart">{lines(found, frame, defaults)}<div class="legend">{rows or NOTHING}</div></div>'


def _state(panel: Mapping[str, Any], asked: Asked, size: tuple[int, int]) -> str:
    found = _series(panel, asked)
    return states(found, Frame(*size, asked.start, asked.end),
                  panel["fieldConfig"]["defaults"]) if found else NOTHING


def _heat(panel: Mapping[str, Any], asked: Asked, size: tuple[int, int]) -> str:
    found = _series(panel, asked)
    return heat(found, Frame(*size, asked.start, asked.end),
                panel["fieldConfig"]["defaults"]["unit"]) if found else NOTHING


def _table(panel: Mapping[str, Any], asked: Asked, _: tuple[int, int]) -> str:
    """Join, rename, order and sort as the panel's transformations say."""
    _, organized, sorting = (one["options"] for one in panel["transformations"])
    rows: dict[tuple[tuple[str, str], ...], dict[str, Any]] = {}
    for target in panel["targets"]:
        name = "Value" if len(panel["targets"]) == 1 else f"Value #{target['refId']}"
        for one in asked.now(asked.filled(target["expr"])):
            labels = {key: value for key, value in one["metric"].items() if key != "__name__"}
            rows.setdefault(tuple(sorted(labels.items())), dict(labels))[name] = float(one["value"][1])
    titles = organized["renameByName"]
    names = sorted(titles, key=lambda one: organized["indexByName"][one])
    by = next(name for name, title in titles.items() if title == sorting["sort"][0]["field"])
    down = sorting["sort"][0]["desc"]
    ordered = sorted(rows.values(), key=lambda row: (by in row, row.get(by, 0)), reverse=down)
    head = "".join(f"<th>{titles[name]}</th>" for name in names)
    cells = ("".join(_field(panel, titles[name], row.get(name)) for name in names) for row in ordered)
    body = "".join(f"<tr>{row}</tr>" for row in cells)
    return f"<table><tr>{head}</tr>{body}</table>" if rows else NOTHING


def _field(panel: Mapping[str, Any], title: str, value: str | float | None) -> str:
    own = {one["id"]: one["value"] for override in panel["fieldConfig"]["overrides"]
           if override["matcher"]["options"] == title for one in override["properties"]}
    if value is None:
        return "<td></td>"
    if isinstance(value, str):
        word = html.escape(value)
        return f"<td><a>{word}</a></td>" if "links" in own else f"<td>{word}</td>"
    shade = f' class="on" style="background:{colour(value, own["thresholds"])}"' if "thresholds" in own else ""
    words = own.get("mappings", [{"options": {}}])[0]["options"]
    known = words.get(str(int(value)) if math.isfinite(value) else "", {})
    return f"<td{shade}>{known.get('text', said(value, own['unit']))}</td>"


NOTHING = '<div class="none">No data</div>'
DRAWERS: Mapping[str, Callable[[Mapping[str, Any], Asked, tuple[int, int]], str]] = {
    "stat": _stat, "bargauge": _bars, "timeseries": _chart, "state-timeline": _state, "heatmap": _heat,
    "table": _table}
