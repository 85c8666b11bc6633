"""Inside the signer process: hears what the daemon asks, does many things at a time, answers each one.

A key that is missing ends nothing: signing/keeper.py looks for it again, and the daemon knows what is missing.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from appliance.core import clock, config, errors, notify, wire
from appliance.core.errors import ApplianceError
from appliance.core.jobs import AGENCY, LiftJob, Signed, SignJob, VerifyJob
from appliance.core.plain import from_plain, to_plain
from appliance.signing import evidence, lift, sign, typeface, validity, verify, witness
from appliance.signing.clockwatch import ClockWatch
from appliance.signing.errands import Errands
from appliance.signing.holding import Holdings
from appliance.signing.keeper import Keeper
from appliance.signing.keys import Key
from appliance.signing.protocol import (
    KEY_USED,
    Asked,
    CloseSession,
    Done,
    Failed,
    Fetched,
    OpenSession,
    Refused,
    Stamper,
    Unlock,
    details_of,
    reason_of,
)
from appliance.signing.standings import Standings

log = logging.getLogger(__name__)

Doing = Callable[[dict[str, Any]], Awaitable[Any]]

LATEST_USE = "latest-use"
EVIDENCE = "evidence"
PARTING = 5.0
"""Seconds that what is in hand, and then the tokens, are given at the end."""


class SigningOffice:
    """Everything the signer can do, over one line to the daemon."""

    def __init__(self, line: wire.Line, settings: config.Config) -> None:
        self._line = line
        self._settings = settings
        self.errands = Errands(line)
        self.held: dict[str, Key] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._doings: dict[str, Doing] = {}
        self._broken: ApplianceError | None = None
        self._stamper_until = ""
        self._clock = ClockWatch(settings.storage.state / "keys" / LATEST_USE)

    async def serve(self) -> None:
        """Serve until the line closes; what is in hand is finished, then every token is closed."""
        watching = await self._begin()
        notify.notify(f"{notify.READY}\nSTATUS={self._broken.code if self._broken else 'looks after the keys'}")
        try:
            while (message := await self._line.receive()) is not None:
                self._hear(*message)
        except ConnectionError:
            log.info("the daemon is gone")
        finally:
            await self._finish()
            for task in watching:
                task.cancel()
            await asyncio.gather(*watching, return_exceptions=True)
            await self._part()

    async def _begin(self) -> list[asyncio.Task[None]]:
        """Take up work, and return what goes on beside it; without font or roots nothing is ever signed."""
        try:
            self._equip()
        except ApplianceError as problem:
            self._broken = problem
            await self._line.send("refused", Refused(problem.code, reason_of(problem), details_of(problem)))
            return []
        return [asyncio.create_task(self._beside(work)) for work in (self._keeper.keep, self._standings.watch)]

    def _equip(self) -> None:
        """Make ready what everything else needs.

        Raises:
            ApplianceError: TRUST_UNREADABLE, or the font is not what it should be.
        """
        typeface.load()
        trust = validity.trust_of(self._settings, self.errands)
        trust.enquiries.answers.sweep()
        self._standings = Standings(trust, self.held, self._line.send)
        self._holdings = Holdings(self._line.send, self.held, self._standings, self._clock.refuse_back)
        self._keeper = Keeper(self._settings, self.errands, self._holdings)
        self._witness = witness.of(self._settings.signing.tsa, trust,
                                   watched=self._settings.clock.watch != "off")
        self._doings = {"sign": self._sign, "lift": self._lift, "verify": self._verify, "open": self._open,
                        "close": self._close, "unlock": self._unlock}

    async def _beside(self, work: Callable[[], Awaitable[None]]) -> None:
        """Run what has no end; should it break, the line is closed: who started this process starts it again."""
        try:
            await work()
        except ConnectionError:
            log.info("the daemon is gone")
        except Exception:  # the boundary of the process: better a new one than one that no longer looks at its keys
            log.exception("keys are no longer watched")
            await self._line.close()

    def _hear(self, kind: str, body: dict[str, Any]) -> None:
        if kind == "fetched":
            self.errands.settle(from_plain(Fetched, body))
        elif kind == "ask":
            task = asyncio.create_task(self._answer(from_plain(Asked, body)))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        else:
            log.error("the daemon sent an unknown kind")

    async def _answer(self, asked: Asked) -> None:
        """Do one thing; whatever goes wrong with one document must not take the key away from the next."""
        try:
            answer: Any = Done(asked.number, to_plain(await self._do(asked)))
            kind = "done"
        except ApplianceError as problem:
            log.warning("request %d (%s) fails: %s", asked.number, asked.what, problem.code)
            answer, kind = Failed(asked.number, problem.code, reason_of(problem), details_of(problem)), "failed"
        try:
            await self._line.send(kind, answer)
        except ConnectionError:
            log.info("the daemon is gone before an answer")

    async def _do(self, asked: Asked) -> Any:
        if self._broken is not None:
            raise self._broken
        doing = self._doings.get(asked.what)
        if doing is None:
            raise errors.SIGNING_FAILED.error(reason=f"unknown request {asked.what!r}")
        try:
            return await doing(asked.body)
        except ApplianceError:
            raise
        except Exception as problem:  # the boundary of a job: a document may be broken in any way
            log.exception("request %s failed", asked.what)
            raise errors.SIGNING_FAILED.error(reason=type(problem).__name__) from None

    async def _sign(self, body: dict[str, Any]) -> Any:
        job = from_plain(SignJob, body)
        key = await self._keeper.key(job.key)
        if job.certificate not in ("", key.fingerprint):
            raise errors.KEY_MISSING.error(reason=errors.both(
                "khóa đã đổi so với khóa được phép dùng",
                "the key is another than the one there was leave for"))
        await self._believe_clock()
        try:
            done = await sign.async_sign(job, key, self._witness)
        except ApplianceError as problem:
            await self._keeper.failed(key, problem)
            if KEY_USED in problem.details:
                self._used()
            raise
        self._keeper.worked(key)
        self._used()
        return await self._proved(job.document, done, key)

    async def _lift(self, body: dict[str, Any]) -> Any:
        job = from_plain(LiftJob, body)
        return await self._proved(job.document, await lift.async_lift(job, self._witness), None)

    async def _proved(self, document: str, done: Signed, key: Key | None) -> Signed:
        """Return what was signed or lifted with everything that proves it, durable."""
        standing = None if key is None else self._standings.of(key.name)
        drawers = evidence.Drawers(self._settings.storage.state / EVIDENCE)
        await self._tell_of_stamper()
        return await asyncio.to_thread(evidence.kept, document, done, key, standing, drawers)

    async def _tell_of_stamper(self) -> None:
        """Tell the daemon when the certificate of a time-stamping authority ends, once."""
        known = [one.last.certificate for one in self._witness.times.authorities if one.last is not None]
        end = clock.iso(min(one.not_valid_after for one in known)) if known else ""
        if end != self._stamper_until:
            self._stamper_until = end
            await self._line.send("stamper", Stamper(end))

    async def _believe_clock(self) -> None:
        """Refuse while the clock is behind what it was, and take the keys out of use.

        Raises:
            ApplianceError: CLOCK_BACK.
        """
        await self._keeper.look_at_clock()
        self._clock.refuse_back()

    def _used(self) -> None:
        """Note that a key was used; a disk that is full must not undo a signature that is made."""
        try:
            self._clock.used()
        except OSError as problem:
            log.error("the latest use of a key cannot be noted: %s", problem.strerror)

    async def _open(self, body: dict[str, Any]) -> Any:
        return await self._keeper.open(from_plain(OpenSession, body))

    async def _close(self, body: dict[str, Any]) -> Any:
        await self._keeper.close(from_plain(CloseSession, body).code)
        return {}

    async def _unlock(self, body: dict[str, Any]) -> Any:
        words = from_plain(Unlock, body)
        if words.again:
            self._clock.accept()
        return await self._keeper.unlock(words.pin, words.again)

    async def _verify(self, body: dict[str, Any]) -> Any:
        job = from_plain(VerifyJob, body)
        own = {key.trust_root for key in self.held.values() if key.trust_root}
        roots = [*self._settings.signing.trust, *sorted(own)]
        if not roots:
            await self._keeper.key(AGENCY)
        return await asyncio.to_thread(verify.filed, job, roots)

    async def _finish(self) -> None:
        """Let what is in hand come to its end: a signature that was begun is written whole, or not at all."""
        for task in list(self._tasks):
            if not task.done():
                await asyncio.wait([task], timeout=PARTING)
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _part(self) -> None:
        """Log out of every token."""
        if self._broken is None:
            try:
                async with asyncio.timeout(PARTING):
                    await self._holdings.close()
            except (TimeoutError, ApplianceError):
                log.warning("a token was not closed")
