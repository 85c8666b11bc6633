"""Scanners plugged into a real USB controller of a real kernel: each is known by its serial number, wherever it is.

The scenes are played by usb_stage.py in the guest of usb_guest.py; here is judged what was seen.
"""

from __future__ import annotations

import itertools
import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest
import usb_guest

BUILD = Path(__file__).parents[2] / "build" / "slow"


def why_not_here() -> str:
    if sys.version_info[:2] != (3, 11):
        return "needs Python 3.11, as the guest has, to lend it this Python's packages"
    return usb_guest.why_not()


pytestmark = pytest.mark.slow
if why_not_here():
    pytest.skip(f"not run: {why_not_here()}", allow_module_level=True)


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the guest wrote."""
    made = tmp_path_factory.mktemp("guest")
    usb_guest.run(BUILD, made)
    said = (made / "stage.log").read_text() if (made / "stage.log").exists() else ""
    assert (made / "scenes.json").exists(), said + (made / "serial.log").read_text(errors="replace")
    return made


@pytest.fixture(scope="module")
def scenes(out: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((out / "scenes.json").read_text())
    return found


def there(scene: dict[str, Any]) -> dict[str, tuple[str, str]]:
    """Return place and serial number of each device that is present."""
    present = {one["name"] for one in scene["devices"] if one["presence"] == "present"}
    seen = {one["device"]: (one["place"], one["serial"]) for one in scene["seen"] if one["device"]}
    assert set(seen) == present
    return seen


def test_a_scanner_that_is_plugged_in_is_found_by_its_serial_number_and_its_model(scenes: dict[str, Any]) -> None:
    assert there(scenes["nothing"]) == {} and scenes["nothing"]["seen"] == []
    assert there(scenes["plugged"]) == {"left": ("usb:1-1", "A1B2C3")}
    [one] = scenes["plugged"]["seen"]
    assert (one["usb_id"], one["profile"], one["model"]) == ("04c5:132e", "fujitsu_fi-7160", "fi-7160")


def test_what_is_unplugged_is_lost_and_is_the_same_device_on_another_port(scenes: dict[str, Any]) -> None:
    assert there(scenes["unplugged"]) == {}
    assert there(scenes["on another port"]) == {"left": ("usb:2-1", "A1B2C3")}


def test_two_of_a_model_are_told_apart_and_the_loss_of_one_is_not_that_of_the_other(scenes: dict[str, Any]) -> None:
    both = {"left": ("usb:2-1", "A1B2C3"), "right": ("usb:1-1", "D4E5F6")}
    assert there(scenes["two of a model"]) == both
    assert there(scenes["list"]) == both
    assert there(scenes["the other stays"]) == {"right": ("usb:1-1", "D4E5F6")}
    assert there(scenes["all gone"]) == {}


def test_each_loss_and_each_return_is_one_line_in_the_log(out: Path, scenes: dict[str, Any]) -> None:
    log = (out / "daemon.log").read_text()
    said = re.findall(r"scanner (left|right|vendor) (lost|there|back|found)\b", log)
    assert scenes and [what for name, what in said if name == "left"] == ["found", "there", "lost", "there", "lost"]
    assert [what for name, what in said if name == "right"] == ["found", "there", "lost"]
    assert [what for name, what in said if name == "vendor"] == ["found"]


def test_appliance_devices_watch_tells_all_of_it(out: Path, scenes: dict[str, Any]) -> None:
    lines = re.findall(r"^device (\w+): .*\b(present|absent)$", (out / "watch.log").read_text(), re.MULTILINE)
    told = {name: [what for name_, what in lines if name_ == name] for name in ("left", "right", "vendor")}
    changes = {name: [what for what, _ in itertools.groupby(words)] for name, words in told.items()}
    assert scenes and changes == {"left": ["absent", "present"] * 2 + ["absent"],
                                  "right": ["absent", "present", "absent"], "vendor": ["absent", "present"]}


def test_a_model_that_debian_does_not_know_is_a_scanner_by_our_rules(scenes: dict[str, Any]) -> None:
    before, after = scenes["before our rules"], scenes["after our rules"]
    assert "libsane_matched" not in before["udev"] and before["node"] == "root 664"
    assert after["udev"]["libsane_matched"] == "yes" and after["node"] == "scanner 664"
    assert (before["kept_awake"], after["kept_awake"]) == ("auto", "on")
    assert there(scenes["vendor"]) == {"vendor": ("usb:1-1", "K0DAK1")}


def test_the_scanner_processes_user_may_reset_a_scanner_and_others_may_not(scenes: dict[str, Any]) -> None:
    known, ours = scenes["known to Debian"]["reset"], scenes["after our rules"]["reset"]
    assert known["appliance"] == ours["appliance"] == "reset"
    for others in (known["games"], ours["games"], scenes["before our rules"]["reset"]["appliance"]):
        assert "PermissionError" in others
    assert there(scenes["after the reset"]) == {"vendor": ("usb:1-1", "K0DAK1")}


def test_the_daemon_ends_when_told_even_while_it_waits_for_its_first_worker(out: Path) -> None:
    assert "daemon ended with 0" in (out / "stage.log").read_text()
