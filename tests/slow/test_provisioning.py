"""A bare Debian 12 becomes a scanner host: the real role, a real systemd, a wheelhouse and no index."""

from __future__ import annotations

import hashlib
import json
import os
import re
import socket
import subprocess
import sys
import time
import tomllib
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from appliance import __version__
from debian_host import DebianHost, image, why_not

ROOT = Path(__file__).parents[2]
BUILD = ROOT / "build" / "slow"
PLAYBOOK = Path(sys.executable).with_name("ansible-playbook")
UNITS = ("appliance.service", "appliance-signer.service", "appliance-worker@1.service",
         "appliance-scanner@counter.service")


def why_not_here() -> str:
    if sys.version_info[:2] != (3, 11):
        return "needs Python 3.11, as Debian 12 has, to make the bundle"
    return why_not() or ("" if PLAYBOOK.exists() else "needs ansible-core beside Python")


pytestmark = pytest.mark.slow
if why_not_here():
    pytest.skip(f"not run: {why_not_here()}", allow_module_level=True)


@dataclass(frozen=True)
class Office:
    """What stands outside the host: the archive, the scanner on the network, and paper for it."""

    archive: str
    receipt_pem: str
    scanner: str
    hopper: Path
    stack: Path


@dataclass(frozen=True)
class Play:
    """What one run of the playbook said."""

    recap: dict[str, int]
    said: str


@dataclass(frozen=True)
class Controller:
    """Where Ansible runs."""

    inventory: Path

    def play(self, *more: str) -> Play:
        began = time.monotonic()
        done = subprocess.run([str(PLAYBOOK), "-i", str(self.inventory), "provision.yml", *more], cwd=ROOT / "ansible",
                              capture_output=True, text=True, timeout=900, env=os.environ | {"ANSIBLE_NOCOLOR": "1"})
        said = done.stdout + done.stderr
        line = re.search(r"^host1 .*ok=.*$", done.stdout, re.MULTILINE)
        print(f"{' '.join(more) or 'converge'}: {line.group() if line else said} ({time.monotonic() - began:.0f} s)")
        assert line, said
        assert done.returncode == 0, said
        figures = (word.partition("=") for word in line.group().split() if "=" in word)
        return Play({name: int(number) for name, _, number in figures}, said)


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DebianHost]:
    made = DebianHost(tmp_path_factory.mktemp("host") / "tree", f"appliance-host-{os.getpid()}")
    try:
        made.unpack(image(BUILD))
        key = made.tree.parent / "id"
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
        (made.tree / "root/.ssh").mkdir(mode=0o700, exist_ok=True)
        (made.tree / "root/.ssh/authorized_keys").write_text(key.with_suffix(".pub").read_text())
        made.boot()
        yield made
    finally:
        made.power_off()


