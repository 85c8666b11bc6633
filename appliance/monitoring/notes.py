"""What is not told by a daemon: drift, roll-out and backup, as files that node_exporter reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from appliance.core import files

EXAMPLE = datetime(2026, 1, 5, 3, 0, tzinfo=UTC)
"""The time that shipped examples bear."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One gauge: name, help, value, labels."""

    name: str
    about: str
    value: float
    labels: tuple[tuple[str, str], ...] = ()


def drift(tasks: int, at: datetime) -> tuple[Figure, ...]:
    """Return how many tasks of provisioning would change the host."""
    return (Figure("appliance_drift_tasks", "Tasks of provisioning that would change this host; 0: it is as it "
                   "shall be.", tasks),
            Figure("appliance_drift_checked_timestamp_seconds", "When this host was last compared.",
                   at.timestamp()))


def rollout(good: bool, ring: str, version: str, at: datetime) -> tuple[Figure, ...]:
    """Return how the last roll-out to this host ended."""
    return (Figure("appliance_rollout_ok", "1 when the last roll-out to this host ended well.", float(good)),
            Figure("appliance_rollout_info", "Ring and version of the last roll-out.", 1,
                   (("ring", ring), ("version", version))),
            Figure("appliance_rollout_timestamp_seconds", "When the last roll-out ended.", at.timestamp()))


def backup(at: datetime) -> tuple[Figure, ...]:
    """Return when the last backup was made."""
    return (Figure("appliance_backup_last_success_timestamp_seconds", "When the last backup of this host was made.",
                   at.timestamp()),)


def write(folder: Path, topic: str, figures: Sequence[Figure]) -> Path:
    """Write a topic's figures at once: node_exporter sees the old file or the new one.

    Raises:
        OSError: the folder is not there or cannot be written to.
    """
    path = folder / f"appliance_{topic}.prom"
    files.write_durably(path, text(figures).encode(), mode=0o644)
    return path


def text(figures: Sequence[Figure]) -> str:
    """Return figures as Prometheus reads them."""
    return "".join(
        f"# HELP {one.name} {one.about}\n# TYPE {one.name} gauge\n{one.name}{_labels(one)} {one.value!r}\n"
        for one in figures)


def _labels(one: Figure) -> str:
    said = ",".join(f'{name}="{_escaped(value)}"' for name, value in one.labels)
    return f"{{{said}}}" if said else ""


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
