"""Under which office things were begun.

An office gets another code, name or fonds, or becomes part of another one. What was begun under the old one stays
under it for ever; what begins afterwards is the new one's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from appliance.core import clock
from appliance.spool.ledger import Ledger


@dataclass(frozen=True, slots=True)
class Seat:
    """What an office is called in files: its code, its name, its fonds; and the image of its seal."""

    code: str
    name: str
    organ_id: str
    seal: str = ""


def begin(ledger: Ledger, now: Seat) -> bool:
    """Write down under which office things begin from now on; return whether it is another one than before.

    What an earlier release began without writing it down belongs to the office that was there until now. A new
    image of the same office's seal counts for all of its papers.
    """
    with ledger.transaction():
        last = ledger.one("office_now")
        if last is None:
            _add(ledger, now)
            last = ledger.one("office_now")
        assert last is not None
        for name in ("batches_to_office", "dossiers_to_office"):
            ledger.act(name, office=last["id"])
        if (last["code"], last["name"], last["organ_id"]) != (now.code, now.name, now.organ_id):
            _add(ledger, now)
            ledger.note("office.changed", now.code, before=last["code"], organ=now.organ_id)
            return True
        if last["seal"] != now.seal:
            ledger.put("office", last["id"], seal=now.seal)
        return False


def of_dossier(ledger: Ledger, dossier: str) -> Seat | None:
    """Return under which office a dossier was begun; None where nobody has written it down."""
    row = ledger.one("office_of_dossier", dossier=dossier)
    return Seat(row["code"], row["name"], row["organ_id"], row["seal"]) if row is not None else None


def of_file(ledger: Ledger, file_code: str) -> Seat | None:
    """Return under which office the newest revision of a dossier was begun."""
    row = ledger.one("latest_dossier", file_code=file_code)
    return of_dossier(ledger, row["id"]) if row is not None else None


def told(ledger: Ledger) -> list[dict[str, Any]]:
    """Return the offices under which this host has worked, the newest last, and what of each is not delivered."""
    return [{name: row[name] for name in ("code", "name", "organ_id", "since", "batches", "undelivered")}
            for row in ledger.all("offices")]


def _add(ledger: Ledger, seat: Seat) -> None:
    ledger.act("add_office", code=seat.code, name=seat.name, organ_id=seat.organ_id, seal=seat.seal,
               since=clock.iso(clock.now(), "milliseconds"))
