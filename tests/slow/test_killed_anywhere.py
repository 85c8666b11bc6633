"""kill -9 of any process at any moment: the work goes on and ends as if nothing had happened."""

from __future__ import annotations

import json
import random
import sqlite3
import subprocess
import sys
import time
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest

pytestmark = pytest.mark.slow

SEED = 20261121
RUNS, SHORT = 5, 3
KILLS = 4
"""RUNS times KILLS seeded kill points; the runs from SHORT on belong to make test-long."""

VICTIMS = ("run", "worker", "scanner", "signer", "receive", "development-tsa")
"""Commands of the processes that may die: daemon, worker, scanner process, signer, archive, time stamps."""

PATIENCE = 420.0


@dataclass
class Story:
    """What is left of a run: masters of each document in order, the report, what the archive holds."""

    documents: dict[str, list[str]]
    report: dict[str, object]
    archived: list[str]
    last_seq: int
    killed: list[tuple[int, str]] = field(default_factory=list)


def tell(out: Path, killed: list[tuple[int, str]]) -> Story:
    with sqlite3.connect(f"file:{out / 'state/ledger.sqlite3'}?mode=ro", uri=True) as ledger:
        rows = ledger.execute("SELECT document, sha256 FROM page WHERE document IS NOT NULL AND state = 'filed' "
                              "ORDER BY document, number").fetchall()
        last = ledger.execute("SELECT max(seq) FROM audit").fetchone()[0]
    ledger.close()
    documents: dict[str, list[str]] = {}
    for document, sha256 in rows:
        documents.setdefault(document, []).append(sha256)
    archived = []
    for package in filter(zipfile.is_zipfile, sorted((out / "archive/archive").glob("*/*.zip"))):
        with zipfile.ZipFile(package) as opened:
            archived += [Path(name).name for name in opened.namelist() if name.endswith(".pdf")]
    report = json.loads((out / "report.json").read_text())
    return Story(documents, report, sorted(archived), last, killed)


def run(out: Path, kills: list[tuple[int, str]]) -> Story:
    """Run the demo; end a process of each kind as soon as the ledger has come to its number."""
    command = [sys.executable, "-m", "appliance", "demo", "--out", str(out)]
    with (out.parent / f"{out.name}.log").open("wb") as log:
        demo = subprocess.Popen(command, stdout=log, stderr=log)
        killed = []
        deadline = time.monotonic() + PATIENCE
        try:
            for seq, victim in kills:
                while seq_of(out) < seq and demo.poll() is None and time.monotonic() < deadline:
                    time.sleep(0.002)
                if kill(demo.pid, victim):
                    killed.append((seq, victim))
            status = demo.wait(max(1.0, deadline - time.monotonic()))
        finally:
            for process in psutil.Process(demo.pid).children(recursive=True) if demo.poll() is None else []:
                process.kill()
            if demo.poll() is None:
                demo.kill()
    assert status == 0, (out.parent / f"{out.name}.log").read_text()[-4000:]
    return tell(out, killed)


def seq_of(out: Path) -> int:
    path = out / "state/ledger.sqlite3"
    if not path.exists():
        return 0
    try:
        ledger = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=0.05)
        found = ledger.execute("SELECT max(seq) FROM audit").fetchone()[0]
        ledger.close()
    except sqlite3.OperationalError:
        return 0
    return found or 0


def kill(demo: int, victim: str) -> bool:
    """End one process of that kind; say whether there was one."""
    for process in psutil.Process(demo).children(recursive=True):
        try:
            if victim in process.cmdline()[1:5]:
                process.kill()
                return True
        except (psutil.NoSuchProcess, IndexError):
            continue
    return False


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Story:
    return run(tmp_path_factory.mktemp("calm") / "out", [])


def plan(number: int, last: int) -> list[tuple[int, str]]:
    """Return seeded kill points of one run; over all runs every kind of process dies as often as another."""
    chance = random.Random(SEED + number)
    points = sorted(chance.sample(range(2, last - 2), KILLS))
    return [(seq, VICTIMS[(number * KILLS + at) % len(VICTIMS)]) for at, seq in enumerate(points)]


@pytest.mark.parametrize("number", [
    pytest.param(number, marks=[pytest.mark.long] if number >= SHORT else []) for number in range(RUNS)])
def test_whatever_is_killed_the_same_documents_are_filed_once(
    number: int, undisturbed: Story, tmp_path: Path,
) -> None:
    story = run(tmp_path / "out", plan(number, undisturbed.last_seq))
    assert len(story.killed) == KILLS, f"only {story.killed} could be killed"
    assert story.documents == undisturbed.documents
    assert story.archived == undisturbed.archived
    assert story.report["reconciled"] is True
    assert story.report["pages_filed"] == undisturbed.report["pages_filed"]
