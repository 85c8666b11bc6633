"""A host gets certificates, monitoring and a disk for backups by the real playbook, works with them, and leaves.

The archive then asks for certificates as well, so a receipt proves the whole line from key to archive.
"""

from __future__ import annotations

import json
import ssl
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from certificate_stand import Host, Root, authority
from converged_host import ARCHIVE, HOST, NAME, Scene, converged, why_not_here
from debian_host import DebianHost

from appliance.demo import feed
from appliance.demo.stack import QUICK, make_stack

pytestmark = pytest.mark.slow
if why_not_here():
    pytest.skip(f"not run: {why_not_here()}", allow_module_level=True)

BACKUPS = "/srv/sao lưu"
METRICS, PAGE = 8461, 8462
PURPOSES = {"archive": "office-0101.bhxh.example", "metrics": HOST, "page": HOST, "monitoring": HOST}
OFFICES = ("code,name_vi,name_en,level,parent,province,ring,wan,valid_from,valid_to,successor,organ_id\n"
           "0100,Bảo hiểm xã hội tỉnh Thử Nghiệm,Trial Province,provincial,,01,canary,fibre,,,,H01.00\n"
           f"0101,{NAME},Trial District,district,0100,01,canary,poor,,,,H01.01\n")
RECEIVER = """root = "/srv/trial/archive"
port = {port}
trust = ["/srv/trial/tsa/development-tsa-root.pem", "/var/lib/appliance/keys/development-root.pem"]
[access]
certificate = "/srv/trial/tls/certificate.pem"
key = "/srv/trial/tls/key.pem"
authorities = "/srv/trial/tls/ca.pem"
offices = "/srv/trial/offices.toml"
"""
KNOWN = """[[office]]
code = "0101"
name = "{name}"
province = "01"
organs = ["H01.01"]
certificates = ["dns:office-0101.bhxh.example"]
"""
PLACE = """[collect]
seconds = 5
host = "scan{code}.bhxh.example"
[collect.tls]
ca = "/etc/prometheus/tls/ca.pem"
certificate = "/etc/prometheus/tls/host.pem"
key = "/etc/prometheus/tls/host.key"
[centre]
write = "https://127.0.0.1:9/api/v1/write"
page = "https://127.0.0.1:9/"
archives = ["127.0.0.1:8470"]
"""
ASK = """import http.client, json, ssl, sys
own = ssl.create_default_context(cafile=sys.argv[1] + "/ca.pem")
own.check_hostname = False
if len(sys.argv) > 4:
    own.load_cert_chain(sys.argv[4] + "/certificate.pem", sys.argv[4] + "/key.pem")
line = http.client.HTTPSConnection("127.0.0.1", int(sys.argv[2]), context=own, timeout=20)
try:
    line.request("GET", sys.argv[3])
    answer = line.getresponse()
    print(answer.status, answer.read().decode()[:200000])
except (ssl.SSLError, ConnectionError) as problem:
    print("refused", type(problem).__name__)
"""


@pytest.fixture(scope="module")
def agency(tmp_path_factory: pytest.TempPathFactory) -> Root:
    """The authority of the hosts, on the controller."""
    return authority(tmp_path_factory.mktemp("agency"), "hosts")


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory, agency: Root) -> Iterator[Scene]:
    with converged(tmp_path_factory.mktemp("whole")) as made:
        asks_for_certificates(made.host, agency, tmp_path_factory.mktemp("archive"))
        told = json.loads(made.inventory.read_text())
        told["appliances"]["hosts"][HOST] |= more(made, agency)
        made.inventory.write_text(json.dumps(told))
        made.wait_ready()
        yield made


