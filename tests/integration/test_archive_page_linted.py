"""The archive's own metrics page has no fault that Prometheus' tool finds, and no series of creation times."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from appliance.receiver.archive import open_archive
from appliance.receiver.front import Front
from appliance.receiver.judges import ThreadJudges
from appliance.receiver.metrics import Scrape, scrape
from appliance.receiver.serving import assembled
from appliance.receiver.settings import Settings


@pytest.fixture
def page(tmp_path: Path) -> bytes:
    with open_archive(Settings(tmp_path)) as archive:
        receiver = assembled(archive, ThreadJudges(lambda _: "", archive.work), Front(archive))
        figures = receiver.deciding.figures
        figures.decided(accepted=True, size=5)
        with figures.looking():
            figures.damaged.inc()
        return scrape(figures, Scrape(archive, receiver.line, receiver.parts, lambda: 0))


def test_a_decision_is_told_without_when_its_series_was_made(page: bytes) -> None:
    families = {one.name: one for one in text_string_to_metric_families(page.decode())}
    assert not [name for name in families if name.endswith("_created")]
    assert families["archive_decision_seconds"].type == "histogram"
    assert {sample.labels["result"]: sample.value for sample in families["archive_packages"].samples} == {
        "accepted": 1.0, "rejected": 0.0}


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed")
def test_promtool_finds_no_fault_in_it(page: bytes, tmp_path: Path) -> None:
    done = subprocess.run(["promtool", "check", "metrics"], input=page, cwd=tmp_path, capture_output=True,
                          timeout=60, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, b"")
