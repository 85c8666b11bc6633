"""The walk through the ledger that progress is counted by: in pieces, so that no scanner waits for the ledger."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any

from appliance import composed
from appliance.composed import Office
from appliance.core import rules
from appliance.planning.progress import Done
from appliance.spool import composition, plans
from appliance.spool.ledger import Book, Ledger, Row

HIGH = "01"
"""Frequency of use "thường xuyên" (documents/register/archive.toml)."""

EXEMPT = frozenset({composition.DO_NOT_DIGITISE, composition.NOT_REQUIRED, composition.HANDED_OVER})

ONESTOP, ARCHIVE = "onestop", "archive"
ASKED = ("procedureCode", "components", "digitisedComponents")
"""Fields of a one-stop register by which the components of a dossier are known."""

STATES, HOW = ("received", "complete"), ("required", "reused", "exempt", "digitised")


@dataclass(slots=True)
class Found:
    """What a walk has counted: of the archive stream, of one-stop dossiers and their components."""

    plan: tuple[plans.Phase, ...] = ()
    done: Done = field(default_factory=Done)
    onestop: Counter[str] = field(default_factory=lambda: Counter(dict.fromkeys(STATES, 0)))
    components: Counter[str] = field(default_factory=lambda: Counter(dict.fromkeys(HOW, 0)))
    high_use_listed: int = 0
    whole: bool = False
    """Whether the registers were the same at the end of the walk as when it began."""

    def count(self, row: Row, until: str = "") -> None:
        """Count a dossier; ``until``: what came to the archive on that day or later is not there yet."""
        stream = stream_of(row["rules"])
        there = bool(row["day"]) and (not until or row["day"] < until) and bool(row["first"])
        if stream == ARCHIVE and there:
            self.done.add(row["register"], row["captured"], row["day"], high_use=row["used"] == HIGH)
        elif stream == ONESTOP and not row["listed"] and row["state"] not in ("replaced", "discarded"):
            there = bool(row["day"])
            self.onestop.update(received=1, complete=int(there))
            self.components.update(required=row["documents"], digitised=row["documents"] * there)

    def receive(self, row: Row, parts: Iterable[Mapping[str, Any]]) -> None:
        """Count a dossier that a one-stop register lists, and the components that it must have."""
        complete = bool(row["complete"])
        self.onestop.update(received=1, complete=int(complete))
        for part in parts:
            self.components["required"] += 1
            if part["register_says_digitised"] or part["answer"] == composition.ALREADY_DIGITISED:
                self.components["reused"] += 1
            elif part["answer"] in EXEMPT:
                self.components["exempt"] += 1
            elif part["documents"] and complete:
                self.components["digitised"] += 1


@dataclass(slots=True)
class Parts:
    """Knows the components that dossiers must have; ``answers`` are people's, of dossiers not scanned yet."""

    office: Office
    answers: Mapping[tuple[str, str], str]
    _known: dict[tuple[str, ...], list[tuple[str, bool]]] = field(default_factory=dict)

    def of(self, row: Row) -> list[dict[str, Any]]:
        """Return what a dossier must have: as it was judged, or as is foreseen."""
        judged = json.loads(row["composition"] or "{}")
        if judged.get("components"):
            return [part for part in judged["components"] if part["wanted"] or part["register_says_digitised"]]
        return [{"register_says_digitised": shared, "documents": (),
                 "answer": self.answers.get((row["code"], part), "")}
                for part, shared in self._foreseen(tuple(row[name] for name in ASKED))]

    def _foreseen(self, asked: tuple[str, ...]) -> list[tuple[str, bool]]:
        """Return component and whether the register calls it digitised; many dossiers are alike."""
        if asked not in self._known:
            told = json.dumps({"kind": ONESTOP, "fields": dict(zip(ASKED, asked, strict=True))})
            expected = composed.expected_of(told, self.office)
            self._known[asked] = [(one.code, one.code in expected.shared) for one in expected.components
                                  if one.code in expected.wanted or one.code in expected.shared]
        return self._known[asked]


@lru_cache(maxsize=64)
def stream_of(profile: str) -> str:
    """Return the stream of a rule profile; one that is not known any more is of the archive's."""
    return rules.load(profile).stream if profile in rules.known() else ARCHIVE


async def archive(book: Book, until: date | None = None) -> Found:
    """Count what the archive has of the archive stream; ``until``: as it was when that day began."""
    found = Found(await book.ask(plans.phases))
    async for _ in _dossiers(book, found, str(until or "")):
        pass
    numbers = await book.ask(plans.counting, ARCHIVE)
    found.high_use_listed = await book.ask(plans.high_use_listed, numbers)
    return found


async def everything(book: Book, office: Office, found: Found) -> AsyncIterator[None]:
    """Count both streams, a piece at every step; ``found.whole`` says whether they fit together."""
    lists = await book.ask(_lists)
    async for _ in _dossiers(book, found):
        yield
    parts = Parts(office, await book.ask(plans.answers))
    for number in lists[1]:
        after = 0
        while rows := await book.ask(plans.received, number, after):
            for row in rows:
                found.receive(row, parts.of(row))
            after = rows[-1]["at"]
            yield
    found.high_use_listed = await book.ask(plans.high_use_listed, lists[0])
    found.whole = lists == await book.ask(_lists)


async def _dossiers(book: Book, found: Found, until: str = "") -> AsyncIterator[None]:
    after = 0
    while rows := await book.ask(plans.dossiers, after):
        for row in rows:
            found.count(row, until)
        after = rows[-1]["at"]
        yield


def _lists(ledger: Ledger) -> tuple[list[int], list[int]]:
    """Return the registers that count, of the archive and of the counter."""
    return plans.counting(ledger, ARCHIVE), plans.counting(ledger, ONESTOP)


def at_once(ledger: Ledger, until: date | None = None) -> Found:
    """Count as ``archive`` does, of a ledger that nobody else works with."""
    found, after, limit = Found(plans.phases(ledger)), 0, str(until or "")
    while rows := plans.dossiers(ledger, after):
        for row in rows:
            found.count(row, limit)
        after = rows[-1]["at"]
    found.high_use_listed = plans.high_use_listed(ledger, plans.counting(ledger, ARCHIVE))
    return found
