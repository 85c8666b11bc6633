"""Inside the signer process: hears what the daemon asks, does many things at a time, answers each one."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from appliance.core import config, errors, wire
from appliance.core.errors import ApplianceError
from appliance.core.jobs import AGENCY, SignJob, VerifyJob
from appliance.core.plain import from_plain, to_plain
from appliance.signing import keys, sign, typeface, verify
from appliance.signing.errands import Errands
from appliance.signing.keys import Key
from appliance.signing.protocol import Asked, Done, Failed, Fetched, Refused, details_of, reason_of

log = logging.getLogger(__name__)

Doing = Callable[[dict[str, Any]], Awaitable[Any]]


class SigningOffice:
    """Everything the signer can do, over one line to the daemon."""

    def __init__(self, line: wire.Line, settings: config.Config) -> None:
        self._line = line
        self._settings = settings
        self.errands = Errands(line)
        self.held: dict[str, Key] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._doings: dict[str, Doing] = {"sign": self._sign, "verify": self._verify}

    async def serve(self) -> None:
        """Open the office's key, then serve until the line closes; what is in hand is finished.

        Raises:
            ApplianceError: KEY_MISSING, CERTIFICATE_INVALID: there is no key; the daemon was told.
        """
        try:
            key = keys.from_settings(self._settings)
            typeface.load()
        except ApplianceError as problem:
            await self._line.send("refused", Refused(problem.code, reason_of(problem), details_of(problem)))
            raise
        self.held[AGENCY] = key
        try:
            await self._line.send("hello", key.facts())
            while (message := await self._line.receive()) is not None:
                self._hear(*message)
        except ConnectionError:
            log.info("the daemon is gone")
        finally:
            await self._finish()

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
        return await sign.async_sign(job, self._key(job.key), self.errands)

    async def _verify(self, body: dict[str, Any]) -> Any:
        job = from_plain(VerifyJob, body)
        return await asyncio.to_thread(verify.filed, job, self._key(AGENCY).facts().trust_root)

    def _key(self, name: str) -> Key:
        """Return a key that is held.

        Raises:
            ApplianceError: SESSION_CLOSED, KEY_MISSING.
        """
        if name in self.held:
            return self.held[name]
        if name == AGENCY:
            raise errors.KEY_MISSING.error(reason="no key")
        raise errors.SESSION_CLOSED.error(code=name)

    async def _finish(self) -> None:
        """Let what is in hand come to its end: a signature that was begun is written whole, or not at all."""
        for task in list(self._tasks):
            if not task.done():
                await asyncio.wait([task], timeout=5.0)
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
