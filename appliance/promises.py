"""How the promises of an office stand, and who is waited for: for people, and for Prometheus."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from appliance.core import clock, errors
from appliance.core.service import ONESTOP, STREAMS
from appliance.exporter.service import ServiceReading
from appliance.spool import service
from appliance.spool.ledger import Book, Ledger


@dataclass(frozen=True)
class PromiseClock:
    """Looks at promises; changes nothing."""

    book: Book
    promises: service.Promises

    async def reading(self) -> ServiceReading:
        """Return what the metrics show."""
        return await self.book.ask(_reading, self.promises)

    async def told(self) -> dict[str, Any]:
        """Return what people see: numbers, and a line in both languages for each stream that is late."""
        now = await self.reading()
        return {"late": {stream: one.late for stream, one in now.standing.items()},
                "waiting": {state: n for state, (n, _) in now.waiting.items()},
                "notes": [self._note(stream, one) for stream, one in now.standing.items() if one.late]}

    def _note(self, stream: str, one: service.Standing) -> dict[str, str]:
        terms = self.promises.terms
        kind, promise = ((errors.ONESTOP_LATE, terms.onestop_minutes) if stream == ONESTOP
                         else (errors.ARCHIVE_LATE, terms.archive_hours))
        since = datetime.fromtimestamp(one.oldest_late, clock.VIETNAM)
        late = kind.error(n=one.late, promise=promise, since=f"{since:%H:%M %d/%m}")
        return {"code": late.code, "vi": late.vi, "en": late.en}


def _reading(ledger: Ledger, promises: service.Promises) -> ServiceReading:
    return ServiceReading(service.served(ledger), service.standing(ledger, promises),
                          {stream: promises.terms.seconds(stream) for stream in STREAMS}, service.waiting(ledger))
