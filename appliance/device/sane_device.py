"""An open SANE device and what is asked of it, one blocking call after the other. Driver's thread only.

Methods raise ApplianceError; what a status means is judged from the sensors.
"""

from __future__ import annotations

import logging
import time
from dataclasses import replace

from appliance.core import errors
from appliance.core.errors import ApplianceError
from appliance.core.model import Side
from appliance.device import sane_identity, sane_options
from appliance.device.escl_feed import Turn
from appliance.device.profile import FirmwareProfile
from appliance.device.sane_binding import Handle, SaneFault
from appliance.device.sane_cable import Cable
from appliance.device.sane_frames import Frame, Ring, read_frame
from appliance.device.sane_status import Cause, Finding, Senses, Word, find, split_of, watched
from appliance.device.sane_thread import Watch
from appliance.device.scanner import Capabilities, ScanSettings

log = logging.getLogger(__name__)

BACK_SENSOR = "side"
USUAL_DPI = 300
NOT_THIS = {Side.FRONT: "không phải mặt trước / not the front: tờ / sheet",
            Side.BACK: "không phải mặt sau / not the back: tờ / sheet"}

REHEARSE_SECONDS = 10.0
"""How often a device that refused its settings is tried again: somebody may have set it right on its panel."""


class SaneDevice:
    """The device at the end of ``cable``; ``watch`` learns how to cancel it, and of every byte that comes.

    Attributes:
        lacking: options of the profile that the backend does not have, or not now.
        refusal: why it does not take the settings of its profile, or None.
    """

    def __init__(self, cable: Cable, profile: FirmwareProfile, watch: Watch) -> None:
        self._cable = cable
        self._profile = profile
        self._watch = watch
        self._known: Capabilities | None = None
        self._looked_at = 0
        self._rehearsed = 0.0
        self.lacking: tuple[str, ...] = ()
        self.refusal: ApplianceError | None = None

    def look(self) -> Capabilities:
        """Ask the device who it is; set everything as for a scan, so that what is wrong is known before one."""
        handle = self._right_one()
        try:
            self._known, self._looked_at = sane_identity.identify(self._cable, self._profile), self._cable.openings
            self._rehearse(handle, self._known)
        except SaneFault as fault:
            raise self._why(handle, fault).error() from None
        self._cable.answered()
        return replace(self._known, lacking=self.lacking)

    def recount(self) -> Capabilities:
        """Ask a device that is known what it has counted since."""
        handle = self._right_one()
        if self._known is None or self._cable.openings != self._looked_at:
            return self.look()  # it was away: this may be another one
        try:
            counters = sane_identity.counters(handle, self._profile)
        except SaneFault as fault:
            raise self._why(handle, fault).error() from None
        self._known = replace(self._known, counters=counters)
        return replace(self._known, lacking=self.lacking)

    def sense(self) -> Senses:
        """Read the sensors that matter while it is idle, each once; now and then try again what it refused."""
        handle = self._right_one()
        try:
            if self.refusal and self._known and time.monotonic() > self._rehearsed + REHEARSE_SECONDS:
                self._rehearse(handle, self._known)
            return sane_identity.read_sensors(handle, watched(self._profile))
        except SaneFault as fault:
            raise self._why(handle, fault).error() from None

    def prepare(self, settings: ScanSettings) -> None:
        """Set all options for a scan that begins now.

        Raises:
            ApplianceError: DEVICE_REFUSED, SCANNER_OTHER, or why the device does not answer.
        """
        handle = self._right_one()
        self._cable.begins()
        try:
            lacking = self._settle(handle, settings)
        except SaneFault as fault:
            raise self._why(handle, fault).error() from None
        if lacking and lacking != self.lacking:
            log.warning("%s has no option %s", self._cable.name, ", ".join(lacking))
        self.lacking, self.refusal = lacking, None

    def read(self, ring: Ring, turn: Turn, settings: ScanSettings) -> Frame | Finding:
        """Read the next side whole; return why there is none when the feed cannot go on."""
        handle = self._opened()
        try:
            frame = read_frame(handle, ring, self._watch.pulse.moved)
            self._check_face(handle, turn, settings)
        except SaneFault as fault:
            return self._why(handle, fault)
        self._cable.brought()
        return frame

    def end(self) -> None:
        """End a scan on the device."""
        if self._cable.handle is not None:
            self._cable.handle.cancel()
        self._cable.answered()

    def leave(self) -> None:
        """Let the device and libsane go; may be called twice."""
        self._watch.cancel = None
        self._cable.leave()

    def _rehearse(self, handle: Handle, known: Capabilities) -> None:
        self._rehearsed, self.refusal, self.lacking = time.monotonic(), None, known.lacking
        dpi = USUAL_DPI if USUAL_DPI in known.resolutions or not known.resolutions else max(known.resolutions)
        try:
            self.lacking = self._settle(handle, ScanSettings(dpi, known.duplex))
        except ApplianceError as problem:
            log.error("%s cannot be used: %s", self._cable.name, problem.en)
            self.refusal = problem

    def _settle(self, handle: Handle, settings: ScanSettings) -> tuple[str, ...]:
        """Set the options; what the backend does not take is refused by the option's name."""
        try:
            return sane_options.prepare(handle, self._profile, settings)
        except SaneFault as fault:
            if fault.word in (Word.INVAL, Word.UNSUPPORTED):
                raise errors.DEVICE_REFUSED.error(text=fault.where) from None
            raise

    def _check_face(self, handle: Handle, turn: Turn, settings: ScanSettings) -> None:
        """Refuse a back where a front is due: from there on every sheet would be paired wrongly."""
        if not settings.duplex or BACK_SENSOR not in handle.descriptors():
            return
        if bool(handle.get(BACK_SENSOR)) is not (turn.side is Side.BACK):
            raise errors.DEVICE_FAULT.error(text=f"{NOT_THIS[turn.side]} {turn.sheet}")

    def _why(self, handle: Handle, fault: SaneFault) -> Finding:
        """Ask the sensors what is behind a status; a device that is gone is let go."""
        split = split_of(self._profile, fault.word)
        broken = fault.word is Word.IO_ERROR
        asked = split.sensors or (watched(self._profile) if broken else ())
        try:
            senses: Senses | None = sane_identity.read_afresh(handle, asked)
        except SaneFault:
            senses = None
        if broken and self._cable.unplugged():
            senses = None
        finding = find(fault.word, senses, split)
        log.info("%s %s: %s %s", fault.where, fault.word.name, finding.cause, finding.text)
        if finding.cause is Cause.LOST:
            self.leave()
        return finding

    def _right_one(self) -> Handle:
        """Return the open device, once it is the one that the bus takes for this one; never in mid scan."""
        self._cable.leave_another()
        return self._opened()

    def _opened(self) -> Handle:
        handle = self._cable.opened()
        self._watch.cancel = handle.cancel
        return handle
