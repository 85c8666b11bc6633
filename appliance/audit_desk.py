"""The audit chain over the control socket: verified, asked for the story of a document, a lawful break accepted."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web

from appliance.audit_facts import plain
from appliance.audit_keeper import AuditKeeper
from appliance.leaders import Leaders

Asked = Callable[[web.Request], Awaitable[dict[str, str]]]


@dataclass(frozen=True, slots=True)
class AuditDesk:
    """Serves ``/audit``; ``asked`` reads the words of a request."""

    keeper: AuditKeeper
    leaders: Leaders
    asked: Asked

    def routes(self) -> tuple[web.RouteDef, ...]:
        """Return what the control socket serves of this."""
        return (web.get("/audit", self._verify), web.get("/audit/story", self._story),
                web.post("/audit/accept", self._accept), web.post("/audit/copied", self._copied))

    async def _verify(self, _request: web.Request) -> web.Response:
        """Verify the whole chain; a break is the answer's error."""
        report = await self.keeper.verify("command", whole=True)
        if report is None:
            assert self.keeper.problem is not None
            raise self.keeper.problem
        return web.json_response(plain(report))

    async def _story(self, request: web.Request) -> web.Response:
        return web.json_response(await self.keeper.story(request.query.get("name", "")))

    async def _accept(self, request: web.Request) -> web.Response:
        """Let a leader take note that the ledger was restored."""
        words = await self.asked(request)
        leader = await self.leaders.named(words)
        return web.json_response({"lost": await self.keeper.accept(leader.code, words.get("reason", ""))})

    async def _copied(self, request: web.Request) -> web.Response:
        """Note that somebody has made an access copy of a dossier."""
        words = await self.asked(request)
        self.keeper.tell("dossier.copied", words.get("dossier", "")[:64], words.get("by", "")[:64])
        return web.json_response({"done": "copied"})
