"""A whole appliance whose pages are looked at and read by workers of a cluster, one killed in the middle."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "faults"))

import pytest
from cluster_rig import scheduler
from rig import ROOT, Rig, accepted, balanced, dossier, escl, job, page

from appliance.core.config import Cluster

pytestmark = pytest.mark.slow


@dataclass
class Cells:
    """A rig, and the workers of its cluster."""

    rig: Rig
    workers: list[subprocess.Popen[bytes]]

    def worker(self, name: str) -> None:
        settings = str(self.rig.place.settings)
        words = [sys.executable, "-m", "appliance", "worker", "--config", settings, "--name", name]
        self.workers.append(subprocess.Popen(words, cwd=ROOT))


@pytest.fixture
def cells(tmp_path: Path) -> Iterator[Cells]:
    process, address = scheduler(tmp_path, Cluster())
    found = None
    workers = [process]
    try:
        pool = {"workers": 1, "cluster": {"scheduler": address}}
        found = Rig(tmp_path / "rig", {"device": [escl()], "job": [job()], "pool": pool})
        yield Cells(found, workers)
    finally:
        if found is not None:
            found.stop()
        for one in workers:
            one.kill()
            one.wait()


def test_pages_go_to_the_cluster_and_a_killed_worker_costs_none(cells: Cells) -> None:
    cells.worker("away")
    cells.rig.wait(lambda seen: len(seen["pool"]["pids"]) == 2, "a worker of another host")
    cells.rig.load([dossier("FAR.1", 4), *(page(number) for number in range(1, 5))])
    cells.rig.press()
    cells.rig.wait(lambda seen: seen["pool"]["busy"] > 0, "work under way")
    cells.workers[1].send_signal(signal.SIGKILL)
    found = cells.rig.wait(lambda seen: "FAR.1" in accepted(seen), "the dossier is in the archive")
    balanced(found)
