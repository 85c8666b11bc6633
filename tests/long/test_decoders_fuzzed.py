"""A hundred thousand damaged files: each decodes or gives a typed error; no process ends, none grows."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest
from results_file import write

pytestmark = pytest.mark.long

ROOT = Path(__file__).parents[2]
FILES, ROUNDS = 20_000, 5
MOST_GROWTH_KIB = 64 * 1024
PLACE = {"PATH": "/usr/bin:/bin", "PYTHONPATH": f"{ROOT}:{ROOT / 'tests/integration/imaging'}",
         "NUMBA_CACHE_DIR": str(ROOT / "build" / "numba")}

PROGRAM = '''
import io, json, resource, sys
from collections import Counter
from random import Random
import numpy as np
from PIL import Image
import odd_images as odd
from appliance.core.errors import ApplianceError

seed, files = int(sys.argv[1]), int(sys.argv[2])
rng = Random(seed)
page = odd.pixels("print", 200, 150, seed)
whole = [odd.coded(page, mode) for mode in odd.MODES]
stream = io.BytesIO()
Image.fromarray(page).save(stream, "JPEG", progressive=True)
whole.append((stream.getvalue(), whole[0][1]))
seen, early = Counter(), 0
for at in range(files):
    data, form = whole[at % len(whole)]
    if rng.random() < 0.3:
        data = data[:rng.randrange(len(data))]
    out = bytearray(data)
    for _ in range(rng.randrange(1, 12) if out else 0):
        out[rng.randrange(len(out))] ^= 1 << rng.randrange(8)
    found = odd.decoded(bytes(out), form)
    seen[found.kind.code if isinstance(found, ApplianceError) else "decoded"] += 1
    if at == files // 10:
        early = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps({"seen": seen, "grown_kib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - early}))
'''


def test_damaged_files_by_the_thousand_end_no_process() -> None:
    totals: dict[str, int] = {}
    grown = 0
    for at in range(ROUNDS):
        seed = Random(f"fuzz/{at}").getrandbits(31)
        program = [sys.executable, "-X", "faulthandler", "-c", PROGRAM, str(seed), str(FILES)]
        done = subprocess.run(program, env=PLACE, cwd=ROOT, capture_output=True, text=True, check=False,
                              timeout=3600)
        assert done.returncode == 0, f"seed {seed}: {done.stderr[-2000:]}"
        found = json.loads(done.stdout)
        grown = max(grown, found["grown_kib"])
        for kind, count in found["seen"].items():
            totals[kind] = totals.get(kind, 0) + count
    write("decoders_fuzzed", {"files": FILES * ROUNDS, "outcomes": totals, "grown_kib": grown})
    assert totals["decoded"] > 0 and len(totals) >= 4
    assert grown < MOST_GROWTH_KIB
