"""Plugs, hubs and twins: which configured scanner is there, decided without any USB."""

from __future__ import annotations

import itertools
import random

import pytest

from appliance.device.presence import Presence
from appliance.device.sighting import Change, Notice, Sighting, Standing, Want, real_serial

FI = "fujitsu_fi-7160"


def fi(port: str, serial: str = "", profile: str = FI) -> Sighting:
    return Sighting(f"usb:{port}", serial=serial, usb_id="04c5:132e", profile=profile)


def one(serial: str = "") -> Presence:
    return Presence([Want("counter", FI, serial)])


def told(notices: list[Notice]) -> list[tuple[str, Change, str]]:
    return [(notice.device, notice.change, notice.place) for notice in notices]


def test_a_scanner_that_is_plugged_in_is_found_once() -> None:
    presence = one()
    assert presence.standing("counter") is Standing.ABSENT
    assert told(presence.seen(fi("1-1", "A1"))) == [("counter", Change.FOUND, "usb:1-1")]
    assert presence.seen(fi("1-1", "A1")) == []
    assert presence.standing("counter") is Standing.PRESENT
    assert presence.owner("usb:1-1") == "counter"


def test_a_pulled_cable_is_told_once_and_so_is_its_return() -> None:
    presence = one()
    presence.seen(fi("1-1", "A1"))
    assert told(presence.gone("usb:1-1")) == [("counter", Change.LOST, "usb:1-1")]
    assert presence.gone("usb:1-1") == []
    assert told(presence.seen(fi("1-1", "A1"))) == [("counter", Change.BACK, "usb:1-1")]


@pytest.mark.parametrize("serial", ["A1", ""])
def test_a_scanner_put_into_another_port_is_the_same_one(serial: str) -> None:
    presence = one()
    presence.seen(fi("1-1", serial))
    presence.gone("usb:1-1")
    [notice] = presence.seen(fi("2-3.4", serial))
    assert (notice.change, notice.place) == (Change.BACK, "usb:2-3.4")
    assert "at another port than usb:1-1" in notice.remark


def test_a_new_port_told_before_the_old_one_is_gone_is_a_move() -> None:
    presence = one("A1")
    presence.seen(fi("1-1", "A1"))
    assert presence.seen(fi("2-1", "A1")) == []
    assert told(presence.gone("usb:1-1")) == [("counter", Change.MOVED, "usb:2-1")]


def test_of_two_identical_models_neither_is_guessed() -> None:
    presence = one()
    [notice] = presence.counted([fi("1-1", "A1"), fi("1-2", "B2")])
    assert (notice.change, notice.place) == (Change.UNCLEAR, "usb:1-1, usb:1-2")
    assert "device.serial" in notice.remark
    assert presence.standing("counter") is Standing.UNCLEAR
    assert presence.counted([fi("1-1", "A1"), fi("1-2", "B2")]) == []


def test_a_serial_number_in_the_settings_tells_twins_apart() -> None:
    presence = Presence([Want("left", FI, "A1"), Want("right", FI, "B2")])
    presence.counted([fi("1-2", "B2"), fi("1-1", "A1")])
    assert (presence.place_of("left"), presence.place_of("right")) == ("usb:1-1", "usb:1-2")
    presence.counted([])
    presence.counted([fi("1-1", "B2"), fi("1-2", "A1")])  # put back crosswise
    assert (presence.place_of("left"), presence.place_of("right")) == ("usb:1-2", "usb:1-1")


def test_one_serial_number_in_the_settings_leaves_the_other_twin_to_the_other_device() -> None:
    presence = Presence([Want("left", FI, "A1"), Want("right", FI)])
    presence.counted([fi("1-1", "A1"), fi("1-2", "B2")])
    assert (presence.place_of("left"), presence.place_of("right")) == ("usb:1-1", "usb:1-2")


def test_two_devices_of_one_model_and_one_scanner_are_unclear() -> None:
    presence = Presence([Want("left", FI), Want("right", FI)])
    assert {notice.change for notice in presence.seen(fi("1-1", "A1"))} == {Change.UNCLEAR}
    assert presence.owner("usb:1-1") == ""


