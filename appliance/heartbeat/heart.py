"""When the synthetic page sets out: every morning at the office's own moment, and whenever somebody asks."""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from appliance.core import clock, errors
from appliance.core.errors import ApplianceError
from appliance.core.heartbeat import TOTAL, Heartbeat
from appliance.core.ids import uuid7
from appliance.exporter.heartbeat import HeartbeatReading
from appliance.heartbeat import road, words
from appliance.heartbeat.journey import Journey
from appliance.permits import LEAVE
from appliance.spool import heartbeats
from appliance.spool.heartbeats import Ended, History
from appliance.spool.ledger import Ledger, Row
from appliance.steps.means import Means

log = logging.getLogger(__name__)

LOOK_SECONDS = 10.0
"""How often it is looked whether the moment has come."""

DAY_SECONDS = 86_400
AHEAD_SECONDS = 300
"""How far the newest run may lie ahead of the clock before the clock is taken to have been set back."""

LONGEST_MINUTES = 480
"""Between two tries."""

ROOM_SECONDS = 1.0
"""How often it is looked whether paper is still being fed."""

MORNING = "schedule"
"""Who wishes the page of every morning, as the audit chain says it."""


def moment(settings: Heartbeat, office: str, now: datetime) -> datetime:
    """Return when the page of the day of ``now`` is due: each office has its own moment, the same on every day.

    A moment after midnight is one of the same day's first hours, so that it comes on every day.
    """
    hour, minute = map(int, settings.at.split(":"))
    spread = settings.jitter_minutes * 60
    late = int(hashlib.sha256(office.encode()).hexdigest()[:8], 16) % (spread + 1)
    day = now.astimezone(clock.VIETNAM).replace(hour=0, minute=0, second=0, microsecond=0)
    return day + timedelta(seconds=(hour * 3600 + minute * 60 + late) % DAY_SECONDS)


def due(settings: Heartbeat, office: str, now: datetime, known: History) -> bool:
    """Say whether a page has to set out now: the one of today, or another one after one that did not arrive."""
    at = moment(settings, office, now)
    today = now >= at and known.started < at.timestamp()
    to_come = known.started > now.timestamp() + AHEAD_SECONDS  # the clock was set back since then
    return settings.enabled and (to_come or today or _again(settings, now, known))


def _again(settings: Heartbeat, now: datetime, known: History) -> bool:
    """Say whether it is time for another try; each waits longer than the one before."""
    if not (settings.again_minutes and known.failures):
        return False
    wait = min(settings.again_minutes << min(known.failures - 1, 10), LONGEST_MINUTES)
    return now.timestamp() >= known.started + wait * 60


