"""A file system of its own whose power can be cut: a real ext4 or xfs on a loop device."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import struct
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

MAKE = {"ext4": ["mkfs.ext4", "-q", "-F"], "xfs": ["mkfs.xfs", "-q", "-f"]}
OPTIONS = {"xfs": "loop,nouuid"}
"""Another test's mount namespace may keep the disk that was cut: XFS mounts no second one of its name."""

GOING_DOWN, NO_LOG_FLUSH = 0x8004587D, 2
"""EXT4_IOC_SHUTDOWN and XFS_IOC_GOINGDOWN are one number; nothing in flight reaches the disk any more."""

DEADLINE = 90.0


@dataclass(frozen=True)
class Disk:
    """A file system of its own whose power can be cut."""

    image: Path
    folder: Path
    options: str = "loop"

    def mount(self) -> str:
        """Mount it, which replays its journal; return what is in the way, or an empty text."""
        done = subprocess.run(["mount", "-o", self.options, str(self.image), str(self.folder)], check=False,
                              capture_output=True, text=True)
        return done.stderr.strip() if done.returncode else ""

    def cut(self) -> None:
        door = os.open(self.folder, os.O_RDONLY)
        fcntl.ioctl(door, GOING_DOWN, struct.pack("I", NO_LOG_FLUSH))
        os.close(door)

    def boot(self) -> None:
        """Go on with what has come to the disk; the copy has no memory of the mount whose power was cut."""
        found = self.image.with_suffix(".found")
        subprocess.run(["cp", "--sparse=always", str(self.image), str(found)], check=True)
        self.unmount()
        found.replace(self.image)
        assert self.mount() == ""

    def unmount(self) -> None:
        deadline = time.monotonic() + DEADLINE
        while (done := subprocess.run(["umount", str(self.folder)], check=False, capture_output=True)).returncode:
            assert time.monotonic() < deadline, done.stderr
            time.sleep(0.05)


@contextlib.contextmanager
def loop_disk(kind: str, root: Path, size: int) -> Iterator[Disk]:
    """Make and mount a disk of this kind below ``root``; without the means for it the test is not run."""
    if os.geteuid() != 0 or shutil.which(MAKE[kind][0]) is None:
        pytest.skip(f"not run: needs root and {MAKE[kind][0]}")
    disk = Disk(root / "disk.img", root / "disk", OPTIONS.get(kind, "loop"))
    disk.folder.mkdir()
    with disk.image.open("wb") as file:
        file.truncate(size)
    subprocess.run([*MAKE[kind], str(disk.image)], check=True)
    if obstacle := disk.mount():
        pytest.skip(f"not run: no {kind} can be mounted here: {obstacle}")
    try:
        yield disk
    finally:
        subprocess.run(["umount", "--lazy", str(disk.folder)], check=False)
