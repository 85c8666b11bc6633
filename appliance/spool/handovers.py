"""Dossiers that cannot be completed and go to the centre on paper, with a handover note (phiếu giao nhận).

Nothing of such a dossier is uploaded. Its images stay on disk: local copies are let go on a receipt only.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from appliance.core import clock, errors
from appliance.core.states import DOSSIER, DossierState
from appliance.spool.ledger import Ledger, Row

FROM = (DossierState.HELD, DossierState.REJECTED)
"""States of a dossier that can be handed over."""


@dataclass(frozen=True, slots=True)
class Handover:
    """What stands on a handover note.

    Attributes:
        number: of the note in this office.
        code: of the error that held the dossier, ``reason`` is what the person says.
        documents: of each, its number, type, component, sheets and what became of it.
        missing: components that are not there, as the composition says.
        new: whether the dossier was handed over just now.
    """

    number: int
    file_code: str
    at: str
    who: str
    reason: str
    code: str
    details: dict[str, Any]
    register: str
    job: str
    declared: int
    captured: int
    documents: list[dict[str, Any]]
    missing: list[str]
    new: bool


def hand_over(ledger: Ledger, file_code: str, *, who: str, reason: str) -> Handover:
    """Close a dossier that waits, to be handed over on paper; one that was is told again, for another print.

    Raises:
        ApplianceError: PAPER_REFUSED when there is no such dossier, it does not wait, or no reason is given.
    """
    with ledger.transaction():
        row = ledger.one("latest_dossier", file_code=file_code)
        if row is None:
            raise errors.PAPER_REFUSED.error(reason="không có hồ sơ này / no such dossier")
        new = row["state"] != DossierState.HANDED_OVER
        if new:
            _close(ledger, row, who, reason)
        note = ledger.one("handover_of", dossier=row["id"])
        assert note is not None
    facts = json.loads(note["facts"])
    return Handover(number=note["id"], file_code=file_code, at=note["at"], who=note["who"], reason=note["reason"],
                    code=note["code"], new=new, register=row["register"], job=row["job"], **facts)


def _close(ledger: Ledger, row: Row, who: str, reason: str) -> None:
    if row["state"] not in FROM:
        raise errors.PAPER_REFUSED.error(reason="hồ sơ không ở trạng thái chờ xử lý / the dossier does not wait")
    if not reason.strip() or not who:
        raise errors.PAPER_REFUSED.error(reason="thiếu lý do hoặc người quyết định / reason or person is missing")
    judged = json.loads(row["composition"] or "{}")
    documents = [_told(one) for one in ledger.all("documents_of_dossier", dossier=row["id"])]
    facts = {"declared": row["declared"], "captured": row["captured"], "details": json.loads(row["details"]),
             "missing": list(judged.get("missing", ())), "documents": documents}
    ledger.act("add_handover", dossier=row["id"], who=who, reason=reason.strip(), code=row["code"], at=_now(),
               facts=json.dumps(facts, ensure_ascii=False))
    for one in (row, *_older(ledger, row, FROM)):
        ledger.move(DOSSIER, one["id"], DossierState(one["state"]), DossierState.HANDED_OVER, code=one["code"])
    ledger.note("dossier.to_centre", row["id"], who=who, reason=reason.strip())


def _older(ledger: Ledger, row: Row, states: Collection[DossierState]) -> list[Row]:
    """Return the older scans of a dossier in some states: they go with the newest, for nobody could reach them."""
    return [one for one in ledger.all("revisions_of", file_code=row["file_code"])
            if one["revision"] < row["revision"] and one["state"] in states]


def _told(document: Row) -> dict[str, Any]:
    return {name: document[name] for name in ("ordinal", "type_name", "component", "sheets", "code")}


def received(ledger: Ledger, file_code: str, *, who: str) -> None:
    """Write down that the centre has signed for the paper of a dossier: nobody waits for it any more.

    Raises:
        ApplianceError: PAPER_REFUSED when it was not handed over, or that was said before.
    """
    with ledger.transaction():
        row = ledger.one("latest_dossier", file_code=file_code)
        note = ledger.one("handover_of", dossier=row["id"]) if row is not None else None
        if row is None or note is None or row["state"] != DossierState.HANDED_OVER:
            raise errors.PAPER_REFUSED.error(reason="hồ sơ chưa giao / it is not handed over")
        if note["received"]:
            raise errors.PAPER_REFUSED.error(reason="đã ghi nhận trước đó / that was said before")
        ledger.put("handover", note["id"], received=_now())
        ledger.note("dossier.at_centre", row["id"], who=who)


def take_back(ledger: Ledger, file_code: str, *, who: str, reason: str) -> None:
    """Let a dossier wait again that was handed over by mistake.

    Raises:
        ApplianceError: PAPER_REFUSED.
    """
    with ledger.transaction():
        row = ledger.one("latest_dossier", file_code=file_code)
        note = ledger.one("handover_of", dossier=row["id"]) if row is not None else None
        if row is None or note is None or row["state"] != DossierState.HANDED_OVER:
            raise errors.PAPER_REFUSED.error(reason="hồ sơ chưa giao / it is not handed over")
        if not reason.strip() or not who:
            raise errors.PAPER_REFUSED.error(reason="thiếu lý do / no reason given")
        ledger.put("handover", note["id"], taken_back=_now())
        for one in (row, *_older(ledger, row, (DossierState.HANDED_OVER,))):
            ledger.move(DOSSIER, one["id"], DossierState.HANDED_OVER, DossierState.HELD, code=one["code"])
        ledger.note("dossier.taken_back", row["id"], who=who, reason=reason.strip())


def _now() -> str:
    return clock.iso(clock.now(), "milliseconds")
