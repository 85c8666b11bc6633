"""Where a person logs in and gives orders on the page. Every change needs a login, our own page and its token."""

from __future__ import annotations

import hmac
import ipaddress
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web

from appliance.console.forms import NO_SIGNING, SigningView, View, login_page, nameless, unconfirmed
from appliance.core import errors
from appliance.core.config import Config, Device, Operator
from appliance.core.errors import ApplianceError
from appliance.hands import Hands
from appliance.logins import SHIFT_SECONDS, Login, Logins

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; script-src 'self'; "
                               "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin", "Cache-Control": "no-store",
}
SAID_SECONDS = 20.0
"""How long the answer to an order stands on the page."""

FORM = "form"
"""Cookie and field of the login form: a page of somebody else can set neither to the other."""


@dataclass
class Counter:
    """The forms of the page."""

    config: Config
    logins: Logins
    hands: Hands
    status: Callable[[], Awaitable[dict[str, Any]]]
    name: Callable[[str, str, str], Awaitable[None]]
    confirm: Callable[[str, str, str], Awaitable[None]]
    signing: Callable[[Operator, web.Request], SigningView] = lambda _person, _request: NO_SIGNING
    _said: dict[str, tuple[float, tuple[str, str]]] = field(default_factory=dict)

    def routes(self) -> list[web.RouteDef]:
        """Return the routes that only make sense where somebody can log in."""
        if not self.logins.offered:
            return []
        return [web.get("/login/{device}", self._ask), web.post("/login/{device}", self._enter),
                web.post("/logout/{device}", self._leave), web.post("/do/{device}", self._order),
                web.post("/claim/{device}", self._claim), web.post("/confirm/{device}", self._confirm)]

    def views(self, request: web.Request) -> dict[str, View]:
        """Return what the browser of a request may do at each device."""
        return {device.name: self._view(device, request) for device in self.config.device}

    def _view(self, device: Device, request: web.Request) -> View:
        login = self.logins.holder(device.name, request.cookies.get(cookie(device.name), ""))
        others = [job.name for job in self.config.job if job.name != device.job]
        return View(self.logins.offered, login, login is None and self.logins.at(device.name) is not None,
                    (device.job, *others), self._answer(login),
                    self.signing(login.person, request) if login is not None else NO_SIGNING)

    def _answer(self, login: Login | None) -> tuple[str, str] | None:
        """Return what the last order was answered; nothing when that is a while ago."""
        at, said = self._said.get(login.token if login else "", (0.0, ("", "")))
        return said if said[0] and self.logins.clock() - at < SAID_SECONDS else None

    async def _ask(self, request: web.Request) -> web.Response:
        """Show the login form."""
        device = self._device(request)
        token = request.cookies.get(FORM) or secrets.token_urlsafe(32)
        answer = self._form_page(login_page(device.name, token, self._view(device, request)))
        answer.set_cookie(FORM, token, path="/", httponly=True, samesite="Strict", secure=request.secure)
        return answer

    async def _enter(self, request: web.Request) -> web.Response:
        """Take the login form."""
        device, words = self._device(request), await self._words(request)
        token = request.cookies.get(FORM, "")
        if not token or not same(token, words.get("form", "")):
            raise web.HTTPForbidden(text="403\n")
        code = words.get("code", "").strip().upper()
        try:
            login = await self.logins.enter(device.name, code, words.get("pin", ""), address_of(request))
        except ApplianceError as problem:
            view = View(taken=self.logins.at(device.name) is not None, said=(problem.vi, problem.en))
            status = 429 if problem.kind is errors.LOGIN_TOO_OFTEN else 403
            return self._form_page(login_page(device.name, token, view, code[:32]), status)
        if words.get("no_secret"):
            self.logins.confirm(login, no_secret=True)
        answer = web.Response(status=303, headers={"Location": "/", **HEADERS})
        answer.set_cookie(cookie(device.name), login.token, path="/", httponly=True, samesite="Strict",
                          secure=request.secure, max_age=int(SHIFT_SECONDS))
        return answer

    async def _leave(self, request: web.Request) -> web.Response:
        login, _ = await self.asking(request)
        self.logins.leave(login)
        self._said.pop(login.token, None)
        answer = web.Response(status=303, headers={"Location": "/", **HEADERS})
        answer.del_cookie(cookie(login.device), path="/")
        return answer

    async def _order(self, request: web.Request) -> web.Response:
        """Press, resume, finish or cancel at the device of the login."""
        login, words = await self.asking(request)
        verb, _, job = words.get("order", "").partition(":")
        return await self._done(login, self.hands.act(verb, login.device, job))

    async def _claim(self, request: web.Request) -> web.Response:
        """Take a person's word that a nameless batch of this device is theirs."""
        login, words = await self.asking(request)
        batches = (await self.status())["batches"]
        theirs = {one["id"] for one in batches if nameless(one) and one["device"] == login.device}
        if words.get("batch", "") not in theirs:
            raise web.HTTPForbidden(text="403\n")
        return await self._done(login, self.name(words["batch"], login.person.code, login.person.name))

    async def _confirm(self, request: web.Request) -> web.Response:
        """Take a person's word that there is no state secret: in a batch that waits, or in every stack to come."""
        login, words = await self.asking(request)
        batch = words.get("batch", "")
        if not batch:
            self.logins.confirm(login, no_secret=words.get("order") == "confirm")
            return await self._done(login, _nothing())
        theirs = {one["id"] for one in (await self.status())["batches"]
                  if unconfirmed(one) and one["device"] == login.device}
        if batch not in theirs:
            raise web.HTTPForbidden(text="403\n")
        return await self._done(login, self.confirm(batch, login.person.code, login.person.code))

    async def _done(self, login: Login, work: Awaitable[None]) -> web.Response:
        """Wait for an order; its refusal stands on the page for a while, or until the next one."""
        now = self.logins.clock()
        self._said = {token: one for token, one in self._said.items()
                      if token != login.token and now - one[0] < SAID_SECONDS}
        try:
            await work
        except ApplianceError as problem:
            self._said[login.token] = (now, (problem.vi, problem.en))
        return web.Response(status=303, headers={"Location": "/", **HEADERS})

    async def asking(self, request: web.Request) -> tuple[Login, dict[str, str]]:
        """Return who gives an order and its words.

        Raises:
            ApplianceError: LOGIN_NEEDED.
            HTTPForbidden: the form did not come from our own page.
        """
        self._device(request)
        words = await self._words(request)
        login = self.login_of(request)
        if not same(login.form, words.get("form", "")):
            raise web.HTTPForbidden(text="403\n")
        return login, words

    def login_of(self, request: web.Request) -> Login:
        """Return the login that a request's cookie belongs to.

        Raises:
            ApplianceError: LOGIN_NEEDED.
        """
        device = self._device(request)
        login = self.logins.holder(device.name, request.cookies.get(cookie(device.name), ""))
        if login is None:
            raise errors.LOGIN_NEEDED.error()
        return login

    async def _words(self, request: web.Request) -> dict[str, str]:
        if not own_page(request):
            raise web.HTTPForbidden(text="403\n")
        try:
            found = await request.post()
        except (ValueError, LookupError):  # no form, or in letters that nobody knows
            raise web.HTTPBadRequest(text="400\n") from None
        return {name: value for name, value in found.items() if isinstance(value, str)}

    def _device(self, request: web.Request) -> Device:
        for device in self.config.device:
            if device.name == request.match_info["device"]:
                return device
        raise web.HTTPNotFound(text="404\n")

    @staticmethod
    def _form_page(text: str, status: int = 200) -> web.Response:
        return web.Response(text=text, content_type="text/html", status=status, headers=HEADERS)


async def _nothing() -> None:
    """Do nothing: the answer is on the page."""


def address_of(request: web.Request) -> str:
    """Return whose tries are counted together, or empty: behind a proxy on this host everybody has its address."""
    remote = request.remote or ""
    try:
        return "" if ipaddress.ip_address(remote).is_loopback else remote
    except ValueError:
        return remote


def cookie(device: str) -> str:
    """Return the name of the cookie of a login at a device."""
    return f"login_{device}"


def same(one: str, other: str) -> bool:
    """Compare two tokens in constant time."""
    return hmac.compare_digest(one.encode(errors="replace"), other.encode(errors="replace"))


def own_page(request: web.Request) -> bool:
    """Say whether a request was sent by a page of this very site; browsers say where each POST comes from."""
    try:
        origin = urlsplit(request.headers.get("Origin", ""))
    except ValueError:  # no address at all
        return False
    site = request.headers.get("Sec-Fetch-Site", "same-origin")
    return bool(origin.netloc) and origin.netloc == request.host and site == "same-origin"
