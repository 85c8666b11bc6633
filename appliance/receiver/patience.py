"""How long a connection may say nothing: who opens many and asks for nothing (slow-loris) keeps none.

Before a request's head is complete, and between requests, it may be silent only so long; a body may not drip.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from aiohttp import web
from aiohttp.typedefs import Middleware

from appliance.receiver.gate import Handler

HEAD_SECONDS = 60.0
HANDSHAKE_SECONDS = 20.0
"""How long TLS may take to begin."""

MOST_WAITING = 4000
"""Connections without a request; when one more comes, the one that waits longest is closed."""

LEAST_PACE = 256
"""Bytes a second below which a body drips, on any line that carries pages at all."""


class Pace:
    """The pace of one body: after ``grace`` seconds it may not be slower than ``LEAST_PACE`` on average."""

    def __init__(self, grace: float) -> None:
        self._grace = grace
        self._began = time.monotonic()
        self._bytes = 0

    def note(self, size: int) -> None:
        """Count a piece.

        Raises:
            TimeoutError: it drips.
        """
        self._bytes += size
        seconds = time.monotonic() - self._began
        if seconds > self._grace and self._bytes < LEAST_PACE * seconds:
            raise TimeoutError


class Patience:
    """Makes the handlers of connections and closes those whose request does not come."""

    def __init__(self, server: Callable[[], web.RequestHandler], seconds: float | None = None,
                 most: int | None = None) -> None:
        self._server = server
        self._seconds = HEAD_SECONDS if seconds is None else seconds
        self._most = MOST_WAITING if most is None else most
        self._waiting: dict[web.RequestHandler, asyncio.TimerHandle] = {}
        self._shaking: set[web.RequestHandler] = set()

    def __call__(self) -> web.RequestHandler:
        """Make the handler of a new connection, as ``loop.create_server`` wants it."""
        handler = self._server()
        self._wait_for(handler)
        return handler

    def asked(self, handler: web.RequestHandler) -> None:
        """Note that a connection's request has come."""
        self._shaking.discard(handler)
        timer = self._waiting.pop(handler, None)
        if timer:
            timer.cancel()

    def answered(self, handler: web.RequestHandler) -> None:
        """Note that it was answered: the next one may not be long in coming."""
        if handler.transport is not None:
            self._wait_for(handler)

    def _wait_for(self, handler: web.RequestHandler) -> None:
        if len(self._waiting) >= self._most:
            oldest = next(iter(self._waiting))
            self._waiting[oldest].cancel()
            self._end(oldest)
        self._waiting[handler] = asyncio.get_running_loop().call_later(self._seconds, self._end, handler)

    def _end(self, handler: web.RequestHandler) -> None:
        self._waiting.pop(handler, None)
        if handler.transport is not None:
            handler.transport.abort()
        else:  # in the middle of its TLS handshake, which has a limit of its own; or it is gone
            self._shaking.add(handler)
            asyncio.get_running_loop().call_later(HANDSHAKE_SECONDS, self._end_after_handshake, handler)

    def _end_after_handshake(self, handler: web.RequestHandler) -> None:
        """Close a connection whose time was over before its handshake was, unless it has asked for something."""
        if handler in self._shaking:
            self._shaking.discard(handler)
            if handler.transport is not None:
                handler.transport.abort()


class Watch:
    """The outermost middleware, which tells ``patience`` of every request; set it once there is a server."""

    patience: Patience | None = None

    @property
    def middleware(self) -> Middleware:
        """The middleware."""

        @web.middleware
        async def watched(request: web.Request, handler: Handler) -> web.StreamResponse:
            patience, connection = self.patience, request.protocol
            if patience is None:
                return await handler(request)
            patience.asked(connection)
            try:
                return await handler(request)
            finally:
                patience.answered(connection)

        return watched
