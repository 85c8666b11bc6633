"""What udev and announcements say, turned into scanners: strange, hostile and half-told ones too."""

from __future__ import annotations

from typing import Any

import pytest

from appliance.core.config import Device
from appliance.device import catalogue, mdns, udev
from appliance.device.catalogue import Catalogue
from appliance.device.discover import device_name, wants
from appliance.device.mdns import Announcement
from appliance.device.profile import FirmwareProfile, parse


def made(name: str, match: str, more: str = "") -> FirmwareProfile:
    return parse(name, f'name = "{name}"\nmodel = "{name}"\n[match]\nmodel = "{name}"\n{match}\n{more}')


CATALOGUE = Catalogue({one.name: one for one in (
    made("fi", 'usb = ["04c5:132e"]', '[driver]\nsane_backend = "fujitsu"'),
    made("kodak", 'usb_vendor = "040a"\nusb_product = "i2620"'),
    made("kodak-long", 'usb_vendor = "040a"\nusb_product = "i2620 Plus"'),
    made("ads", 'escl = "ADS-4300N"'),
    made("anything", 'escl = ".+"\nfallback = true'),
)})


def usb(**facts: Any) -> Any:
    return udev.sighting("1-1.2", {"idVendor": "04c5", "idProduct": "132E", "speed": "5000", **facts}, CATALOGUE)


def test_a_scanner_is_what_a_profile_names_or_the_system_says() -> None:
    assert usb().profile == "fi"
    other = usb(idProduct="ffff", libsane_matched="yes", product="Other")
    assert (other.profile, other.model, other.usb_id) == ("", "Other", "04c5:ffff")
    assert usb(idProduct="ffff") is None
    assert usb(idProduct="ffff", libsane_matched="no") is None


def test_the_place_is_the_port_and_never_the_device_number() -> None:
    assert usb(DEVNAME="/dev/bus/usb/001/017").place == "usb:1-1.2"


def test_the_most_exact_profile_wins() -> None:
    facts = {"idVendor": "040a", "idProduct": "6015"}
    assert usb(**facts, product="Kodak i2620 Scanner").profile == "kodak"
    assert usb(**facts, product="KODAK I2620 PLUS").profile == "kodak-long"
    assert usb(**facts, product="i26200") is None
    assert usb(**facts, product="") is None


@pytest.mark.parametrize(("speed", "known"), [
    ("480", 480), ("5000", 5000), ("1.5", 1), ("", 0), ("fast", 0), ("٣", 0),
])
def test_the_line_speed_is_a_number_or_unknown(speed: str, known: int) -> None:
    assert usb(speed=speed).speed == known


def test_a_device_that_says_too_much_is_cut_and_made_printable() -> None:
    one = usb(product="x\x00\x1b[2J\n" + "A" * 10_000, serial="\u202eS\t1", manufacturer=None)
    assert len(one.model) <= udev.MOST_TEXT
    assert (one.model + one.serial + one.maker).isprintable()


def announced(**facts: Any) -> Any:
    base: dict[str, Any] = {"name": "Quay", "secure": False, "addresses": ("10.0.0.5",), "host": "Scan.local.",
                            "port": 80, "texts": {"ty": "Brother ADS-4300N", "rs": "eSCL"}}
    return mdns.sighting(Announcement(**{**base, **facts}), CATALOGUE)


def test_an_announcement_gives_the_address_to_scan_from() -> None:
    one = announced()
    assert (one.url, one.profile, one.place) == ("http://10.0.0.5:80/eSCL", "ads", "mdns:Quay")
    assert one.hosts == ("10.0.0.5", "scan.local")
    assert announced(secure=True, port=443).url == "https://10.0.0.5:443/eSCL"
    assert announced(addresses=("fe80::1",)).url == "http://[fe80::1]:80/eSCL"


def test_a_model_that_no_profile_names_gets_the_fallback() -> None:
    assert announced(texts={"ty": "Unheard-of 1"}).profile == "anything"
    assert announced(texts={}).model == "Quay"


@pytest.mark.parametrize("facts", [
    {"addresses": ()}, {"addresses": ("224.0.0.251",)}, {"addresses": ("not an address",)}, {"port": 0},
    {"addresses": ("127.0.0.1",)}, {"addresses": ("::1",)}, {"addresses": ("::ffff:127.0.0.1",)},
    {"addresses": ("0.0.0.0",)}, {"addresses": ("255.255.255.255",)}, {"addresses": ("::",)}, {"addresses": ("",)},
    {"port": 70_000}, {"port": -1}, {"texts": {"rs": "a b"}}, {"texts": {"rs": "\u0430"}},
    {"texts": {"rs": "x" * 65}}, {"texts": {"rs": 'e"\nSCL'}},
])
def test_an_announcement_that_makes_no_sense_is_none(facts: dict[str, Any]) -> None:
    assert announced(**facts) is None


def test_only_devices_on_a_cable_are_looked_for_on_usb() -> None:
    devices = (Device("a", kind="sane", profile="fi"), Device("b", kind="sane", profile="fi", sane_device="test:0"),
               Device("c", kind="sane", profile="fi", sane_device="fujitsu:fi-7160:77"),
               Device("d", kind="sane", profile="anything"), Device("e", kind="folder"), Device("f", kind="escl"),
               Device("g", kind="sane", profile="unknown"))
    on_usb, on_network = wants(devices, CATALOGUE)
    assert [want.name for want in on_usb] == ["a", "c"]
    assert [want.name for want in on_network] == ["f"]


def test_a_suggested_name_is_free_and_allowed() -> None:
    assert device_name("fujitsu_fi-8170", []) == "fi-8170"
    assert device_name("fujitsu_fi-8170", ["fi-8170", "fi-8170-2"]) == "fi-8170-3"
    assert device_name("virtual", ["x"]) == "virtual"
    names = [device_name(name, [device_name(name, [])]) for name in catalogue.read().profiles]
    assert max(map(len, names)) <= 32


def test_its_own_address_counts_only_where_this_host_is_listened_on() -> None:
    here = Announcement("Quay", False, ("127.0.0.1",), "x.local.", 80, {})
    assert mdns.sighting(here, CATALOGUE) is None
    assert mdns.sighting(here, CATALOGUE, here=True) is not None


def test_an_address_that_works_goes_before_one_that_may_not() -> None:
    one = announced(addresses=("127.0.0.1", "fe80::1", "10.0.0.5"))
    assert one.url == "http://10.0.0.5:80/eSCL"
    assert one.hosts[:2] == ("10.0.0.5", "fe80::1")


@pytest.mark.parametrize("said", ["\x1b[2JQuay", "Qu\u202eay", "Quay\r\nQuay", "\x00", "Q" * 100_000, "\ud800Q"])
def test_a_hostile_announcement_is_short_printable_text_everywhere(said: str) -> None:
    one = announced(name=said, host=said, texts=dict.fromkeys(("ty", "mfg", "note", "uuid"), said))
    for text in (one.place, one.model, one.maker, one.note, one.serial, one.url, *one.hosts):
        assert text.isprintable()
        assert len(text) < 200


def test_two_names_that_look_alike_are_two_scanners() -> None:
    assert announced(name="Quay").place == "mdns:Quay"
    assert announced(name="Quay\x1b").place != announced(name="Quay").place
    assert announced(name="Quay\x1b").place != announced(name="Quay\x07").place
