"""The figures of one day of an office, and of many: what was scanned, what the archive took, by stream.

A day's figures are read in one piece, so they agree with each other; days add up.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from appliance.planning.sizes import sizes
from appliance.planning.survey import ARCHIVE, ONESTOP, stream_of
from appliance.spool import production
from appliance.spool.ledger import Ledger
from appliance.spool.production import Span

STREAMS = (ARCHIVE, ONESTOP)
COUNTS = {"sheets": "sheets_of_days", "refused": "refused_in_days", "dossiers_held": "held_of_days",
          "rescans": "rescans_of_days"}
"""Figures that the ledger counts by itself, and their statements."""


@dataclass(slots=True)
class Figures:
    """The figures of one stream.

    Attributes:
        counts: by name; those of the counting equation are called as there (docs/design.md).
        sizes: filed pages by the size of their paper.
        seconds: from Start to the receipt, of each new dossier.
    """

    counts: Counter[str] = field(default_factory=Counter)
    sizes: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)

    def add(self, other: Figures) -> None:
        """Add those of other days, or of another stream."""
        self.counts.update(other.counts)
        self.sizes.update(other.sizes)
        self.seconds += other.seconds


def of_day(ledger: Ledger, span: Span) -> dict[str, Figures]:
    """Return the figures of a span by stream."""
    found = {stream: Figures() for stream in STREAMS}
    for profile, name, count in production.sides(ledger, span):
        counts = found[stream_of(profile)].counts
        counts[name] += count
        if name != "blank":
            counts["sides"] += count
    for name, statement in COUNTS.items():
        for profile, count in production.counted(ledger, span, statement):
            found[stream_of(profile)].counts[name] += count
    _filed(ledger, span, found)
    _taken(ledger, span, found)
    return found


def _filed(ledger: Ledger, span: Span, found: dict[str, Figures]) -> None:
    sheets: dict[str, set[tuple[str, int]]] = {stream: set() for stream in STREAMS}
    for page in production.filed(ledger, span):
        stream = stream_of(page.rules)
        figures = found[stream]
        figures.counts["pages"] += 1
        figures.counts["pages_blank"] += page.blank
        figures.sizes[sizes().of(page.wide, page.high)] += 1
        sheets[stream].add(page.sheet)
    for stream, own in sheets.items():
        found[stream].counts["pages_sheets"] = len(own)


def _taken(ledger: Ledger, span: Span, found: dict[str, Figures]) -> None:
    for one in production.taken(ledger, span):
        figures = found[stream_of(one.rules)]
        figures.counts["documents"] += one.documents
        figures.counts["revisions" if one.newer else "additions" if one.addition else "dossiers"] += 1
        if not one.addition and not one.newer:
            figures.seconds.append(one.seconds)


def total(parts: Iterable[Figures]) -> Figures:
    """Return the sum of figures."""
    found = Figures()
    for part in parts:
        found.add(part)
    return found


def plain(found: dict[str, Figures]) -> dict[str, Any]:
    """Return the figures of streams as the control socket sends them."""
    return {stream: {"counts": dict(one.counts), "sizes": dict(one.sizes), "seconds": one.seconds}
            for stream, one in found.items()}


def from_plain(found: dict[str, Any]) -> dict[str, Figures]:
    """Return what ``plain`` made plain."""
    return {stream: Figures(Counter(one["counts"]), Counter(one["sizes"]), list(one["seconds"]))
            for stream, one in found.items()}
