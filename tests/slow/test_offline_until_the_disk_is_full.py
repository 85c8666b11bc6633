"""Weeks without the archive: unsent packages fill the disk, scanning pauses before loss, and all arrives."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from rig import Rig, accepted, balanced, dossier, escl, job, page
from small_disk import small_disk

MB = 1_000_000
DISK, LEAST = 400, 330

pytestmark = pytest.mark.slow


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path / "disk", DISK) as folder:
        yield folder


def room(disk: Path) -> int:
    return os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize


def unsent(rig: Rig) -> int:
    return int(rig.rows("SELECT count(*) FROM delivery WHERE state IN ('queued', 'sending')")[0][0])


def packed(rig: Rig, number: int) -> None:
    """Wait until so many packages wait to be sent: what was captured is packed, blocked or not."""
    rig.wait(lambda _found: unsent(rig) == number, f"{number} packages wait")


def readable_by_others(root: Path) -> list[str]:
    """Return what below ``root`` others may open or the group may write."""
    found = [root, *root.rglob("*")]
    return [f"{stat.S_IMODE(path.lstat().st_mode):o} {path.relative_to(root)}" for path in found
            if not path.is_symlink() and not path.is_socket() and path.lstat().st_mode & 0o027]


def test_a_spool_of_unsent_packages_pauses_scanning_before_loss_and_goes_on_after(
        tmp_path: Path, disk: Path) -> None:
    before = os.umask(0o022)
    rig = Rig(tmp_path / "rig", {"device": [escl()], "job": [job()],
                                 "storage": {"min_free_mb": LEAST, "keep_days": 0}},
              archive=False, state=disk / "state")
    try:
        codes: set[str] = set()
        while rig.device()["state"] != "blocked":
            code = f"FULL.{len(codes) + 1}"
            codes.add(code)
            rig.load([dossier(code, 2), page(1), page(2)])
            rig.press()
            packed(rig, len(codes))
            (disk / f"other-{len(codes)}").write_bytes(bytes(12 * MB))  # what else an office host writes
            assert len(codes) < 20
            rig.wait(lambda found: (room(disk) >= (LEAST + 2) * MB) == (found["devices"][0]["state"] != "blocked"),
                     "the room is looked at")
        status = rig.status()
        assert status["devices"][0]["code"] == "S201"
        assert room(disk) > LEAST * MB // 2, "it pauses while there is room for what is under way"
        assert readable_by_others(rig.state) == []
        rig.start("receiver")
        for path in disk.glob("other-*"):
            path.unlink()
        rig.wait(lambda found: accepted(found) == codes, "everything arrives")
        rig.wait(lambda found: found["devices"][0]["state"] != "blocked", "scanning goes on")
        balanced(rig.settled())
        assert 'appliance_delivery_aside 0.0' in rig.metrics()
        assert readable_by_others(rig.state) == []
    finally:
        os.umask(before)
        rig.stop()
