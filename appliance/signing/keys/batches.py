"""Gathers what is to be signed at the same time into one request: a service counts requests, not hashes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

from appliance.core import errors
from appliance.core.errors import ApplianceError

log = logging.getLogger(__name__)

GATHER = 0.02
"""Seconds in which others may come along before the first request; while one is under way they gather anyway."""

Sign = Callable[[Sequence[bytes]], Awaitable[list[bytes]]]


class Batches:
    """Hands hashes on, many at a time, one request after another.

    Args:
        sign: signs several hashes; one signature for each, in order.
        most: hashes in one request.
    """

    def __init__(self, sign: Sign, most: int) -> None:
        self._sign = sign
        self._most = most
        self._waiting: list[tuple[bytes, asyncio.Future[bytes]]] = []
        self._work: asyncio.Task[None] | None = None

    async def sign(self, digest: bytes) -> bytes:
        """Return the signature of one hash.

        Raises:
            ApplianceError: why its batch was not signed.
        """
        answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._waiting.append((digest, answer))
        if self._work is None or self._work.done():
            self._work = asyncio.create_task(self._all())
        return await answer

    async def _all(self) -> None:
        await asyncio.sleep(GATHER)
        while self._waiting:
            batch, self._waiting = self._waiting[:self._most], self._waiting[self._most:]
            wanted = [(digest, answer) for digest, answer in batch if not answer.done()]
            if wanted:
                await self._one(wanted)

    async def _one(self, batch: Sequence[tuple[bytes, asyncio.Future[bytes]]]) -> None:
        problem: ApplianceError | None = None
        signatures: list[bytes] = []
        try:
            signatures = await self._sign([digest for digest, _ in batch])
        except ApplianceError as told:
            problem = told
        except Exception as broken:  # the boundary of a batch: whatever it is, each document must hear of it
            log.exception("a batch of signatures failed")
            problem = errors.REMOTE_FAILED.error(reason=type(broken).__name__)
        for at, (_, answer) in enumerate(batch):
            if answer.done():
                continue
            if problem is not None:
                answer.set_exception(problem)
            else:
                answer.set_result(signatures[at])
