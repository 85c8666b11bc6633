"""How large the sample of a lot is: a table of the standard for inspection by attributes, as data."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of sampling: steps of (greatest lot, sample), the sample of larger lots, faulty documents allowed."""

    name: str
    steps: tuple[tuple[int, int], ...]
    most: int
    allowed: int

    def size(self, documents: int) -> tuple[int, int]:
        """Return how many of so many documents are checked, and how many of those may be faulty."""
        found = next((sample for lot, sample in self.steps if documents <= lot), self.most)
        return min(found, documents), self.allowed


@lru_cache(maxsize=1)
def rule() -> Rule:
    """Return the rule that ships."""
    text = resources.files("appliance.planning").joinpath("sampling.toml").read_text(encoding="utf-8")
    found = tomllib.loads(text)
    return Rule(found["name"], tuple((lot, sample) for lot, sample in found["steps"]), found["most"],
                found["allowed"])
