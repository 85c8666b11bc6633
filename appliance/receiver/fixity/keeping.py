"""The keeping as a part of the service: a share of the checks every day, and its metrics."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from aiohttp import web
from prometheus_client.core import Metric

from appliance.core import clock
from appliance.receiver.archive import Archive
from appliance.receiver.fixity.daily import NAME
from appliance.receiver.fixity.duties import Duty
from appliance.receiver.fixity.figures import KeepingFigures
from appliance.receiver.fixity.opening import daily_of, evidence_of
from appliance.receiver.judges import Judges

log = logging.getLogger(__name__)
LOOK_SECONDS = 300.0
"""How often it is asked whether the hour has come."""


class Keeping:
    """Does the daily keeping of one archive. A ``Part``."""

    def __init__(self, archive: Archive, judges: Judges) -> None:
        self._archive = archive
        self._daily = daily_of(archive, judges)
        self._figures = KeepingFigures(archive, evidence_of(archive))

    def routes(self) -> Iterable[web.RouteDef]:
        """Return no routes: nobody outside asks for it."""
        return ()

    async def run(self) -> None:
        """Do a share every day from the hour of the settings on. A new archive begins with its first next hour."""
        if not self._archive.settings.fixity.start:
            return
        await asyncio.to_thread(begin, self._daily.duty)
        while True:
            done = await asyncio.to_thread(self._daily.duty.done)
            if is_time(done, clock.now(), self._archive.settings.fixity.hour):
                await self._share()
            await asyncio.sleep(LOOK_SECONDS)

    def families(self) -> Iterable[Metric]:
        """Return the metrics; called in a thread."""
        return self._figures.families()

    async def _share(self) -> None:
        told, more = None, True
        while more:
            told = await self._daily.run()
            more = told is not None and told.more
        if told is not None:
            log.log(logging.INFO if told.well else logging.ERROR,
                    "%s: %d objects, %d restored, %d stamped, %d renewed, %d wrong, away: %s", NAME,
                    told.run.objects, told.run.restored, told.stamped, told.renewed, told.run.errors,
                    ", ".join(told.away) or "none")


def begin(duty: Duty) -> None:
    """Let the first share be due at the next hour: in a new archive there is nothing to look at yet."""
    if not duty.done() and duty.take():
        duty.release(done=True)


def is_time(done: str, now: datetime, hour: int) -> bool:
    """Say whether a share is due: the hour has come since it was last done. ``now`` in the office's zone.

    What was done days ahead of now was done by a clock that went wrong.
    """
    last = clock.parse(done) if done else datetime.min.replace(tzinfo=UTC)
    start = now.replace(hour=hour, minute=0, second=0, microsecond=0)
    if start > now:
        start -= timedelta(days=1)
    return last < start or last > now + timedelta(days=1)
