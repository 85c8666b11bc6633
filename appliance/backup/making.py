"""One backup: first the heads of the audit chain, then the ledger as it stands at one moment, then what that needs.

The daemon goes on meanwhile. A file that goes while it is wanted (its receipt came) has the ledger copied anew.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from appliance import __version__
from appliance.backup import needed, withdrawing
from appliance.backup.copied import Taken
from appliance.backup.needed import Needed
from appliance.backup.shelf import LEDGER, MODE, Item, Manifest, Shelf, Whose
from appliance.core import clock, errors, files
from appliance.core.config import Config
from appliance.spool.store import Store

TRIES = 4
"""How often the ledger is copied anew because files went meanwhile; what is still not there then is missing."""

HEADS = "audit/heads.jsonl"
SET, STAMP = re.compile(r"[0-9]{8}T[0-9]{6}Z"), "%Y%m%dT%H%M%SZ"
HAS_OFFICES = "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'office'"
SIDES = "SELECT count(*) AS n FROM page"
LAST = """
SELECT batch.device AS device, page.batch AS batch, CAST(page.sheet AS TEXT) AS sheet, page.side AS side,
  page.captured AS captured FROM page JOIN batch ON batch.id = page.batch ORDER BY page.id DESC LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Wish:
    """How a backup is made: how many stay, whether keys are in it, whether the folder must be on another disk."""

    keep: int = 14
    keys: bool = False
    mounted: bool = False


@dataclass(frozen=True, slots=True)
class Made:
    """A backup that was made: what it is of, how many bytes of it are new here, and on which disk it lies.

    ``damaged``: earlier ones that cannot be read any more.
    """

    manifest: Manifest
    added: int
    pruned: int
    withdrawn: int
    same_disk: bool
    damaged: tuple[str, ...] = ()


def make(config: Config, shelf: Shelf, wish: Wish) -> Made:
    """Make a backup of an office's state folder.

    Raises:
        ApplianceError: BACKUP_FOLDER when the folder cannot take it; nothing of an earlier backup is touched.
    """
    store = Store(config.storage.state)
    if not store.ledger.is_file():
        raise errors.REQUEST_REFUSED.error(reason=f"không có sổ cái / no ledger: {store.ledger}")
    same = _same_disk(shelf.root, store.root)
    if same and wish.mounted:
        reason = errors.both("đĩa sao lưu chưa được gắn", "the disk of backups is not mounted")
        raise errors.BACKUP_FOLDER.error(path=shelf.root, reason=reason)
    shelf.begin(whose(config, store))
    with shelf.alone(), _refusals(shelf.root):
        made, added = _made(config, store, shelf, wish)
        gone = withdrawing.withdraw(shelf, made.set)
        pruned, damaged = shelf.prune(wish.keep)
    return Made(made, added, pruned, gone, same, tuple(damaged))


def whose(config: Config, store: Store) -> Whose:
    """Return by what a ledger is known: the moment at which its first office began, which never changes in it.

    Raises:
        ApplianceError: BACKUP_DAMAGED when the ledger cannot be read.
    """
    try:
        with closing(sqlite3.connect(f"file:{store.ledger}?mode=ro", uri=True, timeout=10)) as ledger:
            (has,) = ledger.execute(HAS_OFFICES).fetchone()
            found = ledger.execute("SELECT code, since FROM office ORDER BY id").fetchall() if has else []
    except sqlite3.Error as problem:
        raise errors.BACKUP_DAMAGED.error(name=store.ledger.name, reason=problem) from None
    give_back(store.ledger)
    first = f"{found[0][0]} {found[0][1]}" if found else ""
    return Whose(config.office.code, frozenset(code for code, _ in found), first)


def _made(config: Config, store: Store, shelf: Shelf, wish: Wish) -> tuple[Manifest, int]:
    name = _name(shelf)
    part = shelf.sets / f".{name}"
    shutil.rmtree(part, ignore_errors=True)
    files.make_folder(part, 0o700)
    try:
        with stillness(store) as still:
            taken = Taken(shelf)
            for turn in range(TRIES):
                known = _consistent(store, part, taken, wish, last=turn == TRIES - 1)
                if known is not None:
                    break
            assert known is not None  # the last turn names what is missing
            one = _manifest(config, part, name, known, wish)
            shelf.write(part, replace(one, still=still))
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    return replace(one, still=still), taken.added


def _name(shelf: Shelf) -> str:
    """Return the name of a new set: its moment, and always after all others.

    By its name a set is the newest or goes, so a clock that went back must not make it the oldest.
    """
    now = clock.now().astimezone(UTC)
    known = [name for name in shelf.names() if SET.fullmatch(name)]
    if known:
        now = max(now, datetime.strptime(known[-1], STAMP).replace(tzinfo=UTC) + timedelta(seconds=1))
    return now.strftime(STAMP)


