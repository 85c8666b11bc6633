"""Bodies of PATCHes on their way: proved as a whole, or kept piece by piece.

The checksum is reckoned by a thread while the rest arrives, and while what has come goes to the disk.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor, Future

from aiohttp import web

from appliance.receiver.uploads import Upload

PIECE = 4 << 20

_ENOUGH = 1 << 20
"""Bytes that are worth a thread's turn."""


class Proof:
    """The body of a PATCH, kept in memory until its checksum is known. ``size`` is what has come so far.

    ``threads`` hash and do nothing else: whoever waits for a verdict never waits for a thread of their own kind.
    """

    def __init__(self, algorithm: str, threads: Executor) -> None:
        self.size = 0
        self._threads = threads
        self._digest = hashlib.new(algorithm)
        self._pieces: list[bytes] = []
        self._reckoned = 0
        self._due = 0
        self._working: asyncio.Future[None] | None = None

    def add(self, piece: bytes) -> None:
        """Take a piece; it is hashed when enough have come and the thread is free."""
        self._pieces.append(piece)
        self.size += len(piece)
        self._due += len(piece)
        if self._due >= _ENOUGH and (self._working is None or self._working.done()):
            self._due = 0
            self._working = asyncio.get_running_loop().run_in_executor(self._threads, self._reckon)

    async def verdict(self, wanted: bytes) -> Future[bool]:
        """Return what will be known soon: whether all that came has this checksum."""
        if self._working is not None:
            await self._working
        return self._threads.submit(self._holds, wanted)

    def body(self) -> bytes:
        """Return all that came."""
        return b"".join(self._pieces)

    def _holds(self, wanted: bytes) -> bool:
        self._reckon()
        return self._digest.digest() == wanted

    def _reckon(self) -> None:
        """Hash what has come; pieces are only ever added."""
        while self._reckoned < len(self._pieces):
            self._digest.update(self._pieces[self._reckoned])
            self._reckoned += 1


class Flow:
    """Bytes on their way to the disk: one piece is written while the next one fills."""

    def __init__(self, append: Callable[[Upload, bytes], Awaitable[Upload]], upload: Upload) -> None:
        self._append = append
        self._upload = upload
        self._waiting = bytearray()
        self._taken = upload.offset
        self._writing: asyncio.Future[Upload] | None = None

    async def add(self, piece: bytes) -> None:
        """Take a piece; what goes beyond the upload's end is 413."""
        self._taken += len(piece)
        if self._taken > self._upload.length:
            raise web.HTTPRequestEntityTooLarge(self._upload.length, self._taken)
        self._waiting += piece
        if len(self._waiting) >= PIECE:
            await self.settle()
            data, self._waiting = bytes(self._waiting), bytearray()
            self._writing = asyncio.ensure_future(self._append(self._upload, data))

    async def end(self) -> Upload:
        """Wait until everything taken is durable; return the upload as it then is."""
        await self.settle()
        if self._waiting:
            data, self._waiting = bytes(self._waiting), bytearray()
            self._upload = await self._append(self._upload, data)
        return self._upload

    async def settle(self) -> None:
        """Wait for the piece that is being written; forget the one that fills."""
        if self._writing is not None:
            writing, self._writing = self._writing, None
            self._upload = await writing
