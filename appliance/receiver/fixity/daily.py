"""One day's keeping: what is new is stamped, what ends is renewed, index and places are compared, a share is read.

Nothing in memory matters: a kill loses the object that was just looked at, and the next run begins with it. Of
several receivers one at a time does it.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from appliance.core import clock, errors
from appliance.core.errors import ApplianceError
from appliance.receiver import tables
from appliance.receiver.archive import Archive
from appliance.receiver.fixity import copies, reconciling, slices
from appliance.receiver.fixity.copies import Outcome
from appliance.receiver.fixity.duties import Duty
from appliance.receiver.fixity.evidence import Evidence
from appliance.receiver.fixity.places import Places
from appliance.receiver.fixity.runs import Run
from appliance.receiver.fixity.slices import Due, Share
from appliance.receiver.judges import DamagedError, JudgeDiedError, Judges
from appliance.receiver.stores import FileStore, ObjectStore

log = logging.getLogger(__name__)
NAME = "fixity"
HOLD_SECONDS = 60.0
PATIENCE = 3
"""Objects in a row that a place may fail to give before it is left alone for the rest of a run."""

TRIES, PAUSE = 3, 2.0
"""How many judges a package may end, and seconds between them: one may end because the service does."""

A_DAY = timedelta(days=1)


@dataclass(slots=True)
class Told:
    """What a run did. ``troubles``: what could not be done, in English; ``away``: places that are not there.

    ``ours``: no other receiver has taken the duty meanwhile.
    """

    run: Run
    stamped: int = 0
    renewed: int = 0
    missing: int = 0
    strange: int = 0
    away: tuple[str, ...] = ()
    ours: bool = True
    troubles: list[str] = field(default_factory=list)

    def trouble(self, problem: ApplianceError) -> None:
        """Note once what could not be done."""
        words = f"{problem.code}: {problem.en}"
        if words not in self.troubles:
            log.error("%s", words)
            self.troubles.append(words)

    @property
    def more(self) -> bool:
        """Say whether there is more to be put back than one run does."""
        return self.run.objects >= slices.MOST and self.run.restored > 0

    @property
    def well(self) -> bool:
        """Say whether nothing is wrong that was not mended."""
        return not (self.run.errors or self.away or self.troubles)


class Daily:
    """Does the keeping of one archive. ``judges``: look at packages again; None: only bytes are looked at."""

    def __init__(self, archive: Archive, judges: Judges | None, evidence: Evidence) -> None:
        self._archive = archive
        self._judges = judges
        self._evidence = evidence
        self.duty = Duty(archive.index, NAME)

    async def run(self, *, everything: bool = False) -> Told | None:
        """Do one share, or everything; None when another receiver does it just now.

        Raises:
            OSError: the index or the work folder failed; what was done stays done.
        """
        if not await asyncio.to_thread(self.duty.take):
            return None
        told, done = Told(Run(self._archive.index)), False
        keeper = asyncio.create_task(self._hold_on(told))
        try:
            await self._run(told, everything)
            done = True
        finally:
            keeper.cancel()
            await asyncio.to_thread(self.duty.release, done)
        return told

    async def _hold_on(self, told: Told) -> None:
        """Keep the duty while it is done, however long a place takes to list what it has."""
        while told.ours:
            await asyncio.sleep(HOLD_SECONDS)
            with contextlib.suppress(OSError):  # an index that is away stops the work itself
                told.ours = await asyncio.to_thread(self.duty.hold)

    async def _run(self, told: Told, everything: bool) -> None:
        began = datetime.now(UTC)
        await asyncio.to_thread(told.run.begin)
        stores = await asyncio.to_thread(
            Places(self._archive.index, self._archive.stores, self._archive.work).there)
        told.away = tuple(store.name for store in self._archive.stores if store not in stores)
        await asyncio.to_thread(self._see_to_evidence, told, stores, began)
        for store in stores:
            await asyncio.to_thread(self._compare, store, told)
        await self._look(told, stores, await asyncio.to_thread(self._due, stores, everything, began))
        await asyncio.to_thread(told.run.end)

    def _due(self, stores: Sequence[ObjectStore], everything: bool, now: datetime) -> Iterator[Due]:
        places = [store.name for store in stores]
        if everything:
            return slices.everything(self._archive.index, places)
        done = self.duty.done()
        days = (now - clock.parse(done)) / A_DAY if done else 1.0
        share = Share(places, self._archive.settings.fixity.cycle_days, days, now)
        return iter(slices.due(self._archive.index, share))

    def _see_to_evidence(self, told: Told, stores: Sequence[ObjectStore], now: datetime) -> None:
        """Have stamps made and renewed; when nobody gives any, the checks go on and the next day tries again."""
        cycle = timedelta(days=self._archive.settings.fixity.cycle_days)
        evidence = replace(self._evidence, archive=replace(self._archive, stores=tuple(stores)))
        try:
            told.stamped = evidence.stamp_new() if stores else 0
            told.renewed = evidence.renew_hashes(now, cycle) if stores else 0
            told.renewed += evidence.renew(now) if stores else 0
        except (ApplianceError, OSError) as problem:
            told.trouble(errors.RENEWAL_LATE.error(reason=getattr(problem, "code", type(problem).__name__)))

    def _compare(self, store: ObjectStore, told: Told) -> None:
        try:
            if isinstance(store, FileStore):
                store.sweep(A_DAY.total_seconds())
            found = reconciling.reconcile(self._archive.index, store)
        except OSError as problem:
            told.trouble(errors.PLACE_AWAY.error(place=store.name, reason=type(problem).__name__))
            return
        told.missing += found.missing
        told.strange += found.strange

    async def _look(self, told: Told, stores: Sequence[ObjectStore], objects: Iterator[Due]) -> None:
        """Look at objects one after the other for as long as the duty is ours; a place that fails is left alone."""
        fails, there = Counter[str](), list(stores)
        while (due := await asyncio.to_thread(next, objects, None)) is not None:
            if not told.ours:
                raise OSError("another receiver has taken over the checks")
            health = await asyncio.to_thread(copies.examine, there, due.sha256, self._archive.work)
            await asyncio.to_thread(told.run.note, health, due, everywhere=not told.away)
            if health.sound is not None and not due.bad:
                await self._judge(told, due.sha256, health.sound)
            for look in health.looks:
                fails[look.store.name] = fails[look.store.name] + 1 if look.outcome is Outcome.AWAY else 0
            gone = [store for store in there if fails[store.name] >= PATIENCE]
            told.away += tuple(store.name for store in gone)
            there = [store for store in there if store not in gone]

    async def _judge(self, told: Told, sha256: str, store: ObjectStore) -> None:
        """Look at a package again as of the time since when it is proved to be there."""
        if not await asyncio.to_thread(self._is_package, sha256):
            return
        at = await asyncio.to_thread(self._proved, told.run, sha256)
        if self._judges is None:
            return
        try:
            with copies.local(store, sha256, self._archive.work) as path:
                reason = await _reason(self._judges, path, sha256, at)
        except OSError as problem:  # the disk failed; that says nothing about the package
            told.trouble(errors.PLACE_AWAY.error(place=store.name, reason=type(problem).__name__))
            return
        if reason:
            log.error("%s", errors.PACKAGE_NO_LONGER_VALID.error(sha256=sha256[:16], reason="in the report").en)
        await asyncio.to_thread(told.run.note_judged, sha256, reason)

    def _proved(self, run: Run, sha256: str) -> datetime | None:
        """Return since when a package is proved to be there; None: by nothing that holds."""
        proof = self._evidence.proof_of(sha256, datetime.now(UTC))
        if proof is None:
            return None
        run.note_evidence(sha256, proof.reason)
        return None if proof.reason else proof.since

    def _is_package(self, sha256: str) -> bool:
        with self._archive.index.read() as connection:
            return connection.scalar(sa.select(tables.packages.c.uuid).where(
                tables.packages.c.sha256 == sha256).limit(1)) is not None


async def _reason(judges: Judges, path: Path, sha256: str, at: datetime | None) -> str:
    """Return why a package does not pass; empty: it does. A judge that ends is followed by others first."""
    for _ in range(TRIES):
        try:
            judged = await judges.judge(path, sha256, at)
        except DamagedError:
            return "its bytes changed while it was looked at"
        except JudgeDiedError:
            await asyncio.sleep(PAUSE)
        else:
            return "; ".join(judged.report.problems)
    return f"it ended {TRIES} judges"
