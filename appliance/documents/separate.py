"""A closed batch falls into dossiers and documents. Pure, and it never guesses.

What lies behind a separator that cannot be trusted (wrong check value, other dossier, number used twice)
belongs to no one until a person has looked: those pages become questions, and the dossier they lie in is
held. From the next dossier separator on everything goes its ordinary way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

from appliance.core import errors
from appliance.core.errors import Kind
from appliance.core.model import Separator, SheetKind
from appliance.documents.again import Again
from appliance.documents.note_pairs import links, paired
from appliance.documents.plan import KnownDossier, Question, Separation
from appliance.documents.segment import WRITTEN, Segment
from appliance.documents.separation_rules import SeparationRules
from appliance.documents.separator import is_file_code, is_suspicious
from appliance.documents.sheet import Seal, Sheet, SidePage, look
from appliance.documents.target import first_of_stack
from appliance.documents.target import sheets as target_sheets
from appliance.documents.ways import FIRST_PAGE, FIXED, ONE, Start, Terms, Way, first_page

__all__ = ["SeparationRules", "separate"]
UNKNOWN_JOB = "không có công việc nào tên như vậy / there is no job of that name"
OTHER_JOB = "hồ sơ đã bắt đầu với công việc khác / the dossier was begun under another job"


def separate(pages: Sequence[SidePage], rules: SeparationRules) -> Separation:
    """Return dossiers, separators and questions of a batch.

    Args:
        pages: in the order of capture, without replaced attempts.
        rules: as the batch's job asks.

    Raises:
        ValueError: ``one_dossier`` or ``fixed_count`` without a usable file code, or a way that cannot work.
    """
    rules.way.check()
    targets = target_sheets((page.sheet, mark) for page in pages for mark in page.marks)
    seal = Seal(rules.key, rules.operator, first_of_stack((page.sheet for page in pages), targets))
    sheets = [look(tuple(group), seal) for _, group in groupby(pages, key=lambda page: page.sheet)]
    walk = _Walk(rules)
    nothing = bool(targets) and all(sheet.cover for sheet in sheets)
    named = any(sheet.separator is not None and sheet.separator.file_code for sheet in sheets)
    if rules.way.separation in (ONE, FIXED) and not nothing and not named:
        if not is_file_code(rules.file_code):
            raise ValueError(f"{rules.way.separation} needs a dossier code")
        walk.open(Separator(SheetKind.DOSSIER, rules.file_code))
    for sheet in paired(sheets):
        walk.step(sheet)
    return walk.finish()


class _Walk:
    """Goes through the sheets once; ``segment`` is the open dossier, ``astray`` why pages have no home."""

    def __init__(self, rules: SeparationRules) -> None:
        self.rules = rules
        self.segments: list[Segment] = []
        self.segment: Segment | None = None
        self.astray: tuple[Kind, str] = (errors.NO_SEPARATOR, "before the first separator")
        if rules.way.separation == FIRST_PAGE:
            self.astray = (errors.FIRST_PAGE_UNCLEAR, "before the first code")
        self.lost = True
        self.separators: list[int] = []
        self.questions: list[Question] = []
        self.again = Again()

    def step(self, sheet: Sheet) -> None:
        """Take the next sheet."""
        if sheet.fault:
            self._distrust(sheet, sheet.kind, sheet.fault)
        elif sheet.cover:
            self._put_aside(sheet)
        elif sheet.separator is None:
            self._take(sheet)
        elif sheet.separator.kind is SheetKind.RESCAN:
            self._scan_again(sheet, sheet.separator)
        elif sheet.separator.kind is SheetKind.DOSSIER:
            self.again.close()
            self._start_dossier(sheet, sheet.separator)
        elif self.again.open is not None:
            self._distrust(sheet, errors.SEPARATOR_UNREADABLE, "a document separator among paper scanned again")
        else:
            self._start_document(sheet, sheet.separator)

    def finish(self) -> Separation:
        """Close what is open and return the whole."""
        plans = tuple(segment.plan() for segment in self.segments)
        return Separation(plans, tuple(self.separators), tuple(self.questions), tuple(self.again.plans))

    def open(self, separator: Separator, *, by_sheet: bool = True) -> None:
        """Begin a dossier; one whose job cannot be had is held, and falls apart by its separators only."""
        known = self.rules.known.get(separator.file_code, KnownDossier())
        known = KnownDossier(job=known.job) if separator.kind is SheetKind.RESCAN else known
        name = separator.job or known.job or self.rules.job
        terms = Terms(self.rules.way)
        if name != self.rules.job:
            terms = self.rules.jobs.get(name, Terms(fault=UNKNOWN_JOB))
        fault = terms.fault or (OTHER_JOB if separator.job and known.job not in ("", separator.job) else "")
        way = Way() if fault else terms.way
        self.segment = Segment(replace(separator, job=name), known, way, by_sheet=by_sheet)
        if fault:
            self.segment.hold(errors.JOB_REFUSED, reason=fault)
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
        return self._begun(file_code) or (known is not None and known.closed)

    def _begun(self, file_code: str) -> bool:
        """Say whether a dossier was begun before in this batch; it is held then."""
        earlier = [segment for segment in self.segments if segment.file_code == file_code]
        for segment in earlier:
            segment.hold(errors.DOSSIER_KNOWN)
        return bool(earlier)

    def _repeat(self, sheet: Sheet, separator: Separator) -> None:
        """Take a second separator of the open dossier: harmless unless it declares another number."""
        assert self.segment is not None
        if fault := self.segment.repeat(separator):
            self._distrust(sheet, errors.SEPARATOR_UNREADABLE, fault)
            return
        self.segment.part()
        self.lost = False
        self._put_aside(sheet)

    def _scan_again(self, sheet: Sheet, separator: Separator) -> None:
        """Take a rescan separator: of a whole dossier, or of pages whose place what follows shall take."""
        self.again.close()
        self.segment = None
        if separator.file_code not in self.rules.earlier:
            self._distrust(sheet, errors.RESCAN_UNKNOWN, "no dossier of that code was scanned before")
        elif separator.ordinal:
            self.again.begin(separator)
            self._put_aside(sheet)
        elif self._begun(separator.file_code):
            self._distrust(sheet, errors.DOSSIER_KNOWN, "this dossier came before in the same batch")
        else:
            self.open(separator)
            self._put_aside(sheet)

    def _start_document(self, sheet: Sheet, separator: Separator) -> None:
        if self.segment is None and separator.kind is SheetKind.CONTINUE and separator.ordinal:
            self._resume(separator)
        if self.segment is None:
            self._distrust(sheet, *self.astray)
        elif fault := self.segment.stranger(separator) or self.segment.begin(separator):
            self._distrust(sheet, errors.SEPARATOR_UNREADABLE, fault)
        else:
            self.lost = False
            self._put_aside(sheet)

    def _resume(self, separator: Separator) -> None:
        """Go on with a dossier of an earlier batch."""
        if self._closed(separator.file_code):
            self.astray = (errors.DOSSIER_KNOWN, "this dossier was closed before")
        elif (known := self.rules.known.get(separator.file_code)) is not None:
            if separator.ordinal in known.written:  # the dossier itself stays as it is
                self.astray = (errors.SEPARATOR_UNREADABLE, WRITTEN)
                return
            self.open(Separator(SheetKind.DOSSIER, separator.file_code, job=separator.job))

    def _take(self, sheet: Sheet) -> None:
        """Take a sheet of paper; where papers bear codes, look first whether it begins a document."""
        if self.again.open is not None:
            self._file(sheet)
            return
        way = self.segment.way if self.segment is not None else self.rules.way
        found = first_page(sheet.sides, way.pattern) if way.separation == FIRST_PAGE else None
        if found is not None and found.fault:
            self._distrust(sheet, errors.FIRST_PAGE_UNCLEAR, found.fault)
        elif found is None or found.start is None or self._start_by_code(sheet, found.start):
            self._file(sheet)

    def _start_by_code(self, sheet: Sheet, start: Start) -> bool:
        """Begin the document, and where need be the dossier, that a first page names; say whether that could be."""
        if self.segment is None or not (self.segment.by_sheet or self.segment.file_code == start.file_code):
            if self._closed(start.file_code):
                self.segment = None
                self._distrust(sheet, errors.DOSSIER_KNOWN, "this dossier was closed before")
                return False
            self.open(Separator(SheetKind.DOSSIER, start.file_code), by_sheet=False)
        assert self.segment is not None
        other = self.segment.file_code != start.file_code
        fault = "it names another dossier than the separator" if other else self.segment.start(start)
        if fault:
            self._distrust(sheet, errors.FIRST_PAGE_UNCLEAR, fault)
        else:
            self.lost = False
        return not fault

    def _file(self, sheet: Sheet) -> None:
        suspicious = [page for page in sheet.sides if not page.held and any(map(is_suspicious, page.marks))]
        self._ask(suspicious, errors.CODE_SUSPICIOUS, "suspicious code")
        if self.segment is not None:
            self.segment.count(sheet.pages[0].sheet, sum(bool(p.held) or p in suspicious for p in sheet.sides))
        if self.again.open is not None:
            self.again.file(sheet.pages[0].sheet, [page.id for page in sheet.sides])
        elif self.lost or self.segment is None:
            self._ask([page for page in sheet.sides if not page.held and page not in suspicious], *self.astray)
        else:
            if self.segment.way.separation == FIXED:
                self.segment.cut(self.segment.way.sheets)
            self.segment.file(sheet.pages[0].sheet, [page.id for page in sheet.pages])
            self.segment.file_again(links(sheet))

    def _distrust(self, sheet: Sheet, kind: Kind, reason: str) -> None:
        """Hold a separator and, until a sound one comes, what follows it."""
        self._ask([page for page in sheet.sides if not page.held], kind, reason)
        if kind in (errors.SEPARATOR_TORN, errors.SEPARATOR_FOREIGN):  # true of this sheet, not of those about it
            kind = errors.SEPARATOR_UNREADABLE
        self.again.distrust(kind, reason)
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
