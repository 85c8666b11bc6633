"""Pages that the archive wants scanned again: what it asks of an office, whichever way that comes."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

LONGEST = 4 << 20
"""Longest list in bytes: ``MOST`` tasks with the longest reasons, whose letters JSON may escape, fit."""

MOST = 1000
"""Most tasks of one list."""

LONGEST_REASON = 500

OPEN, ANSWERED, WITHDRAWN = ("asked", "fetched"), "answered", "withdrawn"
"""What an archive says of a task; one that it does not list any more counts as withdrawn."""

_DOCUMENT = re.compile(r"([A-Za-z0-9][A-Za-z0-9_.\-]{0,98})\.([0-9]{1,7})")
_NAME = re.compile(r"[A-Za-z0-9_.\-]{1,64}")


@dataclass(frozen=True, slots=True)
class RescanTask:
    """One page that the archive wants scanned again.

    Attributes:
        id: the archive's own name of the task.
        package: UUID of the package in which the page is.
        file_code: dossier.
        ordinal: number of the document.
        page: as the document's PDF numbers it, from 1; 0 the whole document.
        reason: the reviewer's words, for the operator; they go into no log.
        asked: when, by the archive's clock, as it says it.
        state: what has become of it at the archive; it is ``open`` while the page is wanted.
    """

    id: str
    package: str
    file_code: str
    ordinal: int
    page: int
    reason: str
    asked: str
    state: str = "asked"

    @property
    def open(self) -> bool:
        """Say whether the archive still wants the page."""
        return self.state in OPEN


def read(data: bytes | str) -> tuple[RescanTask, ...]:
    """Return the tasks of a list as an archive gives it: ``{"tasks": [{"id", "package", "doc_code", ...}]}``.

    Raises:
        ValueError: it is no such list. What is wrong with one task makes the whole list wrong.
    """
    if len(data) > LONGEST:
        raise ValueError("too long")
    try:
        found = [_task(one) for one in json.loads(data)["tasks"]]
    except (KeyError, TypeError, AttributeError, RecursionError) as problem:
        raise ValueError(f"not a list of tasks ({type(problem).__name__})") from None
    if len(found) > MOST or len({one.id for one in found}) != len(found):
        raise ValueError("too many tasks, or two of one name")
    return tuple(found)


def _task(one: dict[str, Any]) -> RescanTask:
    document, page = _DOCUMENT.fullmatch(str(one["doc_code"])), one["page"]
    names = [str(one[name]) for name in ("id", "package")]
    if document is None or not all(map(_NAME.fullmatch, names)):
        raise ValueError("a name that cannot be one")
    if type(page) is not int or not 0 <= page <= 99_999:
        raise ValueError("a page that cannot be one")
    state = str(one.get("state", OPEN[0]))
    if state not in (*OPEN, ANSWERED, WITHDRAWN):
        raise ValueError("a state that cannot be one")
    reason = " ".join("".join(letter if letter.isprintable() else " " for letter in str(one["reason"])).split())
    return RescanTask(names[0], names[1].lower(), document[1], int(document[2]), page, reason[:LONGEST_REASON],
                      str(one["asked"])[:40], state)
