"""The routes for people: search, reading, requests for leave, pages to be scanned again.

Bodies are JSON (``wishes.py``), refusals the texts of the catalogue (``gate.speak_plainly``).
"""

from __future__ import annotations

import asyncio
import json
import re
from functools import partial
from typing import Any, TypeVar

from aiohttp import web

from appliance.core import errors
from appliance.receiver import leave, openapi, rescans, search_page, wishes
from appliance.receiver.archive import Archive
from appliance.receiver.desk import Desk
from appliance.receiver.downloads import send
from appliance.receiver.gate import Handler, caller
from appliance.receiver.offices import REVIEWER
from appliance.receiver.policy import Policy

T = TypeVar("T")
W = TypeVar("W")
_TICKET = re.compile(r"[A-Za-z0-9_-]{32}")
_BODY_SECONDS = 30.0
_SEARCHES = 8
"""At the same time; others wait, so that those who search never keep uploads from the index."""

_OF_TASK = ("id", "package", "doc_code", "page", "reason", "asked", "state", "answered", "answer")
_OF_REQUEST = ("id", "package", "person", "purpose", "asked", "state", "until", "answer")


class ReadingRoutes:
    """The routes of one archive."""

    def __init__(self, archive: Archive, rules: Policy) -> None:
        self._archive = archive
        self._policy = rules
        self._desk = Desk(archive, rules)
        self._searching = asyncio.Semaphore(_SEARCHES)

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [
            _get("/openapi.json", self._described), _get("/policy", self._rules),
            web.post("/search", self._search), web.post("/readings", self._open),
            _get("/readings/{ticket}", self._fetch), web.post("/requests", self._request),
            _get("/requests", self._requests), _get("/tasks", self._tasks),
            web.post("/rescans", self._rescan), web.delete("/rescans/{task}", self._withdraw),
            *search_page.routes(),
        ]

    async def _described(self, _request: web.Request) -> web.Response:
        return _json(openapi.document())

    async def _rules(self, _request: web.Request) -> web.Response:
        purposes = [{"code": one.code, "vi": one.vi, "en": one.en} for one in self._policy.purpose]
        return _json({"policy": self._policy.name, "purposes": purposes})

    async def _search(self, request: web.Request) -> web.Response:
        wish = await _wish(wishes.SearchWish, request)
        async with self._searching:
            return _json(await asyncio.to_thread(self._desk.search, caller(request), wish))

    async def _open(self, request: web.Request) -> web.Response:
        wish = await _wish(wishes.ReadingWish, request)
        opened = await asyncio.to_thread(self._desk.open, caller(request), wish)
        return _json(opened, 201, {"Location": f"/readings/{opened['ticket']}"})

    async def _fetch(self, request: web.Request) -> web.StreamResponse:
        ticket = request.match_info["ticket"]
        if not _TICKET.fullmatch(ticket):
            raise errors.NOT_HERE.error(what=errors.both("phiếu đọc", "ticket"))
        opened = await asyncio.to_thread(self._desk.fetch, caller(request), ticket)
        return await send(request, self._archive, opened)

    async def _request(self, request: web.Request) -> web.Response:
        wish = await _wish(wishes.LeaveWish, request)
        return _json({"id": await asyncio.to_thread(self._desk.request, caller(request), wish)}, 201)

    async def _requests(self, request: web.Request) -> web.Response:
        office = caller(request)
        rows = await asyncio.to_thread(leave.listed, self._archive.index, office.code, heir_of=office.heir_of)
        return _json({"requests": [{name: row[name] for name in _OF_REQUEST} for row in rows]})

    async def _tasks(self, request: web.Request) -> web.Response:
        office = caller(request)
        rows = await asyncio.to_thread(rescans.fetch, self._archive.index, (office.code, *office.heir_of))
        return _json({"tasks": [{name: row[name] for name in _OF_TASK} for row in rows]})

    async def _rescan(self, request: web.Request) -> web.Response:
        _for_reviewers(request)
        wish = await _wish(wishes.RescanWish, request)
        return _json({"id": await asyncio.to_thread(rescans.ask, self._archive.index, wish)}, 201)

    async def _withdraw(self, request: web.Request) -> web.Response:
        _for_reviewers(request)
        task = request.match_info["task"]
        if not re.fullmatch(wishes.UUID, task):
            raise errors.NOT_HERE.error(what=errors.both("việc quét lại", "rescan task"))
        await asyncio.to_thread(rescans.withdraw, self._archive.index, task)
        return web.Response(status=204)


def _get(path: str, handler: Handler) -> web.RouteDef:
    return web.get(path, handler, allow_head=False)


def _for_reviewers(request: web.Request) -> None:
    if caller(request).role != REVIEWER:
        raise errors.NOT_ALLOWED.error(reason=errors.both("việc của người kiểm tra", "a reviewer's work"))


async def _wish(kind: type[W], request: web.Request) -> W:
    try:
        async with asyncio.timeout(_BODY_SECONDS):
            return wishes.read(kind, await request.read())
    except TimeoutError:
        raise web.HTTPRequestTimeout from None
    except web.RequestPayloadError:  # broken chunks, or packed by a method that the archive does not speak
        raise errors.REQUEST_WRONG.error(reason=errors.both("nội dung bị hỏng", "its body is broken")) from None


def _json(data: Any, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    told = {"Cache-Control": "no-store", **(headers or {})}
    return web.json_response(data, status=status, headers=told, dumps=partial(json.dumps, ensure_ascii=False))
