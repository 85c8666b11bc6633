"""Builds a judge that is written in Java: with Maven, from what its folder says."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

PACKAGES = "default-jdk-headless, maven"


class NotHereError(Exception):
    """The judge cannot be asked on this machine."""


def build_or_skip(judge: Callable[[], Path], figures: Path, name: str) -> Path:
    """Return the folder of a judge; without it ``figures`` say why under its name, and the tests are not run."""
    try:
        return judge()
    except NotHereError as reason:
        figures.parent.mkdir(exist_ok=True)
        figures.write_text(json.dumps({f"{name}_checked": None, f"{name}_failed": None, "not_run": str(reason)}))
        pytest.skip(f"{name} was not asked: {reason}")


def build(here: Path, out: Path) -> Path:
    """Compile the judge in ``here`` and fetch its library; return ``out``, the folder with both.

    Raises:
        NotHereError: a program is missing, or Maven cannot get what it needs.
    """
    if missing := [name for name in ("java", "javac", "mvn") if not shutil.which(name)]:
        raise NotHereError(f"{', '.join(missing)} not on this machine; Debian: {PACKAGES}")
    command = ["mvn", "-q", "-B", "-f", str(here / "pom.xml"), f"-Dout={out}", "package"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    except subprocess.TimeoutExpired:
        raise NotHereError("Maven did not end within ten minutes") from None
    if done.returncode:
        said = [line for line in done.stdout.splitlines() if "ERROR" in line]
        raise NotHereError(f"Maven: {(said or ['failed'])[0][:200]}")
    return out
