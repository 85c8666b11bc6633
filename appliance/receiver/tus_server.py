"""A tus 1.0 server: core, creation, creation-with-upload, checksum, termination, expiration.

A PATCH is answered only when its bytes would survive a power cut. With a checksum the whole PATCH is
read and compared first, so that no unproved byte is kept; without one, whatever arrived is kept.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from email.utils import formatdate
from typing import TypeVar

import aiohttp
from aiohttp import web

from appliance.receiver.uploads import Upload, Uploads

EXTENSIONS = "creation,creation-with-upload,checksum,termination,expiration"
ALGORITHMS = ("sha256", "sha1")
_VERSION = {"Tus-Resumable": "1.0.0"}
_BODY = "application/offset+octet-stream"
_SHA256 = re.compile(r"[0-9a-f]{64}")
_LOST = (aiohttp.ClientError, ConnectionError, TimeoutError, asyncio.IncompleteReadError)
_PIECE = 4 << 20
T = TypeVar("T")
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Limits:
    """What the server takes. Bytes and seconds.

    Attributes:
        largest: longest upload.
        checked: longest PATCH that carries a checksum (it is held in memory until it is proved).
        stall: a sender that is silent for so long has gone.
    """

    largest: int = 16 << 30
    checked: int = 64 << 20
    stall: float = 30.0


class TusServer:
    """The routes under ``/files``. ``completed`` hears of every upload whose last byte is durable."""

    def __init__(self, uploads: Uploads, limits: Limits, completed: Callable[[Upload], None]) -> None:
        self._uploads = uploads
        self._limits = limits
        self._completed = completed
        self._busy: set[str] = set()
        self._creating = asyncio.Lock()

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [
            web.options("/files", self._options), web.options("/files/{name}", self._options),
            web.post("/files", self._create), web.head("/files/{name}", self._head),
            web.patch("/files/{name}", self._patch), web.delete("/files/{name}", self._delete),
            web.post("/files/{name}", self._override),
        ]

    async def _options(self, _request: web.Request) -> web.Response:
        return web.Response(status=204, headers={
            "Tus-Version": "1.0.0", "Tus-Extension": EXTENSIONS, "Tus-Max-Size": str(self._limits.largest),
            "Tus-Checksum-Algorithm": ",".join(ALGORITHMS)})

    async def _create(self, request: web.Request) -> web.Response:
        length = _number(request, "Upload-Length")
        if length > self._limits.largest:
            raise web.HTTPRequestEntityTooLarge(self._limits.largest, length)
        metadata = request.headers.get("Upload-Metadata", "")
        sha256 = _metadata(metadata).get("sha256", b"").decode("ascii", "replace")
        if not _SHA256.fullmatch(sha256):
            raise web.HTTPBadRequest(text="Upload-Metadata needs sha256, 64 lowercase hex digits\n")
        async with self._creating:
            upload = await self._durably(self._uploads.create, length, sha256, metadata)
        if request.headers.get("Content-Type") == _BODY and upload.offset == 0:
            upload = await self._take(request, upload)
        elif upload.whole and not upload.settled:
            self._completed(upload)
        return web.Response(status=201, headers={**_state(upload), "Location": f"/files/{upload.name}"})

    async def _head(self, request: web.Request) -> web.Response:
        upload = self._known(request)
        headers = {**_state(upload), "Upload-Length": str(upload.length), "Cache-Control": "no-store"}
        return web.Response(headers={**headers, "Upload-Metadata": upload.metadata})

    async def _patch(self, request: web.Request) -> web.Response:
        if request.headers.get("Content-Type") != _BODY:
            raise web.HTTPUnsupportedMediaType
        return web.Response(status=204, headers=_state(await self._take(request, self._known(request))))

    async def _delete(self, request: web.Request) -> web.Response:
        upload = self._known(request)
        if upload.whole or upload.name in self._busy:
            raise web.HTTPForbidden(text="the archive has it already, or it is being written\n")
        await self._durably(self._uploads.remove, upload)
        return web.Response(status=204)

    async def _override(self, request: web.Request) -> web.StreamResponse:
        """Serve senders behind proxies that let no PATCH through (tus 1.0, X-HTTP-Method-Override)."""
        methods: dict[str, Handler] = {"PATCH": self._patch, "DELETE": self._delete, "HEAD": self._head}
        method = methods.get(request.headers.get("X-HTTP-Method-Override", ""))
        if method is None:
            raise web.HTTPMethodNotAllowed("POST", ["HEAD", "PATCH", "DELETE"])
        return await method(request)

    def _known(self, request: web.Request) -> Upload:
        upload = self._uploads.get(request.match_info["name"])
        if upload is None:
            raise web.HTTPNotFound
        if upload.expires < time.time() and not upload.whole:
            raise web.HTTPGone
        return upload

    async def _take(self, request: web.Request, upload: Upload) -> Upload:
        """Read the body of a PATCH into the upload; one writer at a time."""
        if upload.name in self._busy:
            raise Locked
        self._busy.add(upload.name)
        try:
            upload = self._uploads.get(upload.name) or upload
            self._check_place(request, upload)
            if "Upload-Checksum" in request.headers:
                upload = await self._durably(self._uploads.append, upload, await self._proved(request, upload))
            else:
                upload = await self._pour(request, upload)
        finally:
            self._busy.discard(upload.name)
        if upload.whole and not upload.settled:
            self._completed(upload)
        return upload

    def _check_place(self, request: web.Request, upload: Upload) -> None:
        creating = "name" not in request.match_info
        offset = 0 if creating else _number(request, "Upload-Offset")
        if offset != upload.offset:
            raise web.HTTPConflict(headers={"Upload-Offset": str(upload.offset)})
        if offset + (request.content_length or 0) > upload.length:
            raise web.HTTPRequestEntityTooLarge(upload.length, offset + (request.content_length or 0))

    async def _proved(self, request: web.Request, upload: Upload) -> bytes:
        """Return the whole body once its checksum holds."""
        algorithm, _, expected = request.headers["Upload-Checksum"].partition(" ")
        if algorithm not in ALGORITHMS:
            raise web.HTTPBadRequest(text="unknown checksum algorithm\n")
        body, most = bytearray(), min(self._limits.checked, upload.length - upload.offset)
        try:
            async for piece in self._arriving(request):
                body += piece
                if len(body) > most:
                    raise web.HTTPRequestEntityTooLarge(most, len(body))
        except _LOST:
            raise web.HTTPRequestTimeout from None
        if hashlib.new(algorithm, body).digest() != _base64(expected):
            raise ChecksumMismatch
        return bytes(body)

    async def _pour(self, request: web.Request, upload: Upload) -> Upload:
        """Keep what arrives, piece by piece, also when the sender breaks off."""
        waiting, broken = bytearray(), False
        try:
            async for piece in self._arriving(request):
                waiting += piece
                if upload.offset + len(waiting) > upload.length:
                    raise web.HTTPRequestEntityTooLarge(upload.length, upload.offset + len(waiting))
                if len(waiting) >= _PIECE:
                    upload = await self._durably(self._uploads.append, upload, bytes(waiting))
                    waiting.clear()
        except _LOST:
            broken = True
        if waiting:
            upload = await self._durably(self._uploads.append, upload, bytes(waiting))
        if broken and not upload.whole:
            raise web.HTTPRequestTimeout
        return upload

    async def _arriving(self, request: web.Request) -> AsyncIterator[bytes]:
        while True:
            async with asyncio.timeout(self._limits.stall):
                piece = await request.content.readany()
            if not piece:
                return
            yield piece

    async def _durably(self, action: Callable[..., T], *details: object) -> T:
        """Run a durable write beside the loop; a full or broken disk is the sender's 507."""
        try:
            return await asyncio.shield(asyncio.to_thread(action, *details))
        except OSError:
            raise web.HTTPInsufficientStorage from None


