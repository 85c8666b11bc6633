"""Which of the scanners that libsane lists is the configured one: by serial number, by the port the bus tells."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest

from appliance.core import errors
from appliance.core.errors import ApplianceError, Kind
from appliance.device import profile, usb_device
from appliance.device.sane_binding import Found, Handle
from appliance.device.sane_choice import Whom, elsewhere
from appliance.device.usb_device import UsbDevice

CANON = profile.load("canon_dr-m160ii")
LEFT, RIGHT = (Found(f"canon_dr:libusb:001:00{number}", "CANON", "DR-M160II") for number in (7, 8))


@dataclass
class Opened:
    """An open device; ``options`` are what its driver tells."""

    options: dict[str, str] = field(default_factory=dict)

    def descriptors(self) -> dict[str, str]:
        return self.options

    def get(self, name: str) -> str:
        return self.options[name]


@pytest.fixture(autouse=True)
def twins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[UsbDevice]:
    vendor, product = CANON.match.usb[0].split(":")
    for port, number, serial in (("1-1", "7", "A1"), ("1-2", "8", "B2")):
        (tmp_path / port).mkdir()
        told = {"busnum": "1", "devnum": number, "idVendor": vendor, "idProduct": product, "serial": serial}
        for name, text in told.items():
            (tmp_path / port / name).write_text(text)
    monkeypatch.setattr(usb_device, "LISTED", tmp_path)
    return usb_device.attached(tmp_path)


@pytest.mark.parametrize(("serial", "place", "chosen"), [
    ("A1", "", LEFT), ("B2", "", RIGHT), ("", "usb:1-1", LEFT), ("", "usb:1-2", RIGHT), ("B2", "usb:1-2", RIGHT),
])
def test_twins_are_told_apart_by_number_or_by_port(serial: str, place: str, chosen: Found) -> None:
    assert Whom("", serial, CANON).among([LEFT, RIGHT], place) == chosen.name


@pytest.mark.parametrize(("serial", "place", "kind"), [
    ("", "", errors.DEVICE_REFUSED), ("C3", "", errors.DEVICE_LOST), ("", "usb:1-3", errors.DEVICE_LOST),
    ("A1", "usb:1-2", errors.DEVICE_LOST),
])
def test_what_is_not_told_apart_or_not_there_is_not_opened(serial: str, place: str, kind: Kind) -> None:
    with pytest.raises(ApplianceError) as caught:
        Whom("", serial, CANON).among([LEFT, RIGHT], place)
    assert caught.value.kind is kind


@pytest.mark.parametrize(("place", "options", "name", "kind"), [
    ("", {}, "canon_dr:libusb:001:007", None),
    ("usb:1-2", {}, "canon_dr:libusb:001:007", errors.DEVICE_LOST),
    ("", {"serial-number": "Z9"}, "canon_dr:libusb:001:007", None),  # USB says A1
    ("", {}, "canon_dr:libusb:001:008", errors.SCANNER_OTHER),
    ("", {"serial-number": "000"}, "canon_dr:libusb:001:008", errors.SCANNER_OTHER),
    ("", {"serial-number": "A1"}, "canon_dr:libusb:001:008", None),
    ("", {"serial-number": "000"}, "canon_dr:libusb:001:009", None),  # nobody can tell
    ("", {}, "fujitsu:fi-7160:B2", errors.SCANNER_OTHER),
])
def test_another_scanner_than_the_settings_name_is_refused_once_open(
    place: str, options: dict[str, Any], name: str, kind: Kind | None, twins: list[UsbDevice]
) -> None:
    whom, handle = Whom(name, "A1", CANON), cast(Handle, Opened(options))
    if kind is None:
        whom.refuse_another(handle, name, whom.behind(name, twins), place)
        return
    with pytest.raises(ApplianceError) as caught:
        whom.refuse_another(handle, name, whom.behind(name, twins), place)
    assert caught.value.kind is kind


def test_a_port_that_nobody_knows_is_no_other_port(twins: list[UsbDevice]) -> None:
    assert not elsewhere(None, "usb:1-1")
    assert not elsewhere(twins[0], "")
    assert not elsewhere(UsbDevice(1, 7, "", "", ""), "usb:1-1")
    assert not elsewhere(twins[0], "usb:1-1") and elsewhere(twins[0], "usb:1-2")
