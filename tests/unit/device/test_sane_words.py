"""What a SANE status means, for each backend family: word and sensors in, cause, feeder and error out."""

from __future__ import annotations

import pytest

from appliance.core import errors
from appliance.device import profile
from appliance.device.profile import FirmwareProfile
from appliance.device.protocol import Feeder, Status
from appliance.device.sane_status import FAMILIES, Cause, Finding, Senses, Word, at_rest, find, split_of, watched


def family(name: str, more: str = "") -> FirmwareProfile:
    return profile.parse("x", f'name = "x"\nmodel = "X"\n[match]\nmodel = "X"\n[driver]\nbackend = "sane"\n'
                              f'sane_backend = "{name}"\n{more}')


STAPLES = '[[status_split]]\nstatus = "JAMMED"\nsensors = ["staple-detected", "skew-stop", "multi-feed"]'
NOTHING: Senses = {}

TABLE: list[tuple[str, Word, Senses | None, Cause, str]] = [
    ("fujitsu", Word.JAMMED, {"double-feed": 0, "omr-df": 0, "error-code": 0}, Cause.JAM, ""),
    ("fujitsu", Word.JAMMED, {"double-feed": 1, "omr-df": 0, "error-code": 0}, Cause.MULTIFEED, ""),
    ("fujitsu", Word.JAMMED, {"double-feed": 0, "omr-df": 1, "error-code": 49}, Cause.MULTIFEED, "error-code 49"),
    ("fujitsu", Word.JAMMED, {"double-feed": 0, "omr-df": 0, "error-code": 49}, Cause.JAM, "error-code 49"),
    ("fujitsu", Word.JAMMED, None, Cause.JAM, ""),
    ("fujitsu", Word.NO_DOCS, {"page-loaded": 0}, Cause.EMPTY, ""),
    ("fujitsu", Word.NO_DOCS, {"page-loaded": 1}, Cause.STOP_PRESSED, ""),
    ("fujitsu", Word.NO_DOCS, None, Cause.EMPTY, ""),
    ("fujitsu", Word.COVER_OPEN, NOTHING, Cause.COVER, ""),
    ("fujitsu", Word.CANCELLED, NOTHING, Cause.STOP_PRESSED, ""),
    ("fujitsu", Word.DEVICE_BUSY, NOTHING, Cause.BUSY, ""),
    ("fujitsu", Word.IO_ERROR, None, Cause.LOST, ""),
    ("fujitsu", Word.IO_ERROR, {"error-code": 4}, Cause.HARDWARE, "error-code 4"),
    ("fujitsu", Word.IO_ERROR, {"error-code": 0}, Cause.HARDWARE,
     "mực, bộ đóng dấu, cầu chì, quang học hoặc quạt / ink, endorser, fuse, optics or fan"),
    ("fujitsu", Word.NO_DOCS, {"page-loaded": 1, "cover-open": 0}, Cause.STOP_PRESSED, ""),
    ("canon_dr", Word.JAMMED, NOTHING, Cause.JAM,
     "kẹt, cuốn đôi, lệch giấy hoặc ghim / jam, double feed, skew or staple"),
    ("canon_dr", Word.NO_DOCS, {"adf-loaded": 1}, Cause.STOP_PRESSED, ""),
    ("canon_dr", Word.NO_DOCS, {"adf-loaded": 0}, Cause.EMPTY, ""),
    ("canon_dr", Word.COVER_OPEN, NOTHING, Cause.COVER, ""),
    ("canon_dr", Word.CANCELLED, NOTHING, Cause.STOP_PRESSED, ""),
    ("canon_dr", Word.DEVICE_BUSY, NOTHING, Cause.BUSY, ""),
    ("canon_dr", Word.IO_ERROR, {"adf-loaded": 1}, Cause.HARDWARE, "IO_ERROR"),
    ("canon_dr", Word.IO_ERROR, None, Cause.LOST, ""),
    ("epsonds", Word.CANCELLED, NOTHING, Cause.STOP_PRESSED, ""),
    ("epsonds", Word.DEVICE_BUSY, NOTHING, Cause.BUSY, ""),
    ("avision", Word.COVER_OPEN, NOTHING, Cause.COVER, ""),
    ("avision", Word.CANCELLED, NOTHING, Cause.STOP_PRESSED, ""),
    ("avision", Word.DEVICE_BUSY, NOTHING, Cause.BUSY, ""),
    ("avision", Word.IO_ERROR, NOTHING, Cause.HARDWARE, "IO_ERROR"),
    ("avision", Word.IO_ERROR, None, Cause.LOST, ""),
    ("kvs20xx", Word.COVER_OPEN, NOTHING, Cause.COVER, ""),
    ("kvs20xx", Word.CANCELLED, NOTHING, Cause.STOP_PRESSED, ""),
    ("kvs20xx", Word.DEVICE_BUSY, NOTHING, Cause.BUSY, ""),
    ("kvs20xx", Word.IO_ERROR, NOTHING, Cause.HARDWARE, "IO_ERROR"),
    ("kvs20xx", Word.IO_ERROR, None, Cause.LOST, ""),
    ("kvs40xx", Word.NO_DOCS, NOTHING, Cause.EMPTY, ""),
    ("kvs40xx", Word.COVER_OPEN, NOTHING, Cause.COVER, ""),
    ("kvs40xx", Word.CANCELLED, NOTHING, Cause.STOP_PRESSED, ""),
    ("kvs40xx", Word.IO_ERROR, NOTHING, Cause.HARDWARE, "IO_ERROR"),
    ("kvs40xx", Word.IO_ERROR, None, Cause.LOST, ""),
    ("airscan", Word.CANCELLED, NOTHING, Cause.STOP_PRESSED, ""),
    ("airscan", Word.DEVICE_BUSY, NOTHING, Cause.BUSY, ""),
    ("airscan", Word.IO_ERROR, None, Cause.LOST, ""),
    ("vendor", Word.JAMMED, NOTHING, Cause.JAM, ""),
    ("vendor", Word.NO_DOCS, NOTHING, Cause.EMPTY, ""),
    ("vendor", Word.COVER_OPEN, NOTHING, Cause.COVER, ""),
    ("vendor", Word.CANCELLED, NOTHING, Cause.STOP_PRESSED, ""),
    ("vendor", Word.DEVICE_BUSY, NOTHING, Cause.BUSY, ""),
    ("vendor", Word.IO_ERROR, None, Cause.LOST, ""),
    ("epsonds", Word.JAMMED, NOTHING, Cause.JAM, ""),
    ("epsonds", Word.NO_DOCS, NOTHING, Cause.EMPTY, ""),
    ("epsonds", Word.COVER_OPEN, NOTHING, Cause.COVER, ""),
    ("epsonds", Word.IO_ERROR, NOTHING, Cause.HARDWARE,
     "cuốn đôi, khoá nắp hoặc lỗi máy / double feed, cover lock or fault"),
    ("epsonds", Word.IO_ERROR, None, Cause.LOST, ""),
    ("avision", Word.JAMMED, NOTHING, Cause.JAM, "kẹt hoặc cuốn đôi / jam or double feed"),
    ("avision", Word.NO_DOCS, NOTHING, Cause.EMPTY, ""),
    ("kvs20xx", Word.JAMMED, NOTHING, Cause.JAM, "kẹt hoặc cuốn đôi / jam or double feed"),
    ("kvs20xx", Word.NO_DOCS, NOTHING, Cause.EMPTY, ""),
    ("kvs40xx", Word.JAMMED, NOTHING, Cause.JAM,
     "kẹt, cuốn đôi, lệch giấy hoặc ghim / jam, double feed, skew or staple"),
    ("kvs40xx", Word.DEVICE_BUSY, NOTHING, Cause.BUSY, ""),
    ("airscan", Word.JAMMED, NOTHING, Cause.JAM, ""),
    ("airscan", Word.NO_DOCS, NOTHING, Cause.EMPTY, ""),
    ("airscan", Word.COVER_OPEN, NOTHING, Cause.COVER, ""),
    ("airscan", Word.IO_ERROR, NOTHING, Cause.HARDWARE,
     "đứt kết nối hoặc lỗi máy / connection cut or device fault"),
    ("vendor", Word.IO_ERROR, NOTHING, Cause.HARDWARE, "IO_ERROR"),
    ("vendor", Word.NO_MEM, NOTHING, Cause.HARDWARE, "NO_MEM"),
    ("vendor", Word.ACCESS_DENIED, NOTHING, Cause.HARDWARE, "ACCESS_DENIED"),
    ("never_heard_of", Word.JAMMED, NOTHING, Cause.JAM, ""),
]


