"""What the journal is told of a whole appliance: every sheet, document and package by the batch that Start made."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from rig import PERSON, Rig, accepted, dossier, escl, job, page

from appliance.chronicle.events import BY_NAME, COMMON
from appliance.spool.chronicle import KINDS

pytestmark = pytest.mark.slow

Line = dict[str, Any]
CODE = "H79.0701.2019.4711"


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    found = Rig(tmp_path_factory.mktemp("journal") / "rig", {"device": [escl()], "job": [job()]})
    yield found
    found.stop()


def told(rig: Rig) -> list[Line]:
    """Return every line of the daemon that is one of work."""
    text = (rig.place.part("logs") / "daemon.log").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines() if line.startswith('{"time"')]


def wait_for(rig: Rig, event: str, number: int = 1) -> list[Line]:
    """Wait until so many lines of an event are there; return all lines."""
    end = time.monotonic() + 60
    while sum(line["event"] == event for line in told(rig)) < number:
        assert time.monotonic() < end, f"no {event}: {[line['event'] for line in told(rig)]}"
        time.sleep(0.2)
    return told(rig)


def of(lines: list[Line], event: str) -> list[Line]:
    return [line for line in lines if line["event"] == event]


def identity(line: Line) -> tuple[int, str, int]:
    """Return what makes a line this one, however often it is told."""
    return line["seq"], line["event"], line.get("sheet", 0)


def test_one_id_leads_from_the_press_of_start_to_the_receipt(rig: Rig) -> None:
    rig.load([dossier(CODE, 2), page(1), page(2)])
    rig.press()
    rig.wait(lambda seen: CODE in accepted(seen), "the dossier has its receipt")
    lines = wait_for(rig, "package.accepted")
    (start,) = of(lines, "batch.started")
    sheets, (document,) = of(lines, "sheet.done"), of(lines, "document.done")
    (built,), (receipt,) = of(lines, "package.built"), of(lines, "package.accepted")
    assert {line["batch"] for line in (start, *sheets, document, built, receipt)} == {start["batch"]}
    assert [(line["sheet"], line["outcome"]) for line in sheets] == [(1, "separator"), (2, "placed"), (3, "placed")]
    assert {line["sides"]["front"]["document"] for line in sheets[1:]} == {document["document"]}
    assert built["documents"] == receipt["documents"] == [document["document"]]
    assert (receipt["pages"], receipt["package"]) == (2, built["package"])
    assert [(receipt["receipt"], receipt["package"])] == rig.rows("SELECT receipt_number, package FROM delivery")
    assert receipt["seconds"] >= document["seconds"] > 0


def test_every_line_has_exactly_the_fields_of_its_event(rig: Rig) -> None:
    lines = told(rig)
    assert lines
    for line in lines:
        fields = {name.rstrip("?"): name.endswith("?") for name in BY_NAME[line["event"]].fields}
        said = set(line) - {*COMMON, "again"}
        assert said <= set(fields), line
        assert {name for name, may_lack in fields.items() if not may_lack} <= said, line


def test_no_line_of_any_process_names_a_dossier_a_person_or_what_a_page_says(rig: Rig) -> None:
    said = rig.logs()
    assert all(secret not in said for secret in (CODE, PERSON, "Thông báo số"))


def test_a_jam_is_told_with_its_code_and_the_sheet_to_put_back(rig: Rig) -> None:
    rig.faults(jam_at=2)
    rig.load([dossier("B.1", 1), page(3)], "held")
    rig.press()
    lines = wait_for(rig, "batch.interrupted")
    stopped = of(lines, "batch.interrupted")[-1]
    assert stopped["code"].startswith(("I", "D", "S")) and stopped["sheet"] == 2, stopped
    rig.faults()
    rig.put_back("held", 2)
    rig.resume()
    rig.wait(lambda seen: "B.1" in accepted(seen), "the dossier has its receipt")
    lines = wait_for(rig, "package.accepted", 2)
    assert [line["batch"] for line in of(lines, "batch.resumed")] == [stopped["batch"]]


def test_a_daemon_that_was_killed_tells_all_again_and_leaves_nothing_out(rig: Rig) -> None:
    before = {identity(line) for line in told(rig)}
    rig.kill("daemon")
    cut = len(told(rig))
    rig.start("daemon")
    lines = wait_for(rig, "service.started", 2)
    again = [line for line in lines[cut:] if line.get("again")]
    assert again and {identity(line) for line in again} <= before
    seqs = [line["seq"] for line in lines[cut:]]
    assert seqs == sorted(seqs)
    chain = rig.rows("SELECT seq, what, detail FROM audit")
    due = {seq for seq, what, detail in chain
           if what in KINDS and (what != "delivery.queued" or "sha256" in detail)}
    assert {line["seq"] for line in lines} == {seq for seq in due if seq <= max(seqs)}


def test_a_daemon_that_was_stopped_in_order_tells_nothing_twice(rig: Rig) -> None:
    rig.run(rig.program("daemon").stop())
    told_so_far = len(told(rig))
    assert told(rig)[-1]["event"] == "service.stopped"
    rig.start("daemon")
    lines = wait_for(rig, "service.started", 3)[told_so_far:]
    assert [line["event"] for line in lines] == ["service.started"]


def test_the_story_is_found_by_what_the_journal_says(rig: Rig) -> None:
    line = of(told(rig), "document.done")[0]
    for name in (f"document:{line['document']}", f"dossier:{line['dossier']}", line["batch"]):
        assert CODE in json.dumps(rig.run(_story(rig.place.control, name)))


async def _story(control: Path, name: str) -> Any:
    from appliance.client import Control

    async with Control(control) as line:
        return await line.get(f"/audit/story?name={name}")
