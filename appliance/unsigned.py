"""What waits for a signature, said once for all documents that wait for the same thing, with what a person does."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import Any

from appliance.core import errors
from appliance.core.states import DocumentState
from appliance.spool import authorisations
from appliance.spool.ledger import Ledger, Row

BY_JOB, BY_PERSON = errors.AUTHORISATION_MISSING.code, errors.SESSION_CLOSED.code
NAMES = {DocumentState.AWAITING_SIGNER: "ký số", DocumentState.AWAITING_TIMESTAMP: "dấu thời gian",
         DocumentState.ASSEMBLED: "ký số", DocumentState.SIGNED: "dấu thời gian"}
LIFT_VI = (
    "{n} tài liệu đã ký, còn chờ dấu thời gian ({code}: {reason}). Hệ thống sẽ tự thử lại; nếu kéo dài, hãy báo bộ "
    "phận CNTT.")
LIFT_EN = (
    "{n} documents are signed and still lack their time stamp ({code}: {reason}). It will be tried again; if this "
    "lasts, tell IT staff.")


def waiting(ledger: Ledger, besides: str = "") -> list[dict[str, Any]]:
    """Return held things, one for each code and for each person or job that is to act.

    ``besides``: a code that is said elsewhere already: why the office has no key at all.
    """
    rows = [row for row in ledger.all("waiting_to_sign") if row["code"] != besides]
    return [_told(list(alike)) for _, alike in groupby(sorted(rows, key=_about), key=_about)]


def _about(row: Row) -> tuple[str, str, str]:
    """Return what rows share that are said together."""
    who = {BY_JOB: row["job"], BY_PERSON: row["operator_code"] or ""}.get(row["code"], "")
    return row["state"], row["code"], who


def _told(rows: list[Row]) -> dict[str, Any]:
    """Return one held thing."""
    state, code, about = _about(rows[0])
    count, kind = sum(row["documents"] for row in rows), errors.by_code(code)
    reason = next((row["reason"] for row in rows if row["reason"]), "-")
    details = {"job": about, "code": about, "document": rows[0]["example"], "reason": reason}
    if state == DocumentState.SIGNED:
        vi, en = (text.format(n=count, code=code, reason=reason) for text in (LIFT_VI, LIFT_EN))
        return _held((about or code, code), reason, (state, count), (vi, en))
    vi, en = kind.vi.format_map(_Words(details)), kind.en.format_map(_Words(details))
    texts = f"{count} tài liệu chờ. {vi}", f"{count} documents wait. {en}"
    return _held((about or code, code), reason, (state, count), texts)


def _held(name: tuple[str, str], reason: str, what: tuple[str, int], texts: tuple[str, str]) -> dict[str, Any]:
    """Return a held thing of id and code, state and number, in Vietnamese and English."""
    return {"what": "signature", "id": name[0], "name": f"{what[1]} tài liệu chờ {NAMES[DocumentState(what[0])]}",
            "code": name[1], "reason": reason, "documents": what[1], "vi": texts[0], "en": texts[1]}


class _Words(dict[str, str]):
    """Details of a text; for one that the ledger does not hold its reason stands."""

    def __missing__(self, key: str) -> str:
        return self["reason"]


def leave(ledger: Ledger, key: str, jobs: Iterable[str]) -> list[dict[str, str]]:
    """Return for each job of the agency by which authorisation it is signed now, and until when; no names."""
    found = []
    for job in jobs:
        row = authorisations.in_force(ledger, key, job) if key else None
        found.append({"job": job, "number": str(row["id"]) if row else "", "until": row["until"] if row else "",
                      "leader": row["leader"] if row else ""})
    return found
