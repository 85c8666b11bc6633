"""Settings of the audit chain (``[audit]``): when its oldest rows are sealed into files."""

from __future__ import annotations

from dataclasses import dataclass

from appliance.core.tables import setting


@dataclass(frozen=True, slots=True)
class Audit:
    """The audit chain."""

    keep_rows: int = setting(50_000, doc="Rows of the audit chain that stay in the ledger however many there are.",
                             low=100, high=10_000_000, unit="rows")
    segment_rows: int = setting(50_000, doc="So many rows more, and the oldest are sealed into a file of these.",
                                low=100, high=1_000_000, unit="rows")
    segment_days: int = setting(31, doc="Rows are sealed when the oldest is older than this; the newest day stays.",
                                low=2, high=3650, unit="days")
