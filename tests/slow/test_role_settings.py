"""Every table of docs/config.md can be reached by the inventory: the role's template, rendered by Ansible."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from appliance.core import config
from appliance.core.config import Button, Config

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


def played(folder: Path, given: str, play: str) -> None:
    (folder / "given.yml").write_text(given, encoding="utf-8")
    (folder / "play.yml").write_text(play, encoding="utf-8")
    own = {"ANSIBLE_CONFIG": str(ANSIBLE / "ansible.cfg"), "ANSIBLE_COLLECTIONS_PATH": str(ANSIBLE / "collections"),
           "ANSIBLE_LOCALHOST_WARNING": "false",
           "ANSIBLE_HOME": str(folder / "home"), "ANSIBLE_PYTHON_INTERPRETER": sys.executable}
    command = [str(Path(sys.executable).with_name("ansible-playbook")), "-i", "localhost,",
               str(folder / "play.yml")]
    done = subprocess.run(command, env={**os.environ, **own}, capture_output=True, text=True, timeout=120,
                          check=False)
    assert done.returncode == 0, done.stdout + done.stderr


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
