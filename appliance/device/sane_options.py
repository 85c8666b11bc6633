"""A SANE device's options: what to set before a scan, in which order, and what the backend lacks.

Setting one option may change the others (a source makes page sizes active), so descriptors are asked afresh
for every wish. What a profile asks for and the backend does not have is reported, and fatal only where the
profile says so; what makes a master lawful (colour, resolution, both sides) is always fatal.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from appliance.core import errors
from appliance.device.profile import FirmwareProfile
from appliance.device.profile_tables import Option, ReadBack
from appliance.device.sane_descriptor import Descriptor, Options, Value, convert
from appliance.device.scanner import ScanSettings

BOTH_SIDES, ONE_SIDE = "both_sides", "one_side"
ESSENTIAL = ("source", "mode", "depth", "resolution", "tl-x", "tl-y", "br-x", "br-y")
"""What is set on every device that has it, after what the profile's order names."""

FEEDERS = ("ADF Front", "ADF Simplex", "Automatic Document Feeder", "Automatic Document Feeder(left aligned)",
           "ADF", "adf")
COLOURS = ("Color", "Colour", "color", "24bit Color", "24bit Color[Fast]")
USUAL_DPI = (75, 100, 150, 200, 240, 300, 400, 600)


@dataclass(frozen=True, slots=True)
class Wish:
    """One option and what it shall be; ``named``: the profile names it; ``required``: it may not be missing."""

    name: str
    value: str | float
    named: bool = False
    required: bool = False


def prepare(options: Options, profile: FirmwareProfile, settings: ScanSettings) -> tuple[str, ...]:
    """Set everything for a scan; return the names of the profile's options that are missing or inactive.

    Raises:
        ApplianceError: DEVICE_REFUSED: a value is out of range, or colour, resolution or both sides cannot
            be had, or an option does not read as it must.
        SaneFault: the device did not answer.
    """
    lacking = []
    for wish in wishes(profile, settings):
        descriptor = options.descriptors().get(wish.name)
        if descriptor is not None and descriptor.usable:
            value = _value(descriptor, wish, settings)
            if value is not None:
                options.set(wish.name, value)
        elif wish.required:
            raise errors.DEVICE_REFUSED.error(text=f"{wish.name}={wish.value}, the driver has no such option")
        elif wish.named:
            lacking.append(wish.name)
    _check_colour_and_sides(options, profile, settings)
    _check_resolution(options, settings.dpi)
    for expected in profile.options.read_back:
        _check_reads(options, expected)
    return tuple(lacking)


def absent(options: Mapping[str, Descriptor], profile: FirmwareProfile) -> tuple[str, ...]:
    """Return the profile's options, sensors and counters that the backend does not have at all."""
    start, counters = profile.start, profile.counters
    named = (*profile.options.order, *(option.name for option in profile.options.set), start.paper_sensor,
             *start.buttons, start.function_sensor, counters.total_option, counters.roller_option)
    return tuple(name for name in dict.fromkeys(named) if name and name not in options)


def wishes(profile: FirmwareProfile, settings: ScanSettings) -> list[Wish]:
    """Return what to set, in the profile's order, then what every scan needs, then the rest of the profile."""
    wanted = {option.name: option for option in profile.options.set if _applies(option, settings)}
    order = [*profile.options.order, *ESSENTIAL, *wanted]
    made: dict[str, Wish] = {}
    for name in order:
        if name in made or name in profile.never_set:
            continue
        if name in wanted:
            made[name] = Wish(name, wanted[name].value, named=True, required=wanted[name].required)
        elif (own := _own(name, profile, settings)) is not None:
            made[name] = Wish(name, own, named=name in profile.options.order)
    return list(made.values())


