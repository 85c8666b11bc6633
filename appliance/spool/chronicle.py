"""What the journal is told of work: events made from links of the audit chain, as the ledger stands at the telling.

Papers are named by numbers of rows of this ledger and by UUIDs, never by their codes; of a batch that is locked,
nothing is told but that it is.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from appliance.core import clock, errors
from appliance.core.states import DocumentState, PageState
from appliance.spool.ledger import Ledger, Row

Fields = dict[str, Any]

log = logging.getLogger(__name__)

UNFORESEEN = (AttributeError, LookupError, TypeError, ValueError)
"""What a link raises that says what nobody foresaw."""

_SIDE = re.compile(r"(.+)/([0-9]{4,})([ab])[0-9]+")
SIDES = {"a": "front", "b": "back"}
PLACES = ((PageState.HELD, "held"), (PageState.ORPHAN, "orphan"), (PageState.SEPARATOR, "separator"),
          (PageState.REMOVED, "removed"))
"""What a sheet is called by the side of it that is worst off; one without such a side is ``placed``."""

SECRET = frozenset({DocumentState.LOCKED, DocumentState.REMOVED})


@dataclass(frozen=True, slots=True)
class Told:
    """One event: the link of the chain that tells of it, when that was, its name and what is said."""

    seq: int
    at: str
    event: str
    fields: Fields


def after(ledger: Ledger, seq: int, most: int = 100) -> tuple[int, list[Told]]:
    """Return the events of the next links after ``seq``, and the last link that was looked at."""
    links = ledger.all("chronicle_links", seq=seq, most=most)
    told: list[Told] = []
    for link in links:
        try:
            told += _told(ledger, link)
        except UNFORESEEN as problem:  # one link may not keep every later one from being told
            log.error("link %d of the audit chain cannot be told: %s", link["seq"], type(problem).__name__)
    return (links[-1]["seq"] if links else seq), told


def begin_at(ledger: Ledger, known: int | None, seconds: float) -> int:
    """Return the link after which telling goes on: ``known``, where the last daemon told that it ended.

    After any other end, links of the last ``seconds`` before it are told once more: the journal itself may have
    lost them. Without ``known`` a ledger is told from there too.
    """
    seq, _ = ledger.head()
    last = ledger.one("audit_row", seq=seq)
    if last is None:
        return 0
    if known is not None and known >= seq and last["what"] == "service.stopped":
        return seq
    try:
        moment = clock.at(int(clock.parse(last["at"]).timestamp() - seconds))
    except UNFORESEEN:  # somebody has changed the ledger: the audit chain says so
        return seq if known is None else min(seq, known)
    oldest = ledger.one("oldest_audit")
    floor = oldest["seq"] - 1 if oldest is not None else 0
    row = ledger.one("chronicle_since", floor=floor, before=clock.iso(moment, "milliseconds"))
    back = int(row["seq"]) if row is not None else floor
    return back if known is None else min(back, known)


def _told(ledger: Ledger, link: Row) -> list[Told]:
    make = KINDS.get(link["what"])
    if make is None:
        return []
    name, fields = make
    detail = json.loads(link["detail"] or "{}")
    return [Told(link["seq"], link["at"], event, said)
            for event, said in fields(ledger, name, link["subject"], detail)]


Events = Sequence[tuple[str, Fields]]
Make = Callable[[Ledger, str, str, Fields], Events]


def _batch(ledger: Ledger, event: str, subject: str, detail: Fields) -> Events:
    row = ledger.one("chronicle_batch", id=subject)
    if row is None:
        return []
    if event == "batch.started" and "device" not in detail:
        event = "batch.resumed"
    said: Fields = {"batch": row["id"], "device": row["device"], "job": row["job"]}
    if event == "batch.closed":
        said |= {"sheets": row["sheets"], "sides": row["sides"]}
    if event == "batch.interrupted":
        said["sheet"] = detail.get("reload_sheet", row["reload_sheet"])
    return [(event, said | _code(detail.get("code", "")))]


def _sheets(ledger: Ledger, event: str, subject: str, _detail: Fields) -> Events:
    row = ledger.one("chronicle_batch", id=subject)
    if row is None or row["locked"]:
        return []
    whose: Fields = {"batch": row["id"], "device": row["device"], "job": row["job"]}
    sides = ledger.all("chronicle_sides", batch=subject)
    sheets = groupby(sides, lambda one: one["sheet"])
    return [(event, whose | _sheet(sheet, list(group))) for sheet, group in sheets]


def _sheet(sheet: int, sides: list[Row]) -> Fields:
    """Return what is said of a sheet: the last capture of each side that nothing took the place of."""
    live = [one for one in sides if one["state"] != PageState.REPLACED] or sides
    states = {one["state"] for one in live}
    place = next((word for state, word in PLACES if state in states), "placed")
    codes = [one["code"] for one in live if one["state"] == PageState.HELD and one["code"]]
    return {"sheet": sheet, "attempts": max(one["attempt"] for one in sides), "outcome": place,
            "sides": {one["side"]: _side(one) for one in live}} | _code(codes[0] if codes else "")


def _side(row: Row) -> Fields:
    said: Fields = {"page": row["id"], "state": row["state"]}
    if row["document"] is not None:
        said |= {"document": row["document"], "number": row["number"]}
    if row["blank"]:
        said["blank"] = True
    if row["warned"]:
        said["warned"] = row["warned"].split()
    return said | _code(row["code"] if row["state"] == PageState.HELD else "")


def _held_side(ledger: Ledger, event: str, subject: str, detail: Fields) -> Events:
    code = detail.get("code", "")
    if code == errors.SECRET_SUSPECTED.code:
        return []
    page, batch, sheet, side = 0, *_place(subject)
    if not batch:
        row = ledger.one("chronicle_side", id=int(subject))
        if row is None:
            return []
        page, batch, sheet, side = row["id"], row["batch"], row["sheet"], row["side"]
    of = ledger.one("chronicle_batch", id=batch)
    if of is None or of["locked"]:
        return []
    said = {"batch": batch, "device": of["device"], "job": of["job"], "sheet": sheet, "side": side}
    return [(event, said | ({"page": page} if page else {}) | _code(code))]


def _place(subject: str) -> tuple[str, int, str]:
    """Return batch, sheet and side of a side that is named as it was captured; an empty batch for a number."""
    found = _SIDE.fullmatch(subject)
    return (found[1], int(found[2]), SIDES[found[3]]) if found else ("", 0, "")


def _document(ledger: Ledger, event: str, subject: str, detail: Fields) -> Events:
    row = ledger.one("chronicle_document", id=subject)
    if row is None or row["state"] in SECRET or row["dossier_state"] in SECRET:
        return []
    said: Fields = {"batch": row["batch"], "job": row["job"], "dossier": row["dossier"], "document": row["number"]}
    if event != "document.done":
        return [(event, said | _code(detail.get("code", "")))]
    told = {"pages": row["pages"], "blank": row["blank"], "sheets": row["sheets"], "level": detail.get("level", ""),
            "stamped": bool(detail.get("stamped_at")), "development": bool(row["development"])}
    return [(event, said | told | _seconds(row["started"], row["signed_at"]))]


def _dossier(ledger: Ledger, event: str, subject: str, detail: Fields) -> Events:
    row = ledger.one("chronicle_dossier", id=subject)
    if row is None or row["state"] in SECRET:
        return []
    said = {"batch": row["batch"], "job": row["job"], "dossier": row["number"]}
    return [(event, said | _code(detail.get("code", "")))]


def _delivery(ledger: Ledger, event: str, subject: str, detail: Fields) -> Events:
    row = ledger.one("chronicle_delivery", package=subject)
    if row is None or (event == "package.built" and "sha256" not in detail):  # queued again, not made again
        return []
    said: Fields = {"batch": row["batch"], "job": row["job"], "dossier": row["dossier"], "package": row["package"]}
    documents = ledger.all("chronicle_documents", dossier=row["dossier_id"])
    if event == "package.built":
        batches = [one["batch"] for one in ledger.all("chronicle_batches", dossier=row["dossier_id"])]
        said |= {"batches": batches, "documents": [one["number"] for one in documents], "bytes": row["size"],
                 "sha256": row["sha256"], "revision": row["revision"]}
    if event == "package.accepted":
        said |= {"receipt": row["receipt_number"], "documents": [one["number"] for one in documents],
                 "pages": sum(one["pages"] for one in documents), **_seconds(row["started"], row["accepted"])}
    return [(event, said | _code(detail.get("code", "") or (row["code"] if event == "package.rejected" else "")))]


def _component(ledger: Ledger, event: str, subject: str, detail: Fields) -> Events:
    row = ledger.one("chronicle_component", id=subject)
    if row is None:
        return []
    seconds = _seconds(row["started"], row["confirmed"]) if event == "component.confirmed" else {}
    said = {"tries": row["tries"]} | seconds | _code(detail.get("code", ""))
    return [(event, fields | said) for _, fields in _document(ledger, event, row["document"], {})]


def _service(_ledger: Ledger, event: str, subject: str, detail: Fields) -> Events:
    said: Fields = {name: str(detail[name])[:12] for name in ("version", "settings") if name in detail}
    return [(event, said | ({"link": subject} if event == "audit.broken" else {}) | _code(detail.get("code", "")))]


def _heartbeat(ledger: Ledger, event: str, subject: str, detail: Fields) -> Events:
    row = ledger.one("chronicle_heartbeat", id=subject)
    event = "heartbeat.failed" if detail.get("code") else event
    seconds = _seconds(row["started"], row["ended"]) if row is not None else {}
    return [(event, {"run": subject} | seconds | _code(detail.get("code", "")))]


def _code(code: str) -> Fields:
    return {"code": code} if code else {}


def _seconds(start: str, end: str) -> Fields:
    """Return how long it was since Start; nothing where one of both is not known."""
    if not start or not end:
        return {}
    return {"seconds": round((clock.parse(end) - clock.parse(start)).total_seconds(), 1)}


KINDS: dict[str, tuple[str, Make]] = {
    **{one: (one, _service) for one in ("service.started", "service.stopped", "audit.broken")},
    "batch.scanning": ("batch.started", _batch),
    "batch.reload": ("batch.interrupted", _batch),
    **{one: (one, _batch) for one in ("batch.closed", "batch.held", "batch.locked")},
    "batch.separated": ("sheet.done", _sheets),
    "page.held": ("sheet.held", _held_side),
    "document.signed": ("document.done", _document),
    **{f"document.{of}": (f"document.{of}", _document) for of in ("held", "awaiting_signer", "awaiting_timestamp")},
    "dossier.held": ("dossier.held", _dossier),
    **dict.fromkeys(("delivery.screening", "delivery.queued"), ("package.built", _delivery)),
    **{f"delivery.{one}": ("package.waiting", _delivery) for one in ("scan_hook_failed", "stuck", "set_aside")},
    "delivery.rejected": ("package.rejected", _delivery),
    "delivery.accepted": ("package.accepted", _delivery),
    "outbox.confirmed": ("component.confirmed", _component),
    "outbox.refused": ("component.refused", _component),
    "heartbeat.ended": ("heartbeat.arrived", _heartbeat),
}
"""Kind of link: the event of that name, and who says what is told of it."""
