"""A scanner in whose scan a process died is reset before it is opened: a real ioctl, a mocked bus (umockdev)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sane_backend import virtual_fi
from test_udev_hotplug import ROOT, missing

from appliance.core import errors
from appliance.device.usb_device import USBDEVFS_RESET

STAGE = Path(__file__).with_name("wedge_stage.py")


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    if why := missing() or virtual_fi.why_not():
        pytest.skip(why)
    done = subprocess.run(["umockdev-wrapper", sys.executable, str(STAGE), str(tmp_path_factory.mktemp("wedge"))],
                          capture_output=True, text=True, check=False, timeout=120,
                          env={**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"})
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def test_a_device_that_is_well_is_never_reset(story: dict[str, Any]) -> None:
    assert story["nothing happened"] == {"asked": [], "codes": [""] * 3, "firmware": "1.02", "sides": 2,
                                         "mark_known": False, "mark_scanning": True, "mark": False}


def test_after_a_death_in_mid_scan_the_device_is_reset_once_and_scans_again(story: dict[str, Any]) -> None:
    told = story["died in a scan"]
    assert told["asked"] == [USBDEVFS_RESET]
    assert (told["sides"], told["mark_known"], told["mark"]) == (2, False, False)


def test_a_device_that_a_reset_does_not_help_is_turned_off_and_on_by_a_person(story: dict[str, Any]) -> None:
    told = story["a reset does not help"]
    assert told["asked"] == [USBDEVFS_RESET]
    assert set(told["codes"]) == {errors.DEVICE_WEDGED.code}
    assert told["mark"]


def test_a_device_that_was_turned_off_and_on_meanwhile_is_not_reset(story: dict[str, Any]) -> None:
    told = story["turned off and on"]
    assert (told["asked"], told["sides"]) == ([], 2)
