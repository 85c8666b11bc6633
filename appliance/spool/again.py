"""What of a dossier may be replaced by a newer scan of it, and what is on its way to the archive already."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from appliance.core import errors
from appliance.core.states import DELIVERY, DOSSIER, PAGE, DeliveryState, DossierState, PageState
from appliance.spool.ledger import Ledger, Row

OVER = (DossierState.REPLACED, DossierState.DISCARDED, DossierState.REMOVED)
"""States of a dossier that nothing is done with any more: a newer revision has its place, it was given up, or all
of it was destroyed by decision."""


UNSENT = (DeliveryState.SCREENING, DeliveryState.SCAN_HOOK_FAILED, DeliveryState.QUEUED)
"""States of a package of which the archive has nothing unless an upload was begun before."""


@dataclass(frozen=True, slots=True)
class NewRescan:
    """Paper that shall take the place of pages, as separation found it; ``code`` holds it.

    ``page`` 0: of the whole document; ``declared`` 0: its separator says no number of sheets.
    """

    file_code: str
    ordinal: int
    page: int
    declared: int
    captured: int
    pages: tuple[int, ...]
    code: str = ""
    reason: str = ""


AGAIN = (DossierState.HELD, DossierState.REJECTED, *OVER)
"""States of a dossier whose paper may be scanned again: nothing of it is in the archive or on the way there."""


def newest_of_lines(ledger: Ledger, file_code: str) -> list[Row]:
    """Return the newest revision that counts of a dossier itself, and of each line of documents added to it."""
    rows = [row for row in ledger.all("revisions_of", file_code=file_code) if row["state"] not in OVER]
    return sorted({row["line"]: row for row in rows}.values(), key=lambda row: int(row["revision"]))


def current(ledger: Ledger, file_code: str) -> Row | None:
    """Return the newest revision of a dossier that counts; one that waits for a person goes before any other."""
    rows = newest_of_lines(ledger, file_code)
    waiting = [row for row in rows if row["state"] in (DossierState.HELD, DossierState.REJECTED)]
    return waiting[-1] if waiting else rows[-1] if rows else None


def with_document(ledger: Ledger, file_code: str, ordinal: int) -> Row | None:
    """Return the newest revision that counts and has a document of a number; where none has it, as ``current``."""
    for row in reversed(newest_of_lines(ledger, file_code)):
        if any(one["ordinal"] == ordinal for one in ledger.all("documents_of_dossier", dossier=row["id"])):
            return row
    return current(ledger, file_code)


def on_its_way(ledger: Ledger, dossier: Row) -> bool:
    """Say whether the archive may have something of a packed dossier: then its answer is waited for."""
    if dossier["state"] != DossierState.PACKED:
        return False
    delivery = ledger.one("delivery", package=dossier["package"])
    return delivery is not None and not (delivery["state"] in UNSENT and not delivery["upload_url"])


def withdraw(ledger: Ledger, dossier: Row) -> None:
    """Let the package of a packed dossier go of which nothing was sent; its identity is never used again."""
    if dossier["state"] == DossierState.PACKED:
        delivery = ledger.one("delivery", package=dossier["package"])
        state = DeliveryState(delivery["state"]) if delivery is not None else DeliveryState.QUEUED
        state = state if state in UNSENT else DeliveryState.QUEUED
        ledger.move(DELIVERY, dossier["package"], state, DeliveryState.WITHDRAWN, code="", reason="")


def free(ledger: Ledger, rows: Sequence[Row]) -> tuple[list[Row], str]:
    """Return which earlier revisions a scan of the whole dossier replaces at once, or the code that it waits for.

    One that the archive has stays until the archive has the new one; one that is locked waits for a leader.
    """
    if any(row["state"] == DossierState.LOCKED or on_its_way(ledger, row) for row in rows):
        return [], errors.RESCAN_WAITS.code
    for row in rows:
        withdraw(ledger, row)
    return [row for row in rows if row["state"] != DossierState.ACCEPTED], ""


def replace(ledger: Ledger, rows: Sequence[Row]) -> None:
    """Let a newer revision have the place of earlier ones, with all their pages."""
    for row in rows:
        for page in ledger.all("pages_of_dossier", dossier=row["id"]):
            if PAGE.allows(PageState(page["state"]), PageState.REPLACED):
                ledger.move(PAGE, page["id"], PageState(page["state"]), PageState.REPLACED)
        ledger.move(DOSSIER, row["id"], DossierState(row["state"]), DossierState.REPLACED)


def replace_earlier(ledger: Ledger, by: str) -> str:
    """Let a sound scan replace every revision of its line that waits for a person; return what forbids it.

    A scan of fewer sheets that no separator counted takes nobody's place: it may be a part of the paper.
    """
    new = ledger.one("dossier_of", id=by)
    assert new is not None
    rows = [row for row in ledger.all("revisions_of", file_code=new["file_code"])
            if row["id"] != by and row["line"] == new["line"] and row["state"] not in OVER]
    if not new["rescan"] and any(row["state"] not in AGAIN for row in rows):
        return errors.DOSSIER_KNOWN.code
    if not new["declared"] and any(new["captured"] < row["captured"] for row in rows):
        return errors.RESCAN_SHORT.code
    if new["rescan"]:
        rows, code = free(ledger, rows)
        if code:
            return code
    replace(ledger, rows)
    return ""
