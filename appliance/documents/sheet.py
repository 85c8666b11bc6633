"""Both sides of one sheet and what their codes say together. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from appliance.core.errors import ApplianceError
from appliance.core.model import Separator, Side
from appliance.documents import card
from appliance.documents.separator import decode, is_separator


@dataclass(frozen=True, slots=True)
class SidePage:
    """One captured side of a closed batch, as separation sees it.

    Attributes:
        id: the ledger's row; comes back in the plan.
        held: code of the error that holds the page, or empty.
        marks: texts of the codes read on it.
    """

    id: int
    sheet: int
    side: Side
    blank: bool = False
    held: str = ""
    marks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Seal:
    """What makes a separator or card sound: the HMAC key of the job, and the staff code of who scanned."""

    key: bytes = b""
    operator: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: a separator, an operator card, doubtful (``fault`` says why), or paper to be filed."""

    pages: tuple[SidePage, ...]
    separator: Separator | None = None
    card: bool = False
    fault: str = ""


def look(pages: tuple[SidePage, ...], seal: Seal) -> Sheet:
    """Read both sides of a sheet together: what they say must agree."""
    marks = [mark for page in pages for mark in page.marks]
    cards = [mark for mark in marks if card.is_card(mark)]
    try:
        said = {decode(mark, seal.key) for mark in marks if is_separator(mark)}
        codes = {card.decode(mark, seal.key) for mark in cards}
    except ApplianceError as problem:
        return Sheet(pages, fault=str(problem.details.get("reason", "")))
    if len(said) + len(codes) > 1:
        return Sheet(pages, fault="its codes contradict each other")
    if codes:
        return _card(pages, codes, seal)
    return Sheet(pages, next(iter(said), None))


def _card(pages: tuple[SidePage, ...], codes: Iterable[str], seal: Seal) -> Sheet:
    """Take the card at the head of the stack, and elsewhere that of the person who is known to have scanned."""
    if pages[0].sheet == card.FIRST_SHEET or set(codes) == {seal.operator}:
        return Sheet(pages, card=True)
    return Sheet(pages, fault="an operator card within the stack")
