"""The audit chain: every row holds the hash of the row before, so an edit or a gap shows."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

FIRST = "0" * 64


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
    def hash(self) -> str:
        """SHA-256 over the row and the hash before it."""
        fields = [self.seq, self.at, self.who, self.what, self.subject, self.detail, self.previous]
        text = json.dumps(fields, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


def first_break(rows: Iterable[Mapping[str, Any]]) -> int | None:
    """Return the number of the first row that does not fit the chain, or None when all do."""
    previous, expected = FIRST, 1
    for row in rows:
        link = Link(row["seq"], row["at"], row["who"], row["what"], row["subject"], row["detail"], previous)
        if row["seq"] != expected or row["previous"] != previous or row["hash"] != link.hash:
            return expected
        previous, expected = link.hash, expected + 1
    return None
