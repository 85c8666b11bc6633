"""Build the judge with Maven and ask it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import java_judge

HERE = Path(__file__).parents[1] / "oracles" / "verapdf"
OUT = HERE.parents[2] / "build" / "verapdf"
VERSION = "1.30.2"


@dataclass(frozen=True)
class Verdict:
    """What the judge says of one file; ``words`` are the broken rules, or how many were looked at."""

    passed: bool
    words: str


def build() -> Path:
    """Compile the judge and fetch the library; return the folder with both; raises NotHereError."""
    return java_judge.build(HERE, OUT)


def ask(folder: Path, files: Mapping[Path, str]) -> dict[Path, Verdict]:
    """Judge files, each against its flavour (2b, 2u), in one run of Java."""
    paths = f"{folder}/vera-check-1.jar{os.pathsep}{folder}/lib/*"
    asked = "".join(f"{flavour}\t{path}\n" for path, flavour in files.items())
    done = subprocess.run(["java", "-Xmx1g", "-cp", paths, "VeraCheck"], input=asked, capture_output=True,
                          text=True, timeout=1800, check=True)
    rows = [line.split("\t") for line in done.stdout.splitlines() if "\t" in line]
    return {Path(path): Verdict(word == "PASS", said) for word, path, said in rows}
