"""A release goes through the rings of a small fleet; whatever happens to a host, no later ring is touched."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from rollout_stand import NEW, OLD, OLDER, PLAYBOOK, RUNTIME, Fleet, Prometheus

pytestmark = pytest.mark.slow
if not PLAYBOOK.exists():
    pytest.skip("not run: needs ansible-core beside Python", allow_module_level=True)

RINGS = {"canary": ["a1", "a2"], "none-yet": [], "pilot": ["b1", "b2", "b3"], "rest": ["c1"]}


@pytest.fixture
def fleet(tmp_path: Path) -> Fleet:
    return Fleet(tmp_path, RINGS)


@pytest.fixture
def prometheus() -> Iterator[Prometheus]:
    made = Prometheus()
    yield made
    made.close()


def test_a_release_passes_a_ring_without_hosts_waits_for_a_person_and_takes_the_next_night_whom_it_could_not_take(
    fleet: Fleet, prometheus: Prometheus,
) -> None:
    """Under the budget: of the middle ring one host is away, one is scanning."""
    fleet.away.add("b1")
    fleet.set("b2", activate="deferred")
    prometheus.before.add("PrinterOnFire")
    wide: dict[str, Any] = {"rollout_unreachable_percent": 50, "rollout_ok_percent": 30, "rollout_approval": True,
            "rollout_prometheus": {"url": prometheus.url}}
    first = fleet.play(**wide)
    assert first.code == 2 and "ring rest waits for a person" in first.said, first.said
    assert fleet.has() == ["a1", "a2", "b3"] and not fleet.touched("rest")
    assert [fleet.result(host) for host in fleet.hosts] == ["ok", "ok", "unreachable", "deferred", "ok", ""]
    again = fleet.records / NEW / "again"
    assert again.read_text().split() == ["localhost", "b1", "b2"]
    noted = [json.loads(line) for path in (fleet.records / NEW / "runs").iterdir()
             for line in path.read_text().splitlines()]
    assert {(one["host"], one["was"], one["release"]) for one in noted if one["result"] == "ok"} == {
        (host, OLD, NEW) for host in ("a1", "a2", "b3")}
    assert "monitoring note rollout --result ok --ring canary --version 1.1.0" in fleet.calls("a1")

    fleet.away.clear()
    fleet.set("b2", activate="ok")
    (fleet.records / NEW / "approved-rest").write_text("the head of archives, 1 June")
    asked = len(fleet.calls("a1"))
    second = fleet.play("upgrade", "--limit", f"@{again}", **wide)
    assert second.code == 0, second.said
    assert fleet.has() == ["a1", "a2", "b1", "b2", "b3"] and len(fleet.calls("a1")) == asked
    assert again.read_text() == ""


def test_a_canary_that_went_back_by_itself_stops_the_run_although_it_was_rescued(fleet: Fleet) -> None:
    fleet.set("a1", activate="rolled_back")
    run = fleet.play(rollout_serial=[1, "100%"])
    assert run.code == 2 and "rolled_back: H966 the synthetic dossier did not arrive" in run.said, run.said
    assert fleet.has() == [] and not fleet.touched("pilot") and not fleet.touched("rest")
    assert fleet.result("a1") == "rolled_back"
    assert not any(line.startswith("release activate") for line in fleet.calls("a2"))  # after the first of its ring
    assert "monitoring note rollout --result failed --ring canary --version 1.1.0" in fleet.calls("a1")
    summary = json.loads((fleet.records / NEW / "summary.json").read_text())
    assert summary["rings"]["canary"]["rolled_back"] == ["a1"]

    limited = fleet.play("upgrade", "--limit", "ring_pilot,localhost")  # a limit is no way around the canary
    assert limited.code == 2, limited.said
    assert fleet.has() == [] and not fleet.touched("rest")


def test_a_canary_that_is_away_stops_the_run(fleet: Fleet) -> None:
    fleet.away.add("a2")
    run = fleet.play(rollout_ok_percent=50, rollout_unreachable_percent=50)
    assert run.code == 2 and "1 of 2 hosts were not reached: a2" in run.said, run.said
    assert fleet.has() == ["a1"] and not fleet.touched("pilot") and not fleet.touched("rest")


def test_a_host_that_fails_stops_its_ring_and_those_that_were_turned_over_beside_it_are_recorded(
    fleet: Fleet,
) -> None:
    fleet.set("b2", activate="failed")
    run = fleet.play()
    assert run.code == 2, run.said
    assert [fleet.result(host) for host in RINGS["pilot"]] == ["ok", "failed", "ok"] and not fleet.touched("rest")
    record = json.loads((fleet.records / NEW / "hosts/b2.json").read_text())
    assert record["reason"] == "Traceback: no such unit" and record["ring"] == "pilot"


def test_an_alert_that_came_with_the_release_stops_it(fleet: Fleet, prometheus: Prometheus) -> None:
    prometheus.before.add("PrinterOnFire")
    prometheus.firing.add("DossiersStuck")
    run = fleet.play(rollout_prometheus={"url": prometheus.url}, rollout_soak_minutes=0.02)
    assert run.code == 2 and "new alerts since: DossiersStuck office=0001" in run.said, run.said
    assert fleet.has() == ["a1", "a2"] and not fleet.touched("pilot") and not fleet.touched("rest")


def test_a_release_that_hosts_refuse_and_hosts_that_are_not_fit_interrupt_nobody(fleet: Fleet) -> None:
    fleet.set("a1", clock="S905")
    fleet.set("a2", install="refused")
    run = fleet.play()
    assert run.code == 2, run.said
    assert (fleet.result("a1"), fleet.result("a2")) == ("unfit", "failed")
    assert not any("activate" in line for host in fleet.hosts for line in fleet.calls(host))
    assert not fleet.touched("pilot") and not fleet.touched("rest")


def test_a_limit_that_hides_the_gates_and_a_release_that_is_not_whole_are_refused_before_any_host_is_asked(
    fleet: Fleet,
) -> None:
    hidden = fleet.play("upgrade", "--limit", "ring_rest")
    assert hidden.code == 2 and "add localhost to --limit" in hidden.said, hidden.said
    tar = fleet.folder / f"release/app-{NEW}.tar"
    tar.write_bytes(tar.read_bytes()[:-1] + b"?")
    spoilt = fleet.play()
    assert spoilt.code == 2 and "not whole" in spoilt.said, spoilt.said
    assert not any(fleet.calls(host) for host in fleet.hosts)


def test_a_dry_run_and_a_staging_change_nothing_that_runs_and_a_torn_file_is_gone_on_with(fleet: Fleet) -> None:
    dry = fleet.play("upgrade", "--check", "--diff")
    assert dry.code == 0, dry.said
    assert not any((fleet.folder / "hosts" / host / "incoming").exists() for host in fleet.hosts)
    fleet.away.add("a1")
    fleet.set("a2", runtimes=[RUNTIME])
    source = fleet.folder / f"release/runtime-{RUNTIME}.tar"
    digest = json.loads((fleet.folder / "release/MANIFEST.json").read_text())["files"][source.name]["sha256"]
    there = fleet.folder / f"hosts/c1/incoming/{NEW}"
    there.mkdir(parents=True)
    (there / f"{source.name}.{digest[:12]}.part").write_bytes(source.read_bytes()[:150_000])
    spoilt = fleet.folder / f"hosts/b3/incoming/{NEW}/{source.name}.{digest[:12]}.part"
    spoilt.parent.mkdir(parents=True)
    spoilt.write_bytes(bytes(150_000))  # what a power cut left of the first try
    staged = fleet.play("stage", "-vv", rollout_piece_mb=0.1)
    assert staged.code == 0, staged.said
    assert '"resumed_at": 104857' in staged.said
    assert (there / source.name).read_bytes() == source.read_bytes()
    assert spoilt.with_name(source.name).read_bytes() == source.read_bytes()
    assert not (fleet.folder / f"hosts/a2/incoming/{NEW}/{source.name}").exists()  # that layer lies there
    assert [host for host in fleet.hosts if fleet.state(host).get("installed")] == ["a2", "b1", "b2", "b3", "c1"]
    assert fleet.has(OLD) == fleet.hosts and not (fleet.records / NEW).exists()


def test_a_ring_goes_back_even_where_the_release_does_not_start_and_no_night_brings_it_again(fleet: Fleet) -> None:
    for host in RINGS["canary"]:  # settings were changed since: the generation before is of the same release
        fleet.set(host, current=NEW, lying=[[1, OLDER], [2, OLD], [3, NEW], [4, NEW]], runs=4)
    (fleet.folder / "hosts/a2/appliance").write_text("#!/bin/false\n")
    words: dict[str, Any] = {"rollback_from": NEW, "rollback_hosts": "ring_canary:ring_pilot",
                             "rollback_reason": "pages come out dark"}
    back = fleet.play("rollback", **words)
    assert back.code == 0, back.said
    assert fleet.has(OLD) == fleet.hosts and fleet.result("a1") == "rolled_back"
    assert fleet.calls("b1") == []  # it never had that release, and the one before its own is one too old
    twice = fleet.play("rollback", **words)
    assert twice.code == 0 and fleet.has(OLD) == fleet.hosts, twice.said
    assert not (fleet.records / OLD).exists()  # and the good release is not withdrawn
    night = fleet.play()
    assert night.code == 2 and "was withdrawn" in night.said and "pages come out dark" in night.said, night.said


def test_a_way_back_that_names_no_host_or_finds_no_earlier_release_is_no_success_and_withdraws_all_the_same(
    fleet: Fleet,
) -> None:
    words: dict[str, Any] = {"rollback_from": NEW, "rollback_reason": "pages come out dark"}
    typo = fleet.play("rollback", rollback_hosts="ring_canry", **words)
    assert typo.code == 2 and "hosts or groups that there are" in typo.said, typo.said
    hidden = fleet.play("rollback", "--limit", "a1", rollback_hosts="ring_canary", **words)
    assert hidden.code == 2 and "add localhost to it" in hidden.said, hidden.said
    fleet.set("a1", current=NEW, lying=[[3, NEW], [4, NEW]], runs=4)
    fleet.set("a2", current=NEW, lying=[[2, OLD], [3, NEW]], runs=3)
    back = fleet.play("rollback", rollback_hosts="ring_canary", **words)
    assert back.code == 2 and "no release lies here that ran before 1.1.0" in back.said, back.said
    assert (fleet.result("a1"), fleet.result("a2"), fleet.has()) == ("failed", "rolled_back", ["a1"])
    assert (fleet.records / NEW / "withdrawn").exists()


def test_a_host_whose_line_is_cut_in_the_middle_stops_its_ring_and_the_next_night_does_not_pass_over_it(
    fleet: Fleet,
) -> None:
    fleet.set("b1", activate="lost", releases=[NEW])
    wide: dict[str, Any] = {"rollout_unreachable_percent": 100, "rollout_ok_percent": 10, "rollout_serial": [2]}
    run = fleet.play(**wide)
    assert run.code != 0 and "nobody else is: b1 (begun)" in run.said, run.said
    assert [fleet.result(host) for host in RINGS["pilot"]] == ["begun", "ok", ""] and not fleet.touched("rest")
    assert not any("activate" in line for line in fleet.calls("b3"))
    again = fleet.play(**wide)  # it is still away: nobody knows what became of it
    assert again.code == 2 and "b1 (unreachable, begun before)" in again.said, again.said
    assert not fleet.touched("rest")
    fleet.set("b1", activate="ok")
    (fleet.folder / "hosts/b1/gone").unlink()
    assert fleet.play(**wide).code == 0 and fleet.has() == fleet.hosts


def test_a_run_that_is_killed_while_a_ring_is_watched_holds_nobody_up_and_while_it_goes_on_no_other_begins(
    fleet: Fleet, prometheus: Prometheus,
) -> None:
    with fleet.begin(rollout_soak_minutes=60) as first:
        try:
            fleet.wait(lambda: [fleet.result(host) for host in RINGS["canary"]] == ["ok", "ok"])
            second = fleet.play()
            assert second.code == 2 and "another run goes on: 1.1.0" in second.said, second.said
        finally:
            os.killpg(first.pid, signal.SIGKILL)
    assert not fleet.touched("pilot")
    asked = len([line for line in fleet.calls("a1") if line.startswith("release activate")])
    prometheus.firing.add("DossiersStuck")
    prometheus.since = time.time()  # after the first run had begun: the release's own, whoever asks and how often
    third = fleet.play(rollout_prometheus={"url": prometheus.url})
    assert third.code == 2 and "new alerts since: DossiersStuck" in third.said, third.said
    fourth = fleet.play(rollout_prometheus={"url": prometheus.url})
    assert fourth.code == 2 and "new alerts since: DossiersStuck" in fourth.said, fourth.said
    assert len([line for line in fleet.calls("a1") if line.startswith("release activate")]) == asked
    assert not fleet.touched("pilot")


def test_a_release_that_is_withdrawn_while_a_ring_is_turned_over_goes_no_further(fleet: Fleet) -> None:
    with fleet.begin(rollout_serial=[1]) as run:
        fleet.wait(lambda: fleet.result("a1") in {"begun", "ok"})
        (fleet.records / NEW / "withdrawn").write_text("pages come out dark")
        said, _ = run.communicate(timeout=300)
    assert run.returncode == 2 and "was withdrawn (pages come out dark)" in said, said
    assert not any("activate" in line for line in fleet.calls("a2")) and not fleet.touched("pilot")


def test_a_host_that_cannot_be_asked_is_passed_and_named_and_does_not_stop_its_ring(fleet: Fleet) -> None:
    fleet.set("b2", python="/bin/false")
    run = fleet.play(rollout_ok_percent=50)
    assert run.code == 0, run.said
    assert fleet.result("b2") == "unfit" and fleet.has() == [host for host in fleet.hosts if host != "b2"]
    assert "it cannot be asked" in json.loads((fleet.records / NEW / "hosts/b2.json").read_text())["reason"]
