"""Where reception software says which dossier has come in: one JSON table a request, by a person of the settings.

The person is named by staff code and PIN (HTTP Basic), as on the page; wrong tries wait as there. Only JSON is
taken: a page of somebody else cannot send it in the name of a browser's user.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from appliance.console.counter import HEADERS, address_of
from appliance.core import errors
from appliance.core.errors import ApplianceError
from appliance.logins import Logins

Receive = Callable[[Mapping[str, Any], str], Awaitable[str]]
STATUS = {errors.LOGIN_NEEDED.code: 401, errors.LOGIN_REFUSED.code: 403, errors.LOGIN_TOO_OFTEN.code: 429,
          errors.ENTRY_REFUSED.code: 422, errors.REQUEST_REFUSED.code: 400, errors.DISK_FAILED.code: 503}


@dataclass(frozen=True)
class Reception:
    """Takes entries; ``receive`` checks one and returns its code."""

    logins: Logins
    receive: Receive
    read: Callable[[web.Request], Awaitable[dict[str, Any]]]

    def routes(self) -> list[web.RouteDef]:
        """Return the route, where anybody has a PIN at all."""
        return [web.post("/api/v1/reception", self._take)] if self.logins.offered else []

    async def _take(self, request: web.Request) -> web.Response:
        try:
            if request.content_type != "application/json":
                raise errors.REQUEST_REFUSED.error(reason="Content-Type: application/json")
            code, pin = _named(request.headers.get("Authorization", ""))
            person = await self.logins.known(code, pin, address_of(request))
            answer = {"done": "reception", "code": await self.receive(await self.read(request), person.code)}
        except ApplianceError as problem:
            details = {name: str(value) for name, value in problem.details.items()}
            return web.json_response({"code": problem.code, "vi": problem.vi, "en": problem.en, "details": details},
                                     status=STATUS.get(problem.code, 409), headers=HEADERS)
        return web.json_response(answer, headers=HEADERS)


def _named(header: str) -> tuple[str, str]:
    """Return staff code and PIN.

    Raises:
        ApplianceError: LOGIN_NEEDED when the header does not name anybody.
    """
    scheme, _, word = header.partition(" ")
    try:
        code, found, pin = base64.b64decode(word.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        code = found = pin = ""
    if scheme.lower() != "basic" or not found:
        raise errors.LOGIN_NEEDED.error()
    return code.strip().upper(), pin
