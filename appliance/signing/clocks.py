"""Compares the host's clock with those of time-stamping authorities, and says which one is wrong. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from appliance.core import errors

TOLERANCE = 300.0
"""Seconds that the host and an authority may differ."""

SYNCHRONISED = Path("/run/systemd/timesync/synchronized")
"""There while systemd-timesyncd holds the host's clock right."""


@dataclass
class Clocks:
    """What each authority's clock shows, by its address, counted from the host's uninterrupted clock.

    So a host whose own time was set meanwhile does not take what it heard before for a second opinion.
    ``watched``: the daemon asks for signatures only while the host's clock is known to be right (``[clock]``).
    """

    synchronised: Path = SYNCHRONISED
    watched: bool = False
    shown: dict[str, float] = field(default_factory=dict)

    def compare(self, name: str, ahead: float, now: float, uninterrupted: float) -> None:
        """Note that an authority is ``ahead`` of a host whose clocks show ``now`` and ``uninterrupted``; seconds.

        Raises:
            ApplianceError: HOST_CLOCK_WRONG or TSA_CLOCK_WRONG when it is more than five minutes.
        """
        self.shown[name] = now + ahead - uninterrupted
        if abs(ahead) <= TOLERANCE:
            return
        others = [shown + uninterrupted - now for other, shown in self.shown.items() if other != name]
        kind, why = _judge(ahead, others, self.watched or self.synchronised.exists())
        way = "behind" if ahead > 0 else "ahead of"
        raise kind.error(seconds=round(abs(ahead)), reason=f"this host is {way} {name}; {why}")


def _judge(seconds: float, others: Sequence[float], synchronised: bool) -> tuple[errors.Kind, str]:
    """Say whose clock is wrong: two that agree are right, else whoever is set by NTP."""
    if any(abs(ahead) <= TOLERANCE for ahead in others):
        return errors.TSA_CLOCK_WRONG, "another authority agrees with this host"
    if any(abs(ahead - seconds) <= TOLERANCE for ahead in others):
        return errors.HOST_CLOCK_WRONG, "another authority says so too"
    if synchronised:
        return errors.TSA_CLOCK_WRONG, "this host is set by NTP"
    return errors.HOST_CLOCK_WRONG, "this host is not known to be set by NTP"
