"""A scanner behind libsane (USB), as a ``Scanner``; lives in a scanner process of its own.

Every call of libsane may block, so all are made in one thread; a watchdog looks whether bytes still come.
What does not answer is cancelled first (``sane_cancel``, from a second thread). If even that does not help,
this process is of no more use and says so by raising from ``status``: it ends, and is killed from outside
when it cannot end (children.py, or the service manager: SIGTERM, then SIGKILL).
"""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import AsyncGenerator
from pathlib import Path

from appliance.core import errors
from appliance.core.errors import ApplianceError
from appliance.core.model import Side
from appliance.device import sane_options
from appliance.device.escl_feed import Turn, check_whole
from appliance.device.profile import FirmwareProfile
from appliance.device.protocol import Feeder, Status
from appliance.device.sane_binding import Found, Handle, Libsane, SaneFault
from appliance.device.sane_frames import Frame, Ring, encode, read_frame
from appliance.device.sane_status import Cause, Finding, Senses, Word, at_rest, find, split_of, watched
from appliance.device.sane_thread import CANCEL_SECONDS, Watch
from appliance.device.scanner import Capabilities, RawSide, ScanSettings

log = logging.getLogger(__name__)

OPEN_AGAIN_SECONDS = 1.0
"""Pause between two tries to open a device that is away: libsane looks at every port."""

BACK_SENSOR = "side"
USB_DEVICES = Path("/sys/bus/usb/devices")


