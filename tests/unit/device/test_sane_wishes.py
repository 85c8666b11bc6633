"""Options of a SANE device: what is set, in which order, and what is refused."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from appliance.core import errors
from appliance.core.errors import ApplianceError
from appliance.device import profile
from appliance.device.profile import FirmwareProfile
from appliance.device.sane_descriptor import Descriptor, Kind, Value, convert
from appliance.device.sane_options import absent, prepare, resolutions, scans_both_sides, scans_colour, wishes
from appliance.device.scanner import ScanSettings

DUPLEX, SIMPLEX = ScanSettings(300, duplex=True), ScanSettings(300, duplex=False)
FI = profile.load("fujitsu_fi-8170")
BARE = 'name = "x"\nmodel = "X"\n[match]\nmodel = "X"\n'

SOURCE = Descriptor(1, "source", Kind.STRING, choices=("ADF Front", "ADF Back", "ADF Duplex"))
MODE = Descriptor(2, "mode", Kind.STRING, choices=("Lineart", "Gray", "Color"))
DPI = Descriptor(3, "resolution", Kind.INT, low=50, high=600)
WIDE = Descriptor(4, "br-x", Kind.FIXED, low=0, high=200)
SKIP = Descriptor(5, "swskip", Kind.FIXED, low=0, high=100)
ACTION = Descriptor(6, "df-action", Kind.STRING, choices=("Default", "Continue", "Stop"))
THICK = Descriptor(7, "df-thickness", Kind.BOOL, active=False)


class Device:
    """Options in memory, with one rule of the fujitsu backend: thickness is inactive until an action is set."""

    def __init__(self, *options: Descriptor, **values: Value) -> None:
        self.table = {option.name: option for option in options}
        self.values: dict[str, Value] = dict(values)
        self.done: list[tuple[str, Value]] = []

    def descriptors(self) -> Mapping[str, Descriptor]:
        return self.table

    def get(self, name: str) -> Value:
        return self.values.get(name.replace("-", "_"), 0)

    def set(self, name: str, value: Value) -> None:
        assert self.table[name].usable
        self.done.append((name, value))
        self.values.setdefault(name, value)
        if name == "df-action" and "df-thickness" in self.table:
            self.table["df-thickness"] = Descriptor(7, "df-thickness", Kind.BOOL)


def generic(more: str = "") -> FirmwareProfile:
    return profile.parse("x", BARE + more)


def refusal(device: Device, settings: ScanSettings = DUPLEX, model: FirmwareProfile | None = None) -> str:
    with pytest.raises(ApplianceError) as caught:
        prepare(device, model or generic(), settings)
    assert caught.value.kind is errors.DEVICE_REFUSED
    return str(caught.value.details["text"])


def test_the_profiles_order_is_kept_and_never_set_is_never_set() -> None:
    names = [wish.name for wish in wishes(FI, DUPLEX)]
    order = list(FI.options.order)
    assert [name for name in names if name in order] == order
    assert len(names) == len(set(names))
    assert not set(names) & set(FI.never_set)


def test_an_option_that_another_makes_active_is_set_after_it() -> None:
    device = Device(SOURCE, MODE, DPI, WIDE, ACTION, THICK)
    lacking = prepare(device, FI, DUPLEX)
    names = [name for name, _ in device.done]
    assert names.index("source") < names.index("df-action") < names.index("df-thickness")
    assert ("df-thickness", True) in device.done
    assert set(lacking) >= {"page-width", "prepick"} and "df-thickness" not in lacking


def test_a_device_without_a_word_in_its_profile_gets_colour_and_the_feeder() -> None:
    device = Device(SOURCE, MODE, DPI, WIDE)
    assert prepare(device, generic(), SIMPLEX) == ()
    assert device.done[:3] == [("source", "ADF Front"), ("mode", "Color"), ("resolution", 300)]
    assert ("br-x", 200.0) in device.done  # A4 is wider than the device: all it has


def test_both_sides_takes_the_duplex_source() -> None:
    device = Device(SOURCE, MODE, DPI)
    prepare(device, generic(), DUPLEX)
    assert device.done[0] == ("source", "ADF Duplex")


def test_overscan_is_asked_for_on_both_edges() -> None:
    wide = {wish.name: wish.value for wish in wishes(generic("[geometry]\noverscan_mm = 3\n"), DUPLEX)}
    assert (wide["br-x"], wide["br-y"]) == (216.0, 303.0)


def test_what_makes_no_lawful_master_is_refused() -> None:
    grey = Descriptor(2, "mode", Kind.STRING, choices=("Lineart", "Gray"))
    front = Descriptor(1, "source", Kind.STRING, choices=("ADF Front",))
    assert refusal(Device(SOURCE, grey, DPI)) == "RGB24"
    assert refusal(Device(front, MODE, DPI)) == "duplex"
    fine = ScanSettings(1200, duplex=True)
    assert refusal(Device(SOURCE, MODE, DPI), fine) == "resolution=1200, allowed: 50..600"
    assert refusal(Device(SOURCE, MODE, DPI, resolution=299)) == "300 dpi: 299"


def test_a_required_option_that_is_missing_is_refused_by_name() -> None:
    assert refusal(Device(MODE, DPI), DUPLEX, FI) == "source=ADF Duplex, the driver has no such option"


def test_something_that_drops_pages_and_is_on_is_refused_whoever_turned_it_on() -> None:
    device = Device(SOURCE, MODE, DPI, ACTION, SKIP, swskip=5.0)
    assert refusal(device, DUPLEX, FI) == "swskip=5.0, must be: 0"


@pytest.mark.parametrize(("descriptor", "wanted", "value"), [
    (THICK, "yes", True), (THICK, "Off", False), (DPI, 300, 300), (WIDE, "12.5", 12.5), (MODE, "Gray", "Gray"),
    (Descriptor(1, "n", Kind.INT, numbers=(100, 200)), "200", 200), (Descriptor(1, "t", Kind.STRING), "x", "x"),
])
def test_a_profiles_text_becomes_a_value_of_its_type(descriptor: Descriptor, wanted: str, value: Value) -> None:
    assert convert(descriptor, wanted) == value


@pytest.mark.parametrize(("descriptor", "wanted", "allowed"), [
    (THICK, "perhaps", "yes | no"), (DPI, "1200", "50..600"), (DPI, "x", "50..600"), (WIDE, "-1", "0..200"),
    (MODE, "color", "Lineart | Gray | Color"),
    (Descriptor(1, "n", Kind.INT, numbers=(100, 200)), "150", "100 | 200"),
    (Descriptor(1, "b", Kind.BUTTON), "1", "button"),
    (Descriptor(1, "t", Kind.STRING, choices=tuple("abcdefghijklmn")), "z", " | ".join((*"abcdefghijkl", "..."))),
])
def test_a_value_outside_the_options_bounds_is_refused_with_what_is_allowed(
    descriptor: Descriptor, wanted: str, allowed: str
) -> None:
    with pytest.raises(ApplianceError) as caught:
        convert(descriptor, wanted)
    assert caught.value.details["text"] == f"{descriptor.name}={wanted}, allowed: {allowed}"


def test_what_a_driver_never_has_is_told_apart_from_what_is_inactive_now() -> None:
    assert absent({"source": SOURCE, "df-thickness": THICK}, FI)[:2] == ("df-action", "mode")
    assert "df-thickness" not in absent({"df-thickness": THICK}, FI)


def test_what_a_device_can_do_is_read_from_its_options() -> None:
    assert resolutions(DPI) == (75, 100, 150, 200, 240, 300, 400, 600)
    assert resolutions(Descriptor(1, "resolution", Kind.INT, numbers=(150, 300))) == (150, 300)
    assert resolutions(None) == ()
    assert scans_both_sides({"source": SOURCE}) and scans_both_sides({"duplex": THICK}) and not scans_both_sides({})
    assert scans_colour({"mode": MODE}) and scans_colour({})
    assert not scans_colour({"mode": Descriptor(2, "mode", Kind.STRING, choices=("Gray",))})
