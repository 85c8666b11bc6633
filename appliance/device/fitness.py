"""Whether a configured device is what its settings and its profile say, as sentences for IT staff. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from appliance.core.config import Device
from appliance.device.profile import FirmwareProfile
from appliance.device.profile_tables import Firmware

GOOD, WARNING, WRONG = "ok", "warning", "wrong"

FILES = ("folder", "push")
"""Kinds of devices that are folders: no model, no driver."""

HASH_SHOWN = 16
MOST_NAMES = 6


@dataclass(frozen=True, slots=True)
class Finding:
    """One sentence about a device; ``level`` is ok, warning or wrong."""

    level: str
    text: str


def examine(device: Device, profile: FirmwareProfile, standing: Mapping[str, Any],
            seen: Mapping[str, Any] | None) -> list[Finding]:
    """Judge one device.

    Args:
        device: its settings.
        profile: the firmware profile that they name.
        standing: how the daemon says it stands (device/standing.py, with ``presence``); for a SANE device also
            which ``libsane`` is installed and which ``backends`` it loads.
        seen: the scanner that discovery takes for it (discover.py), if any.
    """
    if device.kind in FILES:
        return list(_there(standing))
    return [*_there(standing), *_same(device, profile, standing, seen), *_firmware(profile, standing),
            *_driver(profile, standing), *_table(profile, standing), *_counted(profile, standing), *_line(seen)]


def known_good(firmware: Firmware, version: str) -> bool | None:
    """Say whether a firmware version lies in the range known to be good; None when nobody can say."""
    if not version or not (firmware.oldest or firmware.newest):
        return None
    number = _number(version)
    after = not firmware.oldest or number >= _number(firmware.oldest)
    return after and (not firmware.newest or number <= _number(firmware.newest))


def _number(version: str) -> list[tuple[int, str]]:
    """Return a version as something to compare: 1.10 is after 1.9; a leading v says nothing."""
    parts = re.findall(r"[0-9]+|[A-Za-z]+", version.lstrip("vV"))
    return [(int(part), "") if part.isdigit() else (0, part) for part in parts]


def _there(standing: Mapping[str, Any]) -> Iterator[Finding]:
    if standing["state"] == "unusable":
        yield Finding(WRONG, standing.get("message_en") or "cannot be used")
    elif standing["state"] != "absent":
        yield Finding(GOOD, f"answers, state {standing['state']}")
    elif standing.get("presence") == "present":
        yield Finding(WRONG, "is plugged in but does not answer: see its scanner process and its driver")
    elif standing.get("presence") == "unclear":
        yield Finding(WRONG, "several scanners fit its profile: give its serial number in the settings")
    else:
        yield Finding(WRONG, "is not there: look after power and cable")


def _same(device: Device, profile: FirmwareProfile, standing: Mapping[str, Any],
          seen: Mapping[str, Any] | None) -> Iterator[Finding]:
    model = standing.get("model", "")
    if model and not re.search(profile.match.model, model):
        yield Finding(WRONG, f"is a {model}; its profile is for {profile.model}")
    serial = standing.get("serial", "") or (seen or {}).get("serial", "")
    if device.serial and serial and serial != device.serial:
        yield Finding(WRONG, f"has serial number {serial}, not {device.serial}")
    elif serial:
        yield Finding(GOOD, f"{model or profile.model}, serial number {serial}")


def _firmware(profile: FirmwareProfile, standing: Mapping[str, Any]) -> Iterator[Finding]:
    version = standing.get("firmware", "")
    judged = known_good(profile.firmware, version)
    if judged is False:
        effect = profile.firmware.outdated or "what it does is not known"
        good = f"{profile.firmware.oldest or '?'} to {profile.firmware.newest or '?'}"
        yield Finding(WARNING, f"firmware {version} is not known to be good ({good} is): {effect}")
    elif version:
        yield Finding(GOOD, f"firmware {version}" + ("" if judged else ", no range known to be good"))


def _driver(profile: FirmwareProfile, standing: Mapping[str, Any]) -> Iterator[Finding]:
    installed, oldest = standing.get("libsane", ""), profile.match.min_libsane
    if oldest and installed and _number(installed) < _number(oldest):
        yield Finding(WRONG, f"needs libsane {oldest}; installed is {installed}")
    elif oldest and installed:
        yield Finding(GOOD, f"libsane {installed}")
    rivals = [name for name in standing.get("backends", ()) if name != profile.driver.sane_backend]
    if profile.driver.alone and rivals:
        more = f" and {len(rivals) - MOST_NAMES} more" if len(rivals) > MOST_NAMES else ""
        listed, own = ", ".join(rivals[:MOST_NAMES]) + more, profile.driver.sane_backend
        yield Finding(WARNING, f"SANE loads drivers besides {own} that may take the device from it: {listed}; "
                               f"leave only {own} in dll.conf and dll.d")
    lacking = standing.get("lacking") or ()
    if lacking:
        yield Finding(WARNING, f"its driver lacks options of the profile: {', '.join(lacking)}")


def _table(profile: FirmwareProfile, standing: Mapping[str, Any]) -> Iterator[Finding]:
    """Say which table of options the driver has, and that nothing in it drops or alters pages."""
    if not standing.get("options_hash"):
        return
    watched = len(profile.options.read_back)
    well = f", {watched} settings read back as they must be" if watched and standing["state"] != "unusable" else ""
    yield Finding(GOOD, f"options {standing['options_hash'][:HASH_SHOWN]}{well}")


def _counted(profile: FirmwareProfile, standing: Mapping[str, Any]) -> Iterator[Finding]:
    counters = standing.get("counters") or {}
    if counters:
        told = ", ".join(f"{name} {sheets}" for name, sheets in counters.items())
        yield Finding(GOOD, f"has counted itself: {told}")
    worn = [part for part in profile.consumable if 0 < part.life_sheets <= counters.get("roller", 0)]
    for part in worn:
        yield Finding(WARNING, f"{part.name} is made for {part.life_sheets} sheets: change it")


def _line(seen: Mapping[str, Any] | None) -> Iterator[Finding]:
    if seen and seen.get("remark"):
        yield Finding(WARNING, str(seen["remark"]))
    elif seen and seen.get("speed"):
        yield Finding(GOOD, f"on a USB line of {seen['speed']} Mbit/s")
