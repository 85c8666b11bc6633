"""A network device that means harm, byte by byte: our client gives up in time, within bounds, with a clear word."""

from __future__ import annotations

import asyncio
import contextlib
import re
import resource
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from appliance.core import errors
from appliance.core.errors import ApplianceError, Kind
from appliance.device import profile
from appliance.device.escl import EsclScanner
from appliance.device.escl_http import open_session
from appliance.device.escl_xml import PWG, SCAN
from appliance.device.protocol import Feeder
from appliance.device.scanner import ScanSettings
from appliance.device.virtual_xml import Identity, capabilities

Writer = asyncio.StreamWriter
Act = Callable[[Writer], Awaitable[None]]

PATIENCE: dict[str, Any] = {
    "connect_seconds": 0.5, "answer_seconds": 0.3, "first_byte_seconds": 0.3, "stall_seconds": 0.3,
    "side_seconds": 0.6, "retry_seconds": 0.1, "retry_pause_seconds": 0.02, "end_doubt_seconds": 0.1}
MOST_MEMORY_MB = 60
"""What one answer may cost, above what the test process had: three times the longest XML, and no 100 MB."""

OK_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n"


def whole(body: bytes, head: bytes = OK_HEAD) -> Act:
    async def act(writer: Writer) -> None:
        writer.write(head + b"Content-Length: %d\r\n\r\n" % len(body) + body)
        await writer.drain()
    return act


def raw(data: bytes) -> Act:
    async def act(writer: Writer) -> None:
        writer.write(data)
        await writer.drain()
    return act


def endless(head: bytes, piece: bytes, pause: float = 0.0, times: int = 1 << 60) -> Act:
    async def act(writer: Writer) -> None:
        writer.write(head)
        for _ in range(times):
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(pause)
    return act


async def silence(_writer: Writer) -> None:
    await asyncio.sleep(3600)


@asynccontextmanager
async def served(answers: dict[str, Act], **quirks: Any) -> AsyncIterator[tuple[EsclScanner, list[str]]]:
    """A device that answers a request whose first line holds a word with the act of that word."""
    seen: list[str] = []
    at_work: set[asyncio.Task[None]] = set()

    async def answer(reader: asyncio.StreamReader, writer: Writer) -> None:
        task = asyncio.current_task()
        assert task is not None
        at_work.add(task)
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            head = await reader.readuntil(b"\r\n\r\n")
            line = head.split(b"\r\n", 1)[0].decode()
            if length := re.search(rb"Content-Length: ([0-9]+)", head):
                await reader.readexactly(int(length[1]))
            seen.append(line)
            await next((act for word, act in answers.items() if word in line), whole(b""))(writer)
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    known = profile.load("virtual")
    patience = replace(known.transport, **{**PATIENCE, **quirks})
    try:
        async with open_session() as session:
            url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/eSCL"
            yield EsclScanner(url, session, replace(known, transport=patience)), seen
    finally:
        server.close()
        for task in at_work:
            task.cancel()
        await asyncio.gather(*at_work, return_exceptions=True)
        await server.wait_closed()


async def kind_of(answers: dict[str, Act]) -> tuple[Kind, str]:
    """What ``describe`` makes of it, and the text that people get."""
    async with served(answers) as (scanner, _):
        with pytest.raises(ApplianceError) as caught:
            await asyncio.wait_for(scanner.describe(), 15)
    return caught.value.kind, str(caught.value)


BOMB = (b'<?xml version="1.0"?><!DOCTYPE z [<!ENTITY a "' + b"a" * 1000 + b'">'
        + b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 100) for n in range(6))
        + b"]><ScannerCapabilities>&g;</ScannerCapabilities>")
OUTSIDE = (b'<?xml version="1.0"?><!DOCTYPE z [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
           b"<ScannerCapabilities><MakeAndModel>&a;</MakeAndModel></ScannerCapabilities>")
DEEP = b"<ScannerCapabilities>" + b"<a>" * 100_000 + b"</a>" * 100_000 + b"</ScannerCapabilities>"
WIDE = b"<ScannerCapabilities>" + b"<a/>" * 200_000 + b"</ScannerCapabilities>"
MANY_ATTRIBUTES = b"<ScannerCapabilities><a " + b" ".join(b'a%d=""' % n for n in range(80_000)) + b"/></x>"

