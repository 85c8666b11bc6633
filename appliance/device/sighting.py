"""What a scanner looks like before anything is decided: seen, wanted, told. Pure values of presence.py."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

NO_SERIALS = frozenset("0-. ")
"""A serial number made of these alone is none."""


class Change(StrEnum):
    """What happened to a configured device.

    STRANGER: it is not there, and what fits its profile is another's, or was seen beside it. AWAY: nothing that
    might be it is plugged in any more.
    """

    FOUND = "found"
    LOST = "lost"
    BACK = "back"
    MOVED = "moved"
    SWAPPED = "swapped"
    UNCLEAR = "unclear"
    STRANGER = "stranger"
    AWAY = "away"


class Standing(StrEnum):
    """How a configured device stands."""

    PRESENT = "present"
    ABSENT = "absent"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Sighting:
    """A scanner as it is seen now.

    Attributes:
        place: where: USB port path (``usb:1-1.2``) or announced name (``mdns:...``). One scanner a place.
        bus: ``usb`` or ``network``.
        usb_id: ``vvvv:pppp``, for USB.
        hosts: names and addresses of a network scanner, with ``ports``; ``url`` is the best way to it.
        speed: line speed in Mbit/s, for USB; 0 when unknown.
        profile: name of the profile that fits, or empty.
    """

    place: str
    bus: str = "usb"
    serial: str = ""
    model: str = ""
    maker: str = ""
    usb_id: str = ""
    url: str = ""
    hosts: tuple[str, ...] = ()
    ports: tuple[int, ...] = ()
    speed: int = 0
    profile: str = ""
    note: str = ""

    @property
    def identity(self) -> str:
        """Who it is: its serial number, else where it is."""
        return f"serial {self.serial}" if real_serial(self.serial) else f"port {self.place}"


@dataclass(frozen=True, slots=True)
class Want:
    """A configured device, as far as finding it goes. ``url`` is the address of a network device."""

    name: str
    profile: str
    serial: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing to tell about a device; ``remark`` says where it is, or what to do."""

    device: str
    change: Change
    place: str = ""
    remark: str = ""


def real_serial(serial: str) -> bool:
    """Say whether a serial number tells anything: makers ship empty ones and zeros."""
    return bool(set(serial) - NO_SERIALS)