def asks_for_certificates(host: DebianHost, agency: Root, folder: Path) -> None:
    """Let the archive inside speak TLS and know the office by its certificate."""
    own = Host(folder)
    own.provision("receiver", agency)
    trial = host.tree / "srv/trial"
    (trial / "tls").mkdir()
    for name in ("certificate.pem", "key.pem", "ca.pem"):
        (trial / "tls" / name).write_bytes(Path(own.file("receiver", name)).read_bytes())
    (trial / "receiver.toml").write_text(RECEIVER.format(port=ARCHIVE))
    (trial / "offices.toml").write_text(KNOWN.format(name=NAME))
    (host.tree / "srv/ask.py").write_text(ASK)
    drop = host.tree / "etc/systemd/system/trial-archive.service.d"
    drop.mkdir()
    program = "/opt/appliance/current/release/venv/bin/python3 -m appliance"
    (drop / "tls.conf").write_text(
        f"[Service]\nExecStart=\nExecStart={program} receive --settings /srv/trial/receiver.toml\n")
    host.run("systemctl daemon-reload; systemctl restart trial-archive")


def more(scene: Scene, agency: Root) -> dict[str, Any]:
    """Return what the inventory says beside the least."""
    (scene.folder / "offices.csv").write_text(OFFICES)
    (scene.folder / "place.toml").write_text(PLACE)
    doors = {"metrics": {"host": "127.0.0.1"}, "console": {"tls": {"host": "127.0.0.1"}}}
    return {
        "appliance_archive_url": f"https://127.0.0.1:{ARCHIVE}", "appliance_plain_http": False,
        "appliance_organ_id": "H01.01",
        "appliance_certificates": [{"purpose": purpose, "names": [name, "127.0.0.1"][:1 + (purpose != "archive")]}
                                   for purpose, name in PURPOSES.items()],
        "appliance_pki_ca": [str(agency.certificate)], "appliance_pki_ca_certificate": str(agency.certificate),
        "appliance_pki_ca_key": str(agency.key),
        "appliance_settings": {**scene.variables["appliance_settings"], **doors},
        "appliance_offices": str(scene.folder / "offices.csv"),
        "appliance_monitoring_place": str(scene.folder / "place.toml"),
        "appliance_monitoring_tree": str(scene.folder / "monitoring"),
        "appliance_backup_folder": BACKUPS,
        "appliance_backup_mount": {"what": "tmpfs", "type": "tmpfs", "options": "size=200m,nosuid,nodev,noexec"},
    }


def pki(purpose: str) -> str:
    return f"/etc/appliance/pki/{purpose}/current"


def asked(scene: Scene, purpose: str, port: int, path: str, *, own: str = "") -> str:
    """Return what a port answers to whoever has this certificate, or none."""
    return scene.host.run(f"python3 /srv/ask.py {pki(purpose)} {port} {path} {own and pki(own)}")


def targets(scene: Scene) -> dict[str, str]:
    """Return what the agent reads, and how that is."""
    asked = "import urllib.request as u; print(u.urlopen('http://127.0.0.1:9090/api/v1/targets').read().decode())"
    said = json.loads(scene.host.run(f'python3 -c "{asked}"'))
    return {one["labels"]["job"]: one["health"] for one in said["data"]["activeTargets"]}


def serial(scene: Scene, purpose: str) -> str:
    return ssl.PEM_cert_to_DER_cert(scene.host.run(f"cat {pki(purpose)}/certificate.pem") + "\n").hex()


def test_an_office_gets_everything_in_one_run_and_a_second_one_changes_nothing(scene: Scene) -> None:
    scene.converge()
    again = scene.converge()
    assert again.recap["changed"] == 0, again.said
    scene.wait_ready()


def test_paper_reaches_an_archive_that_believes_certificates_only(scene: Scene, tmp_path: Path) -> None:
    stranger = asked(scene, "archive", ARCHIVE, "/files/")
    assert stranger.startswith("401") and "A650" in stranger
    make_stack(tmp_path / "stack", 1, QUICK)
    feed.load(tmp_path / "stack", scene.host.tree / "srv/trial/scanner/hopper", "stack-1")
    scene.authorise()
    scene.host.run("appliance press counter")
    scene.wait(lambda: scene.picture().get("stages", {}).get("accepted") == 1, 240)


