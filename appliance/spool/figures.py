"""Counts and ages read from the ledger: the truth behind metrics, status and the final table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

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


FATES = {"filed": "filed", "separator": "separator", "held": "held", "removed": "removed", "replaced": "replaced",
         "orphan": "orphan", "captured": "under_way", "analysed": "under_way", "read": "under_way"}
"""For the state of a side, what became of it: the parts of the counting equation."""


@dataclass(frozen=True, slots=True)
class Custody:
    """Where every side is that was ever captured, and what the archive has said; all of it is kept up.

    Attributes:
        fates: sides by what became of them.
        sides: sides ever recorded, counted by another way: by their numbers.
        receipts: of the archive that verified.
        mismatches: answers of it that did not verify or do not name what was sent.
        last: when the newest receipt came, ISO 8601, or empty.
    """

    fates: Mapping[str, int] = field(default_factory=dict)
    sides: int = 0
    sheets: int = 0
    receipts: int = 0
    mismatches: int = 0
    last: str = ""

    @property
    def unreconciled(self) -> int:
        """Sides that the counting equation does not explain; 0 when it holds."""
        return self.sides - sum(self.fates.values())


def custody(ledger: Ledger) -> Custody:
    """Return where every side is; a state that nobody knows is no place."""
    found = dict.fromkeys(FATES.values(), 0)
    for state, n in fates(ledger).items():
        if state in FATES:
            found[FATES[state]] += n
    counted, ever, sheets = (ledger.one(name) for name in ("receipts_counted", "sides_ever", "sheet_count"))
    assert counted is not None and ever is not None and sheets is not None
    return Custody(found, ever["n"], sheets["n"], counted["receipts"], counted["mismatches"], counted["last"] or "")


def tally(ledger: Ledger) -> Tally:
    """Count every side by what became of it."""
    by_state = fates(ledger)
    sheets, blank, unread = (ledger.one(name) for name in ("sheet_count", "blank_filed", "pages_unread"))
    under_way = sum(by_state[state] for state in ("captured", "analysed", "read"))
    return Tally(
        sheets=sheets["n"] if sheets else 0, sides=sum(by_state.values()), pages_filed=by_state["filed"],
        separators=by_state["separator"], held=by_state["held"], removed=by_state["removed"],
        replaced=by_state["replaced"], orphans=by_state["orphan"], blank=blank["n"] if blank else 0,
        under_way=under_way, unread=unread["n"] if unread else 0,
    )


def fates(ledger: Ledger) -> Counter[str]:
    """Return the sides by state, those of what is stopped or handed over as held and removed."""
    found = Counter({row["state"]: row["n"] for row in ledger.all("page_counts")})
    for row in ledger.all("sides_stopped"):
        found[row["state"]] -= row["n"]
        found[row["fate"]] += row["n"]
    return found


def states(ledger: Ledger) -> dict[str, dict[str, int]]:
    """Return how many things of each kind are in each state."""
    found: dict[str, dict[str, int]] = {}
    for row in ledger.all("states_of"):
        found.setdefault(row["kind"], {})[row["state"]] = row["n"]
    return found


def queues(ledger: Ledger) -> dict[str, tuple[int, str]]:
    """Return for each queue how many wait and since when the oldest does (ISO 8601, empty if none)."""
    return {row["queue"]: (row["n"], row["since"] or "") for row in ledger.all("oldest")}


def backlog(ledger: Ledger) -> int:
    """Return the bytes of packages that are not answered."""
    row = ledger.one("bytes_to_send")
    return row["size"] if row else 0


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
