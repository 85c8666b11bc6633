"""The way to the archive by tus 1.0 (tus.io/protocols/resumable-upload), with signed receipts beside it.

Needs of the protocol: core, creation. Used where the server offers it: checksum (sha256, else sha1),
creation-with-upload, termination; an upload that expired is begun anew. Receipts:
GET <base>/receipts/<sha256> gives 404 unknown, 202 being verified, 200 the signed receipt.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urljoin, urlsplit

import aiohttp

from appliance.archive.bandwidth import Bandwidth
from appliance.archive.receipts import LONGEST
from appliance.archive.retry import retry_after
from appliance.archive.transports.contract import Finding, Package, Piece, Standing
from appliance.archive.transports.identity import Identity
from appliance.core import errors
from appliance.core.delivery import Tls
from appliance.core.tasks import LONGEST as LONGEST_LIST
from appliance.core.tasks import RescanTask, read

TIMEOUT = aiohttp.ClientTimeout(total=None, sock_connect=15, sock_read=60)
_VERSION = {"Tus-Resumable": "1.0.0"}
_PIECE = {**_VERSION, "Content-Type": "application/offset+octet-stream"}
_GONE = (403, 404, 410)
_TOO_LARGE, _CHECKSUM_MISMATCH = 413, 460
_NEVER = (400, 412, 413, 415, 422)
"""Answers to a package by which the archive says that trying again cannot help. To a mere question they say nothing
of the package: a web server before the archive answers so where it misses a certificate."""


class TusTransport:
    """One tus server at ``base``; uploads at ``<base>/files``. A ``Transport``."""

    def __init__(self, session: aiohttp.ClientSession, base: str, identity: Identity | None = None,
                 bandwidth: Bandwidth | None = None, *, at_once: int = 0) -> None:
        """``at_once``: packages up to so many bytes go with their announcement, where the server takes that."""
        self._session = session
        self._identity = identity or Identity(Tls())
        self._bandwidth = bandwidth or Bandwidth(0)
        self._base = base.rstrip("/")
        self._at_once = self._bandwidth.piece(at_once) if at_once else 0
        self._offered: frozenset[str] | None = None

    @property
    def least_piece(self) -> int:
        """Any piece will do."""
        return 1

    async def find(self, sha256: str) -> Finding:
        """Ask for the receipt; see ``Transport.find``."""
        async with self._ask("GET", f"{self._base}/receipts/{sha256}", {}) as answer:
            if answer.status == 404:
                return Finding(Standing.UNKNOWN)
            if answer.status == 202:
                return Finding(Standing.PENDING)
            _expect(answer, 200)
            return Finding(Standing.DECIDED, await _text(answer))

    async def begin(self, package: Package) -> str:
        """Create the upload; its handle is the path of its URL."""
        told = {"filename": f"{package.uuid}.zip", "sha256": package.sha256, "size": str(package.size),
                "idem": package.uuid}
        metadata = ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in told.items())
        headers = {**_VERSION, "Upload-Length": str(package.size), "Upload-Metadata": metadata}
        if package.size <= self._at_once and "creation-with-upload" in await self._offers():
            piece = await asyncio.to_thread(package.path.read_bytes)
            more = {**_PIECE, **headers, **await self._proof(piece)}
            async with self._ask("POST", f"{self._base}/files", more, piece) as answer:
                if answer.status not in (_CHECKSUM_MISMATCH, _TOO_LARGE):  # too large may be the request alone
                    _expect_taken(answer, 201)
                    return self._handle(answer.headers.get("Location", ""))
        async with self._ask("POST", f"{self._base}/files", headers) as answer:
            _expect_taken(answer, 201)
            return self._handle(answer.headers.get("Location", ""))

    async def offset(self, handle: str) -> int | None:
        """Ask how much has arrived; see ``Transport.offset``."""
        async with self._ask("HEAD", self._url(handle), _VERSION) as answer:
            if answer.status in _GONE:
                return None
            _expect(answer, 200, 204)
            return _offset(answer)

    async def send(self, handle: str, offset: int, piece: bytes) -> int | None:
        """Send one PATCH; see ``Transport.send``."""
        headers = {**_PIECE, "Upload-Offset": str(offset), **await self._proof(piece)}
        async with self._ask("PATCH", self._url(handle), headers, piece) as answer:
            if answer.status in _GONE:
                return None
            if answer.status == _CHECKSUM_MISMATCH:
                return offset
            if answer.status == _TOO_LARGE:
                _expect(answer, 204)  # it was announced and taken: a smaller piece may pass
            if answer.status != 409:
                _expect_taken(answer, 204)
                return _offset(answer)
        return await self.offset(handle)

    async def tasks(self) -> tuple[RescanTask, ...] | None:
        """Ask which pages shall be scanned again (GET <base>/tasks); see ``Tasks.tasks``."""
        async with self._ask("GET", f"{self._base}/tasks", {}) as answer:
            if answer.status in (404, 405, 501):
                return None
            _expect(answer, 200)
            return tasks_in(await _body(answer, LONGEST_LIST))

    async def abandon(self, handle: str) -> None:
        """End an upload that is not whole (tus extension termination); see ``Transport.abandon``."""
        async with self._ask("HEAD", self._url(handle), _VERSION) as answer:
            if answer.status in _GONE:
                return
            _expect(answer, 200, 204)
            if answer.headers.get("Upload-Length") == str(_offset(answer)):
                return
        async with self._ask("DELETE", self._url(handle), _VERSION) as answer:
            if answer.status not in (*_GONE, 405, 423, 501):
                _expect(answer, 200, 204)

    async def _proof(self, piece: bytes) -> dict[str, str]:
        """Return the header by which the server can prove a piece; none where it cannot."""
        offered = await self._offers()
        if "checksum" not in offered or not offered & {"sha256", "sha1"}:
            return {}
        if "sha256" not in offered:
            digest = await asyncio.to_thread(lambda: hashlib.sha1(piece, usedforsecurity=False).digest())
            return {"Upload-Checksum": f"sha1 {base64.b64encode(digest).decode()}"}
        digest = piece.sha256 if isinstance(piece, Piece) else hashlib.sha256(piece).digest()
        return {"Upload-Checksum": f"sha256 {base64.b64encode(digest).decode()}"}

    async def _offers(self) -> frozenset[str]:
        """Return extensions and checksum algorithms of the server, asked once."""
        if self._offered is None:
            async with self._ask("OPTIONS", f"{self._base}/files", {}) as answer:
                _expect(answer, 200, 204)
                said = [answer.headers.get(name, "") for name in ("Tus-Extension", "Tus-Checksum-Algorithm")]
            self._offered = frozenset(item.strip() for item in ",".join(said).split(","))
        return self._offered

    def _handle(self, location: str) -> str:
        """Keep only the path: a server behind a proxy may not know its own scheme, host and port."""
        place = urlsplit(urljoin(f"{self._base}/files/", location))
        if not location or not place.path.strip("/"):
            raise errors.ARCHIVE_UNREACHABLE.error(reason="it gave no place for the upload")
        return place.path + (f"?{place.query}" if place.query else "")

    def _url(self, handle: str) -> str:
        return urljoin(self._base, handle)

    @asynccontextmanager
    async def _ask(self, method: str, url: str, headers: dict[str, str],
                   body: bytes | None = None) -> AsyncIterator[aiohttp.ClientResponse]:
        try:
            self._identity.check(url)
            if body is not None:
                headers = {**headers, "Content-Length": str(len(body))}
            async with self._session.request(
                    method, url, headers=headers, data=None if body is None else self._flow(body), timeout=TIMEOUT,
                    allow_redirects=False, ssl=self._identity.context()) as answer:
                yield answer
        except (aiohttp.ClientError, TimeoutError, OSError) as problem:
            raise errors.ARCHIVE_UNREACHABLE.error(reason=type(problem).__name__, away=True) from None

    async def _flow(self, body: bytes) -> AsyncIterator[memoryview]:
        """Yield a body as fast as the office may send."""
        view, size = memoryview(body), self._bandwidth.chunk
        for at in range(0, len(body), size):
            await self._bandwidth.take(min(size, len(body) - at))
            yield view[at:at + size]


async def _text(answer: aiohttp.ClientResponse) -> str:
    """Return the body, but never more than a receipt can be long."""
    return (await _body(answer, LONGEST)).decode("ascii", "replace").strip()


async def _body(answer: aiohttp.ClientResponse, most: int) -> bytes:
    body = b""
    async for piece in answer.content.iter_chunked(1 << 14):
        body += piece
        if len(body) > most:
            raise errors.ARCHIVE_UNREACHABLE.error(reason="its answer is too long")
    return body


def tasks_in(data: bytes) -> tuple[RescanTask, ...]:
    """Return the tasks of a list. Raises ARCHIVE_UNREACHABLE where it is none."""
    try:
        return read(data)
    except ValueError as problem:
        raise errors.ARCHIVE_UNREACHABLE.error(reason=f"its tasks: {problem}") from None


def _expect(answer: aiohttp.ClientResponse, *statuses: int) -> None:
    """Refuse another answer to a question. Raises ARCHIVE_UNREACHABLE."""
    if answer.status not in statuses:
        raise errors.ARCHIVE_UNREACHABLE.error(
            reason=f"HTTP {answer.status}", after=retry_after(answer.headers.get("Retry-After", ""), time.time()))


def _expect_taken(answer: aiohttp.ClientResponse, status: int) -> None:
    """Refuse another answer to a package or a piece. Raises ARCHIVE_REFUSED, ARCHIVE_UNREACHABLE."""
    if answer.status in _NEVER:
        raise errors.ARCHIVE_REFUSED.error(reason=f"HTTP {answer.status} {answer.reason or ''}".strip())
    _expect(answer, status)


def _offset(answer: aiohttp.ClientResponse) -> int:
    text = answer.headers.get("Upload-Offset", "")
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise errors.ARCHIVE_UNREACHABLE.error(reason="it gave no Upload-Offset")
    return int(text)
