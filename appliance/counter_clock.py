"""How one-stop documents stand with the reception software and its promise: for people, and for Prometheus."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from appliance.core import clock
from appliance.exporter.outbox import OutboxReading
from appliance.spool import outbox
from appliance.spool.outbox import Account
from appliance.steps import outbox as steps
from appliance.steps.outbox import OutboxSteps

NAMES = {"waiting": ("chờ gửi", "to be given"), "sent": ("chờ xác nhận", "to be confirmed"),
         "confirmed": ("đã xác nhận", "confirmed"), "refused": ("bị từ chối", "refused"),
         "recalling": ("đang thu hồi", "being recalled")}


@dataclass(frozen=True)
class CounterClock:
    """Looks at the outbox; changes nothing."""

    steps: OutboxSteps

    async def reading(self) -> OutboxReading:
        """Return what the gauges show."""
        if not self._there:
            return OutboxReading()
        found = await self._account()
        oldest = clock.parse(found.oldest).timestamp() if found.oldest else 0.0
        return OutboxReading(found.states, found.overdue, oldest, self.steps.settings.minutes * 60.0,
                             self.steps.problem is not None)

    async def told(self) -> dict[str, Any]:
        """Return what people see: numbers, a line in both languages, and what must be looked at (``held``)."""
        if not self._there:
            return {}
        found = await self._account()
        return {"states": dict(found.states), "overdue": found.overdue, "oldest": found.oldest,
                "notes": self._notes(found), "held": steps.told(found, self.steps.settings, self.steps.problem)}

    @property
    def _there(self) -> bool:
        return self.steps.settings.kind != "none"

    async def _account(self) -> Account:
        promise = timedelta(minutes=self.steps.settings.minutes)
        return await self.steps.means.book.ask(outbox.account, self.steps.rules, promise, clock.now())

    def _notes(self, found: Account) -> list[dict[str, str]]:
        counts = [(found.states[state], names) for state, names in NAMES.items() if found.states.get(state)]
        if not counts:
            return []
        vi, en = (", ".join(f"{n} {names[at]}" for n, names in counts) for at in (0, 1))
        return [{"code": "", "vi": f"Phần mềm tiếp nhận: {vi}.", "en": f"Reception software: {en}."}]
