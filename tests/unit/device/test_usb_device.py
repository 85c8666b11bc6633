"""Which USB device a SANE name means, on a listing as the kernel gives it; and what a reset asks of which node."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance.device import usb_device
from appliance.device.sane_choice import serial_in
from appliance.device.usb_device import UsbDevice, behind

FI = ("04c5:15ff", "04c5:1600")


def plug(listed: Path, port: str, number: int, usb_id: str, **facts: str) -> None:
    folder = listed / port
    folder.mkdir()
    vendor, product = usb_id.split(":")
    told = {"busnum": "1", "devnum": str(number), "idVendor": vendor, "idProduct": product, **facts}
    for name, text in told.items():
        (folder / name).write_text(f"{text}\n")


@pytest.fixture
def found(tmp_path: Path) -> list[UsbDevice]:
    plug(tmp_path, "1-1", 7, "04c5:15ff", serial="A1", bcdDevice="0102")
    plug(tmp_path, "1-2", 8, "0638:0a2a", serial="D4", bcdDevice="0abc")
    plug(tmp_path, "usb1", 1, "1d6b:0002")
    (tmp_path / "1-1:1.0").mkdir()  # an interface has no number on the bus
    return usb_device.attached(tmp_path)


def test_devices_are_listed_with_what_the_kernel_says(found: list[UsbDevice]) -> None:
    assert found == [UsbDevice(1, 7, "04c5:15ff", "A1", "1.02"), UsbDevice(1, 8, "0638:0a2a", "D4", "0abc"),
                     UsbDevice(1, 1, "1d6b:0002", "", "")]
    assert [one.place for one in found] == ["001:007", "001:008", "001:001"]


def test_a_host_without_usb_has_none(tmp_path: Path) -> None:
    assert usb_device.attached(tmp_path / "nothing") == []


@pytest.mark.parametrize(("name", "ids", "place"), [
    ("avision:libusb:001:008", (), "001:008"), ("avision:libusb:001:009", FI, ""),
    ("fujitsu:fi-8170:A1", FI, "001:007"), ("fujitsu:fi-8170:from-the-inquiry", FI, "001:007"), ("", FI, "001:007"),
    ("test:0", (), ""), ("fujitsu:fi-8170:D4", ("04c5:ffff",), ""),
])
def test_a_sane_name_means_one_device_or_none(name: str, ids: tuple[str, ...], place: str,
                                               found: list[UsbDevice]) -> None:
    device = behind(name, ids, found)
    assert (device.place if device else "") == place


def test_of_two_twins_only_the_serial_number_tells(tmp_path: Path) -> None:
    plug(tmp_path, "1-1", 7, "04c5:15ff", serial="A1")
    plug(tmp_path, "1-2", 9, "04c5:15ff", serial="B2")
    twins = usb_device.attached(tmp_path)
    assert behind("fujitsu:fi-8170:Z9", FI, twins) is None
    exact = behind("fujitsu:fi-8170:B2", FI, twins)
    assert exact is not None and exact.place == "001:009"


def test_identity_is_the_serial_number_not_the_place_on_the_bus(found: list[UsbDevice]) -> None:
    assert serial_in("avision:libusb:001:008", found) == "D4"
    assert serial_in("avision:libusb:001:009", found) == "avision"
    assert serial_in("fujitsu:fi-8170:12345", found) == "12345"
    assert serial_in("test:0", found) == "test:0"


def test_a_reset_is_one_request_on_the_nodes_file(tmp_path: Path, found: list[UsbDevice]) -> None:
    node = found[0].node(tmp_path / "dev")
    assert node == tmp_path / "dev" / "001" / "007"
    node.parent.mkdir(parents=True)
    node.touch()
    asked: list[tuple[str, int]] = []

    def answer(file: int, request: int, _argument: int) -> None:
        asked.append((str(Path(f"/proc/self/fd/{file}").readlink()), request))

    usb_device.reset(node, answer)
    assert asked == [(str(node), 0x5514)]
    with pytest.raises(OSError, match="ioctl"):
        usb_device.reset(node)  # a plain file takes no such request
    with pytest.raises(FileNotFoundError):
        usb_device.reset(tmp_path / "gone")
