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


def current(ledger: Ledger, file_code: str) -> Row | None:
    """Return the newest revision of a dossier that counts."""
    rows = [row for row in ledger.all("revisions_of", file_code=file_code) if row["state"] not in OVER]
    return rows[-1] if rows else None


def on_its_way(ledger: Ledger, dossier: Row) -> bool:
    """Say whether the archive may have something of a packed dossier: then its answer is waited for."""
    if dossier["state"] != DossierState.PACKED:
        return False
    delivery = ledger.one("delivery", package=dossier["package"])
    return delivery is not None and not (delivery["state"] == DeliveryState.QUEUED and not delivery["upload_url"])


def withdraw(ledger: Ledger, dossier: Row) -> None:
    """Let the package of a packed dossier go of which nothing was sent; its identity is never used again."""
    if dossier["state"] == DossierState.PACKED:
        ledger.move(DELIVERY, dossier["package"], DeliveryState.QUEUED, DeliveryState.WITHDRAWN)


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
