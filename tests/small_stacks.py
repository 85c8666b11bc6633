"""Small stacks of paper as separation sees them: codes on fronts, blank backs."""

from __future__ import annotations

from appliance.core.model import Separator, SheetKind, Side
from appliance.documents.plan import Separation
from appliance.documents.separator import encode as separator_text
from appliance.documents.sheet import SidePage


def stack(*fronts: str) -> list[SidePage]:
    """Sheets with blank backs; page ids count from 1: fronts odd, backs even."""
    found = []
    for sheet, mark in enumerate(fronts, 1):
        found.append(SidePage(2 * sheet - 1, sheet, Side.FRONT, False, "", (mark,) if mark else ()))
        found.append(SidePage(2 * sheet, sheet, Side.BACK, True))
    return found


def dossier(code: str, sheets: int = 0) -> str:
    """Return the code of a dossier separator."""
    return separator_text(Separator(SheetKind.DOSSIER, code, sheets=sheets))


def filed(result: Separation) -> dict[str, list[int]]:
    """Return the pages of each dossier, in their order."""
    return {plan.file_code: [page for document in plan.documents for page in document.pages]
            for plan in result.dossiers}
