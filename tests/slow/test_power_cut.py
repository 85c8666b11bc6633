"""The power fails: every side that was acknowledged is on the disk, and the batch goes on to the same documents.

A real ext4 or xfs on a loop device is shut down in mid work without flushing its journal, which is what a power cut
leaves; then it is mounted again, as at a reboot. The moments are ledger numbers from a seed.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import random
import shutil
import sqlite3
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from loop_disk import Disk, loop_disk
from rig import DEADLINE, Rig, Sheet, accepted, balanced, dossier, escl, flat, job, letter

from appliance.spool.audit import first_break

SEED = 20261121
CUTS, SHORT = {"ext4": 10, "xfs": 4}, {"ext4": 5, "xfs": 2}
"""Cuts on each kind of file system; those of make test-slow, the others belong to make test-long."""

SIZE = 320 << 20
FACES = [flat(letter(number)) for number in range(1, 6)]
SHEETS = 4

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Office:
    """An appliance whose state lies on such a disk, and how a stack goes when nothing happens."""

    rig: Rig
    disk: Disk
    calm: list[tuple[Any, ...]]
    events: int


@pytest.fixture(scope="module")
def offices(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Office]]:
    """Give an appliance on a kind of file system, one for all its cuts."""
    with contextlib.ExitStack() as stack:
        yield functools.cache(lambda kind: opened(kind, tmp_path_factory.mktemp(kind), stack))


def opened(kind: str, root: Path, stack: contextlib.ExitStack) -> Office:
    disk = stack.enter_context(loop_disk(kind, root, SIZE))
    rig = Rig(root / "rig", {"device": [escl()], "job": [job(duplex=True)]}, state=disk.folder / "state")
    stack.callback(rig.stop)
    before = seq_of(rig)
    rig.load(paper("CALM"))
    rig.press()
    assert accepted(rig.settled()) == {"CALM"}
    return Office(rig, disk, filed(rig, "CALM"), seq_of(rig) - before)


def paper(code: str) -> list[Sheet]:
    """Return a separator and three letters, two of them on both faces."""
    return [dossier(code, 3, no_secret=True), Sheet(FACES[0], FACES[1]), Sheet(FACES[2]), Sheet(FACES[3], FACES[4])]


def seq_of(rig: Rig) -> int:
    return int(rig.rows("SELECT coalesce(max(seq), 0) FROM audit")[0][0])


def filed(rig: Rig, code: str) -> list[tuple[Any, ...]]:
    """Return (place of its document in the dossier, number, hash) of every page of a dossier, in order."""
    found = rig.rows("SELECT document, number, sha256 FROM page WHERE state = 'filed' AND dossier = "
                     f"'{code}.r1' ORDER BY document, number")
    return [(document.removeprefix(code), number, sha256) for document, number, sha256 in found]


def cut_at(office: Office, seq: int) -> list[sqlite3.Row]:
    """Cut the power as soon as the ledger has come to a number; return the sides that were in it before."""
    with contextlib.closing(sqlite3.connect(f"file:{office.rig.state / 'ledger.sqlite3'}?mode=ro", uri=True,
                                            isolation_level=None)) as ledger:
        ledger.row_factory = sqlite3.Row
        deadline = time.monotonic() + DEADLINE
        while ledger.execute("SELECT max(seq) FROM audit").fetchone()[0] < seq:
            assert time.monotonic() < deadline, "the work never came so far"
            time.sleep(0.001)
        sides = ledger.execute("SELECT batch, sheet, side, attempt, sha256, path FROM page").fetchall()
        office.disk.cut()
    office.rig.kill("daemon")
    office.disk.boot()
    return sides


def all_is_there(state: Path, sides: list[sqlite3.Row], scratch: Path) -> None:
    """Check ledger and masters as they lie on the disk, before the daemon touches them."""
    for name in ("ledger.sqlite3", "ledger.sqlite3-wal"):
        if (state / name).exists():
            shutil.copy(state / name, scratch / name)
    with contextlib.closing(sqlite3.connect(scratch / "ledger.sqlite3")) as ledger:
        ledger.row_factory = sqlite3.Row
        assert ledger.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        assert first_break(ledger.execute("SELECT * FROM audit ORDER BY seq").fetchall()) is None
        rows = ledger.execute("SELECT batch, sheet, side, attempt, sha256, path FROM page").fetchall()
        assert {tuple(side) for side in sides} <= {tuple(row) for row in rows}
    for row in rows:
        master = (state / "masters" / row["path"]).read_bytes()
        assert hashlib.sha256(master).hexdigest() == row["sha256"], row["path"]


def go_on(rig: Rig, name: str, batches: int) -> None:
    """Do what the operator is told to do."""
    rig.start("daemon")
    device = rig.wait(lambda seen: seen["devices"][0]["state"] == "ready" or seen["devices"][0]["sheet"] > 0,
                      "the scanner is ready or a sheet is named")["devices"][0]
    if device["state"] == "ready" and rig.rows("SELECT count(*) FROM batch") == [(batches,)]:
        rig.put_back(name, 1)  # the press itself was lost
        rig.press()
    elif device["state"] == "reload" and device["sheet"] > SHEETS:
        rig.ask("finish")
    elif device["state"] == "reload":
        rig.put_back(name, device["sheet"])
        rig.resume()


@pytest.mark.parametrize(("kind", "number"), [
    pytest.param(kind, number, marks=[pytest.mark.long] if number >= SHORT[kind] else [])
    for kind in CUTS for number in range(CUTS[kind])])
def test_no_acknowledged_side_is_lost_and_the_batch_ends_as_if_the_power_had_stayed(
    offices: Callable[[str], Office], kind: str, number: int, tmp_path: Path,
) -> None:
    office, code = offices(kind), f"CUT.{number}"
    rig = office.rig
    points = random.Random(SEED).sample(range(1, office.events), max(CUTS.values()))
    rig.take_out()
    before, batches = seq_of(rig), rig.rows("SELECT count(*) FROM batch")[0][0]
    name = rig.load(paper(code))
    rig.press()
    sides = cut_at(office, before + points[number])
    all_is_there(rig.state, sides, tmp_path)
    go_on(rig, name, batches)
    status = rig.settled()
    assert code in accepted(status), status["held"]
    balanced(status)
    assert filed(rig, code) == office.calm
    packages = list(filter(zipfile.is_zipfile, (rig.place.part("archive") / "archive").glob("*/*.zip")))
    assert len(packages) == len(accepted(status)), "a package came twice, or not at all"
