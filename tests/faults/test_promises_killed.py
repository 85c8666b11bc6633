"""A daemon killed while it judges promises: none is counted twice, none is forgotten, and no second is lost."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest
from rescan_stand import Office

from appliance.core import clock
from appliance.core.service import ARCHIVE, Service
from appliance.spool import service
from appliance.spool.ledger import Ledger

KILLS = 6
SCRIPT = Path(__file__).with_name("promising_ledger.py")
ROOT = SCRIPT.parents[2]
PROMISES = service.Promises(Service(), frozenset())


def test_a_kill_at_any_moment_changes_no_number(tmp_path: Path) -> None:
    chance = random.Random(8)
    for run in range(1, KILLS + 1):
        with subprocess.Popen([sys.executable, str(SCRIPT), str(tmp_path), str(run)], stdout=subprocess.PIPE,
                              cwd=ROOT, env={"PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"}) as child:
            assert child.stdout is not None
            for _ in range(chance.randint(3, 9)):
                assert child.stdout.readline()
            time.sleep(chance.uniform(0, 0.02))  # somewhere in the work after a line; any moment must do
            child.kill()
    now = clock.now().timestamp()
    with closing(Ledger(tmp_path / "ledger.sqlite3")) as ledger:
        for row in service.due(ledger, PROMISES, now, 1000):
            service.settle(ledger, row["id"], PROMISES, now)
        rows = ledger._db.execute("SELECT * FROM promise").fetchall()
        found, standing = service.served(ledger)[ARCHIVE], service.standing(ledger, PROMISES)[ARCHIVE]
    arrived = [row for row in rows if row["arrived"]]
    late = [row for row in rows if row["arrived"] == 0 and row["started"] < now - 86_400]
    assert len(arrived) > KILLS and len(late) > KILLS
    assert (found.met, found.missed) == (len(arrived), len(late))
    assert standing.late == len(late)
    assert sum(found.buckets.values()) + found.beyond == len(arrived)
    assert sum(found.seconds.values()) == pytest.approx(sum(row["arrived"] - row["started"] for row in arrived))


def test_death_before_any_statement_of_a_settlement_changes_no_number(tmp_path: Path) -> None:
    office = Office(tmp_path)
    for code in ("H1.1", "H1.2"):
        office.dossier(1, code=code)
    office.all_the_way("p1", "H1.1")
    office.ledger.close()
    done = subprocess.run(
        [sys.executable, str(SCRIPT.with_name("settled_or_not.py")), str(tmp_path),
         str(clock.now().timestamp() + 2 * 86_400)],
        cwd=ROOT, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=60, check=True)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(lines) > 15
    assert all(line == lines[-1] for line in lines)
    assert lines[-1][:3] == [1, 1, 1]
