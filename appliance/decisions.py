"""What a person decides about held pages: this one goes, that one is right."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web

from appliance.spool import holding
from appliance.spool.ledger import Book


@dataclass(frozen=True)
class Decisions:
    """Writes decisions down; ``who`` stands in the audit chain, ``wake`` lets the work go on."""

    book: Book
    who: str
    wake: Callable[[], None]

    async def remove(self, name: str) -> None:
        """Take held pages that are in no document out of the count.

        Raises:
            ApplianceError: REQUEST_REFUSED.
        """
        await self.book.ask(holding.remove_page, name, self.who)
        self.wake()

    async def keep(self, name: str) -> list[str]:
        """Say that a sheet in doubt, or a page that a check holds, is right as it is; return what holds it now.

        Raises:
            ApplianceError: REQUEST_REFUSED.
        """
        still = await self.book.ask(holding.keep_page, name, self.who)
        self.wake()
        return still

    def routes(self, asked: Callable[[web.Request], Awaitable[dict[str, str]]]) -> tuple[web.RouteDef, ...]:
        """Return what the control socket offers; ``asked`` reads the words of a request."""
        async def keep(request: web.Request) -> web.Response:
            name = (await asked(request)).get("name", "")
            return web.json_response({"done": "keep", "device": name, "held": await self.keep(name)})

        return (web.post("/keep", keep),)
