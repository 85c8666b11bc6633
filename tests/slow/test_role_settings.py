"""Every table of docs/config.md can be reached by the inventory: the role's template, rendered by Ansible."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from appliance.core import config
from appliance.core.config import Button, Config
from appliance.core.errors import ApplianceError

pytestmark = pytest.mark.slow

ANSIBLE = Path(__file__).parents[2] / "ansible"
ROLES = ANSIBLE / "collections/ansible_collections/vss/appliance/roles"
ROLE = ROLES / "app"

PLAY = """
- hosts: localhost
  connection: local
  gather_facts: false
  vars_files: [{role}/defaults/main.yml, {role}/vars/main.yml, given.yml]
  tasks:
    - ansible.builtin.set_fact: {{__app_sealed: {{}}}}
    - ansible.builtin.template: {{src: {role}/templates/appliance.toml.j2, dest: {out}, mode: "0600"}}
"""

REQUIRED = """
appliance_office_code: "0101"
appliance_office_name: 'Bảo hiểm xã hội "Thử Nghiệm"'
appliance_version: "0.1.0"
"""

EVERYTHING = REQUIRED + """
appliance_trust_pem: pem
appliance_signing:
  token: "pkcs11:token=agency;object=seal"
  library: /usr/lib/opensc-pkcs11.so
  trust: [/etc/appliance/other.pem]
  addresses: ["http://ocsp.example.invalid"]
  tsa: [{url: "http://tsa.example.invalid/tsr"}, {url: "http://tsa.other.example.invalid/"}]
appliance_operators: [{code: LD001, name: "Lê Thị Thử"}]
appliance_jobs: [{name: default}, {name: counter, rules: onestop-ttvpcp-2023}]
appliance_devices:
  - name: desk
    kind: sane
    serial: "00123"
    start_kind: press
    button: [{"on": "1", job: default}, {"on": "2", job: counter}]
  - {name: quay, kind: escl, url: "http://192.0.2.10/eSCL"}
  - {name: copier, kind: push}
appliance_register: {first_year: 1990, columns: {file_code: "Mã hồ sơ"}}
appliance_settings:
  audit: {keep_rows: 100000}
  composition: {unknown: hold}
  discovery: {usb: false, mdns_interfaces: [all]}
  ocr: {engine: pytesseract, dpi: 300}
  storage: {keep_days: 30}
  signing: {addresses: ["http://crl.example.invalid"]}
  archive: {transport: folder, road: {window: ["18:00-06:30"]}, courier: {folder: /srv/courier/disk}}
  outbox: {kind: folder, folder: "/srv/100% quay"}
