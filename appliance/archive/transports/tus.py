"""The way to the archive by tus 1.0 (tus.io/protocols/resumable-upload), with signed receipts beside it.

Needs of the protocol: core, creation. Used where the server offers it: checksum (sha256). Receipts:
GET <base>/receipts/<sha256> gives 404 unknown, 202 being verified, 200 the signed receipt.
"""

from __future__ import annotations

import base64
import hashlib
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urljoin, urlsplit

import aiohttp

from appliance.archive.receipts import LONGEST
from appliance.archive.transports.contract import Finding, Package, Standing
from appliance.core import errors

TIMEOUT = aiohttp.ClientTimeout(total=None, sock_connect=15, sock_read=60)
_VERSION = {"Tus-Resumable": "1.0.0"}
_PIECE = {**_VERSION, "Content-Type": "application/offset+octet-stream"}
_GONE = (403, 404, 410)
_CHECKSUM_MISMATCH = 460
_NEVER = (400, 412, 413, 415, 422)
"""Answers by which the archive says that trying again cannot help."""


class TusTransport:
    """One tus server at ``base``; uploads at ``<base>/files``. A ``Transport``."""

    def __init__(self, session: aiohttp.ClientSession, base: str) -> None:
        self._session = session
        self._base = base.rstrip("/")
        self._checksum: bool | None = None

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
        async with self._ask("POST", f"{self._base}/files", headers) as answer:
            _expect(answer, 201)
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
        headers = {**_PIECE, "Upload-Offset": str(offset)}
        if await self._has_checksum():
            digest = base64.b64encode(hashlib.sha256(piece).digest()).decode()
            headers["Upload-Checksum"] = f"sha256 {digest}"
        async with self._ask("PATCH", self._url(handle), headers, piece) as answer:
            if answer.status in _GONE:
                return None
            if answer.status == _CHECKSUM_MISMATCH:
                return offset
            if answer.status != 409:
                _expect(answer, 204)
                return _offset(answer)
        return await self.offset(handle)

    async def _has_checksum(self) -> bool:
        if self._checksum is None:
            async with self._ask("OPTIONS", f"{self._base}/files", {}) as answer:
                _expect(answer, 200, 204)
                listed = [answer.headers.get(name, "") for name in ("Tus-Extension", "Tus-Checksum-Algorithm")]
                extensions, algorithms = ([item.strip() for item in text.split(",")] for text in listed)
            self._checksum = "checksum" in extensions and "sha256" in algorithms
        return self._checksum

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
            data = None if body is None else io.BytesIO(body)
            async with self._session.request(method, url, headers=headers, data=data, timeout=TIMEOUT,
                                             allow_redirects=False) as answer:
                yield answer
        except (aiohttp.ClientError, TimeoutError, OSError) as problem:
            raise errors.ARCHIVE_UNREACHABLE.error(reason=type(problem).__name__) from None


async def _text(answer: aiohttp.ClientResponse) -> str:
    """Return the body, but never more than a receipt can be long."""
    body = b""
    async for piece in answer.content.iter_chunked(1 << 14):
        body += piece
        if len(body) > LONGEST:
            raise errors.ARCHIVE_UNREACHABLE.error(reason="its receipt is too long")
    return body.decode("ascii", "replace").strip()


def _expect(answer: aiohttp.ClientResponse, *statuses: int) -> None:
    if answer.status in statuses:
        return
    if answer.status in _NEVER:
        raise errors.ARCHIVE_REFUSED.error(reason=f"HTTP {answer.status} {answer.reason or ''}".strip())
    raise errors.ARCHIVE_UNREACHABLE.error(reason=f"HTTP {answer.status}")


def _offset(answer: aiohttp.ClientResponse) -> int:
    text = answer.headers.get("Upload-Offset", "")
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise errors.ARCHIVE_UNREACHABLE.error(reason="it gave no Upload-Offset")
    return int(text)
