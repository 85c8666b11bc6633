"""The synthetic page on a whole appliance: it arrives, leaves no trace in any count, says why where it stops."""

from __future__ import annotations

import contextlib
import json
import re
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jwt
import pytest
from rig import DEADLINE, ROOT, Rig, Status, accepted, balanced, dossier, page

from appliance.archive.transports import courier
from appliance.core.heartbeat import STAGES

pytestmark = pytest.mark.slow

APART = ("audit", "heartbeat", "segment", "sqlite_sequence")
"""Tables of the office's ledger that a synthetic page may write to."""


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    found = Rig(tmp_path_factory.mktemp("heartbeat") / "rig",
                {"office": {"code": "0107"}, "heartbeat": {"minutes": 1}}, leave=False)
    yield found
    found.stop()


def command(rig: Rig, *words: str) -> subprocess.CompletedProcess[str]:
    words = ("heartbeat", *words, "--socket", str(rig.place.control))
    return subprocess.run([sys.executable, "-m", "appliance", *words],
                          capture_output=True, text=True, check=False, cwd=ROOT, timeout=150)


def told(rig: Rig) -> Status:
    return rig.run(rig._control("GET", "/heartbeat"))


def until(rig: Rig, true: Callable[[Status], bool], what: str) -> Status:
    end = time.monotonic() + DEADLINE
    while not true(found := told(rig)):
        assert time.monotonic() < end, f"waited in vain: {what}\n{found}\n{rig.logs()[-3000:]}"
        time.sleep(0.05)
    return found


def ledger(rig: Rig) -> dict[str, list[tuple[Any, ...]]]:
    """Return every row of the office's ledger, but those a synthetic page may write."""
    names = rig.rows("SELECT name FROM sqlite_master WHERE type = 'table'")
    return {name: rig.rows(f"SELECT * FROM {name}") for (name,) in names if name not in APART}


def counted(rig: Rig) -> dict[str, str]:
    """Return every series that counts or shows papers: all but clocks, processes and the heartbeat's own."""
    apart = re.compile(r"appliance_(heartbeat|collector|disk|clock|archive_contact|upload_sent|golden|audit|feeder|"
                       r"build|log_messages|pool|spool_bytes)|python_|process_|appliance_jit")
    lines = [line for line in rig.metrics().splitlines() if not line.startswith("#") and not apart.match(line)]
    return dict(line.rsplit(" ", 1) for line in lines)


def at_rest(rig: Rig) -> tuple[dict[str, list[tuple[Any, ...]]], dict[str, str]]:
    """Return ledger and series once what looks after papers from time to time has done so: two looks are equal."""
    end, seen = time.monotonic() + DEADLINE, (ledger(rig), counted(rig))
    while True:
        time.sleep(3)
        before, seen = seen, (ledger(rig), counted(rig))
        if seen == before:
            return seen
        assert time.monotonic() < end, "the ledger does not come to rest"


def index(rig: Rig, sql: str) -> list[tuple[Any, ...]]:
    name = f"file:{rig.place.part('archive') / 'index.sqlite'}?mode=ro"
    with contextlib.closing(sqlite3.connect(name, uri=True)) as db:
        return db.execute(sql).fetchall()


def test_without_leave_to_sign_it_stops_there_at_once_and_says_so(rig: Rig) -> None:
    done = command(rig)
    assert done.returncode == 3, done.stderr
    assert "M840" in done.stderr and "K520" in done.stderr and "ký số" in done.stderr
    last = told(rig)["last"]
    assert set(last["stages"]) == {"capture", "analyse", "read", "assemble", "total"} and last["held"]
    assert "appliance_heartbeat_good 0.0" in rig.metrics()
    assert not (rig.state / "heartbeat").exists()


def test_with_leave_it_arrives_and_is_in_no_count_of_the_office_nor_of_the_archive(rig: Rig) -> None:
    rig.leave = True
    rig.run(rig._leave())
    rig.load([dossier("A.1", 1), page(1)])
    rig.press()
    before = rig.settled()
    assert accepted(before) == {"A.1"}
    rows, series = at_rest(rig)
    kept = index(rig, "SELECT * FROM packages")
    done = command(rig)
    assert done.returncode == 0, done.stderr
    assert all(f" {stage} " in done.stdout for stage in (*STAGES, "total"))
    after = rig.status()
    rows_after, series_after = at_rest(rig)
    for name, found in rows.items():
        assert rows_after[name] == found, name
    assert series_after == series
    for part in ("counts", "stages", "batches", "dossiers", "documents", "deliveries", "held"):
        assert after[part] == before[part]
    balanced(after)
    assert index(rig, "SELECT * FROM packages") == kept and len(index(rig, "SELECT * FROM copies")) == 1
    answered = index(rig, "SELECT file_code, status FROM receipts ORDER BY number")
    assert [status for _, status in answered] == ["accepted"] * 2
    assert answered[-1][0].startswith("0107.HEARTBEAT.")
    assert len(list((rig.place.part("archive") / "test-series").glob("*/*.zip"))) == 1
    assert not (rig.state / "heartbeat").exists()


