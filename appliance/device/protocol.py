"""What a scanner process and the daemon say to each other (core/wire.py), as typed values.

Scanner process to daemon: ``hello`` at once, and again when the device has said who it is; ``status`` on
change and after every scan; ``pressed`` when Start was pressed on the idle device; ``side`` for each
durable side; ``ended`` once a scan. Daemon to scanner process: ``scan``, ``ack``, ``cancel``, ``gone``, ``at``. A
side is not started before the side two before it is acknowledged (``WINDOW``).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from appliance.core.model import Master, Side

WINDOW = 2
"""Sides on their way without an acknowledgement, at most (design: capture)."""


class Feeder(StrEnum):
    """Normalised state of the feeder, of every driver."""

    LOADED = "loaded"
    EMPTY = "empty"
    PROCESSING = "processing"
    JAM = "jam"
    MULTIFEED = "multifeed"
    COVER = "cover"
    WRONG_PAPER = "wrong_paper"
    HARDWARE = "hardware"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Hello:
    """Who connects. ``serial`` is the device's identity.

    Attributes:
        options_hash: SHA-256 of the driver's table of options, empty when it has none; another one than before
            means another driver or firmware.
        lacking: options of the profile that the driver does not have.
        counters: what the device itself has counted, by name.
    """

    device: str
    model: str
    serial: str
    firmware: str
    profile: str
    pid: int
    options_hash: str = ""
    lacking: tuple[str, ...] = ()
    counters: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Status:
    """What the feeder is like now; ``text`` is the device's own word for what we do not know.

    Attributes:
        code: why the device cannot be used at all until somebody mends it; empty when it can, or is only away.
        details: what fills the text of that code.
    """

    feeder: Feeder
    text: str = ""
    code: str = ""
    details: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Pressed:
    """Start was pressed on the device. ``function`` is the number it shows, 0 when it shows none."""

    button: str
    function: int = 0


@dataclass(frozen=True, slots=True)
class Scan:
    """Scan from the feeder until it is empty. The first sheet fed is ``first_sheet``."""

    batch: str
    first_sheet: int
    attempt: int
    dpi: int
    duplex: bool
    masters: str
    max_pixels: int


@dataclass(frozen=True, slots=True)
class SideDone:
    """A side is durable. ``code`` names why the image is damaged (then the page is held); empty is good.

    Attributes:
        seconds: from asking the device for the side to its being durable.
        idle: seconds of the time before it in which the device could have fed and this host kept it waiting.
    """

    batch: str
    sheet: int
    side: Side
    attempt: int
    master: Master
    code: str = ""
    reason: str = ""
    seconds: float = 0.0
    idle: float = 0.0


@dataclass(frozen=True, slots=True)
class Ack:
    """The ledger holds this side."""

    batch: str
    sheet: int
    side: Side


@dataclass(frozen=True, slots=True)
class Ended:
    """The scan is over. ``code`` empty: the feeder is empty and all is captured; ``details`` fill its text."""

    batch: str
    sheets: int
    code: str = ""
    reason: str = ""
    details: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Cancel:
    """Stop feeding now."""

    batch: str


@dataclass(frozen=True, slots=True)
class Gone:
    """The device was unplugged (udev said so): what is being scanned ends as DEVICE_LOST."""


@dataclass(frozen=True, slots=True)
class At:
    """Where the bus sees this device; none elsewhere may be opened for it.

    Attributes:
        place: USB port path (``usb:1-1.2``), or empty when the bus does not know it.
        mine: false: what is plugged in is not this device, or nobody knows whether it is; nothing may be opened.
    """

    place: str = ""
    mine: bool = True
