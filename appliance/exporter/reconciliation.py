"""What Prometheus sees of the counting equation: where every side is, and what the archive has confirmed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from prometheus_client.core import CounterMetricFamily, Metric

from appliance.exporter.family import gauge, known, one
from appliance.spool.figures import Custody


@dataclass(frozen=True, slots=True)
class ReconciliationReading:
    """Where every side is, as the ledger says; ``last`` is when the newest receipt came, Unix time, 0: none yet."""

    custody: Custody = field(default_factory=Custody)
    last: float = 0.0


def of_reconciliation(reading: ReconciliationReading) -> Iterator[Metric]:
    """Yield everything that is shown of the counting equation."""
    found = reading.custody
    yield gauge("appliance_sides", "Sides ever captured, by what became of them; each is in one place. Blank pages "
                "are within filed.", ("fate",), [((fate,), float(n)) for fate, n in sorted(found.fates.items())])
    yield one("appliance_sides_unreconciled", "Sides ever recorded less those whose place is known: the counting "
              "equation's difference, 0 when it holds.", found.unreconciled)
    yield one("appliance_sheets", "Sheets ever fed, each once, however often it was fed.", found.sheets)
    yield CounterMetricFamily("appliance_receipts", "Receipts of the archive that verified, whatever they say.",
                              value=found.receipts)
    yield CounterMetricFamily("appliance_receipt_mismatches", "Answers of the archive that did not verify or do "
                              "not name what was sent (A604, A635).", value=found.mismatches)
    yield known("appliance_last_receipt_timestamp_seconds", "When the newest receipt came; none before the first.",
                reading.last)
