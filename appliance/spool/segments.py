"""Sealed segments of the audit chain: its oldest rows, moved from the ledger into files that stay verifiable.

A line is the text whose SHA-256 the next line holds as ``previous``. A rotation in order: the file is durable, the
ledger knows it (and the chain has its hash), the rows go. What is cut short is done again, to the same end.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from datetime import timedelta
from pathlib import Path

from appliance.core import clock, errors, files
from appliance.core.audit import Audit
from appliance.spool.audit import Head, link_of, walk
from appliance.spool.ledger import Ledger, Row

AT_ONCE = 2_000
"""Rows that are read, or let go, in one step: none keeps the ledger busy for long."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A run of rows in a file; ``previous`` and ``head`` are the hashes before its first and at its last row."""

    number: int
    first: int
    last: int
    previous: str
    head: str
    sha256: str
    size: int

    @property
    def name(self) -> str:
        """Return the name of its file."""
        return name_of(self.number)


def name_of(number: int) -> str:
    """Return the name of a segment's file."""
    return f"segment-{number:06d}.jsonl"


def known(ledger: Ledger) -> list[Segment]:
    """Return every segment that the ledger knows; a ledger of an earlier release knows none."""
    has = ledger.one("has_segments")
    return [_segment(row) for row in ledger.all("segments")] if has is not None and has["n"] else []


def end_of(segments: list[Segment]) -> Head:
    """Return the head at the end of the last segment."""
    return Head(segments[-1].last, segments[-1].head) if segments else Head()


def rows_after(ledger: Ledger, seq: int, last: int = 0) -> Iterator[Row]:
    """Yield the rows of the ledger after ``seq`` (up to ``last``), a few at a time: no long reading, no memory."""
    while rows := ledger.all("audit_after", seq=seq, most=AT_ONCE):
        for row in rows:
            if last and row["seq"] > last:
                return
            yield row
        seq = rows[-1]["seq"]


def due(ledger: Ledger, limits: Audit) -> int:
    """Return the last row of the segment that is to be sealed now, or 0: too many rows, or too old ones."""
    sealed, head = end_of(known(ledger)).seq, ledger.head()[0]
    if head - sealed >= limits.keep_rows + limits.segment_rows:
        return sealed + limits.segment_rows
    now = clock.now()
    first = ledger.one("audit_row", seq=sealed + 1)
    if first is None or first["at"] >= clock.iso(now - timedelta(days=limits.segment_days), "milliseconds"):
        return 0
    yesterday = clock.iso(now - timedelta(days=1), "milliseconds")
    row = ledger.one("audit_before", seq=sealed, most=limits.segment_rows, before=yesterday)
    return min(row["seq"] or 0, head - 1) if row is not None else 0


def write(ledger: Ledger, folder: Path, last: int) -> Segment:
    """Write the rows after the last segment, up to ``last``, into the file of the next one; may be repeated.

    Raises:
        ApplianceError: AUDIT_BROKEN when a row does not fit: then all stays where it is.
        OSError: the disk is full, read-only or broken.
    """
    before = known(ledger)
    start, number = end_of(before), len(before) + 1
    temporary = folder / f"{name_of(number)}{files.TEMPORARY}"
    digest, size, head = hashlib.sha256(), 0, start
    try:
        with temporary.open("wb") as stream:
            for at, line in _lines(start, rows_after(ledger, start.seq, last)):
                stream.write(line)
                digest.update(line)
                size, head = size + len(line), at
        files.adopt_durably(temporary, folder / name_of(number))
    finally:
        temporary.unlink(missing_ok=True)  # a full disk gets its room back
    return Segment(number, start.seq + 1, head.seq, start.hash, head.hash, digest.hexdigest(), size)


def seal(ledger: Ledger, one: Segment) -> None:
    """Write down that a segment's file is durable; a second time nothing happens."""
    with ledger.transaction():
        if end_of(known(ledger)).seq >= one.last:
            return
        ledger.act("add_segment", number=one.number, first=one.first, last=one.last, previous=one.previous,
                   head=one.head, sha256=one.sha256, size=one.size, sealed=clock.iso(clock.now(), "milliseconds"))
        ledger.note("audit.sealed", one.name, first=one.first, last=one.last, head=one.head, sha256=one.sha256)


def put_aside(folder: Path, known: int, rows: str) -> None:
    """Give files that the ledger does not know a name of their own, with the ``rows`` that are accepted as lost.

    A ledger that was restored from a backup would write its own segment in their place.
    """
    for path in sorted(folder.glob("segment-??????.jsonl")):
        if int(path.stem.partition("-")[2]) > known:
            path.rename(path.with_name(f"lost-{rows}-{path.name}"))
    files.sync_folder(folder)


def shed(ledger: Ledger) -> bool:
    """Let some rows go that a segment has; return whether there are more."""
    sealed = end_of(known(ledger)).seq
    ledger.act("shed_audit", most=AT_ONCE)
    oldest = ledger.one("oldest_audit")
    return oldest is not None and oldest["seq"] <= min(sealed, ledger.head()[0] - 1)


def lines_of(folder: Path, one: Segment) -> Iterator[bytes]:
    """Yield the lines of a segment's file.

    Raises:
        ApplianceError: AUDIT_SEGMENT_DAMAGED when it is not there in its full size.
    """
    refuse_missing(folder, one)
    with (folder / one.name).open("rb") as stream:
        yield from stream


def refuse_missing(folder: Path, one: Segment) -> None:
    """Refuse a segment whose file is not there, or has another size; raises as ``lines_of``."""
    path = folder / one.name
    if not path.is_file() or path.stat().st_size != one.size:
        raise errors.AUDIT_SEGMENT_DAMAGED.error(row=one.first, where=one.name)


def _lines(start: Head, rows: Iterable[Row]) -> Iterator[tuple[Head, bytes]]:
    """Yield each row as a line and the head there; raises as ``walk``."""
    for row in rows:
        (head,) = walk(start, [row])
        yield head, f"{link_of(row).text}\n".encode()
        start = head


def _segment(row: Row) -> Segment:
    return Segment(**{one.name: row[one.name] for one in fields(Segment)})
