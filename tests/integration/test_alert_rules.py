"""Prometheus' own tool takes every rule, and fires each for its trouble and for no other; their metrics exist."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pytest
from kept_archive import kept

from appliance.exporter.metrics import Metrics
from appliance.monitoring import cases, catalogue, recording, rules
from appliance.monitoring.alert import filled
from appliance.monitoring.hours import Hours
from appliance.receiver.archive import open_archive
from appliance.receiver.fixity.figures import KeepingFigures
from appliance.receiver.front import Front
from appliance.receiver.judges import ThreadJudges
from appliance.receiver.metrics import Scrape, scrape
from appliance.receiver.serving import assembled
from appliance.receiver.settings import Settings

FIGURES = Path(__file__).parents[2] / "build" / "rules.json"
NO_PROMTOOL = pytest.mark.skipif(shutil.which("promtool") is None, reason="not run: promtool is not installed")
AT_ONCE = 2
KINDS_OF_HISTOGRAM = ("_bucket", "_count", "_sum")

CENTRE = {"prometheus_rule_evaluation_failures_total", "prometheus_remote_storage_samples_pending",
          "appliance_office_expected_info"}
"""What Prometheus says of itself, and what the list of offices becomes."""

TEXTFILE = {"appliance_rollout_ok", "appliance_drift_tasks", "appliance_drift_checked_timestamp_seconds",
            "appliance_backup_last_success_timestamp_seconds"}
"""What node_exporter reads from the textfiles of a host (``appliance monitoring note``)."""


def promtool(folder: Path, *words: str) -> str:
    """Return nothing where promtool is content, else what it says."""
    done = subprocess.run(
        ["promtool", *words], cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    said = "\n".join(line for line in (done.stdout + done.stderr).splitlines() if line.strip())
    return said if done.returncode else ""


def named(prefix: str) -> set[str]:
    """Return every metric of a prefix that a rule names, without the endings of histograms."""
    exprs = [rule.expr for group in recording.groups(Hours()) for rule in group.rules]
    exprs += [alert.expr for alert in catalogue.ALERTS.values()]
    found = {name for expr in exprs for name in re.findall(rf"(?<![\w:])({prefix}\w+)(?![\w:])", expr)}
    return {re.sub("(?:" + "|".join(KINDS_OF_HISTOGRAM) + ")$", "", name) for name in found}


def types(page: str) -> set[str]:
    return set(re.findall(r"^# TYPE (\S+)", page, re.MULTILINE))


def test_every_metric_of_a_rule_is_on_the_offices_page_or_made_by_host_or_centre() -> None:
    exposed = types(Metrics().show().decode())
    assert named("appliance_") - exposed - CENTRE - TEXTFILE == set()
    assert named("prometheus_") <= CENTRE


def test_every_metric_of_a_rule_is_on_the_archives_page(tmp_path: Path) -> None:
    with open_archive(Settings(tmp_path / "intake")) as archive:
        receiver = assembled(archive, ThreadJudges(lambda _: "", archive.work), Front(archive))
        gauges = Scrape(archive, receiver.line, receiver.parts, lambda: 0)
        exposed = types(scrape(receiver.deciding.figures, gauges).decode())
    with kept(tmp_path / "kept", documents=0) as stand:
        exposed |= {one.name for one in KeepingFigures(stand.archive, stand.evidence()).families()}
    assert len(named("archive_")) == 9
    assert named("archive_") <= exposed


@NO_PROMTOOL
def test_prometheus_takes_the_rules_at_any_scale(tmp_path: Path) -> None:
    for scale in (1.0, 1 / 120):
        files = rules.write(tmp_path / str(scale), rules.Writing(scale=scale))
        assert promtool(tmp_path, "check", "rules", *map(str, files)) == ""


@NO_PROMTOOL
def test_each_rule_fires_for_its_trouble_and_no_other(tmp_path: Path) -> None:
    for name, text in cases.texts().items():
        (tmp_path / name).write_text(text, "utf-8")
    tests = sorted(path.name for path in tmp_path.glob("*.test"))
    with ThreadPoolExecutor(AT_ONCE) as pool:
        halves = [tests[start::AT_ONCE] for start in range(AT_ONCE)]
        assert list(pool.map(lambda half: promtool(tmp_path, "test", "rules", *half), halves)) == [""] * AT_ONCE
    every = list(cases.every())
    FIGURES.parent.mkdir(exist_ok=True)
    FIGURES.write_text(json.dumps({
        "rules": len({alert.name for alert, _, _ in every}), "fire_tests": sum(fires for *_, fires in every),
        "quiet_tests": sum(not fires for *_, fires in every)}) + "\n", "utf-8")


@NO_PROMTOOL
def test_offices_are_open_in_working_hours_only_not_on_saturdays_nor_on_holidays(tmp_path: Path) -> None:
    rules.write(tmp_path, rules.Writing(hours=Hours(holidays=(date(1970, 1, 2),))))
    # the clock of promtool begins on Thursday 1970-01-01 at 07:00 in Vietnam
    said = {"0m": 0, "30m": 1, "240m": 1, "270m": 0, "330m": 0, "360m": 1, "570m": 1, "600m": 0, "15h": 0,
            "26h": 0, "50h": 0, "98h": 1}
    looks = [{"expr": "appliance:office_open", "eval_time": at,
              "exp_samples": [{"labels": "appliance:office_open", "value": value}]} for at, value in said.items()]
    (tmp_path / "hours.test").write_text(rules.as_yaml({
        "rule_files": ["recording.yml"], "evaluation_interval": "30m",
        "tests": [{"promql_expr_test": looks}]}), "utf-8")
    assert promtool(tmp_path, "test", "rules", "hours.test") == ""


@NO_PROMTOOL
def test_who_waits_over_a_holiday_and_a_weekend_waits_for_working_days_alone(tmp_path: Path) -> None:
    fed = filled('appliance_waiting_oldest_timestamp_seconds{OFFICE,state="held"}')
    for name, hours, waited in (
            ("plain", Hours(), 2), ("holiday", Hours(holidays=(date(1970, 1, 2),)), 1),
            ("saturdays", Hours(days=(1, 2, 3, 4, 5, 6)), 3), ("always", Hours(always=True), 4)):
        rules.write(tmp_path / name, rules.Writing(hours=hours))
        looks = [{"expr": "office:appliance_waiting_working_seconds / 86400", "eval_time": "96h", "exp_samples": [
            {"labels": filled('{OFFICE,state="held"}'), "value": waited}]}]  # from a Thursday to the Monday
        (tmp_path / f"{name}.test").write_text(rules.as_yaml({
            "rule_files": [f"{name}/recording.yml"], "evaluation_interval": "30m", "tests": [
                {"interval": "30m", "input_series": [{"series": fed, "values": "0x250"}],
                 "promql_expr_test": looks}]}), "utf-8")
        assert promtool(tmp_path, "test", "rules", f"{name}.test") == "", name


@NO_PROMTOOL
def test_the_share_of_late_dossiers_is_one_over_a_province_and_goes_through_gaps(tmp_path: Path) -> None:
    rules.write(tmp_path)
    name = 'appliance_dossier_sli_total{{office="{}",province="79",stream="onestop",outcome="{}"}}'
    fed = [(name.format("0701", "met"), "0+3x90"), (name.format("0701", "missed"), "0x90"),
           (name.format("0702", "met"), "0x90"), (name.format("0702", "missed"), "0+1x60 _x20 81+1x10")]
    looks = [{"expr": "round(province:appliance_dossier_sli_error:ratio_1h, 0.001)", "eval_time": "90m",
              "exp_samples": [{"labels": '{province="79",stream="onestop"}', "value": 0.25}]}]
    series = [{"series": one, "values": values} for one, values in fed]
    (tmp_path / "late.test").write_text(rules.as_yaml({
        "rule_files": ["recording.yml"], "evaluation_interval": "1m", "tests": [
            {"interval": "1m", "input_series": series, "promql_expr_test": looks}]}), "utf-8")
    assert promtool(tmp_path, "test", "rules", "late.test") == ""
