"""What is known once both sides of a sheet were looked at: whether they are of one paper.

Sides are looked at in any order, each by itself. Whichever comes second brings the verdict, and it always stands
with the back. It is given in the transaction that says that the second side was looked at, so that it is neither
lost nor given twice.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Collection

from appliance.core import agreement, errors
from appliance.core.limits import OVERRULED
from appliance.core.model import ImageRules, PageAnalysis, Side, Verdict
from appliance.core.plain import from_plain, to_plain
from appliance.core.states import PAGE, PageState
from appliance.spool import reloading
from appliance.spool.ledger import Ledger, Row


def judged(ledger: Ledger, page: Row, analysis: PageAnalysis, rules: ImageRules) -> tuple[PageAnalysis, str]:
    """Compare a side that was just looked at with the other one of its sheet, if that was looked at.

    Returns the analysis, a back's with the verdict on its sheet; and the code with which the back is held now
    that its front is known, or empty. Separators and files are not compared: of files nobody knows which two
    are one sheet. To be called in the transaction that writes the analysis down.
    """
    row, other = ledger.one("page", id=page["id"]), _other(ledger, page)
    if row is None or row["state"] != PageState.CAPTURED or other is None:
        return analysis, ""
    seen = from_plain(PageAnalysis, json.loads(other["analysis"]))
    front, back = (analysis, seen) if page["side"] == Side.FRONT else (seen, analysis)
    verdict = agreement.agree(front, back, rules)
    if verdict is None:
        return analysis, ""
    if page["side"] == Side.BACK:
        return _with(analysis, verdict), ""
    return analysis, _give(ledger, other, seen, verdict)


def failing(analysis: PageAnalysis, kept: Collection[str]) -> Verdict | None:
    """Return the first check that fails and that nobody has overruled.

    ``kept`` are the codes that a person was shown and has kept the page for: no other check is overruled by that.
    """
    return next((one for one in analysis.verdicts if not one.ok and not _overruled(one, kept)), None)


def warned(analysis: PageAnalysis) -> str:
    """Return the checks that warn of a page and do not hold it, as the ledger keeps them."""
    return " ".join(one.check for one in analysis.verdicts if one.ok and one.code)


def _overruled(verdict: Verdict, kept: Collection[str]) -> bool:
    secret = verdict.code == errors.SECRET_SUSPECTED.code  # only a leader has that kept (spool/unlocking.py)
    return (secret or verdict.check in OVERRULED) and verdict.code in kept


def reason_of(verdict: Verdict) -> str:
    """Return what a failing check measured, its limit and where, as the ledger keeps it."""
    where = f", {verdict.where}" if verdict.where else ""
    return f"{verdict.check} {verdict.value:g} / {verdict.limit:g}{where}"


def _other(ledger: Ledger, page: Row) -> Row | None:
    """Return the other side of the same sheet when it was looked at and is paper like this one."""
    if not reloading.is_paper(ledger, page["batch"]):
        return None
    where = {"batch": page["batch"], "sheet": page["sheet"], "attempt": page["attempt"]}
    others = [row for row in ledger.all("sides_of_sheet", **where) if row["side"] != page["side"]]
    return next((row for row in others if row["analysis"] and not row["separator"]), None)


def _with(analysis: PageAnalysis, verdict: Verdict) -> PageAnalysis:
    kept = tuple(one for one in analysis.verdicts if one.check != verdict.check)
    return dataclasses.replace(analysis, verdicts=(*kept, verdict))


def _give(ledger: Ledger, back: Row, seen: PageAnalysis, verdict: Verdict) -> str:
    """Write a verdict to the back that was looked at first; hold it if it fails and nobody has kept it for that."""
    if verdict in seen.verdicts:
        return ""
    found = _with(seen, verdict)
    columns = {"analysis": json.dumps(to_plain(found), ensure_ascii=False), "warned": warned(found)}
    state, settled = PageState(back["state"]), verdict.ok or _overruled(verdict, back["kept"].split())
    if settled or not PAGE.allows(state, PageState.HELD):
        ledger.put("page", back["id"], **columns)
        return ""
    ledger.move(PAGE, back["id"], state, PageState.HELD, code=verdict.code, reason=reason_of(verdict),
                **columns)
    return verdict.code
