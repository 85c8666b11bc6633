"""An office gets another host, with the real playbooks: old host to rest, backup, new host, and the old one gone.

Then the new one leaves for good, which it may not before the archive has everything.
"""

from __future__ import annotations

import json
import os
import subprocess
import tarfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from converged_host import HOST, PLAYBOOK, ROOT, Scene, converged, why_not_here

from appliance.demo import feed
from appliance.demo.stack import QUICK, make_stack

# Two booted hosts, a converge and a restore: more than the slow tier has time for.
pytestmark = [pytest.mark.long, pytest.mark.skipif(bool(why_not_here()), reason=f"not run: {why_not_here()}")]

OLD = "old0101"
FRESH = ("systemctl stop 'appliance*'; cd /opt/appliance; rm -rf /var/lib/appliance current wanted generations "
         "/etc/systemd/system/multi-user.target.wants/appliance.service")
"""What makes a host of one that ran: no ledger, no generation; the release may stay."""


@dataclass
class Office:
    """Two hosts of one office and their controller."""

    old: Scene
    new: Scene
    folder: Path

    def play(self, playbook: str, **extra: object) -> subprocess.CompletedProcess[str]:
        """Run a playbook of the collection against both hosts."""
        words = [str(PLAYBOOK), "-i", str(self.inventory()), f"vss.appliance.{playbook}", "-e", json.dumps(extra)]
        began = time.monotonic()
        done = subprocess.run(words, cwd=ROOT / "ansible", check=False, text=True, timeout=900,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              env={**os.environ, "ANSIBLE_NOCOLOR": "1", "ANSIBLE_HOME": str(self.folder / "home")})
        print(f"{playbook}: rc {done.returncode}, {time.monotonic() - began:.0f} s")
        return done

    def inventory(self) -> Path:
        """Write the inventory of both hosts."""
        hosts = {}
        for name, scene in ((HOST, self.new), (OLD, self.old)):
            enter = (f"nsenter -t {scene.host.leader} -a sh -c 'mkdir -p /run/sshd; exec /usr/sbin/sshd -i -e "
                     "-o LogLevel=ERROR'")
            hosts[name] = {**scene.variables, "ansible_ssh_private_key_file": str(scene.folder / "id"),
                           "ansible_ssh_common_args": "-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null "
                                                      f'-o LogLevel=ERROR -o ProxyCommand="{enter}"',
                           "ansible_ssh_args": "-o ControlMaster=no",
                           "ansible_host": name}
        path = self.folder / "both.json"
        path.write_text(json.dumps({"appliances": {"hosts": {HOST: hosts[HOST]}},
                                    "replaced": {"hosts": {OLD: hosts[OLD]}}}))
        return path


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    folder = tmp_path_factory.mktemp("office")
    with ExitStack() as stack:
        old, new = (stack.enter_context(converged(folder / name)) for name in ("old", "new"))
        new.host.run(FRESH)
        yield Office(old, new, folder)


def settled(scene: Scene, true: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """Wait until a host's picture is as wished for."""
    scene.wait(lambda: bool(scene.picture()) and true(scene.picture()), 180)
    return scene.picture()


def waits_for_leave(seen: dict[str, Any]) -> bool:
    """Say whether all is done but signatures, for which nobody has given leave."""
    return bool(seen["queues"]["sign"]["n"] == 1)


def scan(scene: Scene, folder: Path) -> None:
    """Scan a stack of which nothing can be signed yet."""
    make_stack(folder / "stack", 1, QUICK)
    scene.wait_ready()
    feed.load(folder / "stack", scene.host.tree / "srv/trial/scanner/hopper", "stack-1")
    scene.host.run("appliance press counter")
    settled(scene, waits_for_leave)


def test_an_office_works_on_where_it_stood_on_another_host(office: Office) -> None:
    scan(office.old, office.folder)
    before = office.old.picture()
    assert before["counts"]["sides"] > 0 and not before["counts"]["pages_filed"]
    done = office.play("replace_host", replace_old=OLD, replace_new=HOST,
                       replace_carried=str(office.folder / "carried"))
    assert done.returncode == 0, done.stdout[-6000:]
    after = settled(office.new, waits_for_leave)
    assert after["counts"]["sides"] == before["counts"]["sides"]
    assert [one["id"] for one in after["documents"]] == [one["id"] for one in before["documents"]]
    office.old.host.run("systemctl start appliance.service")
    assert office.old.host.run("systemctl is-active appliance.service", check=False) == "inactive"
    assert not (office.folder / "carried" / "backup.tar").exists()
    assert office.new.host.run("find /var/lib/appliance ! -user appliance | head -3") == ""
    for name in ("/opt/appliance/restore.toml", "/var/tmp/appliance-replaced"):
        assert office.new.host.run(f"ls {name} 2>/dev/null", check=False) == ""


def test_a_host_with_unfinished_work_is_not_taken_away(office: Office) -> None:
    done = office.play("decommission", decommission_host=HOST, decommission_office="0101",
                       decommission_folder=str(office.folder / "kept"))
    assert done.returncode != 0 and "H962" in done.stdout
    assert office.new.host.run("systemctl is-active appliance.service") == "active"
    assert not (office.folder / "kept").exists()


def test_who_helps_gets_a_file_of_that_host(office: Office) -> None:
    done = office.play("support_bundle", support_hosts=HOST, support_folder=str(office.folder / "help"),
                       support_selftest=False)
    assert done.returncode == 0, done.stdout[-4000:]
    with tarfile.open(office.folder / "help" / f"{HOST}.tar.gz") as tar:
        said = {one.name.partition("/")[2]: tar.extractfile(one).read().decode()  # type: ignore[union-attr]
                for one in tar.getmembers()}
    units = json.loads(said["units.json"])
    assert units["appliance.service"]["ActiveState"] == "active" and units["appliance.service"]["exposure"]
    assert "appliance_build_info" in said["metrics.txt"] and '"event": "batch.' in said["journal.jsonl"]
    assert "Nguyễn Văn Thử" not in "".join(said.values())


def test_when_all_is_delivered_it_goes_and_leaves_its_receipts(office: Office) -> None:
    office.new.host.run("systemctl start trial-archive trial-tsa trial-scanner")
    office.new.authorise()
    settled(office.new, lambda seen: seen.get("stages", {}).get("accepted", 0) > 0)
    done = office.play("decommission", decommission_host=HOST, decommission_office="0101",
                       decommission_folder=str(office.folder / "kept"))
    assert done.returncode == 0, done.stdout[-6000:]
    with tarfile.open(office.folder / "kept" / f"{HOST}.tar") as tar:
        proof = json.load(tar.extractfile("proof.json"))  # type: ignore[arg-type]
    assert proof["nothing_left"] and len(proof["packages"]) == 1 and proof["packages"][0]["number"]
    gone = "/var/lib/appliance /opt/appliance /etc/appliance /etc/systemd/system/appliance*"
    left = office.new.host.run(f"ls -d {gone} 2>/dev/null; getent passwd appliance", check=False)
    assert left == ""