class SaneScanner:
    """The device that libsane calls ``name``; an empty name takes the one that fits profile and ``serial``.

    Attributes:
        lacking: options of the profile that the backend does not have, or not now; known after a scan began.
        senses: sensors as last read, by name; buttons among them.
    """

    def __init__(self, name: str, profile: FirmwareProfile, serial: str = "") -> None:
        self._wanted = name, serial
        self._name = name
        self._profile = profile
        self._patience = profile.transport
        self._watch = Watch(self._patience.first_byte_seconds, self._patience.stall_seconds)
        self._ring = Ring()
        self._sane: Libsane | None = None
        self._handle: Handle | None = None
        self._known: Capabilities | None = None
        self._away_since = -OPEN_AGAIN_SECONDS
        self._scanning = self._closed = False
        self.lacking: tuple[str, ...] = ()
        self.senses: Senses = {}

    async def describe(self) -> Capabilities:
        """Ask the device who it is; see ``Scanner.describe``. Asked once."""
        if self._known is None:
            self._known = await self._watch.call(self._look, self._patience.first_byte_seconds)
        return self._known

    async def status(self) -> Status:
        """Read the sensors, each once; while it scans the device is left alone.

        Raises:
            ApplianceError: DEVICE_STALLED when the driver hangs for good: only a new process can help.
        """
        if self._watch.hung:
            raise Finding(Cause.STALL).error(seconds=self._patience.stall_seconds)
        if self._scanning:
            return Status(Feeder.PROCESSING)
        try:
            self.senses = await self._watch.call(self._sense, self._patience.answer_seconds)
        except ApplianceError as problem:
            return _status_of(problem)
        return at_rest(self.senses, self._profile)

    async def scan(self, settings: ScanSettings) -> AsyncGenerator[RawSide, None]:
        """Feed and yield sides; see ``Scanner.scan``. ``sheet`` in an error counts within this scan."""
        if self._scanning:
            raise errors.DEVICE_BUSY.error()
        self._scanning, turn = True, Turn()
        try:
            await self._watch.call(lambda: self._prepare(settings), self._patience.first_byte_seconds)
            while frame := await self._next(turn, settings):
                yield self._side(frame, turn, settings.dpi)
                turn = turn.after(duplex=settings.duplex)
            check_whole(turn)
        except ApplianceError as problem:
            problem.details.setdefault("sheet", turn.sheet)
            raise
        finally:
            await self._rest()

    async def close(self) -> None:
        """Let the device and libsane go; may be called twice."""
        if self._closed:
            return
        self._closed = True
        try:
            if not self._watch.hung:
                await self._watch.call(self._leave, CANCEL_SECONDS)
        except ApplianceError as problem:
            log.warning("%s not let go: %s", self._name, problem.code)
        self._watch.stop()

    async def _rest(self) -> None:
        """End a scan on the device, whatever became of it."""
        try:
            if not self._watch.hung and self._handle is not None:
                await self._watch.call(self._handle.cancel, self._patience.answer_seconds)
        except ApplianceError as problem:
            log.warning("scan not ended on the device: %s", problem.code)
        finally:
            self._scanning = False

    async def _next(self, turn: Turn, settings: ScanSettings) -> Frame | None:
        """Read the next side, or return None when the stack is through; a busy device is asked again."""
        clock = asyncio.get_running_loop().time
        until = clock() + self._patience.retry_seconds
        while True:
            outcome = await self._watch.call(lambda: self._read(turn, settings))
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

    # ---- in the driver's thread ----

    def _read(self, turn: Turn, settings: ScanSettings) -> Frame | Finding:
        handle = self._opened()
        try:
            frame = read_frame(handle, self._ring, self._watch.pulse.moved)
            self._check_face(handle, turn, settings)
        except SaneFault as fault:
            return self._why(handle, fault)
        return frame

    def _check_face(self, handle: Handle, turn: Turn, settings: ScanSettings) -> None:
        """Refuse a back where a front is due: from there on every sheet would be paired wrongly."""
        if not settings.duplex or BACK_SENSOR not in handle.descriptors():
            return
        if bool(handle.get(BACK_SENSOR)) is not (turn.side is Side.BACK):
            raise errors.DEVICE_FAULT.error(text=f"not the {turn.side.value} of sheet {turn.sheet}")

    def _why(self, handle: Handle, fault: SaneFault) -> Finding:
        """Ask the sensors what is behind a status; a device that is gone is let go."""
        split = split_of(self._profile, fault.word)
        asked = split.sensors or (watched(self._profile) if fault.word is Word.IO_ERROR else ())
        try:
            senses: Senses | None = _read_sensors(handle, asked)
        except SaneFault:
            senses = None
        finding = find(fault.word, senses, split)
        log.info("%s %s: %s %s", fault.where, fault.word.name, finding.cause, finding.text)
        if finding.cause is Cause.LOST:
            self._leave()
        return finding

    def _look(self) -> Capabilities:
        handle = self._opened()
        options = handle.descriptors()
        listed = [found for found in self._devices() if found.name == self._name]
        model = f"{listed[0].vendor} {listed[0].model}" if listed else self._profile.model
        try:
            serial, firmware = self._serial(handle), self._firmware(handle)
        except SaneFault as fault:
            raise self._why(handle, fault).error() from None
        return Capabilities(model, serial, firmware, sane_options.resolutions(options.get("resolution")),
                            sane_options.scans_both_sides(options), sane_options.scans_colour(options))

    def _sense(self) -> Senses:
        handle = self._opened()
        try:
            return _read_sensors(handle, watched(self._profile))
        except SaneFault as fault:
            raise self._why(handle, fault).error() from None

    def _prepare(self, settings: ScanSettings) -> None:
        handle = self._opened()
        try:
            lacking = sane_options.prepare(handle, self._profile, settings)
        except SaneFault as fault:
            if fault.word in (Word.INVAL, Word.UNSUPPORTED):
                raise errors.DEVICE_REFUSED.error(text=fault.where) from None
            raise self._why(handle, fault).error() from None
        if lacking != self.lacking:
            log.warning("%s has no option %s", self._name, ", ".join(lacking))
        self.lacking = lacking

    def _opened(self) -> Handle:
        """Return the open device, opening it if need be.

        Raises:
            ApplianceError: DEVICE_LOST, DEVICE_BUSY, DEVICE_REFUSED, TOOL_MISSING.
        """
        if self._handle is not None:
            return self._handle
        if time.monotonic() < self._away_since + OPEN_AGAIN_SECONDS:
            raise Finding(Cause.LOST).error()
        self._leave()  # what libsane knew of the cables is old
        self._sane = Libsane()
        try:
            self._name = self._wanted[0] or self._only_one(self._devices())
            self._handle = self._sane.open(self._name)
        except SaneFault as fault:
            self._leave()
            raise self._not_opened(fault) from None
        self._watch.cancel = self._handle.cancel
        return self._handle

    def _not_opened(self, fault: SaneFault) -> ApplianceError:
        if fault.word is Word.DEVICE_BUSY:
            return errors.DEVICE_BUSY.error()
        if fault.word is Word.ACCESS_DENIED:
            return errors.DEVICE_REFUSED.error(text=str(fault))
        self._away_since = time.monotonic()
        return errors.DEVICE_LOST.error(text=fault.word.name)

    def _leave(self) -> None:
        self._watch.cancel = None
        if self._handle is not None:
            self._handle.close()
        if self._sane is not None:
            self._sane.close()
        self._handle = self._sane = None

    def _devices(self) -> list[Found]:
        assert self._sane is not None
        return self._sane.devices()

    def _only_one(self, listed: list[Found]) -> str:
        wanted = self._profile
        fitting = [found for found in listed if re.search(wanted.match.model, f"{found.vendor} {found.model}")
                   and found.name.partition(":")[0] == (wanted.driver.sane_backend or found.name.partition(":")[0])
                   and self._wanted[1] in ("", serial_in(found.name, USB_DEVICES))]
        if not fitting:
            self._away_since = time.monotonic()
            raise errors.DEVICE_LOST.error(text=wanted.model)
        if len(fitting) > 1:
            raise errors.DEVICE_REFUSED.error(text=f"{len(fitting)} x {wanted.model}: sane_device")
        return fitting[0].name

    def _serial(self, handle: Handle) -> str:
        for name in (self._profile.identity.serial_option, "serial-number"):
            if name and name in handle.descriptors():
                return str(handle.get(name))
        return serial_in(self._name, USB_DEVICES)

    def _firmware(self, handle: Handle) -> str:
        option = self._profile.firmware.option
        return str(handle.get(option)) if option and option in handle.descriptors() else ""


