"""The audit chain verified: through segments and ledger, against every head that is kept outside them.

Memory is bounded whatever its length. The first break met is the lowest, as rows and witnesses are walked in order.
"""

from __future__ import annotations

import heapq
import itertools
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from appliance.core import errors
from appliance.spool import segments, witnesses
from appliance.spool.audit import Head, walk, walk_lines
from appliance.spool.heads import VERIFIED, HeadBook, Witness
from appliance.spool.ledger import Ledger
from appliance.spool.segments import Segment
from appliance.spool.store import Store

NEWEST = 100
"""So many packages and receipts are compared where not the whole chain is verified."""

BREATH = 2_000
"""After so many rows a walk lets other threads of the daemon go first."""


@dataclass(frozen=True, slots=True)
class Report:
    """A chain that holds: its head, how many rows were walked, how many segments and outside heads agreed.

    ``lost``: first and last of rows of which a leader has taken note that they are lost.
    """

    head: Head
    rows: int
    segments: int
    witnesses: int
    lost: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Chain:
    """The audit chain of a state folder; ``still``: no daemon runs on it, so it is read without a trace."""

    store: Store
    still: bool = False

    def whole(self) -> Report:
        """Verify every row from the first one on.

        Raises:
            ApplianceError: AUDIT_BROKEN, AUDIT_REWRITTEN, AUDIT_CUT_OFF, AUDIT_SEGMENT_DAMAGED or
                AUDIT_HEADS_DAMAGED, for the first break.
        """
        noted = _forward(HeadBook(self.store.audit).all())
        outside = heapq.merge(noted, self._files(), key=lambda one: one.seq)
        with self.opened() as ledger:
            return self._verified(ledger, Head(), outside)

    def since_last(self, turn: int = 0) -> Report:
        """Verify what came after the last verification, and that all segments are there; raises as ``whole``.

        ``turn``: a number (a day's) by which one segment is taken to be walked once more, and every row that is
        still in the ledger; 0: neither.
        """
        noted = list(_forward(iter(HeadBook(self.store.audit).tail())))
        outside = heapq.merge(noted, self._files(NEWEST), key=lambda one: one.seq)
        with self.opened() as ledger:
            parts = segments.known(ledger)
            if turn and parts:
                self._once_more(parts[turn % len(parts)])
            start = segments.end_of(parts) if turn else _start(ledger, parts, noted)
            return self._verified(ledger, start, (one for one in outside if one.seq >= start.seq))

    def furthest(self) -> int:
        """Return the highest row that anything outside the ledger knows of."""
        return max((one.seq for one in (*HeadBook(self.store.audit).all(), *self._files())), default=0)

    @contextmanager
    def opened(self) -> Iterator[Ledger]:
        """Open the ledger for reading: a connection of its own, beside the one that writes."""
        ledger = Ledger(self.store.ledger, read_only=True, still=self.still)
        try:
            yield ledger
        finally:
            ledger.close()

    def _files(self, most: int = 0) -> list[Witness]:
        """Return the heads in packages and receipts, but for rows of which it is accepted that they are lost."""
        lost = HeadBook(self.store.audit).lost()
        return [one for one in witnesses.from_files(self.store, most)
                if not any(first <= one.seq <= last for first, last in lost)]

    def _verified(self, ledger: Ledger, start: Head, outside: Iterable[Witness]) -> Report:
        """Walk from ``start`` to the end, past every head that is kept outside."""
        expected, rows, met, head = iter(outside), -1, 0, start
        waiting = next(expected, None)
        parts = segments.known(ledger)
        for head in itertools.chain([start], self._heads(ledger, parts, start)):
            rows += 1
            while waiting is not None and waiting.seq <= head.seq:
                if waiting.seq == head.seq and waiting.hash != head.hash:
                    raise errors.AUDIT_REWRITTEN.error(row=head.seq, where=waiting.where)
                met, waiting = met + 1, next(expected, None)
            if rows % BREATH == 0:
                time.sleep(0)
        if waiting is not None:
            raise errors.AUDIT_CUT_OFF.error(row=head.seq, known=waiting.seq, where=waiting.where)
        return Report(head, rows, len(parts), met, tuple(HeadBook(self.store.audit).lost()))

    def _heads(self, ledger: Ledger, parts: list[Segment], start: Head) -> Iterator[Head]:
        """Yield the head at each row after ``start``, which is the end of a segment or a row of the ledger."""
        head = start
        for part in parts:
            if part.last <= start.seq:
                segments.refuse_missing(self.store.audit, part)
                continue
            if part.first != head.seq + 1 or part.previous != head.hash:
                raise errors.AUDIT_BROKEN.error(row=head.seq + 1, where=part.name)
            for head in self._walked(part):
                yield head
        yield from walk(head, segments.rows_after(ledger, head.seq))

    def _walked(self, part: Segment) -> Iterator[Head]:
        """Yield the head at each row of one segment, which has to end as the ledger knows."""
        head = before = Head(part.first - 1, part.previous)
        for head in walk_lines(before, segments.lines_of(self.store.audit, part), part.name):
            yield head
        if head != (part.last, part.head):
            raise errors.AUDIT_SEGMENT_DAMAGED.error(row=part.first, where=part.name)

    def _once_more(self, part: Segment) -> None:
        for _ in self._walked(part):
            pass


def _start(ledger: Ledger, parts: list[Segment], noted: list[Witness]) -> Head:
    """Return where to go on: at the head that was verified last, else at the end of the last segment."""
    sealed = segments.end_of(parts)
    verified = [one.seq for one in noted if one.why == VERIFIED]
    row = ledger.one("audit_row", seq=verified[-1]) if verified and verified[-1] > sealed.seq else None
    return sealed if row is None else Head(row["seq"], row["hash"])


def _forward(noted: Iterator[Witness]) -> Iterator[Witness]:
    """Refuse heads that go back: the ledger was further once than it was later."""
    last = Witness(0, "", "")
    for one in noted:
        if one.seq < last.seq:
            raise errors.AUDIT_CUT_OFF.error(row=one.seq, known=last.seq, where=last.where)
        last = one
        yield one
