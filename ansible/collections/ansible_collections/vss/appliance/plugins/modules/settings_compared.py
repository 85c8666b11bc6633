#!/usr/bin/python3
"""How the settings that run differ from those that are wanted, without the PINs."""

from __future__ import annotations

import difflib
import grp
import hashlib
import os
import re
import stat

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = r"""
module: settings_compared
short_description: How the settings that run differ from those that are wanted, without the PINs
description:
  - Changes nothing; C(appliance release) does. Of the hash of a PIN only a digest is shown, as a short PIN could be
    found from it.
options:
  path:
    description: The settings that run.
    type: path
    required: true
  wanted:
    description: The settings that are wanted, as text.
    type: str
    required: true
  group:
    description: Whose they shall be.
    type: str
    default: appliance
author:
  - Scanner Appliance Maintainers (@scanner-appliance)
"""

EXAMPLES = r"""
- name: Compare the settings with those that run
  vss.appliance.settings_compared:
    path: /opt/appliance/current/appliance.toml
    wanted: "{{ lookup('ansible.builtin.template', 'appliance.toml.j2') }}"
"""

RETURN = r"""
differ:
  description: Whether they differ.
  returned: always
  type: bool
"""

SECRET = re.compile(r"(?m)^(\s*pin\s*=\s*)(.*\S.*)$")
MODE = 0o640


def main() -> None:
    """Answer Ansible."""
    module = AnsibleModule(
        argument_spec={"path": {"type": "path", "required": True},
                       "wanted": {"type": "str", "required": True, "no_log": True},
                       "group": {"type": "str", "default": "appliance"}},
        supports_check_mode=True,
    )
    path, wanted = module.params["path"], module.params["wanted"]
    runs, given = _text(path), _given(path)
    right = f"root {module.params['group']} {MODE:04o}"
    differ = runs != wanted or given != right
    # Line by line: what holds the whole text of an argument with no_log would be struck out by Ansible.
    titles = f"{path} ({given or 'missing'})", f"{path} ({right})"
    lines = difflib.unified_diff(_shown(runs), _shown(wanted), *titles)
    told = "".join(lines) or f"{path}: {given}, not {right}\n"
    module.exit_json(changed=differ, differ=differ, diff={"prepared": told} if differ else {})


def _text(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as opened:  # noqa: PTH123 - a path of the host, as text
            return opened.read()
    except OSError:
        return ""


def _given(path: str) -> str:
    """Return owner, group and mode; empty where there is no such file."""
    try:
        found = os.stat(path)  # noqa: PTH116 - a path of the host, as text
    except OSError:
        return ""
    try:
        group = grp.getgrgid(found.st_gid).gr_name
    except KeyError:
        group = str(found.st_gid)
    return f"{'root' if found.st_uid == 0 else found.st_uid} {group} {stat.S_IMODE(found.st_mode):04o}"


def _shown(text: str) -> list[str]:
    return SECRET.sub(_masked, text).splitlines(keepends=True)


def _masked(found: re.Match[str]) -> str:
    return f"{found[1]}*** {hashlib.sha256(found[2].encode()).hexdigest()[:8]}"


if __name__ == "__main__":
    main()
