"""Which size of paper a page has, and how many A4 pages that is worth."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources


@dataclass(frozen=True, slots=True)
class Size:
    """One size: a key for machines, its name, the two sides of its paper in mm, its worth in A4 pages."""

    key: str
    name: str
    wide: float
    high: float
    a4: int


@dataclass(frozen=True, slots=True)
class Sizes:
    """The sizes of a report (sizes.toml); ``over`` is the share by which a page may be larger than its size."""

    known: tuple[Size, ...]
    larger: Size
    over: float

    @property
    def names(self) -> dict[str, str]:
        """Return every name by its key, the smallest first."""
        return {one.key: one.name for one in (*self.known, self.larger)}

    def of(self, wide: float, high: float) -> str:
        """Return the key of the size of a page, in mm, whichever way it lies."""
        short, long = sorted((wide, high))
        for one in self.known:
            if short <= one.wide * (1 + self.over) and long <= one.high * (1 + self.over):
                return one.key
        return self.larger.key

    def a4(self, pages: Mapping[str, int]) -> int:
        """Return how many A4 pages some pages are worth, given by the keys of their sizes."""
        worth = {one.key: one.a4 for one in (*self.known, self.larger)}
        return sum(worth[key] * count for key, count in pages.items())


@lru_cache(maxsize=1)
def sizes() -> Sizes:
    """Return the sizes that ship."""
    found = tomllib.loads(resources.files("appliance.planning").joinpath("sizes.toml").read_text(encoding="utf-8"))
    known = tuple(Size(**one) for one in found["size"])
    larger = found["larger"]
    return Sizes(known, Size(larger["key"], larger["name"], 0.0, 0.0, larger["a4"]), found["over"])
