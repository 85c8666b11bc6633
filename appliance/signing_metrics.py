"""What Prometheus sees of signing: key, leave, what waits for a signature and why. Read at each scrape."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from prometheus_client.core import GaugeMetricFamily, Metric

from appliance.scanner_metrics import gauge

DAY_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class SigningReading:
    """What the gauges show of signing.

    Attributes:
        certificate_end: of the agency's key that is there, seconds since 1970; 0 while it is not.
        certificates: the earliest end by kind of certificate.
        development_key: whether a development key signs.
        authorised: by job when its authorisation ends; 0 where none is in force.
        sessions: of persons, that are open.
        waiting: documents by the code with which they wait for a signature or their time stamp.
        trouble: code why the agency's key is not ready, or empty.
    """

    certificate_end: float = 0.0
    certificates: dict[str, float] = field(default_factory=dict)
    development_key: bool = False
    authorised: dict[str, float] = field(default_factory=dict)
    sessions: int = 0
    waiting: dict[str, int] = field(default_factory=dict)
    trouble: str = ""


def of_signing(reading: SigningReading) -> Iterator[Metric]:
    """Yield everything that is shown of signing."""
    yield _one("appliance_certificate_not_after_timestamp_seconds", "End of the signing certificate; 0: no signer.",
               reading.certificate_end)
    yield gauge("appliance_certificate_days_left", "Whole days until a certificate ends, the earliest of its kind: "
                "agency, person (open sessions), timestamp.", ("kind",), [
        ((kind,), float((end - time.time()) // DAY_SECONDS)) for kind, end in sorted(reading.certificates.items())
    ])
    yield gauge("appliance_authorisation_not_after_timestamp_seconds", "End of the authorisation by which the "
                "agency's key signs a job, also while the key is away; 0: there is none in force.", ("job",), [
        ((job,), end) for job, end in sorted(reading.authorised.items())
    ])
    yield _one("appliance_signing_sessions", "Signing sessions of persons that are open.", reading.sessions)
    yield gauge("appliance_signing_waiting_documents", "Documents that wait for a signature or their time stamp, "
                "by the code of what is missing.", ("code",), [
        ((code,), float(n)) for code, n in sorted(reading.waiting.items())
    ])
    yield gauge("appliance_signer_trouble", "1 for the error why the agency's key is not ready; none when it is.",
                ("code",), [((reading.trouble,), 1.0)] if reading.trouble else [])
    yield _one("appliance_development_key", "1 when a development key signs.", float(reading.development_key))


def _one(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(name, text, value=value)
