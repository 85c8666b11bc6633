"""A cable that is pulled while the scanner scans: from the uevent to the operator's message, and back."""

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

pytestmark = pytest.mark.slow

STAGE = Path(__file__).with_name("unplug_stage.py")
PATHS = ":".join(str(path) for path in (ROOT, ROOT / "tests", ROOT / "tests/integration", ROOT / "tests/faults"))


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    if why := missing() or virtual_fi.why_not():
        pytest.skip(why)
    done = subprocess.run(["umockdev-wrapper", sys.executable, str(STAGE), str(tmp_path_factory.mktemp("unplug"))],
                          capture_output=True, text=True, check=False, timeout=120,
                          env={**os.environ, "PYTHONPATH": PATHS})
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def test_the_session_breaks_off_and_names_the_first_sheet_that_is_not_whole(story: dict[str, Any]) -> None:
    told = story["pulled"]
    assert (told["state"], told["code"]) == ("absent", errors.DEVICE_LOST.code)
    assert told["sheet"] == told["sides"] // 2 + 1


def test_a_loss_is_one_line_in_the_log_and_so_is_the_return(story: dict[str, Any]) -> None:
    assert story["pulled"]["log"] == ["scanner quay1 lost (usb:1-1)"]
    assert story["put back"]["log"] == ["scanner quay1 there (usb:1-3)"]


def test_on_another_port_the_batch_goes_on_and_every_side_is_there(story: dict[str, Any]) -> None:
    assert story["put back"]["state"] == "reload"
    assert story["finished"]["verbs"][-1] == "finished"
    assert [tuple(side) for side in story["masters"]] == [
        (sheet, face) for sheet in (1, 2, 3, 4) for face in ("back", "front")]
