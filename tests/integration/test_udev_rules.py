"""Our udev rules, read by the real udev, on scanners that Debian does not know (devices by umockdev)."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

RULES = Path(__file__).parents[2] / "systemd" / "60-appliance-scanners.rules"
DEVICES = {
    "1-1": ("040a", "6015", "Kodak i2620 Scanner"), "1-2": ("04f9", "03b9", "ADS-2800W"),
    "1-3": ("046d", "c31c", "Keyboard"), "1-4": ("040a", "1111", "EasyShare"), "1-5": ("04c5", "132e", "fi-7160"),
}
PLAY = """
import importlib, json, subprocess, sys
sys.path.append("/usr/lib/python3/dist-packages")
importlib.import_module("gi").require_version("UMockdev", "1.0")
bed = importlib.import_module("gi.repository.UMockdev").Testbed.new()
said = {}
for port, (vendor, product, text) in json.loads(sys.argv[1]).items():
    facts = ["idVendor", vendor, "idProduct", product, "product", text, "power/control", "auto"]
    node = "bus/usb/001/00" + port[-1]
    path = bed.add_device("usb", port, None, facts, ["DEVTYPE", "usb_device", "DEVNAME", node])
    done = subprocess.run(["udevadm", "test", "--action=add", path], capture_output=True, text=True)
    said[port] = done.stdout + done.stderr
json.dump(said, sys.stdout)
"""
OWN_RULES = ('mount -t tmpfs none /run/udev && mkdir /run/udev/rules.d && cp "$1" /run/udev/rules.d/ && shift && '
             'exec "$@"')


def missing() -> str:
    """Return why this cannot run here, or nothing."""
    lacking = [name for name in ("umockdev-wrapper", "udevadm", "unshare") if shutil.which(name) is None]
    if lacking:
        return f"not run: {', '.join(lacking)} not installed"
    if os.geteuid() != 0 or subprocess.run(["unshare", "-m", "true"], check=False, capture_output=True).returncode:
        return "not run: needs root and a mount namespace of its own"
    probe = "import sys; sys.path.append('/usr/lib/python3/dist-packages'); import gi"
    found = subprocess.run([sys.executable, "-c", probe], check=False, capture_output=True)
    return "not run: python3-gi does not serve this Python" if found.returncode else ""


@pytest.fixture(scope="module")
def said() -> dict[str, str]:
    if why := missing():
        pytest.skip(why)
    Path("/run/udev").mkdir(exist_ok=True)
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", OWN_RULES, "sh", str(RULES), "umockdev-wrapper", sys.executable, "-c", PLAY,
         json.dumps(DEVICES)], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    told: dict[str, str] = json.loads(done.stdout)
    return told


@pytest.mark.parametrize("port", ["1-1", "1-2"])
def test_a_scanner_that_debian_does_not_know_becomes_one(said: dict[str, str], port: str) -> None:
    assert "libsane_matched=yes" in said[port]
    assert f"{RULES.name}:" in said[port]
    assert "MODE 0664" in said[port]
    assert "power/control' writing 'on'" in said[port]


@pytest.mark.parametrize("port", ["1-3", "1-4"])
def test_a_keyboard_and_a_camera_of_a_scanner_maker_do_not(said: dict[str, str], port: str) -> None:
    assert "libsane_matched=yes" not in said[port]
    assert "appliance_scanner" not in said[port]


def test_a_scanner_that_debian_knows_is_left_to_debian(said: dict[str, str]) -> None:
    assert "appliance_scanner" not in said["1-5"]


def test_udev_finds_no_mistake_in_the_rules(said: dict[str, str]) -> None:
    for text in said.values():
        lines = "\n".join(line for line in text.splitlines() if f"{RULES.name}:" in line)
        assert not any(word in lines for word in ("Invalid", "Unknown", "ignoring", "Failed"))
