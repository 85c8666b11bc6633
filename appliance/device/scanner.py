"""What every driver offers: one small protocol, spoken inside a scanner process."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from typing import Protocol, runtime_checkable

from appliance.core.model import Side
from appliance.device.protocol import Status


@dataclass(frozen=True, slots=True)
class Capabilities:
    """Who the device is and what it can do. ``serial`` is its identity across ports and names.

    ``options_hash``, ``lacking`` and ``counters`` as in ``protocol.Hello``.
    """

    model: str
    serial: str
    firmware: str
    resolutions: tuple[int, ...]
    duplex: bool
    colour: bool
    options_hash: str = ""
    lacking: tuple[str, ...] = ()
    counters: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ScanSettings:
    """What a scan asks for; colour, 24 bit, always.

    Attributes:
        first_sheet: number in the batch of the first sheet that is fed. Paper needs it not; a folder
            finds with it its place in a file of many pages.
        batch: whose paper this is; a scan that goes on has the batch of the one before it.
    """

    dpi: int
    duplex: bool
    first_sheet: int = 1
    batch: str = ""


@dataclass(frozen=True, slots=True)
class RawSide:
    """One side as the device sent it. ``sheet`` counts from 1 within this scan.

    Attributes:
        data: image bytes as received; may be damaged (capture.py judges that).
        dpi: resolution these bytes have, 0 when unknown.
        code: error code when the driver already knows that the image is bad.
        original: bytes of the file the image was made from, when it is not the file itself.
        orientation: 1..8 as Exif counts, when something outside these bytes says it; 0: their header does.
        develop: makes ``data`` from a raw frame; capture calls it once, in another thread.
        recorded: capture calls it once the ledger holds the side; what is yielded with it may be forgotten then.
    """

    sheet: int
    side: Side
    data: bytes
    dpi: int
    code: str = ""
    reason: str = ""
    original: bytes = b""
    orientation: int = 0
    develop: Callable[[], bytes] | None = None
    recorded: Callable[[], None] | None = None

    def developed(self) -> RawSide:
        """Return this side with its image bytes made; to be called once."""
        return self if self.develop is None else replace(self, data=self.develop(), develop=None)


@runtime_checkable
class Placed(Protocol):
    """A driver that opens only what the bus takes for its device."""

    def placed(self, place: str, *, mine: bool) -> None:
        """Take where the device is (``usb:1-1.2``; empty: unknown); ``mine`` false: open nothing until told anew.

        Not for a scan under way: the next call that is no part of it takes note.
        """


class Scanner(Protocol):
    """A device. Methods raise ApplianceError with a D-code; DEVICE_LOST may be tried again for ever."""

    async def describe(self) -> Capabilities:
        """Ask the device who it is. May be called at any time, any number of times."""

    async def status(self) -> Status:
        """Ask for the state of the feeder. Never raises for a device that is away: Feeder.LOST."""

    def scan(self, settings: ScanSettings) -> AsyncIterator[RawSide]:
        """Feed and yield sides in order, front before back, until the feeder is empty.

        Closing the iterator cancels the scan on the device. A side is asked of the device only when
        the consumer asks for it.

        Raises:
            ApplianceError: NO_PAPER when nothing could be fed; PAPER_JAM, COVER_OPEN, DOUBLE_FEED,
                DEVICE_LOST, DEVICE_BUSY, DEVICE_STALLED, PAPER_PUT_WRONG, DEVICE_FAULT when the feed broke off.
        """

    async def close(self) -> None:
        """Let the device go; may be called twice."""
