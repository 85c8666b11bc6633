"""Twins told apart or not, from a plug to the session: no batch starts on a scanner not known to be ours."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance.core import errors
from appliance.core.config import Device, Discovery
from appliance.core.errors import ApplianceError
from appliance.device import catalogue
from appliance.device.action import Do, Trouble
from appliance.device.discover import Discoverer, telling
from appliance.device.protocol import Feeder, Hello, Status
from appliance.device.session import PRESS, Session
from appliance.device.sighting import Sighting

FI = "fujitsu_fi-7160"
PROFILES = catalogue.read()


def fi(port: str, serial: str = "") -> Sighting:
    return Sighting(f"usb:{port}", serial=serial, usb_id="04c5:132e", profile=FI)


class Office:
    """The sessions of some devices without serial numbers, told by a discoverer whose bus is the test."""

    def __init__(self, memory: Path, *names: str, sane_device: str = "") -> None:
        devices = tuple(Device(name, kind="sane", profile=FI, sane_device=sane_device) for name in names)
        self.sessions = {name: Session(name, PRESS) for name in names}
        self.looking = Discoverer(Discovery(), devices, PROFILES, telling(self), memory)
        for name, session in self.sessions.items():
            session.connected(Hello(name, "fi-7160", "", "", FI, 1))

    def unplugged(self, device: str, place: str = "", code: str = "") -> None:
        doubt = Trouble(code, place, {"place": place}) if code else None
        self.sessions[device].unplugged("" if code else place, doubt)

    def plugged(self, device: str, place: str = "") -> None:
        self.sessions[device].plugged(place, 0.0)

    def press(self, device: str) -> str:
        """Press Start while the process says that paper is loaded; return what is refused, or nothing."""
        session = self.sessions[device]
        session.feeder_is(Status(Feeder.LOADED), 1.0)
        try:
            return "" if session.press().do is Do.BEGIN else "?"
        except ApplianceError as problem:
            return problem.code


def test_a_twin_that_is_plugged_in_alone_when_the_daemon_starts_again_is_not_scanned_from(tmp_path: Path) -> None:
    memory = tmp_path / "seen.json"
    before = Office(memory, "counter")
    before.looking._usb_counted([fi("1-1", "A1")])
    before.looking._usb_seen(fi("1-2", "B2"))
    after = Office(memory, "counter")
    after.looking._usb_counted([fi("1-2", "B2")])
    assert after.press("counter") == errors.SCANNER_STRANGER.code
    after.looking._usb_seen(fi("1-3", "A1"))
    assert after.sessions["counter"].at.at().place == "usb:1-3"
    assert after.press("counter") == ""


def test_of_two_devices_without_a_serial_number_none_scans_from_the_only_scanner(tmp_path: Path) -> None:
    office = Office(tmp_path / "seen.json", "left", "right")
    office.looking._usb_counted([fi("1-1", "A1")])
    assert [office.press(name) for name in ("left", "right")] == [errors.SCANNER_UNCLEAR.code] * 2


def test_of_two_twins_none_is_scanned_from_until_one_is_unplugged(tmp_path: Path) -> None:
    office = Office(tmp_path / "seen.json", "counter")
    office.looking._usb_counted([fi("1-1", "A1"), fi("1-2", "B2")])
    assert office.press("counter") == errors.SCANNER_UNCLEAR.code
    office.looking._usb_gone("usb:1-2")
    assert office.press("counter") == ""


def test_a_device_that_is_plainly_away_is_left_to_its_driver(tmp_path: Path) -> None:
    office = Office(tmp_path / "seen.json", "counter")
    office.looking._usb_counted([])
    assert office.press("counter") == ""


def test_a_device_that_is_named_as_sane_names_it_is_not_doubted(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    office = Office(tmp_path / "seen.json", "counter", sane_device="fujitsu:fi-7160:B2")
    office.looking._usb_counted([fi("1-1", "A1"), fi("1-2", "B2")])
    assert office.press("counter") == ""
    assert "give device.serial" in caplog.text
