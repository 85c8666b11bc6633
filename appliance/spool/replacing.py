"""Paper that was scanned again takes the place of pages: in a newer revision, and only where nothing is unclear."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from appliance.core import clock, errors
from appliance.core.errors import ApplianceError
from appliance.core.states import DOSSIER, PAGE, RESCAN, DossierState, PageState, RescanState
from appliance.spool import again, dossiers, rescans
from appliance.spool.ledger import Ledger, Row
from appliance.spool.revisions import WRITTEN, Change, Renewal, renew

READY = (DossierState.CLOSED, DossierState.HELD, DossierState.REJECTED, DossierState.PACKED, DossierState.ACCEPTED)
"""States of a dossier in which pages of it may be replaced; else what was scanned waits."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where files are: a document's signed one by its id, a master by its relative path."""

    signed: Callable[[str], Path]
    master: Callable[[str], Path]


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a rescan: the older revision whose place is taken, or the code that holds it, or it waits."""

    old: str = ""
    code: str = ""


def apply(ledger: Ledger, key: int, places: Places) -> Done:
    """Let a rescan of which all is read take the place of pages, in a newer revision; hold it where unclear."""
    with ledger.transaction():
        row = ledger.one("rescan", id=key)
        if row is None or row["state"] != RescanState.WAITING:
            return Done()
        dossier = again.with_document(ledger, row["file_code"], row["ordinal"])
        handed = dossier is not None and dossier["state"] == DossierState.HANDED_OVER
        if dossier is not None and not handed and _has_to_wait(ledger, dossier):
            return Done()
        try:
            if dossier is None or handed:
                reason = "đã bàn giao giấy / handed over on paper" if handed else "mã hồ sơ / dossier"
                raise errors.RESCAN_UNKNOWN.error(reason=reason)
            change = _change(ledger, row, dossier)
            _check_files(ledger, dossier, change, places)
        except ApplianceError as problem:
            rescans.hold(ledger, row, problem.code, str(problem.details.get("reason", "")))
            return Done(code=problem.code)
        settled = (errors.ARCHIVE_REFUSED.code,)
        new = renew(ledger, dossier, Renewal(places.signed, change, settled=settled))
        ledger.move(RESCAN, key, RescanState.WAITING, RescanState.DONE, dossier=new, done=_now())
        return Done(old=dossier["id"])


def _has_to_wait(ledger: Ledger, dossier: Row) -> bool:
    """Say whether a dossier cannot be changed now, or any revision of it is on its way to the archive."""
    rows = ledger.all("revisions_of", file_code=dossier["file_code"])
    return dossier["state"] not in READY or any(again.on_its_way(ledger, row) for row in rows)


def _change(ledger: Ledger, row: Row, dossier: Row) -> Change:
    """Say which pages come in the place of which.

    Raises:
        ApplianceError: RESCAN_UNKNOWN, RESCAN_COUNT, RESCAN_BLANK.
    """
    document = next((one for one in ledger.all("documents_of_dossier", dossier=dossier["id"])
                     if one["ordinal"] == row["ordinal"]), None)
    if document is None:
        raise errors.RESCAN_UNKNOWN.error(reason=f"tài liệu số / document {row['ordinal']}")
    pages = ledger.all("pages_of_document", document=document["id"])
    brought = ledger.all("pages_of_rescan", rescan=row["id"])
    new = [page for page in brought if page["state"] == PageState.READ]
    if any(page["state"] == PageState.REMOVED for page in brought):
        raise errors.RESCAN_COUNT.error(reason="có mặt đã bỏ / a side was taken out")
    old = _in_their_place(row, pages, document)
    _check_count(row, old, new)
    if not row["taken"]:
        _check_blank(old, new)
    gone = [page["id"] for page in old]
    at = pages.index(old[0])
    order = [page["id"] for page in (*pages[:at], *new, *pages[at:]) if page["id"] not in gone]
    replaces = {fresh["id"]: page["id"] for fresh, page in zip(new, old, strict=False)}
    sheets = document["sheets"] if row["page"] else row["captured"]
    return Change(row["ordinal"], tuple(order), replaces, tuple(gone), sheets)


def _in_their_place(row: Row, pages: Sequence[Row], document: Row) -> list[Row]:
    """Return the pages whose place is taken: those of so many sheets from the named page on, or all."""
    if not pages:
        raise errors.RESCAN_UNKNOWN.error(reason=f"tài liệu số / document {row['ordinal']}")
    if not row["page"]:
        declared = row["declared"] or document["sheets"]
        if row["captured"] != declared:
            raise _uneven(row["captured"], declared)
        return list(pages)
    sheets = [list(group) for _, group in groupby(pages, key=lambda page: (page["batch"], page["sheet"]))]
    first = next((at for at, sheet in enumerate(sheets) if row["page"] in [page["number"] for page in sheet]), None)
    if first is None:
        raise errors.RESCAN_UNKNOWN.error(reason=f"trang / page {row['page']} (1–{len(pages)})")
    wanted = row["declared"] or 1
    if row["captured"] != wanted or len(sheets) < first + wanted:
        raise _uneven(row["captured"], min(wanted, len(sheets) - first))
    return [page for sheet in sheets[first:first + wanted] for page in sheet]


def _check_count(row: Row, old: Sequence[Row], new: Sequence[Row]) -> None:
    """Refuse paper of which a side is missing, and sheets that have other sides than those they replace."""
    if not new or len({page["sheet"] for page in new}) != row["captured"]:
        raise _uneven(len({page["sheet"] for page in new}), row["captured"])
    if row["page"] and [page["side"] for page in new] != [page["side"] for page in old]:
        raise errors.RESCAN_COUNT.error(reason=f"{len(new)} mặt / sides, {len(old)}")


def _check_blank(old: Sequence[Row], new: Sequence[Row]) -> None:
    """Refuse a side that is blank where the one before was not: face down, or not that sheet."""
    if len(old) != len(new):
        return
    for before, after in zip(old, new, strict=True):
        if after["blank"] and not before["blank"]:
            raise errors.RESCAN_BLANK.error(reason=f"trang / page {before['number']}")


def _check_files(ledger: Ledger, dossier: Row, change: Change, places: Places) -> None:
    """Refuse where what is carried over is not there any more: masters of kept pages, signed files of the others.

    Raises:
        ApplianceError: RESCAN_GONE.
    """
    for document in ledger.all("documents_of_dossier", dossier=dossier["id"]):
        if document["ordinal"] == change.ordinal:
            kept = [page for page in ledger.all("pages_of_document", document=document["id"])
                    if page["id"] in change.pages]
            there = all(not page["cleared"] and places.master(page["path"]).is_file() for page in kept)
        else:
            there = document["state"] not in WRITTEN or Path(document["signed_path"]).is_file()
        if not there:
            raise errors.RESCAN_GONE.error(reason=f"tài liệu số / document {document['ordinal']}")


def go_on(ledger: Ledger, dossier: str) -> str:
    """Let a dossier that was scanned again whole go on, now that the archive has answered; return what holds it."""
    with ledger.transaction():
        code = again.replace_earlier(ledger, dossier)
        if code:
            ledger.put("dossier", dossier, code=code)
        else:
            dossiers.settle(ledger, dossier, DossierState.HELD, "", {})
    return code


def superseded(ledger: Ledger, dossier: str) -> None:
    """Write down that the archive has a newer revision: what it had before is history, and so are its pages."""
    new = ledger.one("dossier_of", id=dossier)
    assert new is not None
    for row in ledger.all("revisions_of", file_code=new["file_code"]):
        older = row["line"] == new["line"] and row["revision"] < new["revision"]
        if older and row["state"] == DossierState.ACCEPTED:
            for page in ledger.all("pages_of_dossier", dossier=row["id"]):
                if page["state"] == PageState.FILED:
                    ledger.move(PAGE, page["id"], PageState.FILED, PageState.REPLACED)
            ledger.move(DOSSIER, row["id"], DossierState.ACCEPTED, DossierState.REPLACED)


def _uneven(captured: int, declared: int) -> ApplianceError:
    return errors.RESCAN_COUNT.error(reason=f"{captured} tờ / sheets, {declared} khai / declared")


def _now() -> str:
    return clock.iso(clock.now(), "milliseconds")
