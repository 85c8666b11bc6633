"""Each unit started, stopped, killed, hung, out of memory, by a real systemd: all runs again, no page is lost."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import granted
import pytest
from unit_host import ROOT, UNITS, UnitHost, wait_until, why_not_here

from appliance.core import clock
from appliance.demo import feed
from appliance.demo.stack import QUICK, make_stack

pytestmark = pytest.mark.slow
if why_not_here():
    pytest.skip(f"not run: {why_not_here()}", allow_module_level=True)

DAEMON, SIGNER, WORKER, SCANNER, RECEIVER = UNITS
QUICKER = "WatchdogSec=20"
"""What the units have instead of minutes, so that nobody waits for them here."""

PAGES = 3
"""Pages that a stack has beside its separator."""

WANTED = (SIGNER, WORKER, SCANNER)
"""What is started with the daemon."""

SETTINGS = """
[office]
code = "0101"
name = "Bảo hiểm xã hội huyện Thử Nghiệm"
[storage]
state = "/var/lib/appliance"
runtime = "/run/appliance"
min_free_mb = 16
keep_days = 7
[pool]
workers = 0
[signing]
start = false
trust = ["/etc/appliance/trust.pem"]
tsa = [{{url = "{times}", seconds = 60.0}}]
[archive]
url = "http://127.0.0.1:{archive}"
receipt_key = "/etc/appliance/receipt.pem"
road.jitter_seconds = 0
screen.kind = "none"
[console]
port = {page}
[[job]]
name = "counter"
duplex = false
[[operator]]
code = "NV001"
name = "Nguyễn Văn Thử"
[[operator]]
code = "{leader[code]}"
name = "{leader[name]}"
pin = "{leader[pin]}"
leader = true
[[device]]
name = "counter"
url = "{scanner}"
start_kind = "press"
start_process = false
job = "counter"
operator = "NV001"
"""
RECEIPTS = 'root = "/var/lib/appliance-archive"\nport = {archive}\n'


@dataclass
class Office:
    """The host, and what stands outside: a scanner on the network with its paper, and time stamps."""

    host: UnitHost
    hopper: Path
    stack: Path
    page: int
    stacks: int = 0
    running: list[subprocess.Popen[str]] = field(default_factory=list)

    def start(self, *words: str) -> str:
        """Start a program of the product outside the host; return the address it is ready at."""
        process = subprocess.Popen(["setpriv", "--pdeathsig", "TERM", sys.executable, "-m", "appliance", *words],
                                   cwd=ROOT, stdout=subprocess.PIPE, text=True)
        self.running.append(process)
        assert process.stdout is not None
        return next(word.removeprefix("url=") for word in process.stdout.readline().split() if "://" in word)

    def feed(self, first_sheet: int = 1) -> None:
        """Put a stack into the hopper, from a sheet on."""
        self.hopper.mkdir(parents=True, exist_ok=True)
        feed.clear(self.hopper)
        stack = self.stack / str(self.stacks)
        if not stack.exists():
            make_stack(stack, self.stacks, replace(QUICK, first_number=16 + self.stacks))
        feed.load(stack, self.hopper, f"stack-{self.stacks}-{first_sheet}", first_sheet)

    def press(self) -> None:
        """Have a stack scanned, of a dossier of its own."""
        self.stacks += 1
        self.feed()
        self.host.run("appliance press counter")

    def state(self) -> str:
        """Return where the scanner stands; empty while nobody can say."""
        return next((str(one["state"]) for one in self.host.picture().get("devices", [])), "")

    def fed(self) -> None:
        """Wait until the batch is in: from here on it is work."""
        wait_until(lambda: self.state() == "ready", 200, self.told)

    def well(self) -> bool:
        """Say whether every unit runs and all are connected."""
        found = self.host.run(f"systemctl is-active {' '.join(UNITS)}", check=False).split()
        seen = self.host.picture()
        return found == ["active"] * len(UNITS) and self.state() in ("ready", "reload") and bool(
            seen["pool"]["pids"] and seen["signing"]["ready"])

    def settle(self, seconds: float = 150) -> None:
        """Wait until everything runs again."""
        wait_until(self.well, seconds, self.told)

    def delivered(self) -> None:
        """Wait until the archive has every page of every stack, each once."""
        wait_until(lambda: self.host.picture().get("stages", {}).get("accepted") == self.stacks, 400, self.told)
        counts = self.host.picture()["counts"]
        assert (counts["pages_filed"], counts["reconciled"]) == (PAGES * self.stacks, True), counts
        assert self.host.picture()["held"] == []

    def told(self) -> object:
        """Return what helps to see why."""
        return self.host.picture(), self.host.run(
            "systemctl --no-pager --no-legend list-units --all 'appliance*'; journalctl --no-pager -o cat -n 80 "
            "-u 'appliance*'", check=False)


def free_port() -> int:
    """Return a free port: the host's network is the machine's own."""
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    folder = tmp_path_factory.mktemp("units")
    host = UnitHost(folder / "host/tree", f"appliance-units-{os.getpid()}")
    one = Office(host, folder / "scanner/hopper", folder / "stack", free_port())
    try:
        scanner = one.start("virtual-scanner", "--hopper", str(one.hopper))
        times = one.start("development-tsa", "--root", str(folder / "tsa"), "--port", "0")
        archive = free_port()
        host.lay({
            "appliance.toml": SETTINGS.format(times=times, archive=archive, page=one.page, scanner=scanner,
                                              leader=granted.leader()),
            "receiver.toml": RECEIPTS.format(archive=archive),
            "trust.pem": (folder / "tsa/development-tsa-root.pem").read_text()})
        want(host)
        host.boot()
        host.prepare()
        yield one
    finally:
        host.remove()
        for process in one.running:
            process.terminate()
            process.communicate(timeout=30)


def want(host: UnitHost) -> None:
    """Let the daemon's start start the rest: links, for ``systemctl enable`` would lead past the switch."""
    wants = host.tree / "etc/systemd/system/appliance.service.wants"
    wants.mkdir()
    for unit in WANTED:
        template = re.sub(r"@[^.]*", "@", unit)
        (wants / unit).symlink_to(f"/etc/systemd/system/{template}")


