"""The way to the reception software by HTTPS.

    PUT    <url>/components/<id>    multipart/form-data: ``sidecar`` (JSON), then ``file`` (application/pdf)
    GET    <url>/components/<id>    the answer
    DELETE <url>/components/<id>    a recall (application/json)

200 and 201 carry the answer as JSON, 202 says that it comes later (``Retry-After``), 404 that nothing is known.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import json
import os
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp

from appliance.archive.reception.contract import LONGEST, Answer, Component, Recall, Said, answer_of, words
from appliance.archive.retry import retry_after
from appliance.archive.transports.identity import Identity
from appliance.core import errors, files
from appliance.core.delivery import Outbox
from appliance.core.errors import ApplianceError

TIMEOUT = aiohttp.ClientTimeout(total=None, sock_connect=10, sock_read=60)
CREDENTIALS = "CREDENTIALS_DIRECTORY"
"""Environment variable with the folder of systemd credentials (systemd.exec)."""

NEVER = (400, 409, 410, 413, 415, 422)
"""Answers by which it says that this component can never come in as it is."""

AWAY = (401, 403, 407, 408, 421, 429, 502, 503, 504)
"""Answers that are not about this component: no other gets through either."""

LONGEST_WAIT = 3600.0
OK = (200, 201)


@dataclass(frozen=True, slots=True)
class _Ask:
    """One request about one component, and what a 404 means in it."""

    method: str
    key: str
    sha256: str
    missing: Said = Said.UNKNOWN
    recall: Recall | None = None
    component: Component | None = None


class HttpsReception:
    """The reception software behind an address. A ``Reception``."""

    def __init__(self, settings: Outbox) -> None:
        self._settings = settings
        self._identity = Identity(settings.tls)
        self._session: aiohttp.ClientSession | None = None

    async def give(self, component: Component) -> Answer:
        """Send file and sidecar; see ``Reception.give``."""
        return await self._said(_Ask("PUT", component.id, component.sha256, component=component))

    async def ask(self, key: str, sha256: str) -> Answer:
        """Ask for the answer; see ``Reception.ask``."""
        return await self._said(_Ask("GET", key, sha256))

    async def recall(self, recall: Recall) -> Answer:
        """Say that it does not count any more; see ``Reception.recall``."""
        return await self._said(_Ask("DELETE", recall.id, recall.sha256, Said.RECALLED, recall))

    async def settle(self, key: str) -> None:
        """Do nothing: what it keeps is its own."""

    async def close(self) -> None:
        """Close every connection."""
        if self._session is not None:
            await self._session.close()

    async def _said(self, asked: _Ask) -> Answer:
        url = f"{self._settings.url.rstrip('/')}/components/{asked.key}"
        _refuse_open(url)
        headers = await asyncio.to_thread(_credential, self._settings.token_credential)
        with contextlib.ExitStack() as stack:
            body = await asyncio.to_thread(_body, asked, stack)
            return await self._answered(asked, url, headers, body)

    async def _answered(self, asked: _Ask, url: str, headers: dict[str, str],
                        body: aiohttp.FormData | bytes | None) -> Answer:
        try:
            context = self._identity.context()
            if self._session is None:
                self._session = aiohttp.ClientSession(timeout=TIMEOUT)
            async with self._session.request(asked.method, url, headers=headers, data=body, ssl=context,
                                             allow_redirects=False) as answer:
                return _understood(answer, await _text(answer), asked)
        except ApplianceError as problem:
            if problem.kind is not errors.ARCHIVE_TLS:
                raise
            reason = f"outbox.tls: {problem.details.get('reason', '')}"
            raise errors.RECEPTION_UNREACHABLE.error(reason=reason, away=True) from None
        except (aiohttp.ClientError, TimeoutError, OSError) as problem:
            raise errors.RECEPTION_UNREACHABLE.error(reason=type(problem).__name__, away=True) from None


def _body(asked: _Ask, stack: contextlib.ExitStack) -> aiohttp.FormData | bytes | None:
    """Return the body of a request; a file is the one that was signed, and is read again as it is sent.

    It may be long: it is never in memory as a whole. ``stack`` closes it.

    Raises:
        ApplianceError: COMPONENT_UNFIT.
    """
    if asked.recall is not None:
        return json.dumps(asked.recall.plain(), ensure_ascii=False).encode()
    if asked.component is None:
        return None
    try:
        stream = stack.enter_context(asked.component.path.open("rb"))
        sha256 = files.sha256_of(asked.component.path)
    except OSError as problem:
        raise errors.COMPONENT_UNFIT.error(reason=problem.strerror or "?") from None
    if sha256 != asked.component.sha256:
        raise errors.COMPONENT_UNFIT.error(reason="SHA-256")
    form = aiohttp.FormData()
    said = json.dumps(dict(asked.component.sidecar), ensure_ascii=False)
    form.add_field("sidecar", said, content_type="application/json")
    form.add_field("file", stream, content_type="application/pdf", filename=f"{asked.key}.pdf")
    return form


def _understood(answer: aiohttp.ClientResponse, text: bytes, asked: _Ask) -> Answer:
    """Return what a status and its body mean.

    Raises:
        ApplianceError: RECEPTION_UNREACHABLE, RECEPTION_ANSWER_WRONG.
    """
    wait = min(retry_after(answer.headers.get("Retry-After", ""), time.time()), LONGEST_WAIT)
    status = answer.status
    if status in OK:
        heard = answer_of(_json(text), asked.key, asked.sha256)
        if asked.recall is not None and heard.said is not Said.RECALLED:
            raise errors.RECEPTION_ANSWER_WRONG.error(reason="status: recalled")
        return heard
    if status == 202:
        return Answer(Said.NOTHING, wait=wait)
    if asked.method == "DELETE" and status in (204, 404, 410):
        return Answer(Said.RECALLED)
    if asked.method == "GET" and status == 404:
        return Answer(asked.missing)
    if asked.method == "PUT" and status in NEVER:
        said = _json(text)
        reason = words(said.get("reason", "")) if isinstance(said, dict) else ""
        return Answer(Said.REFUSED, reason or f"HTTP {status}")
    raise errors.RECEPTION_UNREACHABLE.error(reason=f"HTTP {status}", away=status in AWAY or 300 <= status < 400,
                                             wait=wait)


def _json(text: bytes) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return None


async def _text(answer: aiohttp.ClientResponse) -> bytes:
    """Return the body, but never more than an answer can be long."""
    body = b""
    async for piece in answer.content.iter_chunked(1 << 14):
        body += piece
        if len(body) > LONGEST:
            raise errors.RECEPTION_ANSWER_WRONG.error(reason=f"size <= {LONGEST}")
    return body


def _refuse_open(url: str) -> None:
    """Let nothing about citizens go over a network that all can read; on this host anything may."""
    host = urlsplit(url).hostname or ""
    try:
        own = ipaddress.ip_address(host).is_loopback
    except ValueError:
        own = host == "localhost"
    if not url.startswith("https://") and not own:
        raise errors.RECEPTION_UNREACHABLE.error(reason="outbox.url: https://", away=True)


def _credential(name: str) -> dict[str, str]:
    """Return the header with the token of this office; none where no credential is given.

    Raises:
        ApplianceError: RECEPTION_UNREACHABLE where it is of several lines: it can be no header.
    """
    folder = os.environ.get(CREDENTIALS, "")
    try:
        token = (Path(folder) / name).read_text(encoding="ascii").strip() if folder else ""
    except (OSError, UnicodeDecodeError):
        token = ""
    if not token.isprintable():
        raise errors.RECEPTION_UNREACHABLE.error(reason="outbox.token_credential", away=True)
    return {"Authorization": f"Bearer {token}"} if token else {}
