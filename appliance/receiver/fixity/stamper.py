"""Time stamps for the archive itself: its authorities are asked as an office's are (``signing/timestamps.py``)."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp
from asn1crypto import x509

from appliance.core import errors
from appliance.core.signature import Tsa
from appliance.signing.protocol import Fetch, Fetched

if TYPE_CHECKING:
    from appliance.signing.tokens import Token

Stamp = Callable[[bytes], "Token"]
"""Returns a time stamp over a hash (SHA-256, SHA-384 or SHA-512); raises ApplianceError when there is none."""


@dataclass
class Stamper:
    """Asks time-stamping authorities in their order. A ``Stamp``; blocks, never called from a loop.

    ``pauses``: seconds between attempts.
    """

    tsa: Sequence[Tsa]
    trust: Sequence[Path]
    pauses: Sequence[float] = field(default=(1.0, 3.0, 9.0))

    def __call__(self, digest: bytes) -> Token:
        """Return a time stamp; errors as ``Timestamps.token``."""
        return asyncio.run(self._ask(digest))

    async def _ask(self, digest: bytes) -> Token:
        from appliance.signing.timestamps import Authority, Timestamps  # pyHanko: only where somebody is asked

        async with aiohttp.ClientSession(trust_env=False) as session:
            way = _Poster(session)
            authorities = [Authority(one, way) for one in self.tsa]
            return await Timestamps(authorities, roots(self.trust), pauses=self.pauses).token(digest)


def roots(trust: Sequence[Path]) -> list[x509.Certificate]:
    """Return the trusted roots; ApplianceError TRUST_UNREADABLE."""
    from appliance.signing import validity  # pyHanko: only where somebody is to be trusted

    return [root for path in trust for root in validity.certificates(path)]


class _Poster:
    """Posts questions; whatever the network does is an answer too. An ``Outside``."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    async def fetch(self, asked: Fetch) -> Fetched:
        """Return what a request brought."""
        try:
            async with asyncio.timeout(asked.seconds):
                return await self._post(asked)
        except (TimeoutError, aiohttp.ClientError, OSError) as problem:
            return _failed(asked, type(problem).__name__)

    async def close(self) -> None:
        """Do nothing: the session belongs to who made it."""

    async def _post(self, asked: Fetch) -> Fetched:
        headers = {"Content-Type": asked.content_type, "Accept": asked.accept}
        async with self._session.post(asked.url, data=base64.b64decode(asked.body), headers=headers,
                                      allow_redirects=False) as answer:
            data = bytearray()
            async for piece in answer.content.iter_chunked(1 << 14):
                data += piece
                if len(data) > asked.most:
                    return _failed(asked, f"the answer is over {asked.most} bytes")
            return Fetched(asked.number, answer.status, answer.content_type, base64.b64encode(data).decode())


def _failed(asked: Fetch, reason: str) -> Fetched:
    return Fetched(asked.number, code=errors.OUTSIDE_UNREACHABLE.code, reason=reason)
