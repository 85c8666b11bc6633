"""The shipped profiles: every model of the offices, what fits which device, facts and their evidence."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from appliance.device import catalogue, profile, udev_rules
from appliance.device.catalogue import Certainty
from appliance.device.profile import FirmwareProfile
from appliance.profiles import facts

SHIPPED = catalogue.read()
MODELS = (
    "fi-7160", "fi-7180", "fi-7280", "fi-7460", "fi-7480", "fi-8150", "fi-8150U", "fi-8170", "fi-8270",
    "fi-8190", "fi-8290", "fi-7600", "fi-7700", "fi-7700S", "fi-7800", "fi-7900", "fi-6670", "fi-800R",
    "fi-7300NX", "i2620", "i2820", "i3250", "i3450", "i4250", "S3060", "S3060f", "DR-C240", "DR-M160II",
    "DR-M260", "DR-G2110", "DR-G2090", "DR-G2140", "DS-530II", "DS-770", "DS-870", "DS-32000", "KV-S1057C",
    "KV-S5076H", "AD240", "AV320", "ADS-2800W",
    "ScanJet Enterprise Flow 5000 s4", "ScanJet Enterprise Flow 7000 s3",
)
USB_IDS = (
    "04c5:132e", "04c5:132c", "04c5:132d", "04c5:14be", "04c5:14b8", "04c5:1601", "04c5:162d", "04c5:15ff",
    "04c5:1600", "04c5:15fd", "04c5:15fe", "04c5:1521", "04c5:1520", "04c5:1522", "04c5:160b", "04c5:160a",
    "04c5:1176", "04c5:15fc", "04c5:1575", "1083:163e", "04b8:0182", "04f9:03b9", "03f0:5705", "03f0:5805",
)
HWDB = Path("/usr/lib/udev/hwdb.d/20-sane.hwdb")


@pytest.mark.parametrize("model", MODELS)
def test_every_model_of_the_offices_has_one_profile_of_its_own(model: str) -> None:
    fitting = [name for name, one in SHIPPED.profiles.items()
               if re.search(one.match.model, f"Maker {model} scanner") and not one.match.fallback]
    assert len(fitting) == 1
    assert SHIPPED.by_model(f"Maker {model} scanner") == fitting[0]


@pytest.mark.parametrize("usb_id", USB_IDS)
def test_every_known_usb_id_leads_to_one_profile(usb_id: str) -> None:
    assert len([name for name, one in SHIPPED.profiles.items() if usb_id in one.match.usb]) == 1
    assert SHIPPED.by_usb(usb_id) != ""


def test_no_two_profiles_claim_one_device() -> None:
    claimed = [usb for one in SHIPPED.profiles.values() for usb in one.match.usb]
    claimed += [f"{one.match.usb_vendor} {one.match.usb_product}" for one in SHIPPED.profiles.values()
                if one.match.usb_vendor]
    assert len(claimed) == len(set(claimed))


@pytest.mark.parametrize("one", SHIPPED.profiles.values(), ids=lambda one: one.name)
def test_a_profile_without_a_source_calls_all_its_facts_unverified(one: FirmwareProfile) -> None:
    if one.evidence.source == "none":
        assert {catalogue.certainty(one, key) for key, _ in facts(one)} == {Certainty.UNVERIFIED}


@pytest.mark.parametrize("one", SHIPPED.profiles.values(), ids=lambda one: one.name)
def test_evidence_names_only_what_the_profile_says(one: FirmwareProfile) -> None:
    said = {re.sub(r"\[\d+\]", "", key) for key, _ in facts(one)}
    for key in (*one.evidence.measured, *one.evidence.unconfirmed):
        assert any(fact == key or fact.startswith(f"{key}.") for fact in said), key
    assert not set(one.evidence.measured) & set(one.evidence.unconfirmed)


@pytest.mark.parametrize("one", SHIPPED.profiles.values(), ids=lambda one: one.name)
def test_what_drops_or_alters_pages_is_never_asked_for(one: FirmwareProfile) -> None:
    asked = {option.name for option in one.options.set} | set(one.options.order)
    assert not asked & set(one.never_set)
    if one.driver.sane_backend == "fujitsu":
        assert {"swskip", "swdeskew", "swcrop", "swdespeck"} <= set(one.never_set)


@pytest.mark.skipif(not HWDB.exists(), reason="not run: libsane1 is not installed")
@pytest.mark.parametrize("one", SHIPPED.profiles.values(), ids=lambda one: one.name)
def test_what_debian_is_said_to_know_it_knows(one: FirmwareProfile) -> None:
    known = HWDB.read_text(encoding="utf-8", errors="replace").lower()
    found = {usb: "usb:v{}p{}".format(*usb.split(":")) in known for usb in one.match.usb}
    assert all(found.values()) if one.match.in_hwdb else not any(found.values())


def test_the_shipped_rules_are_those_of_the_profiles() -> None:
    path = Path(__file__).parents[3] / "systemd" / "60-appliance-scanners.rules"
    assert path.read_text(encoding="utf-8") == udev_rules.rules(SHIPPED.profiles.values())


def test_the_rules_hold_every_scanner_that_debian_does_not_know() -> None:
    text = udev_rules.rules(SHIPPED.profiles.values())
    for one in SHIPPED.profiles.values():
        named = [f'ATTR{{idProduct}}=="{usb.split(":")[1]}"' in text for usb in one.match.usb]
        assert all(named) is (not one.match.in_hwdb) or not named
        if one.match.usb_product:
            assert f'*{one.match.usb_product}*' in text
    labels = re.findall(r'(?:GOTO|LABEL)="(\w+)"', text)
    assert set(labels) == {"appliance_scanners_end"}


def test_the_rules_end_in_the_group_and_awake() -> None:
    tail = udev_rules.rules([]).split("appliance_scanner}!=")[1]
    assert 'ENV{libsane_matched}="yes", GROUP="scanner"' in tail
    assert 'ATTR{power/control}="on"' in tail


def test_certainty_is_told_for_each_fact() -> None:
    one = SHIPPED.profiles["fujitsu_fi-8170"]
    assert catalogue.certainty(one, "throughput.measured_ppm") is Certainty.MEASURED
    assert catalogue.certainty(one, "throughput.rated_ppm") is Certainty.SOURCE
    assert catalogue.certainty(one, "options.set[2].value") is Certainty.UNVERIFIED


def test_an_offices_own_profile_goes_before_the_shipped_one_for_the_same_cable(tmp_path: Path) -> None:
    text = (profile.folder() / "fujitsu_fi-8170.toml").read_text(encoding="utf-8")
    (tmp_path / "own_fi.toml").write_text(text.replace("fujitsu_fi-8170", "own_fi"), encoding="utf-8")
    assert catalogue.read(tmp_path).by_usb("04c5:15ff") == "own_fi"
    assert SHIPPED.by_usb("04c5:15ff") == "fujitsu_fi-8170"
