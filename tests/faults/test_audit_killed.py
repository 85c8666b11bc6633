"""A daemon killed while its audit chain grows and rotates: nothing acknowledged is lost, all of it verifies."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

from appliance.spool.chain import Chain
from appliance.spool.store import Store

KILLS = 6
SCRIPT = Path(__file__).with_name("rotating_ledger.py")


def test_a_kill_at_any_moment_of_a_rotation_leaves_a_chain_that_verifies(tmp_path: Path) -> None:
    store, chance, told = Store(tmp_path / "state"), random.Random(6), 0
    for _ in range(KILLS):
        with subprocess.Popen([sys.executable, str(SCRIPT), str(store.root)], stdout=subprocess.PIPE,
                              cwd=SCRIPT.parents[2], env={"PYTHONPATH": str(SCRIPT.parents[2])}) as child:
            assert child.stdout is not None
            for _ in range(chance.randint(6, 14)):
                told = int(child.stdout.readline())
            time.sleep(chance.uniform(0, 0.02))  # somewhere in the work after a head; any moment must do
            child.kill()
        report = Chain(store).whole()
        assert report.head.seq >= told
        assert report.witnesses >= 1
        oldest = report.segments * 100 + 1
        with Chain(store).opened() as ledger:
            row = ledger.one("oldest_audit")
            assert row is not None and row["seq"] <= oldest
    assert report.segments > KILLS
    assert Chain(store).since_last(3).head == report.head
