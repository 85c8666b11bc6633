"""A tus 1.0 server: core, creation, creation-with-upload, checksum, termination, expiration.

A PATCH is answered only when its bytes would survive a power cut. With a checksum no byte of a PATCH counts before
the whole of it is proved; without one, whatever arrived is kept.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

import aiohttp
from aiohttp import web

from appliance.receiver.bodies import Flow, Proof
from appliance.receiver.index import IndexDownError
from appliance.receiver.parts import office_of
from appliance.receiver.patience import Pace
from appliance.receiver.settings import Limits
from appliance.receiver.tus_words import (
    ALGORITHMS,
    BODY,
    EXTENSIONS,
    ChecksumMismatch,
    Handler,
    Locked,
    metadata,
    number,
    state,
    unbase64,
)
from appliance.receiver.uploads import ElsewhereError, UnprovedError, Upload, Uploads

_SHA256 = re.compile(r"[0-9a-f]{64}")
_NAME = re.compile(r"[0-9a-f]{32}")
_LOST = (aiohttp.ClientError, ConnectionError, TimeoutError, asyncio.IncompleteReadError)
_LONGEST_METADATA = 4096
HASHERS = 4
"""Threads that hash; an upload keeps one busy for 2 ms of 4 MiB."""
T = TypeVar("T")


class TusServer:
    """The routes under ``/files``. ``completed`` hears of every upload whose last byte is durable.

    ``received`` counts bytes taken since the start.
    """

    def __init__(self, uploads: Uploads, limits: Limits, completed: Callable[[Upload], None]) -> None:
        self._uploads = uploads
        self._limits = limits
        self._completed = completed
        self._busy: set[str] = set()
        self._hashing = ThreadPoolExecutor(HASHERS, "hash")
        self.received = 0

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
        length = number(request, "Upload-Length")
        if length > self._limits.largest:
            raise web.HTTPRequestEntityTooLarge(self._limits.largest, length)
        told = request.headers.get("Upload-Metadata", "")
        sha256 = metadata(told).get("sha256", b"").decode("ascii", "replace")
        if not _SHA256.fullmatch(sha256) or len(told) > _LONGEST_METADATA:
            raise web.HTTPBadRequest(text="Upload-Metadata needs sha256, 64 lowercase hex digits\n")
        upload = await self._durably(self._uploads.create, office_of(request), length, sha256, told)
        if request.headers.get("Content-Type") == BODY and upload.offset == 0:
            upload = await self._take(request, upload)
        elif upload.whole and not upload.settled:
            self._completed(upload)
        return web.Response(status=201, headers={**state(upload), "Location": f"/files/{upload.name}"})

    async def _head(self, request: web.Request) -> web.Response:
        upload = await self._known(request)
        headers = {**state(upload), "Upload-Length": str(upload.length), "Cache-Control": "no-store"}
        return web.Response(headers={**headers, "Upload-Metadata": upload.metadata})

    async def _patch(self, request: web.Request) -> web.Response:
        if request.headers.get("Content-Type") != BODY:
            raise web.HTTPUnsupportedMediaType
        return web.Response(status=204, headers=state(await self._take(request, await self._known(request))))

    async def _delete(self, request: web.Request) -> web.Response:
        upload = await self._known(request)
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

    async def _known(self, request: web.Request) -> Upload:
        """Return the upload that a request is about; of another office's uploads nobody hears."""
        name = request.match_info["name"]
        upload: Upload | None = await self._durably(self._uploads.get, name) if _NAME.fullmatch(name) else None
        if upload is None or upload.office != office_of(request):
            raise web.HTTPNotFound
        if upload.expired:
            raise web.HTTPGone
        return upload

    async def _take(self, request: web.Request, upload: Upload) -> Upload:
        """Read the body of a PATCH into the upload; one writer at a time."""
        if upload.name in self._busy:
            raise Locked
        self._busy.add(upload.name)
        try:
            self._check_place(request, upload)
            if "Upload-Checksum" in request.headers:
                upload = await self._proved(request, upload)
            else:
                upload = await self._pour(request, upload)
        finally:
            self._busy.discard(upload.name)
        if upload.whole and not upload.settled:
            self._completed(upload)
        return upload

    def _check_place(self, request: web.Request, upload: Upload) -> None:
        creating = "name" not in request.match_info
        offset = 0 if creating else number(request, "Upload-Offset")
        if offset != upload.offset:
            raise web.HTTPConflict(headers={"Upload-Offset": str(upload.offset)})
        if offset + (request.content_length or 0) > upload.length:
            raise web.HTTPRequestEntityTooLarge(upload.length, offset + (request.content_length or 0))

    async def _proved(self, request: web.Request, upload: Upload) -> Upload:
        """Read the whole body; keep it once its checksum holds."""
        algorithm, _, expected = request.headers["Upload-Checksum"].partition(" ")
        if algorithm not in ALGORITHMS:
            raise web.HTTPBadRequest(text="unknown checksum algorithm\n")
        wanted, proof = unbase64(expected), Proof(algorithm, self._hashing)
        most = min(self._limits.checked, upload.length - upload.offset)
        try:
            async for piece in self._arriving(request):
                proof.add(piece)
                if proof.size > most:
                    raise web.HTTPRequestEntityTooLarge(most, proof.size)
        except _LOST:
            raise web.HTTPRequestTimeout from None
        upload = await self._durably(self._keep_proved, upload, proof, await proof.verdict(wanted))
        self.received += proof.size
        return upload

    def _keep_proved(self, upload: Upload, proof: Proof, verdict: Future[bool]) -> Upload:
        """Write and hash side by side; the offset moves only when both are well."""
        try:
            return self._uploads.append(upload, proof.body(), verdict.result)
        except UnprovedError:
            raise ChecksumMismatch from None

    async def _pour(self, request: web.Request, upload: Upload) -> Upload:
        """Keep what arrives, piece by piece, also when the sender breaks off.

        One piece goes to the disk while the next one arrives, so the line never waits for the disk alone.
        """
        flow, broken = Flow(self._append, upload), False
        try:
            async for piece in self._arriving(request):
                await flow.add(piece)
        except _LOST:
            broken = True
        except web.HTTPException:
            await flow.settle()
            raise
        upload = await flow.end()
        if broken and not upload.whole:
            raise web.HTTPRequestTimeout
        return upload

    async def _arriving(self, request: web.Request) -> AsyncIterator[bytes]:
        pace = Pace(2 * self._limits.stall_seconds)
        while True:
            async with asyncio.timeout(self._limits.stall_seconds):
                piece = await request.content.readany()
            if not piece:
                return
            pace.note(len(piece))
            yield piece

    async def _append(self, upload: Upload, data: bytes) -> Upload:
        self.received += len(data)
        return await self._durably(self._uploads.append, upload, data)

    async def _durably(self, action: Callable[..., T], *details: object) -> T:
        """Run a durable write beside the loop; a full or broken disk is the sender's 507, an index away its 503."""
        try:
            return await asyncio.shield(asyncio.to_thread(action, *details))
        except ElsewhereError:
            raise Locked from None
        except IndexDownError:
            raise web.HTTPServiceUnavailable(headers={"Retry-After": "10"}) from None
        except FileNotFoundError:
            raise web.HTTPGone from None
        except OSError:
            raise web.HTTPInsufficientStorage(headers={"Retry-After": "60"}) from None
