"""One dossier while a batch is walked through, and what becomes of it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from appliance.core import errors
from appliance.core.errors import Kind
from appliance.core.model import CertifiedCopy, Separator, SheetKind, Special
from appliance.documents.plan import DocumentPlan, DossierPlan, KnownDossier
from appliance.documents.ways import FIXED, Start, Way

WRITTEN = "tệp của tài liệu đã lập, dùng phiếu quét lại / its file is made already, use a rescan separator"


@dataclass(slots=True)
class _Part:
    """Pages that follow one separator: a document or the rest of one."""

    ordinal: int
    type_name: str = ""
    declared: int = 0
    continues: bool = False
    component: str = ""
    pages: list[int] = field(default_factory=list)
    sheets: set[int] = field(default_factory=set)
    rests: list[_Rest] = field(default_factory=list)
    fragile: bool = False
    copy: CertifiedCopy | None = None
    original_of: _Part | None = None
    notes: list[tuple[int, int]] = field(default_factory=list)


@dataclass(slots=True)
class _Rest:
    """What a continue separator declared and brought."""

    declared: int
    sheets: set[int] = field(default_factory=set)


class Segment:
    """An open dossier. Free ordinals are given at the end, so that a later printed number never collides.

    ``by_sheet``: a separator opened it, or the job itself, not the code on a first page.
    """

    def __init__(self, separator: Separator, known: KnownDossier, way: Way, *, by_sheet: bool = True) -> None:
        self.file_code = separator.file_code
        self.job = separator.job
        self.way = way
        self.by_sheet = by_sheet
        self.again = separator.kind is SheetKind.RESCAN
        self.said = separator.sheets
        self.declared = separator.sheets or known.declared_sheets
        self.taken = frozenset(known.ordinals)
        self.written = frozenset(known.written)
        self.earlier = known.captured_sheets
        self.sheets: set[int] = set()
        self.waiting = 0
        self.holds: list[tuple[Kind, dict[str, int | str]]] = []
        self.parts: list[_Part] = []
        self.open: _Part | None = None
        self.rest: _Rest | None = None

    def hold(self, kind: Kind, **details: int | str) -> None:
        """Hold the dossier; the first reason stands."""
        self.holds.append((kind, details))

    def wait(self, pages: int) -> None:
        """Note pages that wait for a person."""
        self.waiting += pages

    def count(self, sheet: int, waiting: int) -> None:
        """Count a sheet as captured for this dossier, and its pages that wait."""
        self.sheets.add(sheet)
        self.waiting += waiting

    def part(self) -> None:
        """End the open document: what follows without a separator is another."""
        self.open = None
        self.rest = None

    def repeat(self, separator: Separator) -> str:
        """Say why a second separator of this dossier cannot be obeyed, or nothing.

        The count that earlier batches gave is as good as that of the first separator.
        """
        if self.again and not self.declared:
            self.said = self.declared = separator.sheets
        if separator.sheets not in (self.said, self.declared):
            return "two separators declare different numbers of sheets"
        return "" if separator.job in ("", self.job) else "two separators name different jobs"

    def stranger(self, separator: Separator) -> str:
        """Say why a document separator cannot be one of this dossier, or nothing."""
        if separator.file_code not in (self.file_code, ""):
            return "it names another dossier than the open one"
        if separator.job not in ("", self.job):
            return "it names another job than its dossier"
        return "this job counts sheets and takes no document separators" if self.way.separation == FIXED else ""

    def begin(self, separator: Separator) -> str:
        """Begin or continue a document; return why that cannot be, or an empty text."""
        if separator.kind is SheetKind.CONTINUE:
            return self._continue(separator)
        if separator.kind is SheetKind.ORIGINAL:
            return self._original(separator)
        if separator.ordinal in self._numbers():
            return "its document number is used already"
        self._open(_Part(separator.ordinal, separator.type_name, separator.sheets,
                         fragile=separator.fragile or self.way.fragile, copy=separator.copy))
        return ""

    def _original(self, separator: Separator) -> str:
        """Begin the scan of a fragile original: a document of its own behind its certified copy."""
        named = [part for part in self.parts if part.ordinal == separator.ordinal]
        copy = self.open if not separator.ordinal else named[-1] if named else None
        if copy is None or not copy.fragile or not copy.pages:
            return "no certified copy comes before it in this batch"
        if any(part.original_of is copy for part in self.parts):
            return "the original of that copy came before"
        self._open(_Part(0, separator.type_name, separator.sheets, original_of=copy))
        return ""

    def start(self, start: Start) -> str:
        """Begin the document that the code on its first page names; return why that cannot be, or empty."""
        if start.component and start.component in {part.component for part in self.parts}:
            return "its component came before"
        if start.ordinal and start.ordinal in self._numbers():
            return "its document number is used already"
        self._open(_Part(start.ordinal, start.type_name, component=start.component, fragile=self.way.fragile))
        return ""

    def cut(self, sheets: int) -> None:
        """Begin the next document when the open one has so many sheets."""
        if self.open is None or len(self.open.sheets) >= sheets:
            self._open(_Part(0, declared=sheets, fragile=self.way.fragile))

    def _open(self, part: _Part) -> None:
        self.rest = None
        self.open = part
        self.parts.append(part)

    def file(self, sheet: int, pages: Sequence[int]) -> None:
        """Put the pages of a sheet into the open document."""
        if self.open is None:
            self._open(_Part(0, fragile=self.way.fragile))
        assert self.open is not None
        self.open.pages += pages
        self.open.sheets.add(sheet)
        if self.rest is not None:
            self.rest.sheets.add(sheet)

    def file_again(self, notes: Sequence[tuple[int, int]]) -> None:
        """Put the pages of a sheet, captured again without its note, behind those that show it; no sheet more."""
        assert self.open is not None
        self.open.pages += [page for page, _ in notes]
        self.open.notes += notes

    def plan(self) -> DossierPlan:
        """Return the dossier as it stands at its end."""
        kind, details = self._verdict()
        captured = self.earlier + len(self.sheets)
        return DossierPlan(self.file_code, self.declared, self._documents(), captured,
                           kind.code if kind else "", details, self.job, self.again)

    def _numbers(self) -> set[int]:
        return {part.ordinal for part in self.parts if part.ordinal} | self.taken

    def _continue(self, separator: Separator) -> str:
        if separator.ordinal == 0 and self.open is None:
            return "there is no document to continue"
        if separator.ordinal:
            if separator.ordinal not in self._numbers():
                return "there is no document of that number to continue"
            if separator.ordinal in self.written:
                return WRITTEN
            self.open = self._numbered(separator)
        assert self.open is not None
        self.rest = _Rest(separator.sheets)
        self.open.rests.append(self.rest)
        return ""

    def _numbered(self, separator: Separator) -> _Part:
        """Return the part of that number; where this batch has none, an earlier batch has the document."""
        for part in self.parts:
            if part.ordinal == separator.ordinal:
                return part
        part = _Part(separator.ordinal, separator.type_name, continues=True)
        self.parts.append(part)
        return part

    def _documents(self) -> tuple[DocumentPlan, ...]:
        used = self._numbers()
        plans = []
        numbers: dict[int, int] = {}
        for part in self.parts:
            ordinal = part.ordinal or _next_free(used)
            used.add(ordinal)
            numbers[id(part)] = ordinal
            special = Special(part.fragile, part.copy, numbers.get(id(part.original_of), 0), tuple(part.notes))
            if part.pages:
                plans.append(DocumentPlan(ordinal, part.type_name, part.declared, tuple(part.pages),
                                          len(part.sheets), part.continues, part.component, special))
        return tuple(plans)

    def _verdict(self) -> tuple[Kind | None, dict[str, int | str]]:
        """Return the weightiest reason to hold, or none: distrust, waiting, emptiness, then counts."""
        if self.holds:
            return self.holds[0]
        then, details = self._composed()
        if self.waiting:
            told = {"then": then.code, **details} if then else {}
            return errors.PAGE_HELD_IN_DOSSIER, {"count": self.waiting, **told}
        return then, details

    def _composed(self) -> tuple[Kind | None, dict[str, int | str]]:
        """Return what is wrong once nothing waits; it is told along, for the day a person keeps what waits."""
        if not self.parts or any(not part.pages for part in self.parts):
            return errors.DOCUMENT_EMPTY, {}
        return self._compare()

    def _compare(self) -> tuple[Kind | None, dict[str, int | str]]:
        """Compare declared with captured: the dossier, each document, each continuation; 0 is not counted."""
        pairs = [(self.declared, self.earlier + len(self.sheets))]
        for part in self.parts:
            pairs.append((part.declared, len(part.sheets)))
            pairs += [(rest.declared, len(rest.sheets)) for rest in part.rests]
        for declared, captured in pairs:
            if declared and declared != captured:
                return errors.COUNT_MISMATCH, {"captured": captured, "declared": declared}
        return None, {}


def _next_free(used: set[int]) -> int:
    number = 1
    while number in used:
        number += 1
    return number
