"""The way to one device through libsane: found, set free if it is locked up, opened, let go."""

from __future__ import annotations

import logging
import time

from appliance.core import errors
from appliance.core.errors import ApplianceError
from appliance.device import sane_wedge, usb_device
from appliance.device.profile import FirmwareProfile
from appliance.device.sane_binding import Found, Handle, Libsane, SaneFault
from appliance.device.sane_choice import Whom, elsewhere
from appliance.device.sane_descriptor import fingerprint
from appliance.device.sane_status import Cause, Finding, Word
from appliance.device.sane_wedge import Trace, WedgeMark
from appliance.device.usb_device import UsbDevice

log = logging.getLogger(__name__)

OPEN_AGAIN_SECONDS = 1.0
"""Pause between two tries to open a device that is away: libsane looks at every port."""


class Cable:
    """The device that libsane calls ``name``; an empty name takes the one that fits profile and ``serial``.

    Attributes:
        name: the device's SANE name, once it was found.
        handle: the open device, or None.
        usb: the USB device behind it, as far as that can be told.
        options_hash: fingerprint of its options as they were when it was opened.
        openings: how often it was opened.
        resets: how often it was reset since a whole side last came.
        place: where the bus sees this device, or empty: no other one is opened.
        barred: nothing is opened: what is plugged in is not this device, or nobody knows whether it is.
    """

    def __init__(self, name: str, serial: str, profile: FirmwareProfile, mark: WedgeMark) -> None:
        self._whom = Whom(name, serial, profile)
        self._mark = mark
        self._sane: Libsane | None = None
        self._away_since = -OPEN_AGAIN_SECONDS
        self._away: ApplianceError = Finding(Cause.LOST).error()
        self._set_free_once = False
        self.name = name
        self.handle: Handle | None = None
        self.usb: UsbDevice | None = None
        self.options_hash = ""
        self.openings = 0
        self.resets = 0
        self.place = ""
        self.barred = False

    def opened(self) -> Handle:
        """Return the open device, opening it if need be.

        Raises:
            ApplianceError: DEVICE_LOST, DEVICE_BUSY, DEVICE_REFUSED, SCANNER_OTHER, DEVICE_WEDGED, TOOL_MISSING.
        """
        if self.handle is not None:
            return self.handle
        if self.barred:
            raise errors.DEVICE_LOST.error(text=self.name)
        if time.monotonic() < self._away_since + OPEN_AGAIN_SECONDS:
            raise self._away
        self.leave()  # what libsane knew of the cables is old
        self._set_free()
        self._sane = Libsane()
        try:
            self.name = self._whom.name or self._whom.among(self.listed(), self.place)
            self.handle = self._sane.open(self.name)
            self._look_for_usb()
            self._whom.refuse_another(self.handle, self.name, self.usb, self.place)
        except (SaneFault, ApplianceError) as problem:
            self.leave()
            raise self._not_opened(problem) from None
        self.options_hash = fingerprint(self.handle.descriptors())
        self.openings += 1
        return self.handle

    def leave_another(self) -> None:
        """Let an open device go that the bus says is not this one, so that the right one is opened next."""
        if self.handle is not None and (self.barred or elsewhere(self.usb, self.place)):
            log.warning("%s let go: it is not the scanner at %s", self.name, self.place or "any place")
            self.leave()

    def leave(self) -> None:
        """Let device and library go; may be called twice."""
        if self.handle is not None:
            self.handle.close()
        if self._sane is not None:
            self._sane.close()
        self.handle = self._sane = None

    def listed(self) -> list[Found]:
        """Return what libsane lists now; the library must be in use."""
        assert self._sane is not None
        return self._sane.devices()

    def unplugged(self) -> bool:
        """Say whether the kernel has lost the USB device that was opened; false where nobody can tell."""
        return self.usb is not None and self.usb not in usb_device.attached(usb_device.LISTED)

    def begins(self) -> None:
        """Mark the device as scanning."""
        self._mark.leave(Trace(self.usb.place if self.usb else "", self.resets))

    def brought(self) -> None:
        """Take note that a whole side came: the device works."""
        if self.resets:
            self.resets = 0
            self.begins()

    def answered(self) -> None:
        """Take the mark away: the driver has come back, with an answer or from a scan."""
        self._mark.clear()

    def _look_for_usb(self) -> None:
        self.usb = self._whom.behind(self.name, usb_device.attached(usb_device.LISTED))

    def _set_free(self) -> None:
        """Reset a device in whose scan the process before has died, unless somebody has turned it off and on."""
        trace = self._mark.read()
        if trace is None:
            return
        self._look_for_usb()
        place = self.usb.place if self.usb else ""
        if not sane_wedge.same_device(trace, place):
            self._mark.clear()
            self.resets = 0
            return
        if not self._set_free_once:  # a reset that did not help does not help a second time
            self._set_free_once = True
            self._reset()
            after = sane_wedge.after_reset(trace, place)
            self._mark.leave(after)
            self.resets = after.resets

    def _reset(self) -> None:
        if self.usb is None:
            return
        try:
            usb_device.reset(self.usb.node(usb_device.NODES))
            log.warning("USB device %s reset: a scan on it never ended", self.usb.place)
        except OSError as problem:
            log.warning("USB device %s not reset: %s", self.usb.place, problem.strerror)

    def _not_opened(self, problem: SaneFault | ApplianceError) -> ApplianceError:
        """Return what it means that the device was not opened; one that is away is not tried again at once."""
        word = problem.word if isinstance(problem, SaneFault) else Word.INVAL
        there = self.usb is not None and not self.unplugged()
        another = isinstance(problem, ApplianceError) and problem.kind is errors.SCANNER_OTHER
        if not another and self.resets and (there or word is not Word.INVAL):
            found = errors.DEVICE_WEDGED.error()
        elif isinstance(problem, ApplianceError):
            found = problem
        elif word is Word.DEVICE_BUSY:
            return errors.DEVICE_BUSY.error()
        elif word is Word.ACCESS_DENIED:
            return errors.DEVICE_REFUSED.error(text=str(problem))
        else:
            found = errors.DEVICE_LOST.error(text=word.name)
        self._away_since, self._away = time.monotonic(), found
        return found