def test_one_start_runs_every_unit_and_each_says_that_it_is_ready_when_it_is(office: Office) -> None:
    host = office.host
    host.drop_in(QUICKER)
    host.run("systemctl start appliance-receiver.service && install -m 644 "
             "/var/lib/appliance-archive/keys/receipt-public.pem /etc/appliance/receipt.pem")
    host.run("systemctl start --no-block appliance.service")
    office.settle(600)  # where the sources lie elsewhere than outside, the kernels are compiled first
    for unit in UNITS:
        assert (unit, host.shown(unit, "Type")) == (unit, "notify")
        assert host.shown(unit, "StatusText"), unit
    until = f"{clock.now() + timedelta(days=30):%d/%m/%Y}"
    host.run(f"echo {granted.PIN} | appliance authorise --leader {granted.LEADER} --keeper 'Văn thư' "
             f"--job counter --until {until}")
    slices = {unit: host.shown(unit, "Slice") for unit in (DAEMON, SIGNER, SCANNER, WORKER)}
    assert slices == {DAEMON: "appliance.slice", SIGNER: "appliance.slice", SCANNER: "appliance.slice",
                      WORKER: "appliance-worker.slice"}
    assert host.run(f"stat -c %U /proc/{host.shown(SIGNER, 'MainPID')}/mem") == "root", "workers have the same user"
    said = host.run(f"systemd-analyze verify --man=no {' '.join(UNITS)} appliance.socket 2>&1", check=False)
    assert said == ""


def test_a_restart_refuses_no_caller_of_the_page_and_ends_a_drain_and_a_stop_closes_all(office: Office) -> None:
    host, over, answers = office.host, threading.Event(), []

    def call() -> None:
        while not over.is_set():
            try:
                with socket.create_connection(("127.0.0.1", office.page), 60):
                    answers.append("")
            except OSError as problem:
                answers.append(str(problem))
            over.wait(0.02)

    host.run("appliance drain --minutes 2")
    office.feed()
    refused = host.run("appliance press counter", check=False)
    assert "C022" in refused and "Hãy giữ giấy lại" in refused
    assert {one["code"] for one in host.picture()["devices"]} == {"C022"}
    caller = threading.Thread(target=call)
    caller.start()
    try:
        host.run("systemctl restart appliance.service", timeout=200)
        host.run(f"kill -KILL {host.shown(DAEMON, 'MainPID')}")
        host.until("[ $(systemctl show -p NRestarts --value appliance.service) -gt 0 ]", 60)
        office.settle()
    finally:
        over.set()
        caller.join()
    assert len(answers) > 100 and set(answers) == {""}
    assert "C022" not in {one["code"] for one in host.picture()["devices"]}
    with urllib.request.urlopen(f"http://127.0.0.1:{office.page}/healthz", timeout=30) as page:
        assert page.read() == b"ok\n"
    host.run("systemctl stop appliance.service", timeout=100)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", office.page), 5)
    assert host.shown(DAEMON, "ActiveState") == "inactive"
    host.run("systemctl start --no-block appliance.service")
    office.settle()


