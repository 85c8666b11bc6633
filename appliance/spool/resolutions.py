"""What a person decides about a whole dossier that waits: another code, its count is right, or it is given up."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from appliance.core import clock, errors
from appliance.core.states import DELIVERY, DOSSIER, PAGE, DeliveryState, DossierState, PageState
from appliance.spool import again
from appliance.spool.again import replace_earlier
from appliance.spool.dossiers import settle
from appliance.spool.ledger import Ledger, Row
from appliance.spool.revisions import RELEASED, Renewal, renew

RENAMED, RESENT = "renamed", "resent"

UNPACKED = (errors.PACKAGE_INVALID.code, errors.SCHEMAS_MISSING.code, errors.FIELD_INVALID.code,
            errors.JOB_FAILED.code, errors.JOB_TIMEOUT.code, errors.JOB_POISONED.code)
"""What may hold a dossier whose documents are signed because its package could not be built."""


@dataclass(frozen=True, slots=True)
class Decision:
    """Who decides about which dossier, and why; both stand in the audit chain and in the package."""

    code: str
    who: str
    reason: str = ""

    def noted(self, row: Row, what: str, **more: Any) -> str:
        """Return what persons have decided about a dossier, this along with it, as JSON."""
        told = {"what": what, "by": self.who, "at": _now(), "reason": self.reason, **more}
        return json.dumps([*json.loads(row["decided"]), {key: value for key, value in told.items() if value}],
                          ensure_ascii=False)


def rename(ledger: Ledger, one: Decision, to: str, register: str, signed: Callable[[str], Path]) -> str:
    """Give a held dossier that was never delivered another code; return what holds it now.

    ``register`` is what the register says of the new code. The dossier begins as a new one of that code.

    Raises:
        ApplianceError: DECISION_REFUSED; DOSSIER_KNOWN when there is a dossier of the new code.
    """
    with ledger.transaction():
        row = _held(ledger, one.code)
        if any(other["accepted"] for other in ledger.all("revisions_of", file_code=one.code)):
            _refuse(f"{one.code}: kho đã nhận hồ sơ này / the archive has it")
        if again.current(ledger, to) is not None:
            raise errors.DOSSIER_KNOWN.error()
        decided = one.noted(row, RENAMED, **{"from": one.code})
        settled = (errors.DOSSIER_UNREGISTERED.code, errors.DOSSIER_KNOWN.code)
        new = renew(ledger, row, Renewal(signed, file_code=to, settled=settled,
                                         columns={"register": register, "decided": decided}))
        ledger.note("dossier.renamed_by", new, who=one.who, old=row["id"])
        found = ledger.one("dossier_of", id=new)
        return str(found["code"]) if found is not None else ""


def release(ledger: Ledger, one: Decision, missing: tuple[str, dict[str, str | int]]) -> str:
    """Confirm the sheets captured of a dossier whose declared number was wrong; return what holds it now.

    ``missing`` is what the register lacks of it, as code and details: a wrong count may have hidden that.

    Raises:
        ApplianceError: DECISION_REFUSED.
    """
    with ledger.transaction():
        row = _held(ledger, one.code)
        if row["code"] not in (errors.COUNT_MISMATCH.code, errors.RESCAN_SHORT.code, errors.SHEETS_DIFFER.code):
            _refuse(f"{one.code}: {row['code']}")
        decided = one.noted(row, RELEASED, code=row["code"], captured=row["captured"], declared=row["declared"])
        ledger.put("dossier", row["id"], decided=decided, declared=row["declared"] or row["captured"])
        ledger.note("dossier.released_by", row["id"], who=one.who, code=row["code"], captured=row["captured"])
        code, details = missing
        if not code:
            code, details = replace_earlier(ledger, row["id"]), {}
        if code:
            ledger.put("dossier", row["id"], code=code, details=json.dumps(details, ensure_ascii=False))
        else:
            settle(ledger, row["id"], DossierState.HELD, "", {})
        return code


def resend(ledger: Ledger, one: Decision, signed: Callable[[str], Path]) -> str:
    """Have a dossier that the archive refused packed and sent anew as it is; return the revision that was refused.

    For a cause that was at the archive, or in the settings: the documents and their signatures are the same. One
    that could not be packed is packed again, as the revision that it is: then nothing is returned.

    Raises:
        ApplianceError: DECISION_REFUSED unless it is such a one and its signed files are there.
    """
    with ledger.transaction():
        row = _held(ledger, one.code, DossierState.REJECTED, DossierState.PACKED)
        if row["state"] == DossierState.HELD and row["code"] in UNPACKED and row["package"]:
            ledger.put("dossier", row["id"], decided=one.noted(row, RESENT, code=row["code"]))
            ledger.note("dossier.resent_by", row["id"], who=one.who, code=row["code"])
            settle(ledger, row["id"], DossierState.HELD, "", {})
            return ""
        documents = ledger.all("documents_of_dossier", dossier=row["id"])
        there = all(Path(one["signed_path"]).is_file() for one in documents)
        if not there or not (row["state"] == DossierState.REJECTED or _is_spoilt(ledger, row)):
            _refuse(f"{one.code}: không phải hồ sơ bị kho từ chối hay chưa đóng gói được, hoặc thiếu tệp đã ký / "
                    "not one that the archive refused or that could not be packed, or a signed file is gone")
        decided = one.noted(row, RESENT, code=row["code"])
        new = renew(ledger, row, Renewal(signed, settled=(row["code"],), columns={"decided": decided}))
        ledger.note("dossier.resent_by", new, who=one.who, old=row["id"])
        return str(row["id"])


def _is_spoilt(ledger: Ledger, row: Row) -> bool:
    """Say whether a packed dossier waits because its package is spoilt, and let that package be withdrawn."""
    delivery = ledger.one("delivery", package=row["package"]) if row["state"] == DossierState.PACKED else None
    if delivery is None or not delivery["aside"] or delivery["code"] != errors.PACKAGE_INVALID.code:
        return False
    if delivery["state"] != DeliveryState.QUEUED:
        ledger.move(DELIVERY, row["package"], DeliveryState(delivery["state"]), DeliveryState.QUEUED)
    return True


def discard(ledger: Ledger, one: Decision) -> int:
    """Give a held or rejected dossier up: its pages are out of the count, its paper may be scanned again.

    A revision of a delivered dossier goes, the delivered one stays: pages that were in it are in it again. Returns
    how many were taken out.

    Raises:
        ApplianceError: DECISION_REFUSED.
    """
    with ledger.transaction():
        row = _held(ledger, one.code, DossierState.REJECTED)
        give_back(ledger, row)
        pages = ledger.all("pages_of_dossier", dossier=row["id"])
        for page in pages:
            if page["document"]:
                ledger.act("add_bound", document=page["document"], number=page["number"], page=page["id"])
            ledger.put("page", page["id"], document=None, dossier=None)
            if PAGE.allows(PageState(page["state"]), PageState.REMOVED):
                ledger.move(PAGE, page["id"], PageState(page["state"]), PageState.REMOVED)
        ledger.move(DOSSIER, row["id"], DossierState(row["state"]), DossierState.DISCARDED,
                    decided=one.noted(row, "discarded", code=row["code"]))
        ledger.note("dossier.discarded_by", row["id"], who=one.who, code=row["code"], pages=len(pages))
    return len(pages)


def give_back(ledger: Ledger, row: Row) -> None:
    """Put the pages of the revision that the archive has back into it."""
    older = [one for one in ledger.all("revisions_of", file_code=row["file_code"])
             if one["revision"] < row["revision"] and one["line"] == row["line"]
             and one["state"] == DossierState.ACCEPTED]
    for one in older[-1:]:
        for bound in ledger.all("bound_pages", dossier=one["id"]):
            page = ledger.one("page", id=bound["page"])
            if page is None:
                continue
            ledger.put("page", page["id"], document=bound["document"], dossier=one["id"], number=bound["number"])
            if page["state"] == PageState.REPLACED:
                ledger.move(PAGE, page["id"], PageState.REPLACED, PageState.FILED)
            elif page["state"] != PageState.FILED:
                _file_again(ledger, page)


def _file_again(ledger: Ledger, page: Row) -> None:
    """Bring a page that was to be read again back to where it was."""
    if page["state"] == PageState.ANALYSED:
        ledger.move(PAGE, page["id"], PageState.ANALYSED, PageState.READ)
    now = ledger.one("page", id=page["id"])
    if now is not None and now["state"] == PageState.READ:
        ledger.move(PAGE, page["id"], PageState.READ, PageState.FILED)


def _held(ledger: Ledger, code: str, *more: DossierState) -> Row:
    row = again.current(ledger, code)
    if row is None or row["state"] not in (DossierState.HELD, *more):
        _refuse(f"{code}: không có hồ sơ nào của mã này đang bị giữ / no dossier of that code is held")
    return row


def _refuse(reason: str) -> NoReturn:
    raise errors.DECISION_REFUSED.error(reason=reason)


def _now() -> str:
    return clock.iso(clock.now(), "milliseconds")