@pytest.mark.parametrize(("backend", "word", "senses", "cause", "text"), TABLE)
def test_a_word_of_a_family_with_its_sensors_has_one_cause(
    backend: str, word: Word, senses: Senses | None, cause: Cause, text: str
) -> None:
    assert find(word, senses, split_of(family(backend), word)) == Finding(cause, text)


@pytest.mark.parametrize(("sensor", "cause"), [
    ("staple-detected", Cause.STAPLE), ("skew-stop", Cause.SKEW), ("multi-feed", Cause.MULTIFEED),
])
def test_a_profile_may_name_sensors_of_its_own(sensor: str, cause: Cause) -> None:
    split = split_of(family("vendor", STAPLES), Word.JAMMED)
    assert find(Word.JAMMED, {sensor: 1}, split).cause is cause
    assert find(Word.JAMMED, {sensor: 0}, split).cause is Cause.JAM


SILENT = {Cause.MULTIFEED, Cause.STAPLE, Cause.SKEW}
"""What a family without a sensor for it reports as JAM, or as HARDWARE (epsonds), with its meaning in words."""

FAMILY_NAMES = ("fujitsu", "canon_dr", "epsonds", "avision", "kvs20xx", "kvs40xx", "airscan", "vendor")
CANNOT_TELL = dict.fromkeys(FAMILY_NAMES, SILENT) | {"fujitsu": {Cause.STAPLE, Cause.SKEW}}
"""staple-detect, stapledetect, stapeled_doc, stop-skew are switches, not sensors: what they find is a plain jam."""


