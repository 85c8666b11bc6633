"""The alert rules of the manual name metrics that exist, and Prometheus' own tool takes them and fires them."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from appliance.metrics import Metrics, Reading

DOCS = Path(__file__).parents[2] / "docs"
PAGES = ("metrics.md", "audit.md")
NO_PROMTOOL = pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed")

CASES = [
    ("SigningKeyAway", 'appliance_signer_trouble{code="K510"}', "1+0x20"),
    ("SigningPinWanted", 'appliance_signer_trouble{code="K511"}', "1+0x20"),
    ("SigningNotAuthorised", 'appliance_authorisation_not_after_timestamp_seconds{job="kho"}', "0+0x20"),
    ("SigningAuthorisationEnds", 'appliance_authorisation_not_after_timestamp_seconds{job="kho"}', "864000+0x20"),
    ("SigningNoTimeStamp", 'appliance_signing_waiting_documents{code="K530"}', "3 3 _ 3 3 _ _ 3+0x60"),
    ("SigningCertificateEnds", 'appliance_certificate_days_left{kind="agency"}', "59+0x20"),
    ("SigningDocumentsWait", 'appliance_signing_waiting_documents{code="K520"}', "2+0x300"),
    ("SigningByDevelopmentKey", "appliance_development_key", "1+0x20"),
    ("ReceptionAway", "appliance_reception_away", "1+0x20"),
    ("PromiseMissed", "appliance_reception_overdue", "2+0x20"),
    ("ArchiveAsksAgain", "appliance_rescan_task_oldest_timestamp_seconds", "1+0x6000"),
    ("ArchiveRefusedDossiers", "appliance_dossiers_rejected", "1+0x300"),
]
QUIET = [
    ("PromiseMissed", "appliance_reception_overdue", "0+0x20"),
    ("ArchiveAsksAgain", "appliance_rescan_task_oldest_timestamp_seconds", "0+0x6000"),
    ("ArchiveRefusedDossiers", "appliance_dossiers_rejected", "0+0x300"),
    ("SigningKeyAway", 'appliance_signer_trouble{code="K511"}', "1+0x20"),
    ("SigningAuthorisationEnds", 'appliance_authorisation_not_after_timestamp_seconds{job="kho"}', "0+0x20"),
    ("SigningAuthorisationEnds", 'appliance_authorisation_not_after_timestamp_seconds{job="kho"}', "1300000+0x20"),
    ("SigningNoTimeStamp", 'appliance_signing_waiting_documents{code="K520"}', "3+0x60"),
    ("SigningCertificateEnds", 'appliance_certificate_days_left{kind="agency"}', "60+0x20"),
]


def rules() -> str:
    """Return every rule of the manual as one file."""
    found = [block for name in PAGES for block in re.findall(
        r"^```\n(- alert:.*?)^```", (DOCS / name).read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)]
    assert len(found) == len(PAGES)
    return "groups:\n- name: appliance\n  rules:\n" + "".join(f"  {line}\n" for line in "".join(found).splitlines())


def promtool(tmp_path: Path, *words: str) -> str:
    done = subprocess.run(
        ["promtool", *words], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    return done.stdout + done.stderr if done.returncode else ""


def test_every_metric_of_a_rule_exists() -> None:
    exposed = set(re.findall(r"^# TYPE (\S+)", Metrics().scrape(Reading()).decode(), flags=re.MULTILINE))
    assert set(re.findall(r"appliance_\w+", rules())) <= exposed


@NO_PROMTOOL
def test_prometheus_takes_the_rules(tmp_path: Path) -> None:
    (tmp_path / "rules.yml").write_text(rules(), "utf-8")
    assert promtool(tmp_path, "check", "rules", "rules.yml") == ""


def case(series: str, values: str, alert: str, *, fires: bool) -> str:
    """Return one case of a test of rules: after the last value the alert fires or does not."""
    minutes = 6000 if "x6000" in values else 300 if "x300" in values else 55 if "x60" in values else 20
    said = "exp_alerts: [{exp_labels: {LABELS}}]" if fires else "exp_alerts: []"
    labels = dict(re.findall(r'(\w+)="(\w+)"', series))
    if alert == "SigningNoTimeStamp":
        labels = {}
    said = said.replace("LABELS", ", ".join(f"{name}: {value}" for name, value in labels.items()))
    return (f"- interval: 1m\n  input_series:\n  - {{series: '{series}', values: '{values}'}}\n"
            f"  alert_rule_test:\n  - {{eval_time: {minutes}m, alertname: {alert}, {said}}}\n")


@NO_PROMTOOL
def test_each_rule_fires_for_its_trouble_and_no_other(tmp_path: Path) -> None:
    (tmp_path / "rules.yml").write_text(rules(), "utf-8")
    cases = [case(series, values, alert, fires=True) for alert, series, values in CASES]
    cases += [case(series, values, alert, fires=False) for alert, series, values in QUIET]
    (tmp_path / "test.yml").write_text(
        "rule_files: [rules.yml]\nevaluation_interval: 1m\ntests:\n" + "".join(cases), "utf-8")
    assert promtool(tmp_path, "test", "rules", "test.yml") == ""
