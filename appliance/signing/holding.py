"""The keys that are open: taken into use when certificate and clock allow, out of use when they do not."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from appliance.core import errors
from appliance.core.errors import ApplianceError
from appliance.core.jobs import AGENCY
from appliance.signing.keys import Key, Source
from appliance.signing.protocol import Gone, details_of, reason_of

log = logging.getLogger(__name__)

SOON = (errors.TOKEN_AWAY.code, errors.PIN_NEEDED.code, errors.CLOCK_BACK.code)
"""What may be mended any moment by a person at the host."""

UNHEARD = frozenset(kind.code for kind in (
    errors.REVOCATION_UNKNOWN, errors.OUTSIDE_UNREACHABLE, errors.ADDRESS_REFUSED, errors.CLOCK_BACK))
"""What says nothing of the certificate itself."""

LOST = frozenset(kind.code for kind in (
    errors.TOKEN_AWAY, errors.PIN_NEEDED, errors.PIN_WRONG, errors.PIN_STOPPED, errors.PIN_LOCKED,
    errors.TOKEN_FULL, errors.KEY_FAILED, errors.REMOTE_FAILED))
"""Codes of a signature with which its key is lost."""

Tell = Callable[[str, Any], Awaitable[None]]


class Admission(Protocol):
    """Says whether a key's certificate may sign, and keeps watch over it."""

    async def admit(self, key: Key) -> object:
        """Watch a key from now on; raise an ApplianceError when it may not sign."""
        ...

    def forget(self, name: str) -> None:
        """Watch a key no longer."""
        ...


@dataclass
class Opened:
    """A key that was opened; ``admitted``: its certificate was found good, and the daemon knows it."""

    source: Source
    key: Key
    admitted: bool = False


@dataclass
class Holdings:
    """The keys that are open.

    Args:
        tell: sends a message to the daemon.
        held: keys in use by name.
        admission: judges certificates.
        clock: refuses by an ApplianceError while the host's clock is not to be believed.
        opened: keys that are open, in use or not.
        turns: who opens or closes a key waits for its turn.
    """

    tell: Tell
    held: dict[str, Key]
    admission: Admission
    clock: Callable[[], None] = lambda: None
    opened: dict[str, Opened] = field(default_factory=dict)
    turns: defaultdict[str, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))

    async def look_at_clock(self) -> ApplianceError | None:
        """Suspend every key while the clock is wrong, and say why; admit people's keys again when it is right."""
        try:
            self.clock()
        except ApplianceError as problem:
            for opened in list(self.opened.values()):
                await self._suspend(opened, problem)
            return problem
        for name, opened in list(self.opened.items()):
            if name != AGENCY and not opened.admitted:
                await self._admit_again(opened)
        return None

    async def close(self) -> None:
        """Let go of every key; the daemon hears nothing any more."""
        for opened in self.opened.values():
            await opened.source.close(opened.key)
        self.opened.clear()
        self.held.clear()

    async def _suspend(self, opened: Opened, why: ApplianceError) -> None:
        async with self.turns[opened.key.name]:
            if opened.admitted:
                opened.admitted = False
                await self._withdraw(opened.key.name, why)

    async def _admit_again(self, opened: Opened) -> None:
        async with self.turns[opened.key.name]:
            try:
                if self.opened.get(opened.key.name) is opened:
                    await self.admit(opened)
            except ApplianceError as problem:
                log.warning("a key stays out of use: %s", problem.code)

    async def _withdraw(self, name: str, why: ApplianceError | None) -> None:
        """Take a key out of use, for what is in hand too, and tell the daemon why."""
        key = self.held.pop(name, None)
        if key is not None:
            key.signer.out_of_use = why or errors.SESSION_CLOSED.error(code=name)
        self.admission.forget(name)
        if why is not None:
            await self.tell("gone", Gone(name, why.code, reason_of(why), details_of(why)))

    async def admit(self, opened: Opened) -> None:
        """Take a key into use, and tell the daemon.

        Raises:
            ApplianceError: CLOCK_BACK, or why its certificate may not sign.
        """
        self.clock()
        await self.admission.admit(opened.key)
        opened.admitted = True
        opened.key.signer.out_of_use = None
        self.held[opened.key.name] = opened.key
        await self.tell("hello", opened.key.facts())

    async def let_go(self, name: str, why: ApplianceError | None) -> None:
        """Close a key, and tell the daemon if it knew of it."""
        opened = self.opened.pop(name, None)
        if opened is None:
            return
        await self._withdraw(name, why if opened.admitted else None)
        await opened.source.close(opened.key, why)
