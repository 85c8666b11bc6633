"""A feed that breaks off: the sheet is named, the paper goes back, and nothing is lost or doubled."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from rig import Rig, Sheet, accepted, balanced, dossier, escl, flat, job, letter

from appliance.core.errors import ApplianceError
from appliance.demo.letters import make_decision
from appliance.demo.wish import DEVICE
from appliance.operate import keep, remove

CODES = iter(range(1, 100))


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    found = Rig(tmp_path_factory.mktemp("interrupted") / "rig", {"device": [escl()], "job": [job(duplex=True)]})
    try:
        yield found
    finally:
        found.stop()


@pytest.fixture(autouse=True)
def calm(rig: Rig) -> Iterator[None]:
    """Leave no fault behind."""
    yield
    rig.faults()


FACES = [flat(letter(number)) for number in range(1, 5)]


def stack(code: str) -> list[Sheet]:
    """A separator, a letter on both faces, two letters with blank backs."""
    return [dossier(code, 3), Sheet(FACES[0], FACES[1]), Sheet(FACES[2]), Sheet(FACES[3])]


def new_code() -> str:
    return f"CUT.{next(CODES)}"


def refused(rig: Rig, verb: str) -> str:
    with pytest.raises(ApplianceError) as caught:
        rig.ask(verb)
    return caught.value.code


def filed(rig: Rig, code: str) -> list[tuple[Any, ...]]:
    """Return (number, sheet, side) of every page of a dossier, in order."""
    return rig.rows("SELECT number, sheet, side FROM page WHERE state = 'filed' AND dossier = "
                    f"'{code}.r1' ORDER BY document, number")


WHOLE = [(at * 2 + back + 1, at + 2, side) for at in range(5) for back, side in enumerate(("front", "back"))]


def all_is_well(rig: Rig, code: str, sheets: int = 3) -> None:
    """The whole dossier is with the archive, each side once, and the scanner is free."""
    status = rig.settled()
    assert code in accepted(status), status["held"]
    balanced(status)
    assert filed(rig, code) == WHOLE[:2 * sheets]
    assert status["devices"][0]["state"] == "ready" and not status["devices"][0]["message_vi"]


def in_dossier(rig: Rig, words: str) -> dict[str, Any]:
    """Wait until the sheets before are looked at and the place in the dossier is told, to device and held batch."""
    def told(found: dict[str, Any]) -> bool:
        texts = [found["devices"][0]["message_vi"], *(one["vi"] for one in found["held"] if one["what"] == "batch")]
        return len(texts) == 2 and all(words in text for text in texts)

    found: dict[str, Any] = rig.wait(told, words)["devices"][0]
    return found


def put_back_and_resume(rig: Rig, name: str, sheet: int, code: str, sheets: int = 3) -> None:
    rig.faults()
    rig.put_back(name, sheet)
    rig.resume()
    all_is_well(rig, code, sheets)


def in_doubt(found: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the held sides of sheets that may have been fed twice, or that may be another than was to come."""
    return [thing for thing in found["held"] if thing["code"] in ("S207", "S208")]


@pytest.mark.parametrize(("faults", "code", "sheet"), [
    pytest.param({"jam_at": 3}, "D102", 3, marks=pytest.mark.slow),
    pytest.param({"jam_at": 2, "side": "back"}, "D102", 2, marks=pytest.mark.slow),
    ({"jam_at": 2, "side": "back", "mid_page": True}, "D102", 2),
    pytest.param({"lost_at": 3}, "D105", 3, marks=pytest.mark.slow),
], ids=["jam", "jam on a back", "jam in mid page", "connection lost"])
def test_the_sheet_is_named_and_the_rest_put_back(
    rig: Rig, faults: dict[str, Any], code: str, sheet: int,
) -> None:
    file_code = new_code()
    name = rig.load(stack(file_code))
    rig.faults(**faults)
    rig.press()
    told = rig.wait(lambda found: found["devices"][0]["state"] == "reload" and found["devices"][0]["sheet"] > 0,
                    "reload names a sheet")
    device = told["devices"][0]
    assert (device["code"], device["sheet"]) == (code, sheet)
    assert f"tờ thứ {sheet} của lượt quét này" in device["message_vi"]
    assert f"sheet {sheet} of this batch" in device["message_en"]
    (held,) = [thing for thing in told["held"] if thing["what"] == "batch"]
    assert held["code"] == code and f"tờ thứ {sheet} của lượt quét này" in held["vi"]
    device = in_dossier(rig, f"(tờ thứ {sheet} của hồ sơ …{file_code[-3:]}), tính cả phiếu phân tách")
    assert f"(sheet {sheet} of dossier …{file_code[-3:]}), separators counted" in device["message_en"]
    assert f'appliance_scanner_trouble{{code="{code}",device="{DEVICE}"}} 1.0' in rig.metrics()
    put_back_and_resume(rig, name, sheet, file_code)


