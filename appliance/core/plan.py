"""How an office counts its progress against its plan, as settings."""

from __future__ import annotations

from dataclasses import dataclass

from appliance.core.tables import setting


@dataclass(frozen=True, slots=True)
class Plan:
    """The rate of work and the date of completion are reckoned with these (docs/plan.md)."""

    rate_days: int = setting(20, doc="The rate is that of so many last working days; fewer where work began later.",
                             low=3, high=250, unit="days")
    week_days: int = setting(5, doc="Working days of a week, from Monday on.", low=5, high=7, unit="days")
