"""unpaper (Debian) with its defaults on a page as PNM, as a process of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import numpy.typing as npt

Colour = npt.NDArray[np.uint8]


def version() -> str | None:
    """Return unpaper's version, None where it is not installed."""
    if shutil.which("unpaper") is None:
        return None
    said = subprocess.run(["unpaper", "--version"], capture_output=True, text=True, check=False)
    return (said.stdout or said.stderr).strip().splitlines()[0]


def cpu_ms(rgb: Colour, folder: Path) -> float:
    """Clean a colour page (height, width, 3) and return the process's CPU milliseconds, files included."""
    source, target = folder / "page.ppm", folder / "clean.ppm"
    header = f"P6\n{rgb.shape[1]} {rgb.shape[0]}\n255\n".encode()
    source.write_bytes(header + np.ascontiguousarray(rgb).tobytes())
    target.unlink(missing_ok=True)
    process = subprocess.Popen(["unpaper", "--layout", "single", str(source), str(target)],
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, spent = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode or not target.exists():
        msg = f"unpaper ended with {process.returncode}"
        raise RuntimeError(msg)
    return (spent.ru_utime + spent.ru_stime) * 1000
