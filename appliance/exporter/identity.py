"""What Prometheus sees of who this is: release, office, settings. The same until the daemon starts again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from prometheus_client.core import InfoMetricFamily, Metric


@dataclass(frozen=True, slots=True)
class IdentityReading:
    """Who this is.

    Attributes:
        build: version, commit, python, numba and release_digest; empty where the installation does not say.
        office: its code, its province and its level (central, provincial, district).
        settings: first digits of the SHA-256 of the settings file that the daemon was started with.
    """

    build: Mapping[str, str] = field(default_factory=dict)
    office: Mapping[str, str] = field(default_factory=dict)
    settings: str = ""


def of_identity(reading: IdentityReading) -> Iterator[Metric]:
    """Yield everything that is shown of who this is."""
    yield InfoMetricFamily("appliance_build", "Release of the software: version, commit, Python, numba, and digest "
                           "of the installed files.", value=dict(reading.build))
    yield InfoMetricFamily("appliance_office", "Office of this host: code, province and level as its settings say.",
                           value=dict(reading.office))
    yield InfoMetricFamily("appliance_settings", "Digest of the settings file that the daemon was started with.",
                           value={"digest": reading.settings})
