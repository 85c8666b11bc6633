"""The audit chain: every row holds the hash of the row before, so an edit or a gap shows.

A row in the ledger and a line of a sealed segment are the same text; its SHA-256 is the ``previous`` of the next.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from appliance.core import errors
from appliance.core.errors import ApplianceError

FIRST = "0" * 64
IN_LEDGER = "sổ cái / ledger"


class Fields(Protocol):
    """A row by the names of its columns."""

    def __getitem__(self, name: str, /) -> Any: ...


class Head(NamedTuple):
    """Where a chain stands: number and hash of its newest link."""

    seq: int = 0
    hash: str = FIRST


@dataclass(frozen=True, slots=True)
class Link:
    """One action: when, who, what, on which thing."""

    seq: int
    at: str
    who: str
    what: str
    subject: str
    detail: str
    previous: str

    @property
    def text(self) -> str:
        """Return what is hashed: a JSON list of the row and the hash before it, one line."""
        fields = [self.seq, self.at, self.who, self.what, self.subject, self.detail, self.previous]
        return json.dumps(fields, ensure_ascii=False, separators=(",", ":"))

    @property
    def hash(self) -> str:
        """SHA-256 over the row and the hash before it."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def link_of(row: Fields) -> Link:
    """Return the link that a row of the ledger is."""
    return Link(row["seq"], row["at"], row["who"], row["what"], row["subject"], row["detail"], row["previous"])


def walk(after: Head, rows: Iterable[Fields]) -> Iterator[Head]:
    """Yield the head at each row that goes on from ``after``.

    Raises:
        ApplianceError: AUDIT_BROKEN naming the first row that is missing or does not fit.
    """
    for row in rows:
        if row["seq"] != after.seq + 1 or row["previous"] != after.hash or row["hash"] != link_of(row).hash:
            raise errors.AUDIT_BROKEN.error(row=after.seq + 1, where=IN_LEDGER)
        after = Head(row["seq"], row["hash"])
        yield after


def walk_lines(after: Head, lines: Iterable[bytes], where: str) -> Iterator[Head]:
    """Yield the head at each line of a segment that goes on from ``after``; raises as ``walk``."""
    rest = iter(lines)
    for line in rest:
        seq, own = after.seq + 1, hashlib.sha256(line[:-1]).hexdigest()
        if not line.startswith(b"[%d," % seq):
            raise errors.AUDIT_BROKEN.error(row=seq, where=where)
        if not _holds(line, after.hash):  # the line after tells whether this one was altered, or the one before
            altered = after.seq if after.seq and _holds(next(rest, b""), own) else seq
            raise errors.AUDIT_BROKEN.error(row=altered, where=where)
        after = Head(seq, own)
        yield after


def _holds(line: bytes, previous: str) -> bool:
    """Say whether a line names this hash as that of the line before."""
    return line.endswith(b',"%s"]\n' % previous.encode())


def first_break(rows: Iterable[Fields]) -> int | None:
    """Return the number of the first row that does not fit a chain from its begin, or None when all do."""
    try:
        for _ in walk(Head(), rows):
            pass
    except ApplianceError as problem:
        return int(problem.details["row"])
    return None
