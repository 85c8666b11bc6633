"""The builder is killed at any moment: a package is there whole, always the same, or not at all."""

from __future__ import annotations

import hashlib
import json
import random
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

from archive_stand import ROOT, dossier, signed

from appliance.archive.packages.package import build
from appliance.core import files
from appliance.core.jobs import PackageJob
from appliance.core.plain import to_plain

KILLS = 8
DEADLINE = 30.0

BUILDER = """
import json, sys
from dataclasses import replace
from appliance.archive.packages.package import build
from appliance.core.jobs import PackageJob
from appliance.core.plain import from_plain
job = from_plain(PackageJob, json.loads(sys.stdin.read()))
for number in range(100_000):
    build(replace(job, out=f"{job.out}.{number}.zip"))
    print(number, flush=True)
"""


def killed(job: PackageJob, after: float) -> None:
    """Have a process build packages without end; kill it some time after its first."""
    process = subprocess.Popen([sys.executable, "-c", BUILDER], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               text=True, cwd=ROOT)
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(json.dumps(to_plain(job)))
        process.stdin.close()
        assert process.stdout.readline() == "0\n"
        time.sleep(after)
    finally:
        process.kill()
        process.stdout.close()
        process.wait(DEADLINE)


def test_a_package_is_there_whole_or_not_at_all(tmp_path: Path) -> None:
    job = dossier(tmp_path / "in", {1: signed(random.Random(1).randbytes(3 << 20)), 2: signed(b"two")})
    out = tmp_path / "out"
    expected = build(job).sha256
    chance, half_done = random.Random(7), 0
    for number in range(KILLS):
        folder = out / str(number)
        killed(replace(job, out=str(folder / "p")), chance.uniform(0.0, 0.08))
        made = list(folder.glob("*.zip"))
        assert made
        for path in made:
            assert hashlib.sha256(path.read_bytes()).hexdigest() == expected
        half_done += len(list(folder.glob(f"*{files.TEMPORARY}")))
        files.sweep_temporaries(folder)
        assert sorted(folder.iterdir()) == sorted(made)
        for path in made:
            path.unlink()
    assert half_done, "no kill met a build under way: the test proves nothing"