def test_a_twin_that_stood_beside_it_is_never_taken_for_a_lost_scanner() -> None:
    presence = one()
    presence.seen(fi("1-1", "A1"))
    assert presence.seen(fi("1-2", "B2")) == []
    assert told(presence.gone("usb:1-1")) == [
        ("counter", Change.LOST, "usb:1-1"), ("counter", Change.STRANGER, "usb:1-2")]
    assert presence.standing("counter") is Standing.ABSENT
    assert told(presence.seen(fi("1-5", "A1"))) == [("counter", Change.BACK, "usb:1-5")]


def test_a_spare_scanner_put_in_its_place_serves_and_is_told() -> None:
    presence = one()
    presence.seen(fi("1-1", "A1"))
    presence.gone("usb:1-1")
    swapped, back = presence.seen(fi("1-1", "C3"))
    assert (swapped.change, swapped.remark) == (Change.SWAPPED, "serial C3 in place of serial A1")
    assert back.change is Change.BACK
    presence.gone("usb:1-1")
    assert [notice.change for notice in presence.seen(fi("1-1", "C3"))] == [Change.BACK]


def test_a_spare_does_not_serve_a_device_that_names_its_serial_number() -> None:
    presence = one("A1")
    presence.seen(fi("1-1", "A1"))
    presence.gone("usb:1-1")
    assert presence.seen(fi("1-1", "C3")) == []
    assert presence.standing("counter") is Standing.ABSENT


def test_a_hub_that_vanishes_loses_each_of_its_scanners_once() -> None:
    presence = Presence([Want("left", FI, "A1"), Want("right", FI, "B2"), Want("other", "canon_dr-m160ii")])
    presence.counted([fi("1-1.1", "A1"), fi("1-1.2", "B2"), fi("2-1", "M", "canon_dr-m160ii")])
    lost = presence.gone("usb:1-1.2") + presence.gone("usb:1-1.1") + presence.gone("usb:1-1")
    assert told(lost) == [("right", Change.LOST, "usb:1-1.2"), ("left", Change.LOST, "usb:1-1.1")]
    assert presence.standing("other") is Standing.PRESENT
    back = presence.counted([fi("3-4.1", "A1"), fi("3-4.2", "B2"), fi("2-1", "M", "canon_dr-m160ii")])
    assert told(back) == [("left", Change.BACK, "usb:3-4.1"), ("right", Change.BACK, "usb:3-4.2")]


def test_twins_without_serial_numbers_on_a_hub_that_moved_are_unclear_not_swapped() -> None:
    presence = Presence([Want("left", FI, "A1"), Want("right", FI)])
    presence.counted([fi("1-1", "A1"), fi("1-2")])
    presence.counted([])
    presence.counted([fi("2-1"), fi("2-2")])
    assert presence.standing("right") is Standing.UNCLEAR
    assert presence.standing("left") is Standing.ABSENT


def test_twins_without_serial_numbers_come_back_by_their_ports() -> None:
    presence = Presence([Want("left", FI), Want("right", "fujitsu_fi-8170")])
    twins = [fi("1-1"), fi("1-2", profile="fujitsu_fi-8170")]
    presence.counted(twins)
    presence.counted([])
    assert [notice.change for notice in presence.counted(twins)] == [Change.BACK, Change.BACK]


def test_an_event_that_was_lost_is_healed_by_the_next_count() -> None:
    presence = one()
    presence.seen(fi("1-1", "A1"))
    assert told(presence.counted([])) == [("counter", Change.LOST, "usb:1-1")]
    assert told(presence.counted([fi("1-1", "A1")])) == [("counter", Change.BACK, "usb:1-1")]


@pytest.mark.parametrize("serial", ["", "0", "000000000000", "0-0", "..."])
def test_zeros_are_no_serial_number(serial: str) -> None:
    assert not real_serial(serial)
    assert fi("1-1", serial).identity == "port usb:1-1"


def test_a_serial_number_told_by_the_driver_counts_from_then_on() -> None:
    presence = one()
    presence.seen(fi("1-1"))
    assert presence.learnt("counter", "SANE-7") == []
    assert presence.seen(fi("1-1")) == []  # a further event of the same device does not forget it
    assert [sighting.serial for sighting in presence.sightings()] == ["SANE-7"]
    presence.gone("usb:1-1")
    [notice] = presence.seen(fi("4-1"))
    assert notice.change is Change.BACK


