"""Plays that would end well without having done anything: a limit without the controller, no host, no list."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
PLAYBOOK = Path(sys.executable).with_name("ansible-playbook")
if not PLAYBOOK.exists():
    pytest.skip("not run: needs ansible-core beside Python (make setup-slow)", allow_module_level=True)

ANSIBLE = Path(__file__).parents[2] / "ansible"
ONE = "scan2701.bhxh.example"
BACK = ("-e", f"rollback_hosts={ONE}", "-e", "rollback_reason=trial")


def play(folder: Path, name: str, *words: str) -> tuple[int, str]:
    """Run a playbook of the collection as on a controller; return its exit code and what it said."""
    done = subprocess.run([str(PLAYBOOK), f"vss.appliance.{name}", *words], cwd=ANSIBLE, check=False, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120,
                          env={**os.environ, "ANSIBLE_HOME": str(folder), "ANSIBLE_NOCOLOR": "1"})
    return done.returncode, done.stdout


@pytest.mark.parametrize(("name", "words"), [
    ("rollback", BACK),
    ("rollback", ()),
    ("support_bundle", ("-e", f"support_hosts={ONE}", "-e", "support_folder=/nowhere")),
    ("decommission", ("-e", f"decommission_host={ONE}", "-e", "decommission_office=2701")),
    ("replace_host", ("-e", f"replace_new={ONE}")),
    ("rotate_certificates", ()),
    ("move_office", ("-e", "office_lists=/nowhere")),
    ("merge_offices", ("-e", "office_lists=/nowhere")),
])
def test_a_limit_that_leaves_the_controller_out_is_refused(
        tmp_path: Path, name: str, words: tuple[str, ...]) -> None:
    code, said = play(tmp_path, name, "-i", "inventories/example", "--limit", ONE, *words)
    assert code == 2 and "add localhost to it" in said, said


@pytest.mark.parametrize(("name", "words", "named"), [
    ("rollback", ("-e", "rollback_hosts=nobody", "-e", "rollback_reason=trial"), "rollback_hosts"),
    ("support_bundle", (), "support_hosts"),
    ("rotate_certificates", (), "appliance_pki_ca"),
    ("upgrade", ("-e", "rollout_version=1.4.0", "-e", "rollout_release=/nowhere"), "rollout_release"),
])
def test_what_was_forgotten_is_named(tmp_path: Path, name: str, words: tuple[str, ...], named: str) -> None:
    code, said = play(tmp_path, name, "-i", "inventories/example", *words)
    assert code == 2 and named in said.partition('"msg"')[2], said


@pytest.mark.parametrize("name", ["provision", "preflight", "drift", "stage", "upgrade"])
def test_without_an_inventory_nothing_is_called_done(tmp_path: Path, name: str) -> None:
    code, said = play(tmp_path, name, "-i", str(tmp_path / "none"))
    assert code == 2 and "no hosts: make inventories/production" in said, said


def test_the_keys_of_releases_are_found_though_they_were_said_for_the_hosts_alone(tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    inventory = tmp_path / "hosts.yml"
    inventory.write_text("all:\n  vars: {rollout_rings: [canary]}\nappliances:\n"
                         f"  vars: {{appliance_release_keys: {keys}}}\n  hosts: {{{ONE}: {{}}}}\n")
    (tmp_path / "release").mkdir()
    for name in ("MANIFEST.json", "MANIFEST.json.sig"):
        (tmp_path / "release" / name).write_text("{}")
    code, said = play(tmp_path, "upgrade", "-i", str(inventory), "-e", "rollout_version=1.4.0", "-e",
                      f"rollout_release={tmp_path / 'release'}")
    assert code == 2 and f"{keys}: không có" in said, said
