#!/usr/bin/python3
"""Secrets of units, encrypted to the host they are for."""

from __future__ import annotations

import hashlib
import os

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = r"""
module: credentials
short_description: Secrets of units, encrypted to the host they are for
description:
  - Keeps each secret as a credential of systemd, encrypted with C(systemd-creds) to this host.
  - A credential that holds the secret already is left as it is.
options:
  values:
    description: Secrets by the name their unit loads them by.
    type: dict
    required: true
  folder:
    description: Where systemd looks for them.
    type: path
    default: /etc/credstore.encrypted
author:
  - Scanner Appliance Maintainers (@scanner-appliance)
"""

EXAMPLES = r"""
- name: Keep the PIN of the agency's token
  vss.appliance.credentials:
    values: {agency-pin: "{{ vault_agency_pin }}"}
"""

RETURN = r"""
names:
  description: Names of the credentials that were, or in a dry run would be, encrypted anew.
  returned: always
  type: list
sha256:
  description: What is different once one was encrypted anew, and tells nothing of the secrets.
  returned: always
  type: str
"""


def main() -> None:
    """Answer Ansible."""
    module = AnsibleModule(
        argument_spec={
            "values": {"type": "dict", "required": True, "no_log": True},
            "folder": {"type": "path", "default": "/etc/credstore.encrypted"},
        },
        supports_check_mode=True,
    )
    folder = module.params["folder"]
    wanted = {name: str(value) for name, value in module.params["values"].items()}
    stale = [name for name, value in sorted(wanted.items()) if _kept(module, folder, name) != value]
    if stale and not module.check_mode:
        os.makedirs(folder, mode=0o700, exist_ok=True)  # noqa: PTH103 - a path of the host, as text
        for name in stale:
            _seal(module, folder, name, wanted[name])
    module.exit_json(changed=bool(stale), names=stale, sha256=_digest(folder, sorted(wanted)))


def _digest(folder: str, names: list[str]) -> str:
    digest = hashlib.sha256()
    for name in names:
        try:
            with open(f"{folder}/{name}", "rb") as sealed:  # noqa: PTH123 - a path of the host, as text
                digest.update(sealed.read())
        except OSError:
            continue
    return digest.hexdigest()


def _kept(module: AnsibleModule, folder: str, name: str) -> str | None:
    """Return the secret that lies there; None when there is none or it is another host's."""
    path = f"{folder}/{name}"
    if not os.path.exists(path):  # noqa: PTH110 - a path of the host, as text
        return None
    code, said, _ = module.run_command(["systemd-creds", "decrypt", f"--name={name}", path, "-"])
    return str(said) if code == 0 else None


def _seal(module: AnsibleModule, folder: str, name: str, value: str) -> None:
    path = f"{folder}/{name}"
    code, _, said = module.run_command(
        ["systemd-creds", "encrypt", f"--name={name}", "-", f"{path}.part"], data=value, binary_data=True)
    if code:
        module.fail_json(msg=f"systemd-creds: {name}: {said.strip()}")
    os.chmod(f"{path}.part", 0o600)  # noqa: PTH101 - a path of the host, as text
    os.replace(f"{path}.part", path)  # noqa: PTH105 - the same


if __name__ == "__main__":
    main()
