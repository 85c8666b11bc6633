"""The time that each stage of the synthetic page takes."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from appliance.heartbeat import words

STAGE_OF = {"analyse": "analyse", "read": "read", "assemble": "assemble", "sign": "sign", "pack": "pack",
            "send": "upload"}
"""The steps of the conductor that end a stage."""


@dataclass
class Stages:
    """The time of each stage: from the end of the one before, so that they add up, without pauses for paper."""

    seconds: dict[str, float] = field(default_factory=dict)
    now: Callable[[], float] = time.monotonic
    paused: float = 0.0

    def __post_init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """Set out now: what was waited for before does not count."""
        self._mark = self.now() - self.paused

    def passed(self, stage: str) -> None:
        """Note that a stage is over; one that had to be done again took both times."""
        at = self.now() - self.paused
        self.seconds[stage] = round(self.seconds.get(stage, 0.0) + at - self._mark, 3)
        self._mark = at

    @property
    def total(self) -> float:
        """Return the seconds since it set out."""
        return sum(self.seconds.values()) + self.now() - self.paused - self._mark

    @property
    def next(self) -> str:
        """Return the first stage that is not over."""
        return words.next_stage(self.seconds)
