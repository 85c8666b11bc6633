"""What a person says of catalogue fields over the control socket; the values stand in no log."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from appliance.core import errors
from appliance.documents.catalogue import bounds
from appliance.documents.catalogue.reading import FIELDS, IDENTIFIERS
from appliance.spool import cataloguing
from appliance.spool.ledger import Book, Ledger

FROM_ARCHIVE = ("keyword", "inforSign", "autograph")
"""Fields of the archive's list that no page is read for and a person may still say."""

KNOWN = (*FIELDS, *IDENTIFIERS, *FROM_ARCHIVE)


@dataclass(frozen=True)
class CatalogueDesk:
    """Shows and sets fields; ``wake`` lets the work go on."""

    book: Book
    wake: Callable[[], None]

    async def show(self, document: str) -> list[dict[str, Any]]:
        """Return what is known of a document's fields; nothing before it may be.

        Raises:
            ApplianceError: REQUEST_REFUSED when there is no such document.
        """
        def look(ledger: Ledger) -> list[dict[str, Any]]:
            row = ledger.one("document", id=document)
            if row is None:
                raise errors.REQUEST_REFUSED.error(reason=f"{document}: không có tài liệu này / no such document")
            known = row["catalogued"] in (cataloguing.DOUBTFUL, cataloguing.RELEASED)
            found = [one for one in cataloguing.found_of(row) if known or one.source == cataloguing.PERSON]
            return [{"name": one.name, "value": one.value, "certainty": one.certainty, "page": one.page,
                     "from": one.source} for one in found]

        return await self.book.ask(look)

    async def set(self, document: str, name: str, value: str, who: str) -> None:
        """Let a person say what a field is.

        Raises:
            ApplianceError: FIELD_INVALID, REQUEST_REFUSED.
        """
        if name not in KNOWN:
            raise errors.FIELD_INVALID.error(name=name, reason=f"not one of {', '.join(KNOWN)}")
        said = " ".join(value.split())
        if said:
            bounds.check(name, said)
        await self.book.ask(cataloguing.set_field, document, name, said, who)
        self.wake()

    async def accept(self, document: str, who: str) -> None:
        """Let fields that are not sure stay empty.

        Raises:
            ApplianceError: REQUEST_REFUSED.
        """
        await self.book.ask(cataloguing.accept, document, who)
        self.wake()

    def routes(self, asked: Callable[[web.Request], Awaitable[dict[str, str]]]) -> tuple[web.RouteDef, ...]:
        """Return what the control socket offers; ``asked`` reads the words of a request."""
        async def show(request: web.Request) -> web.Response:
            words = await asked(request)
            return web.json_response({"fields": await self.show(words.get("document", ""))})

        async def set_one(request: web.Request) -> web.Response:
            words = await asked(request)
            await self.set(words.get("document", ""), words.get("field", ""), words.get("value", ""),
                           words.get("by", ""))
            return web.json_response({"done": "set"})

        async def accept(request: web.Request) -> web.Response:
            words = await asked(request)
            await self.accept(words.get("document", ""), words.get("by", ""))
            return web.json_response({"done": "accept"})

        return (web.post("/field/show", show), web.post("/field/set", set_one), web.post("/field/accept", accept))
