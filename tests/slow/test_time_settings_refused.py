"""The role of the clock refuses settings by which nothing would ever be signed; nothing is changed here."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.slow

REPOSITORY = Path(__file__).parents[2]
PLAYBOOK = Path(sys.executable).with_name("ansible-playbook")
SITE = "- hosts: scan0311\n  gather_facts: false\n  connection: local\n  roles: [vss.appliance.time]\n"


@pytest.mark.parametrize(("settings", "said"), [
    ({"appliance_ntp_servers": ["10.31.1.1"], "time_agree": 2}, "nothing would ever be signed"),
    ({"appliance_ntp_servers": ["10.31.1.1", "10.31.1.1"], "time_agree": 2}, "nothing would ever be signed"),
    ({}, "set appliance_ntp_servers"),
    ({"appliance_ntp_servers": ["10.31.1.1"], "appliance_ntp_none": True}, "(not both)")])
def test_settings_by_which_nothing_would_be_signed_are_refused(
        tmp_path: Path, settings: dict[str, Any], said: str) -> None:
    (tmp_path / "site.yml").write_text(SITE)
    (tmp_path / "ansible.cfg").write_text("[defaults]\n")
    about = os.environ | {"ANSIBLE_COLLECTIONS_PATH": str(REPOSITORY / "ansible/collections"),
                          "ANSIBLE_NOCOLOR": "1", "ANSIBLE_CONFIG": str(tmp_path / "ansible.cfg"),
                          "ANSIBLE_HOME": str(tmp_path / "home")}
    done = subprocess.run([str(PLAYBOOK), "--check", "-i", "scan0311,", str(tmp_path / "site.yml"), "-e",
                           json.dumps(settings | {"ansible_python_interpreter": sys.executable})],
                          check=False, capture_output=True, text=True, env=about, cwd=tmp_path, timeout=240)
    assert done.returncode and said in " ".join(done.stdout.split()), done.stdout + done.stderr
