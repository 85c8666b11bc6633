"""Cables pulled and put back: real libudev and real uevents over a mocked sysfs (umockdev)."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

STAGE = Path(__file__).with_name("hotplug_stage.py")
ROOT = Path(__file__).parents[2]
PROBE = ("import sys; sys.path.append('/usr/lib/python3/dist-packages'); import gi;"
         "gi.require_version('UMockdev', '1.0'); from gi.repository import UMockdev")


def missing() -> str:
    """Return why this cannot run here, or nothing."""
    if shutil.which("umockdev-wrapper") is None:
        return "not run: umockdev is not installed"
    probe = subprocess.run([sys.executable, "-c", PROBE], capture_output=True, text=True, check=False)
    return "" if probe.returncode == 0 else "not run: python3-gi or gir1.2-umockdev-1.0 does not serve this Python"


@pytest.fixture(scope="module")
def story() -> dict[str, Any]:
    if why := missing():
        pytest.skip(why)
    done = subprocess.run(["umockdev-wrapper", sys.executable, str(STAGE)], capture_output=True, text=True,
                          check=False, timeout=120, env={**os.environ, "PYTHONPATH": str(ROOT)})
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def places(chapter: dict[str, Any]) -> dict[str, str]:
    return {one["place"]: one["device"] for one in chapter["seen"]}


def test_a_scanner_that_is_there_at_start_is_found_and_a_keyboard_is_not(story: dict[str, Any]) -> None:
    chapter = story["there at start"]
    assert places(chapter) == {"usb:1-1": "counter"}
    assert chapter["log"] == ["scanner counter found: usb:1-1 (serial A1)"]


def test_a_pulled_cable_is_one_line_in_the_log(story: dict[str, Any]) -> None:
    chapter = story["cable pulled"]
    assert chapter["presence"]["counter"] == "absent"
    assert chapter["log"] == ["scanner counter lost: usb:1-1 (serial A1)"]


def test_a_scanner_put_into_another_port_is_one_line_whatever_follows(story: dict[str, Any]) -> None:
    chapter = story["back at another port"]
    assert places(chapter) == {"usb:1-4": "counter"}
    assert chapter["log"] == ["scanner counter back: usb:1-4 (serial A1, at another port than usb:1-1)"]


def test_scanners_that_only_our_profiles_know_are_seen_with_what_they_need(story: dict[str, Any]) -> None:
    found = {one["place"]: one for one in story["known to our profiles only"]["seen"]}
    assert found["usb:1-5"]["profile"] == "brother_ads-2800w"
    assert found["usb:1-6"]["profile"] == "canon_dr-c240"
    assert "brscan5" in found["usb:1-5"]["remark"]
    assert 'profile = "brother_ads-2800w"' in found["usb:1-5"]["settings"]
    assert 'serial = "B1"' in found["usb:1-5"]["settings"]


def test_a_hostile_product_text_reaches_the_log_without_control_signs(story: dict[str, Any]) -> None:
    lines = "".join(story["known to our profiles only"]["log"])
    assert "DR-C240" in lines
    assert lines.isprintable()


def test_identical_models_on_a_hub_are_told_apart_by_their_serial_numbers(story: dict[str, Any]) -> None:
    chapter = story["twins on a hub"]
    assert (places(chapter)["usb:2-1.1"], places(chapter)["usb:2-1.2"]) == ("left", "right")


def test_a_fast_scanner_on_a_slow_port_is_pointed_out(story: dict[str, Any]) -> None:
    found = {one["place"]: one["remark"] for one in story["twins on a hub"]["seen"]}
    assert "USB 3" in found["usb:2-1.2"]
    assert found["usb:2-1.1"] == ""


def test_a_hub_that_vanishes_is_one_line_for_each_scanner_on_it(story: dict[str, Any]) -> None:
    chapter = story["hub vanished"]
    assert sorted(chapter["log"]) == ["scanner left lost: usb:2-1.1 (serial L1)",
                                      "scanner right lost: usb:2-1.2 (serial R2)"]
    assert chapter["presence"]["counter"] == "present"


def test_a_hub_put_elsewhere_brings_each_scanner_back_as_itself(story: dict[str, Any]) -> None:
    chapter = story["hub elsewhere"]
    assert (places(chapter)["usb:3-2.4"], places(chapter)["usb:3-2.3"]) == ("left", "right")
    assert len(chapter["log"]) == 2


def test_an_unplug_whose_event_was_lost_is_found_by_counting(story: dict[str, Any]) -> None:
    chapter = story["event lost"]
    assert chapter["presence"]["counter"] == "absent"
    assert chapter["log"] == ["scanner counter lost: usb:1-4 (serial A1)"]


def test_a_scanner_whose_texts_are_no_text_is_known_by_its_id(story: dict[str, Any]) -> None:
    found = {one["place"]: one for one in story["twins on a hub"]["seen"]}
    assert found["usb:1-7"]["profile"] == "epson_ds-530ii"
    assert found["usb:1-7"]["model"] == ""
