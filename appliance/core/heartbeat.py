"""The synthetic page of every morning, as settings, and how its dossiers are told from those of papers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from appliance.core import errors
from appliance.core.tables import setting

SERIES = "HEARTBEAT."
"""What stands in the code of every synthetic dossier: the test series at the archive. No paper has such a code."""

TEST = "TEST"
"""What METS says of a package that holds no record (RECORDSTATUS, Circular 05/2025 and E-ARK SIP)."""

STAGES = ("capture", "analyse", "read", "assemble", "sign", "pack", "upload")
"""The stages of the road in their order; ``upload`` ends with the receipt."""

TOTAL = "total"


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """A page that the appliance draws itself and sends the whole road to the archive (docs/heartbeat.md)."""

    enabled: bool = setting(False, doc="Whether a synthetic page goes the whole road every day. The archive must "
                            "know the test series first (docs/heartbeat.md).")
    at: str = setting("06:30", doc="From when on each day, in Vietnamese time; a host that starts later sends it "
                      "then.", pattern=r"([01][0-9]|2[0-3]):[0-5][0-9]")
    jitter_minutes: int = setting(20, doc="Each office has its own moment within so many minutes after that.",
                                  low=0, high=720, unit="minutes")
    minutes: int = setting(15, doc="From its capture to its receipt; then it is given up, and that is told.", low=1,
                           high=240, unit="minutes")
    again_minutes: int = setting(60, doc="One that did not arrive is followed by another after so long, then after "
                                 "twice that, at most 8 hours; 0: only on the next morning.", low=0, high=1440,
                                 unit="minutes")
    job: str = setting("", doc="Job whose rule profile, signature and package it gets. The agency must be "
                       "who signs it: no person is there. Empty: the first that the agency signs.")


def check_heartbeat(settings: Heartbeat, jobs: Iterable[str]) -> None:
    """Refuse a heartbeat of a job that is not there; ``jobs`` are the names of those that are.

    Raises:
        ApplianceError: CONFIG_BAD_VALUE.
    """
    known = sorted({"default", *jobs})
    if settings.job and settings.job not in known:
        raise errors.CONFIG_BAD_VALUE.error(key="heartbeat.job", value=settings.job, allowed=", ".join(known))


def is_test(status: str, file_code: str) -> bool:
    """Say whether a package is of the test series: both what it says of itself and its code must say so.

    The office's code stands before it, and the archive's own may stand before both (arcFileCode).
    """
    return status == TEST and f".{SERIES}" in f".{file_code}"
