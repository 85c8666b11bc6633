"""Which hosts stand in a ring, and when a ring lets the next one begin: what the controller decides by."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

COLLECTIONS = Path(__file__).parents[3] / "ansible/collections"
PLACE = "ansible_collections.vss.appliance.plugins.plugin_utils"
NOW = datetime(2026, 6, 1, 22, tzinfo=UTC)


@pytest.fixture(autouse=True)
def importable(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The collection stands outside the package; without Ansible its parts are plain modules."""
    monkeypatch.syspath_prepend(str(COLLECTIONS))
    yield
    for name in [name for name in sys.modules if name.startswith("ansible_collections")]:
        del sys.modules[name]


def part(name: str) -> Any:
    return importlib.import_module(f"{PLACE}.{name}")


def noted(folder: Path, run: str = "r1", **results: str) -> Any:
    """Return the records of a release in which hosts ended like this."""
    records = part("rollout_records")
    shelf = records.Records(folder, "1.1.0")
    for host, result in results.items():
        shelf.write(records.Record(host=host, ring="pilot", run=run, release="1.1.0", result=result,
                                   began=records.stamp(NOW), ended=records.stamp(NOW)))
    return shelf


def refused(shelf: Any, hosts: str, ok: float = 50, percent: float = 50, count: int = 20) -> list[str]:
    gates = part("rollout_gates")
    return list(gates.refusals("pilot", hosts.split(), shelf.all(), gates.Limits(ok, percent, count)))


def test_one_host_that_failed_went_back_or_was_lost_on_the_way_closes_the_gate_for_all(tmp_path: Path) -> None:
    for result in ("failed", "rolled_back", "begun"):
        (said,) = refused(noted(tmp_path / result, a="ok", b="ok", c=result), "a b c")
        assert f"c ({result})" in said


def test_hosts_that_are_away_are_a_matter_of_percent_and_of_number(tmp_path: Path) -> None:
    shelf = noted(tmp_path, a="ok", b="ok", c="ok", d="unreachable")
    assert refused(shelf, "a b c d", percent=25) == []
    assert "1 of 4 hosts were not reached: d" in refused(shelf, "a b c d", percent=24)[0]
    assert "1 of 4 hosts were not reached: d" in refused(shelf, "a b c d", count=0)[0]


def test_a_host_of_which_nothing_was_heard_counts_as_away_and_never_as_good(tmp_path: Path) -> None:
    shelf = noted(tmp_path, a="ok")
    assert "1 of 2 hosts were not reached: b" in refused(shelf, "a b", percent=0)[0]
    assert refused(shelf, "a b") == []
    assert len(refused(part("rollout_records").Records(tmp_path, "1.2.0"), "a b")) == 2


def test_what_was_put_off_or_not_fit_is_no_failure_but_proves_nothing(tmp_path: Path) -> None:
    shelf = noted(tmp_path, a="ok", b="deferred", c="unfit")
    assert refused(shelf, "a b c", ok=33) == []
    assert "1 of 3 hosts are ok, 34 % are asked for" in refused(shelf, "a b c", ok=34)[0]


def test_a_host_that_has_the_release_and_is_away_later_keeps_its_proof(tmp_path: Path) -> None:
    shelf = noted(tmp_path, a="ok")
    noted(tmp_path, a="unreachable")
    assert shelf.read("a").result == "ok"
    noted(tmp_path, a="rolled_back")
    assert shelf.read("a").result == "rolled_back"


@pytest.mark.parametrize("first", ["begun", "failed", "rolled_back"])
@pytest.mark.parametrize("second", ["unreachable", "unfit", "deferred", "begun"])
def test_what_speaks_against_a_release_is_not_forgotten_because_the_host_is_away_or_busy_the_next_night(
    tmp_path: Path, first: str, second: str,
) -> None:
    noted(tmp_path, a="ok", b="ok", c=first)
    shelf = noted(tmp_path, "r2", c="begun")
    shelf = noted(tmp_path, "r2", c=second)
    (said,) = refused(shelf, "a b c", ok=0, percent=100)
    assert f"c ({second}, {first} before)" in said
    assert refused(noted(tmp_path, "r3", c="begun"), "a b c", ok=0, percent=100)
    assert refused(noted(tmp_path, "r3", c="ok"), "a b c", ok=0, percent=100) == []


