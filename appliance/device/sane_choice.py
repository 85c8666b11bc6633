"""Which of the devices that libsane lists is the configured one, and whether the one that was opened is it.

Two may say so: the settings (``device.serial``) and the bus (the port at which discovery sees this device).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from appliance.core import errors
from appliance.device import usb_device
from appliance.device.profile import FirmwareProfile
from appliance.device.sane_binding import Found, Handle
from appliance.device.sighting import real_serial
from appliance.device.usb_device import UsbDevice

SERIAL = "serial-number"

ON_USB = "usb:"
"""How the place of a USB device begins (sighting.py); then comes its port."""


@dataclass(frozen=True, slots=True)
class Whom:
    """Who is wanted.

    Attributes:
        name: its SANE name in the settings, or empty: the one that fits.
        serial: its serial number in the settings, or empty.
        profile: its firmware profile.
    """

    name: str
    serial: str
    profile: FirmwareProfile

    def among(self, listed: Iterable[Found], place: str) -> str:
        """Return the SANE name of the device; ``place``: where the bus sees it, or empty.

        Raises:
            ApplianceError: DEVICE_LOST when it is not listed, DEVICE_REFUSED when several fit.
        """
        attached = usb_device.attached(usb_device.LISTED)
        fitting = [found for found in listed if self._fits(found, attached)
                   and elsewhere(self.behind(found.name, attached), place) is not True]
        if not fitting:
            raise errors.DEVICE_LOST.error(text=self.profile.model)
        if len(fitting) > 1:
            raise errors.DEVICE_REFUSED.error(text=f"{len(fitting)} x {self.profile.model}: device.serial")
        return fitting[0].name

    def behind(self, name: str, attached: list[UsbDevice]) -> UsbDevice | None:
        """Return the USB device behind a SANE name, as far as that can be told."""
        return usb_device.behind(name, self.profile.match.usb, attached)

    def refuse_another(self, handle: Handle, name: str, usb: UsbDevice | None, place: str) -> None:
        """Refuse the open device ``name`` when it is another one than the settings or the bus say.

        Raises:
            ApplianceError: SCANNER_OTHER: another serial number; DEVICE_LOST: at another port.
            SaneFault: it does not say who it is.
        """
        if elsewhere(usb, place):
            raise errors.DEVICE_LOST.error(text=place)
        told = [text for text in (option_serial(handle, self.profile), number_in(name), usb.serial if usb else "")
                if real_serial(text)]
        if self.serial and told and self.serial not in told:
            raise errors.SCANNER_OTHER.error(serial=told[0], wanted=self.serial)

    def _fits(self, found: Found, attached: list[UsbDevice]) -> bool:
        backend = self.profile.driver.sane_backend
        return (re.search(self.profile.match.model, f"{found.vendor} {found.model}") is not None
                and backend in ("", found.name.partition(":")[0])
                and self.serial in ("", serial_in(found.name, attached)))


def elsewhere(usb: UsbDevice | None, place: str) -> bool:
    """Say whether a device hangs on another port than ``place``; false where nobody can tell."""
    told = usb is not None and usb.port and place.startswith(ON_USB)
    return bool(told) and usb is not None and place != f"{ON_USB}{usb.port}"


def option_serial(handle: Handle, profile: FirmwareProfile) -> str:
    """Return the serial number that the driver tells as an option, or empty. Raises SaneFault."""
    for name in (profile.identity.serial_option, SERIAL):
        if name and name in handle.descriptors():
            return str(handle.get(name))
    return ""


def number_in(name: str) -> str:
    """Return the serial number that a SANE name ends in (``fujitsu:fi-8170:12345``), or empty."""
    return name.rsplit(":", 1)[-1] if name.count(":") >= 2 and "libusb:" not in name else ""


def serial_in(name: str, found: list[UsbDevice]) -> str:
    """Return what identifies the device behind a SANE name: its USB serial number, else part of the name.

    ``libusb:BBB:DDD`` changes with every plug, so it is looked up in ``found``; other names end in a serial
    number (``fujitsu:fi-8170:12345``) or identify a device as a whole.
    """
    if "libusb:" in name:
        device = usb_device.behind(name, (), found)
        return device.serial if device and device.serial else name.partition(":libusb")[0]
    return number_in(name) or name
