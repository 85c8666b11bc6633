"""Where who is logged in at a scanner opens and ends their own signing session.

The PIN of a token is taken at this host's own screen only: from a loopback address, under a loopback name, and not
through a proxy, behind which everybody has this host's address.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlsplit

from aiohttp import web

from appliance.console.counter import HEADERS, Counter
from appliance.console.forms import SigningView, signing_page
from appliance.console.words import moment
from appliance.core import errors, rules
from appliance.core.config import Operator
from appliance.core.errors import ApplianceError
from appliance.logins import Login
from appliance.sessions import Sessions

PROXIED = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Via")
"""Headers that proxies add."""

EVERYWHERE = ("", "0.0.0.0")  # noqa: S104 - listens nowhere: read from the settings
LOOPBACK_6 = "::1"


class Open(Protocol):
    """Opens a session; takes staff code, PIN and who asks, ``again`` after two wrong PINs."""

    def __call__(self, code: str, pin: str, by: str, /, *, again: bool = False) -> Awaitable[dict[str, Any]]:
        """Return what the control socket answers; raise an ApplianceError for what is refused."""
        ...


@dataclass
class Signatures:
    """The forms of signing sessions."""

    counter: Counter
    open: Open
    sessions: Sessions

    def __post_init__(self) -> None:
        self.counter.signing = self.view

    def routes(self) -> list[web.RouteDef]:
        """Return the routes that only make sense where somebody can log in."""
        if not self.counter.logins.offered:
            return []
        return [web.get("/sign/open/{device}", self._ask), web.post("/sign/open/{device}", self._open),
                web.post("/sign/close/{device}", self._close)]

    def view(self, person: Operator, request: web.Request) -> SigningView:
        """Return what the page shows a person of their own session."""
        session = self.sessions.of(person.code)
        offered = bool(person.token) or any(
            rules.load(job.rules).stamp.role == "person" for job in self.counter.config.job)
        return SigningView(offered, moment(session.until) if session is not None else "", here(request))

    async def _ask(self, request: web.Request) -> web.Response:
        """Show the form, at this host."""
        login = self.counter.login_of(request)
        self._refuse_elsewhere(login, request)
        return _page(signing_page(login))

    async def _open(self, request: web.Request) -> web.Response:
        """Take the form; what is refused stands on it."""
        login, words = await self.counter.asking(request)
        self._refuse_elsewhere(login, request)
        code = login.person.code
        try:
            await self.open(code, words.get("pin", "")[:128], f"page {code}", again=bool(words.get("again")))
        except ApplianceError as problem:
            return _page(signing_page(login, problem), 403)
        return web.Response(status=303, headers={"Location": "/", **HEADERS})

    def _refuse_elsewhere(self, login: Login, request: web.Request) -> None:
        """Take no PIN from another host's screen.

        Raises:
            ApplianceError: SESSION_ELSEWHERE.
        """
        if not here(request):
            address = own_address(self.counter.config.console.host, request)
            raise errors.SESSION_ELSEWHERE.error(address=address, code=login.person.code)

    async def _close(self, request: web.Request) -> web.Response:
        login, _ = await self.counter.asking(request)
        await self.sessions.close(login.person.code, f"page {login.person.code}")
        return web.Response(status=303, headers={"Location": "/", **HEADERS})


def _page(text: str, status: int = 200) -> web.Response:
    return web.Response(text=text, content_type="text/html", status=status, headers=HEADERS)


def own_address(host: str, request: web.Request) -> str:
    """Return the page's address at this host's own screen; ``host`` is the one that it listens on."""
    name = request.transport.get_extra_info("sockname") if request.transport is not None else None
    own = "127.0.0.1" if host in EVERYWHERE else f"[{LOOPBACK_6}]" if host in ("::", LOOPBACK_6) else host
    return f"http://{own}:{name[1]}" if name else f"http://{own}"


def here(request: web.Request) -> bool:
    """Say whether a request comes from a browser on this very host."""
    if any(name in request.headers for name in PROXIED):
        return False
    return _is_loopback(request.remote or "") and _is_loopback(urlsplit(f"//{request.host}").hostname or "")


def _is_loopback(name: str) -> bool:
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