@pytest.fixture(scope="module")
def office(host: DebianHost, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    from appliance.demo.stack import QUICK, make_stack

    folder = tmp_path_factory.mktemp("office")
    trust = host.tree / "var/lib/appliance/keys/development-root.pem"
    make_stack(folder / "stack", 1, QUICK)
    running: list[subprocess.Popen[str]] = []
    try:
        archive = start(running, "receiver", "--root", str(folder / "archive"), "--port", "0", "--trust", str(trust))
        scanner = start(running, "virtual-scanner", "--hopper", str(folder / "scanner/hopper"))
        pem = (folder / "archive/keys/receipt-public.pem").read_text()
        yield Office(archive, pem, scanner, folder / "scanner/hopper", folder / "stack")
    finally:
        for process in running:
            process.terminate()
            process.communicate(timeout=30)


def start(running: list[subprocess.Popen[str]], *words: str) -> str:
    """Start a program of the product outside the host; return the address it is ready at."""
    process = subprocess.Popen([sys.executable, "-m", "appliance", *words], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    running.append(process)
    assert process.stdout is not None
    return process.stdout.readline().split()[-1]


@pytest.fixture(scope="module")
def port() -> int:
    """A free port for the console: the host's network is the machine's own."""
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


@pytest.fixture(scope="module")
def controller(host: DebianHost, office: Office, port: int) -> Controller:
    """Ansible reaches the host by real ssh, carried into the container instead of over a network."""
    door = f'nsenter -t {host.leader} -a sh -c "mkdir -p /run/sshd; exec /usr/sbin/sshd -i"'
    options = ["-o StrictHostKeyChecking=no", "-o UserKnownHostsFile=/dev/null", "-o LogLevel=ERROR",
               "-o ControlMaster=no", f"-o ProxyCommand='{door}'", f"-i {host.tree.parent / 'id'}"]
    variables = {
        "ansible_user": "root", "ansible_ssh_common_args": " ".join(options),
        "appliance_version": __version__, "appliance_bundle": str(bundle()),
        "appliance_office_code": "0101", "appliance_office_name": "Bảo hiểm xã hội huyện Thử Nghiệm",
        "appliance_archive_url": office.archive, "appliance_archive_receipt_pem": office.receipt_pem,
        "appliance_console_port": port, "appliance_workers": 1, "appliance_min_free_mb": 16,
        "appliance_jobs": [{"name": "counter", "duplex": False}],
        "appliance_devices": [{"name": "counter", "url": office.scanner, "start_kind": "press", "job": "counter"}],
    }
    path = host.tree.parent / "inventory.json"
    path.write_text(json.dumps({"appliances": {"hosts": {"host1": variables}}}))
    return Controller(path)


def bundle() -> Path:
    """Return the bundle of this source tree, made once for its content."""
    sources = [ROOT / "pyproject.toml", ROOT / "ansible/bundle"]
    for folder in ("appliance", "firmware_profiles", "systemd"):
        sources += [path for path in (ROOT / folder).rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    digest = hashlib.sha256()
    for path in sorted(sources):
        digest.update(f"{path.relative_to(ROOT)}\0{path.stat().st_mode & 0o777}\0".encode() + path.read_bytes())
    made = BUILD / f"bundle-{digest.hexdigest()[:16]}.tar"
    if not made.exists():
        for old in BUILD.glob("bundle-*.tar"):
            old.unlink()
        subprocess.run(["sh", str(ROOT / "ansible/bundle"), str(made), sys.executable], check=True, timeout=900)
    return made


@pytest.fixture(scope="module")
def provisioned(host: DebianHost, controller: Controller) -> DebianHost:
    assert controller.play().recap["changed"] > 0
    return host


def state(host: DebianHost, unit: str, name: str) -> str:
    return host.run(f"systemctl show -p {name} --value {unit}")


def picture(host: DebianHost) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(host.run("appliance status --json", check=False))
    return found


def metrics(port: int) -> str:
    """Read the metrics page; the host's network is the machine's own."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=30) as page:
        return str(page.read().decode())


def test_a_dry_run_on_a_virgin_host_fails_nowhere_and_changes_nothing(
    host: DebianHost, controller: Controller,
) -> None:
    dry = controller.play("--check", "--diff")
    assert dry.recap["failed"] == 0 and dry.recap["changed"] > 0
    assert not (host.tree / "opt/appliance").exists() and not (host.tree / "etc/appliance").exists()


def test_a_bare_host_becomes_a_running_daemon_to_which_every_unit_is_connected(
    provisioned: DebianHost, port: int,
) -> None:
    for unit in UNITS:
        assert (unit, state(provisioned, unit, "ActiveState")) == (unit, "active")
        assert state(provisioned, unit, "NeedDaemonReload") == "no"
    assert state(provisioned, "appliance.service", "Type") == "notify"
    assert state(provisioned, "appliance.service", "StatusText") == "ready"
    seen = picture(provisioned)
    assert seen["pool"]["pids"] == [int(state(provisioned, "appliance-worker@1.service", "MainPID"))]
    assert seen["children"] == {}
    page = metrics(port)
    assert 'appliance_scanner_state{device="counter",state="ready"} 1.0' in page
    assert "appliance_development_key 1.0" in page


def test_a_second_run_changes_nothing_and_a_dry_run_sees_no_drift(
    provisioned: DebianHost, controller: Controller,
) -> None:
    before = state(provisioned, "appliance.service", "MainPID")
    assert controller.play().recap["changed"] == 0
    assert controller.play("--check", "--diff").recap["changed"] == 0
    assert state(provisioned, "appliance.service", "MainPID") == before
