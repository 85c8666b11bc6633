"""The step of what comes back: the archive is asked now and then which pages it wants scanned again."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass

from appliance.core import errors
from appliance.spool import tasks
from appliance.spool.ledger import Row
from appliance.steps.means import Means

QUERY = "ask_now"

SPREAD = (0.5, 1.0)
"""Part of the interval after which the archive is asked again: offices do not ask together."""


@dataclass
class ReturnSteps:
    """Asks for tasks; what they are then waits for a person like everything else that is held."""

    means: Means
    _next: float = 0.0

    async def ready(self) -> list[Row]:
        """Return the one thing that may be asked, when its time has come."""
        if self.means.dispatch is None or time.monotonic() < self._next:
            return []
        return await self.means.book.ask(lambda ledger: ledger.all(QUERY))

    async def ask(self, _row: Row) -> str:
        """Ask the archive and write down what it says.

        Raises:
            ApplianceError: ARCHIVE_UNREACHABLE; what was known stays.
        """
        self._next = time.monotonic() + self.means.config.archive.tasks_seconds * random.uniform(*SPREAD)  # noqa: S311
        told = await self.means.dispatch.tasks()
        if told is None:
            return "ok"
        fresh = self.means.config.archive.transport != "folder"
        for _ in range(await self.means.book.ask(tasks.came, told, fresh=fresh)):
            self.means.held("task", errors.RESCAN_ASKED.code)
        return "ok"
