"""Who asks: the office behind a connection, found by its client certificate, before any route is reached."""

from __future__ import annotations

import ipaddress
from collections.abc import Awaitable, Callable

from aiohttp import web
from aiohttp.typedefs import Middleware

from appliance.core import errors
from appliance.core.server_tls import ServerTls
from appliance.receiver import offices
from appliance.receiver.index import IndexDownError
from appliance.receiver.offices import MONITOR, TRIAL, Office, Offices

CALLER = web.RequestKey("caller", Office)
"""Where a request carries the office that makes it."""

OPEN = frozenset({"/healthz"})
"""Paths that need no certificate."""

FIGURES = frozenset({"/metrics", "/openapi.json"})
"""All that a monitor may see, besides the open paths."""

STATUS = {
    errors.CERTIFICATE_MISSING.code: 401, errors.OFFICE_UNKNOWN.code: 403, errors.NOT_ALLOWED.code: 403,
    errors.QUOTA_REACHED.code: 429, errors.REQUEST_WRONG.code: 400, errors.READING_REFUSED.code: 403,
    errors.LEAVE_NEEDED.code: 403, errors.NOT_HERE.code: 404, errors.RECEIVER_OBJECT_LOST.code: 503,
}
"""Which HTTP status says which error."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Gate:
    """The middleware that lets offices in. Without TLS there are neither: then everybody is on trial."""

    def __init__(self, offices: Offices | None, tls: ServerTls | None) -> None:
        self._offices = offices
        self._tls = tls

    @property
    def middleware(self) -> Middleware:
        """The middleware; it stands inside the one that turns errors into answers."""

        @web.middleware
        async def let_in(request: web.Request, handler: Handler) -> web.StreamResponse:
            if request.path not in OPEN:
                request[CALLER] = self._admitted(request)
            return await handler(request)

        return let_in

    def _admitted(self, request: web.Request) -> Office:
        if self._offices is None or self._tls is None:
            return TRIAL
        connection = request.get_extra_info("ssl_object")
        certificate = connection.getpeercert(binary_form=True) if connection else None
        if not certificate:
            raise errors.CERTIFICATE_MISSING.error()
        if not self._tls.current(connection) or offices.expired(certificate):
            raise _shake_hands_again()
        office = self._offices.holder(certificate)
        if office is None:
            raise errors.OFFICE_UNKNOWN.error()
        if office.role == MONITOR and request.path not in FIGURES:
            raise errors.NOT_ALLOWED.error(reason=errors.both("chỉ được xem số liệu", "it may see figures only"))
        return office


def _shake_hands_again() -> web.HTTPServiceUnavailable:
    """Return the answer that ends a connection: the next one proves the certificate anew, or ends there."""
    answer = web.HTTPServiceUnavailable(headers={"Retry-After": "1"})
    answer.force_close()
    return answer


def caller(request: web.Request) -> Office:
    """Return the office that makes this request."""
    return request[CALLER]


@web.middleware
async def speak_plainly(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer with the texts of the catalogue, in both languages, when a request comes to nothing."""
    try:
        return await handler(request)
    except IndexDownError:
        raise web.HTTPServiceUnavailable(headers={"Retry-After": "10"}) from None
    except errors.ApplianceError as problem:
        if problem.code not in STATUS:
            raise
        headers = {"Retry-After": str(problem.details.get("wait", 60))} if problem.kind.retry else {}
        return web.json_response({"code": problem.code, "vi": problem.vi, "en": problem.en},
                                 status=STATUS[problem.code], headers=headers)


def check_place(host: str, tls: bool) -> None:
    """Refuse to listen beyond this machine without TLS.

    Raises:
        ApplianceError: TLS_NEEDED.
    """
    try:
        near = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        near = False
    if not tls and not near:
        raise errors.TLS_NEEDED.error(host=host)
