"""What people have said of the components of a dossier instead of scanning them, and of its number of sheets.

Kept by file code, so that it can be said before the dossier is scanned. A dossier that is there is judged again
(composed.py) before anything more of it is made.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from appliance.core import clock, errors
from appliance.core.states import DOSSIER, DossierState
from appliance.spool.ledger import Ledger

ALREADY_DIGITISED = "already_digitised"
"""Its data are shared already with legal value, or it was digitised in another dossier: not scanned again."""

DO_NOT_DIGITISE = "do_not_digitise"
"""A leader decided that the paper is not digitised."""

HANDED_OVER = "handed_over"
"""The paper went to the archive with a handover note."""

NOT_REQUIRED = "not_required"
"""This dossier does not need it."""

ACCEPTED = "accepted"
"""It stays as it was scanned though it is not expected, exempt, or there twice. It never stands for a component."""

KINDS = (ALREADY_DIGITISED, DO_NOT_DIGITISE, HANDED_OVER, NOT_REQUIRED, ACCEPTED)

DATA_MISMATCH = "data_mismatch"
"""Why an answer is withdrawn: the data that exist are not those of this paper."""

REVOKED = "revoked"
"""Why an answer is withdrawn: the leader who gave it, or another, has decided otherwise."""

REPLACED = "replaced"
"""Why it counts no more when another answer took its place."""

LONGEST = 500

ADDED_TO = (errors.COMPONENTS_MISSING.code, errors.SHEETS_DIFFER.code)
"""What holds a dossier to which a later batch may bring what it lacks."""

JUDGED = (*ADDED_TO, errors.COMPONENT_TWICE.code, errors.COMPOSITION_WRONG.code, errors.PROCEDURE_UNKNOWN.code,
          errors.DOSSIER_EMPTY.code)
"""What holds a dossier for its composition: it is judged again when something new is known."""

CLOSING_NOTE, OPERATOR = "closing_note", "operator"
SOURCES = (CLOSING_NOTE, OPERATOR)
"""Who says how many sheets a dossier has, where neither separator nor register does."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person said of one component; ``withdrawn`` is when it was taken back, empty while it counts."""

    file_code: str
    component: str
    kind: str
    reason: str
    who: str
    at: str
    withdrawn: str = ""
    withdrawn_as: str = ""
    withdrawn_by: str = ""
    withdrawn_reason: str = ""


@dataclass(frozen=True, slots=True)
class NewAnswer:
    """What a person says of one component now; ``kind`` is one of ``KINDS``, ``who`` a staff code or the office."""

    file_code: str
    component: str
    kind: str
    reason: str
    who: str


def answer(ledger: Ledger, said: NewAnswer) -> None:
    """Write down what stands for a component; an earlier answer of it is withdrawn in favour of this one.

    Raises:
        ApplianceError: REQUEST_REFUSED for an unknown kind, or where code, component, reason or person is empty;
            COMPONENTS_TOO_LATE when the dossier is packed.
    """
    told = (said.file_code, said.component, said.reason, said.who)
    if said.kind not in KINDS or not all(text.strip() and len(text) <= LONGEST for text in told):
        raise errors.REQUEST_REFUSED.error(reason="component, kind, reason, who")
    with ledger.transaction():
        ledger.act("withdraw_answer", file_code=said.file_code, component=said.component, at=_now(), kind=REPLACED,
                   who=said.who, reason=said.reason)
        ledger.act("add_answer", file_code=said.file_code, component=said.component, kind=said.kind,
                   reason=said.reason, who=said.who, at=_now())
        ledger.note("component.answered", said.file_code, who=said.who, component=said.component, kind=said.kind,
                    reason=said.reason)
        _again(ledger, said.file_code)


def withdraw(ledger: Ledger, file_code: str, component: str, *, who: str, reason: str = "") -> None:
    """Take back what stands for a component, as ``data_mismatch``: it is missing again. Raises as ``take_back``."""
    take_back(ledger, NewAnswer(file_code, component, DATA_MISMATCH, reason, who))


def take_back(ledger: Ledger, why: NewAnswer) -> None:
    """Take back what stands for a component; the ``kind`` is DATA_MISMATCH or REVOKED.

    Raises:
        ApplianceError: ANSWER_UNKNOWN when nothing was said of it; COMPONENTS_TOO_LATE.
    """
    file_code, component = why.file_code, why.component
    with ledger.transaction():
        if not any(one.component == component for one in answers_of(ledger, file_code)):
            raise errors.ANSWER_UNKNOWN.error(file_code=file_code, component=component)
        ledger.act("withdraw_answer", file_code=file_code, component=component, at=_now(), kind=why.kind,
                   who=why.who, reason=why.reason)
        ledger.note("component.withdrawn", file_code, who=why.who, component=component, kind=why.kind,
                    reason=why.reason)
        _again(ledger, file_code)


def answers_of(ledger: Ledger, file_code: str, *, withdrawn: bool = False) -> tuple[Answer, ...]:
    """Return what counts now of the components of a dossier; ``withdrawn``: also what was taken back."""
    names = Answer.__slots__
    return tuple(Answer(*(row[name] for name in names)) for row in ledger.all("answers_of", file_code=file_code)
                 if withdrawn or not row["withdrawn"])


def declare(ledger: Ledger, file_code: str, source: str, sheets: int, *, who: str) -> None:
    """Write down how many sheets a dossier has, by what a source of ``SOURCES`` says; 0 takes that back.

    Raises:
        ApplianceError: REQUEST_REFUSED, COMPONENTS_TOO_LATE.
    """
    if source not in SOURCES or not 0 <= sheets <= 99_999 or not file_code or not who:
        raise errors.REQUEST_REFUSED.error(reason="source, sheets, who")
    with ledger.transaction():
        ledger.act("say_sheets", file_code=file_code, source=source, sheets=sheets, who=who, at=_now())
        ledger.note("sheets.declared", file_code, who=who, source=source, sheets=sheets)
        _again(ledger, file_code)


def sheets_said(ledger: Ledger, file_code: str) -> dict[str, int]:
    """Return how many sheets each source says that a dossier has."""
    return {row["source"]: row["sheets"] for row in ledger.all("sheets_said_of", file_code=file_code)
            if row["sheets"]}


def _again(ledger: Ledger, file_code: str) -> None:
    """Have the newest revision of a dossier judged again: it waits until then, so that nothing of it is packed.

    Raises:
        ApplianceError: COMPONENTS_TOO_LATE.
    """
    row = ledger.one("latest_dossier", file_code=file_code)
    if row is None:
        return
    if row["state"] in (DossierState.PACKED, DossierState.ACCEPTED):
        raise errors.COMPONENTS_TOO_LATE.error(file_code=file_code)
    if row["state"] == DossierState.CLOSED:
        told = {"found": "đang xét lại thành phần", "found_en": "being judged again", "file_code": file_code}
        ledger.move(DOSSIER, row["id"], DossierState.CLOSED, DossierState.HELD, code=errors.COMPONENTS_MISSING.code,
                    details=json.dumps(told, ensure_ascii=False), composition="")
    elif row["state"] == DossierState.HELD and row["code"] in JUDGED:
        ledger.put("dossier", row["id"], composition="")


def _now() -> str:
    return clock.iso(clock.now(), "milliseconds")
