"""What was scanned, and what the archive took, in some days: read from the ledger for reports.

Every side belongs to the day on which it was captured, every filed page and dossier to the day of its receipt. So
the figures of all days together are those of the whole ledger (spool/figures.py).
"""

from __future__ import annotations

from dataclasses import dataclass

from appliance.core import clock
from appliance.spool.ledger import Ledger, Row

UNDER_WAY = ("captured", "analysed", "read")
NAMES = {"filed": "filed", "separator": "separators", "held": "held", "removed": "removed", "replaced": "replaced",
         "orphan": "orphans"}
"""What became of a side, and how that is called in a report."""


@dataclass(frozen=True, slots=True)
class Span:
    """From one day until before another, as the ledger writes moments: ``2026-11-01`` and ``2026-12-01``."""

    since: str
    until: str


@dataclass(frozen=True, slots=True)
class FiledPage:
    """A page that a receipt of the span has filed: its sheet, its stream's rules, and its size in mm."""

    rules: str
    sheet: tuple[str, int]
    blank: bool
    wide: float
    high: float


@dataclass(frozen=True, slots=True)
class Taken:
    """A dossier, or a newer revision of one, that the archive took in the span.

    Attributes:
        newer: the archive had an earlier revision of it.
        addition: documents were added to one that it had.
        documents: those that no revision before has brought.
        seconds: from Start to its receipt.
    """

    rules: str
    newer: bool
    addition: bool
    documents: int
    seconds: float


def sides(ledger: Ledger, span: Span) -> list[tuple[str, str, int]]:
    """Return sides captured in a span: rules, what became of them (``NAMES``, blank, under_way), how many."""
    found = []
    for row in ledger.all("sides_of_days", since=span.since, until=span.until):
        name = "under_way" if row["state"] in UNDER_WAY else NAMES[row["state"]]
        found += [(row["rules"], name, row["n"]), (row["rules"], "blank", row["blank"] or 0)]
    return found


def counted(ledger: Ledger, span: Span, name: str) -> list[tuple[str, int]]:
    """Return a count of the span by rules; ``name`` is a statement (sheets, refused, held, rescans)."""
    return [(row["rules"], row["n"]) for row in ledger.all(name, since=span.since, until=span.until)]


def filed(ledger: Ledger, span: Span) -> list[FiledPage]:
    """Return every page that the receipts of a span have filed."""
    return [_page(row) for row in ledger.all("filed_in_days", since=span.since, until=span.until)]


def _page(row: Row) -> FiledPage:
    """Return a page with its size: as it lies in the document, or of its image where nobody has laid it."""
    wide, high = (row["wide"] or row["width"] or 0, row["high"] or row["height"] or 0)
    dpi = row["dpi"] or max(1, round(max(wide, high) / (297 / 25.4)))
    return FiledPage(row["rules"], (row["batch"], row["sheet"]), bool(row["blank"]), wide / dpi * 25.4,
                     high / dpi * 25.4)


def taken(ledger: Ledger, span: Span) -> list[Taken]:
    """Return every dossier that the archive took in a span."""
    return [Taken(row["rules"], bool(row["newer"]), bool(row["line"]), row["documents"],
                  max(0.0, (clock.parse(row["accepted"]) - clock.parse(row["started"])).total_seconds()))
            for row in ledger.all("accepted_in_days", since=span.since, until=span.until)]
