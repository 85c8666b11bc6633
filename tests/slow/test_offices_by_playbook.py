"""Offices move and merge by the list of offices alone: the real playbooks, on this machine, with ledgers for hosts.

Not a container: hosts are folders, ``release activate`` and the role of the settings are stand-ins that write the
new office into the host's real ledger; its totals are those of the real status. The daemon's part is proved by
tests/slow/test_office_that_merges.py.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from appliance.inventory.hosts import COLUMNS as OF_HOSTS
from appliance.monitoring.rows import COLUMNS, MORE
from appliance.spool import entry, offices
from appliance.spool.ledger import Ledger
from appliance.spool.offices import Seat

ROOT = Path(__file__).parents[2]
PLAYBOOK = Path(sys.executable).with_name("ansible-playbook")
NAMES = {"2700": "Tỉnh", "2701": "Núi Xanh", "2702": "Đồng Lúa", "3100": "Tỉnh Mới"}
BEFORE = """\
2700,Tỉnh,Province,provincial,,27,canary,fibre,,,,H27.00
2701,Núi Xanh,Nui Xanh,district,2700,27,rest,fibre,,,,H27.01
2702,Đồng Lúa,Dong Lua,district,2700,27,rest,poor,,2026-12-31,2701,H27.02
"""
STAND_IN = """#!{python}
import json, sys
from pathlib import Path
from appliance import status
from appliance.spool import offices
from appliance.spool.ledger import Ledger
own = Path(sys.argv[0]).parent
ledger = Ledger(own / "ledger.sqlite3")
if sys.argv[1] == "status":
    found = {{**status.picture(ledger), "offices": offices.told(ledger)}}
    if (own / "loses").exists() and len(found["offices"]) > 1:
        found["counts"]["sheets"] -= 1
    print(json.dumps(found))
else:
    told = json.loads((own / "prepared.json").read_text())
    print(json.dumps({{"changed": offices.begin(ledger, offices.Seat(*told))}}))
"""
ROLE = """\
- name: Write the settings
  ansible.builtin.copy:
    content: "{{ [appliance_office_code, appliance_office_name, appliance_organ_id] | to_json }}"
    dest: "{{ fake_root }}/prepared.json"
    mode: "0600"

- name: Activate
  ansible.builtin.command: "{{ office_appliance }} release activate --json"
  register: __fake_activated
  changed_when: (__fake_activated.stdout | from_json).changed
