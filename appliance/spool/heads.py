"""Heads of the audit chain kept outside the ledger: a file that only grows, one durable line a head.

A ledger that was cut off, or restored from an older backup, ends before a head that stands here.
"""

from __future__ import annotations

import itertools
import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from appliance.core import clock, errors, files
from appliance.spool.audit import Head

NAME = "heads.jsonl"
ASIDE = re.compile(r"heads-([0-9]+)-([0-9]+)(?:-[0-9]+)?\.jsonl")
VERIFIED = "verified"
TAIL = 1 << 20
"""So many bytes of the end are read where not the whole chain is verified: some 8,000 heads."""

LONGEST = 1 << 12


@dataclass(frozen=True, slots=True)
class Witness:
    """A head as it stands outside the ledger; ``where`` says in what, ``why`` when it was noted there."""

    seq: int
    hash: str
    where: str
    why: str = ""


class HeadBook:
    """The file of heads of one appliance; written from one thread at a time."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / NAME

    def add(self, head: Head, why: str) -> None:
        """Write a head down, durably; a torn line that a power cut left at the end goes first.

        Raises:
            OSError: the disk is full, read-only or broken; what stood there stands.
        """
        at = clock.iso(clock.now(), "milliseconds")
        line = json.dumps({"seq": head.seq, "hash": head.hash, "at": at, "why": why}, separators=(",", ":"))
        files.append_durably(self.path, self._end(), f"{line}\n".encode())

    def put_aside(self, first: int, last: int) -> None:
        """Begin a new file; the old one stays beside it, named after the rows that are lost as a leader accepts."""
        self._rename(f"heads-{first}-{last}")

    def put_damaged_aside(self) -> None:
        """Begin a new file; the old one, of which no head can be trusted, stays beside it."""
        self._rename("heads-damaged")

    def lost(self) -> list[tuple[int, int]]:
        """Return first and last of the rows of which it is accepted that the ledger has others, or none."""
        found = (ASIDE.fullmatch(path.name) for path in self.path.parent.glob("heads-*.jsonl"))
        return sorted((int(one[1]), int(one[2])) for one in found if one)

    def tail(self) -> list[Witness]:
        """Return the last heads, the oldest of them first; raises as ``all``."""
        end = self._end()
        return list(self._read(max(0, end - TAIL), end))

    def all(self) -> Iterator[Witness]:
        """Yield every head in order, of those that stand there now.

        Raises:
            ApplianceError: AUDIT_HEADS_DAMAGED when a line is none of ours.
        """
        return self._read(0, self._end())

    def _rename(self, stem: str) -> None:
        """Give the file another name, over no file that has it; where there is none, an empty one gets it."""
        aside = self.path.with_name(f"{stem}.jsonl")
        for again in itertools.count(2):
            if not aside.exists():
                break
            aside = self.path.with_name(f"{stem}-{again}.jsonl")
        if not self.path.is_file():
            files.write_durably(aside, b"")
            return
        self.path.rename(aside)
        files.sync_folder(self.path.parent)

    def _read(self, start: int, end: int) -> Iterator[Witness]:
        if not end:
            return
        with self.path.open("rb") as stream:
            stream.seek(start)
            if start:
                stream.readline(LONGEST)  # most likely the rest of a line
            number = 0
            while stream.tell() < end:
                number, line = number + 1, stream.readline(LONGEST)
                yield self._witness(line, number)

    def _witness(self, line: bytes, number: int) -> Witness:
        try:
            said = json.loads(line)
            return Witness(int(said["seq"]), str(said["hash"]), NAME, str(said["why"]))
        except (ValueError, KeyError, TypeError):
            raise errors.AUDIT_HEADS_DAMAGED.error(line=number, where=NAME) from None

    def _end(self) -> int:
        """Return where the last whole line ends."""
        if not self.path.is_file():
            return 0
        with self.path.open("rb") as stream:
            size = stream.seek(0, os.SEEK_END)
            start = max(0, size - LONGEST)
            stream.seek(start)
            cut = stream.read().rfind(b"\n")
        return start + cut + 1
