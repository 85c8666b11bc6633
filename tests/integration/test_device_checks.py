"""Device checks in a real ledger: stored once, recent or not, and what a batch without one has to wait for."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from appliance import staff, status
from appliance.core import clock, config, errors
from appliance.core import target as codes
from appliance.core.errors import ApplianceError
from appliance.core.events import BatchUnchecked, Bus, Fact
from appliance.core.jobs import Job as Order
from appliance.core.jobs import Outcome, TargetDone
from appliance.core.model import (
    Box,
    Geometry,
    ImageFormat,
    Mark,
    Master,
    PageAnalysis,
    PageKey,
    Side,
    Verdict,
)
from appliance.core.plain import to_plain
from appliance.core.target import TargetReading
from appliance.device_check import DeviceChecks, told
from appliance.documents import card
from appliance.spool import drift, entry, naming, recovery, targets
from appliance.spool.ledger import Book, Ledger, Row
from appliance.spool.store import Store
from appliance.spool.targets import Scanner, Standing

TARGET = codes.encode("KT-001")
FACTS = {"serial": "A11", "kind": "escl", "model": "fi-8170", "firmware": "1.2", "profile": "virtual",
         "options": "abc", "dpi": 300, "software": "1", "duplex": True}
READING = TargetReading("VSTGT1", "KT-001", 299.8, 300.1, 300.0, 0.001, 0.2, 0.0, 88.0, 86.0, 1.02, 0.2, 0.9, 1.1)
GOOD = TargetDone(READING, (Verdict("target_sfr_x", 88.0, 70.0, True),))
WARNED = TargetDone(READING, (Verdict("target_sfr_x", 75.0, 80.0, True, "I329"),))
UNREADABLE = Outcome("x", ok=False, code="I327")
BAD = TargetDone(replace(READING, sfr10_x=40.0), (Verdict("target_sfr_x", 40.0, 70.0, False, "I329"),))


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = Ledger(tmp_path / "ledger.sqlite3")
    yield opened
    opened.close()


def begin(ledger: Ledger, batch: str, **facts: Any) -> None:
    told = json.dumps({**FACTS, **facts})
    entry.begin(ledger, entry.NewBatch(batch, "tray", "default", "demo", "Thử", told, "", "office"))


def side(ledger: Ledger, batch: str, sheet: int, face: Side = Side.FRONT, content: str = "") -> Row:
    name = content or f"{batch}{sheet}{face}"
    master = Master(f"{name}.jpg", name, 1, ImageFormat.JPEG, 2480, 3508, 3, 300)
    entry.record(ledger, entry.NewSide(PageKey(batch, sheet, face), master))
    row = ledger.one("same_page", batch=batch, sheet=sheet, side=face.value, attempt=1)
    assert row is not None
    return row


def look(ledger: Ledger, page: Row, mark: str = "", *failing: Verdict, blank: bool = False) -> str:
    """Write an analysis down as the step does."""
    marks = (Mark("QRCode", mark, Box(0, 0, 9, 9)),) if mark else ()
    found = codes.decode(mark) if mark else None
    with ledger.transaction():
        targets.found(ledger, page, found[1] if found else "")
        return entry.analysed(ledger, page["id"], PageAnalysis(Geometry(9, 9), blank, marks, failing), bool(mark))


def scan(ledger: Ledger, batch: str, *marks: str, done: TargetDone | None = GOOD, **facts: Any) -> None:
    """A closed batch of one-sided sheets, every target in it measured."""
    begin(ledger, batch, **facts, duplex=False)
    for sheet, mark in enumerate(marks, 1):
        page = side(ledger, batch, sheet)
        look(ledger, page, mark)
        if mark == TARGET and done is not None:
            targets.measured(ledger, page["id"], done)
    entry.close(ledger, batch)


def one(ledger: Ledger, batch: str) -> Row:
    row = ledger.one("batch", id=batch)
    assert row is not None
    return row


def standing(ledger: Ledger, hours: float = 12.0, **facts: Any) -> Standing:
    way = targets.way_of({**FACTS, **facts})
    scanner = Scanner("tray", str({**FACTS, **facts}["serial"]), way)
    return targets.standing(ledger, scanner, clock.now() - timedelta(hours=hours))[0]


def test_a_check_is_written_once_however_often_its_steps_run(ledger: Ledger) -> None:
    begin(ledger, "b1")
    page = side(ledger, "b1", 1)
    for _ in range(2):
        assert look(ledger, page, TARGET) == ""
    assert [row["page"] for row in ledger.all("device_checks_due")] == [page["id"]]
    assert [targets.measured(ledger, page["id"], done) for done in (GOOD, BAD)] == [True, False]
    (kept,) = targets.listed(ledger)
    assert (kept["passed"], kept["target"], kept["device"], kept["sheet"], kept["side"]) == (
        True, "KT-001", "tray", 1, "front")
    assert kept["reading"]["dpi_x"] == 299.8
    settings = kept["settings"]
    assert (settings["mode"], settings["dpi"], settings["options"]) == ("colour", 300, "abc")
    assert [link["what"] for link in ledger.all("audit")].count("device.checked") == 1
    assert ledger.all("device_checks_due") == []
    assert ledger.verify_chain() > 0


def test_what_is_no_number_leaves_the_ledger_readable_by_any_program(ledger: Ledger) -> None:
    scan(ledger, "b1", TARGET, done=TargetDone(replace(READING, noise_l=float("nan")), (
        Verdict("target_noise", float("inf"), 3.0, False, "I332"),)))
    (kept,) = targets.listed(ledger)
    assert (kept["passed"], kept["reading"]["noise_l"], kept["verdicts"][0]["value"]) == (False, None, None)
    json.dumps(kept, allow_nan=False)


def test_a_check_outlives_a_restart_and_one_not_measured_is_still_due(ledger: Ledger, tmp_path: Path) -> None:
    scan(ledger, "b1", TARGET)
    begin(ledger, "b2")
    look(ledger, side(ledger, "b2", 1), TARGET)
    ledger.close()
    again = Ledger(ledger.path)
    recovery.recover(again, Store(tmp_path))
    assert len(again.all("device_checks_due")) == 1
    assert [row["passed"] for row in targets.last(again, "tray")] == [1]
    assert standing(again) is Standing.PASSED
    again.close()


def test_a_batch_is_not_told_apart_before_its_target_is_measured(ledger: Ledger) -> None:
    scan(ledger, "b1", TARGET, done=None)
    assert ledger.all("batches_to_separate") == []
    targets.measured(ledger, ledger.all("device_checks_due")[0]["page"], None, "I327", "no fiducials")
    assert [row["id"] for row in ledger.all("batches_to_separate")] == ["b1"]
    (kept,) = targets.listed(ledger)
    assert (kept["passed"], kept["code"], kept["reading"]) == (False, "I327", None)


def test_a_target_that_fails_as_a_page_is_held_for_none_of_it_but_for_secrecy_always(ledger: Ledger) -> None:
    begin(ledger, "b1")
    blurred, secret = Verdict("sharpness", 0.1, 0.38, False, "I306"), Verdict("secret", 0.9, 0.46, False, "I350")
    assert look(ledger, side(ledger, "b1", 1), TARGET, blurred) == ""
    assert look(ledger, side(ledger, "b1", 2), TARGET, secret) == "I350"
    assert look(ledger, side(ledger, "b1", 3), "", blurred) == "I306"


@pytest.mark.parametrize("front_first", [True, False])
def test_the_back_of_a_target_is_no_page_either_whichever_side_is_looked_at_first(
    ledger: Ledger, front_first: bool,
) -> None:
    begin(ledger, "b1")
    front, back = side(ledger, "b1", 1), side(ledger, "b1", 1, Side.BACK)
    streak = Verdict("streaks", 30.0, 9.0, False, "I318")
    if front_first:
        look(ledger, front, TARGET)
    look(ledger, back, "", streak, blank=True)
    look(ledger, front, TARGET)
    look(ledger, back, "", streak, blank=True)
    assert [row["state"] for row in ledger.all("live_sides", batch="b1")] == ["analysed", "analysed"]
    assert ledger.all("pages_to_read", limit=9) == []


def test_a_target_teaches_nothing_of_how_pages_drift(ledger: Ledger) -> None:
    scan(ledger, "b1", TARGET)
    assert drift.of_device(ledger, "tray") == ()


@pytest.mark.parametrize(("done", "found"), [(GOOD, Standing.PASSED), (WARNED, Standing.PASSED),
                                             (BAD, Standing.FAILED)])
def test_a_check_that_warns_counts_and_one_that_fails_does_not(ledger: Ledger, done: TargetDone,
                                                               found: Standing) -> None:
    assert standing(ledger) is Standing.NEVER
    scan(ledger, "b1", TARGET, done=done)
    assert standing(ledger) is found


def test_the_newest_check_decides_and_a_side_that_fails_is_a_scanner_that_fails(ledger: Ledger) -> None:
    scan(ledger, "b1", TARGET, done=BAD)
    scan(ledger, "b2", TARGET, done=GOOD)
    assert standing(ledger) is Standing.PASSED
    begin(ledger, "b3")
    back = side(ledger, "b3", 1, Side.BACK)
    look(ledger, back, TARGET)
    targets.measured(ledger, back["id"], BAD)
    assert standing(ledger) is Standing.FAILED
    assert [(row["side"], row["passed"]) for row in targets.last(ledger, "tray")] == [("back", 0), ("front", 1)]


@pytest.mark.parametrize("changed", [{"options": "other"}, {"firmware": "1.3"}, {"software": "2"},
                                     {"profile": "other"}])
def test_another_driver_firmware_or_setting_is_not_checked_by_an_earlier_check(
    ledger: Ledger, changed: dict[str, Any],
) -> None:
    scan(ledger, "b1", TARGET)
    assert standing(ledger, **changed) is Standing.CHANGED


def test_a_check_counts_for_every_job_of_its_scanner_and_says_at_which_resolution_it_was_made(stands: Any) -> None:
    stand = stands("block")
    scan(stand.ledger, "b1", TARGET)
    scan(stand.ledger, "b2", "", dpi=200)
    assert stand.allow("b2") == ""
    kept = json.loads(one(stand.ledger, "b2")["checked_by"])
    assert (kept["dpi"], kept["target"], kept["changed"]) == (300, "KT-001", {"dpi": [200, 300]})


def test_another_scanner_under_the_same_name_was_never_checked_and_an_old_check_is_too_old(ledger: Ledger) -> None:
    scan(ledger, "b1", TARGET)
    assert standing(ledger, serial="B22") is Standing.NEVER
    assert standing(ledger, hours=-0.001) is Standing.OLD


class NoWorker:
    """Answers every job with the same outcome; asserts nothing."""

    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome
        self.asked: list[Order] = []

    async def run(self, job: Order) -> Outcome:
        self.asked.append(job)
        return self.outcome

    def capacity(self) -> int:
        return 1

    async def drain(self) -> None:
        return None

    async def close(self) -> None:
        return None


class Stand:
    """The steps of device checks over a real ledger."""

    def __init__(self, folder: Path, policy: str, outcome: Outcome) -> None:
        self.settings = config.parse({
            "job": [{"name": "default", "rules": "demo", "target_policy": policy}],
            "device": [{"name": "tray"}], "storage": {"state": str(folder), "targets": str(folder)}})
        self.book, self.bus = Book(folder / "ledger.sqlite3"), Bus()
        self.facts: list[Fact] = []
        self.bus.listen(self.facts.append)
        self.worker = NoWorker(outcome)
        self.checks = DeviceChecks(self.settings, Store(folder), self.book, self.worker, self.bus)
        self.ledger = self.book._ledger

    def with_policy(self, policy: str) -> None:
        job = replace(self.settings.job[0], target_policy=policy)
        self.settings = self.checks.config = replace(self.settings, job=(job,))

    def allow(self, batch: str) -> str:
        row, pages = one(self.ledger, batch), self.ledger.all("live_sides", batch=batch)
        return asyncio.run(self.checks.allow(row, pages, self.settings.job[0]))

    def go_round(self) -> Sequence[str]:
        """Release what may go; return which batches those were."""
        async def work() -> list[str]:
            rows = await self.checks.ready("batches_unchecked")
            for row in rows:
                await self.checks.release(row)
            return [row["id"] for row in rows]

        return asyncio.run(work())


@pytest.fixture
def stands(tmp_path: Path) -> Iterator[Any]:
    opened: list[Stand] = []

    def make(policy: str, outcome: Outcome = UNREADABLE) -> Stand:
        opened.append(Stand(tmp_path, policy, outcome))
        return opened[-1]

    yield make
    for stand in opened:
        stand.book.close()


def test_an_office_without_a_target_sheet_is_not_stopped_by_default(stands: Any) -> None:
    assert config.Job(name="x").target_policy == "ignore"
    stand = stands("ignore")
    scan(stand.ledger, "b1", "")
    assert (stand.allow("b1"), one(stand.ledger, "b1")["checked"], stand.facts) == ("", "", [])


def test_a_flagged_batch_goes_on_and_is_marked_once(stands: Any) -> None:
    stand = stands("flag")
    scan(stand.ledger, "b1", "")
    assert [stand.allow("b1") for _ in range(2)] == ["", ""]
    assert (one(stand.ledger, "b1")["checked"], one(stand.ledger, "b1")["state"]) == ("flagged", "closed")
    assert stand.facts == [BatchUnchecked("tray", held=False)]
    links = [json.loads(link["detail"]) for link in stand.ledger.all("audit") if link["what"] == "batch.unchecked"]
    assert links == [{"device": "tray", "why": "never"}]


def test_a_blocked_batch_waits_whole_and_the_next_good_check_lets_it_go_on(stands: Any) -> None:
    stand = stands("block")
    scan(stand.ledger, "b1", "", "")
    assert stand.allow("b1") == errors.SCANNER_UNCHECKED.code
    assert stand.facts == [BatchUnchecked("tray", held=True)]
    assert one(stand.ledger, "b1")["state"] == "held"
    assert stand.go_round() == []
    scan(stand.ledger, "b2", TARGET, done=BAD)
    assert stand.go_round() == []
    scan(stand.ledger, "b3", TARGET)
    assert stand.go_round() == ["b1"]
    assert stand.go_round() == []
    row = one(stand.ledger, "b1")
    assert (row["state"], row["checked"], row["code"]) == ("closed", "later", "")
    assert json.loads(row["checked_by"])["changed"] == {}
    assert stand.allow("b1") == ""
    assert [page["state"] for page in stand.ledger.all("live_sides", batch="b1")] == ["analysed", "analysed"]


def test_a_stack_whose_first_sheet_is_the_target_checks_itself(stands: Any) -> None:
    stand = stands("block")
    scan(stand.ledger, "b1", TARGET, "")
    assert (stand.allow("b1"), one(stand.ledger, "b1")["checked"]) == ("", "passed")
    scan(stand.ledger, "b2", TARGET, "", done=BAD)
    assert stand.allow("b2") == errors.SCANNER_UNCHECKED.code


@pytest.mark.parametrize("marks", [(TARGET,), (TARGET, TARGET), (card.encode("NV001"), TARGET)])
def test_a_stack_of_nothing_but_targets_and_a_card_is_never_held_even_when_it_fails(
    stands: Any, marks: tuple[str, ...],
) -> None:
    stand = stands("block")
    scan(stand.ledger, "b1", *marks, done=BAD)
    assert (stand.allow("b1"), stand.facts) == ("", [])


def test_without_the_policy_a_waiting_batch_goes_on_flagged(stands: Any) -> None:
    stand = stands("block")
    scan(stand.ledger, "b1", "")
    stand.allow("b1")
    stand.with_policy("ignore")
    assert stand.go_round() == ["b1"]
    assert one(stand.ledger, "b1")["checked"] == "flagged"


@pytest.mark.parametrize(("name", "after"), [
    ("software", "0.2"), ("firmware", "2.0"), ("options", "another table"), ("profile", "other"), ("serial", "NEW"),
    ("model", "fi-8190"), ("dpi", 200)])
def test_a_scanner_upgraded_replaced_or_used_at_another_dpi_lets_its_batch_go_on_with_what_changed(
    stands: Any, name: str, after: Any,
) -> None:
    stand = stands("block")
    scan(stand.ledger, "b1", "")
    stand.allow("b1")
    scan(stand.ledger, "b2", TARGET, done=BAD, **{name: after})
    assert stand.go_round() == []
    scan(stand.ledger, "b3", TARGET, **{name: after})
    assert stand.go_round() == ["b1"]
    row = one(stand.ledger, "b1")
    changed = {name: [FACTS[name], after]}
    assert (row["state"], row["checked"], json.loads(row["checked_by"])["changed"]) == ("closed", "later", changed)
    (link,) = [json.loads(link["detail"]) for link in stand.ledger.all("audit") if link["what"] == "batch.released"]
    assert (link["checked"], link["changed"], link["target"]) == ("later", changed, "KT-001")
    assert stand.ledger.verify_chain() > 0


def test_a_check_from_before_the_change_of_scanner_lets_nothing_go_on(stands: Any) -> None:
    stand = stands("block")
    scan(stand.ledger, "b0", TARGET, firmware="1.1")
    scan(stand.ledger, "b1", "")
    assert stand.allow("b1") == errors.SCANNER_UNCHECKED.code
    assert stand.go_round() == []
    scan(stand.ledger, "b2", TARGET, firmware="1.3")
    scan(stand.ledger, "b3", TARGET, firmware="1.3", done=BAD)
    assert stand.go_round() == [], "the newest check decides"


@pytest.mark.parametrize(("gone", "why"), [("job", "job gone"), ("device", "device gone")])
def test_a_batch_whose_job_or_device_left_the_settings_goes_on_flagged(stands: Any, gone: str, why: str) -> None:
    stand = stands("block")
    scan(stand.ledger, "b1", "")
    stand.allow("b1")
    other = replace(getattr(stand.settings, gone)[0], name="other")
    stand.checks.config = replace(stand.settings, **{gone: (other,)})
    if gone == "job":
        stand.ledger.put("batch", "b1", job="hoso")  # "default" is a job without being written
    assert stand.go_round() == ["b1"]
    row = one(stand.ledger, "b1")
    assert (row["state"], row["checked"], row["checked_by"]) == ("closed", "flagged", "")
    (link,) = [json.loads(link["detail"]) for link in stand.ledger.all("audit") if link["what"] == "batch.released"]
    assert link == {"checked": "flagged", "why": why}


def test_the_message_of_a_waiting_batch_names_the_device_to_press(stands: Any) -> None:
    stand = stands("block")
    scan(stand.ledger, "b1", "")
    stand.allow("b1")
    (thing,) = status.picture(stand.ledger)["held"]
    assert "khay của máy tray rồi bấm Start trên máy đó" in thing["vi"]
    assert "into tray and press Start there" in thing["en"]


@pytest.mark.parametrize(("facts", "asked"), [({}, 300), ({"dpi": 200}, 200), ({"folder": True}, 200)])
def test_a_target_is_measured_against_the_resolution_that_was_asked(
    stands: Any, facts: dict[str, Any], asked: int,
) -> None:
    stand = stands("ignore", Outcome("x", ok=True, body=to_plain(GOOD)))
    scan(stand.ledger, "b1", TARGET, done=None, **facts)
    (due,) = stand.ledger.all("device_checks_due")
    asyncio.run(stand.checks.measure(due))
    assert stand.worker.asked[0].body["dpi"] == asked


def test_a_batch_that_waits_for_a_check_cannot_be_named_instead(stands: Any) -> None:
    stand = stands("block")
    scan(stand.ledger, "b1", "")
    stand.allow("b1")
    with pytest.raises(ApplianceError, match="C011"):
        naming.later(stand.ledger, "b1", naming.Named("Ai đó", "NV001"), "IT")


@pytest.mark.parametrize("personal", [True, False])
def test_a_stack_of_nothing_but_targets_needs_no_name(ledger: Ledger, personal: bool) -> None:
    scan(ledger, "b1", TARGET)
    ledger.put("batch", "b1", operator="", named_by="")
    pages = ledger.all("live_sides", batch="b1")
    assert staff.of_batch(one(ledger, "b1"), pages, b"", config.parse({}), personal=personal).fault == ""


def test_what_a_worker_measured_or_could_not_is_written_down(stands: Any) -> None:
    stand = stands("ignore", Outcome("x", ok=True, body=to_plain(GOOD)))
    scan(stand.ledger, "b1", TARGET, TARGET, done=None)
    first, second = stand.ledger.all("device_checks_due")
    assert asyncio.run(stand.checks.measure(first)) == "ok"
    stand.worker.outcome = Outcome("x", ok=False, code="I327", reason="two fiducials")
    assert asyncio.run(stand.checks.measure(second)) == "ok"
    assert [(row["passed"], row["code"]) for row in targets.listed(stand.ledger)] == [(False, "I327"), (True, "")]
    assert {job.kind for job in stand.worker.asked} == {"target"}
    assert stand.worker.asked[0].body["reference"] == f"{stand.settings.storage.targets}/KT-001.toml"


def test_the_page_says_how_a_device_stands(stands: Any) -> None:
    stand = stands("ignore")
    now = {"name": "tray", "model": "fi-8170", "serial": "A11", "firmware": "1.2", "options_hash": "abc"}
    assert told(stand.ledger, stand.settings, now) == {}
    stand.with_policy("flag")
    assert told(stand.ledger, stand.settings, now)["vi"] == (
        "Kiểm tra máy: chưa kiểm tra. Hãy đặt phiếu kiểm tra vào khay rồi bấm Start.")
    from appliance import __version__

    scan(stand.ledger, "b1", TARGET, done=BAD, software=__version__)
    seen = told(stand.ledger, stand.settings, now)
    assert (seen["standing"], seen["codes"]) == ("failed", ["I329"])
    assert errors.TARGET_BLURRED.error(value=40.0, limit=70.0).vi in seen["vi"]
    assert told(stand.ledger, stand.settings, {**now, "firmware": "9"})["standing"] == "changed"
    away = {**now, "model": "", "firmware": "", "options_hash": "", "serial": ""}
    assert told(stand.ledger, stand.settings, away)["standing"] == "failed"


def test_the_image_of_a_target_scanned_alone_goes_after_a_while_and_its_reading_stays(stands: Any,
                                                                                      tmp_path: Path) -> None:
    stand = stands("ignore")
    scan(stand.ledger, "b1", TARGET)
    scan(stand.ledger, "b2", TARGET, "")
    for row in (row for batch in ("b1", "b2") for row in stand.ledger.all("live_sides", batch=batch)):
        if row["separator"]:
            stand.ledger.put("page", row["id"], state="separator")
        stand.checks.store.masters.mkdir(parents=True, exist_ok=True)
        (stand.checks.store.masters / row["path"]).write_bytes(b"x")
    assert asyncio.run(stand.checks.ready("device_checks_to_clear")) == []
    due = stand.ledger.all("device_checks_to_clear", before=clock.iso(clock.now(), "milliseconds"))
    assert [row["batch"] for row in due] == ["b1"]
    for _ in range(2):
        asyncio.run(stand.checks.forget(due[0]))
    assert sorted(path.name for path in stand.checks.store.masters.iterdir()) == ["b21front.jpg", "b22front.jpg"]
    assert len(targets.listed(stand.ledger)) == 2
