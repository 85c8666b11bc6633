"""``appliance devices``: the wrong scanner, an old firmware, a silent one; and what is printed of it."""

from __future__ import annotations

from typing import Any

import pytest

from appliance.checkup import printable, say
from appliance.core.config import Device
from appliance.device.fitness import GOOD, WARNING, WRONG, examine, known_good
from appliance.device.profile import load, parse
from appliance.device.profile_tables import Firmware
from appliance.devices import as_lines, changes, standings

PROFILE = parse("fi", 'name = "fi"\nmodel = "fi-7160"\n[match]\nmodel = "fi-7160"\n[firmware]\noldest = "0A00"\n'
                      'newest = "0C99"\noutdated = "drops every tenth sheet"\n')
DEVICE = Device("counter", kind="sane", profile="fi", serial="A1")
WELL: dict[str, Any] = {"name": "counter", "state": "ready", "model": "FUJITSU fi-7160", "serial": "A1",
                        "firmware": "0B01", "presence": "present", "profile": "fi"}


def judged(seen: dict[str, Any] | None = None, **standing: Any) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for finding in examine(DEVICE, PROFILE, {**WELL, **standing}, seen):
        found.setdefault(finding.level, []).append(finding.text)
    return found


def test_a_device_that_is_what_it_should_be_is_well() -> None:
    assert set(judged()) == {GOOD}


@pytest.mark.parametrize(("presence", "words"), [
    ("present", "does not answer"), ("unclear", "serial number in the settings"), ("absent", "power and cable"),
    ("", "power and cable"),
])
def test_a_device_that_does_not_answer_says_where_to_look(presence: str, words: str) -> None:
    [text] = judged(state="absent", presence=presence)[WRONG]
    assert words in text


def test_another_model_or_another_serial_number_is_wrong() -> None:
    assert "profile is for fi-7160" in judged(model="Canon DR-C240")[WRONG][0]
    assert "not A1" in judged(serial="B2")[WRONG][0]
    assert "not A1" in judged({"serial": "B2", "remark": ""}, serial="")[WRONG][0]


def test_an_outdated_firmware_says_what_it_does() -> None:
    assert "drops every tenth sheet" in judged(firmware="0D00")[WARNING][0]


def test_options_that_the_driver_lacks_and_a_slow_line_are_warnings() -> None:
    found = judged({"serial": "A1", "remark": "on a USB line of 480 Mbit/s"}, lacking=["df-action", "prepick"])
    assert "df-action, prepick" in found[WARNING][0]
    assert "480" in found[WARNING][1]
    assert WRONG not in found


def test_a_driver_that_is_too_old_for_the_model_is_wrong() -> None:
    newer = parse("fi", 'name = "fi"\nmodel = "fi"\n[match]\nmodel = "fi"\nmin_libsane = "1.2"\n')
    for installed, levels in (("1.1.1-5", {WRONG}), ("1.2.1-2", set()), ("", set())):
        found = examine(DEVICE, newer, {**WELL, "libsane": installed}, None)
        assert {finding.level for finding in found} - {GOOD} == levels


@pytest.mark.parametrize(("version", "oldest", "newest", "good"), [
    ("1.10", "1.9", "", True), ("1.8", "1.9", "", False), ("2.0", "1.9", "1.99", False),
    ("0B01", "0A00", "0C99", True), ("0B", "0A", "", True), ("", "1", "2", None), ("7", "", "", None),
    ("1.9", "1.9", "1.9", True), ("v3", "1", "", True), ("???", "1", "", False),
])
def test_firmware_versions_are_compared_as_people_read_them(version: str, oldest: str, newest: str,
                                                            good: bool | None) -> None:
    assert known_good(Firmware(oldest=oldest, newest=newest), version) is good


