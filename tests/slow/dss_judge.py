"""Build the EU's own judge of signatures (DSS) with Maven and ask it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import java_judge

HERE = Path(__file__).parents[1] / "oracles" / "dss"
OUT = HERE.parents[2] / "build" / "dss"
VERSION = "6.4"
FORMATS = {"B-B": "PAdES-BASELINE-B", "B-T": "PAdES-BASELINE-T", "B-LT": "PAdES-BASELINE-LT",
           "B-LTA": "PAdES-BASELINE-LTA"}
HARMLESS = {"extension"}
"""Changes after signing that only add proof (ISO 32000-2, DSS dictionary and document time stamps)."""

AHEAD = timedelta(minutes=5)


@dataclass(frozen=True)
class Question:
    """A file to be judged; offline: only by what is in it; ``moment``: as if it were then."""

    path: Path
    root: Path
    online: bool = True
    moment: datetime | None = None

    def line(self) -> str:
        """Return it as the judge reads it."""
        when = self.moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if self.moment else "-"
        return f"{'online' if self.online else 'offline'}\t{when}\t{self.root}\t{self.path}\n"


@dataclass(frozen=True)
class Verdict:
    """What the judge says of one file, in its own words (ETSI EN 319 102-1)."""

    signatures: int
    format: str
    indication: str
    because: str
    best_time: str
    changes: frozenset[str]
    stamps: str
    stamped: str
    words: str

    @property
    def passed(self) -> bool:
        """Whether there is one signature, good without a warning, with all its stamps, and nothing was changed.

        DSS passes over a time stamp that is still to come; here it is not accepted.
        """
        good, _, of = self.stamps.partition("/")
        return (self.signatures == 1 and self.indication == "TOTAL_PASSED" and good == of and not self.words
                and self.changes <= HARMLESS and not self._is_to_come())

    def _is_to_come(self) -> bool:
        return bool(self.stamped) and datetime.fromisoformat(self.stamped) > datetime.now(UTC) + AHEAD

    def __str__(self) -> str:
        changes = ",".join(sorted(self.changes))
        said = (self.format, self.indication, self.because, self.stamped, changes, self.stamps, self.words)
        return " ".join(filter(None, said))


def build() -> Path:
    """Compile the judge and fetch the library; return the folder with both; raises NotHereError."""
    return java_judge.build(HERE, OUT)


def ask(folder: Path, questions: Sequence[Question]) -> list[Verdict]:
    """Judge files in one run of Java; the answers are in the order of the questions."""
    paths = f"{folder}/dss-check-1.jar{os.pathsep}{folder}/lib/*"
    done = subprocess.run(["java", "-Xmx1g", "-cp", paths, "DssCheck"],
                          input="".join(question.line() for question in questions), capture_output=True, text=True,
                          timeout=1800, check=True)
    rows = [line.split("\t") for line in done.stdout.splitlines() if line.count("\t") == 9]
    assert [row[0] for row in rows] == [str(question.path) for question in questions], done.stdout[-500:]
    return [_verdict(row[1:]) for row in rows]


def _verdict(said: Sequence[str]) -> Verdict:
    signatures, form, indication, because, best_time, changes, stamps, stamped, words = said
    return Verdict(int(signatures), form, indication, because, best_time,
                   frozenset(filter(None, changes.split(","))), stamps, stamped, words)
