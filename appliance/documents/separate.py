"""A closed batch falls into dossiers and documents. Pure, and it never guesses.

What lies behind a separator that cannot be trusted (wrong check value, other dossier, number used twice)
belongs to no one until a person has looked: those pages become questions, and the dossier they lie in is
held. From the next dossier separator on everything goes its ordinary way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import NamedTuple

from appliance.core import errors
from appliance.core.errors import Kind
from appliance.core.model import Separator, SheetKind
from appliance.documents.segment import DossierPlan, Segment
from appliance.documents.separator import is_file_code, is_suspicious
from appliance.documents.sheet import Seal, Sheet, SidePage, look
from appliance.documents.target import first_of_stack
from appliance.documents.target import sheets as target_sheets


@dataclass(frozen=True, slots=True)
class KnownDossier:
    """What the ledger knows of a dossier from earlier batches."""

    ordinals: tuple[int, ...] = ()
    captured_sheets: int = 0
    declared_sheets: int = 0
    closed: bool = False


@dataclass(frozen=True, slots=True)
class SeparationRules:
    """What a job asks of separation.

    Attributes:
        separation: ``separators`` or ``one_dossier``.
        file_code: dossier code of ``one_dossier``.
        key: HMAC key of separators and operator cards; empty means the check value only.
        operator: staff code of who scanned the batch; its card lies where it may within the stack.
        known: dossiers of earlier batches by file code; only these can be continued.
    """

    separation: str
    file_code: str = ""
    key: bytes = b""
    operator: str = ""
    known: Mapping[str, KnownDossier] = field(default_factory=dict)


class Question(NamedTuple):
    """A page that must wait for a person, the code of the catalogue that says why, and the reason."""

    page: int
    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class Separation:
    """What became of a batch.

    Every page is in a document, a separator, in ``questions``, or was held before (and is then named here only
    as part of a document). A question's page that is also in a document has its place and waits there.
    """

    dossiers: tuple[DossierPlan, ...]
    separators: tuple[int, ...]
    questions: tuple[Question, ...]


def separate(pages: Sequence[SidePage], rules: SeparationRules) -> Separation:
    """Return dossiers, separators and questions of a batch.

    Args:
        pages: in the order of capture, without replaced attempts.
        rules: as the batch's job asks.

    Raises:
        ValueError: ``one_dossier`` without a usable file code, or an unknown way of separation.
    """
    if rules.separation not in ("separators", "one_dossier"):
        raise ValueError(f"unknown way of separation {rules.separation!r}")
    targets = target_sheets((page.sheet, mark) for page in pages for mark in page.marks)
    seal = Seal(rules.key, rules.operator, first_of_stack((page.sheet for page in pages), targets))
    sheets = [look(tuple(group), seal) for _, group in groupby(pages, key=lambda page: page.sheet)]
    walk = _Walk(rules)
    nothing = bool(targets) and all(sheet.cover for sheet in sheets)
    if rules.separation == "one_dossier" and not nothing and not any(sheet.separator for sheet in sheets):
        if not is_file_code(rules.file_code):
            raise ValueError("one_dossier needs a dossier code")
        walk.open(Separator(SheetKind.DOSSIER, rules.file_code))
    for sheet in sheets:
        walk.step(sheet)
    return walk.finish()


class _Walk:
    """Goes through the sheets once; ``segment`` is the open dossier, ``astray`` why pages have no home."""

    def __init__(self, rules: SeparationRules) -> None:
        self.rules = rules
        self.segments: list[Segment] = []
        self.segment: Segment | None = None
        self.astray: tuple[Kind, str] = (errors.NO_SEPARATOR, "before the first separator")
        self.lost = True
        self.separators: list[int] = []
        self.questions: list[Question] = []

    def step(self, sheet: Sheet) -> None:
        """Take the next sheet."""
        if sheet.fault:
            self._distrust(sheet, errors.SEPARATOR_UNREADABLE, sheet.fault)
        elif sheet.cover:
            self._put_aside(sheet)
        elif sheet.separator is None:
            self._file(sheet)
        elif sheet.separator.kind is SheetKind.DOSSIER:
            self._start_dossier(sheet, sheet.separator)
        else:
            self._start_document(sheet, sheet.separator)

    def finish(self) -> Separation:
        """Close what is open and return the whole."""
        plans = tuple(segment.plan() for segment in self.segments)
        return Separation(plans, tuple(self.separators), tuple(self.questions))

    def open(self, separator: Separator) -> None:
        """Begin a dossier."""
        known = self.rules.known.get(separator.file_code, KnownDossier())
        self.segment = Segment(separator.file_code, separator.sheets or known.declared_sheets,
                               frozenset(known.ordinals), known.captured_sheets)
        self.segments.append(self.segment)
        self.lost = False

    def _start_dossier(self, sheet: Sheet, separator: Separator) -> None:
        if self.segment is not None and self.segment.file_code == separator.file_code:
            self._repeat(sheet, separator)
        elif self._closed(separator.file_code):
            self.segment = None
            self._distrust(sheet, errors.DOSSIER_KNOWN, "this dossier was closed before")
        else:
            self.open(separator)
            self._put_aside(sheet)

    def _closed(self, file_code: str) -> bool:
        """Say whether a dossier was closed, in an earlier batch or by another dossier's separator in this one.

        In this batch that may be a slip of paper order, so what came first is held with it.
        """
        known = self.rules.known.get(file_code)
        earlier = [segment for segment in self.segments if segment.file_code == file_code]
        for segment in earlier:
            segment.hold(errors.DOSSIER_KNOWN)
        return bool(earlier) or (known is not None and known.closed)

    def _repeat(self, sheet: Sheet, separator: Separator) -> None:
        """Take a second separator of the open dossier: harmless unless it declares another number."""
        assert self.segment is not None
        if separator.sheets != self.segment.declared:
            self._distrust(sheet, errors.SEPARATOR_UNREADABLE, "two separators declare different numbers of sheets")
            return
        self.segment.part()
        self.lost = False
        self._put_aside(sheet)

    def _start_document(self, sheet: Sheet, separator: Separator) -> None:
        if self.segment is None and separator.kind is SheetKind.CONTINUE and separator.ordinal:
            self._resume(separator)
        if self.segment is None:
            self._distrust(sheet, *self.astray)
        elif self.segment.file_code != separator.file_code:
            self._distrust(sheet, errors.SEPARATOR_UNREADABLE, "it names another dossier than the open one")
        elif fault := self.segment.begin(separator):
            self._distrust(sheet, errors.SEPARATOR_UNREADABLE, fault)
        else:
            self.lost = False
            self._put_aside(sheet)

    def _resume(self, separator: Separator) -> None:
        """Go on with a dossier of an earlier batch."""
        if self._closed(separator.file_code):
            self.astray = (errors.DOSSIER_KNOWN, "this dossier was closed before")
        elif separator.file_code in self.rules.known:
            self.open(Separator(SheetKind.DOSSIER, separator.file_code))

    def _file(self, sheet: Sheet) -> None:
        suspicious = [page for page in sheet.pages if not page.held and any(map(is_suspicious, page.marks))]
        self._ask(suspicious, errors.CODE_SUSPICIOUS, "suspicious code")
        if self.segment is not None:
            self.segment.count(sheet.pages[0].sheet, sum(bool(p.held) or p in suspicious for p in sheet.pages))
        if self.lost or self.segment is None:
            self._ask([page for page in sheet.pages if not page.held and page not in suspicious], *self.astray)
        else:
            self.segment.file(sheet.pages[0].sheet, [page.id for page in sheet.pages])

    def _distrust(self, sheet: Sheet, kind: Kind, reason: str) -> None:
        """Hold a separator and, until a sound one comes, what follows it."""
        self._ask([page for page in sheet.pages if not page.held], kind, reason)
        if self.segment is not None:
            self.segment.hold(kind, reason=reason)
            self.segment.part()
        self.astray = (kind, "after a separator that is not valid")
        self.lost = True

    def _put_aside(self, sheet: Sheet) -> None:
        """Set both sides of a sound separator, card or target aside; a side that is held already stays held."""
        self.separators += [page.id for page in sheet.pages if not page.held]
        held = sum(bool(page.held) for page in sheet.pages)
        if self.segment is not None and held:
            self.segment.wait(held)

    def _ask(self, pages: Sequence[SidePage], kind: Kind, reason: str) -> None:
        self.questions += [Question(page.id, kind.code, reason) for page in pages]