SEEN = {"place": "usb:1-1", "bus": "usb", "model": "fi-7160", "serial": "A1", "usb_id": "04c5:132e", "url": "",
        "device": "", "profile": "fujitsu_fi-7160", "remark": "use USB 3", "settings": "[[device]]\nname = \"x\""}


def test_the_list_shows_what_is_not_in_use_with_the_settings_for_it() -> None:
    lines = list(as_lines({"devices": [WELL], "seen": [SEEN]}))
    assert any("counter: ready" in line and "present" in line for line in lines)
    assert any("usb:1-1" in line and "-> -" in line for line in lines)
    assert lines[-3:] == ["    use USB 3", "      [[device]]", '      name = "x"']


def test_watching_tells_each_change_once() -> None:
    before = standings({"devices": [WELL], "seen": []})
    after = standings({"devices": [{**WELL, "state": "absent", "presence": "absent"}], "seen": [SEEN]})
    assert list(changes(before, after)) == ["device counter: absent absent", "scanner usb:1-1: fi-7160 A1"]
    assert list(changes(after, after)) == []
    assert list(changes(after, before)) == ["device counter: ready present", "scanner usb:1-1: gone"]


FI = load("fujitsu_fi-8170")
CABLED = Device("counter", kind="sane", profile="fujitsu_fi-8170")
SANE: dict[str, Any] = {**WELL, "model": "FUJITSU fi-8170", "libsane": "1.2.1-2", "backends": ("fujitsu",),
                        "options_hash": "ab" * 32, "firmware": ""}


def sane(seen: dict[str, Any] | None = None, **standing: Any) -> list[tuple[str, str]]:
    return [(finding.level, finding.text) for finding in examine(CABLED, FI, {**SANE, **standing}, seen)]


def test_driver_table_and_line_of_a_cabled_device_are_told() -> None:
    told = sane({"serial": "A1", "speed": 5000, "remark": ""})
    assert {level for level, _ in told} == {GOOD}
    texts = [text for _, text in told]
    assert "libsane 1.2.1-2" in texts
    assert "options abababababababab, 5 settings read back as they must be" in texts
    assert "on a USB line of 5000 Mbit/s" in texts


def test_a_second_driver_for_the_same_device_is_a_warning() -> None:
    [(level, text)] = [one for one in sane(backends=("fujitsu", "pfufs")) if "drivers besides" in one[1]]
    assert (level, "pfufs" in text) == (WARNING, True)
    [(_, many)] = [one for one in sane(backends=tuple("abcdefgh")) if "drivers besides" in one[1]]
    assert "a, b, c, d, e, f and 2 more" in many


def test_a_device_that_refused_its_settings_says_which_and_claims_nothing_else() -> None:
    told = sane(state="unusable", message_en="The scanner refuses the settings (swskip=5.0, must be: 0).")
    assert (WRONG, "The scanner refuses the settings (swskip=5.0, must be: 0).") in told
    assert (GOOD, "options abababababababab") in told


def test_worn_rollers_and_what_the_device_counted_are_told() -> None:
    told = sane(counters={"total": 900_000, "roller": 200_001})
    assert (GOOD, "has counted itself: total 900000, roller 200001") in told
    assert [text for level, text in told if level == WARNING] == [
        "brake_roller is made for 200000 sheets: change it", "pick_roller is made for 200000 sheets: change it"]


def test_a_folder_has_no_driver_to_judge() -> None:
    [one] = examine(Device("push", kind="folder", profile="fi"), PROFILE, {"name": "push", "state": "ready"}, None)
    assert one.level == GOOD


@pytest.mark.parametrize("name", ["\x1b[2J\x1b[31mfi", "fi\x9b1m", "fi\u202exyz", "fi\r\nok: fine", "fi\x00"])
def test_a_hostile_device_name_does_nothing_to_a_terminal(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    say([name.replace("\n", " ")])
    assert capsys.readouterr().out.rstrip("\n").isprintable()
    assert printable('{"a": "b"}\n') == '{"a": "b"}\n'
