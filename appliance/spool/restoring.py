"""Local copies of a delivered dossier that come back from its package, for pages that were scanned again."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from appliance.core import errors
from appliance.core.states import DossierState, PageState
from appliance.spool import again, locks, rescans
from appliance.spool.ledger import Ledger, Row


@dataclass(frozen=True, slots=True)
class Wanted:
    """What must come back: documents as (number, SHA-256, place), masters as their relative paths by SHA-256.

    ``sha256`` is that of the package.
    """

    sha256: str
    documents: tuple[tuple[int, str, str], ...]
    masters: dict[str, str]


def row_of(ledger: Ledger, code: str) -> Row:
    """Return the revision of a dossier that a rescan needs back, else the newest that counts.

    Raises:
        ApplianceError: DECISION_REFUSED when there is none.
    """
    waiting = ledger.all("rescans_held", file_code=code, code=errors.RESCAN_GONE.code)
    row = again.with_document(ledger, code, waiting[0]["ordinal"]) if waiting else again.current(ledger, code)
    if row is None:
        raise errors.DECISION_REFUSED.error(reason=f"{code[:100]}: không có hồ sơ này / no such dossier")
    return row


def wanted(ledger: Ledger, dossier: str) -> Wanted:
    """Return what a rescan needs of a delivered dossier whose local copies are gone.

    Raises:
        ApplianceError: DECISION_REFUSED when it was not delivered, or no rescan waits for it.
    """
    row = ledger.one("dossier_of", id=dossier)
    delivery = ledger.one("delivery", package=row["package"]) if row is not None else None
    if row is None or delivery is None or row["state"] != DossierState.ACCEPTED:
        raise errors.DECISION_REFUSED.error(reason="kho chưa nhận hồ sơ này / the archive does not have it")
    if not ledger.all("rescans_held", file_code=row["file_code"], code=errors.RESCAN_GONE.code):
        raise errors.DECISION_REFUSED.error(reason="không lần quét lại nào cần / no rescan needs it")
    documents = ledger.all("documents_of_dossier", dossier=dossier)
    pages = ledger.all("pages_of_dossier", dossier=dossier)
    if any(locks.is_locked(ledger, batch) for batch in {page["batch"] for page in pages}):
        raise errors.DECISION_REFUSED.error(reason="có trang thuộc lượt quét bị khóa / a page is in a locked batch")
    return Wanted(delivery["sha256"],
                  tuple((one["ordinal"], one["signed_sha256"], one["signed_path"]) for one in documents),
                  {page["sha256"]: page["path"] for page in pages if page["document"]})


def restored(ledger: Ledger, dossier: str, masters: Collection[str], who: str) -> int:
    """Write down that local copies are back; return how many rescans go on."""
    with ledger.transaction():
        row = ledger.one("dossier_of", id=dossier)
        assert row is not None
        for page in ledger.all("pages_of_dossier", dossier=dossier):
            if page["sha256"] in masters:
                ledger.put("page", page["id"], cleared=0)
        ledger.put("dossier", dossier, cleared="")
        ledger.note("dossier.restored", dossier, who=who, masters=len(masters))
        return rescans.go_on_from_package(ledger, row["file_code"])


def leftovers(ledger: Ledger, dossier: str) -> list[str]:
    """Return the files that were made of a revision that is over and never left the house, texts too."""
    row = ledger.one("dossier_of", id=dossier)
    if row is None or row["accepted"] or row["state"] not in again.OVER:
        return []
    documents = ledger.all("all_documents_of", dossier=dossier)
    bound = [ledger.one("page", id=one["page"]) for one in ledger.all("bound_pages", dossier=dossier)]
    pages = [page for page in (*ledger.all("pages_of_dossier", dossier=dossier), *bound)
             if page is not None and page["state"] in (PageState.REPLACED, PageState.REMOVED)]
    places = [one[name] for one in documents for name in ("unsigned_path", "signed_path")]
    return sorted({path for path in (*places, *(page["text_path"] for page in pages)) if path})
