"""Counts and ages read from the ledger: the truth behind metrics, status and the final table."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from appliance.spool.ledger import Ledger, Row


@dataclass(frozen=True, slots=True)
class Tally:
    """The counting equation of one appliance (docs/design.md): every side is somewhere."""

    sheets: int
    sides: int
    pages_filed: int
    separators: int
    held: int
    removed: int
    replaced: int
    orphans: int
    blank: int
    under_way: int
    unread: int = 0

    @property
    def reconciled(self) -> bool:
        """Say whether nothing is under way and the equation holds."""
        settled = self.pages_filed + self.separators + self.held + self.removed + self.replaced + self.orphans
        return self.under_way == 0 and settled == self.sides


def tally(ledger: Ledger) -> Tally:
    """Count every side by what became of it."""
    by_state = {row["state"]: row["n"] for row in ledger.all("page_counts")}
    sheets, blank, unread = (ledger.one(name) for name in ("sheet_count", "blank_filed", "pages_unread"))
    under_way = sum(by_state.get(state, 0) for state in ("captured", "analysed", "read"))
    return Tally(
        sheets=sheets["n"] if sheets else 0, sides=sum(by_state.values()), pages_filed=by_state.get("filed", 0),
        separators=by_state.get("separator", 0), held=by_state.get("held", 0), removed=by_state.get("removed", 0),
        replaced=by_state.get("replaced", 0), orphans=by_state.get("orphan", 0), blank=blank["n"] if blank else 0,
        under_way=under_way, unread=unread["n"] if unread else 0,
    )


def states(ledger: Ledger) -> dict[str, dict[str, int]]:
    """Return how many things of each kind are in each state."""
    found: dict[str, dict[str, int]] = {}
    for row in ledger.all("states_of"):
        found.setdefault(row["kind"], {})[row["state"]] = row["n"]
    return found


def queues(ledger: Ledger) -> dict[str, tuple[int, str]]:
    """Return for each queue how many wait and since when the oldest does (ISO 8601, empty if none)."""
    return {row["queue"]: (row["n"], row["since"] or "") for row in ledger.all("oldest")}


def in_doubt(ledger: Ledger) -> int:
    """Return how many closed batches wait for a person to settle a doubt."""
    row = ledger.one("batches_in_doubt")
    return row["n"] if row else 0


def held(ledger: Ledger) -> list[Row]:
    """Return everything that waits for a person."""
    return ledger.all("held")


def warnings_of(ledger: Ledger, page: int) -> list[str]:
    """Return the checks that warn of a page and do not hold it."""
    row = ledger.one("page", id=page)
    return row["warned"].split() if row else []


def warnings(ledger: Ledger, device: str) -> dict[str, int]:
    """Return of how many sides of a device's last batch each check warns."""
    found: Counter[str] = Counter()
    for row in ledger.all("warned_pages", device=device):
        found.update(dict.fromkeys(row["warned"].split(), row["n"]))
    return dict(found)
