"""The daemon's side of the signer: listens, hands out one document at a time, says who holds the key.

No PDF and no signing library is imported here: the daemon holds neither.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

from appliance.core import errors, files, wire
from appliance.core.errors import ApplianceError
from appliance.core.jobs import Signed, SignJob, Verified, VerifyJob
from appliance.core.plain import from_plain
from appliance.signing.protocol import Done, Failed, KeyFacts, Looked, Refused, error_of

log = logging.getLogger(__name__)

PATIENCE = 300.0
"""Seconds a signature may take; a signer that takes longer is hung and is let go."""

PRIVATE = 0o177


class SignerDesk:
    """Where the signer process connects and where documents wait for it.

    Args:
        socket: path of the AF_UNIX socket; only this user may open it.
        on_change: called when a key appears or goes away.
        patience: seconds one signature may take.
    """

    def __init__(self, socket: Path, on_change: Callable[[], None] = lambda: None,
                 patience: float = PATIENCE) -> None:
        self.socket = socket
        self.on_change = on_change
        self._patience = patience
        self._server: asyncio.Server | None = None
        self._line: wire.Line | None = None
        self._key: KeyFacts | None = None
        self._refusal: ApplianceError | None = None
        self._turn = asyncio.Lock()
        self._waiting: tuple[str, asyncio.Future[Signed | Verified]] | None = None
        self._talks: set[asyncio.Task[None]] = set()

    @property
    def key(self) -> KeyFacts | None:
        """The key of the signer that is connected and ready, or None."""
        return self._key

    @property
    def refusal(self) -> ApplianceError | None:
        """Why the signer that came last has no key; None once one has."""
        return self._refusal

    async def start(self) -> None:
        """Listen.

        Raises:
            OSError: the socket cannot be made.
        """
        listener = _listen(self.socket)
        self._server = await asyncio.start_unix_server(self._meet, sock=listener, limit=wire.LIMIT)

    async def stop(self) -> None:
        """Close the socket and the line; the signer ends by that."""
        if self._server is not None:
            self._server.close()
        talks = list(self._talks)
        for talk in talks:
            talk.cancel()
        await asyncio.gather(*talks, return_exceptions=True)
        if self._server is not None:
            await self._server.wait_closed()
        self.socket.unlink(missing_ok=True)

    async def sign(self, job: SignJob) -> Signed:
        """Have one document signed; the next waits until this one is done.

        Raises:
            ApplianceError: SIGNER_AWAY when no signer is connected or it is lost or hung meanwhile (the job may
                be given again: a finished output is adopted); else what the signer says.
        """
        done = await self._asked("sign", job)
        assert isinstance(done, Signed)
        return done

    async def verify(self, job: VerifyJob) -> Verified:
        """Have the signature of one document looked at, in its turn; errors as ``sign``."""
        done = await self._asked("verify", job)
        assert isinstance(done, Verified)
        return done

    async def _asked(self, kind: str, job: SignJob | VerifyJob) -> Signed | Verified:
        async with self._turn:
            line = self._line
            if line is None or self._key is None:
                raise errors.SIGNER_AWAY.error()
            answer: asyncio.Future[Signed | Verified] = asyncio.get_running_loop().create_future()
            self._waiting = (job.document, answer)
            try:
                await line.send(kind, job)
                async with asyncio.timeout(self._patience):
                    return await answer
            except (ConnectionError, TimeoutError):
                self._leave(line)
                await line.close()
                raise errors.SIGNER_AWAY.error() from None
            finally:
                self._waiting = None
                _forget(answer)

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection; a second signer is sent away while one is here."""
        line = wire.Line(reader, writer)
        talk = asyncio.current_task()
        assert talk is not None
        self._talks.add(talk)
        try:
            if self._line is None:
                self._line = line
                await self._talk(line)
        except asyncio.CancelledError:
            log.debug("the desk closes")
        finally:
            self._leave(line)
            self._talks.discard(talk)
            with contextlib.suppress(asyncio.CancelledError):
                await line.close()

    async def _talk(self, line: wire.Line) -> None:
        """Hear the signer until it goes; one that speaks another release's language is let go."""
        try:
            while (message := await line.receive()) is not None:
                self._hear(*message)
        except ValueError as problem:
            log.error("the signer sent what is not understood: %s", problem)

    def _hear(self, kind: str, body: dict[str, Any]) -> None:
        if kind == "hello":
            self._key, self._refusal = from_plain(KeyFacts, body), None
            self.on_change()
        elif kind == "refused":
            self._refusal = error_of(from_plain(Refused, body))
            self.on_change()
        elif kind == "signed":
            done = from_plain(Done, body)
            self._settle(done.document, done.signed)
        elif kind == "verified":
            looked = from_plain(Looked, body)
            self._settle(looked.document, looked.verified)
        elif kind == "failed":
            failed = from_plain(Failed, body)
            self._settle(failed.document, error_of(failed))
        else:
            raise ValueError(f"unknown kind {kind!r}")

    def _settle(self, document: str, outcome: Signed | Verified | ApplianceError) -> None:
        """Give the outcome to who waits for it; one that nobody waits for any more is dropped."""
        if self._waiting is None or self._waiting[0] != document or self._waiting[1].done():
            return
        if isinstance(outcome, ApplianceError):
            self._waiting[1].set_exception(outcome)
        else:
            self._waiting[1].set_result(outcome)

    def _leave(self, line: wire.Line) -> None:
        if self._line is not line:
            return
        self._line, self._key = None, None
        if self._waiting is not None and not self._waiting[1].done():
            self._waiting[1].set_exception(errors.SIGNER_AWAY.error())
        self.on_change()


def _forget(answer: asyncio.Future[Signed | Verified]) -> None:
    """Nobody waits any more: an error that is already there must not be reported as lost."""
    if not answer.cancel() and not answer.cancelled():
        answer.exception()


def _listen(path: Path) -> socket.socket:
    """Bind the socket so that at no moment another user could connect."""
    files.make_folder(path.parent)
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    former = os.umask(PRIVATE)
    try:
        listener.bind(str(path))
    except OSError:
        listener.close()
        raise
    finally:
        os.umask(former)
    return listener
