"""One question to a device over HTTP: sent once, to the one trusted device, answered in time, of bounded size.

A question for a side must never be sent twice: the device would feed on, and a side would be lost
without a trace. aiohttp repeats a GET whose connection broke; ``_once`` takes that away.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace

import aiohttp

from appliance.core import errors
from appliance.core.errors import ApplianceError
from appliance.device import escl_trust
from appliance.device.escl_xml import printable

MOST_XML = 1 << 20
MOST_IMAGE = 256 << 20
"""Longest answers that are read, in bytes. An A4 side at 600 dpi, uncoded, has 104 MB."""

MOST_HEADER = 8190
MOST_HEADERS = 64
"""Bytes of one line of a header, and number of lines: a device has no more to say there."""

PIECE = 1 << 16


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, and how patiently: seconds to the first byte, of silence, and for the whole answer."""

    method: str
    url: str
    first_byte: float
    stall: float
    whole: float
    most: int = MOST_XML
    body: bytes | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. ``oversize``: the body was longer than allowed and is left out."""

    status: int
    body: bytes = b""
    location: str = ""
    oversize: bool = False
    content_type: str = ""


def open_session() -> aiohttp.ClientSession:
    """Return a session for one device: no cookies, nothing unpacked, few and short header lines.

    No connection is used twice: small devices close them without a word, and a question could be lost with one.
    """
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(force_close=True), cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False, max_line_size=MOST_HEADER, max_field_size=MOST_HEADER, max_headers=MOST_HEADERS)


class Telephone:
    """Puts questions to one device; ``pin`` is the certificate that must answer (escl_trust.pin), if any."""

    def __init__(self, session: aiohttp.ClientSession, pin: aiohttp.Fingerprint | None, connect: float) -> None:
        self._session = session
        self._pin = pin
        self._connect = connect

    async def ask(self, question: Question) -> Answer:
        """Put one question.

        Raises:
            ApplianceError: DEVICE_LOST when the connection fails or ends before the promised length,
                DEVICE_STALLED when the device stays silent or takes too long, SCANNER_CHANGED when somebody
                else answers, DEVICE_UNUSABLE when what comes is no HTTP, or a way to another address.
        """
        try:
            async with asyncio.timeout(self._connect + question.first_byte):
                response = await self._send(question)
            async with response:
                if 300 <= response.status < 400:
                    raise errors.DEVICE_UNUSABLE.error(text=f"HTTP {response.status}, another address")
                return await _read_in_time(response, question)
        except aiohttp.ClientError as problem:  # a connection that cannot be made in time is one of these
            raise _named(problem) from None
        except TimeoutError:
            raise errors.DEVICE_STALLED.error(seconds=question.first_byte) from None
        except OSError as problem:
            raise errors.DEVICE_LOST.error(reason=type(problem).__name__) from None

    async def _send(self, question: Question) -> aiohttp.ClientResponse:
        headers = {"Connection": "close", "Accept-Encoding": "identity"}
        if question.body is not None:
            headers["Content-Type"] = "text/xml"
        timeout = aiohttp.ClientTimeout(total=None, connect=self._connect, sock_connect=self._connect)
        return await self._session.request(
            question.method, question.url, data=question.body, headers=headers, timeout=timeout,
            allow_redirects=False, middlewares=(_once,), ssl=self._pin or True,
        )


def _named(problem: aiohttp.ClientError) -> ApplianceError:
    """Return what a failure of the connection means."""
    match problem:
        case aiohttp.ServerFingerprintMismatch():
            return escl_trust.changed(problem)
        case aiohttp.ClientSSLError():
            reason = getattr(problem.os_error, "reason", None) or "no agreement"
            return errors.DEVICE_UNUSABLE.error(text=f"TLS: {reason}")
        case aiohttp.ClientResponseError():
            return errors.DEVICE_UNUSABLE.error(text=f"HTTP: {printable(problem.message)}")
        case aiohttp.InvalidURL():
            return errors.DEVICE_UNUSABLE.error(text="HTTP: no address")
        case _:
            return errors.DEVICE_LOST.error(reason=type(problem).__name__)


async def _read_in_time(response: aiohttp.ClientResponse, question: Question) -> Answer:
    """Read the answer; one that trickles in for ever is as silent as none."""
    try:
        async with asyncio.timeout(question.whole):
            return await _read(response, question)
    except TimeoutError:
        raise errors.DEVICE_STALLED.error(seconds=question.whole) from None


async def _read(response: aiohttp.ClientResponse, question: Question) -> Answer:
    answer = Answer(response.status, location=response.headers.get("Location", ""),
                    content_type=response.content_type.lower())
    if (response.content_length or 0) > question.most:
        return replace(answer, oversize=True)
    pieces = bytearray()
    while piece := await _next_piece(response, question.stall):
        pieces += piece
        if len(pieces) > question.most:
            return replace(answer, oversize=True)
    return replace(answer, body=bytes(pieces))


async def _next_piece(response: aiohttp.ClientResponse, stall: float) -> bytes:
    try:
        async with asyncio.timeout(stall):
            return await response.content.read(PIECE)
    except TimeoutError:
        raise errors.DEVICE_STALLED.error(seconds=stall) from None


async def _once(request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    """Turn the two errors after which aiohttp would repeat a request into one after which it does not."""
    try:
        return await handler(request)
    except (aiohttp.ClientConnectorError, aiohttp.ServerFingerprintMismatch):
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as problem:
        raise aiohttp.ClientConnectionError(str(problem)) from problem