class Locked(web.HTTPClientError):
    """The answer 423: another request writes to this upload."""

    status_code = 423


class ChecksumMismatch(web.HTTPClientError):
    """The answer 460 of the checksum extension."""

    status_code = 460

    def __init__(self) -> None:
        super().__init__(reason="Checksum Mismatch")


@web.middleware
async def speak_tus(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse other versions of the protocol and name ours in every answer under /files."""
    if not request.path.startswith("/files"):
        return await handler(request)
    try:
        if request.method != "OPTIONS" and request.headers.get("Tus-Resumable") != "1.0.0":
            raise web.HTTPPreconditionFailed(headers={"Tus-Version": "1.0.0"})
        answer = await handler(request)
    except web.HTTPException as problem:
        problem.headers.update(_VERSION)
        raise
    answer.headers.update(_VERSION)
    return answer


def _state(upload: Upload) -> dict[str, str]:
    return {"Upload-Offset": str(upload.offset), "Upload-Expires": formatdate(upload.expires, usegmt=True)}


def _number(request: web.Request, header: str) -> int:
    text = request.headers.get(header, "")
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise web.HTTPBadRequest(text=f"{header} must be a number\n")
    return int(text)


def _metadata(header: str) -> dict[str, bytes]:
    """Read Upload-Metadata: pairs of key and base64, separated by commas."""
    found: dict[str, bytes] = {}
    for pair in filter(None, (part.strip() for part in header.split(","))):
        key, _, value = pair.partition(" ")
        if key in found:
            raise web.HTTPBadRequest(text="Upload-Metadata names a key twice\n")
        found[key] = _base64(value)
    return found


def _base64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise web.HTTPBadRequest(text="no base64\n") from None