def test_a_driver_does_not_overrule_the_serial_number_that_usb_tells() -> None:
    presence = one()
    presence.seen(fi("1-1", "A1"))
    presence.learnt("counter", "Z9")
    assert [sighting.serial for sighting in presence.sightings()] == ["A1"]


def test_a_serial_number_in_the_settings_that_only_the_driver_can_read_is_found() -> None:
    presence = one("SANE-7")
    assert presence.seen(fi("1-1")) == []
    assert presence.standing("counter") is Standing.ABSENT
    assert presence.learnt("counter", "0") == []
    assert told(presence.learnt("counter", "SANE-7")) == [("counter", Change.FOUND, "usb:1-1")]


def test_of_two_silent_twins_a_driver_does_not_say_which_it_drives() -> None:
    presence = one("SANE-7")
    presence.counted([fi("1-1"), fi("1-2")])
    assert presence.learnt("counter", "SANE-7") == []
    assert presence.standing("counter") is Standing.ABSENT


def after_a_restart(before: Presence, *wants: Want) -> Presence:
    return Presence(wants or [Want("counter", FI)], before.memory())


def test_after_a_restart_the_scanner_that_was_there_is_found_again_on_whatever_port() -> None:
    before = one()
    before.seen(fi("1-1", "A1"))
    [notice] = after_a_restart(before).counted([fi("1-1", "A1")])
    assert (notice.change, notice.remark) == (Change.FOUND, "serial A1")
    [moved] = after_a_restart(before).counted([fi("3-2", "A1")])
    assert (moved.change, moved.remark) == (Change.FOUND, "serial A1, at another port than usb:1-1")


def test_a_twin_that_was_seen_beside_it_is_not_taken_for_it_after_a_restart() -> None:
    before = one()
    before.seen(fi("1-1", "A1"))
    before.seen(fi("1-2", "B2"))
    after = after_a_restart(before)
    [notice] = after.counted([fi("1-1", "B2")])  # the cable of the wrong one was put back
    assert (notice.change, notice.place) == (Change.STRANGER, "usb:1-1") and "device.serial" in notice.remark
    assert after.counted([fi("1-1", "B2")]) == []
    assert after.standing("counter") is Standing.ABSENT
    assert told(after.seen(fi("1-3", "A1"))) == [("counter", Change.FOUND, "usb:1-3")]


def test_a_scanner_that_nobody_knew_and_that_stands_in_for_it_after_a_restart_is_told() -> None:
    before = one()
    before.seen(fi("1-1", "A1"))
    swapped, found = after_a_restart(before).counted([fi("1-1", "C3")])
    assert (swapped.change, swapped.remark) == (Change.SWAPPED, "serial C3 in place of serial A1")
    assert found.change is Change.FOUND


def test_a_twin_whose_number_only_its_driver_tells_is_noticed_after_a_restart_too() -> None:
    before = one()
    before.seen(fi("1-1"))
    before.learnt("counter", "SANE-7")
    after = after_a_restart(before)
    assert [notice.change for notice in after.counted([fi("1-1")])] == [Change.FOUND]
    [notice] = after.learnt("counter", "SANE-8")
    assert (notice.change, notice.remark) == (Change.SWAPPED, "serial SANE-8 in place of serial SANE-7")
    assert after.memory()["counter"].identity == "serial SANE-8"


def test_a_number_that_a_driver_tells_and_that_is_a_strangers_is_not_taken_for_ours() -> None:
    before = Presence([Want("counter", FI)])
    before.seen(fi("1-1", "A1"))
    before.seen(fi("1-2", "B2"))
    after = after_a_restart(before)
    assert [notice.change for notice in after.seen(fi("1-4"))] == [Change.FOUND]  # silent: it may be ours
    assert told(after.learnt("counter", "B2")) == [
        ("counter", Change.LOST, "usb:1-4"), ("counter", Change.STRANGER, "usb:1-4")]
    assert after.memory()["counter"].identity == "serial A1"


