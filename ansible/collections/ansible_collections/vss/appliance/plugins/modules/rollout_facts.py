#!/usr/bin/python3
"""What a host says of itself before a release is brought to it."""

from __future__ import annotations

import json
import os
from typing import Any

from ansible.module_utils.basic import AnsibleModule

MOST_SECONDS = 60.0
PARTS = ("pages_filed", "separators", "held", "removed", "replaced", "orphans", "under_way")
"""What became of sides, in the counts of `appliance status`."""

DOCUMENTATION = r"""
module: rollout_facts
short_description: What a host says of itself before a release is brought to it
description:
  - Asks C(appliance) and the system in one task; changes nothing. What cannot be found out is null.
options:
  appliance:
    description: The program that is asked.
    type: path
    default: appliance
  installer:
    description: The installer of the release that runs; it needs nothing of the release.
    type: path
    required: true
  folders:
    description: Where free space is looked at; a folder that is not there yet counts as the one above it.
    type: list
    elements: path
    required: true
author:
  - Scanner Appliance Maintainers (@scanner-appliance)
"""

EXAMPLES = r"""
- name: Ask the host
  vss.appliance.rollout_facts:
    installer: /opt/appliance/current/release/installer.pyz
    folders: [/opt/appliance, /var/lib/appliance]
  register: __rollout_found
"""

RETURN = r"""
release:
  description: What C(installer.pyz list --json) says; empty where no release lies yet.
  returned: always
  type: dict
free_mb:
  description: Free space of each folder.
  returned: always
  type: dict
clock:
  description: Why nobody may sign by this clock; empty when all is well.
  returned: always
  type: str
certificate_days:
  description: Days until the first certificate ends; null where there is none.
  returned: always
  type: float
daemon:
  description: Version of the running daemon, and whether its count comes out even; empty when it does not answer.
  returned: always
  type: dict
"""


def main() -> None:
    """Answer Ansible."""
    module = AnsibleModule(
        argument_spec={
            "appliance": {"type": "path", "default": "appliance"},
            "installer": {"type": "path", "required": True},
            "folders": {"type": "list", "elements": "path", "required": True},
        },
        supports_check_mode=True,
    )
    program = module.params["appliance"]
    status = _asked(module, [program, "status", "--json"])
    module.exit_json(
        changed=False,
        release=_asked(module, ["python3", module.params["installer"], "list", "--json"]),
        free_mb={folder: _free_mb(folder) for folder in module.params["folders"]},
        clock=_clock(module, status),
        certificate_days=_days(_asked(module, [program, "certificate", "list", "--json"])),
        daemon=_daemon(status),
    )


def _asked(module: AnsibleModule, command: list[str]) -> dict[str, Any]:
    """Return the JSON object that a command prints; empty when it is not there or does not answer."""
    if not _there(module, command[0]):
        return {}
    code, said, _ = module.run_command(command)
    try:
        found = json.loads(said) if code in {0, 3} else {}
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {"list": found}


def _there(module: AnsibleModule, program: str) -> bool:
    return os.access(program, os.X_OK) if "/" in program else module.get_bin_path(program) is not None


def _free_mb(folder: str) -> int:
    while not os.path.isdir(folder):  # noqa: PTH112 - a path of the host, as text
        folder = os.path.dirname(folder) or "/"  # noqa: PTH120 - the same
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize >> 20


def _clock(module: AnsibleModule, status: dict[str, Any]) -> str:
    """Return the daemon's own word; of one that does not watch its clock, chrony's."""
    if "clock" in status:
        return str(status["clock"].get("code", ""))
    if not _there(module, "chronyc"):
        return "no chrony"
    code, said, _ = module.run_command(["chronyc", "-c", "tracking"])
    told = said.strip().split(",")
    if code or len(told) < 14 or told[13] == "Not synchronised":
        return "it follows nobody"
    return "" if abs(float(told[4])) <= MOST_SECONDS else f"off by {told[4]} s"


def _days(found: dict[str, Any]) -> float | None:
    told = [one["days_left"] for one in found.get("certificates", []) if one.get("there")]
    return float(min(told)) if told else None


def _daemon(found: dict[str, Any]) -> dict[str, Any]:
    if not found:
        return {}
    return {"version": found.get("version", ""), "even": _even(found.get("counts") or {})}


def _even(counts: dict[str, Any]) -> bool:
    """Say whether every side that was captured is somewhere; what is under way is no fault."""
    return sum(counts.get(name, 0) for name in PARTS) == counts.get("sides", 0)


if __name__ == "__main__":
    main()