UNUSABLE: dict[str, Act] = {
    "garbage": whole(b"\x00\xff garbage \x1b[2J"),
    "nothing": whole(b""),
    "a web page": whole(b"<html><body>log in<br></html>"),
    "another document": whole(b"<Other/>"),
    "entities that multiply": whole(BOMB),
    "an entity from outside": whole(OUTSIDE),
    "very deep": whole(DEEP),
    "very many elements": whole(WIDE),
    "very many attributes": whole(MANY_ATTRIBUTES),
    "a length of a terabyte": raw(OK_HEAD + b"Content-Length: 1099511627776\r\n\r\n<a"),
    "a body without end": endless(OK_HEAD + b"\r\n", b" " * 65536),
    "a header of 100 MB": endless(OK_HEAD + b"X: ", b"x" * 100_000, times=1000),
    "headers without end": endless(OK_HEAD, b"X-Again: " + b"x" * 4000 + b"\r\n"),
    "a status line of 1 MB": raw(b"HTTP/1.1 200 " + b"x" * 1_000_000 + b"\r\n\r\n"),
    "no HTTP": raw(b"SSH-2.0-OpenSSH_9.2\r\n\r\n"),
    "two lengths": raw(OK_HEAD + b"Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcde"),
    "another address": raw(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/x\r\nContent-Length: 0\r\n\r\n"),
    "packed": whole(b"\x1f\x8b\x08" + b"\0" * 50, OK_HEAD + b"Content-Encoding: gzip\r\n"),
}


@pytest.mark.parametrize("name", UNUSABLE)
async def test_a_hostile_answer_makes_the_device_unusable_and_costs_no_memory(name: str) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    async with served({"ScannerCapabilities": UNUSABLE[name], "ScannerStatus": UNUSABLE[name]}) as (scanner, _):
        with pytest.raises(ApplianceError) as caught:
            await asyncio.wait_for(scanner.describe(), 15)
        status = await asyncio.wait_for(scanner.status(), 15)
    assert caught.value.kind is errors.DEVICE_UNUSABLE
    assert (status.feeder, status.code) == (Feeder.LOST, errors.DEVICE_UNUSABLE.code)
    assert "text" in status.details
    assert all(sign.isprintable() for sign in status.details["text"])
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    assert grown < MOST_MEMORY_MB


@pytest.mark.parametrize(("name", "act"), [
    ("silence", silence),
    ("a header that trickles", endless(OK_HEAD, b"X: 1\r\n", 0.1)),
    ("a body that trickles", endless(OK_HEAD + b"\r\n", b" ", 0.05)),
])
async def test_a_device_that_takes_for_ever_is_stalled(name: str, act: Act) -> None:
    kind, _ = await kind_of({"ScannerCapabilities": act})
    assert kind is errors.DEVICE_STALLED, name


async def test_a_side_that_trickles_in_for_ever_is_stalled_and_the_job_deleted() -> None:
    trickle = endless(b"HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\n\r\n\xff\xd8", b"x", 0.05)
    async with served({**good(), "NextDocument": trickle}) as (scanner, seen):
        with pytest.raises(ApplianceError) as caught:
            await asyncio.wait_for(anext(scanner.scan(ScanSettings(300, duplex=False))), 15)
    assert caught.value.kind is errors.DEVICE_STALLED
    assert [line for line in seen if line.startswith("DELETE")]


async def test_redirects_in_a_circle_are_not_walked() -> None:
    circle = raw(b"HTTP/1.1 307 Again\r\nLocation: /eSCL/ScannerCapabilities\r\nContent-Length: 0\r\n\r\n")
    async with served({"ScannerCapabilities": circle}) as (scanner, seen):
        with pytest.raises(ApplianceError):
            await scanner.describe()
        assert len(seen) == 1


def good(model: str = "Odd") -> dict[str, Act]:
    """A device that answers all but NextDocument as it should."""
    status = (f'<scan:ScannerStatus xmlns:scan="{SCAN}" xmlns:pwg="{PWG}">'
              "<scan:AdfState>ScannerAdfLoaded</scan:AdfState></scan:ScannerStatus>")
    made = raw(b"HTTP/1.1 201 Created\r\nLocation: /eSCL/ScanJobs/1\r\nContent-Length: 0\r\n\r\n")
    return {"ScannerCapabilities": whole(capabilities(Identity(model, "S")).encode()),
            "ScannerStatus": whole(status.encode()), "POST": made}


@pytest.mark.parametrize("model", ["Evil\x9b31m", "x" * 900_000, "a\u202eb\u2066c\u200bd", "line\nline\u2028line",
                                   "\ue0001", "%s%n{0}{__class__}"])
async def test_a_hostile_name_is_one_short_printable_line(model: str) -> None:
    async with served(good(model), answer_seconds=5.0) as (scanner, _):
        found = (await scanner.describe()).model
    assert found.isprintable()
    assert 0 < len(found) <= 80


async def test_huge_and_senseless_numbers_are_not_believed() -> None:
    text = capabilities(Identity("O", "1"))
    for name in ("MaxWidth", "MaxHeight", "XResolution"):
        text = text.replace(f"<scan:{name}>", f"<scan:{name}>9999999999999999999")
    async with served({**good(), "ScannerCapabilities": whole(text.encode())}) as (scanner, _):
        found = await scanner.describe()
    assert found.resolutions == ()


async def test_a_cookie_is_not_kept() -> None:
    answer = whole(capabilities(Identity("O", "1")).encode(), OK_HEAD + b"Set-Cookie: a=b\r\n")
    async with served({"ScannerCapabilities": answer}) as (scanner, _):
        await scanner.describe()
        assert not list(scanner._session.cookie_jar)


@pytest.mark.parametrize("url", ["", "ftp://h/eSCL", "http://", "http://[::1/eSCL", "http://h:99999/eSCL", "eSCL"])
async def test_an_address_that_is_none_is_told_as_such(url: str) -> None:
    async with open_session() as session:
        scanner = EsclScanner(url, session, profile.load("virtual"))
        with pytest.raises(ApplianceError) as caught:
            await scanner.describe()
        assert caught.value.kind is errors.CONFIG_BAD_VALUE
        assert (await scanner.status()).code == errors.CONFIG_BAD_VALUE.code


async def test_a_device_that_closes_each_connection_without_a_word_is_asked_on_a_new_one() -> None:
    async with served(good()) as (scanner, seen):
        await scanner.describe()
        for _ in range(5):
            assert (await scanner.status()).feeder is Feeder.LOADED
    assert len(seen) == 6
