"""The look for harmful code that a package must pass between being built and being sent."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import timedelta

from appliance.archive.packages import screening
from appliance.core import clock, errors
from appliance.core.config import Config
from appliance.core.errors import ApplianceError
from appliance.core.jobs import Job, Priority, Screened, ScreenJob
from appliance.core.plain import from_plain, to_plain
from appliance.core.states import DeliveryState
from appliance.spool import screenings
from appliance.spool.ledger import Row
from appliance.steps.gate import Gate
from appliance.steps.means import Means

QUERY = "deliveries_to_screen"
WAITS = (10.0, 30.0, 60.0, 300.0)
"""Seconds until one package asks again for all while this host can look at none, more after each try in vain."""

UNFIT_SECONDS = 600.0
"""After this time a package that the program could not look into is tried again: such a look may be a long one."""

FOUND_AGAIN = timedelta(days=1)
"""After this time a finding is looked at again; sooner when the definitions changed."""

GRACE = 30
"""Seconds that a worker has beyond the time of a look."""


def wanted(config: Config) -> bool:
    """Say whether packages are looked at on this host."""
    return config.archive.screen.kind != screening.NOTHING


@dataclass
class ScreenSteps:
    """The look at one package, by a worker."""

    means: Means
    gate: Gate = field(default_factory=lambda: Gate(waits=WAITS))
    _unfit: dict[str, float] = field(default_factory=dict)

    async def ready(self) -> list[Row]:
        """Return the packages to look at; one, from time to time or as a person asks, while it can at none."""
        now = time.monotonic()
        shut = self.gate.closed and not self.gate.due(now)
        self._unfit = {name: since for name, since in self._unfit.items() if now - since < UNFIT_SECONDS}
        again = clock.now() - FOUND_AGAIN
        if changed := screening.definitions_changed(self.means.config.archive.screen):
            again = max(again, changed)
        rows = await self.means.book.ask(
            screenings.due, clock.iso(again, "milliseconds"), self.means.dispatch.urgent)
        rows = [row for row in rows if row["package"] not in self._unfit or not row["code"]]  # a person cleared it
        if shut:  # but a person who has mended something need not wait
            return [row for row in rows if row["state"] == DeliveryState.SCAN_HOOK_FAILED and not row["code"]][:1]
        return sorted(rows, key=lambda row: str(row["screened"]))[:1] if self.gate.closed else rows

    async def screen(self, row: Row) -> str:
        """Have a worker look at one package.

        Raises:
            ApplianceError: SCAN_HOOK_FAILED; the package is held and tried again.
        """
        settings = self.means.config.archive.screen
        job = Job(f"screen-{row['package']}", "screen", to_plain(ScreenJob(row["path"], settings)), Priority.BULK,
                  int(settings.seconds) + GRACE)
        outcome = await self.means.executor.run(job)
        done = from_plain(Screened, outcome.body) if outcome.ok else Screened(unable=outcome.code)
        if done.unable:
            self.gate.shut_once(time.monotonic())
            raise await self._failed(row, done.unable)
        self.gate.open()
        if done.unfit:
            self._unfit[row["package"]] = time.monotonic()
            raise await self._failed(row, done.unfit)
        if done.found:
            return await self._found(row, done)
        await self.means.book.ask(screenings.passed, row["package"], done)
        return "ok"

    async def _found(self, row: Row, done: Screened) -> str:
        code = errors.HARMFUL_CODE.code
        new = await self.means.book.ask(screenings.refused, row["package"], code, done.found, done.by)
        return self.means.held("delivery", code) if new else "held"

    async def _failed(self, row: Row, reason: str) -> ApplianceError:
        problem = errors.SCAN_HOOK_FAILED.error(reason=reason)
        if await self.means.book.ask(screenings.refused, row["package"], problem.code, reason):
            self.means.held("delivery", problem.code)
        return problem