"""

pytestmark = pytest.mark.slow
if not PLAYBOOK.exists():
    pytest.skip("not run: needs ansible-core beside Python", allow_module_level=True)


@dataclass
class Controller:
    """Lists, hosts that are folders, and the playbooks."""

    root: Path

    def lists(self, of_offices: str) -> None:
        rows = "".join(f"scan{code}.example,{code},192.0.2.{number},,,,,,,,\n"
                       for number, code in enumerate(NAMES, 1) if f"\n{code}," in f"\n{of_offices}")
        for name, head, body in (("offices", (*COLUMNS, *MORE), of_offices), ("hosts", OF_HOSTS, rows),
                                 ("rings", ("ring", "version"), "canary,1.0.0\nrest,1.0.0\n")):
            (self.root / f"{name}.csv").write_text(f"{','.join(head)}\n{body}", encoding="utf-8")

    def prepare(self) -> None:
        """Make hosts with a dossier each that is not delivered, a role for settings, and the archive's host."""
        for code in ("2700", "2701", "2702"):
            own = self.host(code)
            own.mkdir(parents=True)
            (own / "appliance").write_text(STAND_IN.format(python=sys.executable), encoding="utf-8")
            (own / "appliance").chmod(0o755)
            ledger = Ledger(own / "ledger.sqlite3")
            offices.begin(ledger, Seat(code, NAMES[code], f"H27.{code[2:]}"))
            entry.begin(ledger, entry.NewBatch(f"b{code}", "d", "default", "demo", "A", "{}"))
            ledger.act("add_dossier", id=f"D{code}.r1", file_code=f"D{code}", revision=1, job="default",
                       rules="demo", batch=f"b{code}", declared=0, captured=1, opened="2026-12-31")
            ledger.close()
        role = self.root / "roles" / "fake" / "tasks" / "main.yml"
        role.parent.mkdir(parents=True)
        role.write_text(ROLE, encoding="utf-8")
        (self.root / "ansible.cfg").write_text("[defaults]\n", encoding="utf-8")
        people = self.root / "inventory" / "20-people.yml"
        people.parent.mkdir()
        people.write_text(json.dumps({
            "all": {"vars": {"ansible_connection": "local", "ansible_become": False,
                             "ansible_python_interpreter": sys.executable,
                             "fake_root": str(self.root / "hosts" / "{{ inventory_hostname }}"),
                             "office_appliance": "{{ fake_root }}/appliance",
                             "office_settings_role": "fake",
                             "office_archive_file": str(self.root / "archive.toml"),
                             "office_monitoring_folder": str(self.root / "watched")}},
            "archive": {"hosts": {"archive.example": {}}},
            "monitoring": {"hosts": {"monitoring.example": {}}}}), encoding="utf-8")
        left = self.root / "watched" / "offices" / "2702" / "prometheus.env"
        left.parent.mkdir(parents=True)
        left.touch()

    def host(self, code: str) -> Path:
        return self.root / "hosts" / f"scan{code}.example"

    def told(self, code: str) -> list[tuple[str, int]]:
        ledger = Ledger(self.host(code) / "ledger.sqlite3")
        found = [(one["code"], one["undelivered"]) for one in offices.told(ledger)]
        ledger.close()
        return found

    def play(self, name: str, day: str) -> tuple[int, str, Mapping[str, Any]]:
        """Run a playbook; return its exit code, what it said, and its recap."""
        about = {
            **os.environ, "ANSIBLE_CONFIG": str(self.root / "ansible.cfg"),
            "ANSIBLE_COLLECTIONS_PATH": str(ROOT / "ansible" / "collections"),
            "ANSIBLE_ROLES_PATH": str(self.root / "roles"), "ANSIBLE_STDOUT_CALLBACK": "ansible.builtin.default",
            "ANSIBLE_LOCAL_TEMP": str(self.root / "tmp"), "ANSIBLE_HOME": str(self.root / "ansible"),
            "ANSIBLE_NOCOLOR": "1", "PYTHONPATH": str(ROOT), "ANSIBLE_PIPELINING": "1"}
        words = {"office_lists": str(self.root), "office_day": day}
        done = subprocess.run(
            [str(PLAYBOOK), "-i", str(self.root / "inventory"), f"vss.appliance.{name}", "-e", json.dumps(words)],
            capture_output=True, text=True, check=False, env=about, cwd=self.root)
        said = done.stdout + done.stderr
        recap = {line.split()[0]: dict(one.split("=") for one in line.split()[2:])
                 for line in said.rpartition("PLAY RECAP")[2].splitlines() if " : ok=" in line.replace("  ", " ")}
        return done.returncode, said, recap


@pytest.fixture
def controller(tmp_path: Path) -> Controller:
    made = Controller(tmp_path)
    made.prepare()
    made.lists(BEFORE)
    return made


def test_a_merger_changes_the_hosts_that_the_list_says_and_no_other(controller: Controller) -> None:
    code, said, _ = controller.play("merge_offices", "2027-01-01")
    assert code == 0, said
    assert controller.told("2702") == [("2702", 1), ("2701", 0)]
    assert controller.told("2701") == [("2701", 1)] and controller.told("2700") == [("2700", 1)]
    assert "'2702': 1, '2701': 0" in said, "what is left is told"
    assert 'heir_of = ["2702"]' in (controller.root / "archive.toml").read_text()
    watched = controller.root / "watched" / "offices"
    assert {path.parent.name for path in watched.rglob("*.env")} == {"2700", "2701"}
    code, said, recap = controller.play("merge_offices", "2027-01-01")
    assert code == 0, said
    assert {host: one["changed"] for host, one in recap.items()} == dict.fromkeys(recap, "0")


def test_an_office_that_moves_to_another_province_keeps_its_code(controller: Controller) -> None:
    controller.lists(BEFORE.replace("27,rest,fibre,,,,H27.01", "27,rest,fibre,,2026-12-31,,H27.01").replace(
        "2026-12-31,2701,H27.02", ",,H27.02") + (
        "3100,Tỉnh Mới,New Province,provincial,,31,canary,fibre,,,,H31.00\n"
        "2701,Núi Xanh,Nui Xanh,district,3100,31,rest,fibre,2027-01-01,,,H31.01\n"))
    (controller.host("2701") / "loses").touch()
    code, said, _ = controller.play("move_office", "2027-01-01")
    assert code != 0 and "tổng số trước và sau khác nhau" in said, "a host whose totals differ stops the run"
    (controller.host("2701") / "loses").unlink()
    code, said, _ = controller.play("move_office", "2027-01-01")
    assert code == 0, said
    ledger = Ledger(controller.host("2701") / "ledger.sqlite3")
    assert [(one["code"], one["organ_id"], one["undelivered"]) for one in offices.told(ledger)] == [
        ("2701", "H27.01", 1), ("2701", "H31.01", 0)]
    ledger.close()
    assert controller.told("2702") == [("2702", 1)]