def test_every_family_of_the_reference_has_its_rows() -> None:
    assert {row[0] for row in TABLE} >= set(FAMILIES)


@pytest.mark.parametrize("name", FAMILY_NAMES)
def test_each_family_tells_every_cause_but_those_it_has_no_sensor_for(name: str) -> None:
    told = {cause for backend, _, _, cause, _ in TABLE if backend == name}
    stall = {Cause.STALL}  # found by the watchdog, whatever the family
    assert set(Cause) - told - stall == CANNOT_TELL[name]


@pytest.mark.parametrize(("cause", "feeder", "code"), [
    (Cause.EMPTY, Feeder.EMPTY, errors.NO_PAPER), (Cause.JAM, Feeder.JAM, errors.PAPER_JAM),
    (Cause.MULTIFEED, Feeder.MULTIFEED, errors.DOUBLE_FEED), (Cause.COVER, Feeder.COVER, errors.COVER_OPEN),
    (Cause.STOP_PRESSED, Feeder.LOADED, errors.CAPTURE_STOPPED),
    (Cause.STAPLE, Feeder.WRONG_PAPER, errors.PAPER_PUT_WRONG),
    (Cause.SKEW, Feeder.WRONG_PAPER, errors.PAPER_PUT_WRONG), (Cause.BUSY, Feeder.PROCESSING, errors.DEVICE_BUSY),
    (Cause.LOST, Feeder.LOST, errors.DEVICE_LOST), (Cause.STALL, Feeder.HARDWARE, errors.DEVICE_STALLED),
    (Cause.HARDWARE, Feeder.HARDWARE, errors.DEVICE_FAULT),
])
def test_every_cause_has_a_feeder_and_an_error(cause: Cause, feeder: Feeder, code: errors.Kind) -> None:
    finding = Finding(cause, "x 7")
    assert finding.status == Status(feeder, "x 7")
    assert finding.error().kind is code
    assert finding.error(sheet=4).details == {"text": "x 7", "sheet": 4}


def test_a_number_that_sane_does_not_know_is_an_io_error() -> None:
    assert [Word.of(number) for number in (0, 6, 12, -1, 10**6)] == [
        Word.GOOD, Word.JAMMED, Word.IO_ERROR, Word.IO_ERROR, Word.IO_ERROR]


def test_the_shipped_profile_splits_as_its_family_does() -> None:
    shipped = profile.load("fujitsu_fi-8170")
    double = find(Word.JAMMED, {"double-feed": 1}, split_of(shipped, Word.JAMMED))
    stopped = find(Word.NO_DOCS, {"page-loaded": 1}, split_of(shipped, Word.NO_DOCS))
    assert (double.cause, stopped.cause) == (Cause.MULTIFEED, Cause.STOP_PRESSED)


def test_each_idle_sensor_is_named_once() -> None:
    names = watched(profile.load("fujitsu_fi-8170"))
    assert len(names) == len(set(names))
    assert {"page-loaded", "scan", "function", "cover-open"} <= set(names)


@pytest.mark.parametrize(("senses", "feeder"), [
    ({"page-loaded": 1, "cover-open": 0}, Feeder.LOADED), ({"page-loaded": 0}, Feeder.EMPTY),
    ({"page-loaded": 1, "cover-open": 1}, Feeder.COVER), ({"adf-loaded": 0}, Feeder.EMPTY), ({}, Feeder.LOADED),
])
def test_a_feeder_at_rest(senses: Senses, feeder: Feeder) -> None:
    assert at_rest(senses, profile.load("fujitsu_fi-8170")) == Status(feeder)
