"""What is worked out before alerts and dashboards ask: working hours, late dossiers by window, who reports."""

from __future__ import annotations

from dataclasses import dataclass

from appliance.monitoring.hours import Hours

OBJECTIVE = 0.99
"""Share of dossiers of a province and stream that are in time, over 28 days."""

INCREASE = "province:appliance_dossier_sli:increase_"
ERROR = "province:appliance_dossier_sli_error:ratio_"
SHORT, LONG, LONGEST = ("5m", "30m", "1h"), ("2h", "6h"), ("1d", "3d")

SILENT_AFTER = "15m"
"""How long an office may send nothing before it counts as silent."""

STAGE_BASELINE = {"analyse": 3.0, "read": 20.0, "assemble": 10.0, "sign": 10.0, "pack": 10.0}
"""Seconds that 95 % of steps stay below on a sound host with work waiting for it (bench/README.md)."""


@dataclass(frozen=True, slots=True)
class Recording:
    """A series that Prometheus works out: its name, PromQL with durations as in alerts, labels that it adds."""

    name: str
    expr: str
    labels: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """Recordings that are worked out together, each ``every`` so often."""

    name: str
    every: str
    rules: tuple[Recording, ...]


def groups(hours: Hours) -> tuple[Group, ...]:
    """Return every group of recordings, those first that others rest on.

    A long window costs most and changes least: it is worked out more rarely, yet within the five minutes for which
    Prometheus takes a sample for the present one.
    """
    return (
        Group("appliance-hours", "30s", (Recording("appliance:office_open", hours.expr()),)),
        Group("appliance-offices", "30s", _OFFICES),
        Group("appliance-waiting", "30s", (Recording(
            "office:appliance_waiting_working_seconds", f"scalar({hours.worked('vector(time())')}) - "
            f"{hours.worked('appliance_waiting_oldest_timestamp_seconds')}"),)),
        Group("appliance-promise-short", "30s", tuple(one for window in SHORT for one in _promise(window))),
        Group("appliance-promise-long", "2m", tuple(one for window in LONG for one in _promise(window))),
        Group("appliance-promise-longest", "4m", (
            *(one for window in LONGEST for one in _promise(window)), _BUDGET)),
        Group("appliance-stages", "30s", _STAGES),
    )


def _promise(window: str) -> tuple[Recording, Recording]:
    """Return dossiers by outcome within a window, and the share that was late.

    Counters are taken over the whole window and not averaged from short ones: they count on through a gap in
    which an office was not heard, and dossiers are late in just such gaps.
    """
    counted = f"{INCREASE}{window}"
    return (
        Recording(counted, "sum by (province, stream, outcome) "
                  f"(increase(appliance_dossier_sli_total[<{window}>]))"),
        Recording(f"{ERROR}{window}", f'sum by (province, stream) ({counted}{{outcome="missed"}}) / '
                  f"sum by (province, stream) ({counted})"),
    )


_BUDGET = Recording(
    f"{ERROR}28d", f'sum by (province, stream) (sum_over_time({INCREASE}1d{{outcome="missed"}}[<28d>:<1d>])) / '
    f"sum by (province, stream) (sum_over_time({INCREASE}1d[<28d>:<1d>]))")

_OFFICES = (
    Recording("office:appliance_silent", "appliance_office_expected_info unless on (office) "
              f"present_over_time(appliance_build_info[<{SILENT_AFTER}>])"),
    Recording("office:appliance_reporting", "appliance_office_expected_info and on (office) "
              f"present_over_time(appliance_build_info[<{SILENT_AFTER}>])"),
    Recording("province:appliance_offices_silent:ratio", "count by (province) (office:appliance_silent) / "
              "count by (province) (appliance_office_expected_info)"),
)

_STAGES = (
    *(Recording("appliance:stage_baseline_seconds", f"vector({seconds})", (("stage", stage),))
      for stage, seconds in STAGE_BASELINE.items()),
    Recording("office:appliance_stage_duration_seconds:p95_1h", "histogram_quantile(0.95, "
              "sum by (office, province, stage, le) (rate(appliance_stage_duration_seconds_bucket[<1h>])))"),
    Recording("office:appliance_stage_steps:increase_1h", "sum by (office, province, stage) "
              "(increase(appliance_stage_duration_seconds_count[<1h>]))"),
)
