"""The alert rules of docs/keeping.md name metrics that exist; Prometheus' own tool takes them and fires them."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from kept_archive import kept

from appliance.receiver.fixity.figures import KeepingFigures

PAGE = Path(__file__).parents[2] / "docs" / "keeping.md"
CASES = [
    ("ArchiveObjectLost", 'archive_fixity_errors{kind="lost",place=""}', "1+0x20", True),
    ("ArchiveObjectLost", 'archive_fixity_errors{kind="strange",place="near"}', "1+0x20", False),
    ("ArchiveNotSound", 'archive_fixity_errors{kind="damaged",place="near"}', "1+0x1500", True),
    ("ArchivePlaceAway", 'archive_fixity_errors{kind="away",place="far"}', "1+0x20", True),
    ("ArchiveChecksStopped", "archive_fixity_last_complete_timestamp_seconds", "0+0x5000", True),
    ("ArchiveRenewalNear", "archive_evidence_renewal_days", "89+0x20", True),
    ("ArchiveRenewalNear", "archive_evidence_renewal_days", "91+0x20", False),
    ("ArchiveUnstamped", "archive_packages_unstamped", "7+0x5000", True),
]


def rules() -> str:
    (block,) = re.findall(r"^```\n(- alert:.*?)^```", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    return "groups:\n- name: archive\n  rules:\n" + "".join(f"  {line}\n" for line in block.splitlines())


def test_every_metric_of_a_rule_exists(tmp_path: Path) -> None:
    with kept(tmp_path, documents=0) as stand:
        shown = {one.name for one in KeepingFigures(stand.archive, stand.evidence()).families()}
    named = set(re.findall(r"\barchive_\w+", rules()))
    assert len(named) == 4
    assert named <= shown


@pytest.mark.skipif(shutil.which("promtool") is None, reason="not run: promtool is not installed")
def test_each_rule_fires_for_its_trouble_and_no_other(tmp_path: Path) -> None:
    (tmp_path / "rules.yml").write_text(rules(), "utf-8")
    cases = "".join(case(*one) for one in CASES)
    head = "rule_files: [rules.yml]\nevaluation_interval: 1m\ntests:\n"
    (tmp_path / "test.yml").write_text(head + cases, "utf-8")
    for words in (("check", "rules", "rules.yml"), ("test", "rules", "test.yml")):
        done = subprocess.run(["promtool", *words], cwd=tmp_path, capture_output=True, text=True, timeout=60,
                              check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def case(alert: str, series: str, values: str, fires: bool) -> str:
    """Return one case: after the last value the alert fires or does not; which labels it has is not looked at."""
    minutes = int(values.rpartition("x")[2])
    expected = f'count(ALERTS{{alertname="{alert}",alertstate="firing"}})'
    samples = "[{value: 1}]" if fires else "[]"
    return (f"- interval: 1m\n  input_series:\n  - {{series: '{series}', values: '{values}'}}\n"
            f"  promql_expr_test:\n  - {{expr: '{expected}', eval_time: {minutes}m, exp_samples: {samples}}}\n")
