"""The schema of the ledger: its migrations in order, and which earlier releases may still run on what they leave.

Migrations go forward only. One that an earlier release can live with says so in its first line,
``-- readable-from: 0030``: a release that knows the ledger up to that migration reads and writes it rightly.
Without such a line only releases that have the migration itself may run on it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

MIGRATIONS = Path(__file__).with_name("migrations")
KEPT_FROM = "0031"
"""The migration from which on the ledger itself says who may run on it."""

KEPT = "\nINSERT OR REPLACE INTO reader (id, schema) VALUES (1, {});"
FIRST_LINE = re.compile(r"-- readable-from: (?P<name>[0-9]{4})\n")


@dataclass(frozen=True, slots=True)
class Step:
    """One migration.

    Attributes:
        number: schema that it leaves, counted from 1.
        script: its SQL; from 0031 on it ends with what it demands of readers.
        readable_from: oldest schema whose release may run on what it leaves.
    """

    number: int
    script: str
    readable_from: int


def steps(folder: Path = MIGRATIONS) -> tuple[Step, ...]:
    """Return the migrations in order; what one demands of readers, those after it demand too.

    Raises:
        ValueError: one names a migration that is not before it.
    """
    names = [path.name for path in sorted(folder.glob("[0-9]*.sql"))]
    found: list[Step] = []
    least = 1
    for number, name in enumerate(names, start=1):
        script = (folder / name).read_text("utf-8")
        least = max(least, _named(script, names[:number]))
        kept = KEPT.format(least) if name >= KEPT_FROM else ""
        found.append(Step(number, script + kept, least))
    return tuple(found)


def _named(script: str, before: list[str]) -> int:
    """Return the schema of the migration that a script names, else its own."""
    said = FIRST_LINE.match(script)
    if said is None:
        return len(before)
    for number, name in enumerate(before, start=1):
        if name.startswith(said["name"]):
            return number
    raise ValueError(f"no migration {said['name']} stands before {before[-1]}")
