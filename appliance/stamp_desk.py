"""What the control socket offers about the room for a stamp: the daemon's side of ``appliance stamp``."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web

from appliance.core import errors
from appliance.leaders import Leaders
from appliance.spool import stamps
from appliance.spool.ledger import Book

Asked = Callable[[web.Request], Awaitable[dict[str, str]]]
LONGEST = 500
"""Letters of a reason that are kept."""


@dataclass(frozen=True)
class StampDesk:
    """Writes down what leaders decide about room for stamps; ``wake`` lets the work go on."""

    book: Book
    leaders: Leaders
    wake: Callable[[], None]

    def routes(self, asked: Asked) -> tuple[web.RouteDef, ...]:
        """Return the routes; ``asked`` reads the words of a request."""
        async def strip(request: web.Request) -> web.Response:
            return web.json_response({"done": "strip", "document": await self.strip(await asked(request))})

        return (web.post("/stamp/strip", strip),)

    async def strip(self, words: dict[str, str]) -> str:
        """Let page 1 of a document get an empty strip at its top: a leader decides; return the document's id.

        Raises:
            ApplianceError: as ``Leaders.named``; REQUEST_REFUSED without a reason, STAMP_NOT_ASKED.
        """
        leader = await self.leaders.named(words)
        reason = words.get("reason", "").strip()[:LONGEST]
        if not reason:
            raise errors.REQUEST_REFUSED.error(reason="thiếu lý do / no reason given")
        name = words.get("document", "").strip().upper()
        name = name[:-len(tail)] + tail.lower() if (tail := _revision(name)) else name
        document = await self.book.ask(stamps.allow_strip, name, leader.code, reason)
        self.wake()
        return document


def _revision(name: str) -> str:
    """Return the end of a document's id that says its revision, as ``.R1``; nothing where it says none."""
    _, dot, digits = name.rpartition(".R")
    return f"{dot}{digits}" if dot and digits.isascii() and digits.isdigit() else ""
