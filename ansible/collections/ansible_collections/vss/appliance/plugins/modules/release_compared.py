#!/usr/bin/python3
"""How units and links of a host differ from those of the release that runs."""

from __future__ import annotations

import difflib
import json
import os

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = r"""
module: release_compared
short_description: How units and links of a host differ from those of the release that runs
description:
  - Changes nothing. C(appliance release activate) puts back what this finds.
  - Units that the generation asks for and that do not run are named too.
options:
  current:
    description: The generation that runs.
    type: path
    default: /opt/appliance/current
  folder:
    description: Where systemd looks for units of this host.
    type: path
    default: /etc/systemd/system
author:
  - Scanner Appliance Maintainers (@scanner-appliance)
"""

EXAMPLES = r"""
- name: Compare
  vss.appliance.release_compared:
"""

RETURN = r"""
differ:
  description: Paths of what differs, and units that do not run.
  returned: always
  type: list
"""

KINDS = (".service", ".socket", ".slice", ".timer", ".target", ".path")
DAEMON = "appliance.service"
ELSEWHERE = "appliance-receiver"
"""The archive's own unit: not for hosts of offices."""


def main() -> None:
    """Answer Ansible."""
    module = AnsibleModule(
        argument_spec={"current": {"type": "path", "default": "/opt/appliance/current"},
                       "folder": {"type": "path", "default": "/etc/systemd/system"}},
        supports_check_mode=True,
    )
    given, folder = f"{module.params['current']}/systemd", module.params["folder"]
    names = sorted(os.listdir(given)) if os.path.isdir(given) else []  # noqa: PTH112, PTH208 - paths of the host, as text
    wanted = {f"{folder}/{name}": f"{given}/{name}" for name in names
              if name.endswith(KINDS) and not name.startswith(ELSEWHERE)}
    differ = [path for path, target in wanted.items() if not _leads(path, target)]
    stopped = _stopped(module, f"{module.params['current']}/GENERATION.json")
    told = [_diff(path, wanted[path]) for path in differ]
    told += [{"prepared": f"{unit}: {state}, it should run\n"} for unit, state in stopped.items()]
    module.exit_json(changed=bool(told), differ=[*differ, *stopped], diff=told)


def _stopped(module: AnsibleModule, facts: str) -> dict[str, str]:
    """Return the units of the generation that do not run, and how they are."""
    try:
        with open(facts, encoding="utf-8") as opened:  # noqa: PTH123 - a path of the host, as text
            units = [DAEMON, *json.load(opened)["units"]]
    except (OSError, ValueError, KeyError):
        return {}
    _, said, _ = module.run_command(["systemctl", "is-active", *units])
    states = dict(zip(units, said.split(), strict=False))
    return {unit: state for unit, state in states.items() if state in {"inactive", "failed"}}


def _leads(path: str, target: str) -> bool:
    return os.path.islink(path) and os.readlink(path) == target  # noqa: PTH114, PTH115 - paths of the host, as text


def _diff(path: str, target: str) -> dict[str, str]:
    lines = difflib.unified_diff(_lines(path), _lines(target), path, target)
    return {"prepared": "".join(lines) or f"{path}: {_kind(path)}, not a link to {target}\n"}


def _kind(path: str) -> str:
    return "a file" if os.path.exists(path) else "missing"  # noqa: PTH110 - a path of the host, as text


def _lines(path: str) -> list[str]:
    try:
        with open(path, encoding="utf-8", errors="replace") as opened:  # noqa: PTH123 - a path of the host, as text
            return opened.readlines()
    except OSError:
        return []


if __name__ == "__main__":
    main()