def serial_in(name: str, usb: Path) -> str:
    """Return what identifies the device behind a SANE name: its USB serial number, else part of the name.

    ``libusb:BBB:DDD`` changes with every plug, so it is looked up below ``usb`` (as /sys/bus/usb/devices); other
    names end in a serial number (``fujitsu:fi-8170:12345``) or identify a device as a whole.
    """
    if numbers := re.search(r"libusb:(\d{3}):(\d{3})", name):
        for device in sorted(usb.glob("*/serial")):
            place = [(device.parent / part).read_text().strip() for part in ("busnum", "devnum")]
            if [int(part) for part in place] == [int(part) for part in numbers.groups()]:
                return device.read_text().strip()
        return name.partition(":libusb")[0]
    return name.rsplit(":", 1)[-1] if name.count(":") >= 2 else name


def _read_sensors(handle: Handle, names: tuple[str, ...]) -> Senses:
    """Read each sensor that the backend has once: reading one twice costs a command on the cable."""
    table = handle.descriptors()
    return {name: int(handle.get(name)) for name in names if name in table and table[name].active
            and table[name].kind in (sane_options.Kind.BOOL, sane_options.Kind.INT)}


def _status_of(problem: ApplianceError) -> Status:
    """Return the state of a feeder that could not be asked."""
    if problem.kind in (errors.DEVICE_LOST, errors.DEVICE_STALLED, errors.TOOL_MISSING):
        return Status(Feeder.LOST)
    if problem.kind is errors.DEVICE_BUSY:
        return Status(Feeder.PROCESSING)
    return Status(Feeder.HARDWARE, str(problem.details.get("text", "")))
