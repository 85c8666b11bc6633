"""Messages between processes over AF_UNIX: one JSON object a line, told apart by ``kind``.

The daemon listens; scanner processes and the signer connect and end when the line closes.
"""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

from appliance.core import errors
from appliance.core.plain import to_plain

LIMIT = 8 << 20
"""Longest line in bytes; a longer one ends the connection."""

FIRST_WAIT, LONGEST_WAIT = 0.1, 2.0
"""Seconds between two tries to reach a daemon that is not there yet."""


class Line:
    """One connection: typed values out, plain objects in."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def send(self, kind: str, value: Any = None) -> None:
        """Send a dataclass (or a plain dict) under ``kind``.

        Raises:
            ConnectionError: the other side is gone.
        """
        body = to_plain(value) if value is not None else {}
        self._writer.write(json.dumps({"kind": kind, **body}, ensure_ascii=False).encode() + b"\n")
        await self._writer.drain()

    async def receive(self) -> tuple[str, dict[str, Any]] | None:
        """Return (kind, body), or None when the other side has closed or sent what is no message."""
        try:
            raw = await self._reader.readline()
        except (ConnectionError, ValueError):
            return None
        return _message(raw) if raw.endswith(b"\n") else None

    async def close(self) -> None:
        """Close the line."""
        self._writer.close()
        try:
            await self._writer.wait_closed()
        except ConnectionError:
            return


def _message(raw: bytes) -> tuple[str, dict[str, Any]] | None:
    try:
        message = json.loads(raw)
    except ValueError:
        return None
    if not isinstance(message, dict) or "kind" not in message:
        return None
    return str(message.pop("kind")), message


async def connect(path: Path, limit: int = LIMIT) -> Line:
    """Connect to the daemon's socket at ``path``; ``limit``: longest line in bytes that is heard."""
    reader, writer = await asyncio.open_unix_connection(str(path), limit=limit)
    return Line(reader, writer)


async def reach(path: Path, wait: float, limit: int = LIMIT) -> Line:
    """Connect to the daemon's socket, trying for ``wait`` seconds: a supervisor may start us before it.

    Raises:
        ApplianceError: DAEMON_UNREACHABLE.
    """
    loop = asyncio.get_running_loop()
    until, pause = loop.time() + wait, FIRST_WAIT
    while True:
        try:
            return await connect(path, limit)
        except OSError:
            if loop.time() >= until:
                raise errors.DAEMON_UNREACHABLE.error(path=path) from None
        await asyncio.sleep(pause)
        pause = min(pause * 2, LONGEST_WAIT)
