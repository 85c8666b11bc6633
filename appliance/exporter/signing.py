"""What Prometheus sees of signing: key, leave, what waits for a signature and why. Read at each scrape."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from prometheus_client.core import Metric

from appliance.exporter.family import gauge, one


@dataclass(frozen=True, slots=True)
class SigningReading:
    """What the gauges show of signing.

    Attributes:
        development_key: whether a development key signs.
        authorised: by job when its authorisation ends; 0 where none is in force.
        sessions: of persons, that are open.
        waiting: documents by the code with which they wait for a signature or their time stamp.
        trouble: code why the agency's key is not ready, or empty.
    """

    development_key: bool = False
    authorised: dict[str, float] = field(default_factory=dict)
    sessions: int = 0
    waiting: dict[str, int] = field(default_factory=dict)
    trouble: str = ""


def of_signing(reading: SigningReading) -> Iterator[Metric]:
    """Yield everything that is shown of signing."""
    yield gauge("appliance_authorisation_not_after_timestamp_seconds", "End of the authorisation by which the "
                "agency's key signs a job, also while the key is away; 0: there is none in force.", ("job",), [
        ((job,), end) for job, end in sorted(reading.authorised.items())
    ])
    yield one("appliance_signing_sessions", "Signing sessions of persons that are open.", reading.sessions)
    yield gauge("appliance_signing_waiting_documents", "Documents that wait for a signature or their time stamp, "
                "by the code of what is missing.", ("code",), [
        ((code,), float(n)) for code, n in sorted(reading.waiting.items())
    ])
    yield gauge("appliance_signer_trouble", "1 for the error why the agency's key is not ready; none when it is.",
                ("code",), [((reading.trouble,), 1.0)] if reading.trouble else [])
    yield one("appliance_development_key", "1 when a development key signs.", float(reading.development_key))