def resolutions(descriptor: Descriptor | None) -> tuple[int, ...]:
    """Return the resolutions that can be asked for; of a range the usual ones; empty when unknown."""
    if descriptor is None:
        return ()
    if descriptor.numbers:
        return tuple(int(number) for number in descriptor.numbers)
    return tuple(dpi for dpi in USUAL_DPI if descriptor.low <= dpi <= descriptor.high)


def scans_both_sides(descriptors: Mapping[str, Descriptor]) -> bool:
    """Say whether the device has a source or a switch for both sides."""
    source = descriptors.get("source")
    return "duplex" in descriptors or (source is not None and any("Duplex" in choice for choice in source.choices))


def scans_colour(descriptors: Mapping[str, Descriptor]) -> bool:
    """Say whether the device has a colour mode, or no modes at all."""
    mode = descriptors.get("mode")
    return mode is None or _first(COLOURS, mode.choices) != ""


def _applies(option: Option, settings: ScanSettings) -> bool:
    return option.intent not in (BOTH_SIDES, ONE_SIDE) or (option.intent == BOTH_SIDES) == settings.duplex


def _own(name: str, profile: FirmwareProfile, settings: ScanSettings) -> str | float | None:
    """Return what we ask of an option by its meaning; empty text: the best that is offered."""
    area = profile.geometry
    width, height = (side + 2 * area.overscan_mm for side in (area.page_width_mm, area.page_height_mm))
    known: dict[str, str | float] = {
        "source": "", "mode": "", "depth": 8, "resolution": settings.dpi, "tl-x": 0.0, "tl-y": 0.0,
        "br-x": width, "br-y": height, "page-width": width, "page-height": height,
        "pagewidth": width, "pageheight": height,
    }
    return known.get(name)


def _value(descriptor: Descriptor, wish: Wish, settings: ScanSettings) -> Value | None:
    """Return what to set; None leaves the option as it is."""
    if wish.value == "":
        return _offered(descriptor, settings) or None
    if descriptor.name not in ("resolution", "depth") and isinstance(wish.value, float) and descriptor.bounded:
        return min(max(wish.value, descriptor.low), descriptor.high)  # paper larger than the device: all it has
    return convert(descriptor, wish.value)


def _offered(descriptor: Descriptor, settings: ScanSettings) -> str:
    """Return the best source or mode that a device without a word in its profile offers."""
    if descriptor.name == "mode":
        return _first(COLOURS, descriptor.choices)
    if settings.duplex:
        return next((choice for choice in descriptor.choices if "Duplex" in choice), "")
    return _first(FEEDERS, descriptor.choices)


def _first(wanted: tuple[str, ...], offered: tuple[str, ...]) -> str:
    return next((word for word in wanted if word in offered), "")


def _check_colour_and_sides(options: Options, profile: FirmwareProfile, settings: ScanSettings) -> None:
    descriptors = options.descriptors()
    if not scans_colour(descriptors) and not any(option.name == "mode" for option in profile.options.set):
        raise errors.DEVICE_REFUSED.error(text="RGB24")
    asked = any(option.intent == BOTH_SIDES and option.name in descriptors for option in profile.options.set)
    if settings.duplex and not asked and not scans_both_sides(descriptors):
        raise errors.DEVICE_REFUSED.error(text="duplex")


def _check_resolution(options: Options, dpi: int) -> None:
    """Refuse a device that rounds: a master must have the resolution it claims."""
    if "resolution" in options.descriptors() and round(float(options.get("resolution"))) != dpi:
        raise errors.DEVICE_REFUSED.error(text=f"{dpi} dpi: {options.get('resolution')}")


def _check_reads(options: Options, expected: ReadBack) -> None:
    """Refuse to scan while something that drops or alters pages is on, whoever turned it on."""
    descriptor = options.descriptors().get(expected.name)
    if descriptor is None or not descriptor.active:
        return
    value = options.get(expected.name)
    if value != convert(descriptor, expected.value):
        raise errors.DEVICE_REFUSED.error(text=f"{expected.name}={value}, must be: {expected.value}")
