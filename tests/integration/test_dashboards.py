"""Every question of every dashboard is one that Prometheus understands, about metrics that somebody exports."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from board_stand import INTERVAL, Question, questions

from appliance.exporter.metrics import Metrics
from appliance.monitoring import recording
from appliance.monitoring.dashboards import shelf
from appliance.monitoring.hours import Hours

DOCS = Path(__file__).parents[2] / "docs"
NO_PROMTOOL = pytest.mark.skipif(shutil.which("promtool") is None, reason="not run: promtool is not installed")
EVERY = questions(shelf.BOARDS)
METRIC = re.compile(r"(?<![\w:])((?:appliance|archive|office|province)[a-z]*[_:][\w:]+)(?![\w:=(]*[=~])")
OF_HISTOGRAMS = re.compile("_(?:bucket|count|sum)$")

CENTRE = {"appliance_office_expected_info"}
"""What the list of offices becomes."""

TEXTFILE = {"appliance_rollout_ok", "appliance_rollout_timestamp_seconds", "appliance_drift_tasks",
            "appliance_drift_checked_timestamp_seconds", "appliance_backup_last_success_timestamp_seconds"}
"""What node_exporter reads from the textfiles of a host (``appliance monitoring note``)."""


def plain(question: Question) -> str:
    """Return the expression with some value for every variable."""
    return re.sub(r"\$\w+", "1", question.query.expr.replace("[$__rate_interval]", INTERVAL))


def named() -> set[str]:
    """Return every metric that a dashboard names, without the endings of histograms."""
    exprs = [re.sub(r'"[^"]*"', '""', one.query.expr) for one in EVERY]
    return {OF_HISTOGRAMS.sub("", name) for expr in exprs for name in METRIC.findall(expr)}


@NO_PROMTOOL
def test_prometheus_understands_every_question(tmp_path: Path) -> None:
    rules = [{"record": f"question:number:{number}", "expr": plain(one)} for number, one in enumerate(EVERY)]
    (tmp_path / "asked.yml").write_text(yaml.safe_dump({"groups": [{"name": "asked", "rules": rules}]}), "utf-8")
    done = subprocess.run(["promtool", "check", "rules", str(tmp_path / "asked.yml")], capture_output=True,
                          text=True,
                          timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert f"{len(EVERY)} rules found" in done.stdout


def test_every_metric_of_a_dashboard_is_exported_or_recorded() -> None:
    """The manual's page of an archive's metrics is itself tested against the receiver."""
    exported = set(re.findall(r"^# TYPE (\S+)", Metrics().show().decode(), re.MULTILINE))
    archives = set(re.findall(r"^\| `(archive_\w+)`", (DOCS / "receiver.md").read_text("utf-8"), re.MULTILINE))
    recorded = {rule.name for group in recording.groups(Hours()) for rule in group.rules}
    assert len(named()) > 80
    assert named() - exported - archives - recorded - CENTRE - TEXTFILE == set()
