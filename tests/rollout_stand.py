"""A small fleet for roll-outs: hosts are folders of this machine, ``appliance`` on them is a stand-in.

Under test are the playbooks of the collection: the order of rings, their gates, and what is recorded. What the real
``appliance release`` does on a real host is tests/slow/test_upgraded_host.py.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

ROOT = Path(__file__).parents[1]
PLAYBOOK = Path(sys.executable).with_name("ansible-playbook")
OLDER, OLD, NEW = "0.9.0", "1.0.0", "1.1.0"
RUNTIME = "0123456789abcdef"

STAND_IN = r'''#!/usr/bin/python3 -ES
import json, pathlib, sys
here = pathlib.Path(__file__).resolve().parent
here = here if (here / "state.json").exists() else here.parent
words = [word for word in sys.argv[1:] if word != "--json"]
words = ["release", *words] if __file__.endswith("installer.pyz") else words
state = json.loads((here / "state.json").read_text())
with (here / "calls").open("a") as log:
    log.write(" ".join(words) + "\n")

def end(exits=0, **said):
    (here / "state.json").write_text(json.dumps(state))
    (here / "link").unlink(missing_ok=True)
    (here / "link").symlink_to(state["current"])
    (here / "link").replace(here / "current")
    print(json.dumps(said))
    sys.exit(exits)

if words[:2] == ["release", "list"]:
    lying = [{"generation": number, "version": version, "ran": True, "current": number == state.get("runs")}
             for number, version in state.get("lying", [])]
    end(current=state["current"], releases=state.get("releases", []), runtimes=state.get("runtimes", []),
        generations=lying)
if words[0] == "status":
    if state.get("broken"):
        sys.exit("no module named appliance")
    counts = {"sides": 4, "pages_filed": 1, "under_way": 3}
    end(version=state["current"], counts=counts, clock={"code": state.get("clock", "")})
if words[:2] == ["certificate", "list"]:
    end(certificates=[])
if words[:2] == ["release", "install"]:
    if state.get("install"):
        end(1, code="H960", en="the signature does not fit")
    changed, state["installed"] = state.get("installed") != words[2], words[2]
    end(changed=changed)
if words[:2] == ["release", "prepare"]:
    state["prepared"] = words[2]
    end(changed=state["current"] != words[2], pending=state["current"] != words[2])
if words[:2] == ["release", "activate"]:
    how = state.get("activate", "ok")
    if how == "deferred":
        end(3, changed=False, code="H965", en="a batch is being scanned")
    if how == "rolled_back":
        end(1, changed=True, rolled_back=True, code="H966", en="the synthetic dossier did not arrive")
    if how == "lost":  # the line, and nobody hears how it ends
        (here / "gone").touch()
        end(changed=False)
    if how == "failed":
        print("Traceback: no such unit", file=sys.stderr)
        sys.exit(1)
    state["before"], state["current"] = state["current"], state["prepared"]
    end(changed=True)
if words[:2] == ["release", "rollback"]:
    state["runs"] = int(words[2])
    changed, state["current"] = True, dict(state["lying"])[state["runs"]]
    end(changed=changed)
if words[:2] == ["monitoring", "note"]:
    end()
sys.exit(2)
'''
"""The commands of docs/provisioning.md, with the exit codes and the JSON of the real ones."""

INSTALL = """---
- name: Install it
  ansible.builtin.command:
    argv: [python3, "{{ rollout_current }}/installer.pyz", install, "{{ runtime_incoming }}/{{ runtime_version }}",
           --json]
  register: __runtime_done
  changed_when: (__runtime_done.stdout | from_json).changed
"""
ACTIVATE = """---
- name: Join them with the release
  ansible.builtin.command:
    argv: [python3, "{{ rollout_current }}/installer.pyz", prepare, "{{ app_version }}", --json]
  register: __app_prepared
  changed_when: (__app_prepared.stdout | from_json).changed

- name: Activate it
  ansible.builtin.command:
    argv: [python3, "{{ rollout_current }}/installer.pyz", activate, --gate, "{{ app_gate }}", --minutes,
           "{{ app_idle_minutes | string }}", --json]
  register: __app_activated
  changed_when: __app_activated.rc == 0 and (__app_activated.stdout | from_json).changed
  failed_when: __app_activated.rc not in [0, 3]
  when: (__app_prepared.stdout | from_json).pending
