"""Whether the daemon's own work goes on: what the watchdog and ``/healthz`` are told.

The conductor's round asks the ledger, so a ledger's thread that is stuck stands still with it. The control door is
knocked at from inside. The doors of the other processes must lie where they lay: none comes back without its own.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from appliance.client import Control
from appliance.core.errors import ApplianceError

log = logging.getLogger(__name__)

PATIENCE = 30.0
"""Seconds that anything may stand still."""

LOOK_SECONDS = 5.0
ALIVE = "/alive"
CONTROL = "control.sock"
DOORS = ("scanner.sock", "signer.sock", "pool.ipc")


@dataclass
class Vitals:
    """What must go on.

    Attributes:
        runtime: folder of the sockets.
        last_round: when the conductor last had an answer of the ledger, by the monotonic clock.
        tasks: work without which the daemon is of no use; none of it may have failed.
    """

    runtime: Path
    last_round: Callable[[], float]
    tasks: Iterable[asyncio.Task[None]] = ()
    answered: float = field(default_factory=time.monotonic)
    _doors: list[Path] = field(default_factory=list)
    _told: str = ""

    async def run(self) -> None:
        """Knock at the control door until cancelled."""
        self._doors = [self.runtime / name for name in DOORS if (self.runtime / name).exists()]
        self.answered = time.monotonic()
        while True:
            try:
                async with Control(self.runtime / CONTROL, PATIENCE / 2) as door:
                    await door.get(ALIVE)
                self.answered = time.monotonic()
            except ApplianceError as problem:
                log.warning("the control door does not answer: %s", problem.code)
            await asyncio.sleep(LOOK_SECONDS)

    def well(self) -> bool:
        """Say whether everything goes on; what does not is told once to the log."""
        standing = self.standing()
        if standing and standing != self._told:
            log.error("the daemon stands still: %s", standing)
        self._told = standing
        return not standing

    def standing(self) -> str:
        """Return what stands still; empty when all is well."""
        now = time.monotonic()
        if now - self.last_round() > PATIENCE:
            return "conductor"
        if now - self.answered > PATIENCE:
            return "control door"
        if failed := [task for task in self.tasks if task.done() and not task.cancelled() and task.exception()]:
            return str(getattr(failed[0].get_coro(), "__qualname__", "a task"))
        return next((path.name for path in self._doors if not path.exists()), "")
