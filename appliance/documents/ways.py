"""How a job tells documents apart, and what the code on a first page says. Pure.

One-stop papers bear the portal's code on their first page (Circular 01/2023/TT-VPCP). Its text is personal data:
nothing raised or returned as a reason here repeats any part of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from appliance.core.model import Box, Geometry, Side
from appliance.documents.separator import is_file_code
from appliance.documents.sheet import SidePage

SEPARATORS, FIRST_PAGE, FIXED, ONE = "separators", "first_page_code", "fixed_count", "one_dossier"
WAYS = (SEPARATORS, FIRST_PAGE, FIXED, ONE)

DOSSIER, COMPONENT, TYPE = "reception", "component", "type"
"""Named groups of the pattern; the first must be there."""

LONGEST_CODE = 500
"""Longer texts are no code of a portal, and are not held against a pattern."""

HEAD = (0.5, 0.4)
"""Share of the page, from its top left corner, in which a portal prints its code (Circular 01/2023/TT-VPCP)."""

SQUARE, LARGEST = 1.6, 0.25
"""How long such a place may be for its width, and of the page: headings and seals are not held for codes."""

_ORDINAL = re.compile(r"[0-9]{1,7}", re.ASCII)
_TYPE = re.compile(r"|[0-9]{2}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Way:
    """How documents are told apart.

    Attributes:
        separation: one of ``WAYS``.
        sheets: of ``fixed_count``: sheets of paper in every document.
        pattern: of ``first_page_code``: what the whole text of such a code looks like, with named groups.
        fragile: every document is the certified copy of a fragile paper, whatever its separator says.
    """

    separation: str = SEPARATORS
    sheets: int = 0
    pattern: str = ""
    fragile: bool = False

    def check(self) -> None:
        """Refuse what cannot work.

        Raises:
            ValueError: an unknown way, no number of sheets, or a pattern without its group.
        """
        if self.separation not in WAYS:
            raise ValueError(f"unknown way of separation {self.separation!r}")
        if self.separation == FIXED and self.sheets < 1:
            raise ValueError("fixed_count needs a number of sheets")
        if self.separation == FIRST_PAGE and DOSSIER not in compiled(self.pattern).groupindex:
            raise ValueError(f"first_page_code needs a pattern with a group named {DOSSIER}")


@dataclass(frozen=True, slots=True)
class Terms:
    """What a job that a separator names means for this batch: its way and its rule profile.

    ``fault`` says why the batch cannot be taken for it.
    """

    way: Way = Way()
    rules: str = ""
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Start:
    """What the code on a first page says; ``component`` is its text where that is no number."""

    file_code: str
    ordinal: int = 0
    type_name: str = ""
    component: str = ""


@dataclass(frozen=True, slots=True)
class FirstPage:
    """What both sides of a sheet say: a document begins, or none does, or why that is not clear."""

    start: Start | None = None
    fault: str = ""


def compiled(pattern: str) -> re.Pattern[str]:
    """Return a pattern ready for use.

    Raises:
        ValueError: it is no regular expression.
    """
    try:
        return re.compile(pattern)
    except (re.error, RecursionError, OverflowError) as problem:
        raise ValueError(str(problem)) from None


def at_head(lie: Geometry, box: Box) -> bool:
    """Say whether a place may be a portal's code that was not read: square, at the top left of the upright page.

    ``box`` is in pixels of the captured image and has a margin about it (imaging/marks.py).
    """
    sides = (box.x1 - box.x0, box.y1 - box.y0)
    if max(sides) > SQUARE * min(sides) or max(sides) > LARGEST * max(lie.page_width, lie.page_height):
        return False
    a, b, c, d, e, f = lie.matrix()
    x, y = (box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2
    return a * x + c * y + e < HEAD[0] * lie.page_width and b * x + d * y + f < HEAD[1] * lie.page_height


def first_page(pages: Sequence[SidePage], pattern: str) -> FirstPage:
    """Read the codes of a sheet; a code on a back counts only where nothing is on the front."""
    front = _said((page for page in pages if page.side is Side.FRONT), pattern)
    back = _said((page for page in pages if page.side is Side.BACK), pattern)
    if len(front | back) > 1:
        return FirstPage(fault="its codes contradict each other")
    if back and not front and any(page.side is Side.FRONT and not page.blank for page in pages):
        return FirstPage(fault="the code lies on the back")
    for start in front | back:
        return FirstPage(fault=start) if isinstance(start, str) else FirstPage(start)
    return FirstPage(fault="there is a code that cannot be read" if any(page.unread for page in pages) else "")


def _said(pages: Iterable[SidePage], pattern: str) -> set[Start | str]:
    """Return what the matching codes say; a text instead says what is wrong with one."""
    expression = compiled(pattern)
    texts = (text.strip() for page in pages for text in page.marks if len(text) <= LONGEST_CODE)
    return {_start(found) for found in map(expression.fullmatch, texts) if found}


def _start(found: re.Match[str]) -> Start | str:
    said = found.groupdict(default="")
    code, component, kind = said[DOSSIER], said.get(COMPONENT, ""), said.get(TYPE, "")
    if not is_file_code(code):
        return "dossier code"
    if not _TYPE.fullmatch(kind):
        return "document type"
    if _ORDINAL.fullmatch(component):
        return Start(code, int(component), kind)
    return Start(code, 0, kind, component)
