"""A SoftHSM token for tests, with a settings file of its own: several may stand side by side in several processes.

SoftHSM reads SOFTHSM2_CONF when its library is initialised, once a process: set it (``Token.environment``) before
python-pkcs11 loads the library, or call ``pkcs11.lib(LIBRARY).reinitialize()`` after. Keys are put in by
programs (softhsm2-util, pkcs11-tool), so this process is left alone.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

LIBRARY = "/usr/lib/softhsm/libsofthsm2.so"
PIN, SO_PIN = "246810", "97531097"


@dataclass(frozen=True, slots=True)
class Token:
    """A token and its place on disk."""

    label: str
    conf: Path
    folder: Path
    pin: str = PIN
    so_pin: str = SO_PIN
    library: str = LIBRARY

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs to see this token and no other."""
        return {"SOFTHSM2_CONF": str(self.conf)}

    def uri(self, name: str = "office") -> str:
        """Return the PKCS#11 URI (RFC 7512) of a key, without library and PIN."""
        return f"pkcs11:token={self.label};object={name}"

    def take_out(self) -> None:
        """Let the token vanish, as a person who pulls it; what is open in a process may not notice by itself."""
        self.folder.rename(self._elsewhere())

    def put_back(self) -> None:
        """Undo ``take_out``."""
        self._elsewhere().rename(self.folder)

    def log_in(self) -> None:
        """Log in with the right PIN: the token then forgets wrong ones."""
        self._run("pkcs11-tool", "--module", self.library, "--token-label", self.label, "--login", "--pin",
                  self.pin, "--list-objects", "--type", "privkey")

    def put_in(self, name: str, key: Path, certificate: Path, number: int) -> None:
        """Import a key (PKCS#8, PEM) and its certificate (DER) under a name and an ID."""
        identity = f"{number:02x}"
        self._run("softhsm2-util", "--import", str(key), "--token", self.label, "--label", name, "--id", identity,
                  "--pin", self.pin)
        self.put_certificate(name, certificate, identity)

    def put_certificate(self, name: str, certificate: Path, identity: str) -> None:
        """Put a certificate (DER) into the token."""
        self._run("pkcs11-tool", "--module", self.library, "--token-label", self.label, "--login", "--pin",
                  self.pin, "--write-object", str(certificate), "--type", "cert", "--label", name, "--id", identity)

    def _elsewhere(self) -> Path:
        return self.folder.with_name("taken-out")

    def _run(self, *command: str) -> None:
        subprocess.run(command, env={**os.environ, **self.environment}, check=True, capture_output=True, timeout=60)


def make(folder: Path, label: str) -> Token:
    """Make an empty token in a folder."""
    tokens = folder / "tokens"
    tokens.mkdir(parents=True)
    conf = folder / "softhsm2.conf"
    conf.write_text(f"directories.tokendir = {tokens}\nobjectstore.backend = file\nlog.level = ERROR\n"
                    "slots.removable = true\n")
    token = Token(label, conf, tokens)
    token._run("softhsm2-util", "--init-token", "--free", "--label", label, "--pin", PIN, "--so-pin", SO_PIN)
    return token


def available() -> str:
    """Return why there can be no token here, or nothing."""
    missing = [name for name in ("softhsm2-util", "pkcs11-tool") if not _found(name)]
    if not Path(LIBRARY).exists():
        missing.append(LIBRARY)
    return f"{', '.join(missing)} not here; Debian: softhsm2, opensc" if missing else ""


def _found(name: str) -> bool:
    paths: Sequence[str] = os.environ.get("PATH", os.defpath).split(os.pathsep)
    return any((Path(path) / name).exists() for path in paths)
