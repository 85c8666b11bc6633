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
        standing: how the daemon says it stands (device/standing.py, with ``presence``), and which ``libsane`` is
            installed, where that matters.
        seen: the scanner that discovery takes for it (discover.py), if any.
    """
    return [*_there(standing), *_same(device, profile, standing, seen), *_firmware(profile, standing),
            *_driver(profile, standing), *_line(seen)]


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
    if standing["state"] != "absent":
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
    lacking = standing.get("lacking") or ()
    if lacking:
        yield Finding(WARNING, f"its driver lacks options of the profile: {', '.join(lacking)}")


def _line(seen: Mapping[str, Any] | None) -> Iterator[Finding]:
    if seen and seen.get("remark"):
        yield Finding(WARNING, str(seen["remark"]))
