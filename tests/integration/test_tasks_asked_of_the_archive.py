"""The office asks an archive which pages it wants scanned again; what it then keeps."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import aiohttp
import pytest
from aiohttp import web

from appliance.archive.transports.contract import Tasks
from appliance.archive.transports.tus import TusTransport
from appliance.core.config import Config
from appliance.core.errors import ApplianceError
from appliance.core.events import Bus, ThingHeld
from appliance.core.tasks import LONGEST, RescanTask
from appliance.spool.ledger import Book
from appliance.spool.store import Store
from appliance.steps.means import Means
from appliance.steps.returns import ReturnSteps

TASK = {"id": "t-1", "package": "0198f3c0-1111-7000-8000-0000000000a1", "doc_code": "H1.2001.7.0000001", "page": 12,
        "reason": "mờ", "asked": "2026-11-22T01:00:00Z", "state": "fetched"}


@asynccontextmanager
async def archive(status: int, body: str = "") -> AsyncIterator[TusTransport]:
    """An archive that gives one answer about tasks, and the way to it."""
    async def answer(_request: web.Request) -> web.Response:
        return web.Response(status=status, text=body, content_type="application/json")

    app = web.Application()
    app.router.add_get("/tasks", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        async with aiohttp.ClientSession() as session:
            yield TusTransport(session, f"http://127.0.0.1:{runner.addresses[0][1]}")
    finally:
        await runner.cleanup()


async def test_what_the_archive_lists_is_understood() -> None:
    async with archive(200, json.dumps({"tasks": [TASK], "more": "than is known"})) as way:
        assert isinstance(way, Tasks)
        found = await way.tasks()
    assert found is not None
    assert [(one.id, one.file_code, one.ordinal, one.page) for one in found] == [("t-1", "H1.2001.7", 1, 12)]


@pytest.mark.parametrize("status", [404, 405, 501])
async def test_an_archive_that_knows_no_tasks_is_no_trouble(status: int) -> None:
    async with archive(status) as way:
        assert await way.tasks() is None


@pytest.mark.parametrize(("status", "body"), [
    (500, ""), (503, ""), (401, ""), (200, ""), (200, "<html>"), (200, '{"tasks": [{}]}'), (302, ""),
    (200, " " * (LONGEST + 1)),
])
async def test_what_is_no_list_is_asked_for_again_later(status: int, body: str) -> None:
    async with archive(status, body) as way:
        with pytest.raises(ApplianceError) as caught:
            await way.tasks()
    assert (caught.value.code, caught.value.kind.retry) == ("A602", True)


class Answers:
    """Gives what the archive says, one answer after the other."""

    def __init__(self, *answers: tuple[RescanTask, ...] | None) -> None:
        self.answers = list(answers)

    async def tasks(self) -> tuple[RescanTask, ...] | None:
        return self.answers.pop(0)


async def test_the_step_tells_of_each_new_task_once_and_asks_again_only_when_it_is_time(tmp_path: Path) -> None:
    Store(tmp_path).prepare()
    book, bus, told = Book(tmp_path / "ledger.sqlite3"), Bus(), list[object]()
    bus.listen(told.append)
    task = RescanTask("t-1", "u1", "H1.2001.7", 1, 12, "mờ", "2026-11-22T01:00:00Z")
    line = cast("Any", Answers((task,), (task,), None))
    means = Means(Config(), Store(tmp_path), book, cast("Any", None), cast("Any", None), line, bus)
    steps = ReturnSteps(means)
    (row,) = await steps.ready()
    assert await steps.ask(row) == "ok"
    assert [(fact.kind, fact.code) for fact in told if isinstance(fact, ThingHeld)] == [("task", "A637")]
    assert await steps.ready() == []
    for _ in range(2):
        await steps.ask(row)
    assert len([fact for fact in told if isinstance(fact, ThingHeld)]) == 1
    assert (await book.ask(lambda ledger: ledger.one("task", id="t-1")))["state"] == "asked"  # type: ignore[index]
    await asyncio.to_thread(book.close)
