"""Both sides of one sheet and what their codes say together. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from appliance.core import errors, target
from appliance.core.errors import ApplianceError, Kind
from appliance.core.model import Mark, Separator, SheetKind, Side
from appliance.documents import card, patches
from appliance.documents.separator import decode, is_separator


@dataclass(frozen=True, slots=True)
class SidePage:
    """One captured side of a closed batch, as separation sees it.

    Attributes:
        id: the ledger's row; comes back in the plan.
        held: code of the error that holds the page, or empty.
        marks: texts of the codes read on it.
        patches: letters of the patch codes on it.
        unread: whether there is something like a code, where a portal prints one, that could not be read.
    """

    id: int
    sheet: int
    side: Side
    blank: bool = False
    held: str = ""
    marks: tuple[str, ...] = ()
    patches: tuple[str, ...] = ()
    unread: bool = False


@dataclass(frozen=True, slots=True)
class Seal:
    """What makes a separator or card sound: the HMAC key of the job, and the staff code of who scanned.

    ``first`` is the sheet on which a card may lie: the first that is no target sheet.
    """

    key: bytes = b""
    operator: str = ""
    first: int = card.FIRST_SHEET


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: a separator, an operator card, a target, paper to be filed, or doubtful.

    ``fault`` says why it is doubtful, ``kind`` as what it is held. ``bare``: the same sheet captured again without
    the note that is on it (note_pairs.py).
    """

    pages: tuple[SidePage, ...]
    separator: Separator | None = None
    card: bool = False
    fault: str = ""
    kind: Kind = errors.SEPARATOR_UNREADABLE
    target: bool = False
    bare: tuple[SidePage, ...] = ()

    @property
    def sides(self) -> tuple[SidePage, ...]:
        """Return what was captured of it: also without its note, where it bears one."""
        return self.pages + self.bare

    @property
    def cover(self) -> bool:
        """Say whether it is no paper and names no dossier or document: a card, a target, a note separator."""
        return self.card or self.target or self.note

    @property
    def note(self) -> bool:
        """Say whether it is the separator before a sheet with a note."""
        return self.separator is not None and self.separator.kind is SheetKind.NOTE


def is_cover(marks: Iterable[Mark]) -> bool:
    """Say whether codes or bars mean to be of a separator, an operator card or a target sheet, valid or not."""
    seen = tuple(marks)
    return bool(patches.letters(seen)) or any(
        is_separator(mark.text) or card.is_card(mark.text) or target.is_target(mark.text) for mark in seen)


def look(pages: tuple[SidePage, ...], seal: Seal) -> Sheet:
    """Read both sides of a sheet together: what they say must agree.

    A patch code without a readable code of ours is a separator that was torn or soiled, or one of another system.
    """
    marks = [mark for page in pages for mark in page.marks]
    cards = [mark for mark in marks if card.is_card(mark)]
    targets = {target.decode(mark) for mark in marks if target.is_target(mark)}
    try:
        said = {decode(mark, seal.key) for mark in marks if is_separator(mark)}
        codes = {card.decode(mark, seal.key) for mark in cards}
    except ApplianceError as problem:
        return Sheet(pages, fault=str(problem.details.get("reason", "")))
    if None in targets:
        return Sheet(pages, fault="wrong check value or design of a target sheet")
    if len(said) + len(codes) + len(targets) > 1:
        return Sheet(pages, fault="its codes contradict each other")
    if targets:
        return Sheet(pages, target=True)
    if codes:
        return _card(pages, codes, seal)
    return Sheet(pages, next(iter(said))) if said else _patched(pages)


def _patched(pages: tuple[SidePage, ...]) -> Sheet:
    letters = {letter for page in pages for letter in page.patches}
    if letters & {patches.SEPARATOR, patches.CARD}:
        return Sheet(pages, fault="its code cannot be read", kind=errors.SEPARATOR_TORN)
    if letters:
        return Sheet(pages, fault=f"patch {', '.join(sorted(letters))}", kind=errors.SEPARATOR_FOREIGN)
    return Sheet(pages)


def _card(pages: tuple[SidePage, ...], codes: Iterable[str], seal: Seal) -> Sheet:
    """Take the card at the head of the stack, and elsewhere that of the person who is known to have scanned."""
    if pages[0].sheet == seal.first or set(codes) == {seal.operator}:
        return Sheet(pages, card=True)
    return Sheet(pages, fault="an operator card within the stack")
