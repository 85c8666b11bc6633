"""Where the certificates of a host lie, so that key and certificate always fit, whenever the power goes.

::

    ROOT/PURPOSE/current -> 3                     the one switch, by rename(2)
    ROOT/PURPOSE/3/{key,certificate,ca}.pem       what is in force; ca: the roots to believe
    ROOT/PURPOSE/2/...                            what was in force before
    ROOT/PURPOSE/next/{key.pem,request.csr}       a key that waits for its certificate

Certificates and roots may be read by everybody; a key by root and one group. No key is ever printed or sent.
"""

from __future__ import annotations

import os
import secrets
import shutil
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from appliance.core import files

KEY, CERTIFICATE, ROOTS, REQUEST = "key.pem", "certificate.pem", "ca.pem", "request.csr"
CURRENT, NEXT = "current", "next"
OPEN, FOR_GROUP, FOLDER = 0o444, 0o440, 0o755


@dataclass(frozen=True)
class Drawer:
    """The files of one purpose; ``group``: id of the group that reads the key, -1 to leave it as it is."""

    folder: Path
    group: int = -1

    @property
    def current(self) -> Path:
        """The folder of what is in force; may be missing."""
        return self.folder / CURRENT

    @property
    def next(self) -> Path:
        """The folder of what was asked for; may be missing."""
        return self.folder / NEXT

    def ask(self, content: Mapping[str, bytes]) -> None:
        """Put a key and its request down, in place of any that waits. Raises OSError."""
        made = self._made(content)
        self.forget()
        files.move_folder(made, self.next)

    def forget(self) -> None:
        """Throw away what was asked for. Raises OSError."""
        if self.next.exists():
            gone = self.folder / f".gone-{secrets.token_hex(4)}"
            files.move_folder(self.next, gone)  # a key without its request is never found
            shutil.rmtree(gone)

    def install(self, content: Mapping[str, bytes]) -> None:
        """Put key, certificate and roots in force in one step; what was in force before is kept. Raises OSError."""
        number = 1 + max((int(one.name) for one in self._versions()), default=0)
        files.move_folder(self._made(content), self.folder / str(number))
        link = self.folder / f".{CURRENT}-{secrets.token_hex(4)}"
        link.symlink_to(str(number))
        link.replace(self.current)
        files.sync_folder(self.folder)
        self.sweep()

    def sweep(self) -> None:
        """Remove what a stop left half done, and all but what is in force and what was before. Raises OSError."""
        now = str(self.current.readlink()) if self.current.is_symlink() else ""
        kept = {now, *[one.name for one in self._versions() if now and int(one.name) < int(now)][-1:]}
        for one in self.folder.iterdir() if self.folder.is_dir() else ():
            if one.name.startswith("."):
                one.unlink() if one.is_symlink() else shutil.rmtree(one)
            elif one.name.isdecimal() and one.name not in kept:
                shutil.rmtree(one)

    def astray(self) -> list[tuple[Path, int]]:
        """Return what has another mode or group than it was made with, and which mode that was. Raises OSError."""
        found = []
        for folder in (one for one in (self.next, *self._versions()) if one.is_dir()):
            for path, mode in ((folder, FOLDER), *((one, _mode(one.name)) for one in folder.iterdir())):
                now = path.stat()
                strange = path.name == KEY and self.group not in (-1, now.st_gid)
                if strange or stat.S_IMODE(now.st_mode) != mode:
                    found.append((path, mode))
        return found

    def mend(self, astray: list[tuple[Path, int]]) -> None:
        """Give back modes, and to keys their group. Raises OSError."""
        for path, mode in astray:
            path.chmod(mode)  # first: who may not read it may not meanwhile
            if path.name == KEY:
                os.chown(path, -1, self.group)

    def _versions(self) -> list[Path]:
        return sorted((one for one in self.folder.iterdir() if one.name.isdecimal()), key=lambda one: int(one.name))

    def _made(self, content: Mapping[str, bytes]) -> Path:
        """Write files into a new folder that nobody looks into yet."""
        for folder in (self.folder.parent, self.folder):
            if not folder.is_dir():
                files.make_folder(folder).chmod(FOLDER)  # whatever the umask: readers pass through it
        made = self.folder / f".made-{secrets.token_hex(4)}"
        made.mkdir(0o700)
        for name, data in content.items():
            files.write_durably(made / name, data, 0o400)
            if name == KEY:
                os.chown(made / name, -1, self.group)
            (made / name).chmod(_mode(name))
        made.chmod(FOLDER)
        return made


def _mode(name: str) -> int:
    return FOR_GROUP if name == KEY else OPEN
