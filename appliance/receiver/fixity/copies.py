"""One object in all its copies: read again, and what is damaged or gone put back from a copy that is sound.

Reading says nothing about an object when its place is out of reach: a disk that is not mounted, a line that is
down. Such a copy is neither called missing nor written anew.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import logging
import os
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from appliance.core import errors, files
from appliance.receiver.stores import FileStore, ObjectStore

log = logging.getLogger(__name__)

UNREADABLE = frozenset((errno.EIO, errno.EUCLEAN, errno.EBADMSG))
"""What a disk says of a file it can no longer read; the file is damaged, the rest of the disk may be well."""


class Outcome(StrEnum):
    """What became of looking at one copy."""

    GOOD = "good"
    MISSING = "missing"
    DAMAGED = "damaged"
    AWAY = "away"


@dataclass(frozen=True, slots=True)
class Look:
    """One copy as it was found; ``size`` is what was read, in bytes."""

    store: ObjectStore
    outcome: Outcome
    size: int = 0
    reason: str = ""

    @property
    def bad(self) -> bool:
        """Say whether the copy is to be put back."""
        return self.outcome in (Outcome.MISSING, Outcome.DAMAGED)


@dataclass(frozen=True, slots=True)
class Health:
    """An object after it was looked at and mended.

    Attributes:
        looks: how each copy was found.
        restored: places whose copy was put back and read again.
        failed: places where that was tried in vain, and why.
    """

    sha256: str
    looks: tuple[Look, ...]
    restored: tuple[str, ...] = ()
    failed: tuple[tuple[str, str], ...] = ()

    @property
    def sound(self) -> ObjectStore | None:
        """Return a place with a sound copy."""
        return next((look.store for look in self.looks if look.outcome is Outcome.GOOD), None)

    @property
    def lost(self) -> bool:
        """Say whether every copy is bad; while a place is away nobody knows."""
        return all(look.bad for look in self.looks)

    @property
    def size(self) -> int:
        """Bytes that were read."""
        return sum(look.size for look in self.looks)


def examine(stores: Sequence[ObjectStore], sha256: str, work: Path) -> Health:
    """Read every copy of an object; put back what is bad from one that is sound.

    Args:
        stores: the places that are there.
        sha256: name of the object.
        work: folder for a copy on its way; it is on a disk of this host.
    """
    found = Health(sha256, tuple(look(store, sha256) for store in stores))
    if found.sound is None or not any(one.bad for one in found.looks):
        return found
    return mended(found, work)


def look(store: ObjectStore, sha256: str) -> Look:
    """Read one copy."""
    digest, size = hashlib.sha256(), 0
    try:
        for piece in store.read(sha256):
            digest.update(piece)
            size += len(piece)
    except FileNotFoundError:
        return Look(store, Outcome.MISSING)
    except OSError as problem:
        outcome = Outcome.DAMAGED if problem.errno in UNREADABLE else Outcome.AWAY
        return Look(store, outcome, size, _why(problem))
    good = digest.hexdigest() == sha256
    return Look(store, Outcome.GOOD if good else Outcome.DAMAGED, size, "" if good else "another SHA-256")


def mended(found: Health, work: Path) -> Health:
    """Put the bad copies of an object back from the sound one; each is read again before it counts."""
    assert found.sound is not None, "there is a copy to restore from"
    restored: list[str] = []
    failed: list[tuple[str, str]] = []
    bad = [one for one in found.looks if one.bad]
    try:
        with local(found.sound, found.sha256, work) as path:
            for one in bad:
                if why := _put_back(one, found.sha256, path):
                    failed.append((one.store.name, why))
                else:
                    restored.append(one.store.name)
                    log.error("%s", errors.COPY_DAMAGED.error(sha256=found.sha256[:16], place=one.store.name).en)
    except OSError as problem:
        failed = [(one.store.name, _why(problem)) for one in bad if one.store.name not in restored]
    return Health(found.sha256, found.looks, tuple(restored), tuple(failed))


@contextlib.contextmanager
def local(store: ObjectStore, sha256: str, work: Path) -> Iterator[Path]:
    """Lend a copy as a file of this host.

    Raises:
        OSError: it cannot be read any more, or ``work`` is full or broken.
    """
    if isinstance(store, FileStore):
        yield store.path(sha256)
        return
    path = work / f"fixity-{secrets.token_hex(8)}{files.TEMPORARY}"
    try:
        with path.open("xb") as sink:
            for piece in store.read(sha256):
                sink.write(piece)
        yield path
    finally:
        path.unlink(missing_ok=True)


def _put_back(one: Look, sha256: str, path: Path) -> str:
    """Put one copy back; return why it could not be."""
    try:
        if files.sha256_of(path) != sha256:
            return "the sound copy changed meanwhile"
        if one.outcome is Outcome.MISSING:
            one.store.put(sha256, path)
        else:
            one.store.replace(sha256, path)
    except OSError as problem:
        return _why(problem)
    again = look(one.store, sha256)
    return "" if again.outcome is Outcome.GOOD else f"written anew and {again.outcome} again"


def _why(problem: OSError) -> str:
    """Return what the system says, without a path."""
    return os.strerror(problem.errno) if problem.errno else type(problem).__name__