"""


PLACES = PLAY.replace("appliance.toml.j2", "places.conf.j2")


def rendered(folder: Path, given: str) -> Config:
    """Have Ansible itself write the settings, and read them as the daemon does."""
    out = folder / "appliance.toml"
    played(folder, given, PLAY.format(role=ROLE, out=out))
    return config.load(out)


def played(folder: Path, given: str, play: str, *more: str, fine: int = 0) -> str:
    (folder / "given.yml").write_text(given, encoding="utf-8")
    (folder / "play.yml").write_text(play, encoding="utf-8")
    own = {"ANSIBLE_CONFIG": str(ANSIBLE / "ansible.cfg"), "ANSIBLE_COLLECTIONS_PATH": str(ANSIBLE / "collections"),
           "ANSIBLE_LOCALHOST_WARNING": "false", "APPLIANCE_DRIFT": str(folder / "drift"),
           "ANSIBLE_HOME": str(folder / "home"), "ANSIBLE_PYTHON_INTERPRETER": sys.executable}
    command = [str(Path(sys.executable).with_name("ansible-playbook")), "-i", "localhost,",
               str(folder / "play.yml"), *more]
    done = subprocess.run(command, env={**os.environ, **own}, capture_output=True, text=True, timeout=120,
                          check=False)
    assert done.returncode == fine, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Config:
    return rendered(tmp_path_factory.mktemp("role"), EVERYTHING)


@pytest.mark.parametrize(("name", "value"), [
    ("audit.keep_rows", 100_000), ("composition.unknown", "hold"), ("discovery.usb", False),
    ("discovery.mdns_interfaces", ("all",)), ("ocr.engine", "pytesseract"), ("ocr.dpi", 300),
    ("storage.keep_days", 30), ("register.first_year", 1990), ("office.name", 'Bảo hiểm xã hội "Thử Nghiệm"'),
    ("signing.start", False), ("pool.workers", 0), ("archive.road.window", ("18:00-06:30",)),
    ("outbox.kind", "folder"),
])
def test_every_table_is_reached(settings: Config, name: str, value: Any) -> None:
    found: Any = settings
    for part in name.split("."):
        found = getattr(found, part)
    assert found == value


def test_tables_within_lists_of_tables_stay_with_their_own(settings: Config) -> None:
    desk, quay, copier = settings.device
    assert desk.button == (Button("1", "default"), Button("2", "counter")) and quay.button == ()
    assert (desk.serial, desk.start_process, quay.start_process) == ("00123", False, False)
    assert copier.folder == "/srv/scan/copier"
    assert [one.url for one in settings.signing.tsa] == [
        "http://tsa.example.invalid/tsr", "http://tsa.other.example.invalid/"]
    assert settings.register.columns == {"file_code": "Mã hồ sơ"}
    assert [job.name for job in settings.job] == ["default", "counter"]


def test_roots_and_addresses_that_are_given_twice_stand_once_and_all(settings: Config) -> None:
    assert settings.signing.trust == ("/etc/appliance/trust.pem", "/etc/appliance/other.pem")
    assert settings.signing.addresses == ("http://ocsp.example.invalid", "http://crl.example.invalid")


def test_the_least_that_must_be_said_gives_settings_that_hold(tmp_path: Path) -> None:
    made = rendered(tmp_path, REQUIRED)
    assert (made.office.code, made.device, made.signing.trust) == ("0101", (), ())


@pytest.mark.parametrize(("given", "opened"), [
    (EVERYTHING, ['ReadWritePaths="-/srv/courier/disk"', 'ReadWritePaths="-/srv/100%% quay"']), (REQUIRED, [])])
def test_the_daemon_may_write_to_the_folders_that_its_settings_name(
        tmp_path: Path, given: str, opened: list[str]) -> None:
    out = tmp_path / "places.conf"
    played(tmp_path, given, PLACES.format(role=ROLE, out=out))
    lines = [line for line in out.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    assert lines == ["[Service]", *opened]


def test_names_of_any_letters_reach_the_settings_as_they_are_and_no_line_of_one_becomes_a_setting(
        tmp_path: Path) -> None:
    name = """Ủy ban "Thử" \\ 'Nghiệm' [x] # {{ y }} \u2028 = 0"""
    with pytest.raises(ApplianceError, match=r"office\.operator"):
        rendered(tmp_path, REQUIRED + 'appliance_operator: "a\\nseal = 1"\n')
    made = rendered(tmp_path, REQUIRED + "".join((
        f"appliance_operator: !unsafe {json.dumps(name)}\n",
        'appliance_jobs: [{name: default, rules: null}]\n',
        'appliance_settings: {archive: {courier: null}}\n')))
    assert made.office.operator == name
    assert made.job[0].rules == config.Job("default").rules


def test_certificates_of_the_host_are_where_archive_and_metrics_look_for_them_and_own_settings_come_last(
        tmp_path: Path) -> None:
    made = rendered(tmp_path, REQUIRED + """
appliance_certificates: [{purpose: archive, names: [a]}, {purpose: metrics, names: [a]}]
appliance_ntp_servers: [time.example.invalid]
appliance_office_province: "01"
appliance_office_level: provincial
appliance_settings: {archive: {tls: {ca: /etc/other.pem}}, metrics: {port: 9443}}
""")
    assert made.archive.tls.ca == "/etc/other.pem"
    assert made.archive.tls.certificate == "/etc/appliance/pki/archive/current/certificate.pem"
    assert made.metrics.key == "/etc/appliance/pki/metrics/current/key.pem" and made.metrics.port == 9443
    assert (made.clock.watch, made.office.province, made.office.level) == ("chrony", "01", "provincial")


@pytest.mark.parametrize("folder", ["/srv/a\nReadWritePaths=/", '/srv/a" "-/etc'])
def test_a_folder_that_would_become_another_setting_of_a_unit_is_refused(tmp_path: Path, folder: str) -> None:
    given = f"{REQUIRED}appliance_register: {json.dumps({'folder': folder})}\n"
    said = played(tmp_path, given, PLACES.format(role=ROLE, out=tmp_path / "places.conf"), fine=2)
    assert "cannot stand in a unit" in said and not (tmp_path / "places.conf").exists()


COMPARED = """
- hosts: office
  connection: local
  gather_facts: false
  tasks:
    - vss.appliance.settings_compared:
        path: {path}
        wanted: "{{{{ lookup('ansible.builtin.file', '{wanted}', rstrip=false) }}}}"
        group: root
"""


