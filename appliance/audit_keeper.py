"""Keeps the audit chain while the daemon runs: heads outside the ledger, sealed segments, verification.

A break stops nothing: paper that is fed goes on to be kept safe. It is said everywhere until a person has looked at
it: in the list of what is held, as a metric, in the log and on the chain itself.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from appliance import __version__, audit_facts
from appliance.audit_facts import RESTORED, AuditReading, LastStart
from appliance.core import clock, errors
from appliance.core.audit import Audit
from appliance.core.errors import ApplianceError
from appliance.spool import segments, telling
from appliance.spool.audit import Head
from appliance.spool.chain import Chain, Report
from appliance.spool.heads import VERIFIED, HeadBook
from appliance.spool.ledger import Book, Ledger
from appliance.spool.store import Store

log = logging.getLogger(__name__)

ACCEPTED = (*RESTORED, errors.AUDIT_HEADS_DAMAGED.code)
"""Codes of breaks that a leader may take note of."""

MARK_SECONDS = 60.0
"""How often a head that moved is written outside the ledger."""


@dataclass
class AuditKeeper:
    """The daemon's care for the chain; ``settings`` is the file the daemon was started with."""

    store: Store
    book: Book
    limits: Audit
    settings: Path
    problem: ApplianceError | None = None
    verified: float = 0.0
    _noted: Head = field(default_factory=Head)
    _day: str = ""
    _one: asyncio.Lock = field(default_factory=asyncio.Lock)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def start(self) -> None:
        """Verify what came since the last time, before anything is added; say that the daemon runs, and what with.

        A break that was found before is looked for from the first row on.
        """
        before = await self.book.ask(audit_facts.last_start)
        await self._try_to_verify("start", whole=before.broken)
        now = LastStart(__version__, await asyncio.to_thread(audit_facts.digest, self.settings))
        await self._note("service.started", version=now.version, settings=now.settings)
        if before.version not in ("", now.version):
            await self._note("service.upgraded", now.version, before=before.version)
        if before.settings not in ("", now.settings):
            await self._note("settings.changed", now.settings, before=before.settings)
        await self.mark("start")

    async def stop(self) -> None:
        """Say that the daemon ends, and keep where the chain stands then."""
        await asyncio.gather(*self._tasks)
        await self._note("service.stopped", version=__version__)
        await self.mark("stop")

    async def run(self) -> None:
        """Mark heads, seal old rows, verify once a day; for ever."""
        while True:
            await asyncio.sleep(MARK_SECONDS)
            await self.mark()
            await self.rotate()
            if self._day != clock.today():
                await self._try_to_verify("daily")

    def tell(self, what: str, subject: str, who: str = "") -> None:
        """Let something stand on the chain that no ledger function does; written soon, by the loop."""
        task = asyncio.get_running_loop().create_task(self._note(what, subject, who))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def mark(self, why: str = "") -> None:
        """Write the head down outside the ledger if it moved; a full disk is said and tried again."""
        async with self._one:
            await self._mark(why)

    async def rotate(self) -> None:
        """Move rows that are due into sealed segments; nothing where the chain is broken: all stays as it is."""
        async with self._one:
            try:
                while await self._rotated():
                    pass
            except (ApplianceError, OSError, sqlite3.Error) as problem:
                log.warning("audit chain: nothing sealed: %s", problem)
                if isinstance(problem, ApplianceError) and problem.code == errors.AUDIT_BROKEN.code:
                    await self._broken(problem, "sealing")

    async def verify(self, why: str, *, whole: bool = False) -> Report | None:
        """Verify the chain, whole or since the last time; return None when it is broken: ``problem`` says where.

        Raises:
            ApplianceError: REQUEST_REFUSED when ledger or files cannot be read at all.
        """
        async with self._one:
            self._day = clock.today()
            turn = clock.now().toordinal() if why == "daily" else 0
            chain = Chain(self.store)
            try:
                walk = chain.whole if whole else partial(chain.since_last, turn)
                report = await asyncio.to_thread(walk)
            except ApplianceError as problem:
                await self._broken(problem, why)
                return None
            except (OSError, sqlite3.Error) as problem:
                raise errors.REQUEST_REFUSED.error(reason=problem) from None
            await self._good(report, why, whole=whole)
            return report

    async def accept(self, who: str, reason: str) -> int:
        """Take note, as a leader says, that the ledger has other rows than were noted outside; return how many.

        That is how a ledger goes on that was lawfully restored from a backup, or beside a heads file that the disk
        damaged: then no row is lost. Rows altered within the chain stay a break.

        Raises:
            ApplianceError: REQUEST_REFUSED when that is not what is wrong, or no reason is given.
        """
        problem = self.problem
        if problem is None or problem.code not in ACCEPTED or not reason.strip():
            raise errors.REQUEST_REFUSED.error(
                reason="cần lý do, và chỉ cho S209, S211, S212 / a reason is needed, and for S209, S211, S212 only")
        async with self._one:
            lost = await self._begin_anew(problem, who, reason.strip())
            await self._mark("accepted")
        await self.verify("accepted", whole=True)
        return lost

    async def _begin_anew(self, problem: ApplianceError, who: str, reason: str) -> int:
        """Put aside what the ledger does not agree with; return how many rows are lost."""
        if problem.code not in RESTORED:
            await self.book.ask(Ledger.note, "audit.accepted", "0", who, code=problem.code, reason=reason)
            await asyncio.to_thread(HeadBook(self.store.audit).put_damaged_aside)
            return 0
        first = await self.book.ask(audit_facts.first_lost, problem)
        last = max(first, await asyncio.to_thread(Chain(self.store).furthest))
        await self.book.ask(Ledger.note, "audit.accepted", str(first), who, code=problem.code, known=last,
                            reason=reason)
        parts = await self.book.ask(segments.known)
        await asyncio.to_thread(segments.put_aside, self.store.audit, len(parts), f"{first}-{last}")
        await asyncio.to_thread(HeadBook(self.store.audit).put_aside, first, last)
        return last - first + 1

    async def story(self, name: str) -> dict[str, Any]:
        """Return what the chain tells of the documents meant by ``name``; raises as ``telling.told``."""
        async with self._one:
            return await asyncio.to_thread(telling.told, Chain(self.store), name)

    async def reading(self) -> AuditReading:
        """Return how the chain stands."""
        return await self.book.ask(audit_facts.stands, self.problem is None, self.verified)

    async def _try_to_verify(self, why: str, *, whole: bool = False) -> None:
        try:
            await self.verify(why, whole=whole)
        except ApplianceError as problem:
            log.error("audit chain: not verified: %s", problem)

    async def _rotated(self) -> bool:
        """Do one part of a rotation; return whether there may be more to do."""
        if await self.book.ask(segments.shed):
            return True
        last = await self.book.ask(segments.due, self.limits)
        if not last or self.problem is not None:
            return False
        one = await asyncio.to_thread(self._write, last)
        await self.book.ask(segments.seal, one)
        await self._mark("sealed")
        return True

    def _write(self, last: int) -> segments.Segment:
        with Chain(self.store).opened() as ledger:
            return segments.write(ledger, self.store.audit, last)

    async def _mark(self, why: str) -> None:
        try:
            head = Head(*await self.book.ask(Ledger.head))
            if head != self._noted or why:
                await asyncio.to_thread(HeadBook(self.store.audit).add, head, why)
                self._noted = head
        except (ApplianceError, OSError) as problem:
            log.warning("audit chain: head not noted: %s", problem)

    async def _good(self, report: Report, why: str, *, whole: bool) -> None:
        """Keep how far the chain holds; only a walk through all of it takes a break back that was found before."""
        if whole:
            self.problem = None
        if self.problem is None:
            self.verified = clock.now().timestamp()
            how = "whole" if whole else why
            await self._note("audit.verified", str(report.head.seq), rows=report.rows, why=how)
            try:
                await asyncio.to_thread(HeadBook(self.store.audit).add, report.head, VERIFIED)
            except OSError as problem:
                log.warning("audit chain: head not noted: %s", problem)

    async def _broken(self, problem: ApplianceError, why: str) -> None:
        known, self.problem = self.problem, problem
        log.error("%s", problem)
        if known is None or known.code != problem.code:
            row = problem.details.get("row", problem.details.get("line", 0))
            await self._note("audit.broken", str(row), code=problem.code, why=why)

    async def _note(self, what: str, subject: str = "", who: str = "", /, **detail: Any) -> None:
        try:
            await self.book.ask(Ledger.note, what, subject, who, **detail)
        except ApplianceError as problem:  # no room on the disk
            log.warning("%s not noted: %s", what, problem.code)