"""
"""What the roles runtime and app do, by the same names and without a host behind it."""

LINE = """#!/bin/sh
for last; do [ -d "{hosts}/$last" ] && host="{hosts}/$last"; done
[ -e "$host/gone" ] && exit 255
sh -c "$last"
code=$?
[ -e "$host/gone" ] && exit 255
exit $code
"""
"""What stands for ssh: its last word is the command, one before it the host."""


@dataclass(frozen=True)
class Run:
    """What one run of a playbook ended with."""

    code: int
    said: str


class Fleet:
    """Controller and hosts below one folder."""

    def __init__(self, folder: Path, rings: Mapping[str, Sequence[str]]) -> None:
        self.folder, self.rings = folder, rings
        self.hosts = [host for hosts in rings.values() for host in hosts]
        self.away: set[str] = set()
        self.records = folder / "rollouts"
        self._release()
        for host in self.hosts:
            place = folder / "hosts" / host
            place.mkdir(parents=True)
            (place / "appliance").write_text(STAND_IN)
            (place / "appliance").chmod(0o755)
            for version in (OLDER, OLD, NEW):
                (place / version).mkdir()
                (place / version / "installer.pyz").write_text(STAND_IN)
            self.set(host, current=OLD, lying=[[1, OLDER], [2, OLD]], runs=2)
        self._line()

    def set(self, host: str, **about: Any) -> None:
        """Let a host be otherwise."""
        path = self.folder / "hosts" / host / "state.json"
        known = json.loads(path.read_text()) if path.exists() else {}
        path.write_text(json.dumps({**known, **about}))
        if "current" in about:
            link = path.with_name("current")
            link.unlink(missing_ok=True)
            link.symlink_to(about["current"])

    def state(self, host: str) -> dict[str, Any]:
        return dict(json.loads((self.folder / "hosts" / host / "state.json").read_text()))

    def calls(self, host: str) -> list[str]:
        """Return what was asked of a host's ``appliance``."""
        path = self.folder / "hosts" / host / "calls"
        return path.read_text().splitlines() if path.exists() else []

    def has(self, release: str = NEW) -> list[str]:
        """Return the hosts that run a release."""
        return [host for host in self.hosts if self.state(host)["current"] == release]

    def touched(self, ring: str) -> list[str]:
        """Return the hosts of a ring that were asked anything at all."""
        return [host for host in self.rings[ring] if self.calls(host)]

    def result(self, host: str, release: str = NEW) -> str:
        path = self.records / release / "hosts" / f"{host}.json"
        return str(json.loads(path.read_text())["result"]) if path.exists() else ""

    def play(self, book: str = "upgrade", *more: str, **variables: Any) -> Run:
        """Run a playbook of the collection."""
        began = time.monotonic()
        with self.begin(book, *more, **variables) as running:
            said, _ = running.communicate(timeout=300)
        print(f"{book} {' '.join(more)}: {running.returncode} ({time.monotonic() - began:.0f} s)")
        return Run(running.returncode, said)

    def begin(self, book: str = "upgrade", *more: str, **variables: Any) -> subprocess.Popen[str]:
        """Begin to run a playbook of the collection."""
        about = {"rollout_version": NEW, "rollout_release": str(self.folder / "release"), **variables}
        return subprocess.Popen(
            [str(PLAYBOOK), "-i", str(self._inventory()), f"vss.appliance.{book}", "-e", json.dumps(about), *more],
            cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
            env=os.environ | {"ANSIBLE_NOCOLOR": "1", "ANSIBLE_CONFIG": str(ROOT / "ansible/ansible.cfg"),
                              "ANSIBLE_COLLECTIONS_PATH": str(ROOT / "ansible/collections"),
                              "ANSIBLE_ROLES_PATH": str(self.folder / "roles"), "ANSIBLE_FORKS": "10",
                              "ANSIBLE_PIPELINING": "True",
                              "ANSIBLE_CACHE_PLUGIN_CONNECTION": str(self.folder / "facts")})

    def _line(self) -> None:
        """Make a line to a host of this machine that is cut when the host says so, as ssh sees it."""
        line = self.folder / "line"
        line.write_text(LINE.format(hosts=self.folder / "hosts"))
        line.chmod(0o755)

    def wait(self, come: Callable[[], bool]) -> None:
        """Wait until something has come about, for at most two minutes."""
        ends = time.monotonic() + 120
        while not come():
            assert time.monotonic() < ends
            time.sleep(0.05)

    def _inventory(self) -> Path:
        variables: dict[str, Any] = {
            "rollout_rings": list(self.rings), "rollout_release_keys": str(self.folder / "keys"),
            "ansible_python_interpreter": sys.executable, "ansible_become": False,
            "ansible_remote_tmp": str(self.folder / "tmp"), "rollout_app_role": "stand_in",
            "rollout_runtime_role": "stand_in",
            "rollout_current": f"{self.folder}/hosts/{{{{ inventory_hostname }}}}/current",
            "rollout_appliance": f"{self.folder}/hosts/{{{{ inventory_hostname }}}}/appliance",
            "rollout_incoming": f"{self.folder}/hosts/{{{{ inventory_hostname }}}}/incoming",
            "rollout_state_folders": [str(self.folder)], "rollout_min_free_mb": 1,
            "rollout_soak_minutes": 0, "rollout_serial": ["100%"], "rollout_records": str(self.records),
        }
        line = {"ansible_connection": "ssh", "ansible_ssh_executable": str(self.folder / "line")}
        away = {"ansible_connection": "ssh", "ansible_host": "127.0.0.1", "ansible_port": 1}
        reach = {host: away if host in self.away else line if self.state(host).get("activate") == "lost"
                 else {"ansible_connection": "local"} for host in self.hosts}
        for host in self.hosts:
            if python := self.state(host).get("python"):
                reach[host] = {**reach[host], "ansible_python3_interpreter": python}
        groups: dict[str, Any] = {f"ring_{ring}": {"hosts": {host: {} for host in hosts}}
                                  for ring, hosts in self.rings.items()}
        path = self.folder / "inventory.json"
        path.write_text(json.dumps({"all": {"vars": variables, "children": {
            "appliances": {"hosts": reach}, **{name: group for name, group in groups.items() if group["hosts"]}}}}))
        return path

    def _release(self) -> None:
        """Make a signed folder that is a release to the controller, and the role that would write settings."""
        made = self.folder / "release"
        made.mkdir(parents=True)
        files = {}
        for name, size in ((f"runtime-{RUNTIME}.tar", 300_000), (f"app-{NEW}.tar", 20_000)):
            content = hashlib.sha256(name.encode()).digest() * (size // 32)
            (made / name).write_bytes(content)
            files[name] = {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
        (made / "MANIFEST.json").write_text(json.dumps({"format": 1, "version": NEW, "runtime": RUNTIME,
                                                       "files": files}))
        key = self.folder / "key"
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
        subprocess.run(["ssh-keygen", "-q", "-Y", "sign", "-f", str(key), "-n", "appliance-release",
                        str(made / "MANIFEST.json")], check=True, stderr=subprocess.DEVNULL)
        (self.folder / "keys").write_text(f"release@appliance {key.with_suffix('.pub').read_text()}")
        tasks = self.folder / "roles/stand_in/tasks"
        tasks.mkdir(parents=True)
        (tasks / "install.yml").write_text(INSTALL)
        (tasks / "main.yml").write_text(ACTIVATE)


class Prometheus:
    """Answers as Prometheus does. ``firing``: alerts, since ``since``; those of ``before`` always did."""

    def __init__(self) -> None:
        self.firing: set[str] = set()
        self.before: set[str] = set()
        self.hears, self.since = True, float("inf")
        told = self

        class Door(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked = parse_qs(urlsplit(self.path).query)
                assert float(asked["time"][0]) <= time.time()
                found = told.answer(asked["query"][0], float(asked["time"][0]))
                body = json.dumps({"status": "success", "data": {"resultType": "vector", "result": [
                    {"metric": labels, "value": [0, "1"]} for labels in found]}}).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def answer(self, query: str, at: float) -> list[dict[str, str]]:
        if query.startswith("count("):
            return [{}] if self.hears else []
        found = self.before | self.firing if query.startswith("max_over_time(") or at > self.since else self.before
        return [{"alertname": name, "office": "0001"} for name in sorted(found)]

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
