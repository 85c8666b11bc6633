"""The words of tus 1.0: its headers, its answers of its own, what every answer carries."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Awaitable, Callable
from datetime import datetime
from email.utils import format_datetime

from aiohttp import web

from appliance.receiver.uploads import Upload

EXTENSIONS = "creation,creation-with-upload,checksum,termination,expiration"
ALGORITHMS = ("sha256", "sha1")
BODY = "application/offset+octet-stream"
_VERSION = {"Tus-Resumable": "1.0.0"}
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


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


def state(upload: Upload) -> dict[str, str]:
    """Return the headers that say where an upload stands."""
    expires = datetime.fromisoformat(upload.expires)
    return {"Upload-Offset": str(upload.offset), "Upload-Expires": format_datetime(expires, usegmt=True)}


def number(request: web.Request, header: str) -> int:
    """Return a header that is a whole number, or answer 400."""
    text = request.headers.get(header, "")
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise web.HTTPBadRequest(text=f"{header} must be a number\n")
    return int(text)


def metadata(header: str) -> dict[str, bytes]:
    """Read Upload-Metadata: pairs of key and base64, separated by commas; or answer 400."""
    found: dict[str, bytes] = {}
    if not header.isascii():
        raise web.HTTPBadRequest(text="Upload-Metadata is not ASCII\n")
    for pair in filter(None, (part.strip() for part in header.split(","))):
        key, _, value = pair.partition(" ")
        if key in found:
            raise web.HTTPBadRequest(text="Upload-Metadata names a key twice\n")
        found[key] = unbase64(value)
    return found


def unbase64(text: str) -> bytes:
    """Return what base64 says, or answer 400."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise web.HTTPBadRequest(text="no base64\n") from None
