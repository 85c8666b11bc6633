"""What an office promises of its dossiers, as settings (``[service]``)."""

from __future__ import annotations

from dataclasses import dataclass

from appliance.core.tables import setting

ONESTOP, ARCHIVE = "onestop", "archive"
STREAMS = (ARCHIVE, ONESTOP)
"""Streams of dossiers, as rule profiles name them."""


@dataclass(frozen=True, slots=True)
class Service:
    """How long after Start the archive shall have a dossier."""

    onestop_minutes: int = setting(15, doc="Promise for one-stop dossiers, from Start to the archive's receipt.",
                                   low=1, high=10_080, unit="minutes")
    archive_hours: int = setting(24, doc="Promise for archive dossiers, from Start to the archive's receipt.",
                                 low=1, high=8760, unit="hours")

    def seconds(self, stream: str) -> float:
        """Return the promise of a stream in seconds."""
        return self.onestop_minutes * 60.0 if stream == ONESTOP else self.archive_hours * 3600.0