def _consistent(store: Store, part: Path, taken: Taken, wish: Wish, *,
                last: bool) -> tuple[list[Item], list[str]] | None:
    """Copy heads, ledger and what it needs; None when something went meanwhile and all begins anew."""
    heads = taken.take(store.root / HEADS, Needed(HEADS, must=False))  # before the ledger: it is never ahead of it
    copy_ledger(store.ledger, part / LEDGER)
    found, missing = [] if heads is None else [heads], []
    for one in needed.of(part / LEDGER, store, keys=wish.keys):
        if one.name == HEADS:
            continue
        item = taken.take(store.root / one.name, one)
        if item is not None:
            found.append(item)
        elif one.must and not last:
            return None
        elif one.must:
            missing.append(one.name)
    return found, sorted({*missing, *taken.unreadable})


def copy_ledger(ledger: Path, copy: Path) -> None:
    """Copy a ledger as it stands at one moment, with whatever its log holds, while others write to it.

    Raises:
        ApplianceError: BACKUP_DAMAGED when the copy does not hold together.
    """
    copy.unlink(missing_ok=True)
    try:
        with closing(sqlite3.connect(f"file:{ledger}?mode=ro", uri=True)) as source, \
                closing(sqlite3.connect(copy)) as target:
            source.execute("PRAGMA busy_timeout=10000")
            source.backup(target)
            target.execute("PRAGMA journal_mode=DELETE")
            (said,) = target.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.OperationalError as problem:  # no room, no right to write, never free
        raise errors.BACKUP_FOLDER.error(path=copy.parent, reason=problem) from None
    except sqlite3.DatabaseError as problem:
        raise errors.BACKUP_DAMAGED.error(name=ledger.name, reason=problem) from None
    finally:
        give_back(ledger)
    if said != "ok":
        raise errors.BACKUP_DAMAGED.error(name=ledger.name, reason=said)
    copy.chmod(MODE)
    with copy.open("rb") as stream:
        os.fsync(stream.fileno())


def give_back(ledger: Path) -> None:
    """Let what reading as root may have left beside a ledger belong to whom the ledger belongs."""
    whose = ledger.stat()
    for path in (ledger.with_name(f"{ledger.name}{end}") for end in ("-wal", "-shm")):
        if os.geteuid() == 0 and path.is_file() and path.stat().st_uid != whose.st_uid:
            os.chown(path, whose.st_uid, whose.st_gid)


def _manifest(config: Config, part: Path, name: str, known: tuple[Sequence[Item], Sequence[str]],
              wish: Wish) -> Manifest:
    copy = part / LEDGER
    with closing(needed.read(copy)) as ledger:
        schema = int(ledger.execute("PRAGMA user_version").fetchone()[0])
        head = ledger.execute("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1").fetchone()
        last = ledger.execute(LAST).fetchone()
        sides = int(ledger.execute(SIDES).fetchone()["n"])
        shut = len(needed.locked(ledger))
    return Manifest(
        set=name, made=clock.iso(clock.now()), office=config.office.code, version=__version__, schema=schema,
        state=str(config.storage.state), still=False, sides=sides, locked=shut, keys=wish.keys,
        ledger=Item(LEDGER, files.sha256_of(copy), copy.stat().st_size),
        audit=(head["seq"], head["hash"]) if head else (0, ""), last=dict(last) if last else {},
        files=tuple(sorted(known[0], key=lambda one: one.name)), missing=tuple(sorted(known[1])),
        not_here=tuple(sorted(identity(config))))


def identity(config: Config) -> Iterator[str]:
    """Yield the files of settings and keys that a host has and a backup has not: they are made anew, or laid."""
    for place in (config.archive.tls.certificate, config.archive.tls.key, config.outbox.tls.certificate,
                  config.outbox.tls.key, config.metrics.certificate, config.metrics.key, config.signing.pkcs12,
                  config.pool.cluster.certificate, config.pool.cluster.key,
                  *(job.separator_key_file for job in config.job)):
        if place:
            yield str(place)


@contextmanager
def stillness(store: Store) -> Iterator[bool]:
    """Say whether no daemon runs; then none can start before the backup is made."""
    lock = store.root / "ledger.lock"
    if not lock.is_file():
        yield True
        return
    with lock.open("rb") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True


@contextmanager
def _refusals(root: Path) -> Iterator[None]:
    """Tell of a folder that is full, read-only or gone in the words of the catalogue."""
    try:
        yield
    except OSError as problem:
        reason = problem.strerror or problem
        raise errors.BACKUP_FOLDER.error(path=problem.filename or root, reason=reason) from None


def _same_disk(folder: Path, state: Path) -> bool:
    there = folder
    while not there.exists():
        there = there.parent
    return there.stat().st_dev == state.stat().st_dev
