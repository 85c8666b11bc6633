"""One question to a device over HTTP: sent once, answered in time, of bounded size.

A question for a side must never be sent twice: the device would feed on, and a side would be lost
without a trace. aiohttp repeats a GET whose connection broke; ``_once`` takes that away.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import aiohttp

from appliance.core import errors

MOST_XML = 1 << 20
MOST_IMAGE = 256 << 20
"""Longest answers that are read, in bytes. An A4 side at 600 dpi, uncoded, has 104 MB."""

PIECE = 1 << 16


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, and how patiently: seconds to the first byte, then seconds of silence."""

    method: str
    url: str
    first_byte: float
    stall: float
    most: int = MOST_XML
    body: bytes | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. ``oversize``: the body was longer than allowed and is left out."""

    status: int
    body: bytes = b""
    location: str = ""
    oversize: bool = False


async def ask(session: aiohttp.ClientSession, question: Question, connect: float) -> Answer:
    """Put one question; ``connect`` is the time allowed for the connection, in seconds.

    Raises:
        ApplianceError: DEVICE_LOST when the connection fails or ends before the promised length,
            DEVICE_STALLED when the device stays silent.
    """
    headers = {"Connection": "close", "Accept-Encoding": "identity"}
    if question.body is not None:
        headers["Content-Type"] = "text/xml"
    timeout = aiohttp.ClientTimeout(total=None, connect=connect, sock_connect=connect)
    try:
        async with asyncio.timeout(connect + question.first_byte):
            response = await session.request(
                question.method, question.url, data=question.body, headers=headers, timeout=timeout,
                allow_redirects=False, middlewares=(_once,),
            )
        async with response:
            return await _read(response, question)
    except aiohttp.ClientError as problem:
        raise errors.DEVICE_LOST.error(reason=type(problem).__name__) from None
    except TimeoutError:
        raise errors.DEVICE_STALLED.error(seconds=question.first_byte) from None
    except OSError as problem:
        raise errors.DEVICE_LOST.error(reason=type(problem).__name__) from None


async def _read(response: aiohttp.ClientResponse, question: Question) -> Answer:
    location = response.headers.get("Location", "")
    if (response.content_length or 0) > question.most:
        return Answer(response.status, b"", location, oversize=True)
    pieces = bytearray()
    while piece := await _next_piece(response, question.stall):
        pieces += piece
        if len(pieces) > question.most:
            return Answer(response.status, b"", location, oversize=True)
    return Answer(response.status, bytes(pieces), location)


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
    except aiohttp.ClientConnectorError:
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as problem:
        raise aiohttp.ClientConnectionError(str(problem)) from problem
