"""Holds the keys: the office's, which comes and goes with its token, and those of people with an open session.

A key that cannot be had is no reason to end: it is looked for again every few seconds, and the daemon is told what
is missing. A key that is lost is told of at once.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field

from appliance.core import errors
from appliance.core.config import Config
from appliance.core.errors import ApplianceError
from appliance.core.jobs import AGENCY
from appliance.signing import keys
from appliance.signing.holding import LOST, SOON, UNHEARD, Holdings, Opened
from appliance.signing.keys import Key
from appliance.signing.protocol import KeyFacts, OpenSession, Outside, Refused, details_of, reason_of

log = logging.getLogger(__name__)

POLL = 2.0
"""Seconds between two looks at tokens."""

LONGEST = 60.0
"""Seconds between two tries at most, while something is wrong that a token put in does not mend."""


@dataclass
class Keeper:
    """The keys of one signer process.

    Args:
        settings: of the daemon.
        outside: the way to a remote service.
        holdings: the keys that are open.
    """

    settings: Config
    outside: Outside
    holdings: Holdings
    _tried: asyncio.Event = field(default_factory=asyncio.Event)
    _told: tuple[str, str] = ("", "")
    _failures: int = 0
    _due: float = 0.0

    def __post_init__(self) -> None:
        self._source = keys.of_office(self.settings, self.outside)

    async def keep(self) -> None:
        """Look for the office's key, and whether the others are still there; runs until it is cancelled.

        Raises:
            RuntimeError: a library no longer answers; this process is of no more use.
        """
        while not keys.stuck():
            if asyncio.get_running_loop().time() >= self._due:
                await self._try_office()
            await asyncio.sleep(POLL)
            await self.look()
            await self.look_at_clock()
        raise RuntimeError("a PKCS#11 library does not answer")

    async def key(self, name: str) -> Key:
        """Return a key that is held; that of the office is waited for until it was looked for once.

        Raises:
            ApplianceError: SESSION_CLOSED, KEY_MISSING.
        """
        if name == AGENCY:
            await self._tried.wait()
        if name in self.holdings.held:
            return self.holdings.held[name]
        if name == AGENCY:
            raise errors.KEY_MISSING.error(reason=errors.both("chưa có khóa nào", "no key"))
        raise errors.SESSION_CLOSED.error(code=name)

    async def unlock(self, pin: str, again: bool) -> KeyFacts:
        """Open the office's key with what a person has typed.

        Raises:
            ApplianceError: why it does not open.
        """
        try:
            return (await self._office(pin, again)).facts()
        except ApplianceError as problem:
            await self._refuse(problem)
            raise

    async def open(self, session: OpenSession) -> KeyFacts:
        """Open a person's own key; one of theirs that is open is closed before.

        Raises:
            ApplianceError: why it does not open, or may not sign.
        """
        async with self.holdings.turns[session.code]:
            await self.holdings.let_go(session.code, None)
            source = keys.of_person(self.settings, session)
            key = await source.open(session.pin, session.again)
            opened = self.holdings.opened[session.code] = Opened(source, key)
            try:
                await self.holdings.admit(opened)
            except ApplianceError as problem:
                await self.holdings.let_go(session.code, problem)
                raise
            return key.facts()

    async def close(self, code: str) -> None:
        """Close a person's key; there need not be one."""
        async with self.holdings.turns[code]:
            await self.holdings.let_go(code, errors.SESSION_CLOSED.error(code=code))

    async def look(self) -> None:
        """Look whether every key is still there; those that are not are lost."""
        for opened in list(self.holdings.opened.values()):
            try:
                await opened.source.look(opened.key)
            except ApplianceError as problem:
                await self.lose(opened.key, problem)

    async def look_at_clock(self) -> None:
        """Take every key out of use while the clock is wrong; they stay open, and are back when it is right."""
        if why := await self.holdings.look_at_clock():
            await self._refuse(why)

    async def failed(self, key: Key, problem: ApplianceError) -> None:
        """Hear that a signature failed: where the key itself is lost, so is every other on its token."""
        if problem.code in LOST:
            await self.lose(key, problem)
            await self.look()

    def worked(self, key: Key) -> None:
        """Hear that a signature was made: the key is good, its next failure is the first."""
        if key.name == AGENCY:
            self._failures = 0

    async def lose(self, key: Key, problem: ApplianceError) -> None:
        """Let go of a key that can no longer be used, unless another has taken its place."""
        async with self.holdings.turns[key.name]:
            opened = self.holdings.opened.get(key.name)
            if opened is None or opened.key is not key:
                return
            log.warning("a key is lost: %s", problem.code)
            if key.name == AGENCY:
                self._put_off(problem)
            await self.holdings.let_go(key.name, problem)

    async def _try_office(self) -> None:
        try:
            await self._look_for_office()
        finally:
            self._tried.set()

    async def _look_for_office(self) -> None:
        if AGENCY in self.holdings.opened and self.holdings.opened[AGENCY].admitted:
            return
        try:
            await self._office("", again=False)
        except ApplianceError as problem:
            self._put_off(problem)
            await self._refuse(problem)

    async def _office(self, pin: str, again: bool) -> Key:
        """Open the office's key if it is not; one whose certificate was in doubt is only looked at again."""
        async with self.holdings.turns[AGENCY]:
            opened = self.holdings.opened.get(AGENCY)
            if opened is None:
                key = await self._source.open(pin, again)
                opened = self.holdings.opened[AGENCY] = Opened(self._source, key)
            if not opened.admitted:
                await self._admit_office(opened)
            return opened.key

    async def _admit_office(self, opened: Opened) -> None:
        """Admit the office's key; while nobody can be asked it stays open, for its PIN may have been typed."""
        try:
            await self.holdings.admit(opened)
        except ApplianceError as problem:
            if problem.code not in UNHEARD:
                await self.holdings.let_go(AGENCY, problem)
            raise
        self._told = ("", "")

    async def _refuse(self, problem: ApplianceError) -> None:
        """Tell the daemon why there is no key of the office, once for each reason."""
        news = (problem.code, str(problem.details.get("reason", problem.details.get("left", ""))))
        if news != self._told:
            self._told = news
            log.warning("no key of the office: %s (%s)", problem.code, reason_of(problem))
            await self.holdings.tell("refused", Refused(problem.code, reason_of(problem), details_of(problem)))

    def _put_off(self, problem: ApplianceError) -> None:
        """Say when the office's key is tried again."""
        if problem.code in SOON:
            self._failures, pause = 0, 0.0
        else:
            self._failures, pause = self._failures + 1, min(POLL * 2.0 ** self._failures, LONGEST)
        self._due = asyncio.get_running_loop().time() + pause