@dataclass
class Heart:
    """Sends the page, one at a time. ``refused`` says why nothing could be captured now; it raises that."""

    means: Means
    refused: Callable[[], None]
    history: History = field(default_factory=History)
    _task: asyncio.Task[None] | None = None
    _journey: Journey | None = None
    _waits: bool = False

    async def run(self) -> None:
        """Send the page every day, until cancelled; at first put away what a stop has left."""
        folder = self.means.config.storage.state / "heartbeat"
        try:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
            while True:
                await self._morning()
                await asyncio.sleep(LOOK_SECONDS)
        finally:
            if self._task is not None:
                self._task.cancel()
                await asyncio.gather(self._task, return_exceptions=True)

    async def _morning(self) -> None:
        try:
            if self._journey is None:
                await self._recall()
            config = self.means.config
            ready = self.means.executor.capacity() > 0  # at a start kernels are loaded first
            if ready and due(config.heartbeat, config.office.code, clock.now(), self.history):
                await self.send(MORNING)
        except ApplianceError as problem:  # the disk takes nothing: it is tried again
            log.warning("heartbeat: %s, tried again later", problem.code)
        except Exception:  # boundary: a row that cannot be read may not end the looking for good
            log.exception("heartbeat")

    async def send(self, by: str) -> str:
        """Let a page set out, or join the one that is on its way; return the name of the run.

        Raises:
            ApplianceError: DISK_FAILED when the ledger takes nothing.
        """
        if self._journey is None:
            run, code = uuid7(), words.file_code(self.means.config.office.code, clock.iso(clock.now()))
            self._journey = Journey(self.means, run, code, self._feeding)
            try:
                await self.means.book.ask(heartbeats.begin, run, code, by)
            except BaseException:
                self._journey = None
                raise
            self._task = asyncio.create_task(self._go(self._journey))
        return self._journey.run

    async def _go(self, journey: Journey) -> None:
        """Wait until nobody feeds paper, send the page, write down how it ended."""
        try:
            ended = await self._ended(journey)
            await self.means.book.ask(heartbeats.end, journey.run, ended)
            level = logging.WARNING if ended.code else logging.INFO
            log.log(level, "heartbeat %s: %s in %.1f s", journey.run, ended.code or "arrived",
                    sum(ended.stages.values()))
        except ApplianceError as problem:
            log.warning("heartbeat %s: how it ended could not be written down: %s", journey.run, problem.code)
        finally:
            self._journey = None
        await self._look_back()

    async def _look_back(self) -> None:
        try:
            await self._recall()
        except ApplianceError as problem:
            log.warning("heartbeat: %s, looked at again later", problem.code)

    async def _ended(self, journey: Journey) -> Ended:
        try:
            self.refused()
            self._waits = True
            while await self._feeding():  # noqa: ASYNC110 - the ledger knows, no event does
                await asyncio.sleep(ROOM_SECONDS)
            self._waits = False
            return await journey.go()
        except ApplianceError as problem:
            details = {**road.cause_of(problem), "stage": words.next_stage(())}
            return Ended({}, errors.HEARTBEAT_STOPPED.code, details)
        except Exception:  # boundary: a fault of the page's own is told as one, and stops no paper
            log.exception("heartbeat %s", journey.run)
            details = {"cause": errors.UNEXPECTED.code, "reason": "-", "stage": journey.stages.next}
            return Ended(journey.stages.seconds, errors.HEARTBEAT_STOPPED.code, details)
        finally:
            self._waits = False

    async def _feeding(self) -> bool:
        """Say whether somebody feeds paper now."""
        return await self.means.book.ask(
            lambda ledger: any(row["state"] == "scanning" for row in ledger.all("open_batches")))

    async def _recall(self) -> None:
        """Read what is known of earlier runs; those that a stop has cut are ended."""
        def look(ledger: Ledger) -> History:
            heartbeats.cut(ledger, errors.HEARTBEAT_CUT.code)
            return heartbeats.history(ledger)

        self.history = await self.means.book.ask(look)

    async def reading(self) -> HeartbeatReading:
        """Return what Prometheus is shown."""
        known, last = self.history, self.history.last
        return HeartbeatReading(self.means.config.heartbeat.enabled, None if last is None else not last["code"],
                                known.started, known.passed, known.taken)

    def told(self) -> dict[str, Any]:
        """Return what people see: the page that is on its way, and how the last one fared."""
        settings, going = self.means.config.heartbeat, self._journey
        found: dict[str, Any] = {"enabled": settings.enabled, "next": "", "going": None, "last": None}
        if settings.enabled:
            at = moment(settings, self.means.config.office.code, clock.now())
            found["next"] = clock.iso(at if at > clock.now() else at + timedelta(days=1))
        if going is not None:
            found["going"] = {"run": going.run, "stages": dict(going.stages.seconds), "waits": self._waits}
        if self.history.last is not None:
            found["last"] = shown(self.history.last)
        return found


def shown(row: Row) -> dict[str, Any]:
    """Return a run that has ended, with what people are told of it."""
    stages = json.loads(row["stages"])
    found = {"run": row["id"], "started": row["started"], "ended": row["ended"], "code": row["code"],
             "stages": {**stages, TOTAL: round(sum(stages.values()), 3)}, "receipt": bool(row["receipt"]), "vi": "",
             "en": "", "held": False}
    if row["code"]:
        details = json.loads(row["details"])
        stage = details.get("stage", "")
        problem = errors.by_code(row["code"]).error(**{**details, "stage": words.said(stage)})
        found |= {"vi": problem.vi, "en": problem.en, "held": details.get("cause", "") in LEAVE}
    return found
