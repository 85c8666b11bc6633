"""Who a SANE device is and what it senses, asked of an open handle. All of it raises SaneFault."""

from __future__ import annotations

from collections.abc import Sequence

from appliance.device import sane_options, usb_device
from appliance.device.profile import FirmwareProfile
from appliance.device.sane_binding import Handle
from appliance.device.sane_cable import Cable
from appliance.device.sane_choice import option_serial, serial_in
from appliance.device.sane_descriptor import Kind, Value
from appliance.device.sane_status import Senses
from appliance.device.scanner import Capabilities

TOTAL, ROLLER = "total", "roller"
"""Names of the counters: sheets ever fed, and since the rollers were changed."""


def identify(cable: Cable, profile: FirmwareProfile) -> Capabilities:
    """Ask the open device of ``cable`` who it is."""
    handle = cable.opened()
    options = handle.descriptors()
    listed = [found for found in cable.listed() if found.name == cable.name]
    return Capabilities(
        f"{listed[0].vendor} {listed[0].model}" if listed else profile.model,
        option_serial(handle, profile) or serial_in(cable.name, usb_device.attached(usb_device.LISTED)),
        _firmware(cable, handle, profile),
        sane_options.resolutions(options.get("resolution")), sane_options.scans_both_sides(options),
        sane_options.scans_colour(options), cable.options_hash, sane_options.absent(options, profile),
        counters(handle, profile))


def read_sensors(handle: Handle, names: Sequence[str]) -> Senses:
    """Read each sensor that the backend has once: reading one twice costs a command on the cable."""
    table = handle.descriptors()
    return {name: _plain(handle.get(name)) for name in names if name in table and table[name].active
            and table[name].kind in (Kind.BOOL, Kind.INT, Kind.FIXED, Kind.STRING)}


def read_afresh(handle: Handle, names: Sequence[str]) -> Senses:
    """Read sensors as they are now: fujitsu answers from an old report until one is read a second time."""
    read_sensors(handle, names[:1])
    return read_sensors(handle, names)


def counters(handle: Handle, profile: FirmwareProfile) -> dict[str, int]:
    """Read what the device itself has counted, by our names."""
    named = {TOTAL: profile.counters.total_option, ROLLER: profile.counters.roller_option}
    there = {counter: option for counter, option in named.items() if option in handle.descriptors()}
    told = read_afresh(handle, tuple(there.values()))
    return {counter: int(told[option]) for counter, option in there.items() if isinstance(told.get(option), int)}


def _plain(value: Value) -> bool | int | str:
    return int(value) if isinstance(value, float) else value


def _firmware(cable: Cable, handle: Handle, profile: FirmwareProfile) -> str:
    if profile.firmware.source == "usb":
        return cable.usb.release if cable.usb else ""
    option = profile.firmware.option
    return str(handle.get(option)) if option and option in handle.descriptors() else ""
