"""Settings of the host's clock (``[clock]``): who says that it is right, and when nothing is signed by it."""

from __future__ import annotations

from dataclasses import dataclass

from appliance.core.tables import setting


@dataclass(frozen=True, slots=True)
class Clock:
    """The host's clock, whose time stands in signatures."""

    watch: str = setting("off", doc="Who says whether the clock is right: chrony (chronyd on this host is asked), "
                         "kernel (what whoever sets the clock has told the kernel), off (nobody is asked, and "
                         "signing never waits for the clock).", choices=("off", "kernel", "chrony"))
    max_offset_s: float = setting(60.0, doc="Nothing is signed while the clock may be off by more than this.",
                                  low=0.1, high=300, unit="seconds")
    chrony_port: int = setting(323, doc="Port on the loopback on which chronyd is asked (its cmdport).",
                               low=1, high=65535)
