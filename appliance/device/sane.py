"""A scanner behind libsane (USB), as a ``Scanner``; lives in a scanner process of its own.

Every call of libsane may block, so all are made in one thread; a watchdog looks whether bytes still come.
What does not answer is cancelled first (``sane_cancel``, from a second thread). If even that does not help, this
process is of no more use and says so by raising ``HungDriver``: it ends. What cannot end is put down by the daemon
(children.py) or the service manager: SIGINT, SIGTERM, SIGKILL. The next process resets the device (sane_wedge.py).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable
from pathlib import Path
from typing import TypeVar

from appliance.core import errors
from appliance.core.errors import ApplianceError
from appliance.device.escl_feed import Turn, check_whole
from appliance.device.profile import FirmwareProfile
from appliance.device.protocol import Feeder, Status
from appliance.device.sane_cable import Cable
from appliance.device.sane_device import SaneDevice
from appliance.device.sane_frames import Frame, Ring, encode
from appliance.device.sane_status import Cause, Senses, at_rest
from appliance.device.sane_thread import CANCEL_SECONDS, HungDriver, Watch
from appliance.device.sane_wedge import WedgeMark
from appliance.device.scanner import Capabilities, RawSide, ScanSettings

log = logging.getLogger(__name__)

UNUSABLE = (errors.DEVICE_REFUSED, errors.DEVICE_WEDGED, errors.SCANNER_OTHER, errors.TOOL_MISSING)
"""What a person has to put right before anything can start."""

T = TypeVar("T")


class SaneScanner:
    """The device that libsane calls ``name``; an empty name takes the one that fits profile and ``serial``.

    Attributes:
        senses: sensors as last read, by name, buttons among them; empty when the device did not answer.
    """

    def __init__(self, name: str, profile: FirmwareProfile, serial: str = "", mark: Path | None = None) -> None:
        self._profile = profile
        self._patience = profile.transport
        self._watch = Watch(self._patience.first_byte_seconds, self._patience.stall_seconds)
        self._ring = Ring()
        self._cable = Cable(name, serial, profile, WedgeMark(mark))
        self._device = SaneDevice(self._cable, profile, self._watch)
        self._known: Capabilities | None = None
        self._scanning = self._closed = False
        self.senses: Senses = {}

    @property
    def lacking(self) -> tuple[str, ...]:
        """Options of the profile that the backend does not have, or not now."""
        return self._device.lacking

    def placed(self, place: str, *, mine: bool) -> None:
        """Take from the bus where this device is; ``mine`` false: nothing that is plugged in may be opened."""
        self._cable.place, self._cable.barred = place, not mine

    async def describe(self) -> Capabilities:
        """Ask the device who it is, and whether it takes its profile's settings; see ``Scanner.describe``.

        Raises:
            HungDriver: the driver hangs: this process must end.
        """
        look = self._device.look if self._known is None else self._device.recount
        self._known = await self._ask(look, self._patience.first_byte_seconds)
        return self._known

    async def status(self) -> Status:
        """Read the sensors, each once; while it scans the device is left alone.

        Raises:
            HungDriver: the driver hangs: this process must end.
        """
        if self._scanning and not self._watch.hung:
            return Status(Feeder.PROCESSING)
        try:
            self.senses = await self._ask(self._device.sense, self._patience.answer_seconds)
        except ApplianceError as problem:
            self.senses = {}
            return _status_of(problem)
        return _status_of(self._device.refusal) if self._device.refusal else at_rest(self.senses, self._profile)

    async def scan(self, settings: ScanSettings) -> AsyncGenerator[RawSide, None]:
        """Feed and yield sides; see ``Scanner.scan``. ``sheet`` in an error counts within this scan."""
        if self._scanning:
            raise errors.DEVICE_BUSY.error()
        self._scanning, turn = True, Turn()
        try:
            await self._watch.call(lambda: self._device.prepare(settings), self._patience.first_byte_seconds)
            while frame := await self._next(turn, settings):
                yield self._side(frame, turn, settings.dpi)
                turn = turn.after(duplex=settings.duplex)
            check_whole(turn)
        except ApplianceError as problem:
            worse = self._worse(problem)
            worse.details.setdefault("sheet", turn.sheet)
            raise worse from None
        finally:
            await self._rest()

    async def close(self) -> None:
        """Let the device and libsane go; may be called twice."""
        if self._closed:
            return
        self._closed = True
        try:
            if not self._watch.hung:
                await self._watch.call(self._device.leave, CANCEL_SECONDS)
        except ApplianceError as problem:
            log.warning("%s not let go: %s", self._cable.name, problem.code)
        self._watch.stop()

    async def _ask(self, call: Callable[[], T], seconds: float) -> T:
        """Make a call that is no scan.

        Raises:
            HungDriver: the driver hangs already.
            ApplianceError: what the call raises, DEVICE_STALLED or DEVICE_WEDGED.
        """
        if self._watch.hung:
            raise HungDriver(self._cable.name)
        try:
            return await self._watch.call(call, seconds)
        except ApplianceError as problem:
            raise self._worse(problem) from None

    def _worse(self, problem: ApplianceError) -> ApplianceError:
        """Mark a device whose driver hangs for the next process; say so when a reset has not helped before."""
        if not self._watch.hung:
            return problem
        self._cable.begins()
        return errors.DEVICE_WEDGED.error(**problem.details) if self._cable.resets else problem

    async def _rest(self) -> None:
        """End a scan on the device, whatever became of it; the mark stays when the driver has not come back."""
        try:
            if not self._watch.hung:
                await self._watch.call(self._device.end, self._patience.answer_seconds)
        except ApplianceError as problem:
            self._worse(problem)
            log.warning("scan not ended on the device: %s", problem.code)
        finally:
            self._scanning = False

    async def _next(self, turn: Turn, settings: ScanSettings) -> Frame | None:
        """Read the next side, or return None when the stack is through; a busy device is asked again."""
        clock = asyncio.get_running_loop().time
        until = clock() + self._patience.retry_seconds
        while True:
            outcome = await self._watch.call(lambda: self._device.read(self._ring, turn, settings))
            if isinstance(outcome, Frame):
                return outcome
            if outcome.cause is Cause.EMPTY:
                return None
            if outcome.cause is not Cause.BUSY or clock() >= until:
                raise outcome.error()
            await asyncio.sleep(self._patience.retry_pause_seconds)

    def _side(self, frame: Frame, turn: Turn, dpi: int) -> RawSide:
        """Return a side that capture turns into JPEG while the next one is read."""

        def develop() -> bytes:
            try:
                return encode(frame, dpi)
            finally:
                self._ring.give(frame.buffer)

        code = errors.IMAGE_TRUNCATED.code if frame.missing else ""
        return RawSide(turn.sheet, turn.side, b"", dpi, code, frame.missing, develop=develop)


def _status_of(problem: ApplianceError) -> Status:
    """Return the state of a feeder that could not be asked."""
    if problem.kind is errors.DEVICE_BUSY:
        return Status(Feeder.PROCESSING)
    if problem.kind in UNUSABLE:
        details = {key: str(value) for key, value in problem.details.items()}
        return Status(Feeder.LOST, code=problem.code, details=details)
    if problem.kind in (errors.DEVICE_LOST, errors.DEVICE_STALLED):
        return Status(Feeder.LOST)
    return Status(Feeder.HARDWARE, str(problem.details.get("text", "")))
