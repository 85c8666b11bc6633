"""A bare Debian 12 becomes a scanner host: the real role, a real systemd, a wheelhouse and no index."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import tomllib
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import granted
import pytest
from debian_host import DebianHost, image, why_not

from appliance import __version__
from appliance.core import clock
from appliance.demo import feed
from appliance.demo.stack import QUICK, make_stack

ROOT = Path(__file__).parents[2]
BUILD = ROOT / "build" / "slow"
LISTS = "/srv/danh sách 100%"
NAME = "Bảo hiểm xã hội huyện Thử Nghiệm"
PLAYBOOK = Path(sys.executable).with_name("ansible-playbook")
RULES = "60-appliance-scanners.rules"
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
    """What stands outside the host: archive, scanner on the network, paper for it, time stamps and their root."""

    archive: str
    receipt_pem: str
    scanner: str
    hopper: Path
    stack: Path
    times: str
    roots: str


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
        done = subprocess.run([str(PLAYBOOK), "-i", str(self.inventory), "provision.yml", *more],
                              cwd=ROOT / "ansible", check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, timeout=900, env=os.environ | {"ANSIBLE_NOCOLOR": "1"})
        line = re.search(r"^host1 .*ok=.*$", done.stdout, re.MULTILINE)
        assert line, done.stdout
        print(f"{' '.join(more) or 'converge'}: {line.group()} ({time.monotonic() - began:.0f} s)")
        figures = (word.partition("=") for word in line.group().split() if "=" in word)
        return Play({name: int(number) for name, _, number in figures}, done.stdout)

    def converge(self, *more: str) -> Play:
        """Run the playbook; it must not fail."""
        play = self.play(*more)
        assert (play.recap["failed"], play.recap["unreachable"]) == (0, 0), play.said
        return play


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
        for big in (made.tree, made.tree.parent / "next"):
            shutil.rmtree(big, ignore_errors=True)


@pytest.fixture(scope="module")
def office(host: DebianHost, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    folder = tmp_path_factory.mktemp("office")
    trust = str(host.tree / "var/lib/appliance/keys/development-root.pem")
    make_stack(folder / "stack", 1, QUICK)
    running: list[subprocess.Popen[str]] = []
    try:
        archive = start(running, "receive", "--root", str(folder / "archive"), "--port", "0", "--trust", trust,
                        "--trust", str(folder / "tsa/development-tsa-root.pem"))
        scanner = start(running, "virtual-scanner", "--hopper", str(folder / "scanner/hopper"))
        times = start(running, "development-tsa", "--root", str(folder / "tsa"), "--port", "0")
        roots = (folder / "tsa/development-tsa-root.pem").read_text()
        pem = (folder / "archive/keys/receipt-public.pem").read_text()
        yield Office(archive, pem, scanner, folder / "scanner/hopper", folder / "stack", times, roots)
    finally:
        for process in running:
            process.terminate()
            process.communicate(timeout=30)


def start(running: list[subprocess.Popen[str]], *words: str) -> str:
    """Start a program of the product outside the host; return the address it is ready at."""
    process = subprocess.Popen(["setpriv", "--pdeathsig", "TERM", sys.executable, "-m", "appliance", *words],
                               cwd=ROOT, stdout=subprocess.PIPE, text=True)
    running.append(process)
    assert process.stdout is not None
    return next(word.removeprefix("url=") for word in process.stdout.readline().split() if "://" in word)


def free_port() -> int:
    """Return a free port: the host's network is the machine's own."""
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


@pytest.fixture(scope="module")
def port() -> int:
    """The console's port."""
    return free_port()


