"""``appliance devices`` against a running daemon: its scanner announced, judged, lost and back."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from rig import DEADLINE, ROOT, Rig
from zeroconf import IPVersion, ServiceInfo, Zeroconf

KIND = "_uscan._tcp.local."
LOOPBACK = "127.0.0.1"
WRONG = 'name = "virtual"\nmodel = "Ours"\n[match]\nmodel = "."\n[transport]\nstall_secs = 3\n'


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    root = tmp_path_factory.mktemp("devices")
    own = root / "profiles"
    own.mkdir()
    (own / "virtual.toml").write_text(WRONG, encoding="utf-8")
    rig = Rig(root / "run", {"discovery": {"mdns_interfaces": [LOOPBACK]}, "storage": {"profiles": str(own)}})
    try:
        yield rig
    finally:
        rig.stop()


@pytest.fixture(scope="module")
def announced(office: Rig) -> Iterator[None]:
    told = [("Quay", urlsplit(office.scanner_url).port or 0, "Appliance virtual scanner"), ("Spare", 9, "Acme 9")]
    responder = Zeroconf(interfaces=[LOOPBACK], ip_version=IPVersion.V4Only)
    for name, port, model in told:
        responder.register_service(ServiceInfo(
            KIND, f"{name}.{KIND}", addresses=[socket.inet_aton(LOOPBACK)], port=port, server=f"{name}.local.",
            properties={"rs": "eSCL", "ty": model, "uuid": name}))
    office.wait(lambda found: len(found["seen"]) == 2, "two scanners announced")
    yield
    responder.unregister_all_services()
    responder.close()


def appliance(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "appliance", *words], capture_output=True, text=True, check=False,
                          timeout=DEADLINE, env={**os.environ, "PYTHONPATH": str(ROOT)})


def config(office: Rig) -> list[str]:
    return ["devices", "--config", str(office.place.settings)]


@pytest.mark.usefixtures("announced")
def test_the_list_shows_the_device_in_use_and_what_else_could_be(office: Rig) -> None:
    done = appliance(*config(office), "list")
    assert done.returncode == 0, done.stderr
    assert "mdns:Quay" in done.stdout
    assert 'profile = "escl_generic"' in done.stdout
    assert done.stdout.count("[[device]]") == 1
    told = json.loads(appliance(*config(office), "list", "--json").stdout)
    assert {one["place"]: one["device"] for one in told["seen"]} == {
        "mdns:Quay": told["devices"][0]["name"], "mdns:Spare": ""}
    assert told["devices"][0]["presence"] == "present"


@pytest.mark.usefixtures("announced")
def test_metrics_tell_who_the_scanner_is_and_what_is_seen(office: Rig) -> None:
    office.in_state("ready")
    text = office.metrics()
    assert 'appliance_scanner_info{backend="escl",device="' in text
    assert 'serial="VIRTUAL-0001"' in text
    assert "appliance_scanner_present{device=" in text
    assert 'appliance_scanners_seen{bus="network"} 2.0' in text


def test_a_device_that_is_well_passes_and_an_unknown_name_is_refused(office: Rig) -> None:
    office.in_state("ready")
    done = appliance(*config(office), "check")
    assert done.returncode == 3, done.stdout + done.stderr  # somebody should mend the profile of the office
    assert "VIRTUAL-0001" in done.stdout
    assert [line for line in done.stdout.splitlines() if ": ok:" not in line] == [
        line for line in done.stdout.splitlines() if "virtual.toml is refused at line 6" in line]
    refused = appliance(*config(office), "check", "nobody")
    assert refused.returncode == 1
    assert "C007" in refused.stderr


def test_a_wrong_profile_of_the_office_is_in_the_log_with_its_line_and_the_scanner_works(office: Rig) -> None:
    assert "virtual.toml is refused at line 6" in office.logs()
    assert "stall_secs" in office.logs()
    assert office.in_state("ready")["model"] == "Appliance virtual scanner"


def test_watching_tells_when_a_scanner_is_lost_and_is_back(office: Rig, tmp_path: Path) -> None:
    office.in_state("ready")
    lines = tmp_path / "lines"
    with lines.open("w") as out:
        watching = subprocess.Popen([sys.executable, "-m", "appliance", *config(office), "watch"], stdout=out,
                                    env={**os.environ, "PYTHONPATH": str(ROOT)})
        try:
            wait_for(lines, ": ready")
            office.kill("scanner")
            wait_for(lines, ": absent")
            with scanner_again(office):
                wait_for(lines, ": ready", times=2)
        finally:
            watching.kill()
            watching.wait()


@contextmanager
def scanner_again(office: Rig) -> Iterator[None]:
    port = str(urlsplit(office.scanner_url).port)
    words = ["virtual-scanner", "--hopper", str(office.place.hopper), "--port", port]
    with subprocess.Popen([sys.executable, "-m", "appliance", *words], stdout=subprocess.DEVNULL,
                          env={**os.environ, "PYTHONPATH": str(ROOT)}) as again:
        try:
            yield
        finally:
            again.kill()


def wait_for(lines: Path, word: str, times: int = 1) -> None:
    end = time.monotonic() + DEADLINE
    while lines.read_text().count(word) < times:
        assert time.monotonic() < end, f"{word!r} not in {lines.read_text()!r}"
        time.sleep(0.1)


def test_without_a_daemon_the_host_is_looked_at_directly(tmp_path: Path) -> None:
    settings = tmp_path / "appliance.toml"
    settings.write_text('[[device]]\nname = "desk"\nurl = "http://127.0.0.1:9/eSCL"\n', encoding="utf-8")
    done = appliance("devices", "--config", str(settings), "list", "--here", "--mdns", LOOPBACK, "--seconds", "0.1")
    assert done.returncode == 0, done.stderr
    assert "desk: -" in done.stdout
    silent = appliance("devices", "--socket", str(tmp_path / "none.sock"), "list")
    assert "C006" in silent.stderr
