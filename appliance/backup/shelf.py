"""The folder of backups: objects by hash, and sets that say which objects they are made of.

::

    appliance-backup.json      what this folder is, and whose
    objects/ab/<sha256>        files of any backup, each once
    sets/20261122T190000Z/     one backup: ledger.sqlite3, MANIFEST.json and its hash

A set gets its name by one rename, after everything in it is durable: half a backup has none.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from appliance.core import errors, files

FORMAT = 1
MARKER, MANIFEST, LEDGER = "appliance-backup.json", "MANIFEST.json", "ledger.sqlite3"
HASH = f"{MANIFEST}.sha256"
MODE = 0o400


@dataclass(frozen=True, slots=True)
class Item:
    """A file of a set: its place below the state folder, its content, and the batches whose paper it shows."""

    name: str
    sha256: str
    bytes: int
    of: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose a folder of backups is: ``ledger`` knows one ledger from all others, whatever its office is called.

    ``offices``: the codes under which that ledger worked; for a folder of before it knew ledgers.
    """

    office: str
    offices: frozenset[str] = frozenset()
    ledger: str = ""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What one backup is made of.

    ``still``: nobody could write meanwhile, and nothing happened after it unless a daemon was started again.
    ``missing``: files that the ledger needs and nobody found. ``locked``: batches of which nothing is in it.
    """

    set: str
    made: str
    office: str
    version: str
    schema: int
    state: str
    still: bool
    ledger: Item
    audit: tuple[int, str]
    sides: int
    last: dict[str, str]
    files: tuple[Item, ...]
    missing: tuple[str, ...] = ()
    locked: int = 0
    keys: bool = False
    not_here: tuple[str, ...] = field(default=())

    @property
    def bytes(self) -> int:
        """How much of a disk it takes by itself."""
        return self.ledger.bytes + sum(one.bytes for one in self.files)


@dataclass(frozen=True, slots=True)
class Shelf:
    """A folder of backups."""

    root: Path

    @property
    def sets(self) -> Path:
        """Where backups lie, a folder each."""
        return self.root / "sets"

    @property
    def objects(self) -> Path:
        """Where files lie, by hash."""
        return self.root / "objects"

    def object(self, sha256: str) -> Path:
        """Return the place of an object."""
        return self.objects / sha256[:2] / sha256

    def begin(self, whose: Whose) -> None:
        """Make the folder what it is, or see that it is this ledger's.

        An office may get another code, and two ledgers may become one office's: their backups are never mixed.

        Raises:
            ApplianceError: BACKUP_FOLDER.
        """
        marker = self.root / MARKER
        try:
            files.make_folder(self.root, 0o700)
            if not marker.is_file():
                if any(path.name != "lost+found" for path in self.root.iterdir()):
                    raise _unfit(self.root, errors.both("có tệp khác bên trong", "it holds other files"))
                self._mark({"format": FORMAT, "office": whose.office})
            said = self.said()
            _refuse_other(self.root, said, whose)
            if whose.ledger and "ledger" not in said:
                self._mark({**said, "ledger": whose.ledger})
            for folder in (self.sets, self.objects):
                files.make_folder(folder, 0o700)
        except OSError as problem:
            raise _unfit(self.root, problem.strerror or str(problem)) from problem

    def said(self) -> dict[str, Any]:
        """Return what the folder says of itself; refuse one that is none of ours; raises as ``begin``."""
        try:
            said: dict[str, Any] = json.loads((self.root / MARKER).read_bytes())
            if said["format"] == FORMAT and said["office"]:
                return said
        except (OSError, ValueError, KeyError, TypeError):
            pass
        raise _unfit(self.root, errors.both("không phải thư mục sao lưu", "it is no folder of backups"))

    def _mark(self, said: dict[str, Any]) -> None:
        files.write_durably(self.root / MARKER, json.dumps(said).encode(), 0o600)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Let nobody else write to this folder; raises as ``begin``."""
        with (self.root / ".lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise _unfit(self.root, errors.both("một lần sao lưu khác đang chạy",
                                                    "another backup is being made")) from None
            yield

    def names(self) -> list[str]:
        """Return the names of all whole sets, the oldest first."""
        found = self.sets.iterdir() if self.sets.is_dir() else ()
        return sorted(path.name for path in found if not path.name.startswith(".") and (path / MANIFEST).is_file())

    def newest(self, name: str = "") -> Manifest:
        """Return the manifest of a set, or of the newest; raises as ``manifest``, and where there is none."""
        names = self.names()
        if (name and name not in names) or not names:
            raise errors.BACKUP_DAMAGED.error(name=name or "-", reason=errors.both("không có", "there is none"))
        return self.manifest(name or names[-1])

    def manifest(self, name: str) -> Manifest:
        """Read what a set is made of.

        Raises:
            ApplianceError: BACKUP_DAMAGED when it is not as it was written.
        """
        folder = self.sets / name
        try:
            data = (folder / MANIFEST).read_bytes()
            if hashlib.sha256(data).hexdigest() != (folder / HASH).read_text("ascii").split()[0]:
                raise ValueError(f"{MANIFEST}: SHA-256")
            said: dict[str, Any] = json.loads(data)
            return Manifest(**{**said, "ledger": _item(said["ledger"]), "audit": tuple(said["audit"]),
                               "files": tuple(_item(one) for one in said["files"]),
                               **{key: tuple(said[key]) for key in ("missing", "not_here")}})
        except (OSError, ValueError, KeyError, TypeError, IndexError) as problem:
            raise errors.BACKUP_DAMAGED.error(name=name, reason=problem) from None

    def write(self, folder: Path, one: Manifest) -> None:
        """Write a manifest into a folder that has no name yet, and give it its name."""
        data = json.dumps(asdict(one), ensure_ascii=False, separators=(",", ":")).encode()
        files.write_durably(folder / MANIFEST, data, MODE)
        told = f"{hashlib.sha256(data).hexdigest()}  {MANIFEST}\n"
        files.write_durably(folder / HASH, told.encode("ascii"), MODE)
        files.move_folder(folder, self.sets / one.set)

    def prune(self, keep: int) -> tuple[int, list[str]]:
        """Remove all sets but the newest ``keep``, and what none of those names.

        Returns how many sets went, and which cannot be read: while there is one, no object goes.
        """
        names = self.names()
        for name in names[:-keep]:
            gone = self.sets / f".gone-{name}"
            (self.sets / name).rename(gone)
        for left in self.sets.glob(".*"):
            shutil.rmtree(left)
        found, damaged = self.readable()
        wanted = {one.sha256 for manifest in found for one in manifest.files}
        for path in () if damaged else self.objects.glob("*/*"):
            if path.name not in wanted:
                path.unlink()
        return max(0, len(names) - keep), damaged

    def readable(self) -> tuple[list[Manifest], list[str]]:
        """Return the manifests of all sets, the oldest first, and the names of those that cannot be read."""
        found, damaged = [], []
        for name in self.names():
            try:
                found.append(self.manifest(name))
            except errors.ApplianceError:
                damaged.append(name)
        return found, damaged


def _item(said: dict[str, Any]) -> Item:
    return Item(said["name"], said["sha256"], said["bytes"], tuple(said["of"]))


def _refuse_other(root: Path, said: dict[str, Any], whose: Whose) -> None:
    if "ledger" not in said and said["office"] not in {whose.office, *whose.offices}:
        raise _unfit(root, errors.both(f"của đơn vị {said['office']}", f"it is that of office {said['office']}"))
    if "ledger" in said and said["ledger"] != whose.ledger:
        raise _unfit(root, errors.both(f"của một sổ cái khác (đơn vị {said['office']}); hãy dùng thư mục khác",
                                       f"it is that of another ledger (office {said['office']}); use another one"))


def _unfit(path: Path, reason: str) -> errors.ApplianceError:
    return errors.BACKUP_FOLDER.error(path=path, reason=reason)
