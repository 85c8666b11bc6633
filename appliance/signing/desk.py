"""The daemon's side of the signer: listens, hands out what is to be signed, says who holds which key.

No PDF and no signing library is imported here: the daemon holds neither. What the signer wants from a network
goes out through ``outside`` and nowhere else.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from appliance.core import errors, files, wire
from appliance.core.errors import ApplianceError
from appliance.core.jobs import AGENCY, LiftJob, Signed, SignJob, Verified, VerifyJob
from appliance.core.plain import from_plain, to_plain
from appliance.signing.asking import Asking
from appliance.signing.protocol import (
    LIMIT,
    NOWHERE,
    CloseSession,
    Done,
    Failed,
    Fetch,
    Gone,
    KeyFacts,
    OpenSession,
    Outside,
    Refused,
    Stamper,
    Unlock,
    error_of,
)

T = TypeVar("T")
log = logging.getLogger(__name__)

PATIENCE = 300.0
"""Seconds without any word from the signer, while it owes an answer and waits for nothing outside, after which it
is hung and let go."""

AT_ONCE = 16
"""Signatures under way at most: those that wait for a time stamp cost nothing meanwhile."""

PRIVATE = 0o177


class SignerDesk:
    """Where the signer process connects and where documents wait for it.

    Args:
        socket: path of the AF_UNIX socket; only this user may open it.
        on_change: called when a key appears or goes away.
        patience: seconds without a word.
        outside: the way to time stamps and revocation data.
    """

    def __init__(self, socket: Path, on_change: Callable[[], None] = lambda: None,
                 patience: float = PATIENCE, outside: Outside = NOWHERE) -> None:
        self.socket = socket
        self.on_change = on_change
        self.outside = outside
        self._server: asyncio.Server | None = None
        self._line: wire.Line | None = None
        self._keys: dict[str, KeyFacts] = {}
        self._refusal: ApplianceError | None = None
        self.known = ""  # fingerprint of the office's key that is there, or was there last
        self.stamper_until = ""  # end of the certificate of who makes time stamps, ISO 8601
        self.lost: dict[str, str] = {}  # by the name of a key the code with which it went away
        self._errands: set[asyncio.Task[None]] = set()
        self._talks: set[asyncio.Task[None]] = set()
        self._open = Asking(patience, lambda: bool(self._errands))

    @property
    def key(self) -> KeyFacts | None:
        """The office's key, when a signer is connected and has it ready, or None."""
        return self._keys.get(AGENCY)

    @property
    def keys(self) -> dict[str, KeyFacts]:
        """Every key that is ready, by its name: ``agency`` and the staff codes of open sessions."""
        return dict(self._keys)

    @property
    def refusal(self) -> ApplianceError | None:
        """Why the signer that came last has no key of the office; None once it has one."""
        return self._refusal

    async def start(self) -> None:
        """Listen.

        Raises:
            OSError: the socket cannot be made.
        """
        listener = _listen(self.socket)
        self._server = await asyncio.start_unix_server(self._meet, sock=listener, limit=LIMIT)

    async def stop(self) -> None:
        """Close the socket and the line; the signer ends by that."""
        if self._server is not None:
            self._server.close()
        talks = [*self._talks, *self._errands]
        for talk in talks:
            talk.cancel()
        await asyncio.gather(*talks, return_exceptions=True)
        await self.outside.close()
        if self._server is not None:
            await self._server.wait_closed()
        self.socket.unlink(missing_ok=True)

    async def sign(self, job: SignJob) -> Signed:
        """Have one document signed; whoever asks sees to it that no more than ``AT_ONCE`` are under way.

        Raises:
            ApplianceError: SIGNER_AWAY when no signer is connected or it is lost or hung meanwhile (the job may
                be given again: a finished output is adopted); else what the signer says.
        """
        return await self._asked("sign", job, Signed)

    async def lift(self, job: LiftJob) -> Signed:
        """Have a time stamp put to a signature that has none; errors as ``sign``."""
        return await self._asked("lift", job, Signed)

    async def verify(self, job: VerifyJob) -> Verified:
        """Have the signature of one document looked at; errors as ``sign``."""
        return await self._asked("verify", job, Verified)

    async def open(self, session: OpenSession) -> KeyFacts:
        """Have a person's own key opened; errors as ``sign``, and why it does not open."""
        return await self._asked("open", session, KeyFacts)

    async def close(self, session: CloseSession) -> None:
        """Have a person's own key closed; errors as ``sign``."""
        await self._asked("close", session, dict)

    async def unlock(self, words: Unlock) -> KeyFacts:
        """Give the signer the PIN of the office's token; errors as ``open``."""
        return await self._asked("unlock", words, KeyFacts)

    async def _asked(self, what: str, job: Any, kind: type[T]) -> T:
        """Ask the signer, and wait as long as it lives."""
        line = self._line
        if line is None:
            raise errors.SIGNER_AWAY.error()
        try:
            return from_plain(kind, await self._open.ask(line, what, to_plain(job)))
        except (ConnectionError, TimeoutError):
            self._leave(line)
            await line.close()
            raise errors.SIGNER_AWAY.error() from None

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
                self._open.heard()
                self._hear(line, *message)
        except ValueError as problem:
            log.error("the signer sent what is not understood: %s", problem)

    def _hear(self, line: wire.Line, kind: str, body: dict[str, Any]) -> None:
        if kind == "done":
            done = from_plain(Done, body)
            self._open.settle(done.number, done.body)
        elif kind == "failed":
            failed = from_plain(Failed, body)
            self._open.settle(failed.number, error_of(failed))
        elif kind == "fetch":
            errand = asyncio.create_task(self._run(line, from_plain(Fetch, body)))
            self._errands.add(errand)
            errand.add_done_callback(self._errands.discard)
        else:
            self._hear_of_key(kind, body)

    def _hear_of_key(self, kind: str, body: dict[str, Any]) -> None:
        if kind == "hello":
            facts = from_plain(KeyFacts, body)
            self._keys[facts.name] = facts
            self.lost.pop(facts.name, None)
            if facts.name == AGENCY:
                self._refusal, self.known = None, facts.fingerprint
        elif kind == "gone":
            gone = from_plain(Gone, body)
            self._keys.pop(gone.name, None)
            self.lost[gone.name] = gone.code
            self._refusal = error_of(gone) if gone.name == AGENCY else self._refusal
        elif kind == "refused":
            self._refusal = error_of(from_plain(Refused, body))
        elif kind == "stamper":
            self.stamper_until = from_plain(Stamper, body).not_after
        else:
            raise ValueError(f"unknown kind {kind!r}")
        self.on_change()

    async def _run(self, line: wire.Line, asked: Fetch) -> None:
        """Do one errand for the signer; one that has gone meanwhile wants nothing any more."""
        fetched = await self.outside.fetch(asked)
        with contextlib.suppress(ConnectionError):
            await line.send("fetched", fetched)

    def _leave(self, line: wire.Line) -> None:
        if self._line is not line:
            return
        self._line, self._keys, self.lost = None, {}, {}
        for errand in self._errands:
            errand.cancel()
        self._open.lose()
        self.on_change()


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
