"""Which hosts stand in a ring, and when a ring lets the next one begin: what the controller decides by."""

from __future__ import annotations

import importlib
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


def noted(folder: Path, **results: str) -> Any:
    """Return the records of a release in which hosts ended like this."""
    records = part("rollout_records")
    shelf = records.Records(folder, "1.1.0")
    for host, result in results.items():
        shelf.write(records.Record(host=host, ring="pilot", run="r1", release="1.1.0", result=result,
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
        watch.new_pages(watch.Watch("http://127.0.0.1:9"), "pilot", "1.1.0", NOW, NOW)
    with pytest.raises(problem, match="https"):
        watch.new_pages(watch.Watch("file:///etc/passwd"), "pilot", "1.1.0", NOW, NOW)
