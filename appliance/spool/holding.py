"""What waits for a person, and what a person decides about it."""

from __future__ import annotations

import json

from appliance.core import errors
from appliance.core.limits import OVERRULED
from appliance.core.model import PageAnalysis
from appliance.core.plain import from_plain
from appliance.core.states import (
    DOCUMENT,
    PAGE,
    DocumentState,
    DossierState,
    PageState,
)
from appliance.spool import reloading, sides
from appliance.spool.again import replace_earlier
from appliance.spool.dossiers import settle
from appliance.spool.ledger import Ledger, Row


def hold_document(ledger: Ledger, document: str, old: DocumentState, code: str, reason: str) -> None:
    """Hold a document, and with it its dossier, for a person."""
    with ledger.transaction():
        ledger.move(DOCUMENT, document, old, DocumentState.HELD, code=code, reason=reason)
        dossier = next((row for row in ledger.all("dossier_of_document", document=document)), None)
        if dossier is not None and dossier["state"] == DossierState.CLOSED:
            hold_dossier(ledger, dossier["id"], code, reason=reason)


def hold_page(ledger: Ledger, page: int, code: str, reason: str) -> None:
    """Hold a page, and with it the dossier it is in, for a person."""
    with ledger.transaction():
        row = ledger.one("page", id=page)
        if row is None or not PAGE.allows(PageState(row["state"]), PageState.HELD):
            return
        ledger.move(PAGE, page, PageState(row["state"]), PageState.HELD, code=code, reason=reason)
        dossier = ledger.one("dossier_of", id=row["dossier"])
        if dossier is not None and dossier["state"] == DossierState.CLOSED:
            hold_dossier(ledger, dossier["id"], errors.PAGE_HELD_IN_DOSSIER.code, count=1)


def hold_dossier(ledger: Ledger, /, dossier: str, code: str, **details: str | int) -> None:
    """Hold a closed dossier for a person."""
    settle(ledger, dossier, DossierState.CLOSED, code, details)


def keep_page(ledger: Ledger, name: str, who: str) -> list[str]:
    """Say that held pages are right as they are, as a person decides: they go their ordinary way.

    Only what a page is held for is overruled, for that is what was shown. Where another check fails too, the page
    stays held, for that one now; returns the codes of which there are such pages.

    A sheet in doubt after a reload goes with both sides, and else every page that a check holds which a person
    may overrule. A dossier that waited for such pages only goes on; one whose sheets do not add up says so now.
    ``name`` as for ``remove_page``; ``who`` stands in the audit chain.

    Raises:
        ApplianceError: REQUEST_REFUSED when there is nothing of that name that a person may keep.
    """
    with ledger.transaction():
        named = [page for page in ledger.all("held_pages", name=name) if _may_be_kept(page)]
        pages = reloading.sheets_in_doubt(ledger, name) or named
        if not pages:
            raise errors.REQUEST_REFUSED.error(reason=f"{name}: no held page of that name that may be kept")
        for page in pages:
            ledger.note("page.kept_by", str(page["id"]), who=who, code=page["code"])
        still = {code for code in [_keep(ledger, page) for page in pages] if code}
        for dossier in {page["dossier"] for page in pages if page["dossier"]}:
            go_on(ledger, dossier)
    return sorted(still)


def _keep(ledger: Ledger, page: Row) -> str:
    """Note for what a page is kept, and let it go on; return the code of a failing check that holds it now."""
    kept = tuple(dict.fromkeys((*page["kept"].split(), page["code"])))
    columns = {"kept": " ".join(kept), "doubt": page["doubt"] and reloading.KEPT}
    seen = from_plain(PageAnalysis, json.loads(page["analysis"])) if page["analysis"] else None
    failing = sides.failing(seen, kept) if seen else None
    if failing is None:
        ledger.move(PAGE, page["id"], PageState.HELD, PageState.CAPTURED, code="", reason="", **columns)
        return ""
    ledger.put("page", page["id"], code=failing.code, reason=sides.reason_of(failing), **columns)
    ledger.note("page.held", str(page["id"]), code=failing.code)
    return failing.code


def _may_be_kept(page: Row) -> bool:
    """Say whether it is a check that holds a page, and one that a person may overrule."""
    if not page["analysis"]:
        return False
    verdicts = from_plain(PageAnalysis, json.loads(page["analysis"])).verdicts
    return any(not one.ok and one.code == page["code"] and one.check in OVERRULED for one in verdicts)


def go_on(ledger: Ledger, dossier: str) -> None:
    """Let a dossier go on that waited for held pages, when none of it is held any more.

    It takes the place of earlier scans that wait, as it would have done had no page of it been held.
    """
    row = ledger.one("dossier_of", id=dossier)
    if row is None or (row["state"], row["code"]) != (DossierState.HELD, errors.PAGE_HELD_IN_DOSSIER.code):
        return
    if any(page["state"] == PageState.HELD for page in ledger.all("pages_of_dossier", dossier=dossier)):
        return
    code = json.loads(row["details"] or "{}").get("then") or replace_earlier(ledger, dossier)
    if code:
        ledger.put("dossier", dossier, code=code)
    else:
        settle(ledger, dossier, DossierState.HELD, "", {})


def remove_page(ledger: Ledger, name: str, who: str) -> None:
    """Take held pages that are in no document out of the count, as a person decides; their masters are kept.

    ``name`` is that of the list of held things (batch/sheet and side), or a part of it: batch/sheet, or the batch.
    A sheet that seems to be fed twice goes with both sides. ``who`` stands in the audit chain.

    Raises:
        ApplianceError: REQUEST_REFUSED when there is no such page, or a document has it.
    """
    with ledger.transaction():
        pages = {page["id"]: page for page in ledger.all("held_pages", name=name)}
        pages |= {page["id"]: page for page in reloading.sheets_in_doubt(ledger, name)}
        if not pages:
            raise errors.REQUEST_REFUSED.error(reason=f"{name}: no held page of that name")
        if any(page["document"] for page in pages.values()):
            raise errors.REQUEST_REFUSED.error(reason=f"{name} belongs to a document; scan its dossier again")
        for page in pages.values():
            ledger.move(PAGE, page["id"], PageState.HELD, PageState.REMOVED)
            ledger.note("page.removed_by", str(page["id"]), who=who, code=page["code"])
