"""Keeps watch over the certificates of the keys that are held: looks again before an answer runs out.

A certificate that may no longer sign takes its key out of use at once; once it may again (a clock put right, an
authority that can be reached), the key is back by itself.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from appliance.core.errors import ApplianceError
from appliance.signing import validity
from appliance.signing.keys import Key
from appliance.signing.protocol import Gone, details_of, reason_of
from appliance.signing.validity import Standing, Trust

log = logging.getLogger(__name__)

Tell = Callable[[str, Any], Awaitable[None]]

PAUSES = (15.0, 30.0, 60.0, 120.0, 300.0)
"""Seconds until a key that may not sign is looked at again: the first time, the second, and so on."""

LONGEST = 60.0
"""Seconds of sleep at most: the host's clock may be put right meanwhile."""


@dataclass
class _Watched:
    """One key: what says that it may sign (None: it may not), when to look again (monotonic), how often in vain."""

    key: Key
    standing: Standing | None
    due: float
    failures: int = 0


@dataclass
class Standings:
    """The certificates of all keys of the signer.

    Args:
        trust: whom the office trusts.
        held: keys in use by name; a key is taken out of it, and put back.
        tell: sends ``gone`` or ``hello`` to the daemon.
    """

    trust: Trust
    held: dict[str, Key]
    tell: Tell
    _watched: dict[str, _Watched] = field(default_factory=dict)
    _wake: asyncio.Event = field(default_factory=asyncio.Event)

    async def admit(self, key: Key) -> Standing:
        """Look at a key that is about to be held, and watch it from now on if it may sign.

        Raises:
            ApplianceError: as ``validity.refuse_invalid``; such a key is not watched.
        """
        standing = await validity.refuse_invalid(key, self.trust)
        self._watched[key.name] = _Watched(key, standing, _due(standing))
        self._wake.set()
        return standing

    def of(self, name: str) -> Standing | None:
        """Return what says that a key may sign, or None when it may not or is not known."""
        watched = self._watched.get(name)
        return None if watched is None else watched.standing

    def forget(self, name: str) -> None:
        """Watch a key no longer: its token was taken out, its session closed."""
        self._watched.pop(name, None)

    async def watch(self) -> None:
        """Look again at each key when its time has come; runs until it is cancelled."""
        while True:
            for name, watched in list(self._watched.items()):
                if watched.due <= time.monotonic():
                    await self._look(name, watched)
            nearest = min((watched.due for watched in self._watched.values()), default=float("inf"))
            self._wake.clear()
            try:
                async with asyncio.timeout(max(0.01, min(LONGEST, nearest - time.monotonic()))):
                    await self._wake.wait()
            except TimeoutError:
                continue

    async def _look(self, name: str, watched: _Watched) -> None:
        try:
            standing = await validity.refuse_invalid(watched.key, self.trust)
        except ApplianceError as problem:
            await self._suspend(name, watched, problem)
            return
        back = watched.standing is None
        watched.standing, watched.due, watched.failures = standing, _due(standing), 0
        if back and self._watched.get(name) is watched:
            log.info("a certificate may sign again")
            watched.key.signer.out_of_use = None
            self.held[name] = watched.key
            await self.tell("hello", watched.key.facts())

    async def _suspend(self, name: str, watched: _Watched, problem: ApplianceError) -> None:
        """Take a key out of use, and say why when that is news."""
        pause = PAUSES[min(watched.failures, len(PAUSES) - 1)]
        news = watched.standing is not None
        watched.standing, watched.due, watched.failures = None, time.monotonic() + pause, watched.failures + 1
        if news and self._watched.get(name) is watched:
            log.warning("a certificate may no longer sign: %s", problem.code)
            watched.key.signer.out_of_use = problem
            self.held.pop(name, None)
            await self.tell("gone", Gone(name, problem.code, reason_of(problem), details_of(problem)))


def _due(standing: Standing) -> float:
    """Return the monotonic second at which to look again."""
    return time.monotonic() + (standing.until - standing.checked).total_seconds()
