"""Open a release on the controller: who signed it, and that its program is the one that was signed."""

from __future__ import annotations

import hashlib
import json
import subprocess
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

MANIFEST, SIGNATURE, INSTALLER = "MANIFEST.json", "MANIFEST.json.sig", "installer.pyz"
IDENTITY, NAMESPACE = "release@appliance", "appliance-release"


class ActionModule(ActionBase):
    """``release_opened``: folder (of the release) and keys (allowed signers), both on the controller."""

    TRANSFERS_FILES = False
    _supports_check_mode = True

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return the manifest, the SHA-256 of its file, and the files that a host needs."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        _, words = self.validate_argument_spec({
            "folder": {"type": "path", "required": True}, "keys": {"type": "path", "required": True},
            "version": {"type": "str", "required": True},
        })
        folder = Path(words["folder"])
        try:
            text = (folder / MANIFEST).read_bytes()
            _verify(folder, text, words["keys"])
            manifest = json.loads(text)
            _same(folder / INSTALLER, manifest["files"][INSTALLER]["sha256"])
        except (OSError, ValueError, KeyError) as problem:
            raise AnsibleActionFail(f"{folder}: không phải bản phát hành / is no release: {problem}") from problem
        if manifest["version"] != words["version"]:
            raise AnsibleActionFail(
                f"{folder}: bản {manifest['version']}, không phải {words['version']} / it is another version")
        return {**result, "changed": False, "manifest": manifest, "sha256": hashlib.sha256(text).hexdigest(),
                "files": sorted([MANIFEST, SIGNATURE, *manifest["files"]])}


def _verify(folder: Path, text: bytes, keys: str) -> None:
    """Have OpenSSH say whether one of the keys signed the manifest; nothing of the release is run before."""
    words = ["ssh-keygen", "-Y", "verify", "-f", keys, "-I", IDENTITY, "-n", NAMESPACE, "-s", folder / SIGNATURE]
    done = subprocess.run(words, input=text, capture_output=True, check=False, timeout=60)
    if done.returncode:
        told = (done.stderr or done.stdout).decode(errors="replace").strip()
        raise AnsibleActionFail(f"{folder}: chữ ký không đúng / not signed by a key of {keys}: {told}")


def _same(path: Path, digest: str) -> None:
    if hashlib.sha256(path.read_bytes()).hexdigest() != digest:
        raise AnsibleActionFail(f"{path}: không đúng nội dung đã ký / is not what was signed")
