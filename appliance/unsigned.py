"""What waits for a signature, said once for all documents that wait for the same thing, with what a person does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import groupby
from typing import Any

from appliance.core import errors, rules
from appliance.core.jobs import AGENCY
from appliance.core.states import DocumentState
from appliance.signing.protocol import command_of
from appliance.spool import authorisations
from appliance.spool.ledger import Ledger, Row

BY_JOB, BY_PERSON = errors.AUTHORISATION_MISSING.code, errors.SESSION_CLOSED.code
BY_PIN = frozenset(kind.code for kind in (errors.PIN_NEEDED, errors.PIN_WRONG, errors.PIN_STOPPED))
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


def counts(ledger: Ledger) -> dict[str, int]:
    """Return by code how many documents wait for a signature or their time stamp."""
    found: Counter[str] = Counter()
    for row in ledger.all("waiting_to_sign"):
        found[row["code"]] += row["documents"]
    return dict(found)


def _about(row: Row) -> tuple[str, str, str]:
    """Return what rows share that are said together."""
    who = {BY_JOB: row["job"], BY_PERSON: row["operator_code"] or ""}.get(row["code"], "")
    if row["code"] in BY_PIN and (name := _signer(row)) != AGENCY:
        who = name
    return row["state"], row["code"], who


def _told(rows: list[Row]) -> dict[str, Any]:
    """Return one held thing."""
    state, code, about = _about(rows[0])
    count, kind = sum(row["documents"] for row in rows), errors.by_code(code)
    reason = next((row["reason"] for row in rows if row["reason"]), "-")
    details = {"job": about, "code": about, "document": rows[0]["example"], "reason": reason,
               "command": command_of(_signer(rows[0]))}
    if state == DocumentState.SIGNED:
        vi, en = (text.format(n=count, code=code, reason=reason) for text in (LIFT_VI, LIFT_EN))
        return _held((about or code, code), reason, (state, count), (vi, en))
    vi, en = kind.vi.format_map(_Words(details)), kind.en.format_map(_Words(details))
    texts = f"{count} tài liệu chờ. {vi}", f"{count} documents wait. {en}"
    return _held((about or code, code), reason, (state, count), texts)


def _signer(row: Row) -> str:
    """Return the name of the key that is to sign."""
    return row["operator_code"] or "" if rules.load(row["rules"]).stamp.role == "person" else AGENCY


def _held(name: tuple[str, str], reason: str, what: tuple[str, int], texts: tuple[str, str]) -> dict[str, Any]:
    """Return a held thing of id and code, state and number, in Vietnamese and English."""
    return {"what": "signature", "id": name[0], "name": f"{what[1]} tài liệu chờ {NAMES[DocumentState(what[0])]}",
            "code": name[1], "reason": reason, "documents": what[1], "vi": texts[0], "en": texts[1]}


class _Words(dict[str, str]):
    """Details of a text; for one that the ledger does not hold its reason stands."""

    def __missing__(self, key: str) -> str:
        return self["reason"]


def leave(ledger: Ledger, key: str, jobs: Iterable[str]) -> list[dict[str, str]]:
    """Return for each job of the agency by which authorisation it is signed now, and until when; no names.

    ``key`` is the office's, also while it is away; empty where it was not seen since the start.
    """
    key = key or authorisations.last_key(ledger)
    found = []
    for job in jobs:
        row = authorisations.in_force(ledger, key, job)
        found.append({"job": job, "number": str(row["id"]) if row else "", "until": row["until"] if row else "",
                      "leader": row["leader"] if row else ""})
    return found
