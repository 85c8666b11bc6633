"""Played inside the guest of usb_guest.py: scanners are plugged in and out while the daemon watches.

Writes what the daemon, ``appliance devices`` and udev said after each scene to /srv/out. It judges nothing:
test_usb_hotplug.py does.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

from appliance.client import Control
from appliance.core.wire import connect
from appliance.device.protocol import Feeder, Hello, Status

OUT = Path("/srv/out")
PRODUCT = Path("/srv/product")
GADGETS = Path("/sys/kernel/config/usb_gadget")
RULES = "60-appliance-scanners.rules"
SETTINGS = Path("/tmp/appliance.toml")
SOCKET = Path("/run/appliance/control.sock")
DEADLINE = 60.0
APPLIANCE = [sys.executable, "-m", "appliance"]

SCANNERS = {
    "left": ("04c5", "132e", "FUJITSU", "fi-7160", "A1B2C3"),
    "right": ("04c5", "132e", "FUJITSU", "fi-7160", "D4E5F6"),
    "vendor": ("040a", "6015", "Kodak", "KODAK i2620", "K0DAK1"),
}
"""Each gadget, and the device of that name in the settings: vendor, product, maker, model, serial."""

PROFILES = {"left": "fujitsu_fi-7160", "right": "fujitsu_fi-7160", "vendor": "kodak_i2620"}

RESET = """
import fcntl, os, sys
fcntl.ioctl(os.open(sys.argv[1], os.O_RDWR), 0x5514)
print("reset")
"""
"""USBDEVFS_RESET, the last rung before an operator is called."""

Picture = dict[str, Any]


def shell(*words: str) -> str:
    done = subprocess.run(words, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          timeout=60)
    return done.stdout.strip()


def build(name: str) -> None:
    """Make a gadget that says it is a scanner; it is not plugged in yet."""
    vendor, product, maker, model, serial = SCANNERS[name]
    gadget = GADGETS / name
    for part in ("strings/0x409", "configs/c.1", f"functions/Loopback.{name}"):
        (gadget / part).mkdir(parents=True)
    for fact, said in {"idVendor": f"0x{vendor}", "idProduct": f"0x{product}", "strings/0x409/manufacturer": maker,
                       "strings/0x409/product": model, "strings/0x409/serialnumber": serial}.items():
        (gadget / fact).write_text(said)
    (gadget / f"configs/c.1/Loopback.{name}").symlink_to(gadget / f"functions/Loopback.{name}")


def plug(name: str, port: int) -> None:
    (GADGETS / name / "UDC").write_text(f"dummy_udc.{port}")


def unplug(name: str) -> None:
    (GADGETS / name / "UDC").write_text("\n")


def start_daemon() -> subprocess.Popen[bytes]:
    SOCKET.parent.mkdir()
    text = ['[storage]', 'state = "/tmp/state"', f'runtime = "{SOCKET.parent}"', 'min_free_mb = 16', '[pool]',
            'workers = 0', '[signing]', 'start = false', '[console]', 'port = 0', '[ocr]',
            'tessdata = "/srv/models"']
    for name, profile in PROFILES.items():
        text += ['[[device]]', f'name = "{name}"', 'kind = "sane"', f'profile = "{profile}"',
                 f'serial = "{SCANNERS[name][4]}"', 'start_process = false']
    SETTINGS.write_text("\n".join(text))
    with (OUT / "daemon.log").open("wb") as log:
        return subprocess.Popen([*APPLIANCE, "run", "--config", str(SETTINGS)], stdout=log, stderr=log)


def start_watch() -> subprocess.Popen[bytes]:
    """Run ``appliance devices watch`` beside all scenes."""
    with (OUT / "watch.log").open("wb") as log:
        return subprocess.Popen([*APPLIANCE, "devices", "--socket", str(SOCKET), "watch"], stdout=log, stderr=log)


def attend(name: str) -> None:
    """Be the scanner process of a device whose driver notices nothing: the bus alone tells what comes and goes."""
    async def talk() -> None:
        line = await connect(SOCKET.parent / "scanner.sock")
        await line.send("hello", Hello(name, SCANNERS[name][3], SCANNERS[name][4], "", PROFILES[name], os.getpid()))
        message: object = "gone"
        while message is not None:
            await line.send("status", Status(Feeder.EMPTY))
            message = await line.receive()

    threading.Thread(target=lambda: asyncio.run(talk()), daemon=True).start()
    end = time.monotonic() + DEADLINE
    while (name, "ready") not in {(one["name"], one["state"]) for one in asyncio.run(picture())["devices"]}:
        if time.monotonic() > end:
            sys.exit(f"{name} is never ready")
        time.sleep(0.1)


async def picture() -> Picture:
    """Ask the daemon; one that has ended ends the play."""
    async with Control(SOCKET) as control:
        return await control.get("/status")


def look(*there: str) -> Picture:
    """Return the daemon's picture once just those are there, for the watch too; or as it is after a while."""
    end = time.monotonic() + DEADLINE
    while True:
        seen = asyncio.run(picture())
        found = {one["name"] for one in seen.get("devices", []) if one["presence"] == "present"}
        if found == watched() == set(there) or time.monotonic() > end:
            return {name: seen.get(name) for name in ("devices", "seen")}
        time.sleep(0.1)


