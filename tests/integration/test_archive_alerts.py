"""The alert rules of docs/receiver.md name metrics that exist; Prometheus' own tool takes them and fires them."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from test_keeping_alerts import case

from appliance.receiver.archive import open_archive
from appliance.receiver.front import Front
from appliance.receiver.judges import ThreadJudges
from appliance.receiver.metrics import Scrape, scrape
from appliance.receiver.serving import assembled
from appliance.receiver.settings import Settings

PAGE = Path(__file__).parents[2] / "docs" / "receiver.md"
CASES = [
    ("ArchiveTrustMissing", "archive_trust_there", "0+0x20", True),
    ("ArchiveTrustMissing", "archive_trust_there", "1+0x20", False),
    ("ArchivePackagesWait", "archive_waiting_oldest_seconds", "1801+60x20", True),
    ("ArchivePackagesWait", "archive_waiting_oldest_seconds", "5+0x20", False),
    ("ArchiveIndexDown", "archive_index_up", "0+0x20", True),
    ("ArchiveIndexDown", "archive_index_up", "1+0x20", False),
    ("ArchiveDiskFull", 'archive_free_bytes{place="hall-a"}', "40000000000+0x20", True),
    ("ArchiveDiskFull", 'archive_free_bytes{place="hall-a"}', "60000000000+0x20", False),
    ("ArchiveInletAway", 'archive_inlet_there{inlet="courier"}', "0+0x4400", True),
    ("ArchiveInletAway", 'archive_inlet_there{inlet="courier"}', "0+0x600", False),
]


def rules() -> str:
    (block,) = re.findall(r"^```\n(- alert:.*?)^```", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    return "groups:\n- name: archive\n  rules:\n" + "".join(f"  {line}\n" for line in block.splitlines())


def test_every_metric_of_a_rule_of_the_intake_exists(tmp_path: Path) -> None:
    with open_archive(Settings(tmp_path)) as archive:
        receiver = assembled(archive, ThreadJudges(lambda _: "", archive.work), Front(archive))
        gauges = Scrape(archive, receiver.line, receiver.parts, lambda: 0)
        shown = scrape(receiver.deciding.figures, gauges).decode()
    named = set(re.findall(r"^  +expr: (archive_\w+)", rules(), re.MULTILINE))
    assert len(named) == 5
    assert named <= set(re.findall(r"^# TYPE (\S+)", shown, re.MULTILINE))


def test_every_rule_of_the_intake_says_what_to_do_in_both_languages() -> None:
    for said in re.findall(r'summary: "(.*)"', rules()):
        vi, en = said.split(" / ")
        assert "Hãy" in vi
        assert en.isascii()


@pytest.mark.skipif(shutil.which("promtool") is None, reason="not run: promtool is not installed")
def test_each_rule_of_the_intake_fires_for_its_trouble_and_no_other(tmp_path: Path) -> None:
    (tmp_path / "rules.yml").write_text(rules(), "utf-8")
    head = "rule_files: [rules.yml]\nevaluation_interval: 1m\ntests:\n"
    (tmp_path / "test.yml").write_text(head + "".join(case(*one) for one in CASES), "utf-8")
    for words in (("check", "rules", "rules.yml"), ("test", "rules", "test.yml")):
        done = subprocess.run(["promtool", *words], cwd=tmp_path, capture_output=True, text=True, timeout=60,
                              check=False)
        assert done.returncode == 0, done.stdout + done.stderr
