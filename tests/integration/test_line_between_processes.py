"""Messages over AF_UNIX between the daemon and its scanner processes and signer."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from appliance.core.model import Box
from appliance.core.plain import from_plain
from appliance.core.wire import LIMIT, Line, connect

Ends = tuple[Line, Line, asyncio.StreamWriter]


@contextlib.asynccontextmanager
async def ends() -> AsyncIterator[Ends]:
    """Yield both ends of one line, and the raw writer of the second."""
    folder = Path(tempfile.mkdtemp(prefix="ln", dir="/tmp"))
    met: asyncio.Future[tuple[Line, asyncio.StreamWriter]] = asyncio.get_running_loop().create_future()
    server = await asyncio.start_unix_server(
        lambda reader, writer: met.set_result((Line(reader, writer), writer)), str(folder / "s"), limit=LIMIT)
    near = await connect(folder / "s")
    far, raw = await met
    try:
        async with asyncio.timeout(30):
            yield near, far, raw
    finally:
        await near.close()
        await far.close()
        server.close()
        await server.wait_closed()
        shutil.rmtree(folder)


async def test_a_value_arrives_as_it_was_sent() -> None:
    async with ends() as (near, far, _):
        await near.send("box", Box(1.0, 2.0, 3.0, 4.0))
        await near.send("text", {"line": "Hồ sơ\nhai dòng"})
        await near.send("bare")
        received = await far.receive()
        assert received is not None
        assert (received[0], from_plain(Box, received[1])) == ("box", Box(1.0, 2.0, 3.0, 4.0))
        assert await far.receive() == ("text", {"line": "Hồ sơ\nhai dòng"})
        assert await far.receive() == ("bare", {})


async def test_a_closed_line_reads_as_the_end() -> None:
    async with ends() as (near, far, _):
        await near.close()
        assert await far.receive() is None


@pytest.mark.parametrize("words", [b'{"kind": "half', b"x" * (LIMIT + 10) + b"\n"], ids=["cut", "too long"])
async def test_a_line_cut_short_or_too_long_reads_as_the_end(words: bytes) -> None:
    async with ends() as (near, _far, raw):
        raw.write(words)
        raw.close()
        assert await near.receive() is None


@pytest.mark.parametrize("words", [b"not json\n", b"[1]\n", b'{"no": "kind"}\n', b"\xff\xfe\n", b"\n"])
async def test_what_is_no_message_reads_as_the_end(words: bytes) -> None:
    async with ends() as (near, _far, raw):
        raw.write(words)
        await raw.drain()
        assert await near.receive() is None
