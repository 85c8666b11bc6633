"""The line between the pool and its workers: what every kind offers, and the one over ZeroMQ on this host."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Protocol, cast

import zmq
import zmq.asyncio

from appliance.core import errors
from appliance.pool_wire import LIMIT, decode, encode

log = logging.getLogger(__name__)

PATH_LIMIT = 107
"""Longest name of an AF_UNIX socket, in bytes."""

QUEUE = 64
"""Messages kept for one worker; it has one job at a time, the rest are signs of life."""

Heard = Callable[[bytes, str, dict[str, Any]], None]
"""Takes in (worker, kind, body) of a message."""


class Line(Protocol):
    """Carries the messages of ``pool_wire`` between the pool and workers, whose names are bytes."""

    async def open(self, heard: Heard) -> None:
        """Make ready; from now on ``heard`` is told what workers say, in the event loop."""

    async def keep(self) -> None:
        """Carry messages until cancelled; it ends by itself only when it is broken."""

    def send(self, worker: bytes, kind: str, body: dict[str, Any]) -> bool:
        """Send one message; false when that worker is out of reach."""

    def end(self, pid: int) -> bool:
        """End the worker of that pid if it is ours to end; else return false."""

    def alive(self, pid: int) -> bool:
        """Say whether the worker of that pid is there."""

    async def close(self, workers: Iterable[bytes]) -> None:
        """Take leave of these workers and let everything go; may be called without ``open``."""


def not_ours(_pid: int) -> bool:
    """Say that no worker is our child: an outside supervisor looks after all of them."""
    return False


class ZeroLine:
    """A ROUTER on an ipc socket. A ``Line``.

    Args:
        path: the socket; its folder exists.
        end_worker: kills the process of a pid if it is our child (``Children.end``), else returns false.
    """

    def __init__(self, path: Path, end_worker: Callable[[int], bool] = not_ours) -> None:
        self._path = path
        self._end_worker = end_worker
        self._context = zmq.asyncio.Context()
        self._socket: zmq.asyncio.Socket | None = None

    async def open(self, heard: Heard) -> None:
        """Open the socket.

        Raises:
            ApplianceError: CONFIG_BAD_VALUE when the socket's name is too long.
            OSError: the socket cannot be made.
        """
        if len(os.fsencode(self._path)) > PATH_LIMIT:
            raise errors.CONFIG_BAD_VALUE.error(key="storage.runtime", value=self._path.parent,
                                                allowed=f"a path so short that {self._path.name} in it "
                                                        f"has at most {PATH_LIMIT} bytes")
        self._heard = heard
        self._socket = self._bind()

    async def keep(self) -> None:
        """Hear what workers say; see ``Line.keep``."""
        assert self._socket is not None
        while True:
            name, *rest = await self._socket.recv_multipart()
            try:
                kind, body = decode(b"".join(rest))
                self._heard(name, kind, body)
            except (ValueError, KeyError, TypeError) as problem:
                log.warning("a worker sent what is no message: %s", type(problem).__name__)

    def send(self, worker: bytes, kind: str, body: dict[str, Any]) -> bool:
        """Send one message; see ``Line.send``."""
        if self._socket is None or self._socket.closed:
            return False
        sent = self._socket.send_multipart([worker, encode(kind, **body)], zmq.NOBLOCK)
        problem = cast(asyncio.Future[Any], sent).exception()  # with NOBLOCK the answer is there at once
        if isinstance(problem, zmq.Again):
            return kind == "beat"  # a sign of life that finds the line full is not needed
        if problem is not None and getattr(problem, "errno", 0) != zmq.EHOSTUNREACH:
            raise problem
        return problem is None

    def end(self, pid: int) -> bool:
        """End one of our children; see ``Line.end``."""
        return self._end_worker(pid)

    def alive(self, pid: int) -> bool:
        """Say whether a process of that pid is there."""
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            return True
        return True

    async def close(self, workers: Iterable[bytes]) -> None:
        """Send the workers home and close the socket."""
        for name in workers:
            self.send(name, "stop", {})
        if self._socket is not None:
            self._socket.close(linger=200)
        self._context.term()

    def _bind(self) -> zmq.asyncio.Socket:
        socket = self._context.socket(zmq.ROUTER)
        for option, value in ((zmq.ROUTER_MANDATORY, 1), (zmq.ROUTER_HANDOVER, 1), (zmq.LINGER, 0),
                              (zmq.SNDHWM, QUEUE), (zmq.RCVHWM, QUEUE), (zmq.MAXMSGSIZE, LIMIT)):
            socket.set(option, value)
        before = os.umask(0o177)  # no moment in which another user could connect
        try:
            socket.bind(f"ipc://{self._path}")
        finally:
            os.umask(before)
        self._path.chmod(0o600)
        return socket
