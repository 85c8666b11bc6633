"""What the control socket offers of state secrets: the confirmation of a batch, locked batches, a leader's word."""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from aiohttp import web

from appliance import assurance
from appliance.core import errors
from appliance.core.config import Config
from appliance.core.events import BatchLocked, Bus
from appliance.device.station import Stations
from appliance.leaders import Leaders
from appliance.spool import locks
from appliance.spool.ledger import Book
from appliance.spool.locks import Decision

log = logging.getLogger(__name__)

Asked = Callable[[web.Request], Awaitable[dict[str, str]]]
LONGEST = 500


@dataclass(frozen=True)
class LockDesk:
    """Requests about state secrets; ``confirm`` takes batch, staff code and who says so."""

    config: Config
    book: Book
    leaders: Leaders
    bus: Bus
    confirm: Callable[[str, str, str], Awaitable[None]]
    wake: Callable[[], None]

    def routes(self, asked: Asked) -> tuple[web.RouteDef, ...]:
        """Return the routes; ``asked`` reads the words of a request."""
        async def confirm(request: web.Request) -> web.Response:
            words = await asked(request)
            await self.confirm(words.get("batch", ""), words.get("code", ""), words.get("by", ""))
            return web.json_response({"done": "confirm", "batch": words.get("batch", "")})

        async def add(request: web.Request) -> web.Response:
            words = await asked(request)
            return web.json_response({"done": "lock", "new": await self.lock(words)})

        async def decide(request: web.Request) -> web.Response:
            words = await asked(request)
            return web.json_response({"done": request.match_info["kind"], "new": await self.decide(
                request.match_info["kind"], words)})

        return (web.get("/locked", self._listed), web.post("/confirm", confirm), web.post("/locked/add", add),
                web.post("/locked/{kind:release|destroy}", decide))

    async def _listed(self, _request: web.Request) -> web.Response:
        return web.json_response({"locked": await self.book.ask(locks.listed)})

    async def lock(self, words: Mapping[str, str]) -> bool:
        """Lock a batch because a person has seen a secret paper in it; anybody may, by staff code.

        Raises:
            ApplianceError: STAFF_UNKNOWN, LOCK_REFUSED when there is no such batch.
        """
        batch, who = words.get("batch", ""), assurance.known(self.config, words.get("code", ""))
        if await self.book.ask(lambda ledger: ledger.one("batch", id=batch)) is None:
            raise errors.LOCK_REFUSED.error(batch=batch[:64], reason="không có lượt quét này / no such batch")
        if new := await self.book.ask(locks.lock, batch, 0, who):
            log.warning("batch %s is locked", batch)
            self.bus.tell(BatchLocked(batch))
        self.wake()
        return new

    async def decide(self, kind: str, words: Mapping[str, str]) -> bool:
        """Take a leader's decision; False when the same one was taken before.

        Raises:
            ApplianceError: LOGIN_REFUSED, LEADER_NEEDED, LOCK_REFUSED.
        """
        leader, batch = await self.leaders.named(words), words.get("batch", "")
        reason, number, day = (words.get(name, "").strip()[:LONGEST] for name in ("reason", "number", "day"))
        if kind == locks.RELEASE and not reason:
            raise errors.LOCK_REFUSED.error(batch=batch[:64], reason="thiếu lý do / a reason is missing")
        if kind == locks.DESTROY and not (number and is_day(day)):
            raise errors.LOCK_REFUSED.error(
                batch=batch[:64], reason="thiếu số, ngày (DD/MM/YYYY) quyết định / number or date is missing")
        new = await self.book.ask(locks.decide, batch, Decision(kind, leader.code, reason, number, day))
        log.info("batch %s: %s is decided", batch, kind)
        self.wake()
        return new


async def end(stations: Stations, device: str, *, feeding: bool) -> None:
    """Have a device stop, and close its batch, which is locked.

    Raises:
        ApplianceError: it does neither feed nor wait.
    """
    await (stations.cancel(device) if feeding else stations.finish(device))


def is_day(text: str) -> bool:
    """Say whether a text is a day as people here write it."""
    if not re.fullmatch(r"[0-9]{2}/[0-9]{2}/[0-9]{4}", text):
        return False
    try:
        return datetime.strptime(text, "%d/%m/%Y").year >= 1945  # noqa: DTZ007 - a day, no moment
    except ValueError:
        return False