def test_a_hand_edit_shows_line_by_line_but_no_hash_of_a_pin_wherever_it_is_told(tmp_path: Path) -> None:
    """A PIN has few digits: whoever has its hash has the PIN."""
    path, wanted = tmp_path / "appliance.toml", tmp_path / "wanted.toml"
    play = COMPARED.format(path=path, wanted=wanted)
    settings = '[storage]\nkeep_days = {}\n\n[[operator]]\ncode = "LD001"\npin = "{}"\n'
    wanted.write_text(settings.format(7, "scrypt$hash-1"))
    path.write_text(settings.format(0, "scrypt$hash-2"))
    path.chmod(0o640)
    words = ("-i", "office,", "--check", "--diff", "-vvv")
    said = played(tmp_path, "", play, *words)
    report = tmp_path / "drift/office.json"
    told = report.read_text()
    assert all(line in said for line in ("-keep_days = 0", "+keep_days = 7", "pin = ***")) and "keep_days" in told
    assert "scrypt$hash" not in said + told
    assert [stat.S_IMODE(one.stat().st_mode) for one in (report.parent, report)] == [0o700, 0o600]
    path.write_text(wanted.read_text())
    assert "changed=0" in played(tmp_path, "", play, *words)
    path.chmod(0o644)
    assert "0644" in played(tmp_path, "", play, *words)
    path.unlink()
    virgin = played(tmp_path, "", play, *words)
    assert "+keep_days = 7" in virgin and "scrypt$hash" not in virgin


SAME = """
- hosts: localhost
  connection: local
  gather_facts: false
  vars_files: [{role}/defaults/main.yml, {role}/vars/main.yml, given.yml]
  tasks:
    - ansible.builtin.set_fact: {{__app_sealed: {{}}}}
    - ansible.builtin.template: {{src: {role}/templates/appliance.toml.j2, dest: {out}, mode: "0640"}}
    - vss.appliance.settings_compared:
        path: {out}
        wanted: "{{{{ lookup('ansible.builtin.template', '{role}/templates/appliance.toml.j2') }}}}"
        group: root
"""


def test_settings_that_were_just_written_do_not_differ_from_those_that_are_wanted(tmp_path: Path) -> None:
    said = played(tmp_path, EVERYTHING, SAME.format(role=ROLE, out=tmp_path / "appliance.toml"), "--diff", "-v")
    assert '"differ": false' in said, said
    task = yaml.safe_load((ROLE / "tasks/prepare.yml").read_text(encoding="utf-8"))[0]
    assert task["vss.appliance.settings_compared"]["wanted"] == (
        "{{ lookup('ansible.builtin.template', 'appliance.toml.j2') }}")


LAID = """
- hosts: office
  connection: local
  gather_facts: false
  tasks:
    - vss.appliance.packages_compared: {{version: "1.4.0", groups: [base, ocr], root: {root}}}
    - vss.appliance.release_compared: {{current: {root}/current, folder: {root}/units}}
"""


def test_a_package_that_somebody_removed_and_units_that_do_not_run_are_drift(tmp_path: Path) -> None:
    words = ("-i", "office,", "--check", "--diff")
    play = LAID.format(root=tmp_path)
    assert "changed=0" in played(tmp_path, "", play, *words)  # a virgin host: nothing lies here yet
    (tmp_path / "releases/1.4.0").mkdir(parents=True)
    (tmp_path / "releases/1.4.0/MANIFEST.json").write_text('{"runtime": "0123"}')
    (tmp_path / "runtimes/0123/debian").mkdir(parents=True)
    groups = {"base": ["dpkg", "no-such-package"], "ocr": ["neither-is-this"], "token": ["nor-asked-for"]}
    (tmp_path / "runtimes/0123/debian/GROUPS.json").write_text(json.dumps(groups))
    (tmp_path / "current/systemd").mkdir(parents=True)
    (tmp_path / "current/GENERATION.json").write_text('{"units": ["appliance-nobody.service"]}')
    stand = tmp_path / "bin"
    stand.mkdir()
    (stand / "systemctl").write_text("#!/bin/sh\nprintf 'active\\nfailed\\n'\n")
    (stand / "systemctl").chmod(0o755)
    given = play.replace("  tasks:", f"  environment: {{PATH: '{stand}:/usr/bin:/bin'}}\n  tasks:")
    said = played(tmp_path, "", given, *words)
    told = json.loads((tmp_path / "drift/office.json").read_text())["tasks"]
    shown = "".join(one["diff"] for one in told).split("\n")
    assert [line for line in shown if line] == [
        "no-such-package: not installed", "neither-is-this: not installed",
        "appliance-nobody.service: failed, it should run"], said


