"""A million links: verified in bounded memory, and the one altered row is named."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from rig import ROOT

from appliance.core.audit import Audit
from appliance.spool import segments
from appliance.spool.audit import Head
from appliance.spool.heads import HeadBook
from appliance.spool.ledger import Ledger
from appliance.spool.store import Store

pytestmark = pytest.mark.slow

LINKS = 1_000_000
LIMITS = Audit()
MOST_MEMORY = 160_000 / 1024

WEIGHED = (
    f"import sys; sys.path.append({str(Path(__file__).parent)!r}); from resident import most_resident; "
    "from appliance.cli import main; code = main(sys.argv[1:]); print(most_resident(), file=sys.stderr); "
    "sys.exit(code)")
"""The command, which says in the end how much memory it took."""


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A state folder whose chain was rotated as it grew."""
    store = Store(tmp_path_factory.mktemp("million") / "state")
    store.prepare()
    with closing(Ledger(store.ledger)) as ledger:
        while ledger.head()[0] < LINKS:
            with ledger.transaction():
                for number in range(50_000):
                    ledger.note("page.captured", f"01890000-0000-7000-8000-000000000001/{number:04d}a1")
            _rotate(ledger, store)
        HeadBook(store.audit).add(Head(*ledger.head()), "stop")
    return store


def _rotate(ledger: Ledger, store: Store) -> None:
    while segments.shed(ledger):
        pass
    while last := segments.due(ledger, LIMITS):
        segments.seal(ledger, segments.write(ledger, store.audit, last))
        while segments.shed(ledger):
            pass


def verify(store: Store) -> subprocess.CompletedProcess[str]:
    words = ("audit", "verify", "--json", "--state", str(store.root))
    return subprocess.run([sys.executable, "-c", WEIGHED, *words], capture_output=True, text=True, cwd=ROOT,
                          timeout=300, check=False, env=os.environ | {"PYTHONIOENCODING": "utf-8"})


def test_a_million_links_are_verified_in_bounded_memory(store: Store) -> None:
    told = verify(store)
    assert told.returncode == 0, told.stderr
    report = json.loads(told.stdout)
    assert report["rows"] >= LINKS and report["segments"] >= 18 and report["witnesses"] == 1
    assert float(told.stderr.splitlines()[-1]) < MOST_MEMORY


def test_one_altered_row_among_a_million_is_named(store: Store) -> None:
    path = store.audit / segments.name_of(7)
    first = 6 * LIMITS.segment_rows + 1
    data = path.read_bytes()
    path.chmod(0o600)
    line = data.index(f"\n[{first + 4321},".encode()) + 1
    at = data.index(b"page.captured", line)
    path.write_bytes(data[:at] + b"page.xaptured" + data[at + 13:])
    try:
        told = verify(store)
    finally:
        path.write_bytes(data)
    assert told.returncode == 1
    assert told.stderr.startswith("S206") and f" {first + 4321} " in told.stderr and path.name in told.stderr