def test_a_doubt_is_over_when_nothing_that_fits_is_plugged_in() -> None:
    presence = Presence([Want("left", FI), Want("right", FI)])
    presence.seen(fi("1-1", "A1"))
    assert told(presence.gone("usb:1-1")) == [("left", Change.AWAY, ""), ("right", Change.AWAY, "")]
    assert presence.gone("usb:1-1") == []


def test_what_is_another_devices_is_a_stranger_and_a_device_with_a_serial_number_is_left_to_its_driver() -> None:
    presence = Presence([Want("left", FI, "A1"), Want("right", FI)])
    notices = presence.seen(fi("1-1", "A1"))
    assert told(notices) == [("left", Change.FOUND, "usb:1-1"), ("right", Change.STRANGER, "usb:1-1")]
    alone = one("SANE-7")
    assert alone.counted([fi("1-1", "B2"), fi("1-2")]) == []


def test_a_device_that_was_never_there_is_not_remembered() -> None:
    assert one().memory() == {}
    assert after_a_restart(one(), Want("new", FI)).standing("new") is Standing.ABSENT


def test_a_scanner_of_another_model_is_nobodys() -> None:
    presence = one()
    assert presence.seen(fi("1-1", "A1", "canon_dr-m160ii")) == []
    assert presence.seen(fi("1-2", "A2", "")) == []
    assert presence.standing("counter") is Standing.ABSENT


def test_a_network_scanner_is_known_by_any_of_its_addresses() -> None:
    presence = Presence([Want("desk", "escl_generic", url="http://scan.local:8080/eSCL")])
    far = Sighting("mdns:A", bus="network", url="http://10.0.0.9:80/eSCL", hosts=("10.0.0.9",), ports=(80,))
    near = Sighting("mdns:B", bus="network", url="https://10.0.0.7:443/eSCL", hosts=("10.0.0.7", "scan.local"),
                    ports=(443, 8080))
    assert presence.seen(far) == []
    assert told(presence.seen(near)) == [("desk", Change.FOUND, "mdns:B")]


@pytest.mark.parametrize("url", ["", "http://[/eSCL", "http://a:99999/eSCL", "nonsense"])
def test_an_address_that_is_none_finds_nothing(url: str) -> None:
    presence = Presence([Want("desk", "escl_generic", url=url)])
    presence.seen(Sighting("mdns:A", bus="network", url="http://a/", hosts=("a",), ports=(80,)))
    assert presence.place_of("desk") == ""


@pytest.mark.parametrize("seed", range(40))
def test_whatever_is_plugged_a_scanner_has_one_owner_and_every_loss_one_notice(seed: int) -> None:
    chance = random.Random(seed)
    presence = Presence([Want("a", FI, "A1"), Want("b", FI), Want("c", "x")])
    there: dict[str, bool] = dict.fromkeys("abc", False)
    for _ in range(200):
        port = f"1-{chance.randrange(4)}"
        serial = chance.choice(["A1", "B2", "", "0"])
        notices = (presence.gone(f"usb:{port}") if chance.random() < 0.4
                   else presence.seen(fi(port, serial, chance.choice([FI, FI, "x"]))))
        for notice in notices:
            if notice.change is Change.LOST:
                assert there[notice.device]
                there[notice.device] = False
            elif notice.change in (Change.FOUND, Change.BACK):
                assert not there[notice.device]
                there[notice.device] = True
        places = [presence.place_of(name) for name in "abc" if presence.place_of(name)]
        assert len(places) == len(set(places))
        assert {name for name in "abc" if presence.standing(name) is Standing.PRESENT} == {
            name for name, now in there.items() if now}


def test_the_order_of_plugging_does_not_matter_where_serial_numbers_are_given() -> None:
    wants = [Want("a", FI, "A1"), Want("b", FI, "B2"), Want("c", FI, "C3")]
    scanners = [fi("1-1", "A1"), fi("1-2", "B2"), fi("1-3", "C3")]
    for order in itertools.permutations(scanners):
        presence = Presence(wants)
        for scanner in order:
            presence.seen(scanner)
        assert [presence.place_of(name) for name in "abc"] == ["usb:1-1", "usb:1-2", "usb:1-3"]
