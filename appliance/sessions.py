"""Signing sessions: whose own key may be used now. In memory only: they end with the daemon, and with the token.

A session is open while three things hold: its person opened it, at most one shift ago, and the signer still has
that very key. Whatever ends first ends it at once; the audit chain says when and why.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta

from appliance.core import clock, errors
from appliance.core.config import Operator
from appliance.core.errors import ApplianceError
from appliance.logins import SHIFT_SECONDS
from appliance.signing.desk import SignerDesk
from appliance.signing.protocol import CloseSession, KeyFacts, OpenSession
from appliance.spool.ledger import Book

NO_KEY = errors.both("người này chưa có khóa ký riêng (operator.token)",
                     "this person has no key of their own (operator.token)")
SEAL = errors.both("đây là khóa của cơ quan, không phải của cá nhân", "that is the agency's key, not a person's")
OPEN = errors.both("phiên ký đang mở", "a session is open")
NO_PIN = errors.both("thiếu mã PIN", "the PIN is missing")

PATIENCE = 5.0
"""Seconds for the signer to close a key; from the first of them on the key signs nothing."""

CLOSED, OVER, GONE, STOPPED = "closed", "shift_over", "key_gone", "daemon_stops"
"""Why a session ends."""


def ticking() -> float:
    """Return seconds that go on while the host sleeps, and that nobody can set back."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


@dataclass(frozen=True, slots=True)
class Session:
    """A person's own key, open; ``ends`` as ``ticking`` counts, the other times ISO 8601."""

    person: Operator
    fingerprint: str
    opened: str
    until: str
    ends: float


class Sessions:
    """Every open signing session."""

    def __init__(self, book: Book, signer: SignerDesk, people: Iterable[Operator],
                 now: Callable[[], float] = ticking) -> None:
        self._book = book
        self._signer = signer
        self._people = {person.code: person for person in people}
        self._now = now
        self._held: dict[str, Session] = {}
        self._one = asyncio.Lock()

    def of(self, code: str) -> Session | None:
        """Return a person's session if it is open at this very moment."""
        session = self._held.get(code)
        return session if session is not None and not self._why_over(session) else None

    def all(self) -> list[Session]:
        """Return what is open at this very moment."""
        return [session for code in self._held if (session := self.of(code)) is not None]

    def sole(self) -> Operator | None:
        """Return the one person whose token is at this host; None where there is none, or several."""
        found = self.all()
        return found[0].person if len(found) == 1 else None

    def needs_pin_of_page(self, code: str) -> bool:
        """Say whether a person has no token, so that nothing but the PIN of the page can prove who it is."""
        person = self._people.get(code)
        return person is not None and not person.token and bool(person.pin)

    async def open(self, code: str, pin: str, by: str, *, again: bool = False) -> Session:
        """Open a person's session for one shift; ``by`` asks for it, ``again`` after two wrong PINs.

        Raises:
            ApplianceError: STAFF_UNKNOWN, SESSION_REFUSED, SIGNER_AWAY, or why the key does not open.
        """
        async with self._one:  # one at a time: two windows of one person make no two sessions
            try:
                session = await self._open(code, pin, again=again)
            except ApplianceError as problem:
                await self.refused(code, by, problem.code)
                raise
            try:
                await self._note("session.opened", code, key=session.fingerprint, until=session.until, by=by)
            except ApplianceError:  # a disk that is full: what is not on the audit chain does not happen
                await self._let_go(code)
                raise
            self._held[code] = session
        return session

    async def check(self, code: str, by: str) -> None:
        """Say before a PIN is asked for that no session could be opened; errors as ``open``."""
        try:
            self._refuse_hopeless(code)
        except ApplianceError as problem:
            await self.refused(code, by, problem.code)
            raise

    async def refused(self, code: str, by: str, why: str) -> None:
        """Note that somebody tried in vain; a code that is not in the settings is not repeated."""
        await self._note("session.refused", code if code in self._people else "-", code=why, by=by)

    async def close(self, code: str, by: str, why: str = CLOSED) -> bool:
        """End a person's session; False when none was open. Its key signs nothing from this moment on."""
        session = self._held.pop(code, None)
        await self._let_go(code)
        if session is not None:
            await self._note("session.closed", code, key=session.fingerprint, why=why, by=by)
        return session is not None

    async def look(self) -> None:
        """Write down which sessions have come to their end, and have the signer let go of their keys."""
        for code, session in list(self._held.items()):
            if why := self._why_over(session):
                await self.close(code, "", why)

    async def stop(self) -> None:
        """End every session: the daemon stops."""
        for code in list(self._held):
            await self.close(code, "", STOPPED)

    def _refuse_hopeless(self, code: str) -> Operator:
        """Return the person of a code; refuse one who could open no session whatever the PIN is."""
        person = self._people.get(code)
        if person is None:
            raise errors.STAFF_UNKNOWN.error(code=code[:32])
        if self.of(code) is not None:
            raise errors.SESSION_REFUSED.error(code=code, reason=OPEN)
        agency = self._signer.key
        if not person.token and (agency is None or not agency.development):
            raise errors.SESSION_REFUSED.error(code=code, reason=NO_KEY)
        return person

    async def _open(self, code: str, pin: str, *, again: bool) -> Session:
        person, agency = self._refuse_hopeless(code), self._signer.key
        if person.token and not pin:
            raise errors.SESSION_REFUSED.error(code=code, reason=NO_PIN)
        facts = await self._signer.open(OpenSession(code, person.name, person.token, pin, again))
        if facts.name != code or (agency is not None and facts.fingerprint == agency.fingerprint):
            await self._let_go(code)
            raise errors.SESSION_REFUSED.error(code=code, reason=SEAL)
        return self._begun(person, facts)

    async def _let_go(self, code: str) -> None:
        """Have the signer close a key; one that is gone has it no more, one that hangs must stop nothing else."""
        with contextlib.suppress(ApplianceError, TimeoutError):
            async with asyncio.timeout(PATIENCE):
                await self._signer.close(CloseSession(code))

    def _begun(self, person: Operator, facts: KeyFacts) -> Session:
        now = clock.now()
        return Session(person, facts.fingerprint, clock.iso(now),
                       clock.iso(now + timedelta(seconds=SHIFT_SECONDS)), self._now() + SHIFT_SECONDS)

    def _why_over(self, session: Session) -> str:
        """Return why a session is over, or empty while it is not."""
        if self._now() >= session.ends:
            return OVER
        key = self._signer.keys.get(session.person.code)
        if key is None or key.fingerprint != session.fingerprint:
            lost = self._signer.lost.get(session.person.code, "")
            return f"{GONE} {lost}".strip()
        return ""

    async def _note(self, what: str, person: str, /, **detail: str) -> None:
        await self._book.ask(lambda ledger: ledger.note(what, person, who=person, **detail))
