"""Builds the virtual SANE scanner (virtualfi.c) and gives libsane a world of only it and the `test` backend."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
BUILT = HERE.parents[1] / "build" / "sane"
SOURCE = HERE / "virtualfi.c"
DEVICE = "virtualfi:fi-8170:VIRTUAL8170"
COMPILE = ("gcc", "-O2", "-shared", "-fPIC", "-Wall", "-Wextra", "-Werror", "-fvisibility=hidden")
TEST_CONF = """number_of_devices 1
mode Color
hand-scanner false
three-pass false
depth 8
source "Automatic Document Feeder"
resolution 300.0
resolution_min 1.0
resolution_max 1200.0
resolution_quant 1.0
test-picture "Color pattern"
geometry_min 0.0
geometry_max 420.0
geometry_quant 0.0
tl_x 0.0
tl_y 0.0
br_x 210.0
br_y 297.0
enable-test-options true
"""


def why_not() -> str:
    """Say what is missing to build and run it; empty when all is there."""
    if shutil.which("gcc") is None:
        return "gcc is not installed"
    if not Path("/usr/include/sane/sane.h").exists():
        return "libsane-dev is not installed"
    return ""


def environment() -> dict[str, str]:
    """Build what is not built yet and return what libsane must find in its environment.

    The folder does not change while a process runs: libsane reads SANE_CONFIG_DIR once.
    """
    folder = BUILT / hashlib.sha256(SOURCE.read_bytes() + TEST_CONF.encode()).hexdigest()[:16]
    if not folder.is_dir():
        making = folder.with_name(f"{folder.name}.{os.getpid()}")
        making.mkdir(parents=True)
        library = making / "libsane-virtualfi.so.1"
        subprocess.run([*COMPILE, "-o", str(library), str(SOURCE)], check=True, timeout=120)
        (making / "dll.conf").write_text("virtualfi\ntest\n")
        (making / "test.conf").write_text(TEST_CONF)
        try:
            making.rename(folder)
        except OSError:  # another process was faster
            shutil.rmtree(making)
    return {"SANE_CONFIG_DIR": str(folder), "LD_LIBRARY_PATH": str(folder)}


@dataclass(frozen=True)
class VirtualFi:
    """One virtual scanner: a folder with its hopper."""

    folder: Path

    @property
    def hopper(self) -> Path:
        return self.folder / "hopper"

    @property
    def out(self) -> Path:
        return self.folder / "out"

    def environment(self) -> dict[str, str]:
        """Everything a process needs to see this scanner."""
        return environment() | {"VIRTUAL_FI": str(self.folder)}

    def control(self, **wishes: object) -> None:
        """Say what the device is like and what shall go wrong, in place of what was said before."""
        part = self.folder / "control.part"
        part.write_text("".join(f"{key}={value}\n" for key, value in wishes.items()))
        part.rename(self.folder / "control")

    def load(self, sheet: int, front: bytes, back: bytes | None = None) -> None:
        """Put a sheet into the hopper; sides are whole P6 files. The front last: it makes the sheet."""
        if back is not None:
            (self.hopper / f"{sheet:04d}b.ppm").write_bytes(back)
        part = self.folder / "load.part"
        part.write_bytes(front)
        part.rename(self.hopper / f"{sheet:04d}a.ppm")

    def put_back(self, first: int) -> None:
        """Do what the operator is told to: that sheet and all that were fed after it go back."""
        for path in sorted(self.out.iterdir(), reverse=True):
            if int(path.name[:4]) >= first:
                path.rename(self.hopper / path.name)

    def left(self) -> int:
        """How many sheets lie in the hopper."""
        return len(list(self.hopper.glob("*a.ppm")))

    def press(self) -> None:
        """Press Start on the device."""
        (self.folder / "press").touch()

    def stats(self) -> dict[str, float]:
        """What the feeder has seen of its host."""
        lines = (self.folder / "stats").read_text().splitlines()
        return {key: float(value) for key, value in (line.split("=") for line in lines)}


def make(folder: Path) -> VirtualFi:
    """Make an empty scanner in a folder."""
    for name in ("hopper", "out"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    return VirtualFi(folder)


def ppm(width: int, height: int, pixels: bytes) -> bytes:
    """Return a P6 file."""
    return b"P6\n%d %d\n255\n" % (width, height) + pixels


def shade(width: int, height: int, colour: Iterable[int]) -> bytes:
    """Return a P6 file of one colour."""
    return ppm(width, height, bytes(colour) * (width * height))
