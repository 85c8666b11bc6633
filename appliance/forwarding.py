"""How the packages of an office stand on their way: for people, and for Prometheus."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from appliance import budget, expiry
from appliance.archive.packages import screening
from appliance.archive.traffic import BULK
from appliance.core import clock, errors
from appliance.dispatch import Dispatch
from appliance.exporter.delivery import DeliveryReading
from appliance.exporter.returns import ReturnsReading
from appliance.spool import tasks
from appliance.spool.ledger import Ledger
from appliance.spool.store import Store

WHOSE = ("Chứng thư kết nối kho lưu trữ", "The certificate for the archive")


@dataclass(frozen=True)
class Forwarding:
    """Looks at deliveries; changes nothing."""

    dispatch: Dispatch
    store: Store

    async def reading(self) -> DeliveryReading:
        """Return what the metrics show."""
        traffic, road = self.dispatch.traffic, self.dispatch.config.archive.road
        rows = {row["lane"]: row for row in await self.dispatch.book.ask(
            lambda ledger: ledger.all("delivery_backlog", urgent=self.dispatch.urgent))}
        made = screening.definitions_made(self.dispatch.config.archive.screen)
        growth = budget.grows(await self.dispatch.packed_a_day())
        return DeliveryReading(
            waiting={lane: row["n"] for lane, row in rows.items()},
            backlog={lane: row["size"] for lane, row in rows.items()},
            aside=sum(row["aside"] for row in rows.values()), sent=dict(traffic.sent),
            failures=dict(traffic.failures), open=traffic.open or not road.window, wait=traffic.wait(BULK),
            contact=await self._contact(), growth=growth,
            definitions=made.timestamp() if made else 0.0, returns=await self.dispatch.book.ask(_returns),
            days=budget.days_left(self.store.free_mb(), self.dispatch.config.storage.min_free_mb, growth))

    async def _contact(self) -> float:
        """Return when the archive was last heard of, by whatever way and before whatever start; 0: never."""
        row = await self.dispatch.book.ask(lambda ledger: ledger.one("archive_heard"))
        known = clock.parse(row["at"]).timestamp() if row and row["at"] else 0.0
        return max(known, self.dispatch.traffic.contact)

    async def told(self) -> dict[str, Any]:
        """Return what people see: numbers, and lines in both languages of what they should know."""
        now = await self.reading()
        return {"waiting": sum(now.waiting.values()), "aside": now.aside, "window_open": now.open,
                "wait_seconds": round(now.wait), "offline_days": now.days,
                "notes": [*self._notes(now), *await self._courier(now)]}

    async def _courier(self, now: DeliveryReading) -> list[dict[str, str]]:
        """Return why nothing can be written to the courier's disk, where packages wait for one."""
        if self.dispatch.config.archive.transport != "folder" or not sum(now.waiting.values()):
            return []
        trouble = await self.dispatch.courier.trouble()
        return [{"code": trouble.code, "vi": trouble.vi, "en": trouble.en}] if trouble else []

    def _notes(self, now: DeliveryReading) -> list[dict[str, str]]:
        lines = []
        if now.days is not None and now.days < self.dispatch.config.archive.road.offline_days:
            low = errors.DISK_BUDGET_LOW.error(days=f"{now.days:g}")
            lines.append({"code": low.code, "vi": low.vi, "en": low.en})
        if (trouble := self.dispatch.identity.trouble) is not None:
            lines.append({"code": trouble.code, "vi": trouble.vi, "en": trouble.en})
        if now.waiting.get(BULK) and not now.open:
            at = clock.iso(datetime.fromtimestamp(time.time() + now.wait, clock.VIETNAM))[11:16]
            lines.append({"code": "", "vi": f"Gói tin chờ đến giờ nộp, khoảng {at}.",
                          "en": f"Packages wait for their hours, until about {at}."})
        if (end := self.dispatch.identity.end()) is not None:
            lines += [{"code": "", **one} for one in expiry.soon(*WHOSE, end, clock.now())]
        return lines


def _returns(ledger: Ledger) -> ReturnsReading:
    """Return what came back from the archive and waits here."""
    since, waiting = tasks.oldest(ledger), ledger.one("returns_waiting")
    return ReturnsReading(tasks.counts(ledger), clock.parse(since).timestamp() if since else 0.0,
                          waiting["rejected"] if waiting else 0, waiting["awaited"] if waiting else 0)
