"""The daemon's client for the signer: asks time-stamping authorities, OCSP, CRLs and remote signers, nobody else.

The signer has no network; what it wants to know comes through here as bytes that only the signer understands. An
address that the settings do not name is not asked, redirects are not followed, and an answer that is too long or
too slow is no answer.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import os
import re
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp

from appliance.core import errors
from appliance.core.signature import Signing
from appliance.signing.protocol import Fetch, Fetched

PIECE = 1 << 16
CREDENTIALS = "CREDENTIALS_DIRECTORY"
"""Environment variable with the folder of systemd credentials (systemd.exec)."""

CONNECT_SECONDS = 10.0
DOT = re.compile("%2e", re.IGNORECASE)
"""A dot as some write it: clients take it for one before they go up a folder."""

AT_ONCE_A_HOST = 4
"""Requests to one host at a time for one purpose; a state authority was measured to slow down beyond four. Other
purposes do not wait behind time stamps, which may take minutes."""


class Messenger:
    """Runs errands for the signer. ``close`` it in the end."""

    def __init__(self, settings: Signing) -> None:
        self._settings = settings
        self._sessions: dict[str, aiohttp.ClientSession] = {}

    async def fetch(self, asked: Fetch) -> Fetched:
        """Return what a request brought; whatever the network does is an answer too."""
        if not self.allows(asked):
            return _failed(asked, errors.ADDRESS_REFUSED.code, f"{_host(asked.url)} is not among the settings")
        try:
            async with asyncio.timeout(asked.seconds):
                return await self._ask(asked)
        except TimeoutError:
            return _failed(asked, errors.OUTSIDE_UNREACHABLE.code, f"no answer in {asked.seconds:g} s")
        except (aiohttp.ClientError, OSError, binascii.Error) as problem:
            return _failed(asked, errors.OUTSIDE_UNREACHABLE.code, f"{_host(asked.url)}: {type(problem).__name__}")

    def allows(self, asked: Fetch) -> bool:
        """Say whether the settings name the address of a request for its purpose, and the credential for it."""
        remote = self._settings.remote
        if asked.token and (asked.purpose, asked.token) != ("remote", remote.token_credential):
            return False
        if asked.purpose == "timestamp":
            return asked.url in [tsa.url for tsa in self._settings.tsa]
        if asked.purpose == "remote":
            return bool(remote.url) and _below(asked.url, remote.url)
        return any(_below(asked.url, named) for named in self._settings.addresses)

    async def close(self) -> None:
        """Close every connection."""
        for session in self._sessions.values():
            await session.close()
        self._sessions.clear()

    async def _ask(self, asked: Fetch) -> Fetched:
        headers = {"Accept": asked.accept} if asked.accept else {}
        if asked.token:
            headers["Authorization"] = f"Bearer {await asyncio.to_thread(_credential, asked.token)}"
        body = base64.b64decode(asked.body, validate=True)
        if body:
            headers["Content-Type"] = asked.content_type
        session = self._opened(asked.purpose)
        async with session.request("POST" if body else "GET", asked.url, data=body or None, headers=headers,
                                   allow_redirects=False) as answer:
            data = bytearray()
            async for piece in answer.content.iter_chunked(PIECE):
                data += piece
                if len(data) > asked.most:
                    return _failed(asked, errors.OUTSIDE_UNREACHABLE.code, f"the answer is over {asked.most} bytes")
            return Fetched(asked.number, answer.status, answer.content_type, base64.b64encode(data).decode())

    def _opened(self, purpose: str) -> aiohttp.ClientSession:
        """Return the session of a purpose; waiting for one's turn there is not waiting for a connection."""
        if purpose not in self._sessions:
            timeout = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS)
            connector = aiohttp.TCPConnector(limit_per_host=AT_ONCE_A_HOST)
            self._sessions[purpose] = aiohttp.ClientSession(timeout=timeout, connector=connector, trust_env=False)
        return self._sessions[purpose]


def _below(url: str, named: str) -> bool:
    """Say whether an address begins with a named one: same scheme, same host and port, path below."""
    try:
        one, other = urlsplit(DOT.sub(".", url)), urlsplit(named)
    except ValueError:  # addresses stand in certificates too, and those may hold anything
        return False
    path = other.path.rstrip("/")
    clean = ".." not in one.path.split("/") and "@" not in one.netloc
    return (clean and (one.scheme, one.netloc.lower()) == (other.scheme, other.netloc.lower())
            and (one.path == path or one.path.startswith(f"{path}/")))


def _host(url: str) -> str:
    try:
        return urlsplit(url).netloc or "?"
    except ValueError:
        return "?"


def _credential(name: str) -> str:
    """Return a systemd credential.

    Raises:
        OSError: there is none of that name.
    """
    folder = os.environ.get(CREDENTIALS, "")
    return (Path(folder) / name).read_text(encoding="ascii", errors="replace").strip()


def _failed(asked: Fetch, code: str, reason: str) -> Fetched:
    return Fetched(asked.number, code=code, reason=reason)