def test_a_host_that_has_the_release_and_does_not_answer_any_more_counts_as_away_until_it_answers(
    tmp_path: Path,
) -> None:
    """A release that cuts its host off an hour later must not pass on the strength of that first hour."""
    noted(tmp_path, a="ok", b="ok")
    shelf = noted(tmp_path, "r2", a="unreachable")
    assert "1 of 2 hosts were not reached: a" in refused(shelf, "a b", percent=0)[0]
    assert refused(shelf, "a b", ok=100, percent=50) == []
    assert shelf.summarise({"pilot": ["a", "b"]})["again"] == ["a"]
    assert refused(noted(tmp_path, "r3", a="ok"), "a b", percent=0) == []


@pytest.mark.parametrize("content", [
    "", "{", "[]", '{"host": "b"}', '{"host": "b", "ring": "p", "run": "r", "release": "1", "result": "fine"}',
    '{"host": "a", "ring": "p", "run": "r", "release": "1", "result": "ok"}',
    '{"host": "b", "ring": "p", "run": "r", "release": "1", "result": "ok", "ended": "yesterday"}'])
def test_a_record_that_a_crash_cut_off_closes_the_gate_with_the_host_named_until_the_host_was_asked_again(
    tmp_path: Path, content: str,
) -> None:
    shelf = noted(tmp_path, a="ok", b="ok")
    (tmp_path / "1.1.0/hosts/b.json").write_text(content)
    assert "b (begun)" in refused(shelf, "a b")[0]
    assert "b (deferred, begun before)" in refused(noted(tmp_path, "r2", b="deferred"), "a b", ok=0)[0]
    assert refused(noted(tmp_path, "r2", b="ok"), "a b") == []


def test_a_batch_does_not_follow_hosts_that_this_run_lost_but_goes_on_where_a_person_began_it_again(
    tmp_path: Path,
) -> None:
    gates, known = part("rollout_gates"), noted(tmp_path, a="ok", b="begun", c="begun").all()
    assert gates.lost(["a", "b", "c", "d"], known, "r1", ["c", "d"]) == ["b (begun)"]
    assert gates.lost(["a", "b", "c", "d"], known, "r2", ["c", "d"]) == []


def test_an_alert_of_the_first_night_that_still_fires_is_no_old_one_to_the_second(tmp_path: Path) -> None:
    gates, hour = part("rollout_gates"), timedelta(hours=1)
    known, run = noted(tmp_path, a="ok", b="deferred").all(), part("rollout_records").new_run
    now = NOW + timedelta(hours=2)
    assert gates.spell(["a", "b"], known, (run(NOW), hour), now) == (NOW, NOW)
    second, later = NOW + timedelta(hours=20), NOW + timedelta(hours=22)
    assert gates.spell(["a", "b"], known, (run(second), hour), later) == (NOW, second)
    assert gates.spell(["a", "b"], known, (run(second), hour), second) == (NOW, second - hour)


def test_only_one_run_goes_on_at_a_time_and_one_that_died_holds_nobody_up(tmp_path: Path) -> None:
    lock, problem = part("rollout_lock"), part("rollout_records").RolloutError
    with subprocess.Popen(["sleep", "60"]) as other:
        lock.hold(tmp_path, other.pid, "1.1.0 r1")
        lock.hold(tmp_path, other.pid, "1.1.0 r1")
        with pytest.raises(problem, match=f"1.1.0 r1 on .*, process {other.pid}"):
            lock.hold(tmp_path, os.getpid(), "1.2.0 r2")
        other.kill()
        other.wait()
    lock.hold(tmp_path, os.getpid(), "1.2.0 r2")
    held = json.loads((tmp_path / "running").read_text())
    (tmp_path / "running").write_text(json.dumps({**held, "pid": 1}))  # a number that came again
    lock.hold(tmp_path, os.getpid(), "1.2.0 r2")
    (tmp_path / "running").write_text(json.dumps({**held, "controller": "elsewhere"}))
    with pytest.raises(problem, match="on elsewhere"):
        lock.hold(tmp_path, os.getppid(), "1.2.0 r3")
    (tmp_path / "running").write_text("{")
    lock.hold(tmp_path, os.getpid(), "1.2.0 r2")


