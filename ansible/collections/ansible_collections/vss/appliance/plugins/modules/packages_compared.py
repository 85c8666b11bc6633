#!/usr/bin/python3
"""Which Debian packages that an installed release needs are not there any more."""

from __future__ import annotations

import json
from typing import Any

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = r"""
module: packages_compared
short_description: Which Debian packages that an installed release needs are not there any more
description:
  - Changes nothing. C(appliance release packages) installs what this finds.
  - Nothing is missing where no release lies yet.
options:
  version:
    description: The release.
    type: str
    required: true
  groups:
    description: Groups of packages, as the release names them.
    type: list
    elements: str
    required: true
  root:
    description: Where releases lie.
    type: path
    default: /opt/appliance
author:
  - Scanner Appliance Maintainers (@scanner-appliance)
"""

EXAMPLES = r"""
- name: Compare the Debian packages
  vss.appliance.packages_compared:
    version: "1.4.0"
    groups: [base, time]
"""

RETURN = r"""
missing:
  description: Names of packages that are not installed.
  returned: always
  type: list
"""


def main() -> None:
    """Answer Ansible."""
    module = AnsibleModule(
        argument_spec={"version": {"type": "str", "required": True},
                       "groups": {"type": "list", "elements": "str", "required": True},
                       "root": {"type": "path", "default": "/opt/appliance"}},
        supports_check_mode=True,
    )
    root, version = module.params["root"], module.params["version"]
    runtime = _json(f"{root}/releases/{version}/MANIFEST.json").get("runtime", "")
    known = _json(f"{root}/runtimes/{runtime}/debian/GROUPS.json")
    names = [name for group in module.params["groups"] for name in known.get(group, [])]
    there = _installed(module, names) if names else set()
    missing = [name for name in names if name not in there]
    told = {"prepared": "".join(f"{name}: not installed\n" for name in missing)}
    module.exit_json(changed=bool(missing), missing=missing, diff=told if missing else {})


def _json(path: str) -> dict[str, Any]:
    try:
        with open(path, encoding="utf-8") as opened:  # noqa: PTH123 - a path of the host, as text
            return dict(json.load(opened))
    except (OSError, ValueError):
        return {}


def _installed(module: AnsibleModule, names: list[str]) -> set[str]:
    """Return the packages that dpkg has; it says nothing on stdout of those it never heard of."""
    form = "${Package} ${db:Status-Status}\n"
    _, said, _ = module.run_command(["dpkg-query", "--show", f"--showformat={form}", *names])
    return {line.split()[0] for line in said.splitlines() if line.endswith(" installed")}


if __name__ == "__main__":
    main()
