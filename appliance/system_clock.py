"""How far the system's clock can be trusted, as the kernel says. It is read, never set.

Linux keeps it in one record (adjtimex(2)): whoever sets the clock (chrony, timesyncd, ntpd) tells the kernel how
far it may be off, and the kernel lets that grow while nobody does. Signatures and receipts bear this clock's time.
"""

from __future__ import annotations

import ctypes
from dataclasses import dataclass

UNSYNCHRONISED, NANOSECONDS = 0x0040, 0x2000
"""STA_UNSYNC and STA_NANO of ``status`` (linux/timex.h)."""

FAILED = -1


@dataclass(frozen=True, slots=True)
class ClockReading:
    """How the clock stands.

    Attributes:
        offset: seconds that the kernel still has to make up for; positive: the clock is behind.
        most: seconds that it may be off at most.
        synchronised: whether something keeps it right.
    """

    offset: float
    most: float
    synchronised: bool


class _Timex(ctypes.Structure):
    """``struct timex`` of linux/timex.h, with room for what newer kernels add."""

    _fields_ = (
        ("modes", ctypes.c_uint), ("offset", ctypes.c_long), ("freq", ctypes.c_long), ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long), ("status", ctypes.c_int), ("rest", ctypes.c_char * 512),
    )


def read() -> ClockReading | None:
    """Return how the clock stands; None where the kernel or a sandbox does not let us ask."""
    ask = getattr(ctypes.CDLL(None, use_errno=True), "adjtimex", None)
    record = _Timex()  # modes 0: nothing is set
    if ask is None or ask(ctypes.byref(record)) == FAILED:
        return None
    unit = 1e-9 if record.status & NANOSECONDS else 1e-6
    return ClockReading(record.offset * unit, record.maxerror * 1e-6, not record.status & UNSYNCHRONISED)
