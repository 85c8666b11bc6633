"""What the control socket offers of registers: import in pieces, look-ups, the counter's intake."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from appliance.core import errors
from appliance.registry import Registry, packed
from appliance.spool import listings, registers
from appliance.spool.registers import NewRegister, NewRow

MOST_ROWS = 5000
"""Rows of one request."""


def routes(registry: Registry) -> tuple[web.RouteDef, ...]:
    """Return the routes."""
    desk = _Desk(registry)
    return (
        web.get("/register", desk.listed), web.get("/register/entry", desk.entry),
        web.get("/register/rows", desk.page), web.post("/register/begin", desk.begin),
        web.post("/register/reception", desk.receive),
        web.post(r"/register/{number:\d{1,18}}/rows", desk.load),
        web.post(r"/register/{number:\d{1,18}}/withdraw", desk.withdraw),
        web.post(r"/register/{number:\d{1,18}}/finish", desk.finish),
        web.post(r"/register/{number:\d{1,18}}/abandon", desk.abandon))


@dataclass(frozen=True)
class _Desk:
    """Requests of the control socket."""

    registry: Registry

    async def listed(self, _request: web.Request) -> web.Response:
        return web.json_response({"registers": await self.registry.book.ask(listings.sources)})

    async def entry(self, request: web.Request) -> web.Response:
        code = request.query.get("code", "")
        found = await self.registry.book.ask(listings.show, code)
        if not found:
            raise errors.ENTRY_UNKNOWN.error(file_code=code)
        return web.json_response({"entries": found})

    async def page(self, request: web.Request) -> web.Response:
        """Return rows of a register in order: ``after`` this one, ``most`` of them."""
        asked = request.query
        most, after = min(_whole(asked.get("most", "500")), MOST_ROWS), _whole(asked.get("after", "0"))
        rows = await self.registry.book.ask(
            listings.page_of, asked.get("kind", ""), asked.get("name", ""), after, most)
        return web.json_response({"rows": rows})

    async def begin(self, request: web.Request) -> web.Response:
        asked = await body(request)
        names = ("kind", "name", "mode", "source", "sha256", "who")
        number = await self.registry.begin(NewRegister(*(str(asked.get(name, ""))[:200] for name in names)))
        return web.json_response({"register": number})

    async def load(self, request: web.Request) -> web.Response:
        rows = (await body(request)).get("rows")
        refused = await self.registry.load(int(request.match_info["number"]), _rows(rows))
        return web.json_response({"refused": [list(one) for one in refused]})

    async def withdraw(self, request: web.Request) -> web.Response:
        """Take rows back that were loaded; answers those that were there."""
        codes = (await body(request)).get("codes")
        if not isinstance(codes, list) or len(codes) > MOST_ROWS:
            raise errors.REQUEST_REFUSED.error(reason="codes")
        number = int(request.match_info["number"])
        gone = await self.registry.book.ask(registers.withdraw, number, [str(code) for code in codes])
        return web.json_response({"withdrawn": gone})

    async def finish(self, request: web.Request) -> web.Response:
        replace = bool((await body(request)).get("replace"))
        rows, released = await self.registry.finish(int(request.match_info["number"]), replace=replace)
        return web.json_response({"rows": rows, "released": released})

    async def abandon(self, request: web.Request) -> web.Response:
        await self.registry.abandon(int(request.match_info["number"]))
        return web.json_response({"done": "abandon"})

    async def receive(self, request: web.Request) -> web.Response:
        asked = await body(request)
        who = str(asked.pop("who", ""))[:200]
        return web.json_response({"done": "reception", "code": await self.registry.receive(asked, who)})


async def body(request: web.Request) -> dict[str, Any]:
    """Return the table that a request brings.

    Raises:
        ApplianceError: REQUEST_REFUSED when it is none.
    """
    try:
        found = json.loads(await request.text() or "{}")
    except (ValueError, LookupError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise errors.REQUEST_REFUSED.error(reason="the body is no JSON table")
    return found


def _rows(found: object) -> list[NewRow]:
    """Return the rows of a request.

    Raises:
        ApplianceError: REQUEST_REFUSED.
    """
    try:
        rows = [NewRow(int(line), str(code), packed({str(k): str(v) for k, v in values.items()}))
                for line, code, values in found]  # type: ignore[attr-defined]
    except (TypeError, ValueError, AttributeError):
        rows = []
    if not rows or len(rows) > MOST_ROWS or not all(row.code for row in rows):
        raise errors.REQUEST_REFUSED.error(reason="rows")
    return rows


def _whole(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 19 else 0
