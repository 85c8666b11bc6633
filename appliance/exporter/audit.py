"""What Prometheus sees of the audit chain. Read at each scrape."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client.core import Metric

from appliance.audit_facts import AuditReading
from appliance.exporter.family import known, one


def of_audit(reading: AuditReading) -> Iterator[Metric]:
    """Yield everything that is shown of the audit chain."""
    yield one("appliance_audit_sequence", "Number of the newest link of the audit chain.", reading.seq)
    yield one("appliance_audit_head", "First 48 bits of the hash of that link, as a number.",
               int(reading.head[:12] or "0", 16))
    yield one("appliance_audit_good", "0 when the last verification of the audit chain found a break.",
               float(reading.good))
    yield known("appliance_audit_verified_timestamp_seconds", "When the audit chain was last verified and held; "
                "none before the first time since the start.", reading.verified)
    yield one("appliance_audit_rows", "Links of the audit chain that are in the ledger itself.", reading.rows)
    yield one("appliance_audit_segments", "Sealed segment files of the audit chain.", reading.segments)
