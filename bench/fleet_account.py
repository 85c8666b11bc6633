"""What every office sent, compared with what the archive holds; how old the oldest waiting package was."""

from __future__ import annotations

import hashlib
import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Sent:
    """One package as its office saw it. ``ready``, ``done``: seconds; ``done`` None: it has no receipt."""

    uuid: str
    sha256: str
    size: int
    office: str
    ready: float
    done: float | None
    accepted: bool


@dataclass(frozen=True)
class Held:
    """What the archive has: rows of the index as (UUID, SHA-256, office), receipts and sound copies by SHA-256."""

    packages: Sequence[tuple[str, str, str]]
    accepted: Sequence[str]
    copies: Mapping[str, int]


@dataclass(frozen=True)
class Account:
    """The comparison. ``strange``: objects in the archive that nobody sent."""

    lost: int
    lost_bytes: int
    doubled: int
    rejected: int
    without_receipt: int
    strange: int


def balance(sent: Sequence[Sent], held: Held, places: int) -> Account:
    """Compare. A package is lost unless index, receipt and a sound copy in every place say that it is there."""
    rows = set(held.packages)
    receipts = Counter(held.accepted)
    lost = [one for one in sent if (one.uuid, one.sha256, one.office) not in rows
            or not receipts[one.sha256] or held.copies.get(one.sha256, 0) < places]
    known = {one.sha256 for one in sent}
    uuids, hashes = Counter(row[0] for row in held.packages), Counter(row[1] for row in held.packages)
    return Account(
        len(lost), sum(one.size for one in lost), _extra(uuids) + _extra(hashes) + _extra(receipts),
        sum(one.done is not None and not one.accepted for one in sent), sum(one.done is None for one in sent),
        len((set(held.copies) | {row[1] for row in held.packages}) - known))


def _extra(counted: Counter[str]) -> int:
    return sum(count - 1 for count in counted.values() if count > 1)


def held_at(root: Path, places: Iterable[Path]) -> Held:
    """Read index and copies of an archive; every object is hashed, a damaged one does not count."""
    with closing(sqlite3.connect(f"file:{root / 'index.sqlite'}?mode=ro", uri=True)) as index:
        packages = index.execute("SELECT uuid, sha256, office FROM packages").fetchall()
        receipts = index.execute("SELECT sha256 FROM receipts WHERE status = 'accepted'").fetchall()
    copies: Counter[str] = Counter()
    for path in (path for place in places for path in place.rglob("*.zip")):
        with path.open("rb") as stream:
            if stream.read(2) != b"PK":
                continue  # the note by which a place is known again
            stream.seek(0)
            copies[path.stem] += hashlib.file_digest(stream, "sha256").hexdigest() == path.stem
    return Held(packages, [one for one, in receipts], copies)


def backlog(sent: Sequence[Sent], moments: Iterable[float]) -> list[tuple[float, int, float]]:
    """Return for each moment how many packages were ready without a receipt, and the age of the oldest of them."""
    found = []
    for at in moments:
        waiting = [one.ready for one in sent if one.ready <= at and (one.done is None or one.done > at)]
        found.append((at, len(waiting), at - min(waiting) if waiting else 0.0))
    return found


def worst(sent: Iterable[Sent], end: float) -> float:
    """Return the longest that a package waited for its receipt."""
    return max(((end if one.done is None else one.done) - one.ready for one in sent), default=0.0)
