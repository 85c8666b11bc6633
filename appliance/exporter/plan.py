"""What Prometheus sees of the office's plan and of the denominators of both streams."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from prometheus_client.core import Metric

from appliance.exporter.family import gauge


@dataclass(frozen=True, slots=True)
class PhaseReading:
    """How one phase of the plan stands.

    Attributes:
        dossiers, sheets: planned.
        deadline: end of its last day, Unix time.
        done_dossiers, done_sheets: which the archive has.
        overdue: dossiers that the archive has not though the deadline is over.
        completion: when it will be done at the present rate, Unix time; None: not known, or done.
    """

    phase: str
    dossiers: int
    sheets: int
    deadline: float
    done_dossiers: int = 0
    done_sheets: int = 0
    overdue: int = 0
    completion: float | None = None


@dataclass(frozen=True, slots=True)
class PlanReading:
    """What the gauges show.

    Attributes:
        rate: sheets for each working day; None while it is not known.
        onestop: one-stop dossiers by state: received, complete (the archive has them).
        components: of one-stop dossiers: required, reused, exempt, digitised.
        high_use: archive dossiers of high frequency of use: planned, digitised.
    """

    phases: tuple[PhaseReading, ...] = ()
    rate: float | None = None
    onestop: Mapping[str, int] = field(default_factory=dict)
    components: Mapping[str, int] = field(default_factory=dict)
    high_use: Mapping[str, int] = field(default_factory=dict)


def of_plan(reading: PlanReading) -> Iterator[Metric]:
    """Yield everything that is shown of the plan."""
    phases = reading.phases
    for name, text, values in (
        ("appliance_plan_dossiers", "Dossiers that the plan holds.", [one.dossiers for one in phases]),
        ("appliance_plan_sheets", "Sheets that the plan holds.", [one.sheets for one in phases]),
        ("appliance_plan_deadline_timestamp_seconds", "End of the last day of a phase.",
         [one.deadline for one in phases]),
        ("appliance_plan_digitised_dossiers", "Dossiers of a phase that the archive has.",
         [one.done_dossiers for one in phases]),
        ("appliance_plan_digitised_sheets", "Sheets of a phase that the archive has.",
         [one.done_sheets for one in phases]),
        ("appliance_plan_overdue_dossiers", ("Dossiers that the archive has not though the deadline of their phase "
         "is over."), [one.overdue for one in phases]),
    ):
        yield gauge(name, text, ("phase",), [((one.phase,), float(value))
                                             for one, value in zip(phases, values, strict=True)])
    yield gauge("appliance_plan_completion_timestamp_seconds", "When a phase will be done at the present rate; "
                "none while that is not known, and when it is done.", ("phase",),
                [((one.phase,), one.completion) for one in phases if one.completion is not None])
    yield gauge("appliance_plan_rate_sheets_per_day", "Sheets for each working day that came to the archive "
                "lately; none while too few days are over.", (),
                [] if reading.rate is None else [((), reading.rate)])
    yield from _denominators(reading)


def _denominators(reading: PlanReading) -> Iterator[Metric]:
    yield gauge("appliance_onestop_dossiers", "One-stop dossiers: received, complete (the archive has them).",
                ("state",), _values(reading.onestop))
    yield gauge("appliance_onestop_components", "Components of one-stop dossiers: required, reused (digitised "
                "before), exempt, digitised (with the archive).", ("how",), _values(reading.components))
    yield gauge("appliance_high_use_dossiers", "Archive dossiers of high frequency of use: planned, digitised.",
                ("state",), _values(reading.high_use))


def _values(found: Mapping[str, int]) -> list[tuple[tuple[str, ...], float]]:
    return [((name,), float(count)) for name, count in sorted(found.items())]