@pytest.mark.slow
def test_an_open_cover_breaks_off_and_nothing_starts_until_it_is_closed(rig: Rig) -> None:
    file_code = new_code()
    name = rig.load(stack(file_code))
    rig.faults(slow=1.0)
    rig.press()
    rig.wait(lambda found: found["devices"][0]["batch"] and recorded(rig, found) >= 2, "two sides captured")
    rig.faults(cover_open=True)
    device = rig.in_state("reload")
    assert device["code"] == "D103"
    sheet = rig.wait(lambda found: found["devices"][0]["sheet"] > 0, "a sheet")["devices"][0]["sheet"]
    rig.wait(lambda found: found["devices"][0]["feeder"] == "cover", "the cover is seen")
    rig.ask("resume")
    rig.wait(lambda found: found["devices"][0]["state"] == "reload" and found["devices"][0]["code"] == "D103",
             "broken off again")
    put_back_and_resume(rig, name, sheet, file_code)


def recorded(rig: Rig, found: dict[str, Any]) -> int:
    batch = found["devices"][0]["batch"]
    return int(rig.rows(f"SELECT count(*) FROM page WHERE batch = '{batch}'")[0][0])


@pytest.mark.slow
def test_the_daemon_is_killed_amid_a_batch(rig: Rig) -> None:
    file_code = new_code()
    name = rig.load(stack(file_code))
    rig.faults(slow=1.0)
    rig.press()
    rig.wait(lambda found: found["devices"][0]["batch"] and recorded(rig, found) >= 3, "three sides captured")
    rig.kill("daemon")
    rig.start("daemon")
    device = rig.in_state("reload")
    before = rig.rows("SELECT id FROM batch WHERE state = 'reload'")
    assert len(before) == 1 and device["batch"] == before[0][0]
    assert f"tờ thứ {device['sheet']} của lượt quét này" in device["message_vi"]
    put_back_and_resume(rig, name, device["sheet"], file_code)
    assert rig.rows(f"SELECT count(*) FROM dossier WHERE file_code = '{file_code}'") == [(1,)]


def test_a_press_during_a_batch_is_refused_and_changes_nothing(rig: Rig) -> None:
    file_code = new_code()
    rig.load(stack(file_code))
    rig.faults(slow=1.0)
    rig.press()
    batches = rig.rows("SELECT count(*) FROM batch")
    assert refused(rig, "press") == "D113"
    assert refused(rig, "resume") == "D113"
    assert refused(rig, "finish") == "D113"
    rig.faults()
    all_is_well(rig, file_code)
    assert rig.rows("SELECT count(*) FROM batch") == batches


@pytest.mark.slow
def test_a_press_with_an_empty_feeder_is_an_error(rig: Rig) -> None:
    rig.wait(lambda found: found["devices"][0]["feeder"] == "empty", "the feeder is empty")
    batches = rig.rows("SELECT count(*) FROM batch")
    assert refused(rig, "press") == "D101"
    device = rig.device()
    assert device["code"] == "D101" and "Khay nạp không có giấy" in device["message_vi"]
    assert rig.rows("SELECT count(*) FROM batch") == batches
    file_code = new_code()
    rig.load(stack(file_code))
    rig.press()
    all_is_well(rig, file_code)


def test_a_feeder_that_lies_about_its_paper_is_an_error_and_can_be_given_up(rig: Rig) -> None:
    rig.faults(adf_state="ScannerAdfLoaded")
    rig.press()
    device = rig.in_state("reload")
    assert device["code"] == "D106" and device["message_vi"]
    rig.faults()
    rig.ask("finish")
    balanced(rig.settled())
    assert rig.device()["state"] == "ready" and not rig.device()["code"]


def test_stopping_the_feed_waits_for_the_sheets_that_are_missing(rig: Rig) -> None:
    file_code = new_code()
    name = rig.load(stack(file_code))
    rig.faults(slow=1.0)
    rig.press()
    rig.wait(lambda found: found["devices"][0]["batch"] and recorded(rig, found) >= 2, "two sides captured")
    rig.ask("cancel")
    told = rig.wait(lambda found: found["devices"][0]["state"] == "reload" and found["devices"][0]["sheet"] > 0,
                    "reload names a sheet")
    device = told["devices"][0]
    assert device["code"] == "D109"
    put_back_and_resume(rig, name, device["sheet"], file_code)


def test_finish_closes_what_was_interrupted_and_a_short_dossier_waits(rig: Rig) -> None:
    file_code = new_code()
    rig.load(stack(file_code))
    rig.faults(jam_at=3)
    rig.press()
    rig.wait(lambda found: found["devices"][0]["sheet"] == 3, "reload from sheet 3")
    rig.faults()
    rig.ask("finish")
    status = rig.settled()
    balanced(status)
    (waiting,) = [one for one in status["dossiers"] if one["file_code"] == file_code]
    assert (waiting["state"], waiting["code"], waiting["captured"], waiting["declared"]) == ("held", "T403", 1, 3)
    (held,) = [thing for thing in status["held"] if thing["id"].startswith(file_code)]
    assert "(1)" in held["vi"] and "(3)" in held["vi"]
    assert refused(rig, "finish") == "D115"
    rig.take_out()
    rig.load([dossier(file_code, 3), Sheet(FACES[2]), Sheet(FACES[0])])  # the rest comes later
    rig.press()
    status = rig.settled()
    assert file_code in accepted(status), status["held"]
    balanced(status)


