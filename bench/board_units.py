"""Numbers as Grafana writes them, for the units that our dashboards use."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta, timezone

HANOI = timezone(timedelta(hours=7))
SPANS = ((31_536_000, "năm"), (604_800, "tuần"), (86_400, "ngày"), (3600, "giờ"), (60, "phút"))
BYTES = ((2**40, "TiB"), (2**30, "GiB"), (2**20, "MiB"), (2**10, "KiB"))
SHORT = ((1e9, "Bil"), (1e6, "Mil"), (1e3, "K"))


def said(value: float, unit: str) -> str:
    """Return a value as a panel shows it."""
    if math.isnan(value):
        return "NaN"
    if unit.startswith("suffix:"):
        return f"{_plain(value)}{unit.removeprefix('suffix:')}"
    return {"percentunit": _share, "s": _span, "bytes": _bytes, "Bps": lambda one: f"{_bytes(one)}/s", "d": _days,
            "bool_yes_no": lambda one: "Yes" if one else "No", "dateTimeAsIso": _moment}.get(unit, _short)(value)


def _plain(value: float) -> str:
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:,.0f}"


def _scaled(value: float, steps: tuple[tuple[float, str], ...], last: str) -> str:
    for size, word in steps:
        if abs(value) >= size:
            return f"{value / size:.3g} {word}"
    return f"{_plain(value)}{last}"


def _short(value: float) -> str:
    return _scaled(value, SHORT, "")


def _bytes(value: float) -> str:
    return _scaled(value, BYTES, " B")


def _span(value: float) -> str:
    return _scaled(value, SPANS, " s")


def _days(value: float) -> str:
    return f"{value:.3g} ngày"


def _share(value: float) -> str:
    return f"{100 * value:.3g} %"


def _moment(value: float) -> str:
    return datetime.fromtimestamp(value / 1000, UTC).astimezone(HANOI).strftime("%Y-%m-%d %H:%M")
