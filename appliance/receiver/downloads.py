"""Sending what a ticket opened, whole or a range of it (RFC 9110, 14); never a damaged file as if it were whole."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import urllib.parse
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass

from aiohttp import web

from appliance.receiver.archive import Archive
from appliance.receiver.desk import Opened
from appliance.receiver.members import stretch, unpacked

log = logging.getLogger(__name__)

_STEP = 64 << 10
"""Bytes that a line must take in one stretch of patience."""


async def send(request: web.Request, archive: Archive, opened: Opened) -> web.StreamResponse:
    """Answer with the file, or the range of it that the request names.

    The last piece of a whole file goes out only when its SHA-256 is right; else the connection breaks, so that
    nobody takes a damaged copy for the document. Ranges carry the SHA-256 as their ETag.

    Raises:
        web.HTTPRequestRangeNotSatisfiable: the range begins behind the end.
        web.HTTPServiceUnavailable, ApplianceError: no copy can be read.
    """
    size, tag = opened.member_size, f'"{opened.member_sha256}"'
    first, last = _range(request, size, tag)
    whole = (first, last) == (0, size)
    headers = {"ETag": tag, "Accept-Ranges": "bytes", "Cache-Control": "no-store",
               "Content-Length": str(last - first),
               "Content-Type": "application/pdf" if opened.member else "application/zip",
               "X-Content-Type-Options": "nosniff",
               "Content-Disposition": f"attachment; filename*=UTF-8''{urllib.parse.quote(opened.name)}"}
    if not whole:
        headers["Content-Range"] = f"bytes {first}-{last - 1}/{size}"
    try:
        pieces = await asyncio.to_thread(_pieces, archive, opened, first, last - first)
        held = await asyncio.to_thread(next, pieces, b"")
    except (OSError, zipfile.BadZipFile, KeyError):  # before the head: an honest answer is still possible
        await asyncio.to_thread(archive.doubt, opened.sha256)
        raise web.HTTPServiceUnavailable(headers={"Retry-After": "60"}) from None
    answer = web.StreamResponse(status=200 if whole else 206, headers=headers)
    await answer.prepare(request)
    digest = hashlib.sha256(held)
    line = _Line(request, answer, archive.settings.uploads.stall_seconds)
    while piece := await asyncio.to_thread(next, pieces, b""):
        await line.write(held)
        digest.update(piece)
        held = piece
    if whole and digest.hexdigest() != opened.member_sha256:
        log.error("a copy of package %s is damaged; run appliance receive fixity", opened.sha256[:16])
        line.end()
        await asyncio.to_thread(archive.doubt, opened.sha256)  # who comes again gets another copy
        return answer
    await line.write(held)
    await answer.write_eof()
    return answer


@dataclass(frozen=True, slots=True)
class _Line:
    """The line to whoever fetches; who takes nothing for ``seconds`` is let go: it may come again with a range."""

    request: web.Request
    answer: web.StreamResponse
    seconds: float

    async def write(self, piece: bytes) -> None:
        """Write in small steps, so that a slow line that moves at all is not taken for a dead one."""
        try:
            for start in range(0, len(piece), _STEP):
                async with asyncio.timeout(self.seconds):
                    await self.answer.write(piece[start:start + _STEP])
        except TimeoutError:
            self.end()
            raise ConnectionResetError("it stands still") from None

    def end(self) -> None:
        """Break the connection."""
        if self.request.transport:
            self.request.transport.abort()


def _range(request: web.Request, size: int, tag: str) -> tuple[int, int]:
    """Return first byte and the byte behind the last; all of it where the range is none that we serve."""
    if request.headers.get("If-Range", tag) != tag:
        return 0, size
    try:
        asked = request.http_range
    except ValueError:
        return 0, size
    if asked.start is None and asked.stop is None:
        return 0, size
    first, last, _ = asked.indices(size)
    if first >= last:
        raise web.HTTPRequestRangeNotSatisfiable(headers={"Content-Range": f"bytes */{size}"})
    return first, last


def _pieces(archive: Archive, opened: Opened, first: int, length: int) -> Iterator[bytes]:
    if not opened.member:
        return archive.read(opened.sha256, first, length)
    start = stretch(archive, opened.sha256, opened.size, opened.member)
    if start is not None:
        return archive.read(opened.sha256, start + first, length)
    return _inflated(archive, opened, first, length)


def _inflated(archive: Archive, opened: Opened, first: int, length: int) -> Iterator[bytes]:
    with archive.local(opened.sha256) as package:
        yield from unpacked(package, opened.member, first, length)
