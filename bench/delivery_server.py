"""The archive's tus server as a process of its own, with PUT routes beside it that only benches have.

    python bench/delivery_server.py --root FOLDER [--late]

All stand behind the same layers (offices, quotas, patience), in the same loop, and hash all they take. ``/plain``
hashes and writes each piece that came, as one writes such a route; ``/overlapped`` is the fastest that could be
written here: a thread hashes and writes 4 MiB while the next ones arrive. Both wait for the disk once, at the
end. ``--late`` makes the tus side wait for the disk once at the end too, index included; without it the product's
own promise holds: every PATCH is durable before its answer. Whole uploads are not judged, so that nothing else
works while the next one is measured. Prints ``ready URL``.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import os
import secrets
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

sys.path.insert(0, str(Path(__file__).parents[1]))

import sqlalchemy as sa
from aiohttp import web

from appliance.receiver.archive import Archive, open_archive, open_space
from appliance.receiver.file_uploads import FileSpace
from appliance.receiver.front import Front
from appliance.receiver.settings import Settings
from appliance.receiver.tus_server import TusServer
from appliance.receiver.tus_words import speak_tus
from appliance.receiver.uploads import Upload, Uploads

PIECE = 4 << 20
BUFFER = 1 << 20
"""As ``receiver/serving.py`` has it."""


class LateSpace(FileSpace):
    """Growing files whose writes do not wait for the disk."""

    def write(self, name: str, offset: int, data: bytes) -> str:
        """Write at an offset; nothing is durable before ``settle``."""
        with self.data(name).open("r+b") as stream:
            stream.seek(offset)
            stream.write(data)
        return ""

    def settle(self, name: str) -> None:
        """Wait for the disk, once."""
        with self.data(name).open("rb") as stream:
            os.fsync(stream.fileno())


class LateUploads(Uploads):
    """Uploads that are durable only when they are whole."""

    def __init__(self, archive: Archive) -> None:
        self._late = LateSpace(archive.settings.root / "uploads")
        super().__init__(archive.index, self._late, 86400.0)

    def append(self, upload: Upload, data: bytes, proved: Callable[[], bool] = lambda: True) -> Upload:
        """Add bytes; wait for the disk after the last ones."""
        grown = super().append(upload, data, proved)
        if grown.whole:
            self._late.settle(upload.name)
        return grown


@contextmanager
def late_index() -> Iterator[None]:
    """Let commits of the index not wait for the disk."""

    def relax(connection: Any, _record: object, _proxy: object) -> None:
        connection.execute("PRAGMA synchronous=OFF")

    sa.event.listen(sa.pool.Pool, "checkout", relax)
    yield
    sa.event.remove(sa.pool.Pool, "checkout", relax)


class Puts:
    """The PUT routes: /plain/{name} and /overlapped/{name}."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder

    async def plain(self, request: web.Request) -> web.Response:
        """Take a body into a file: what has come is hashed, then written; durable before the answer."""
        digest = hashlib.sha256()
        with (self._folder / secrets.token_hex(8)).open("wb") as stream:
            while piece := await request.content.readany():
                _keep(stream, digest, piece)
            await asyncio.to_thread(_settle, stream)
        return web.Response(status=201, text=digest.hexdigest())

    async def overlapped(self, request: web.Request) -> web.Response:
        """Do the same, but a thread hashes and writes 4 MiB while the next ones arrive."""
        digest, waiting = hashlib.sha256(), bytearray()
        working: asyncio.Future[None] | None = None
        with (self._folder / secrets.token_hex(8)).open("wb") as stream:
            while piece := await request.content.readany():
                waiting += piece
                if len(waiting) >= PIECE:
                    if working is not None:
                        await working
                    working = asyncio.ensure_future(asyncio.to_thread(_keep, stream, digest, waiting))
                    waiting = bytearray()
            if working is not None:
                await working
            await asyncio.to_thread(_keep, stream, digest, waiting)
            await asyncio.to_thread(_settle, stream)
        return web.Response(status=201, text=digest.hexdigest())


def _keep(stream: IO[bytes], digest: hashlib._Hash, data: bytes | bytearray) -> None:
    digest.update(data)
    stream.write(data)


def _settle(stream: IO[bytes]) -> None:
    stream.flush()
    os.fsync(stream.fileno())


async def serve(archive: Archive, late: bool) -> None:
    """Serve until SIGTERM."""
    stop, settings = asyncio.Event(), archive.settings
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    front = Front(archive)
    uploads = LateUploads(archive) if late else Uploads(
        archive.index, open_space(settings.uploads, settings.root), 86400.0)
    app = web.Application(middlewares=[*front.layers, speak_tus], client_max_size=1 << 16)
    puts = Puts(settings.root / "plain")
    tus = TusServer(uploads, settings.uploads, lambda _upload: None)
    app.add_routes([*tus.routes(), web.get("/receipts/{sha256}", _unknown),
                    web.put("/plain/{name}", puts.plain), web.put("/overlapped/{name}", puts.overlapped)])
    runner = web.AppRunner(app, access_log=None, read_bufsize=BUFFER)
    await runner.setup()
    server, address = await front.listen(runner)
    print(f"ready {address}", flush=True)
    await stop.wait()
    server.close()
    await runner.cleanup()


async def _unknown(_request: web.Request) -> web.Response:
    raise web.HTTPNotFound


def main(argv: list[str]) -> None:
    """Run the server."""
    options = argparse.ArgumentParser()
    options.add_argument("--root", type=Path, required=True)
    options.add_argument("--late", action="store_true", help="one wait for the disk, at the end of an upload")
    given = options.parse_args(argv)
    with open_archive(Settings(given.root, port=0)) as archive:
        if not given.late:
            asyncio.run(serve(archive, late=False))
            return
        with late_index():
            asyncio.run(serve(archive, late=True))


if __name__ == "__main__":
    main(sys.argv[1:])
