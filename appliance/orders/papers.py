"""What is asked about pages with notes, and what the answer means; what a package says of special papers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from appliance.core.jobs import Alike, Compared, CompareJob
from appliance.documents import copies
from appliance.orders.pages import compared
from appliance.spool import papers
from appliance.spool.ledger import Row
from appliance.spool.store import Store

LEAST_SHARED = 0.5
"""Share of ink that a page keeps when even a sheet-wide note comes off; measured 0.62 under one of A5."""

UNLIKE = "hai ảnh là hai tờ khác nhau / they are of different sheets"
UNCHANGED = "hai ảnh giống hệt nhau, chưa gỡ ghi chú / they are alike, the note is still on or was not there"
UNSEEN = "không so sánh được hai ảnh / they could not be compared"

DAMAGED = "03"
"""Code of the field ``format``: hỏng."""


def pairs(pages: Sequence[Row]) -> list[tuple[Row, Row]]:
    """Return each page that was captured again without its note, and the one that shows it."""
    shown = {page["id"]: page for page in pages}
    return [(page, shown[page["note_of"]]) for page in pages if page["note_of"] in shown]


def compare(pages: Sequence[Row], store: Store, max_pixels: int) -> CompareJob:
    """Ask how the captures of pages with notes compare."""
    asked = tuple((compared(one, store), compared(other, store)) for one, other in pairs(pages))
    return CompareJob(asked, max_pixels)


def judge(pages: Sequence[Row], done: Compared) -> str:
    """Say what is wrong with the captures of pages with notes, or nothing. A note changes one side of its sheet."""
    sheets: dict[tuple[str, int], list[tuple[Alike, bool]]] = {}
    for (page, _), alike in zip(pairs(pages), done.alike, strict=True):
        sheets.setdefault((page["batch"], page["sheet"]), []).append((alike, bool(page["blank"])))
    for sides in sheets.values():
        if any(alike.different and 0 < alike.shared < LEAST_SHARED for alike, _ in sides):
            return UNLIKE
        if all(alike.same or blank for alike, blank in sides) and any(alike.same for alike, _ in sides):
            return UNCHANGED
    return ""


def description(document: Row, documents: Sequence[Row]) -> dict[str, str]:
    """Return the fields by which the archive is told of a copy of fragile paper, and of a fragile original."""
    special = papers.special_of(document)
    annex = next((one["ordinal"] for one in documents if one["original_of"] == document["ordinal"]), 0)
    told = copies.described(special, annex)
    return {"description": told, **({"format": DAMAGED} if special.original_of else {})} if told else {}


def provenance(documents: Sequence[Row]) -> list[dict[str, Any]]:
    """Return of every special document of a dossier what is special about it."""
    found = []
    for document in documents:
        special = papers.special_of(document)
        if special.original_of:
            found.append({"document": document["id"], "original_of": special.original_of})
        if special.copy is not None:
            found.append({"document": document["id"], "certified_copy": {
                "form": special.copy.form, "number": special.copy.number, "date": copies.day_of(special.copy)}})
    return found


def note_of(page: Row, pages: Sequence[Row]) -> dict[str, Any]:
    """Return which page shows the note that was taken off for this one; nothing for most."""
    shown = next((other for other in pages if other["id"] == page["note_of"]), None)
    if shown is None:
        return {}
    return {"note_removed_from": {name: shown[name] for name in ("batch", "sheet", "side", "attempt", "number")}}