@pytest.fixture(scope="module")
def controller(host: DebianHost, office: Office, bundle: Path, port: int) -> Controller:
    """Ansible reaches the host by real ssh, on loopback."""
    door, folder = free_port(), host.tree.parent
    host.run("mkdir -p /run/sshd && systemd-run --unit=door /usr/sbin/sshd -D -e -o ListenAddress=127.0.0.1 "
             f"-o PasswordAuthentication=no -p {door}")
    line = f"-o ControlMaster=auto -o ControlPersist=60 -o ControlPath={folder}/line"
    variables = {
        "ansible_host": "127.0.0.1", "ansible_port": door, "ansible_user": "root",
        "ansible_ssh_private_key_file": str(folder / "id"), "ansible_ssh_args": line,
        "ansible_ssh_common_args": "-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR",
        "appliance_version": __version__, "appliance_bundle": str(bundle),
        "appliance_office_code": "0101", "appliance_office_name": NAME,
        "appliance_archive_url": office.archive, "appliance_archive_receipt_pem": office.receipt_pem,
        # The small tree has no definitions of harmful code.
        "appliance_settings": {"archive": {"road": {"jitter_seconds": 0}, "screen": {"kind": "none"}}},
        "appliance_console_port": port, "appliance_workers": 1, "appliance_min_free_mb": 16,
        "appliance_jobs": [{"name": "counter", "duplex": False}],
        "appliance_trust_pem": office.roots, "appliance_signing": {"tsa": [{"url": office.times, "seconds": 60.0}]},
        "appliance_devices": [{"name": "counter", "url": office.scanner, "start_kind": "press", "job": "counter",
                               "operator": "NV001"}],
        "appliance_operators": [{"code": "NV001", "name": "Nguyễn Văn Thử"}, granted.leader()],
        "appliance_register": {"folder": LISTS, "settle_seconds": 0.5, "columns": {"channel": "Đến bằng"}},
    }
    path = folder / "inventory.json"
    path.write_text(json.dumps({"appliances": {"hosts": {"host1": variables}}}))
    return Controller(path)


@pytest.fixture(scope="module")
def bundle() -> Path:
    """The bundle of this source tree, made once for its content."""
    sources = [ROOT / "pyproject.toml", ROOT / "hatch_build.py", ROOT / "ansible/bundle"]
    for folder in ("appliance", "firmware_profiles", "systemd"):
        found = (path for path in (ROOT / folder).rglob("*") if path.is_file())
        sources += [path for path in found if "__pycache__" not in path.parts]
    digest = hashlib.sha256()
    for path in sorted(sources):
        digest.update(f"{path.relative_to(ROOT)}\0{path.stat().st_mode & 0o777}\0".encode() + path.read_bytes())
    made = BUILD / f"bundle-{digest.hexdigest()[:16]}.tar"
    if not made.exists():
        for old in BUILD.glob("bundle-*.tar"):
            old.unlink()
        subprocess.run(["sh", str(ROOT / "ansible/bundle"), str(made), sys.executable], check=True, timeout=900)
    return made