def test_the_firewall_lets_in_and_out_by_both_kinds_of_addresses(tmp_path: Path) -> None:
    out, role = tmp_path / "nftables.conf", ROLES / "network"
    played(tmp_path, """
appliance_ssh_from: [192.0.2.0/24, "2001:db8::/64"]
appliance_outgoing: [{to: 192.0.2.1, port: 443}, {to: "2001:db8::1", port: 443}]
appliance_devices: [{name: a, url: "http://192.0.2.9/eSCL"}, {name: b, url: "http://[2001:db8::9]:8080/eSCL"},
                    {name: c}, {name: d, url: "http://cafe/eSCL"}]
""", f"""
- hosts: localhost
  connection: local
  gather_facts: false
  vars_files: [{role}/defaults/main.yml, given.yml]
  tasks:
    - ansible.builtin.template: {{src: {role}/templates/nftables.conf.j2, dest: {out}, mode: "0600"}}
""")
    lines = [line.strip() for line in out.read_text(encoding="utf-8").splitlines()]
    assert "ip saddr { 192.0.2.0/24 } tcp dport 22 accept" in lines
    assert "ip6 saddr { 2001:db8::/64 } tcp dport 22 accept" in lines and "tcp dport 22 accept" not in lines
    assert [line for line in lines if "daddr" in line] == [
        "ip daddr 192.0.2.1 tcp dport 443 accept", "ip6 daddr 2001:db8::1 tcp dport 443 accept",
        "ip daddr 192.0.2.9 accept", "ip6 daddr 2001:db8::9 accept"]


def test_the_rules_that_a_start_loads_are_written_after_the_controller_came_in_through_them(tmp_path: Path) -> None:
    """A run that ends before that must leave no rules behind that the next start would lock the host up with."""
    firewall = yaml.safe_load((ROLES / "network/tasks/firewall.yml").read_text(encoding="utf-8"))
    compared, applied, _ = firewall
    assert compared["check_mode"] is True
    names = [next(key for key in one if key.startswith("ansible.")) for one in applied["block"]]
    written = [number for number, one in enumerate(applied["block"])
               for about in one.values() if isinstance(about, dict) and about.get("dest") == "/etc/nftables.conf"]
    assert written and min(written) > names.index("ansible.builtin.wait_for_connection")
    script = tmp_path / "again"
    text = f"- ansible.builtin.copy: {{content: '{{{{ __network_again }}}}', dest: {script}, mode: '0600'}}"
    role = ROLES / "network"
    played(tmp_path, "network_undo_seconds: 90", f"- hosts: localhost\n  connection: local\n  gather_facts: false\n"
           f"  vars_files: [{role}/vars/main.yml, given.yml]\n  tasks:\n    {text}\n")
    stand = tmp_path / "bin"
    stand.mkdir()
    (stand / "systemctl").write_text("#!/bin/sh\n")
    (stand / "systemd-run").write_text('#!/bin/sh\nfor last; do :; done\nprintf "%s" "$last"\n')
    for one in stand.iterdir():
        one.chmod(0o755)
    path = {"PATH": f"{stand}:{os.environ['PATH']}"}
    undo = subprocess.run(["sh", script], env=path, capture_output=True, text=True, check=True).stdout
    subprocess.run(["sh", "-n", "-c", undo], check=True)
    assert undo.startswith("/usr/sbin/nft delete table inet appliance; if grep -q") and undo.endswith("fi")


def test_the_daemon_gets_every_credential_that_its_settings_name() -> None:
    loaded = (ANSIBLE.parent / "systemd/appliance.service").read_text(encoding="utf-8")
    whole = Config()
    names = (whole.archive.s3.access_credential, whole.archive.s3.secret_credential, whole.outbox.token_credential)
    assert all(f"LoadCredentialEncrypted={name}\n" in loaded for name in names)


def options(role: Path) -> dict[str, dict[str, Any]]:
    """Return the options of all entry points of a role."""
    said = yaml.safe_load((role / "meta/argument_specs.yml").read_text(encoding="utf-8"))
    return {name: one for point in said["argument_specs"].values() for name, one in point["options"].items()}


@pytest.mark.parametrize("role", sorted(ROLES.iterdir()), ids=lambda path: path.name)
def test_what_a_role_has_by_default_is_what_it_says_that_it_takes(role: Path) -> None:
    file = role / "defaults/main.yml"
    given = set(yaml.safe_load(file.read_text(encoding="utf-8")) or {}) if file.exists() else set()
    taken = options(role)
    assert given <= set(taken)
    assert [name for name, one in taken.items() if name not in given and not one.get("required")] == []
    assert all(name.startswith(f"{role.name}_") for name in given)


@pytest.mark.parametrize("role", sorted(ROLES.iterdir()), ids=lambda path: path.name)
def test_every_role_says_in_its_readme_what_it_leaves_and_how_it_goes_back(role: Path) -> None:
    said = (role / "README.md").read_text(encoding="utf-8")
    assert all(word in said for word in ("What it leaves", "Variables", "Way back", "Second run"))
