"""The step of one promise: judged once at its receipt or its deadline, and its time added up when it arrived."""

from __future__ import annotations

from dataclasses import dataclass

from appliance.core import clock
from appliance.spool import service
from appliance.spool.ledger import Row
from appliance.steps.means import Means

QUERY = "promises_due"

AT_ONCE = 200
"""Promises that are looked at together: after weeks without the daemon there may be thousands."""


@dataclass
class PromiseSteps:
    """The step of one promise."""

    means: Means

    def __post_init__(self) -> None:
        self.promises = service.Promises(self.means.config.service, self.means.waited_for)

    async def ready(self) -> list[Row]:
        """Return the promises that something is to be done about."""
        return await self.means.book.ask(service.due, self.promises, clock.now().timestamp(), AT_ONCE)

    async def settle(self, row: Row) -> str:
        """Judge one promise, or add up what its dossier took; by its own times, whenever that is done."""
        now = clock.now().timestamp()
        return await self.means.book.ask(service.settle, row["id"], self.promises, now) or "waits"
