"""The cases of alerts as tests that ``promtool test rules`` runs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from appliance.monitoring import catalogue, recording
from appliance.monitoring.alert import Alert, Case, filled, labels_of
from appliance.monitoring.hours import Hours
from appliance.monitoring.rules import Writing, as_yaml, recordings, rule


def texts() -> dict[str, str]:
    """Return files of tests and of the rules that they need, by name.

    Each alert is tested with nothing beside it but the recordings that it rests on: weeks of time are gone
    through, and every rule that is looked at costs.
    """
    files = {f"{name}.rules": _rules(alert) for name, alert in catalogue.ALERTS.items()}
    tests: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for alert, one, fires in every():
        tests.setdefault((alert.name, one.step), []).append(test(alert, one, fires=fires))
    for (name, step), found in tests.items():
        files[f"{name}-{step}.test"] = as_yaml({
            **head(catalogue.ALERTS[name], step), "tests": found})
    return files


def head(alert: Alert, step: str) -> dict[str, Any]:
    """Return the head of a file of tests: the order is said, or promtool goes through groups in any order."""
    order = [group.name for group in _rests_on(alert)]
    return {"rule_files": [f"{alert.name}.rules"], "evaluation_interval": step,
            "group_eval_order": [*order, alert.group]}


def _rules(alert: Alert) -> str:
    """Return one alert, just as it is shipped, after the groups of recordings that it needs."""
    writing = Writing()
    said = [recordings(group, writing) for group in _rests_on(alert)]
    return as_yaml({"groups": [*said, {"name": alert.group, "rules": [rule(alert, writing)]}]})


def _rests_on(alert: Alert) -> list[recording.Group]:
    return [group for group in recording.groups(Hours()) if any(one.name in alert.expr for one in group.rules)]


def every() -> Iterator[tuple[Alert, Case, bool]]:
    """Yield every case with its alert and whether it fires."""
    for alert in catalogue.ALERTS.values():
        yield from ((alert, one, True) for one in alert.fires)
        yield from ((alert, one, False) for one in alert.quiet)


def test(alert: Alert, one: Case, *, fires: bool) -> dict[str, Any]:
    """Return one case as promtool reads it: what is fed, and the alert with its labels, or none."""
    looked = {"expr": f'ALERTS{{alertname="{alert.name}",alertstate="firing"}}', "eval_time": one.at,
              "exp_samples": [{"labels": _alert(alert, one), "value": 1}] if fires else []}
    return {"interval": one.step, "promql_expr_test": [looked],
            "input_series": [{"series": filled(series), "values": values} for series, values in one.feeds]}


def kept(one: Case) -> dict[str, str]:
    """Return the labels that the alert has of its series in a case that fires."""
    return labels_of(one.feeds[0][0] if one.keeps is None else one.keeps)


def _alert(alert: Alert, one: Case) -> str:
    labels = {"alertname": alert.name, "alertstate": "firing", **kept(one), **alert.labels()}
    return "ALERTS{" + ",".join(f'{name}="{value}"' for name, value in labels.items()) + "}"
