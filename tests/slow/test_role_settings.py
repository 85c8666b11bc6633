"""Every table of docs/config.md can be reached by the role's variables: its template, rendered by Ansible."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from appliance.core import config
from appliance.core.config import Button, Config

pytestmark = pytest.mark.slow

ROLE = Path(__file__).parents[2] / "ansible/roles/appliance"

PLAY = """
- hosts: localhost
  connection: local
  gather_facts: false
  vars_files: [{role}/defaults/main.yml, {role}/vars/main.yml, given.yml]
  tasks:
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
appliance_register: {first_year: 1990, columns: {file_code: "Mã hồ sơ"}}
appliance_settings:
  audit: {keep_rows: 100000}
  composition: {unknown: hold}
  discovery: {usb: false, mdns_interfaces: [all]}
  ocr: {engine: pytesseract, dpi: 300}
  storage: {keep_days: 30}
  signing: {addresses: ["http://crl.example.invalid"]}
"""


def rendered(folder: Path, given: str) -> Config:
    """Have Ansible itself write the settings, and read them as the daemon does."""
    out = folder / "appliance.toml"
    (folder / "given.yml").write_text(given, encoding="utf-8")
    (folder / "play.yml").write_text(PLAY.format(role=ROLE, out=out), encoding="utf-8")
    own = {"ANSIBLE_FILTER_PLUGINS": str(ROLE / "filter_plugins"), "ANSIBLE_LOCALHOST_WARNING": "false",
           "ANSIBLE_HOME": str(folder / "home"), "ANSIBLE_PYTHON_INTERPRETER": sys.executable}
    command = [str(Path(sys.executable).with_name("ansible-playbook")), str(folder / "play.yml")]
    done = subprocess.run(command, env={**os.environ, **own}, capture_output=True, text=True, timeout=120,
                          check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return config.load(out)


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Config:
    return rendered(tmp_path_factory.mktemp("role"), EVERYTHING)


@pytest.mark.parametrize(("name", "value"), [
    ("audit.keep_rows", 100_000), ("composition.unknown", "hold"), ("discovery.usb", False),
    ("discovery.mdns_interfaces", ("all",)), ("ocr.engine", "pytesseract"), ("ocr.dpi", 300),
    ("storage.keep_days", 30), ("register.first_year", 1990), ("office.name", 'Bảo hiểm xã hội "Thử Nghiệm"'),
    ("signing.start", False), ("pool.workers", 0),
])
def test_every_table_is_reached(settings: Config, name: str, value: Any) -> None:
    found: Any = settings
    for part in name.split("."):
        found = getattr(found, part)
    assert found == value


def test_tables_within_lists_of_tables_stay_with_their_own(settings: Config) -> None:
    desk, quay = settings.device
    assert desk.button == (Button("1", "default"), Button("2", "counter")) and quay.button == ()
    assert (desk.serial, desk.start_process, quay.start_process) == ("00123", False, False)
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
