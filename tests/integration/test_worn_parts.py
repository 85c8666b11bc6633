"""What wears on a scanner: counted once, through restarts, for the scanner and not for its name."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from appliance.core import errors
from appliance.core.errors import ApplianceError
from appliance.core.model import ImageFormat, Master, PageKey, Side
from appliance.spool import entry, wear
from appliance.spool.ledger import Ledger
from appliance.spool.schema import MIGRATIONS
from appliance.spool.wear import Scanner, Seen

JAM, DOUBLE = errors.PAPER_JAM.code, errors.DOUBLE_FEED.code
LEFT = Scanner("left", "A11")
ROLLER = "pick_roller"


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "ledger.sqlite3")


def begin(ledger: Ledger, batch: str, device: str = "left", serial: str = "A11") -> None:
    told = json.dumps({"duplex": True, "serial": serial})
    entry.begin(ledger, entry.NewBatch(batch, device, "default", "demo", "", told))


def feed(ledger: Ledger, batch: str, sheet: int, attempt: int = 1) -> None:
    for side in Side:
        content = f"{batch}{sheet}{side}{attempt}"
        master = Master(f"{content}.jpg", content, 1, ImageFormat.JPEG, 100, 100, 3, 300)
        entry.record(ledger, entry.NewSide(PageKey(batch, sheet, side, attempt), master))


def test_a_sheet_is_counted_once_however_often_its_sides_are_told(ledger: Ledger) -> None:
    begin(ledger, "b1")
    for _ in range(3):
        feed(ledger, "b1", 1)
    feed(ledger, "b1", 2)
    assert (wear.sheets_of(ledger, LEFT), wear.sheets_fed(ledger)) == (2, {"left": 2})


def test_a_sheet_that_jams_and_is_fed_again_has_passed_the_rollers_twice(ledger: Ledger) -> None:
    begin(ledger, "b1")
    feed(ledger, "b1", 1)
    feed(ledger, "b1", 1, attempt=2)
    assert wear.sheets_of(ledger, LEFT) == 2


def test_counts_outlive_a_restart(ledger: Ledger) -> None:
    begin(ledger, "b1")
    feed(ledger, "b1", 1)
    wear.remember(ledger, Seen(LEFT))
    wear.reset(ledger, "left", ROLLER, "it")
    feed(ledger, "b1", 2)
    ledger.close()
    again = Ledger(ledger.path)
    assert wear.use(again, LEFT, ROLLER).sheets == 1
    assert wear.use(again, LEFT, "brake_roller").sheets == 2


def test_a_ledger_from_before_counts_what_was_fed_then(tmp_path: Path) -> None:
    path = tmp_path / "old.sqlite3"
    old = sqlite3.connect(path)
    old.executescript((MIGRATIONS / "0001_first.sql").read_text(encoding="utf-8") + "PRAGMA user_version = 1;")
    for batch, told in (("b1", '{"serial": "A11"}'), ("b2", "{}"), ("b3", "no JSON")):
        old.execute("INSERT INTO batch (id, device, job, rules, operator, state, provenance, started) "
                    "VALUES (?, 'left', 'default', 'demo', '', 'closed', ?, '2026-01-01')", (batch, told))
        for sheet, side, attempt in ((1, "front", 1), (1, "back", 1), (1, "front", 2), (2, "front", 1)):
            old.execute("INSERT INTO page (batch, sheet, side, attempt, state, master, sha256, path, captured) "
                        "VALUES (?, ?, ?, ?, 'filed', '{}', '', '', '2026-01-01T08:00:00+07:00')",
                        (batch, sheet, side, attempt))
    old.commit()
    old.close()
    ledger = Ledger(path)
    assert wear.sheets_of(ledger, LEFT) == 3
    assert wear.sheets_fed(ledger) == {"left": 9}
    assert wear.sheets_of(ledger, LEFT, days=30) == 0


def test_counts_follow_the_scanner_to_another_name_and_a_new_one_begins_at_nothing(ledger: Ledger) -> None:
    begin(ledger, "b1")
    feed(ledger, "b1", 1)
    begin(ledger, "b2", device="right")
    feed(ledger, "b2", 1)
    begin(ledger, "b3", serial="B22")
    feed(ledger, "b3", 1)
    assert wear.sheets_of(ledger, Scanner("right", "A11")) == 2
    assert wear.sheets_of(ledger, Scanner("left", "B22")) == 1


def test_a_scanner_without_a_serial_number_is_known_by_the_name_of_its_device(ledger: Ledger) -> None:
    for batch, device in (("b1", "left"), ("b2", "right")):
        begin(ledger, batch, device, serial="")
        feed(ledger, batch, 1)
    assert wear.sheets_of(ledger, Scanner("left")) == 1


def test_a_part_that_was_used_before_goes_on_from_there(ledger: Ledger) -> None:
    begin(ledger, "b1")
    wear.remember(ledger, Seen(LEFT))
    wear.reset(ledger, "left", ROLLER, "it", used=5000)
    feed(ledger, "b1", 1)
    found = wear.use(ledger, LEFT, ROLLER)
    assert found.sheets == 5001
    assert found.changed


def test_the_devices_own_counter_goes_before_ours_and_our_sheets_since_it_was_read_come_on_top(
        ledger: Ledger) -> None:
    begin(ledger, "b1")
    feed(ledger, "b1", 1)
    wear.remember(ledger, Seen(LEFT, total=70_000))
    assert wear.use(ledger, LEFT, ROLLER).sheets == 70_000
    feed(ledger, "b1", 2)
    assert wear.use(ledger, LEFT, ROLLER).sheets == 70_001
    wear.reset(ledger, "left", ROLLER, "it")
    feed(ledger, "b1", 3)
    wear.remember(ledger, Seen(LEFT, total=70_500))  # other hosts fed it as well
    assert wear.use(ledger, LEFT, ROLLER).sheets == 499


def test_a_roller_counter_that_was_set_back_on_the_device_counts_from_there(ledger: Ledger) -> None:
    wear.remember(ledger, Seen(LEFT, total=90_000, roller=40_000))
    assert wear.use(ledger, LEFT, ROLLER).sheets == 40_000
    wear.reset(ledger, "left", ROLLER, "it")
    assert wear.use(ledger, LEFT, ROLLER).sheets == 0
    wear.remember(ledger, Seen(LEFT, total=90_012, roller=12))
    assert wear.use(ledger, LEFT, ROLLER).sheets == 12


def test_a_scanner_that_was_never_seen_has_no_part_to_change(ledger: Ledger) -> None:
    with pytest.raises(ApplianceError) as caught:
        wear.reset(ledger, "left", ROLLER, "it")
    assert caught.value.kind is errors.SCANNER_NEVER_SEEN
    with pytest.raises(ApplianceError) as caught:
        wear.accept(ledger, "left", "it")
    assert caught.value.kind is errors.SCANNER_NEVER_SEEN


def test_every_interruption_is_kept_when_the_batch_goes_on(ledger: Ledger) -> None:
    begin(ledger, "b1")
    for sheet, code in enumerate((JAM, DOUBLE, JAM), 1):
        feed(ledger, "b1", sheet)
        entry.interrupt(ledger, "b1", code)
        entry.interrupt(ledger, "b1", code)  # told twice, or taken up again at a start
        entry.go_on(ledger, "b1")
    feed(ledger, "b1", 4)
    assert wear.per_thousand(ledger, LEFT, {JAM}) == 2 / 4 * 1000
    assert wear.per_thousand(ledger, LEFT, {DOUBLE}) == 1 / 4 * 1000
    assert wear.per_thousand(ledger, Scanner("left", "B22"), {JAM}) == 0


def test_a_jam_before_the_first_sheet_is_told_too(ledger: Ledger) -> None:
    begin(ledger, "b1")
    entry.interrupt(ledger, "b1", JAM)
    assert wear.per_thousand(ledger, LEFT, {JAM}) == 1000


def notes(ledger: Ledger) -> list[str]:
    return [row["what"] for row in ledger.all("audit")]


def test_another_table_of_options_is_drift_until_a_person_accepts_it(ledger: Ledger) -> None:
    wear.remember(ledger, Seen(LEFT, "1.0", "aaaa"))
    assert not wear.drifted(ledger, LEFT)
    wear.remember(ledger, Seen(LEFT, "1.0", "bbbb"))
    wear.remember(ledger, Seen(LEFT, "1.0", "bbbb"))
    assert wear.drifted(ledger, LEFT)
    wear.remember(ledger, Seen(LEFT, "1.0", ""))  # a hello before the device has said anything
    assert wear.drifted(ledger, LEFT)
    wear.accept(ledger, "left", "it")
    assert not wear.drifted(ledger, LEFT)
    assert notes(ledger) == ["scanner.known", "scanner.options_changed", "scanner.options_accepted"]
    assert ledger.verify_chain() == 3


def test_another_firmware_is_a_link_of_the_chain_and_no_drift(ledger: Ledger) -> None:
    wear.remember(ledger, Seen(LEFT, "1.0", "aaaa"))
    wear.remember(ledger, Seen(LEFT, "1.1", "aaaa"))
    assert notes(ledger) == ["scanner.known", "scanner.firmware_changed"]
    assert not wear.drifted(ledger, LEFT)
    assert json.loads(ledger.all("audit")[1]["detail"]) == {"device": "left", "old": "1.0", "new": "1.1"}


def test_a_change_of_a_part_names_who_said_so(ledger: Ledger) -> None:
    wear.remember(ledger, Seen(LEFT))
    wear.reset(ledger, "left", ROLLER, "root")
    last = ledger.all("audit")[-1]
    assert (last["who"], last["what"]) == ("root", "scanner.part_changed")
