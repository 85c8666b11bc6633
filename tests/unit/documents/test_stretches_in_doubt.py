"""A sheet in doubt lets its dossier wait and no other."""

from __future__ import annotations

from appliance.core.model import Separator, SheetKind, Side
from appliance.documents.separator import encode
from appliance.documents.sheet import Seal, SidePage
from appliance.documents.stretches import waiting


def stack(*codes: str) -> list[SidePage]:
    """One front for each sheet, its id the sheet; a code is the separator of that dossier, empty a page."""
    return [SidePage(sheet, sheet, Side.FRONT,
                     marks=(encode(Separator(SheetKind.DOSSIER, code)),) if code else ())
            for sheet, code in enumerate(codes, 1)]


def test_only_the_dossier_with_the_doubt_waits() -> None:
    pages = stack("A.1", "", "", "B.2", "", "C.3", "")
    assert waiting(pages, {5}, Seal()) == {4, 5}
    assert waiting(pages, {2, 7}, Seal()) == {1, 2, 3, 6, 7}
    assert waiting(pages, set(), Seal()) == frozenset()


def test_a_separator_in_doubt_begins_no_dossier() -> None:
    assert waiting(stack("A.1", "A.1", "", "B.2", ""), {2}, Seal()) == {1, 2, 3}
    assert waiting(stack("A.1", "", "B.2", "", "C.3"), {3}, Seal()) == {1, 2, 3, 4}


def test_pages_before_the_first_separator_are_a_stretch_of_their_own() -> None:
    assert waiting(stack("", "", "A.1", ""), {2}, Seal()) == {1, 2}
