"""The mark of a device that may be locked up: who leaves it, what it means, and when it means nothing any more."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance.device.sane_wedge import Trace, WedgeMark, after_reset, same_device


def test_a_mark_is_read_by_the_next_process_and_gone_when_cleared(tmp_path: Path) -> None:
    place = tmp_path / "scanning-quay1"
    assert WedgeMark(place).read() is None
    mark = WedgeMark(place)
    mark.leave(Trace("001:007", 1))
    assert WedgeMark(place).read() == Trace("001:007", 1)
    mark.clear()
    mark.clear()
    assert WedgeMark(place).read() is None
    mark.leave(Trace("001:007", 1))
    assert place.exists()


@pytest.mark.parametrize("text", [
    "", "{", "[]", "null", '{"place": 1}', '{"place": "x", "resets": "many"}', "\udcff",
])
def test_a_mark_that_was_half_written_still_means_that_a_scan_never_ended(text: str, tmp_path: Path) -> None:
    place = tmp_path / "mark"
    place.write_bytes(text.encode("utf-8", "surrogateescape"))
    assert WedgeMark(place).read() == Trace()


def test_a_mark_that_cannot_be_kept_stops_no_scan(tmp_path: Path) -> None:
    nowhere = WedgeMark(tmp_path / "no" / "such" / "folder")
    nowhere.leave(Trace("001:007"))
    nowhere.clear()
    none = WedgeMark(None)
    none.leave(Trace("001:007"))
    assert none.read() is None


@pytest.mark.parametrize(("then", "now", "same"), [
    ("001:007", "001:007", True), ("001:007", "001:009", False), ("", "001:009", True), ("001:007", "", True),
])
def test_another_number_on_the_bus_means_that_it_was_turned_off_and_on(then: str, now: str, same: bool) -> None:
    assert same_device(Trace(then), now) is same


def test_each_reset_is_counted_and_an_unknown_place_is_learnt() -> None:
    once = after_reset(Trace("", 0), "001:007")
    assert (once, after_reset(once, "")) == (Trace("001:007", 1), Trace("001:007", 2))