def watched() -> set[str] | None:
    """Return the devices that ``appliance devices watch`` says are there; None before its first line."""
    lines = (OUT / "watch.log").read_text().splitlines()
    last = {line.split()[1]: line.split()[-1] for line in lines if line.startswith("device ")}
    return {name.rstrip(":") for name, word in last.items() if word == "present"} if last else None


def usb(name: str) -> Picture:
    """Return what udev and the kernel say of the scanner, and who may reset it."""
    product = SCANNERS[name][3]
    [place] = [path.parent for path in Path("/sys/bus/usb/devices").glob("*/product")
               if path.read_text().strip() == product]
    properties = shell("udevadm", "info", "--query=property", str(place))
    said = dict(line.split("=", 1) for line in properties.splitlines())
    node = said["DEVNAME"]
    tries = {user: shell("setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups", "python3", "-c", RESET,
                         node) for user in ("appliance", "games")}
    return {"udev": said, "node": shell("stat", "-c", "%G %a", node), "reset": tries,
            "kept_awake": (place / "power/control").read_text().strip()}


def scenes() -> dict[str, Picture]:
    told: dict[str, Picture] = {"nothing": look()}
    plug("left", 0)
    told["plugged"] = look("left")
    attend("left")
    told["known to Debian"] = usb("left")
    unplug("left")
    told["unplugged"] = look()
    plug("left", 1)
    told["on another port"] = look("left")
    plug("right", 0)
    told["two of a model"] = look("left", "right")
    attend("right")
    told["list"] = json.loads(shell(*APPLIANCE, "devices", "--socket", str(SOCKET), "list", "--json"))
    unplug("left")
    told["the other stays"] = look("right")
    unplug("right")
    told["all gone"] = look()
    plug("vendor", 0)
    told["vendor"] = look("vendor")
    Path("/sys/bus/usb/devices/1-1/power/control").write_text("auto")
    told["before our rules"] = usb("vendor")
    Path("/etc/udev/rules.d", RULES).write_bytes((PRODUCT / "systemd" / RULES).read_bytes())
    shell("udevadm", "control", "--reload")
    shell("udevadm", "trigger", "--subsystem-match=usb")
    shell("udevadm", "settle")
    told["after our rules"] = usb("vendor")
    told["after the reset"] = look("vendor")
    return told


def main() -> None:
    shell("systemd-sysusers", str(PRODUCT / "systemd/sysusers.conf"))
    print(shell("/usr/lib/systemd/systemd-udevd", "--daemon"))
    print(shell("modprobe", "dummy_hcd", "is_high_speed=1", "num=2"), shell("modprobe", "libcomposite"))
    print(shell("mount", "-t", "configfs", "c", "/sys/kernel/config"))
    shell("udevadm", "trigger", "--subsystem-match=usb")
    shell("udevadm", "settle")
    for name in SCANNERS:
        build(name)
    daemon = start_daemon()
    while not SOCKET.exists():
        if daemon.poll() is not None:
            sys.exit((OUT / "daemon.log").read_text())
        time.sleep(0.1)
    watch = start_watch()
    try:
        (OUT / "scenes.json").write_text(json.dumps(scenes(), indent=1))
    finally:
        watch.terminate()
        daemon.terminate()
        print("daemon ended with", daemon.wait(60))
        print(Path("/proc/uptime").read_text(), shell("dmesg"))


if __name__ == "__main__":
    main()
