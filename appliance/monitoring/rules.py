"""Rules for Prometheus: from the tables of recordings and alerts to files of YAML.

``python -m appliance.monitoring.rules FOLDER`` writes them as they are committed.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from appliance.core import errors
from appliance.monitoring import catalogue, recording
from appliance.monitoring.alert import Alert
from appliance.monitoring.durations import Clockwork, seconds
from appliance.monitoring.hours import Hours

RUNBOOKS = "https://monitoring.example/runbooks"
"""Where the pages of docs/runbooks are served, in the committed files."""

HEAD = "# Made by appliance/monitoring from its tables: change those, not this file.\n"
RECORDING_FILE = "recording.yml"
EVERY = "30s"
WIDTH = 1_000_000
PLACE = re.compile(r"\{\w+\}")


@dataclass(frozen=True, slots=True)
class Writing:
    """How the rules are written.

    Attributes:
        scale: of all durations; 1/60 makes an hour last a minute, for trials.
        runbooks: address below which the runbooks are served, without a slash at its end.
        hours: when offices are open.
    """

    scale: float = 1.0
    runbooks: str = RUNBOOKS
    hours: Hours = field(default_factory=Hours)

    @property
    def clockwork(self) -> Clockwork:
        """How fast the time of the rules goes."""
        return Clockwork(self.scale)


def write(folder: Path, writing: Writing | None = None) -> tuple[Path, ...]:
    """Write every file of rules into ``folder``, which is made where it is not there; return them."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, text in texts(writing or Writing()).items():
        (folder / name).write_text(text, "utf-8")
        written.append(folder / name)
    return tuple(written)


def texts(writing: Writing) -> dict[str, str]:
    """Return every file of rules by its name; recordings first, then one file for each group of alerts."""
    files = {RECORDING_FILE: [recordings(group, writing) for group in recording.groups(writing.hours)]}
    for name, alerts in catalogue.groups().items():
        files[f"{name}.yml"] = [{"name": f"appliance-{name}", "interval": _interval(EVERY, writing),
                                 "rules": [rule(alert, writing) for alert in alerts]}]
    return {name: HEAD + as_yaml({"groups": groups}) for name, groups in files.items()}


def rule(alert: Alert, writing: Writing) -> dict[str, Any]:
    """Return one alert as Prometheus reads it."""
    said: dict[str, Any] = {"alert": alert.name, "expr": writing.clockwork.filled(alert.expr, alert.limit)}
    if seconds(alert.hold):
        said["for"] = writing.clockwork.duration(alert.hold)
    return {**said, "labels": alert.labels(), "annotations": _annotations(alert, writing)}


def recordings(group: recording.Group, writing: Writing) -> dict[str, Any]:
    """Return a group of recordings as Prometheus reads it."""
    rules = []
    for one in group.rules:
        said: dict[str, Any] = {"record": one.name, "expr": writing.clockwork.filled(one.expr)}
        rules.append({**said, "labels": dict(one.labels)} if one.labels else said)
    return {"name": group.name, "interval": _interval(group.every, writing), "rules": rules}


def message(alert: Alert) -> tuple[str, str]:
    """Return what the operator reads of the same trouble, in both languages, without what is filled in there."""
    kind = errors.by_code(alert.code)
    return PLACE.sub("…", kind.vi), PLACE.sub("…", kind.en)


def as_yaml(data: object) -> str:
    """Return ``data`` as YAML, Vietnamese letters as they are, a value on one line."""
    return yaml.safe_dump(data, allow_unicode=True, sort_keys=False, width=WIDTH)


def _annotations(alert: Alert, writing: Writing) -> dict[str, str]:
    vi, en = message(alert)
    if alert.own_code:
        vi, en = ("{{ $labels.code }}: xem trang lỗi (docs/errors.md).", "{{ $labels.code }}: see docs/errors.md.")
    code = "{{ $labels.code }}" if alert.own_code else alert.code
    return {"summary": alert.vi, "summary_en": alert.en, "code": code, "message": vi, "message_en": en,
            "runbook_url": f"{writing.runbooks}/{alert.name}"}


def _interval(text: str, writing: Writing) -> str:
    """Return how often a group is looked at: scaled not below a second, nor above it where that is more often."""
    return text if writing.scale == 1.0 else writing.clockwork.duration(text, 1.0)


if __name__ == "__main__":
    write(Path(sys.argv[1]))
