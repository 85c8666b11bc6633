"""Lots: dossiers that the archive has, accepted together when people have checked a sample of their documents.

The sample is drawn from a seed that nobody chooses, the head of the audit chain: the documents whose hash with it
is smallest. So anybody can draw it again, and who makes a lot cannot know what will be in its sample.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from appliance.core import clock, errors
from appliance.core.states import LOT, LotState
from appliance.spool.ledger import Ledger, Row

GOOD, FAULTY = "good", "faulty"

MOST_DOSSIERS = 5000
"""They are written down in one transaction, for which scanners wait."""


@dataclass(frozen=True, slots=True)
class NewLot:
    """Which dossiers make a lot: those with a receipt from one day until before another; and who makes it."""

    since: str
    until: str
    who: str
    rule: str


@dataclass(frozen=True, slots=True)
class Judged:
    """What a person found of one document of a sample; ``fault`` is empty where it is good."""

    lot: int
    place: int
    fault: str
    who: str


def make(ledger: Ledger, new: NewLot, size: Callable[[int], tuple[int, int]]) -> int:
    """Make a lot and draw its sample; return its number.

    Args:
        ledger: the open ledger.
        new: which dossiers, whose lot, by which rule.
        size: how many of so many documents are checked, and how many of those may be faulty.

    Raises:
        ApplianceError: LOT_EMPTY, LOT_LARGE.
    """
    with ledger.transaction():
        rows = ledger.all("dossiers_for_lot", since=new.since, until=new.until)
        if len(rows) > MOST_DOSSIERS:
            raise errors.LOT_LARGE.error(dossiers=len(rows), most=MOST_DOSSIERS)
        documents = [(one, row["file_code"]) for row in rows
                     for one in ledger.all("documents_for_lot", dossier=row["id"])]
        if not documents:
            raise errors.LOT_EMPTY.error(since=new.since, until=new.until)
        sample, allowed = size(len(documents))
        seed = ledger.head()[1]
        number = ledger.act("add_lot", since=new.since, until=new.until, rule=new.rule, allowed=allowed, seed=seed,
                            dossiers=len(rows), documents=len(documents), who=new.who, made=_now(),
                            pages=sum(one["pages"] for one, _ in documents))
        for row in rows:
            ledger.act("add_lot_dossier", lot=number, dossier=row["id"])
        for place, (one, code) in enumerate(drawn(documents, seed)[:sample], start=1):
            ledger.act("add_lot_sample", lot=number, place=place, document=one["id"], file_code=code,
                       ordinal=one["ordinal"], pages=one["pages"])
        ledger.note("lot.made", str(number), who=new.who, since=new.since, until=new.until, dossiers=len(rows),
                    documents=len(documents), sample=sample, seed=seed)
    return number


def drawn(documents: Sequence[tuple[Row, str]], seed: str) -> list[tuple[Row, str]]:
    """Return documents in the order of the draw."""
    return sorted(documents, key=lambda one: hashlib.sha256(f"{seed}|{one[0]['id']}".encode()).digest())


def judge(ledger: Ledger, said: Judged) -> None:
    """Write down what a person found of a document of the sample; said again, the last word counts.

    Raises:
        ApplianceError: LOT_UNKNOWN, LOT_DECIDED, LOT_NOT_DRAWN.
    """
    with ledger.transaction():
        _open(ledger, said.lot)
        if said.place not in {row["place"] for row in sample(ledger, said.lot)}:
            raise errors.LOT_NOT_DRAWN.error(number=said.lot, place=said.place)
        result = FAULTY if said.fault else GOOD
        ledger.act("judge_lot_sample", lot=said.lot, place=said.place, result=result, fault=said.fault,
                   who=said.who, at=_now())
        ledger.note("lot.checked", str(said.lot), who=said.who, place=said.place, result=result)


def decide(ledger: Ledger, number: int, *, good: bool, who: str, remark: str = "") -> None:
    """Accept a lot, or refuse it.

    Raises:
        ApplianceError: LOT_UNKNOWN, LOT_DECIDED; LOT_UNFINISHED, LOT_FAULTY for one that may not be accepted.
    """
    with ledger.transaction():
        row = _open(ledger, number)
        results = [one["result"] for one in sample(ledger, number)]
        if good and (left := results.count("")):
            raise errors.LOT_UNFINISHED.error(number=number, left=left)
        if good and (faulty := results.count(FAULTY)) > row["allowed"]:
            raise errors.LOT_FAULTY.error(number=number, faulty=faulty, allowed=row["allowed"])
        ledger.move(LOT, number, LotState.OPEN, LotState.ACCEPTED if good else LotState.REJECTED, decided=_now(),
                    decided_by=who, remark=remark)
        ledger.note("lot.decided", str(number), who=who, faulty=results.count(FAULTY), left=results.count(""))


def lot(ledger: Ledger, number: int) -> Row:
    """Return a lot. Raises LOT_UNKNOWN."""
    row = ledger.one("lot", id=number)
    if row is None:
        raise errors.LOT_UNKNOWN.error(number=number)
    return row


def sample(ledger: Ledger, number: int) -> list[Row]:
    """Return the sample of a lot, in the order of the draw."""
    return ledger.all("lot_sample", lot=number)


def before(ledger: Ledger, number: int) -> list[Row]:
    """Return number and state of earlier lots with dossiers of this one: who draws again does not hide it."""
    return ledger.all("lots_before", lot=number)


def _open(ledger: Ledger, number: int) -> Row:
    row = lot(ledger, number)
    if row["state"] != LotState.OPEN:
        raise errors.LOT_DECIDED.error(number=number)
    return row


def _now() -> str:
    return clock.iso(clock.now(), "milliseconds")