def test_a_change_stays_once_a_synthetic_dossier_has_its_receipt(scene: Scene) -> None:
    play = scene.converge(extra={"appliance_gate": "archive", "appliance_keep_days": 8})
    assert play.recap["changed"] > 0, play.said
    assert len(list((scene.host.tree / "srv/trial/archive/test-series").glob("*/*.zip"))) == 1
    assert scene.host.run("grep keep_days /opt/appliance/current/appliance.toml") == "keep_days = 8"


def test_a_collector_reads_figures_and_a_stranger_does_not(scene: Scene) -> None:
    assert asked(scene, "metrics", METRICS, "/metrics").startswith("refused")
    said = asked(scene, "metrics", METRICS, "/metrics", own="monitoring")
    assert said.startswith("200") and "appliance_pages_captured_total" in said


def test_the_page_is_shown_over_https(scene: Scene) -> None:
    assert asked(scene, "page", PAGE, "/").startswith("200")


def test_the_agent_hears_the_daemon_and_the_host(scene: Scene) -> None:
    scene.wait(lambda: set(targets(scene).values()) == {"up"}, 120)
    assert {"appliance", "node"} <= set(targets(scene)), targets(scene)


def test_the_nightly_backup_lies_on_its_mount_and_reads_back(scene: Scene) -> None:
    assert scene.host.run("systemctl is-active appliance-backup.timer") == "active"
    scene.host.run("systemctl start appliance-backup.service")
    assert scene.host.run(f"stat -f -c %T '{BACKUPS}'") == "tmpfs"
    verified = scene.host.run(f"runuser -u appliance -- appliance backup verify '{BACKUPS}' --json")
    assert json.loads(verified)["missing"] == []
    note = scene.host.run("cat /var/lib/prometheus/node-exporter/*backup*.prom")
    assert "backup" in note


def test_backups_that_are_given_up_can_be_taken_up_again(scene: Scene) -> None:
    for folder, said in (("", "inactive"), (BACKUPS, "active")):
        play = scene.converge("--tags", "backup", extra={"appliance_backup_folder": folder})
        assert play.recap["changed"] > 0, play.said
        assert scene.host.run("systemctl is-active appliance-backup.timer", check=False) == said
    assert scene.converge("--tags", "backup").recap["changed"] == 0
    link = scene.host.run("readlink -f /etc/systemd/system/timers.target.wants/appliance-backup.timer")
    assert link == scene.host.run("readlink -f /opt/appliance/current/systemd/appliance-backup.timer")


def test_certificates_change_with_their_authority_and_nothing_is_restarted(
        scene: Scene, tmp_path_factory: pytest.TempPathFactory) -> None:
    daemon, before = scene.shown("appliance.service", "MainPID"), serial(scene, "metrics")
    later = authority(tmp_path_factory.mktemp("later"), "hosts-from-2027")
    play = scene.play("vss.appliance.rotate_certificates", extra={
        "rotate_ca": str(later.certificate), "rotate_ca_certificate": str(later.certificate),
        "rotate_ca_key": str(later.key)})
    assert play.recap["rc"] == 0, play.said
    assert serial(scene, "metrics") != before
    assert asked(scene, "metrics", METRICS, "/metrics", own="monitoring").startswith("200")
    assert asked(scene, "page", PAGE, "/").startswith("200")
    assert scene.shown("appliance.service", "MainPID") == daemon


def test_when_all_is_in_the_archive_the_host_goes_and_leaves_its_receipts(scene: Scene, tmp_path: Path) -> None:
    play = scene.play("vss.appliance.decommission", extra={
        "decommission_host": HOST, "decommission_office": "0101", "decommission_folder": str(tmp_path / "kept")})
    assert play.recap["rc"] == 0, play.said
    with tarfile.open(tmp_path / "kept" / f"{HOST}.tar") as tar:
        proof = json.load(tar.extractfile("proof.json"))  # type: ignore[arg-type]
    assert proof["nothing_left"] and len(proof["packages"]) == 1 and proof["packages"][0]["number"]
    gone = "/var/lib/appliance /opt/appliance /etc/appliance /etc/systemd/system/appliance*"
    assert scene.host.run(f"ls -d {gone} 2>/dev/null; getent passwd appliance", check=False) == ""
