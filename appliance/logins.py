"""Who is logged in at which scanner, and how a PIN is kept and checked.

A login is kept in memory only and ends when its person leaves, after one shift, or when another person logs in at
that scanner. Wrong tries make the next one wait, for a staff code and for an address; a code that does not exist
costs the same time and gets the same answer as a wrong PIN.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import hmac
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from appliance.core import errors
from appliance.core.config import Operator

SHIFT_SECONDS = 10 * 3600.0
FREE_TRIES = 5
FIRST_WAIT, LONGEST_WAIT = 10.0, 900.0
FORGET_SECONDS = 3600.0
MOST_KEYS = 2000
"""Staff codes and addresses whose wrong tries are remembered."""

COST, BLOCK, LANES = 1 << 15, 8, 1
"""Scrypt: 32 MiB and a tenth of a second a try (RFC 7914)."""

LOWEST_COST, HIGHEST_COST = 1 << 14, 1 << 17
MEMORY = 256 << 20
PIN = re.compile(r"[!-~]{6,64}")

NOBODY = "scrypt$32768$AAAAAAAAAAAAAAAAAAAAAA==$" + "A" * 43 + "="
"""What a staff code that does not exist is checked against: no PIN gives a hash of zeros."""


@dataclass(frozen=True, slots=True)
class Login:
    """One person at one scanner. ``token`` is the cookie, ``form`` proves that a form came from our own page.

    ``no_secret``: this person confirms of every stack of this login that it holds no state secret.
    """

    device: str
    person: Operator
    token: str
    form: str
    until: float
    no_secret: bool = False


def hashed(pin: str, salt: bytes = b"") -> str:
    """Return the line for ``[[operator]].pin``: scrypt$cost$salt$hash, the last two in base64."""
    salt = salt or secrets.token_bytes(16)
    parts = (base64.b64encode(part).decode() for part in (salt, _scrypt(pin, salt, COST)))
    return f"scrypt${COST}${'$'.join(parts)}"


def fits(pin: str, line: str) -> bool:
    """Say whether a PIN belongs to a line of the settings; constant time for one cost."""
    try:
        _, cost, salt, wanted = line.split("$")
        work, expected = int(cost), base64.b64decode(wanted, validate=True)
        if not LOWEST_COST <= work <= HIGHEST_COST or work & (work - 1):
            return False
        return hmac.compare_digest(_scrypt(pin, base64.b64decode(salt, validate=True), work), expected)
    except (ValueError, binascii.Error):  # a line that is no hash lets nobody in
        return False


def _scrypt(pin: str, salt: bytes, cost: int) -> bytes:
    word = pin.encode(errors="replace")
    return hashlib.scrypt(word, salt=salt, n=cost, r=BLOCK, p=LANES, maxmem=MEMORY, dklen=32)


@dataclass(slots=True)
class _Tries:
    """Wrong tries of one key: how many, when the next is heard, and when the last was."""

    wrong: int = 0
    next: float = 0.0
    last: float = 0.0


@dataclass
class Throttle:
    """Wrong tries make the next one wait; pure, time comes in."""

    _tries: dict[str, _Tries] = field(default_factory=dict)

    def wait(self, key: str, now: float) -> float:
        """Return for how many seconds no try of this key is heard; 0: it is heard."""
        found = self._tries.get(key)
        return max(0.0, found.next - now) if found else 0.0

    def wrong(self, key: str, now: float) -> None:
        """Note a wrong try: the first few are free, then each wait is twice the one before."""
        self._forget(now)
        found = self._tries.setdefault(key, _Tries())
        found.wrong, found.last = found.wrong + 1, now
        if found.wrong >= FREE_TRIES:
            found.next = now + min(FIRST_WAIT * 2 ** min(found.wrong - FREE_TRIES, 10), LONGEST_WAIT)

    def right(self, key: str) -> None:
        """Forget the wrong tries of a key."""
        self._tries.pop(key, None)

    def _forget(self, now: float) -> None:
        """Drop what is old; where there is too much, the keys that were quiet longest."""
        for key in [key for key, one in self._tries.items() if now - one.last > FORGET_SECONDS]:
            del self._tries[key]
        if len(self._tries) >= MOST_KEYS:
            for key in sorted(self._tries, key=lambda key: self._tries[key].last)[:MOST_KEYS // 10]:
                del self._tries[key]


Tell = Callable[[str, str, str], None]
"""Lets a link stand on the audit chain: its kind, the scanner, and who; of a wrong try nobody is named."""


def _silent(_what: str, _device: str, _who: str) -> None:
    return


class Logins:
    """Who is logged in at which scanner."""

    def __init__(self, people: tuple[Operator, ...], clock: Callable[[], float], tell: Tell = _silent) -> None:
        self._people = {person.code: person for person in people if person.pin}
        self.clock = clock
        self._tell = tell
        self._at: dict[str, Login] = {}
        self._throttle = Throttle()
        self._one = asyncio.Lock()

    @property
    def offered(self) -> bool:
        """Say whether anybody can log in at all."""
        return bool(self._people)

    def at(self, device: str) -> Login | None:
        """Return who is logged in at a scanner, or None."""
        login = self._at.get(device)
        if login is not None and self.clock() >= login.until:
            del self._at[device]
            return None
        return login

    def holder(self, device: str, token: str) -> Login | None:
        """Return the login that a cookie belongs to, or None."""
        login = self.at(device)
        same = login is not None and hmac.compare_digest(token.encode(errors="replace"), login.token.encode())
        return login if same else None

    async def enter(self, device: str, code: str, pin: str, address: str) -> Login:
        """Log a person in at a scanner, in place of whoever was; no ``address``: only the code's tries count.

        Raises:
            ApplianceError: LOGIN_REFUSED, the same for a wrong PIN and an unknown code, or LOGIN_TOO_OFTEN.
        """
        person = await self.known(code, pin, address)
        login = Login(device, person, secrets.token_urlsafe(32), secrets.token_urlsafe(32),
                      self.clock() + SHIFT_SECONDS)
        self._at[device] = login
        self._tell("login.entered", device, code)
        return login

    async def known(self, code: str, pin: str, address: str) -> Operator:
        """Return whose staff code and PIN these are, logging nobody in; raises as ``enter``."""
        keys = (f"code {code[:64]}", *((f"from {address}",) if address else ()))
        async with self._one:  # one try at a time: tries sent together do not escape the wait
            wait = max(self._throttle.wait(key, self.clock()) for key in keys)
            if wait > 0:
                raise errors.LOGIN_TOO_OFTEN.error(seconds=int(wait) + 1)
            person = self._people.get(code)
            good = await asyncio.to_thread(fits, pin[:128], person.pin if person else NOBODY)
            if person is None or not good:
                for key in keys:
                    self._throttle.wrong(key, self.clock())
                self._tell("login.refused", "", "")
                raise errors.LOGIN_REFUSED.error()
            for key in keys:
                self._throttle.right(key)
        return person

    def confirm(self, login: Login, *, no_secret: bool) -> None:
        """Note whether the person of a login confirms that its stacks hold no state secret."""
        if self._at.get(login.device) is login:
            self._at[login.device] = replace(login, no_secret=no_secret)

    def leave(self, login: Login) -> None:
        """End a login."""
        if self._at.get(login.device) is login:
            del self._at[login.device]
            self._tell("login.left", login.device, login.person.code)