@pytest.fixture
def settled_rig(rig: Rig) -> Iterator[Rig]:
    """The same appliance with a scanner that paper alone starts."""
    rig.restart_daemon({"device": [escl(start_kind="settled", settle_seconds=0.5)]})
    yield rig
    rig.restart_daemon({"device": [escl()]})


@pytest.mark.slow
def test_loaded_paper_starts_by_itself_and_goes_on_by_itself_after_a_jam(settled_rig: Rig) -> None:
    rig, file_code = settled_rig, new_code()
    rig.faults(jam_at=3)
    name = rig.load(stack(file_code))
    rig.wait(lambda found: found["devices"][0]["sheet"] == 3, "reload from sheet 3")
    rig.take_out()
    rig.faults()
    rig.wait(lambda found: found["devices"][0]["feeder"] == "empty", "the feeder is seen empty")
    rig.put_back(name, 3)
    all_is_well(rig, file_code)
    assert refused(rig, "press") == "D101"  # all of it was taken: a press finds no paper


def test_a_sheet_put_back_too_many_is_held_at_once_and_goes_when_a_person_says_so(rig: Rig) -> None:
    file_code, other = new_code(), new_code()
    name = rig.load([*stack(file_code), dossier(other, 1), Sheet(flat(letter(9)))])
    rig.faults(jam_at=4)
    rig.press()
    rig.wait(lambda found: found["devices"][0]["sheet"] == 4, "reload from sheet 4")
    rig.faults()
    rig.put_back(name, 3)  # sheet 3 went through already
    rig.resume()
    told = rig.wait(lambda found: len(in_doubt(found)) == 2, "both sides of the sheet fed twice are held")
    front = in_doubt(told)[0]
    assert "Tờ 4 của lượt quét có vẻ chính là tờ 3 đã quét" in front["vi"]
    assert f"appliance remove {front['id']}" in front["vi"] and f"appliance keep {front['id']}" in front["en"]
    status = rig.wait(lambda found: found["idle"] and other in accepted(found), "the other dossier is filed")
    assert file_code not in accepted(status)
    balanced(status)
    assert status["devices"][0]["code"] == "S207" and front["vi"] == status["devices"][0]["message_vi"]
    assert remove([front["id"], "--socket", str(rig.place.control)]) == 0
    status = rig.settled()
    assert accepted(status) >= {file_code, other} and not status["held"]
    balanced(status)
    assert filed(rig, file_code) == [(1, 2, "front"), (2, 2, "back"), (3, 3, "front"), (4, 3, "back"),
                                     (5, 5, "front"), (6, 5, "back")]


@pytest.mark.slow
def test_two_copies_that_only_look_fed_twice_are_both_filed_when_a_person_says_so(rig: Rig) -> None:
    file_code = new_code()
    name = rig.load([dossier(file_code, 2), Sheet(FACES[0]), Sheet(FACES[0])])
    rig.faults(jam_at=3)
    rig.press()
    rig.wait(lambda found: found["devices"][0]["sheet"] == 3, "reload from sheet 3")
    rig.faults()
    rig.put_back(name, 3)
    rig.resume()
    told = rig.wait(lambda found: len(in_doubt(found)) == 2, "the copy is held")
    assert keep([in_doubt(told)[0]["id"], "--socket", str(rig.place.control)]) == 0
    status = rig.settled()
    assert file_code in accepted(status) and not status["held"]
    balanced(status)
    assert filed(rig, file_code) == WHOLE[:4]


@pytest.mark.slow
def test_a_sheet_that_is_left_out_after_a_jam_on_its_back_is_asked_for(rig: Rig) -> None:
    file_code = new_code()
    other = flat(make_decision(Random(3))[0])
    name = rig.load([dossier(file_code, 5), Sheet(FACES[0], FACES[1]), Sheet(other), *map(Sheet, FACES[2:]),
                     Sheet(flat(letter(8)))])
    rig.faults(jam_at=2, side="back")
    rig.press()
    rig.wait(lambda found: found["devices"][0]["sheet"] == 2, "reload from sheet 2")
    rig.faults(slow=1.0)
    rig.put_back(name, 3)  # sheet 2 is still in the machine
    rig.resume()
    (asked,) = in_doubt(rig.wait(lambda found: bool(in_doubt(found)), "the sheet is asked for"))
    assert asked["code"] == "S208" and "nạp lại từ tờ 2;" in asked["vi"]
    rig.ask("cancel")
    device = rig.in_state("reload")
    assert device["sheet"] == 2
    put_back_and_resume(rig, name, 2, file_code, 5)
    assert rig.rows("SELECT count(*) FROM page WHERE state = 'filed' AND sheet = 2 AND attempt = 3 "
                    f"AND dossier = '{file_code}.r1'") == [(2,)]
