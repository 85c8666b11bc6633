"""The role of certificates on two hosts that are folders: asked for, answered, installed, kept, rotated."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from certificate_stand import Root, authority, group, run

pytestmark = pytest.mark.slow

REPOSITORY = Path(__file__).parents[2]
PLAYBOOK = Path(sys.executable).with_name("ansible-playbook")
SITE = """
- hosts: all:!localhost
  gather_facts: false
  roles: [vss.appliance.pki]
"""
HOSTS = {"scan0311": ("archive",), "archive": ("receiver",)}


@dataclass
class Fleet:
    """Hosts below one folder, reached without a line."""

    folder: Path
    old: Root
    new: Root

    def __post_init__(self) -> None:
        (self.folder / "site.yml").write_text(SITE)
        (self.folder / "ansible.cfg").write_text("[defaults]\n")
        wrapper = self.folder / "appliance"
        wrapper.write_text(f"#!/bin/sh\nexec {sys.executable} -m appliance \"$@\"\n")
        wrapper.chmod(0o755)
        common = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable,
                  "ansible_become": False, "appliance_pki_ca": [str(self.old.certificate)],
                  "appliance_pki_ca_certificate": str(self.old.certificate),
                  "appliance_pki_ca_key": str(self.old.key), "pki_commands": [str(wrapper)],
                  "pki_controller_command": [str(wrapper)]}
        hosts = {name: {"pki_root": str(self.root(name)), "pki_certificates": [
            {"purpose": one, "names": [f"{name}.bhxh.example"], "group": group()} for one in purposes]}
            for name, purposes in HOSTS.items()}
        (self.folder / "hosts.json").write_text(json.dumps({"all": {"hosts": hosts, "vars": common}}))

    def root(self, name: str) -> Path:
        return self.folder / name / "pki"

    def play(self, playbook: str, *words: str, **more: Any) -> tuple[int, str]:
        """Run a playbook; return its exit code and what it says."""
        about = {**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(REPOSITORY / "ansible/collections"),
                 "ANSIBLE_LOCALHOST_WARNING": "false", "ANSIBLE_NOCOLOR": "1", "ANSIBLE_PIPELINING": "1",
                 "ANSIBLE_CONFIG": str(self.folder / "ansible.cfg"),
                 "ANSIBLE_HOME": str(self.folder / "ansible"), "PYTHONPATH": str(REPOSITORY)}
        done = subprocess.run(
            [str(PLAYBOOK), "-i", str(self.folder / "hosts.json"), playbook, *words, "-e", json.dumps(more)],
            check=False, capture_output=True, text=True, env=about, cwd=self.folder, timeout=240)
        return done.returncode, done.stdout + done.stderr

    @contextmanager
    def away(self, name: str) -> Iterator[None]:
        """Let a host be out of reach."""
        hosts, path = (self.folder / "hosts.json").read_text(), self.folder / "hosts.json"
        without = json.loads(hosts)
        without["all"]["hosts"][name] |= {"ansible_connection": "ssh", "ansible_host": "127.0.0.1",
                                          "ansible_port": 9}
        path.write_text(json.dumps(without))
        yield
        path.write_text(hosts)

    def site(self, *words: str, **more: Any) -> str:
        code, said = self.play(str(self.folder / "site.yml"), *words, **more)
        assert code == 0, said
        return said

    def listed(self) -> dict[tuple[str, str], dict[str, Any]]:
        return {(name, one["purpose"]): one for name in HOSTS
                for one in run("list", "--root", self.root(name))["certificates"]}


@pytest.fixture
def fleet(tmp_path: Path) -> Fleet:
    if not PLAYBOOK.exists():
        pytest.skip("ansible-playbook is not installed (make setup-slow)")
    return Fleet(tmp_path, authority(tmp_path / "ca", "until-2026"), authority(tmp_path / "ca", "from-2027"))


def changes(said: str) -> list[int]:
    """Return how many tasks changed each host."""
    return [int(number) for number in re.findall(r"changed=(\d+)", said)]


def answered_by_the_agency(fleet: Fleet, folder: Path) -> None:
    """Sign what lies in the folder, as somebody at the agency does."""
    for path in sorted((folder / "requests").iterdir()):
        host, _, purpose = path.stem.partition("-")
        run("sign", path, "--purpose", purpose, "--name", f"{host}.bhxh.example", "--out",
            folder / "answers" / f"{path.stem}.pem", "--ca-certificate", fleet.old.certificate, "--ca-key",
            fleet.old.key)


def test_a_fleet_gets_certificates_keeps_them_and_changes_its_authority(fleet: Fleet) -> None:
    folder = fleet.folder / "pki"
    virgin = fleet.site("--check", pki_signer="agency")
    assert max(changes(virgin)) > 0, "check mode says what would be done"
    assert not folder.exists() and not any(fleet.root(name).exists() for name in HOSTS)
    assert "waits for the agency" in fleet.site(pki_signer="agency")
    answered_by_the_agency(fleet, folder)
    fleet.site()
    before = fleet.listed()
    assert set(before) == {(name, one) for name, purposes in HOSTS.items() for one in purposes}
    assert all(one["there"] and not one["asked"] and one["days_left"] > 390 for one in before.values())
    assert set(changes(fleet.site())) == {0}
    assert b"PRIVATE" not in b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    rotation = {"rotate_ca": str(fleet.new.certificate), "rotate_ca_certificate": str(fleet.new.certificate),
                "rotate_ca_key": str(fleet.new.key)}
    with fleet.away("archive"):
        code, said = fleet.play("vss.appliance.rotate_certificates", **rotation)
    assert code != 0
    assert "not done (believed)" in said and "archive" in said
    assert {one["serial"] for one in fleet.listed().values()} == {one["serial"] for one in before.values()}
    code, said = fleet.play("vss.appliance.rotate_certificates", **rotation)
    assert code == 0, said
    after = fleet.listed()
    assert all(after[one]["serial"] != before[one]["serial"] for one in before)
    assert {one["issuer"] for one in after.values()} == {"CN=from-2027"}
    assert all(one["roots"] == ["CN=from-2027"] for one in after.values()), "the old one is forgotten"
