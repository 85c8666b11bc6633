"""What Prometheus sees of packages on their way: backlog, road, archive, disk. Read at each scrape."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from prometheus_client.core import Metric

from appliance.exporter.family import counter, gauge, known, one
from appliance.exporter.returns import ReturnsReading, of_returns

DAY_SECONDS = 86_400.0


@dataclass(frozen=True, slots=True)
class DeliveryReading:
    """What the metrics show of deliveries.

    Attributes:
        waiting: packages without an answer by lane, urgent or bulk.
        backlog: their bytes.
        aside: how many of them are set aside for a person.
        sent: bytes that the archive took since the start, by lane.
        failures: tries that failed since the start, by error code.
        open: whether it is an hour for bulk packages.
        wait: seconds until bulk packages may go; 0: now.
        contact: when the archive was last heard of, by whatever way, Unix time; 0: never.
        growth: bytes that a busy day adds to the disk; 0: not known yet.
        days: of scanning for which the disk lasts without the archive; None: not known yet.
        returns: what came back from the archive.
        definitions: when the definitions of harmful code were made, Unix time; 0: there are none, or nobody looks.
    """

    waiting: Mapping[str, int] = field(default_factory=dict)
    backlog: Mapping[str, int] = field(default_factory=dict)
    aside: int = 0
    sent: Mapping[str, int] = field(default_factory=dict)
    failures: Mapping[str, int] = field(default_factory=dict)
    open: bool = True
    wait: float = 0.0
    contact: float = 0.0
    growth: float = 0.0
    days: float | None = None
    returns: ReturnsReading = field(default_factory=ReturnsReading)
    definitions: float = 0.0


def of_delivery(reading: DeliveryReading) -> Iterator[Metric]:
    """Yield everything that is shown of deliveries."""
    yield from of_returns(reading.returns)
    yield gauge("appliance_delivery_waiting", "Packages without the archive's answer, by lane: urgent, somebody "
                "waits for the dossier; bulk.", ("lane",), _by(reading.waiting))
    yield gauge("appliance_delivery_backlog_bytes", "Bytes of packages without the archive's answer, by lane.",
                ("lane",), _by(reading.backlog))
    yield one("appliance_delivery_aside", "Packages that were set aside: they fail while others arrive.",
               reading.aside)
    yield counter("appliance_upload_sent_bytes", "Bytes of packages that the archive took, by lane.", "lane",
                   reading.sent)
    yield counter("appliance_upload_failures", "Tries of an upload that failed, by error code.", "code",
                   reading.failures)
    yield one("appliance_upload_window_open", "0 outside the hours at which bulk packages may go.", reading.open)
    yield one("appliance_upload_wait_seconds", "How long bulk packages wait yet: for their hours, their random "
               "time, an archive out of reach or its own wish; 0: they may go.", reading.wait)
    yield known("appliance_archive_contact_timestamp_seconds", "When the archive was last heard of: an answer, a "
                "receipt, a courier's disk; none before the first time.", reading.contact)
    yield known("appliance_screen_definitions_timestamp_seconds", "When the definitions by which packages are "
                "looked at for harmful code were made; none where there are none, or nothing looks.",
                reading.definitions)
    yield known("appliance_disk_growth_bytes_per_day", "What a busy day of scanning adds to the disk while nothing "
                "is sent; none while that is not known.", reading.growth)
    yield gauge("appliance_disk_offline_seconds", "For how much time of scanning the disk lasts without the "
                "archive; none while the growth is not known.", (), [] if reading.days is None else [
                    ((), reading.days * DAY_SECONDS)])


def _by(values: Mapping[str, int]) -> list[tuple[tuple[str, ...], float]]:
    return [((name,), float(values.get(name, 0))) for name in ("urgent", "bulk")]