def next_release(given: Path, folder: Path) -> tuple[str, Path]:
    """Return version and bundle of a release after this one, whose units differ."""
    version = f"{__version__.rpartition('.')[0]}.{int(__version__.rpartition('.')[2]) + 1}"
    source, made = folder / "source", folder / "made"
    shutil.copytree(ROOT / "appliance", source / "appliance", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "firmware_profiles", source / "firmware_profiles")
    for name in ("pyproject.toml", "hatch_build.py", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    init = source / "appliance/__init__.py"
    init.write_text(init.read_text().replace(f'"{__version__}"', f'"{version}"'))
    made.mkdir(parents=True)
    subprocess.run(["tar", "-xf", str(given), "-C", str(made)], check=True)
    next(made.glob("wheels/scanner_appliance-*.whl")).unlink()
    subprocess.run([sys.executable, "-m", "pip", "wheel", "-q", "--disable-pip-version-check", "--no-deps",
                    "--wheel-dir", str(made / "wheels"), str(source)], check=True, timeout=300)
    with (made / "systemd/appliance.service").open("a") as unit:
        unit.write("# The next release.\n")
    subprocess.run("sha256sum wheels/* systemd/* > SHA256SUMS && tar -cf ../next.tar SHA256SUMS systemd wheels",
                   shell=True, cwd=made, check=True)
    return version, folder / "next.tar"


@pytest.fixture(scope="module")
def provisioned(host: DebianHost, controller: Controller) -> DebianHost:
    controller.converge()
    return host


def shown(host: DebianHost, unit: str, name: str) -> str:
    return host.run(f"systemctl show -p {name} --value {unit}")


def picture(host: DebianHost) -> dict[str, Any]:
    """Return what the daemon says of itself; empty while it is away."""
    said = host.run("appliance status --json", check=False)
    return json.loads(said) if said.startswith("{") else {}


def settled(host: DebianHost) -> bool:
    """Say whether the daemon answers, its scanner is ready and systemd has nothing more to start."""
    ready = any(device["state"] == "ready" for device in picture(host).get("devices", []))
    return ready and host.run("systemctl list-jobs --no-legend") == ""


def metrics(port: int) -> str:
    """Read the metrics page; the host's network is the machine's own."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=30) as page:
        return str(page.read().decode())


def wait_until(true: Callable[[], bool], seconds: float, what: Callable[[], object]) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, what()
        time.sleep(0.3)


def test_a_dry_run_on_a_virgin_host_fails_nowhere_and_changes_nothing(
    host: DebianHost, controller: Controller,
) -> None:
    dry = controller.converge("--check", "--diff")
    assert dry.recap["changed"] > 0
    assert not (host.tree / "opt/appliance").exists() and not (host.tree / "etc/appliance").exists()


def test_a_bare_host_becomes_a_running_daemon_to_which_every_unit_is_connected(
    provisioned: DebianHost, port: int,
) -> None:
    for unit in UNITS:
        assert (unit, shown(provisioned, unit, "ActiveState")) == (unit, "active")
    assert shown(provisioned, "appliance.service", "Type") == "notify"
    assert shown(provisioned, "appliance.service", "StatusText") == "ready"
    seen = picture(provisioned)
    assert seen["pool"]["pids"] == [int(shown(provisioned, "appliance-worker@1.service", "MainPID"))]
    assert seen["children"] == {}
    page = metrics(port)
    assert 'appliance_scanner_state{device="counter",state="ready"} 1.0' in page
    assert "appliance_development_key 1.0" in page
    settings = tomllib.loads((provisioned.tree / "etc/appliance/appliance.toml").read_text())
    assert settings["office"]["name"] == NAME


def test_a_list_that_is_dropped_into_the_offices_folder_is_imported_and_put_away(provisioned: DebianHost) -> None:
    lists = provisioned.tree / LISTS.strip("/")
    example = (ROOT / "docs/examples/onestop-register.csv").read_text(encoding="utf-8")
    provisioned.run(f"install -d -o appliance -g appliance '{LISTS}' && systemctl restart appliance")
    (lists / "sáng.csv").write_text(example.replace("Kênh tiếp nhận", "Đến bằng", 1), encoding="utf-8")
    wait_until((lists / "processed/sáng.csv").exists, 60,
               lambda: provisioned.run("journalctl -u appliance --no-pager | tail -20; ls -lR /srv"))
    assert "2 hồ sơ" in provisioned.run("appliance register list")
    wait_until(lambda: settled(provisioned), 60, lambda: picture(provisioned))


def test_scanners_that_debian_does_not_know_have_their_rules_and_the_user_their_group(
    provisioned: DebianHost,
) -> None:
    placed = provisioned.tree / "etc/udev/rules.d" / RULES
    assert placed.read_bytes() == (ROOT / "systemd" / RULES).read_bytes()
    assert provisioned.run(f"stat -c '%U:%G %a' /etc/udev/rules.d/{RULES}") == "root:root 644"
    assert "scanner" in provisioned.run("id -nG appliance").split()
    status = provisioned.run(f"cat /proc/{shown(provisioned, UNITS[3], 'MainPID')}/status")
    group = provisioned.run("getent group scanner").split(":")[2]
    assert group in re.findall(r"^Groups:(.*)$", status, re.MULTILINE)[0].split()
    assert provisioned.run("test -x /usr/bin/setfacl && find /usr/lib/udev/rules.d /lib/udev/rules.d "
                           "-name '*libsane*' | wc -l") != "0"


def test_a_second_run_changes_nothing_and_a_dry_run_sees_no_drift(
    provisioned: DebianHost, controller: Controller,
) -> None:
    before = shown(provisioned, "appliance.service", "MainPID")
    assert controller.converge().recap["changed"] == 0
    assert controller.converge("--check", "--diff").recap["changed"] == 0
    assert shown(provisioned, "appliance.service", "MainPID") == before


def test_a_hand_edit_is_shown_by_a_dry_run_and_undone_by_a_run(
    provisioned: DebianHost, controller: Controller,
) -> None:
    provisioned.run("sed -i s/MemoryMax=.*/MemoryMax=9G/ /etc/systemd/system/appliance.service")
    provisioned.run("sed -i 's/keep_days = .*/keep_days = 0/' /etc/appliance/appliance.toml")
    provisioned.run(f"sed -i /Avision/d /etc/udev/rules.d/{RULES}")
    before = shown(provisioned, "appliance.service", "MainPID")
    dry = controller.converge("--check", "--diff")
    assert "+# Avision AD240" in dry.said
    assert "-MemoryMax=9G" in dry.said and "-keep_days = 0" in dry.said and "+keep_days = 7" in dry.said
    assert shown(provisioned, "appliance.service", "MainPID") == before
    controller.converge()
    assert "keep_days = 7" in provisioned.run("cat /etc/appliance/appliance.toml")
    assert "# Avision AD240" in provisioned.run(f"cat /etc/udev/rules.d/{RULES}")
    assert shown(provisioned, "appliance.service", "MemoryMax") == str(400 << 20)
    assert shown(provisioned, "appliance.service", "MainPID") != before


def test_settings_that_the_release_refuses_never_reach_the_host(
    provisioned: DebianHost, controller: Controller,
) -> None:
    before = provisioned.run("sha256sum /etc/appliance/appliance.toml")
    refused = controller.play("-e", "appliance_min_free_mb=1")
    assert refused.recap["failed"] == 1 and "storage.min_free_mb" in refused.said
    assert provisioned.run("sha256sum /etc/appliance/appliance.toml") == before
    assert shown(provisioned, "appliance.service", "ActiveState") == "active"


def test_another_bundle_of_a_version_that_is_installed_is_refused(
    provisioned: DebianHost, controller: Controller,
) -> None:
    refused = controller.play("-e", f"appliance_bundle={controller.inventory}")
    assert refused.recap["failed"] == 1 and "A release is never changed" in refused.said


def test_an_upgrade_and_a_way_back_bring_the_units_of_each_release(
    provisioned: DebianHost, controller: Controller, bundle: Path,
) -> None:
    def runs(version: str, workers: int) -> None:
        assert provisioned.run("appliance --version") == f"appliance {version}"
        assert picture(provisioned)["version"] == version
        wait_until(lambda: len(picture(provisioned)["pool"]["pids"]) == workers, 60, lambda: picture(provisioned))

    later, made = next_release(bundle, provisioned.tree.parent / "next")
    controller.converge("-e", json.dumps({"appliance_version": later, "appliance_bundle": str(made),
                                          "appliance_workers": 2}))
    runs(later, 2)
    assert "# The next release." in provisioned.run("systemctl cat appliance.service")
    controller.converge("-e", json.dumps({"appliance_bundle": ""}))  # the earlier release lies on the host
    runs(__version__, 1)
    assert "# The next release." not in provisioned.run("systemctl cat appliance.service")
    assert shown(provisioned, "appliance-worker@2.service", "ActiveState") == "inactive"


def test_the_role_passes_the_linter_at_its_strictest() -> None:
    done = subprocess.run([str(PLAYBOOK.with_name("ansible-lint")), "--offline", "--profile", "production", "."],
                          cwd=ROOT / "ansible", check=False, capture_output=True, text=True, timeout=300,
                          env=os.environ | {"PATH": f"{PLAYBOOK.parent}:{os.environ['PATH']}"})
    assert done.returncode == 0, done.stdout + done.stderr


def test_only_the_signer_sees_the_key_and_neither_it_nor_a_worker_has_a_network(provisioned: DebianHost) -> None:
    for unit in UNITS:
        pid = shown(provisioned, unit, "MainPID")
        keys = provisioned.run(f"nsenter -t {pid} -m ls /var/lib/appliance/keys")
        assert bool(keys) == (unit == "appliance-signer.service"), unit
    for unit in ("appliance-signer.service", "appliance-worker@1.service"):
        table = provisioned.run(f"cat /proc/{shown(provisioned, unit, 'MainPID')}/net/dev")
        assert [line.split(":")[0].strip() for line in table.splitlines()[2:]] == ["lo"], unit


def test_after_every_unit_was_killed_a_stack_of_paper_still_ends_with_a_receipt(
    provisioned: DebianHost, office: Office,
) -> None:
    provisioned.run(f"kill -KILL {' '.join(shown(provisioned, unit, 'MainPID') for unit in UNITS)}")
    wait_until(lambda: settled(provisioned), 120, lambda: picture(provisioned))
    feed.load(office.stack, office.hopper, "stack-1")
    until = f"{clock.now() + timedelta(days=30):%d/%m/%Y}"
    provisioned.run(f"echo {granted.PIN} | appliance authorise --leader {granted.LEADER} --keeper 'Văn thư' "
                    f"--job counter --until {until}")
    provisioned.run("appliance press counter")
    wait_until(lambda: picture(provisioned).get("stages", {}).get("accepted") == 1, 180,
               lambda: (picture(provisioned), provisioned.run("journalctl --no-pager -n 60 -u 'appliance*'")))
    seen = picture(provisioned)
    assert (seen["counts"]["pages_filed"], seen["counts"]["reconciled"], seen["held"]) == (3, True, [])
    objects = (office.hopper.parents[1] / "archive/archive").glob("*/*.zip")
    assert len(list(filter(zipfile.is_zipfile, objects))) == 1
    provisioned.run("runuser -u appliance -- appliance audit")


def test_the_journal_of_the_host_leads_from_start_to_the_receipt_and_explains_its_lines(
    provisioned: DebianHost,
) -> None:
    provisioned.until("journalctl -q APPLIANCE_EVENT=package.accepted | grep -q receipt", 60)
    said = provisioned.run("journalctl -q -o cat APPLIANCE_EVENT=package.accepted")
    (receipt,) = map(json.loads, said.splitlines())
    found = [json.loads(line) for line in provisioned.run(
        f"journalctl -q -o json APPLIANCE_BATCH={receipt['batch']}").splitlines()]
    events = [entry["APPLIANCE_EVENT"] for entry in found]
    assert events[0] == "batch.started" and {"sheet.done", "document.done", "package.built"} <= set(events), events
    assert {entry["_SYSTEMD_UNIT"] for entry in found} == {"appliance.service"}
    said = provisioned.run(f"journalctl -q --catalog APPLIANCE_BATCH={receipt['batch']}")
    assert f"Kho lưu trữ đã tiếp nhận gói tin {receipt['package']}" in said, said
    assert "H79" not in said and NAME not in said


def test_ready_is_said_only_when_a_worker_has_compiled_its_kernels(provisioned: DebianHost) -> None:
    provisioned.run("systemctl stop appliance.service && systemctl disable appliance-worker@1.service")
    wait_until(lambda: shown(provisioned, "appliance-worker@1.service", "ActiveState") == "inactive", 60,
               lambda: provisioned.run("systemctl status 'appliance*'", check=False))
    provisioned.run("rm -r /var/cache/appliance/numba && systemctl start --no-block appliance.service")
    wait_until(lambda: shown(provisioned, "appliance.service", "StatusText") == "warming up", 60,
               lambda: provisioned.run("systemctl status appliance.service", check=False))
    assert shown(provisioned, "appliance.service", "ActiveState") == "activating"
    provisioned.run("systemctl enable --now appliance-worker@1.service")
    provisioned.until("systemctl is-active appliance.service", 180)
    assert picture(provisioned)["pool"]["pids"]
    assert provisioned.run("find /var/cache/appliance/numba -name '*.nbc' -user appliance")


def test_a_hung_daemon_is_ended_by_its_watchdog_and_started_again(provisioned: DebianHost) -> None:
    drop = provisioned.tree / "etc/systemd/system/appliance.service.d"
    drop.mkdir(exist_ok=True)
    (drop / "quick.conf").write_text("[Service]\nWatchdogSec=10\n")
    provisioned.run("systemctl daemon-reload && systemctl restart appliance.service")
    before = shown(provisioned, "appliance.service", "MainPID")
    provisioned.run(f"kill -STOP {before}")
    provisioned.until(f"[ $(systemctl show -p MainPID --value appliance.service) != {before} ]", 90)
    provisioned.until("systemctl is-active appliance.service", 120)
    assert "Watchdog timeout" in provisioned.run("journalctl -u appliance.service --no-pager")
    assert picture(provisioned)["pool"]["pids"]


def test_after_a_reboot_everything_runs_again_by_itself(provisioned: DebianHost) -> None:
    provisioned.power_off()
    provisioned.boot()
    wait_until(lambda: settled(provisioned), 120, lambda: picture(provisioned))
    seen = picture(provisioned)
    assert seen["stages"]["accepted"] == 1 and seen["pool"]["pids"]


def test_the_way_out_of_the_manual_leaves_only_what_was_scanned(provisioned: DebianHost) -> None:
    chapter = (ROOT / "docs/install.md").read_text(encoding="utf-8").partition("Uninstall")[2]
    commands = [line.strip() for line in chapter.splitlines() if line.startswith("    ")]
    assert len(commands) == 4
    for command in commands:
        provisioned.run(command)
    assert provisioned.run("systemctl list-units --all --no-legend 'appliance*.service'") == ""
    assert provisioned.run("find / -xdev -path /var/lib/appliance -prune -o -path '*/journal/*' -prune "
                           "-o -name '*appliance*' -print") == ""
    assert provisioned.run("ls /var/lib/appliance/receipts | wc -l") == "1"
