"""A bare Debian 12 becomes a scanner host that runs the main job: the real playbook, no mirror, no route."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from converged_host import HOST, LISTS, NAME, OUTSIDE, PLAYBOOK, ROOT, UNITS, Scene, converged, why_not_here

from appliance import __version__
from appliance.demo import feed
from appliance.demo.stack import QUICK, make_stack

PORT = 8460
RULES = "60-appliance-scanners.rules"
MOST_TASKS = 120
"""Tasks of one converge, with skipped ones and checks of arguments: each costs time for each host."""

pytestmark = pytest.mark.slow
if why_not_here():
    pytest.skip(f"not run: {why_not_here()}", allow_module_level=True)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with converged(tmp_path_factory.mktemp("office")) as made:
        made.wait_ready()
        yield made


def metrics(scene: Scene) -> str:
    return scene.host.run("python3 -c \"import urllib.request as u; print(u.urlopen('http://127.0.0.1:"
                          f"{PORT}/metrics', timeout=30).read().decode())\"")


def test_a_dry_run_on_a_virgin_host_fails_nowhere_and_changes_nothing(scene: Scene) -> None:
    dry = scene.plays["dry"]
    assert (dry.recap["rc"], dry.recap["failed"], dry.recap["left"]) == (0, 0, 0)
    assert dry.recap["changed"] > 0 and f'+name = "{NAME}"' in dry.said


def test_a_bare_host_without_a_mirror_becomes_a_running_daemon_in_few_tasks(scene: Scene) -> None:
    wet = scene.plays["wet"]
    tasks = wet.recap["ok"] + wet.recap["skipped"]
    print(f"converge: {wet.seconds:.0f} s, {tasks} tasks, {wet.recap['changed']} changed; "
          f"again: {scene.plays['again'].seconds:.0f} s")
    assert tasks <= MOST_TASKS
    assert scene.host.run("cat /etc/apt/sources.list; tail -n +2 /proc/net/route") == ""
    for unit in UNITS:
        assert (unit, scene.shown(unit, "ActiveState")) == (unit, "active")
    assert scene.shown("appliance.service", "StatusText").startswith("ready")
    seen = scene.picture()
    assert seen["pool"]["pids"] == [int(scene.shown("appliance-worker@1.service", "MainPID"))]
    assert seen["children"] == {} and seen["version"] == __version__
    page = metrics(scene)
    assert 'appliance_scanner_state{device="counter",state="ready"} 1.0' in page
    settings = tomllib.loads(scene.host.run("cat /etc/appliance/appliance.toml"))
    assert settings["office"]["name"] == NAME
    assert scene.host.run("systemctl --failed --no-legend") == ""


def test_a_second_run_changes_nothing_and_restarts_nothing(scene: Scene) -> None:
    assert scene.plays["again"].recap["changed"] == 0, scene.plays["again"].said
    before = scene.shown("appliance.service", "MainPID")
    assert scene.converge().recap["changed"] == 0
    assert scene.shown("appliance.service", "MainPID") == before


def test_facts_tell_what_runs_here(scene: Scene) -> None:
    told = json.loads(scene.host.run("/etc/ansible/facts.d/appliance.fact"))
    assert told["version"] == __version__
    assert told["generation"] == scene.host.run("readlink /opt/appliance/current").rpartition("/")[2]
    assert told["settings_sha256"] == scene.host.run("sha256sum /etc/appliance/appliance.toml").split()[0]


def test_scanners_that_debian_does_not_know_have_their_rules_and_nobody_else_has_the_scanner(scene: Scene) -> None:
    placed = scene.host.run(f"cat /etc/udev/rules.d/{RULES}")
    assert placed == (ROOT / "systemd" / RULES).read_text(encoding="utf-8").strip()
    assert "scanner" in scene.host.run("id -nG appliance").split()
    status = scene.host.run(f"cat /proc/{scene.shown(UNITS[3], 'MainPID')}/status")
    group = scene.host.run("getent group scanner").split(":")[2]
    assert group in re.findall(r"^Groups:(.*)$", status, re.MULTILINE)[0].split()
    for rival in ("saned.socket", "ipp-usb.service"):
        assert scene.shown(rival, "LoadState") == "masked"


def test_only_the_signer_sees_the_key_and_neither_it_nor_a_worker_has_a_network(scene: Scene) -> None:
    for unit in UNITS:
        seen = f"nsenter -t {scene.shown(unit, 'MainPID')} -m ls /var/lib/appliance/keys"
        keys = scene.host.run(seen, check=False)
        assert ("development" in keys) == (unit == "appliance-signer.service"), (unit, keys)
    for unit in ("appliance-signer.service", "appliance-worker@1.service"):
        table = scene.host.run(f"cat /proc/{scene.shown(unit, 'MainPID')}/net/dev")
        assert [line.split(":")[0].strip() for line in table.splitlines()[2:]] == ["lo"], unit


def test_a_list_that_is_dropped_into_the_offices_folder_is_imported_and_put_away(scene: Scene) -> None:
    lists = scene.host.tree / LISTS.strip("/")
    example = (ROOT / "docs/examples/onestop-register.csv").read_text(encoding="utf-8")
    scene.host.run(f"install -d -o appliance -g appliance '{LISTS}' && systemctl restart appliance")
    (lists / "sáng.csv").write_text(example.replace("Kênh tiếp nhận", "Đến bằng", 1), encoding="utf-8")
    scene.wait((lists / "processed/sáng.csv").exists, 60)
    assert "2 hồ sơ" in scene.host.run("appliance register list")
    scene.wait_ready()


def test_after_every_unit_was_killed_a_stack_of_paper_still_ends_with_a_receipt(
        scene: Scene, tmp_path: Path) -> None:
    scene.host.run(f"kill -KILL {' '.join(scene.shown(unit, 'MainPID') for unit in UNITS)}")
    scene.wait_ready()
    make_stack(tmp_path / "stack", 1, QUICK)
    feed.load(tmp_path / "stack", scene.host.tree / "srv/trial/scanner/hopper", "stack-1")
    scene.authorise()
    scene.host.run("appliance press counter")
    scene.wait(lambda: scene.picture().get("stages", {}).get("accepted") == 1, 240)
    seen = scene.picture()
    assert (seen["counts"]["pages_filed"], seen["counts"]["reconciled"], seen["held"]) == (3, True, [])
    objects = (scene.host.tree / "srv/trial/archive/archive").glob("*/*.zip")
    assert len(list(filter(zipfile.is_zipfile, objects))) == 1
    scene.host.run("runuser -u appliance -- appliance audit")


def test_the_journal_of_the_host_leads_from_start_to_the_receipt_and_explains_its_lines(scene: Scene) -> None:
    scene.host.until("journalctl -q APPLIANCE_EVENT=package.accepted | grep -q receipt", 60)
    said = scene.host.run("journalctl -q -o cat APPLIANCE_EVENT=package.accepted")
    (receipt,) = map(json.loads, said.splitlines())
    found = [json.loads(line) for line in scene.host.run(
        f"journalctl -q -o json APPLIANCE_BATCH={receipt['batch']}").splitlines()]
    events = [entry["APPLIANCE_EVENT"] for entry in found]
    assert events[0] == "batch.started" and {"sheet.done", "document.done", "package.built"} <= set(events), events
    assert {entry["_SYSTEMD_UNIT"] for entry in found} == {"appliance.service"}
    said = scene.host.run(f"journalctl -q --catalog APPLIANCE_BATCH={receipt['batch']}")
    assert f"Kho lưu trữ đã tiếp nhận gói tin {receipt['package']}" in said, said
    assert "H79" not in said and NAME not in said


def test_status_is_green_after_the_job(scene: Scene) -> None:
    said = scene.host.run("appliance status", check=False)
    assert scene.host.run("appliance status >/dev/null; echo $?") == "0", said


def test_a_hand_edit_is_reported_by_the_drift_play_and_undone_by_a_run(scene: Scene) -> None:
    scene.host.run("sed -i s/MemoryMax=.*/MemoryMax=9G/ /etc/systemd/system/appliance.service")
    scene.host.run("sed -i 's/keep_days = .*/keep_days = 0/' /opt/appliance/current/appliance.toml")
    before = scene.shown("appliance.service", "MainPID")
    compared = scene.play("vss.appliance.drift", "--check")
    assert compared.recap["rc"] == 0, compared.said
    report = json.loads((scene.reports() / f"{HOST}.json").read_text())
    told = "\n".join(one["diff"] for one in report["tasks"])
    assert [one["role"] for one in report["tasks"]] == ["app", "app"], report
    assert "-MemoryMax=9G" in told and "-keep_days = 0" in told and "+keep_days = 7" in told
    summary = json.loads((scene.reports() / "summary.json").read_text())
    assert summary["hosts"] == {HOST: 2}
    assert "appliance_drift_tasks 2" in scene.host.run("cat /var/lib/prometheus/node-exporter/appliance_drift.prom")
    assert scene.shown("appliance.service", "MainPID") == before
    scene.converge()
    assert "keep_days = 7" in scene.host.run("cat /etc/appliance/appliance.toml")
    assert scene.host.run("readlink /etc/systemd/system/appliance.service") == (
        "/opt/appliance/current/systemd/appliance.service")
    assert scene.shown("appliance.service", "MainPID") != before
    scene.wait_ready()


def test_the_drift_play_refuses_to_run_in_earnest(scene: Scene) -> None:
    refused = scene.play("vss.appliance.drift")
    assert refused.recap["rc"] != 0 and "add --check" in refused.said


@pytest.mark.parametrize(("extra", "named"), [
    ({"appliance_min_free_mb": 1}, "storage.min_free_mb"),
    ({"appliance_office_code": 101}, "office code must be a text of 4 digits"),
    ({"appliance_version": "latest"}, "version like 1.2.3"),
    ({"appliance_plain_http": False}, "the archive https"),
])
def test_settings_that_would_not_work_are_refused_before_anything_runs_with_them(
        scene: Scene, extra: dict[str, object], named: str) -> None:
    before = scene.host.run("sha256sum /etc/appliance/appliance.toml; readlink /opt/appliance/current")
    refused = scene.play("vss.appliance.provision", extra=extra)
    assert refused.recap["failed"] == 1 and named in refused.said, refused.said
    assert scene.host.run("sha256sum /etc/appliance/appliance.toml; readlink /opt/appliance/current") == before
    assert scene.shown("appliance.service", "ActiveState") == "active"


def test_a_release_that_somebody_changed_is_not_believed(scene: Scene, tmp_path: Path) -> None:
    for name in ("MANIFEST.json", "MANIFEST.json.sig", "installer.pyz"):
        (tmp_path / name).write_bytes((scene.release / name).read_bytes())
    (tmp_path / "installer.pyz").write_bytes(b"#!/usr/bin/env python3\nprint('evil')\n")
    refused = scene.play("vss.appliance.provision", extra={"appliance_release": str(tmp_path)})
    assert refused.recap["failed"] == 1 and "is not what was signed" in refused.said
    manifest = tmp_path / "MANIFEST.json"
    manifest.write_text(manifest.read_text().replace("x86_64", "x86-64"))
    refused = scene.play("vss.appliance.provision", extra={"appliance_release": str(tmp_path)})
    assert refused.recap["failed"] == 1 and "not signed by a key" in refused.said


def test_a_wrong_list_of_offices_is_refused_with_the_row_named_and_no_inventory_is_written(tmp_path: Path) -> None:
    offices, out = tmp_path / "offices.csv", tmp_path / "out"
    shutil.copy(ROOT / "docs/examples/rings.csv", tmp_path)
    text = (ROOT / "docs/examples/offices.csv").read_text(encoding="utf-8")
    for was, now, row in (("2702,", "2701,", 5), (",2700,27,pilot,fibre", ",2799,27,pilot,fibre", 4)):
        offices.write_text(text.replace(was, now, 1), encoding="utf-8")
        done = subprocess.run([PLAYBOOK.with_name("appliance"), "inventory", offices, "--hosts",
                               ROOT / "docs/examples/hosts.csv", "--out", out], check=False, capture_output=True,
                              text=True, timeout=120)
        assert done.returncode != 0 and str(row) in done.stderr, done.stderr
        assert not (out / "10-appliances.yml").exists()


def test_the_collection_passes_the_linter_at_its_strictest() -> None:
    done = subprocess.run([str(PLAYBOOK.with_name("ansible-lint")), "--offline", "--profile", "production", "."],
                          cwd=ROOT / "ansible", check=False, capture_output=True, text=True, timeout=600,
                          env=os.environ | {"PATH": f"{PLAYBOOK.parent}:{os.environ['PATH']}", "NO_COLOR": "1"})
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_host_that_was_hardened_before_still_does_everything(tmp_path: Path) -> None:
    with converged(tmp_path) as hardened:
        for place in ("/tmp", "/dev/shm", "/var/tmp"):
            hardened.host.run(f"mount -t tmpfs -o noexec,nosuid,nodev tmpfs {place}")
        hardened.host.run("systemctl stop appliance; rm -r /var/cache/appliance/numba/*")
        hardened.converge(extra={"appliance_workers": 2, "appliance_gate": "local", "appliance_keep_days": 9})
        hardened.wait_ready()
        assert len(hardened.picture()["pool"]["pids"]) == 2
        secret = {"appliance_credentials": {"agency-pin": "271828"}}
        before = hardened.shown("appliance.service", "MainPID")
        assert hardened.converge(extra=secret).recap["changed"] > 0
        assert hardened.host.run("systemd-creds decrypt --name=agency-pin /etc/credstore.encrypted/agency-pin -"
                                 ) == "271828"
        assert hardened.shown("appliance.service", "MainPID") != before
        again = hardened.converge(extra=secret)
        assert again.recap["changed"] == 0 and "271828" not in again.said


def test_after_a_reboot_everything_runs_again_by_itself(scene: Scene) -> None:
    scene.close()
    scene.host.power_off()
    scene.host.boot()
    scene.wait_ready()
    seen = scene.picture()
    assert seen["stages"]["accepted"] == 1 and seen["pool"]["pids"]


def test_the_way_out_of_the_manual_leaves_only_what_was_scanned(scene: Scene) -> None:
    chapter = (ROOT / "docs/install.md").read_text(encoding="utf-8").partition("Uninstall")[2]
    commands = [line.strip() for line in chapter.splitlines() if line.startswith("    ")]
    assert commands
    for name in OUTSIDE:
        scene.host.run(f"systemctl disable --now trial-{name}; rm /etc/systemd/system/trial-{name}.service")
    for command in commands:
        scene.host.run(command)
    assert scene.host.run("systemctl list-units --all --no-legend 'appliance*.service'") == ""
    assert scene.host.run("find / -xdev -path /var/lib/appliance -prune -o -path '*/journal/*' -prune "
                          "-o -path /srv -prune -o -name '*appliance*' -print") == ""
    assert scene.host.run("ls /var/lib/appliance/receipts | wc -l") == "1"
