#!/usr/bin/python3
"""The user that a push scanner logs in as."""

from __future__ import annotations

import secrets

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = r"""
module: push_account
short_description: The user that a push scanner logs in as
description:
  - Makes a user without a shell and gives it a password, for SFTP and, where asked, for Samba too.
  - A password that is right already is left as it is; with an empty one nobody can log in.
options:
  name:
    description: Its name.
    type: str
    required: true
  secret:
    description: Its password.
    type: str
    required: true
  home:
    description: Its folder; not made here.
    type: path
    required: true
  smb:
    description: Samba shall know it too.
    type: bool
    default: false
author:
  - Scanner Appliance Maintainers (@scanner-appliance)
"""

EXAMPLES = r"""
- name: Let the copier in
  vss.appliance.push_account:
    name: scan-copier1
    secret: "{{ vault_copier1 }}"
    home: /srv/scan/copier1
    smb: true
"""

RETURN = r"""
made:
  description: What was, or in a dry run would be, done.
  returned: always
  type: list
"""

GROUP = "appliance-push"


def main() -> None:
    """Answer Ansible."""
    module = AnsibleModule(
        argument_spec={
            "name": {"type": "str", "required": True},
            "secret": {"type": "str", "required": True, "no_log": True},
            "home": {"type": "path", "required": True},
            "smb": {"type": "bool", "default": False},
        },
        supports_check_mode=True,
    )
    name, secret = module.params["name"], module.params["secret"]
    kept = _kept(module, name)
    stale = bool(secret) and not _right(secret, kept or "")
    made = [step for step, wanted in (
        ("user", kept is None), ("password", stale),
        ("smb", bool(secret) and module.params["smb"] and (stale or not _known(module, name)))) if wanted]
    if not module.check_mode:
        for step in made:
            STEPS[step](module)
    module.exit_json(changed=bool(made), made=made)


def _kept(module: AnsibleModule, name: str) -> str | None:
    """Return what stands for the user's password; None when there is no such user."""
    code, said, _ = module.run_command(["getent", "shadow", name])
    return said.split(":")[1] if code == 0 else None


def _right(secret: str, kept: str) -> bool:
    """Say whether a password is the one that is kept."""
    import crypt  # there in every Python that Debian 12 has

    return kept.startswith("$") and secrets.compare_digest(crypt.crypt(secret, kept) or "", kept)


def _known(module: AnsibleModule, name: str) -> bool:
    return bool(module.run_command(["pdbedit", "--user", name])[0] == 0)


def _user(module: AnsibleModule) -> None:
    module.run_command(["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", "--home-dir",
                        module.params["home"], "--gid", GROUP, module.params["name"]], check_rc=True)


def _password(module: AnsibleModule) -> None:
    line = f"{module.params['name']}:{module.params['secret']}"
    module.run_command(["chpasswd"], data=line, check_rc=True)


def _smb(module: AnsibleModule) -> None:
    command = ["smbpasswd", "-s", "-a", module.params["name"]]
    module.run_command(command, data=f"{module.params['secret']}\n" * 2, binary_data=True, check_rc=True)


STEPS = {"user": _user, "password": _password, "smb": _smb}

if __name__ == "__main__":
    main()
