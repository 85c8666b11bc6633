"""The power fails while copies are put back: after the boot no copy is half, and the next run makes all whole.

Index and both places lie on a real ext4 or xfs whose journal is never flushed; what was noted as restored before
the cut must be there after it.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from archive_stand import until
from kept_archive import Kept, fill, fixity, kept, run, there
from loop_disk import MAKE, OPTIONS, Disk

from appliance.core import files
from appliance.receiver import tables

SIZE = 320 << 20

pytestmark = pytest.mark.slow
MOMENTS = (1, 3, 5, 8)
"""How many copies are back when the power fails."""


@pytest.fixture(params=sorted(MAKE))
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Disk]:
    kind = request.param
    if os.geteuid() != 0 or shutil.which(MAKE[kind][0]) is None:
        pytest.skip(f"not run: needs root and {MAKE[kind][0]}")
    found = Disk(tmp_path / "disk.img", tmp_path / "disk", OPTIONS.get(kind, "loop"))
    found.folder.mkdir()
    with found.image.open("wb") as file:
        file.truncate(SIZE)
    subprocess.run([*MAKE[kind], str(found.image)], check=True)
    if obstacle := found.mount():
        pytest.skip(f"not run: no {kind} can be mounted here: {obstacle}")
    yield found
    subprocess.run(["umount", "--lazy", str(found.folder)], check=False)


def cut_in_mid_restoring(disk: Disk, folder: Path, names: list[str], least: int) -> None:
    """Let the checks begin, and the power fail when so many copies are back."""
    process = fixity(folder, "--all")
    far = folder / "far"
    until(lambda: len(list(far.glob("*/*.zip"))) >= least + 1 or process.poll() is not None, f"{least} are back")
    disk.cut()
    process.send_signal(signal.SIGKILL)
    process.communicate()
    disk.boot()


def test_the_power_fails_while_copies_are_put_back(disk: Disk) -> None:
    folder = disk.folder / "archive"
    folder.mkdir()
    with kept(folder, documents=0) as stand:
        fill(stand)
        stand.day()
        names = list(stand.names)
    for least in MOMENTS:
        with kept(folder, documents=0) as stand:
            for name in names:
                stand.path("far", name).unlink(missing_ok=True)
        os.sync()
        cut_in_mid_restoring(disk, folder, names, least)
        with kept(folder, documents=0) as stand:
            stand.names = names
            back = [name for name in names if stand.path("far", name).is_file()]
            assert all(files.sha256_of(stand.path("far", name)) == name for name in back)
            assert promised(stand) <= set(back)
        code, said = run(folder, "--all")
        assert code == 0, said
        with kept(folder, documents=0) as stand:
            stand.names = names
            assert there(stand) == len(names)
            assert all(files.sha256_of(stand.path("far", name)) == name for name in names)


def promised(stand: Kept) -> set[str]:
    """Return what the last run, which the power cut ended, noted as good at the far place."""
    began = max(str(row["began"]) for row in stand.rows(tables.fixity))
    return {row["sha256"] for row in stand.rows(tables.copies)
            if row["place"] == "far" and row["state"] == "good" and row["checked"] >= began}
