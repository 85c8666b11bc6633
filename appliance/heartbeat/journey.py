"""One run of the synthetic page: drawn, captured, sent the whole road; every stage timed; nothing of it stays."""

from __future__ import annotations

import asyncio
import secrets
import shutil
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from appliance.core import errors
from appliance.core.config import Config
from appliance.core.errors import ApplianceError
from appliance.core.events import Fact, StageFinished, ThingHeld
from appliance.core.jobs import Priority, SampleJob
from appliance.core.plain import to_plain
from appliance.core.states import DocumentState, DossierState
from appliance.documents import page_text
from appliance.heartbeat import drawn, road, words
from appliance.heartbeat.stages import STAGE_OF, Stages
from appliance.spool.heartbeats import Ended
from appliance.spool.ledger import Book, Ledger, Row
from appliance.spool.store import Store
from appliance.steps.means import Means

LOOK_SECONDS = 0.2
SIGNER_SECONDS = 5.0


@dataclass
class Journey:
    """One run. ``feeding`` says whether somebody feeds paper now; then the page waits."""

    office: Means
    run: str
    file_code: str
    feeding: Callable[[], Awaitable[bool]]
    stages: Stages = field(default_factory=Stages)
    held: str = ""

    def __post_init__(self) -> None:
        self.number = words.grouped(secrets.randbelow(10**12))

    async def go(self) -> Ended:
        """Go the whole road; return how that ended, never raise an error of the catalogue."""
        self.stages.begin()
        try:
            config, book = road.settings(self.office.config, self.file_code), None
        except ApplianceError as problem:
            return self._stopped(problem)
        folder = config.storage.state
        try:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
            own = road.means_of(self.office, config, book := await asyncio.to_thread(_opened, folder))
            own.bus.listen(self.hear)
            async with asyncio.timeout(config.heartbeat.minutes * 60):
                await self._capture(own)
            return await self._follow(own)
        except TimeoutError:
            return self._late({})
        except ApplianceError as problem:
            return self._stopped(problem)
        finally:
            if book is not None:
                await asyncio.to_thread(book.close)
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)

    def hear(self, fact: Fact) -> None:
        """Note what the road tells: a stage that is over, a thing that waits for a person."""
        if isinstance(fact, StageFinished) and fact.result == "ok" and fact.stage in STAGE_OF:
            self.stages.passed(STAGE_OF[fact.stage])
        elif isinstance(fact, ThingHeld) and fact.kind != "delay":
            self.held = fact.code

    async def _capture(self, own: Means) -> None:
        """Have the page drawn, make it durable as a master, and write its batch down."""
        draft = own.store.work / "page.jpg"
        job = SampleJob(str(draft), words.HEAD, words.lines(own.config.office, self.file_code), self.number)
        outcome = await own.work("sample", self.run, to_plain(job), Priority.BULK)
        if not outcome.ok:
            raise errors.by_code(outcome.code).error(reason=outcome.reason)
        master = await asyncio.to_thread(drawn.kept, own.store.masters, draft)
        await own.book.ask(drawn.captured, own.config, self.run, master)
        self.stages.passed("capture")

    async def _follow(self, own: Means) -> Ended:
        """Let the road move the page until it has arrived, stops, or takes too long."""
        steps = road.steps_of(self.office, own, self.run)
        way = road.Road(steps, feeding=self.feeding, sends=not self.ends_packed(own.config))
        task, looked = asyncio.create_task(way.run()), time.monotonic()
        try:
            while True:
                stands = await own.book.ask(_stands)
                if (ended := await self._judged(own, stands)) is not None:
                    return ended
                if time.monotonic() - looked > SIGNER_SECONDS:
                    await steps.signing.look()
                    looked = time.monotonic()
                await self._pause()
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await way.stop()

    async def _pause(self) -> None:
        began, feeding = time.monotonic(), await self.feeding()
        await asyncio.sleep(LOOK_SECONDS)
        if feeding:
            self.stages.paused += time.monotonic() - began

    async def _judged(self, own: Means, stands: Row) -> Ended | None:
        """Return how the run ended; None while the page is on its way."""
        if stands["text_path"] and not await asyncio.to_thread(self._is_read, stands["text_path"]):
            return Ended(self.stages.seconds, errors.HEARTBEAT_MISREAD.code, {"number": self.number})
        if stands["dossier"] == DossierState.ACCEPTED and "upload" in self.stages.seconds:
            return await own.book.ask(self._arrived)
        if self.ends_packed(own.config) and stands["delivery"]:
            return Ended(self.stages.seconds)
        waits = stands["document"] == DocumentState.AWAITING_SIGNER
        if self.held or waits or stands["locked"]:
            code = stands["code"] or self.held or errors.BATCH_LOCKED.code
            return self._ended(errors.HEARTBEAT_STOPPED, {"cause": code, "reason": stands["reason"] or "-"})
        if self.stages.total > own.config.heartbeat.minutes * 60:
            return self._late(self._waits_for(own, stands))
        return None

    @staticmethod
    def ends_packed(config: Config) -> bool:
        """Say whether the road that can be tried ends with the package: from there on a courier carries it."""
        return config.archive.transport == "folder"

    def _is_read(self, path: str) -> bool:
        try:
            text = page_text.load(Path(path))
        except ApplianceError:  # being written, or damaged: the road says which
            return True
        read = "".join(word.text for line in text.lines for word in line.words)
        return words.is_read(self.number, read)

    def _arrived(self, ledger: Ledger) -> Ended:
        row = ledger.one("heartbeat_receipt")
        return Ended(self.stages.seconds, receipt=row["token"] if row else "", package=row["sha256"] if row else "")

    def _waits_for(self, own: Means, stands: Row) -> dict[str, str]:
        """Return what is known of why it takes so long: what the ledger has, or what the line said last."""
        if stands["code"]:
            return {"cause": stands["code"], "reason": stands["reason"] or "-"}
        problem = own.dispatch.problem
        return road.cause_of(problem) if problem is not None and stands["delivery"] else {}

    def _late(self, why: dict[str, str]) -> Ended:
        reason = f"{why['cause']}: {why['reason']}" if why else "-"
        return self._ended(errors.HEARTBEAT_LATE, {**why, "reason": reason,
                                                   "minutes": str(self.office.config.heartbeat.minutes)})

    def _stopped(self, problem: ApplianceError) -> Ended:
        if problem.kind is errors.HEARTBEAT_PERSONAL:
            return Ended({}, problem.code, {"job": str(problem.details["job"])})
        return self._ended(errors.HEARTBEAT_STOPPED, road.cause_of(problem))

    def _ended(self, kind: errors.Kind, details: dict[str, str]) -> Ended:
        return Ended(self.stages.seconds, kind.code, {**details, "stage": self.stages.next})


def _opened(folder: Path) -> Book:
    store = Store(folder)
    store.prepare()
    return Book(store.ledger)


def _stands(ledger: Ledger) -> Row:
    row = ledger.one("heartbeat_stands")
    assert row is not None
    return row
