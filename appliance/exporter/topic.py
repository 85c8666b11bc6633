"""A topic of the metrics page: what is read of it at a scrape, and how it is shown."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from prometheus_client.core import Metric

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Topic(Generic[R]):
    """One topic.

    Attributes:
        name: label of its collector.
        empty: what is shown where nothing reads it.
        families: turns a reading into families of series.
    """

    name: str
    empty: R
    families: Callable[[R], Iterator[Metric]]

    async def taken(self, read: Callable[[], Awaitable[R]]) -> Taken:
        """Read the topic now; a failure is said in the result and stops no other topic."""
        started = time.perf_counter()
        try:
            shown = _writable(tuple(self.families(await read())))
        except Exception as problem:  # noqa: BLE001 - boundary: that shows on the page, and the others stay
            return Taken(self.name, (), time.perf_counter() - started, problem)
        return Taken(self.name, shown, time.perf_counter() - started)

    def shown(self, reading: R | None) -> Taken:
        """Return the topic as ``reading`` has it, or empty."""
        return Taken(self.name, tuple(self.families(self.empty if reading is None else reading)), 0.0)


@dataclass(frozen=True, slots=True)
class Taken:
    """What a scrape has of one topic: its families, how long that took in seconds, what went wrong with it."""

    name: str
    families: tuple[Metric, ...]
    seconds: float
    problem: Exception | None = None


def _writable(families: tuple[Metric, ...]) -> tuple[Metric, ...]:
    """Return families that the page takes, text and numbers alone: one that it does not would take the page along.

    Raises:
        AttributeError, TypeError, ValueError: a label is no text or none that can be sent, or a value no number.
    """
    for family in families:
        for sample in family.samples:
            float(sample.value)
            for value in sample.labels.values():
                value.encode("utf-8")
    return families
