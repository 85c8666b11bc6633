"""A backup brought back: verified before, onto a host that has no ledger, the ledger last of all.

A restore that is cut short leaves no ledger, and is done again.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from appliance.backup import unsure
from appliance.backup.shelf import LEDGER, Item, Manifest, Shelf
from appliance.core import errors, files
from appliance.core.config import Config
from appliance.spool.chain import Chain
from appliance.spool.ledger import Ledger
from appliance.spool.store import Store

MODES = {"keys": 0o600, "receipts": 0o440, "masters": 0o440, "evidence": 0o440}
GROWING = 0o640


@dataclass(frozen=True, slots=True)
class Restored:
    """What was brought back: the backup, how many files, and how much of its work waits to be asked about."""

    manifest: Manifest
    files: int
    unsure: int


def verify(shelf: Shelf, one: Manifest) -> int:
    """Read every byte of a backup again; return how many files it has.

    Raises:
        ApplianceError: BACKUP_DAMAGED naming the first file that is missing or altered.
    """
    pairs = [(shelf.sets / one.set / LEDGER, one.ledger)]
    pairs += [(shelf.object(item.sha256), item) for item in one.files]
    for path, item in pairs:
        if not path.is_file() or files.sha256_of(path) != item.sha256:
            raise errors.BACKUP_DAMAGED.error(name=one.set, reason=item.name)
    return len(pairs)


def restore(config: Config, shelf: Shelf, one: Manifest, office: str = "") -> Restored:
    """Bring a backup back; what was under way in it waits, unless it was made of a host that stood still.

    ``office``: whose backup it is, where that office has another code by now; else that of the settings.

    Raises:
        ApplianceError: BACKUP_NOT_RESTORED when there is a ledger, or it is another office's; BACKUP_DAMAGED.
    """
    store = Store(config.storage.state)
    _refuse(store, one, office or config.office.code)
    verify(shelf, one)
    files.make_folder(store.root)
    with alone(store):
        _refuse(store, one, office or config.office.code)  # a daemon may have come and gone meanwhile
        store.prepare()
        for item in one.files:
            _bring(shelf.object(item.sha256), store.root / item.name, item)
        part = store.root / f"{LEDGER}{files.TEMPORARY}"
        for left in (part, *_logs(part)):  # the log of a try that was cut short is none of this copy's
            left.unlink(missing_ok=True)
        shutil.copyfile(shelf.sets / one.set / LEDGER, part)
        try:
            waits = _noted(part, one)
        except sqlite3.Error as problem:  # no room for its log
            raise errors.BACKUP_NOT_RESTORED.error(path=store.root, reason=problem) from None
        files.adopt_durably(part, store.ledger, GROWING)
        Chain(store, still=True).whole()
    return Restored(one, len(one.files) + 1, waits)


def _noted(copy: Path, one: Manifest) -> int:
    """Write into the ledger what was done, and let what the archive may have wait; return how many that is."""
    ledger = Ledger(copy, who="restore")
    try:
        with ledger.transaction():
            ledger.note("ledger.restored", one.set, made=one.made, rows=one.audit[0])
            return 0 if one.still else unsure.hold(ledger)
    finally:
        ledger.close()
        with closing(sqlite3.connect(copy)) as still:
            still.execute("PRAGMA journal_mode=DELETE")  # no log may lie beside it under another name


def _logs(ledger: Path) -> list[Path]:
    """Return the files that SQLite would take for the log of a ledger of this name, whosesoever they are."""
    return [ledger.with_name(f"{ledger.name}{end}") for end in ("-wal", "-shm", "-journal")]


def _refuse(store: Store, one: Manifest, office: str) -> None:
    left = [path.name for path in _logs(store.ledger) if path.exists()]
    reasons = {
        errors.both("đã có sổ cái", "there is a ledger"): store.ledger.exists(),
        errors.both(f"còn {', '.join(left)} của một sổ cái khác", f"{', '.join(left)} of another ledger is left"):
            bool(left),
        errors.both(f"bản sao của đơn vị {one.office}", f"the backup is that of office {one.office}"):
            one.office != office,
        errors.both(f"bản sao cần thư mục {one.state}", f"the backup is of the folder {one.state}"):
            one.state != str(store.root),
    }
    for reason, wrong in reasons.items():
        if wrong:
            raise errors.BACKUP_NOT_RESTORED.error(path=store.root, reason=reason)


def _bring(source: Path, place: Path, item: Item) -> None:
    """Copy one file to its place, durably; one that an earlier try brought stays."""
    if place.is_file() and files.sha256_of(place) == item.sha256:
        return
    files.make_folder(place.parent)
    part, digest = place.with_name(f"{place.name}{files.TEMPORARY}"), hashlib.sha256()
    with part.open("wb") as stream:
        for piece in files.read_pieces(source):
            digest.update(piece)
            stream.write(piece)
    if digest.hexdigest() != item.sha256:
        part.unlink()
        raise errors.BACKUP_DAMAGED.error(name=item.name, reason="SHA-256")
    files.adopt_durably(part, place, MODES.get(item.name.partition("/")[0], GROWING))


@contextmanager
def alone(store: Store) -> Iterator[None]:
    """Let no daemon start meanwhile: it would begin a ledger of its own."""
    with (store.root / "ledger.lock").open("a") as lock:
        os.fchmod(lock.fileno(), GROWING)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise errors.DAEMON_RUNNING.error(path=store.root) from None
        yield