def test_a_secret_that_this_host_cannot_decrypt_keeps_no_unit_from_starting(office: Office) -> None:
    host, folder = office.host, "/etc/credstore.encrypted"
    host.run(f"install -d -m 700 {folder}; cd {folder}; echo of-another-mainboard | tee agency-pin outbox-token;"
             "printf token | systemd-creds encrypt --name=remote-token - remote-token; cp remote-token strangers")
    host.run("systemctl restart --no-block appliance.service")
    office.settle()
    assert host.run(f"ls {folder}").split() == ["agency-pin.unreadable", "outbox-token.unreadable", "remote-token",
                                                "strangers"]
    assert "outbox-token.unreadable" in host.run("journalctl -o cat -p err -u appliance-credentials.service")
    inside = f"nsenter -t {host.shown(DAEMON, 'MainPID')} -m"
    assert host.run(f"{inside} cat /run/credentials/appliance.service/remote-token") == "token"
    host.run(f"cd {folder}; cp remote-token s3-secret; printf key | systemd-creds encrypt --name=s3-access - "
             "s3-access.unreadable; systemctl restart --no-block appliance.service")
    office.settle()
    assert {"s3-access", "s3-secret.unreadable"} <= {*host.run(f"ls {folder}").split()}
    host.run(f"rm -r {folder}")


def test_units_that_are_stopped_stay_stopped_and_start_again(office: Office) -> None:
    host, others = office.host, " ".join(UNITS[1:])
    host.run(f"systemctl stop {others}", timeout=100)
    for unit in UNITS[1:]:
        told = host.shown(unit, "ActiveState"), host.shown(unit, "Result")
        assert told == ("inactive", "success"), (unit, told, host.run(f"journalctl --no-pager -n 20 -u {unit}"))
    assert host.shown(DAEMON, "ActiveState") == "active"
    host.run(f"systemctl start {others}", timeout=200)
    office.settle()


def test_no_sheet_is_lost_when_the_scanner_is_killed_in_mid_feed_and_then_every_unit(office: Office) -> None:
    host = office.host
    office.press()
    wait_until(lambda: host.picture()["stages"]["captured"] > 0, 60, office.told)
    host.run(f"kill -KILL {host.shown(SCANNER, 'MainPID')}")
    wait_until(lambda: office.state() in ("reload", "ready"), 60, office.told)
    office.settle()
    (device,) = host.picture()["devices"]
    if device["state"] == "reload":
        office.feed(device["sheet"])
        host.run("appliance resume counter")
    office.fed()
    before = host.pids()
    host.run(f"kill -KILL {' '.join(before.values())}")
    office.settle()
    assert not {*before.values()} & {*host.pids().values()}
    office.delivered()


def test_every_unit_that_hangs_over_a_batch_is_ended_by_its_watchdog_and_nothing_is_lost(office: Office) -> None:
    host = office.host
    office.press()
    office.fed()
    for together in (UNITS[1:], UNITS[:1]):  # whom the daemon's end takes along is ended by that
        hung = {unit: pid for unit, pid in host.pids().items() if unit in together}
        host.run(f"kill -STOP {' '.join(hung.values())}")
        for unit in together:
            host.until(f"journalctl -u {unit} | grep -q 'Watchdog timeout'", 120)
        for unit, pid in hung.items():
            host.until(f"[ $(systemctl show -p MainPID --value {unit}) != {pid} ]", 60)
    office.settle()
    office.delivered()


def test_every_unit_that_runs_out_of_memory_over_a_batch_runs_again_with_enough_of_it(office: Office) -> None:
    host = office.host
    if not host.memory_counts():
        pytest.skip("not run: memory limits of units do not count here (control groups)")
    office.press()
    office.fed()
    host.drop_in(f"{QUICKER}\nMemoryMax=16M")
    mark = host.run("date '+%F %T'")
    host.run(f"kill -KILL {' '.join(host.pids().values())}")
    for unit in UNITS:  # ours, and then the kernel's: with the older control groups systemd sees no more of it
        host.until(f"[ $(journalctl -u {unit} --since '{mark}' | grep -c status=9/KILL) -gt 1 ]", 90)
    host.drop_in(QUICKER)
    host.run("systemctl start --no-block appliance-receiver.service appliance.service")
    office.settle()
    office.delivered()
