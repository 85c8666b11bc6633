"""A provisioned host gets the next release with dossiers undelivered; a bad one; no power meanwhile; and back."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from converged_host import HOST, Scene, converged, why_not_here
from next_release import MARK, TABLE, follow

from appliance import __version__
from appliance.demo import feed
from appliance.demo.stack import QUICK, make_stack

pytestmark = pytest.mark.slow
if why_not_here():
    pytest.skip(f"not run: {why_not_here()}", allow_module_level=True)

BROKEN, NEXT = "0.8.1", "0.8.2"
WIDE = {"rollout_rings": ["canary"], "rollout_soak_minutes": 0, "rollout_min_free_mb": 16, "rollout_minutes": 2,
        "rollout_clock_must_be_right": False, "rollout_gate": "ready", "rollout_rate_kb": 0}
STATE = "/var/lib/appliance"


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with converged(tmp_path_factory.mktemp("upgraded")) as made:
        told = json.loads(made.inventory.read_text())
        told["ring_canary"] = {"hosts": {HOST: {}}}
        made.inventory.write_text(json.dumps(told))
        made.wait_ready()
        yield made


def upgrade(scene: Scene, release: Path) -> Any:
    return scene.play("vss.appliance.upgrade", extra={
        **WIDE, "rollout_version": release.name, "rollout_release": str(release),
        "rollout_release_keys": scene.variables["appliance_release_keys"],
        "rollout_records": str(scene.folder / "rollouts")})


def record(scene: Scene, version: str) -> dict[str, Any]:
    return dict(json.loads((scene.folder / f"rollouts/{version}/hosts/{HOST}.json").read_text()))


def runs(scene: Scene) -> str:
    """Return the version that answers, once all of it does."""
    scene.wait(lambda: bool(scene.picture()), 180)
    return str(scene.picture()["version"])


def whole(scene: Scene) -> int:
    """Return the generation that the host is; its release, settings and units must be of that one."""
    number = int(scene.host.run("basename $(readlink /opt/appliance/current)"))
    facts = json.loads(scene.host.run("cat /opt/appliance/current/GENERATION.json"))
    assert facts["number"] == number
    assert runs(scene) == facts["version"] == scene.host.run("appliance --version").split()[-1]
    unit = scene.host.run("systemctl cat appliance.service")
    assert (MARK in unit) == (facts["version"] != __version__)
    link = scene.host.run("readlink -f /etc/systemd/system/appliance.service")
    assert link == f"/opt/appliance/releases/{facts['version']}/systemd/appliance.service"
    settings = f"/opt/appliance/generations/{number}/appliance.toml"
    assert scene.host.run("readlink -f /etc/appliance/appliance.toml") == settings
    return number


def schema(scene: Scene) -> int:
    asked = "import sqlite3,sys; print(sqlite3.connect(sys.argv[1]).execute('PRAGMA user_version').fetchone()[0])"
    return int(scene.host.run(f"python3 -c \"{asked}\" {STATE}/ledger.sqlite3"))


def test_a_release_whose_daemon_does_not_start_goes_back_by_itself_and_stops_the_run(
    scene: Scene, tmp_path: Path,
) -> None:
    before = whole(scene)
    play = upgrade(scene, follow(scene.release, BROKEN, tmp_path, broken=True))
    assert play.recap["rc"] == 2 and "NO MORE HOSTS LEFT" in play.said, play.said
    noted = record(scene, BROKEN)
    assert (noted["result"], noted["was"]) == ("rolled_back", __version__), noted
    assert "appliance.service" in noted["reason"]
    assert whole(scene) == before
    assert scene.host.run("ls /opt/appliance/UNDERWAY.json 2>&1 || true").endswith("No such file or directory")
    scene.wait_ready()


def test_a_release_with_another_schema_is_brought_while_dossiers_lie_undelivered(
    scene: Scene, tmp_path: Path,
) -> None:
    make_stack(tmp_path / "stack", 1, QUICK)
    scene.authorise()
    scene.host.run("systemctl disable --quiet --now trial-archive")
    feed.load(tmp_path / "stack", scene.host.tree / "srv/trial/scanner/hopper", "stack-1")
    scene.host.run("appliance press counter")
    scene.wait(lambda: undelivered(scene) == 1, 180)
    older = schema(scene)
    began = time.monotonic()
    play = upgrade(scene, follow(scene.release, NEXT, tmp_path))
    assert play.recap["rc"] == 0, play.said
    noted = record(scene, NEXT)
    assert noted["result"] == "ok"
    print(f"upgrade: {noted['seconds']:.0f} s on the host, {time.monotonic() - began:.0f} s with the playbook")
    whole(scene)
    assert runs(scene) == NEXT and schema(scene) == older + 1 and undelivered(scene) == 1
    assert f"changed: [{HOST}] => (item=app-{NEXT}.tar)" in play.said
    assert f"[{HOST}] => (item=runtime-" not in play.said  # that very layer lies there


def undelivered(scene: Scene) -> int:
    """Return how many packages wait for the archive."""
    stages = scene.picture().get("stages", {"packed": 0, "accepted": 0})
    return int(stages["packed"] - stages["accepted"])


def test_without_a_network_and_with_a_dossier_in_the_spool_a_release_that_does_not_start_goes_back_over_one_schema(
    scene: Scene,
) -> None:
    newer, program = schema(scene), f"/opt/appliance/releases/{NEXT}/venv/bin/appliance"
    assert scene.host.run("ip route 2>/dev/null || true") == ""
    scene.host.run(f"chmod a-x {program}; systemctl kill --signal=KILL appliance.service")
    play = scene.play("vss.appliance.rollback", extra={
        "rollback_from": NEXT, "rollback_hosts": "ring_canary", "rollback_reason": "trial",
        "rollout_records": str(scene.folder / "rollouts")})
    assert play.recap["rc"] == 0, play.said
    print(f"rollback: {play.seconds:.0f} s with the playbook")
    whole(scene)
    assert runs(scene) == __version__ and schema(scene) == newer and undelivered(scene) == 1
    assert record(scene, NEXT)["result"] == "rolled_back"
    asked = f"import sqlite3; sqlite3.connect('{STATE}/ledger.sqlite3').execute('SELECT 1 FROM {TABLE}')"
    scene.host.run(f'python3 -c "{asked}" && chmod a+x {program}')


@pytest.mark.parametrize("moment", ["the new release proves itself", "the switch", "the restart"])
def test_power_that_goes_in_the_middle_of_an_activation_leaves_one_whole_generation(
    scene: Scene, moment: str,
) -> None:
    host = scene.host
    now = whole(scene)
    settings = host.run("cat /opt/appliance/current/appliance.toml")
    changed = re.sub("keep_days = [0-9]+", f"keep_days = {9 + now}", settings)
    (host.tree / "opt/appliance/next.toml").write_text(changed)
    said = json.loads(host.run(f"appliance release prepare {NEXT} --settings /opt/appliance/next.toml --workers 1 "
                               "--json"))
    assert said["generation"] != now
    host.run("systemd-run --unit=activation appliance release activate --gate ready --json")
    scene.wait(lambda: come(scene, moment, now), 120)
    cut_power(scene)
    host.boot()
    scene.wait_ready()
    assert whole(scene) in {now, said["generation"]}
    began = time.monotonic()
    again = json.loads(host.run("appliance release activate --gate ready --json", timeout=400).splitlines()[-1])
    print(f"activation after the power came back: {time.monotonic() - began:.0f} s")
    assert again["generation"] == whole(scene) == said["generation"]
    assert undelivered(scene) == 1


def come(scene: Scene, moment: str, now: int) -> bool:
    """Say whether an activation has come to a moment."""
    if moment == "the new release proves itself":
        return bool(scene.host.run("pgrep -f 'appliance (warm|selftest)' || true"))
    if moment == "the switch":
        return (scene.host.tree / "opt/appliance/UNDERWAY.json").exists()
    switched = not os.readlink(scene.host.tree / "opt/appliance/current").endswith(f"/{now}")
    return switched and scene.shown("appliance.service", "ActiveState") == "activating"


def cut_power(scene: Scene) -> None:
    """Take the host away from one moment to the next: nobody inside sees another one end before it."""
    scene.close()
    host = scene.host
    assert host.launcher is not None
    inside = {int(pid) for group in host.groups for path in group.rglob("cgroup.procs")
              for pid in path.read_text().split()} - {host.leader, host.launcher.pid}
    for pid in inside:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGSTOP)
    os.kill(host.leader, signal.SIGKILL)
    host.launcher.wait(60)


def test_after_all_this_the_dossier_is_delivered_once(scene: Scene) -> None:
    scene.host.run("systemctl start trial-archive")
    scene.host.run("appliance delivery again")
    scene.wait(lambda: scene.picture().get("stages", {}).get("accepted") == 1, 180)
    scene.wait(lambda: bool(scene.picture().get("counts", {}).get("reconciled")), 60)
    (sent,) = scene.picture()["deliveries"]
    assert sent["receipt"] and undelivered(scene) == 0
