"""A bare Debian 12 becomes a scanner host: the real role, a real systemd, a wheelhouse and no index."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from debian_host import DebianHost, image, why_not

ROOT = Path(__file__).parents[2]
BUILD = ROOT / "build" / "slow"
PORT = 18460

pytestmark = [pytest.mark.slow, pytest.mark.skipif(bool(why_not()), reason=f"not run: {why_not()}")]


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DebianHost]:
    made = DebianHost(tmp_path_factory.mktemp("host") / "tree", "appliance-host")
    made.unpack(image(BUILD))
    key = made.tree.parent / "id"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    (made.tree / "root/.ssh").mkdir(mode=0o700)
    (made.tree / "root/.ssh/authorized_keys").write_text(key.with_suffix(".pub").read_text())
    made.boot()
    yield made
    made.power_off()


@pytest.fixture(scope="module")
def inventory(host: DebianHost) -> Path:
    """Ansible reaches the host by real ssh, carried into the container instead of over a network."""
    bundle = BUILD / "bundle.tar"
    subprocess.run(["sh", str(ROOT / "ansible/bundle"), str(bundle), sys.executable], check=True, timeout=900)
    door = f'nsenter -t {host.leader} -a sh -c "mkdir -p /run/sshd; exec /usr/sbin/sshd -i"'
    options = ["-o StrictHostKeyChecking=no", "-o UserKnownHostsFile=/dev/null", "-o LogLevel=ERROR",
               "-o ControlMaster=no", f"-o ProxyCommand='{door}'", f"-i {host.tree.parent / 'id'}"]
    variables = {
        "ansible_user": "root", "ansible_ssh_common_args": " ".join(options),
        "ansible_python_interpreter": "/usr/bin/python3",
        "appliance_office_code": "0101", "appliance_office_name": "Bảo hiểm xã hội huyện Thử Nghiệm",
        "appliance_bundle": str(bundle), "appliance_console_port": PORT, "appliance_workers": 1,
        "appliance_min_free_mb": 16,
        "appliance_devices": [{"name": "counter", "url": "http://127.0.0.1:1/eSCL", "start_kind": "press"}],
    }
    path = host.tree.parent / "inventory.json"
    path.write_text(json.dumps({"appliances": {"hosts": {"host1": variables}}}))
    return path


def play(inventory: Path, *more: str) -> dict[str, int]:
    """Run the playbook; return the host's figures of the recap."""
    command = [str(Path(sys.executable).with_name("ansible-playbook")), "-i", str(inventory), "provision.yml", *more]
    done = subprocess.run(command, cwd=ROOT / "ansible", capture_output=True, text=True, timeout=1500)
    sys.stdout.write(done.stdout[-6000:] + done.stderr[-2000:])
    recap = next(line for line in done.stdout.splitlines() if line.startswith("host1") and "ok=" in line)
    return {name: int(n) for name, _, n in (word.partition("=") for word in recap.split() if "=" in word)}


def test_a_dry_run_on_a_virgin_host_does_not_fail(inventory: Path) -> None:
    assert play(inventory, "--check")["failed"] == 0


def test_a_bare_host_becomes_a_running_daemon_that_answers_and_a_second_run_changes_nothing(
    host: DebianHost, inventory: Path,
) -> None:
    first = play(inventory)
    assert (first["failed"], first["unreachable"]) == (0, 0)
    assert host.run("systemctl is-active appliance.service").stdout.strip() == "active"
    assert host.run("systemctl show -p Type --value appliance.service").stdout.strip() == "notify"
    answer = host.run(f"python3 -c \"import urllib.request as u; print(u.urlopen('http://127.0.0.1:{PORT}/metrics')"
                      ".read().decode())\"").stdout
    assert 'appliance_scanner_state{device="counter",state="ready"}' in answer
    assert play(inventory)["changed"] == 0


def test_a_hung_daemon_is_ended_by_its_watchdog_and_started_again(host: DebianHost, inventory: Path) -> None:
    assert inventory.exists()
    drop = host.tree / "etc/systemd/system/appliance.service.d"
    drop.mkdir(exist_ok=True)
    (drop / "quick.conf").write_text("[Service]\nWatchdogSec=5\n")
    host.run("systemctl daemon-reload && systemctl restart appliance.service")
    before = host.run("systemctl show -p MainPID --value appliance.service").stdout.strip()
    host.run(f"kill -STOP {before}")
    host.run(f"timeout 60 sh -c 'until [ \"$(systemctl show -p MainPID --value appliance.service)\" != {before} ]; "
             "do sleep 0.5; done'")
    host.run("timeout 90 sh -c 'until systemctl is-active appliance.service; do sleep 0.5; done'")
    assert "watchdog" in host.run("journalctl -u appliance.service --no-pager").stdout.lower()


def test_the_role_knows_every_setting_it_writes(inventory: Path, host: DebianHost) -> None:
    assert inventory.exists()
    written = tomllib.loads((host.tree / "etc/appliance/appliance.toml").read_text())
    assert written["office"]["name"] == "Bảo hiểm xã hội huyện Thử Nghiệm"
    assert written["pool"]["workers"] == 0