def test_the_second_night_does_not_wait_anew_for_a_ring_that_ran_by_day(tmp_path: Path) -> None:
    gates, known = part("rollout_gates"), noted(tmp_path, a="ok", b="deferred").all()
    hour = timedelta(hours=1)
    assert gates.rest(["a", "b"], known, hour, NOW + timedelta(minutes=20)) == 40 * 60
    assert gates.rest(["a", "b"], known, hour, NOW + timedelta(hours=20)) == 0


def test_the_next_night_takes_whom_this_one_left_but_no_ring_that_has_not_begun(tmp_path: Path) -> None:
    shelf = noted(tmp_path, a="ok", b="deferred", c="failed")
    told = shelf.summarise({"pilot": ["a", "b", "c", "d"], "rest": ["e"]})
    assert told["again"] == ["b", "d"]
    assert (tmp_path / "1.1.0/again").read_text().split() == ["localhost", "b", "d"]
    assert (told["rings"]["pilot"]["ok"], told["rings"]["pilot"]["failed"], told["rings"]["rest"]["unheard"]) == (
        1, ["c"], 1)


@pytest.mark.parametrize(("rings", "groups", "said"), [
    ([], {}, "1 to 8"),
    ([f"r{number}" for number in range(9)], {}, "1 to 8"),
    (["canary", "canary"], {"ring_canary": ["a"]}, "different"),
    (["canry", "rest"], {"ring_canary": ["a"], "ring_rest": ["b"]}, "has no host"),
    (["canary", "rest"], {"ring_canary": ["a"], "ring_rest": ["a", "b"]}, "more than one ring"),
    (["../canary"], {}, "not a name"),
    (["canary", "pillot", "rest"], {"ring_canary": ["a"], "ring_pilot": ["b"]}, "pillot, rest has no host, and b"),
])
def test_an_order_of_rings_that_would_begin_without_its_canary_is_refused(
    rings: list[str], groups: dict[str, list[str]], said: str,
) -> None:
    with pytest.raises(part("rollout_records").RolloutError, match=said):
        part("rollout_gates").plan(rings, groups, ["a", "b"])


def test_rings_have_the_hosts_of_their_groups_and_one_may_have_none() -> None:
    groups = {"ring_canary": ["a", "x"], "ring_rest": ["b"]}
    found = part("rollout_gates").plan(["canary", "not-yet", "rest"], groups, ["a", "b"])
    assert found == {"canary": ["a"], "not-yet": [], "rest": ["b"]}


def test_a_release_that_was_withdrawn_says_by_what_words(tmp_path: Path) -> None:
    shelf = noted(tmp_path, a="ok")
    shelf.refuse_withdrawn()
    shelf.withdraw("pages come\nout dark")
    with pytest.raises(part("rollout_records").RolloutError, match="pages come out dark"):
        shelf.refuse_withdrawn()


def test_a_prometheus_that_hears_nobody_or_is_away_is_no_proof() -> None:
    watch, problem = part("rollout_watch"), part("rollout_records").RolloutError
    with pytest.raises(problem, match="does not answer"):
        watch.new_pages(watch.Watch("http://127.0.0.1:9"), "pilot", "1.1.0", watch.Spell(NOW, NOW, NOW))
    with pytest.raises(problem, match="https"):
        watch.new_pages(watch.Watch("file:///etc/passwd"), "pilot", "1.1.0", watch.Spell(NOW, NOW, NOW))
