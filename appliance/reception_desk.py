"""What the control socket offers about components for the reception software: the list, and sending again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from appliance import staff
from appliance.core import errors
from appliance.core.config import Config
from appliance.spool import outbox
from appliance.spool.ledger import Book, Row

Asked = Callable[[web.Request], Awaitable[dict[str, str]]]
SHOWN = ("id", "document", "file_code", "ordinal", "component", "sha256", "state", "code", "reason", "replaces",
         "started", "queued", "tries", "sent", "confirmed", "ended")


@dataclass(frozen=True)
class ReceptionDesk:
    """Shows the outbox and lets what was set aside go again; ``wake`` lets the work go on."""

    config: Config
    book: Book
    wake: Callable[[], None]

    def routes(self, asked: Asked) -> tuple[web.RouteDef, ...]:
        """Return the routes; ``asked`` reads the words of a request."""
        async def listed(_request: web.Request) -> web.Response:
            rows = await self.book.ask(lambda ledger: ledger.all("outbox_listed"))
            return web.json_response({"components": [_plain(row) for row in rows]})

        async def again(request: web.Request) -> web.Response:
            words = await asked(request)
            who = self._who(words.get("by", ""))
            number = await self.book.ask(outbox.again, words.get("name", "").strip(), who)
            self.wake()
            return web.json_response({"done": "/reception/again", "components": number})

        return (web.get("/reception", listed), web.post("/reception/again", again))

    def _who(self, by: str) -> str:
        """Return who says so. Raises STAFF_UNKNOWN."""
        code = by.strip().upper()
        if code and staff.person(self.config, code) is None:
            raise errors.STAFF_UNKNOWN.error(code=code)
        return code or self.config.office.operator or self.config.office.name


def _plain(row: Row) -> dict[str, Any]:
    return {name: row[name] for name in SHOWN}
