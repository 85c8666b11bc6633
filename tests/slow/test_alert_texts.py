"""Prometheus fills in every text of every alert: no label is missing, no function fails."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from appliance.monitoring import cases, catalogue
from appliance.monitoring.alert import Alert, filled

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("promtool") is None, reason="not run: promtool is not installed"),
]


def shown(alert: Alert) -> dict[str, Any]:
    """Return a test that expects no alert and so makes promtool show the one that fires."""
    one = alert.fires[0]
    fed = [{"series": filled(series), "values": values} for series, values in one.feeds]
    looked = {"eval_time": one.at, "alertname": alert.name, "exp_alerts": []}
    return {**cases.head(alert, one.step),
            "tests": [{"interval": one.step, "input_series": fed, "alert_rule_test": [looked]}]}


def test_every_text_of_an_alert_is_filled_in(tmp_path: Path) -> None:
    for name, text in cases.texts().items():
        (tmp_path / name).write_text(text, "utf-8")
    files = [f"{name}.shown" for name in catalogue.ALERTS]
    for name, alert in catalogue.ALERTS.items():
        (tmp_path / f"{name}.shown").write_text(yaml.safe_dump(shown(alert)), "utf-8")
    told = subprocess.run(["promtool", "test", "rules", *files], cwd=tmp_path, capture_output=True, text=True,
                          timeout=300, check=False).stderr
    for label in ("summary", "summary_en", "message", "message_en", "runbook_url"):
        assert len(re.findall(rf'\b{label}="(?:[^"\\\\]|\\\\.)+"', told)) == len(catalogue.ALERTS), label
    assert not re.search(r"<error|<no value>|NaN|\{\{", told)
