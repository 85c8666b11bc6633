"""What Prometheus sees of certificates: when each ends. One family for all, by what they are for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from prometheus_client.core import Metric

from appliance.exporter.family import gauge


@dataclass(frozen=True, slots=True)
class CertificatesReading:
    """When certificates end, Unix time, the earliest of each purpose; one that is not there is left out."""

    ends: Mapping[str, float] = field(default_factory=dict)


def of_certificates(reading: CertificatesReading) -> Iterator[Metric]:
    """Yield when certificates end."""
    yield gauge("appliance_certificate_not_after_timestamp_seconds", "End of a certificate, the earliest of its "
                "purpose: agency, person (open sessions), timestamp, archive (by which it knows this office), "
                "metrics (of this host's port for collectors), page (its page over HTTPS), monitoring; "
                "none while there is none.", ("purpose",), [
                    ((purpose,), end) for purpose, end in sorted(reading.ends.items())])