def test_its_times_are_exported_and_its_use_of_the_key_is_on_the_offices_chain(rig: Rig) -> None:
    page_of = rig.metrics()
    assert "appliance_heartbeat_good 1.0" in page_of and "appliance_heartbeat_enabled 0.0" in page_of
    for stage in (*STAGES, "total"):
        assert f'appliance_heartbeat_duration_seconds{{stage="{stage}"}}' in page_of
        assert f'appliance_heartbeat_last_timestamp_seconds{{stage="{stage}"}}' in page_of
    links = rig.rows("SELECT what, detail FROM audit WHERE what LIKE 'heartbeat.%' ORDER BY seq")
    assert [what for what, _ in links] == ["heartbeat.started", "heartbeat.ended", "heartbeat.started",
                                           "heartbeat.signing", "heartbeat.ended"]
    use = json.loads(links[3][1])
    assert use["leave"] == "authorisation 1" and len(use["unsigned_sha256"]) == 64
    ((receipt, stages),) = rig.rows("SELECT receipt, stages FROM heartbeat WHERE code = ''")
    assert set(json.loads(stages)) == set(STAGES)
    seq, head = jwt.decode(receipt, options={"verify_signature": False})["audit"].split(":")
    assert rig.rows(f"SELECT hash, what FROM audit WHERE seq = {seq}") == [(head, "heartbeat.signing")]


def test_it_does_not_set_out_while_paper_is_fed_and_the_disk_being_full_stops_it(rig: Rig) -> None:
    rig.faults(slow=2.0)
    rig.load([dossier("A.2", 3), page(1), page(2), page(3)])
    rig.press()
    rig.in_state("scanning")
    asked = rig.run(rig._control("POST", "/heartbeat", {}))
    assert until(rig, lambda found: bool(found["going"]), "it waits")["going"]["waits"]
    assert rig.device()["state"] == "scanning"
    rig.faults()
    done = until(rig, lambda found: found["last"]["run"] == asked["run"], "it arrives after the paper")
    assert done["last"]["code"] == ""
    assert accepted(rig.settled()) == {"A.1", "A.2"}
    rig.restart_daemon({"storage": {"min_free_mb": 10_000_000}})
    full = command(rig)
    assert full.returncode == 1 and "M840" in full.stderr and "S201" in full.stderr
    rig.restart_daemon({"storage": {"min_free_mb": 64}})


def test_a_kill_on_the_way_is_told_as_one_and_the_next_page_arrives(rig: Rig) -> None:
    run = rig.run(rig._control("POST", "/heartbeat", {}))["run"]
    until(rig, lambda found: "analyse" in (found["going"] or {"stages": {}})["stages"], "it is on its way")
    rig.kill("daemon")
    rig.start("daemon")
    found = until(rig, lambda seen: seen["last"]["run"] == run, "the cut run is ended")
    assert found["last"]["code"] == "M843"
    assert not (rig.state / "heartbeat").exists()
    done = command(rig, "--json")
    assert done.returncode == 0 and json.loads(done.stdout)["receipt"]


def test_with_the_archive_away_it_is_given_up_after_its_time_and_papers_are_not_disturbed(rig: Rig) -> None:
    rig.kill("receiver")
    done = command(rig)
    assert done.returncode == 1 and "M841" in done.stderr and "A602" in done.stderr and "nộp" in done.stderr
    assert "appliance_heartbeat_good 0.0" in rig.metrics()
    rig.start("receiver")
    rig.load([dossier("A.3", 1), page(1)])
    rig.press()
    assert accepted(rig.settled()) == {"A.1", "A.2", "A.3"}
    assert command(rig, "--last").returncode == 1


def test_it_is_sent_by_itself_every_morning(rig: Rig) -> None:
    ((runs,),) = rig.rows("SELECT count(*) FROM heartbeat")
    rig.kill("daemon")
    with contextlib.closing(sqlite3.connect(rig.state / "ledger.sqlite3")) as db:
        db.execute("UPDATE heartbeat SET started = '2001-01-01T06:30:00+07:00'")
        db.commit()
    rig.tables["heartbeat"] = {"enabled": True, "at": "00:00", "jitter_minutes": 0, "minutes": 1}
    rig._write_settings()
    rig.start("daemon")
    until(rig, lambda found: (found["last"] or {"started": "2001"})["started"] > "2002", "today's page")
    assert rig.rows("SELECT count(*) FROM heartbeat") == [(runs + 1,)]
    assert rig.rows("SELECT wished_by FROM heartbeat ORDER BY started DESC LIMIT 1") == [("schedule",)]
    assert told(rig)["next"]


def test_without_a_line_it_ends_with_the_package_and_nothing_of_it_is_on_the_couriers_disk(
        rig: Rig, tmp_path: Path) -> None:
    mount = tmp_path / "mnt"
    mount.mkdir()
    courier.prepare(mount)
    disk = courier.find(mount, encrypted=False)
    line = rig.tables.get("archive", {})
    try:
        there = {"folder": str(mount), "encrypted": False}
        rig.restart_daemon({"archive": {"transport": "folder", "courier": there}, "heartbeat": {"minutes": 1}})
        done = command(rig, "--json")
        assert done.returncode == 0, done.stderr
        assert set(json.loads(done.stdout)["stages"]) == {*STAGES, "total"} - {"upload"}
        assert not disk.records() and not list(mount.rglob("*.zip"))
    finally:
        rig.restart_daemon({"archive": line})


@pytest.mark.parametrize("layout", ["tt05-aip-hoso", "tt02-flat"])
def test_a_page_in_every_other_form_of_package_arrives_as_a_test_too(rig: Rig, layout: str) -> None:
    before = index(rig, "SELECT count(*) FROM packages")
    rig.restart_daemon({"archive": {"layout": layout}, "heartbeat": {"minutes": 1}})
    done = command(rig)
    assert done.returncode == 0, done.stderr
    assert index(rig, "SELECT count(*) FROM packages") == before
