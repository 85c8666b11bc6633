"""The whole metrics page of fixed readings: every topic, every family, every label (golden/metrics.txt).

After a change of the exporter  .venv/bin/python tests/metrics_golden.py  writes it anew; look at the difference.
"""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from appliance.audit_facts import AuditReading
from appliance.core import errors, events
from appliance.exporter.certificates import CertificatesReading
from appliance.exporter.delivery import DeliveryReading
from appliance.exporter.heartbeat import HeartbeatReading
from appliance.exporter.host import HostReading
from appliance.exporter.identity import IdentityReading
from appliance.exporter.metrics import Metrics
from appliance.exporter.outbox import OutboxReading
from appliance.exporter.pipeline import PipelineReading
from appliance.exporter.plan import PhaseReading, PlanReading
from appliance.exporter.reconciliation import ReconciliationReading
from appliance.exporter.returns import ReturnsReading
from appliance.exporter.scanners import CheckReading, DriftReading, PartReading, ScannerReading, ScannersReading
from appliance.exporter.service import ServiceReading
from appliance.exporter.signing import SigningReading
from appliance.spool.figures import Custody
from appliance.spool.service import BUCKETS, WAITS, Served, Standing
from appliance.system_clock import ClockReading

GOLDEN = Path(__file__).parent / "golden" / "metrics.txt"
AT = 1_795_000_000.0

WHO = {"vendor": "fujitsu", "model": "fi-8170", "firmware": "1.0", "serial": "A1B2", "profile": "fujitsu_fi-8170",
       "backend": "sane", "options": "a" * 16}
MEASURES = ("background", "blank", "focus", "skew", "streaks")
STAGES = ("assemble", "catalogue", "clear", "compose", "pack", "read", "send", "separate", "sign")


def _scanner(name: str, **more: Any) -> ScannerReading:
    drift = tuple(DriftReading(side, measure, 1.5, 0.75, 0.5) for side in ("back", "front") for measure in MEASURES)
    checks = tuple(CheckReading(side, passed=True, at=AT, values={"dpi_x": 299.5, "skew": 0.25})
                   for side in ("back", "front"))
    return ScannerReading(
        name, "ready", True, WHO, known_good=True, sheets=41_000, incidents={"jam": 0.5, "multifeed": 0.25},
        parts=(PartReading("pick_roller", 1200, 200_000, AT), PartReading("brake_roller", 41_000, 200_000)),
        drift=drift, checks=checks, check_counts=True, **more)


READINGS: dict[str, Any] = {
    "identity": IdentityReading(
        {"version": "1.2.3", "commit": "0123456789abcdef", "python": "3.11.2", "numba": "0.68.1",
         "release_digest": "fedcba9876543210"},
        {"office": "0164", "province": "01", "level": "district"}, "b" * 16),
    "host": HostReading(ClockReading(0.0005, 0.25, synchronised=True), 300_000_000_000, 497_952_000_000,
                        200_000_000_000, 12),
    "pipeline": PipelineReading(
        items={"batch": {"separated": 9}, "delivery": {"accepted": 7, "queued": 2},
               "dossier": {"accepted": 7, "packed": 2},
               "document": {"accepted": 30, "packed": 8}, "outbox": {"confirmed": 4},
               "page": {"filed": 300, "held": 2, "read": 80}},
        queues=dict.fromkeys(("analyse", "assemble", "held", "pack", "read", "sign", "upload"),
                             (3, "2026-11-21T09:00:00+07:00")),
        pool={"idle": 1, "busy": 1, "fit": 2, "waiting_jobs": 5}, backlog_bytes=56_000_000,
        golden_passed=AT, locked=1,
        registers=(("archive", "muc-luc", 12_000, "2026-11-01T08:00:00+07:00"),)),
    "reconciliation": ReconciliationReading(Custody(
        {"filed": 300, "separator": 40, "held": 2, "removed": 1, "replaced": 3, "orphan": 1, "under_way": 80},
        428, 214, 7, 1), AT),
    "scanners": ScannersReading((
        _scanner("counter"), _scanner("tray", options_changed=True, trouble=errors.PAPER_JAM.code)),
        {"escl": 1, "usb": 2}),
    "delivery": DeliveryReading(
        waiting={"bulk": 2, "urgent": 1}, backlog={"bulk": 50_000_000, "urgent": 6_000_000}, aside=1,
        sent={"bulk": 900_000_000, "urgent": 80_000_000}, failures={errors.ARCHIVE_UNREACHABLE.code: 3}, wait=600.0,
        contact=AT, growth=3e9, days=12.5, definitions=AT,
        returns=ReturnsReading({"answered": 1, "asked": 2}, AT, 1, 1)),
    "service": ServiceReading(
        {stream: Served(40, 2, dict.fromkeys(BUCKETS, 3), 3, {
            "machine": 600.0, "network": 60.0, "person": 900.0, "tsa": 30.0}) for stream in ("archive", "onestop")},
        {stream: Standing(3, 1, AT, AT, 1) for stream in ("archive", "onestop")},
        {"archive": 86_400.0, "onestop": 900.0}, dict.fromkeys(WAITS, (2, AT))),
    "plan": PlanReading(
        (PhaseReading("1", 8000, 400_000, AT, 500, 26_000, 3, AT),), 1800.0, {"complete": 90, "received": 100},
        {"digitised": 300, "exempt": 10, "required": 340, "reused": 20}, {"digitised": 20, "planned": 900}),
    "outbox": OutboxReading({"confirmed": 4, "waiting": 1}, 1, AT, 900.0),
    "signing": SigningReading(authorised={"archive": AT}, sessions=1, waiting={"K520": 2}, trouble="K510"),
    "certificates": CertificatesReading(dict.fromkeys(("agency", "archive", "metrics", "person", "timestamp"), AT)),
    "audit": AuditReading(120_000, "0123456789ab", True, AT, 20_000, 1),
    "heartbeat": HeartbeatReading(True, True, AT, {"capture": AT, "total": AT}, {"capture": 1.5, "total": 30.0}),
}
"""What each topic reads. Every family of a topic has a series here."""

FACTS: tuple[events.Fact, ...] = (
    events.BatchStarted("tray", "0190-batch"), events.SideCaptured("tray", "0190-batch", "front", 0.5, 1.25),
    events.SideCaptured("tray", "0190-batch", "back", 0.5), events.BatchLocked("0190-batch"),
    events.BatchInterrupted("tray", "0190-batch", errors.PAPER_JAM.code), events.BatchUnchecked("tray", held=True),
    events.ThingHeld("page", errors.NOT_SHARP.code), events.PageWarned("staple"), events.PageUnread("T407"),
    events.FieldsRead(("number",), ("place",)), events.PagesFiled(3), events.WorkerLost("died"),
    events.WorkerProved("worker-1", "", 0.1), events.ComponentConfirmed(200.0, late=False),
    events.StageFinished("analyse", "ok", 0.2), *(events.StageFinished(stage, "ok", 1.5) for stage in STAGES),
)


def page() -> str:
    """Return the page."""
    metrics = Metrics()
    for fact in FACTS:
        metrics.hear(fact)
    metrics.log.handle(logging.LogRecord("x", logging.WARNING, "", 1, "", (), None))
    return metrics.show(**READINGS).decode()


def main() -> None:
    GOLDEN.parent.mkdir(exist_ok=True)
    GOLDEN.write_text(page(), encoding="utf-8")
    sys.stdout.write(f"written: {GOLDEN}\n")


if __name__ == "__main__":
    main()
