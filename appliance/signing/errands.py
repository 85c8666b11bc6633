"""The signer's way outside: every request goes to the daemon over the line, which may ask only named addresses."""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import replace

from appliance.core import errors, wire
from appliance.signing.protocol import Fetch, Fetched

SLACK = 30.0
"""Seconds beyond a request's own time after which the daemon is taken not to answer."""


class Errands:
    """Requests under way over one line; ``settle`` is called with each answer that comes."""

    def __init__(self, line: wire.Line) -> None:
        self._line = line
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[Fetched]] = {}

    async def fetch(self, asked: Fetch) -> Fetched:
        """Return what a request brought; a lost line is an answer too."""
        number = next(self._numbers)
        answer: asyncio.Future[Fetched] = asyncio.get_running_loop().create_future()
        self._waiting[number] = answer
        try:
            await self._line.send("fetch", replace(asked, number=number))
            async with asyncio.timeout(asked.seconds + SLACK):
                return await answer
        except (ConnectionError, TimeoutError) as problem:
            reason = f"the daemon does not answer ({type(problem).__name__})"
            return Fetched(number, code=errors.OUTSIDE_UNREACHABLE.code, reason=reason)
        finally:
            self._waiting.pop(number, None)

    async def close(self) -> None:
        """Do nothing: the line belongs to the signer."""

    def settle(self, fetched: Fetched) -> None:
        """Give an answer to who waits for it; one that nobody waits for any more is dropped."""
        answer = self._waiting.get(fetched.number)
        if answer is not None and not answer.done():
            answer.set_result(fetched)
