"""Random stacks, random misfortunes: every page has one place, order is kept, counts add up, nothing is guessed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import groupby

from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.core.model import Separator, SheetKind, Side
from appliance.documents import card
from appliance.documents.plan import KnownDossier, Separation
from appliance.documents.separate import SeparationRules, separate
from appliance.documents.separator import encode
from appliance.documents.sheet import Seal, SidePage, look
from appliance.documents.ways import FIRST_PAGE, FIXED, ONE, SEPARATORS, Terms, Way, first_page

D, T, C = SheetKind.DOSSIER, SheetKind.DOCUMENT, SheetKind.CONTINUE
MANY = settings(max_examples=200, deadline=None)
PATTERN = r"PORTAL\|(?P<reception>[^|]*)\|(?P<component>[^|]*)"

WAYS = {SEPARATORS: Way(), ONE: Way(ONE), FIXED: Way(FIXED, 2), FIRST_PAGE: Way(FIRST_PAGE, 0, PATTERN)}
JOBS = {"pairs": Terms(Way(FIXED, 2)), "portal": Terms(WAYS[FIRST_PAGE]), "finer": Terms(fault="600 dpi")}



@dataclass(frozen=True)
class Face:
    """What is on one side."""

    mark: str = ""
    patch: str = ""
    unread: bool = False


def printed(kind: SheetKind, code: str, ordinal: int = 0, sheets: int = 0, job: str = "") -> list[Face]:
    """A separator with bars, and one of the years before bars."""
    text = encode(Separator(kind, code, ordinal, "", sheets, job))
    return [Face(text, "2"), Face(text)]


SHEETS = [face for code in "ABC" for faces in (
    *(printed(D, code, 0, sheets, job) for sheets in (0, 1, 2, 3) for job in ("", "")),
    *(printed(D, code, 0, 0, job) for job in ("pairs", "portal", "finer", "nobody")),
    *(printed(kind, code, ordinal, sheets) for kind in (T, C) for ordinal in (0, 1, 2) for sheets in (0, 1)),
    printed(T, code, 3, 0, "pairs"),
) for face in faces]
SPECIAL = [*printed(SheetKind.NOTE, ""), *printed(SheetKind.NOTE, ""), *printed(SheetKind.ORIGINAL, ""), *(
    Face(encode(Separator(kind, "A", 1, fragile=kind is T))) for kind in (T, SheetKind.ORIGINAL))]
PAPERS = [Face(), Face(), Face(), Face(), Face(unread=True), Face("https://example.vn"), *(
    Face(f"PORTAL|{code}|{component}") for code in ("A", "B", "x/y") for component in ("", "1", "2", "KQ-7"))]
BROKEN = [
    Face(patch="2"), Face(patch="1"), Face(patch="T"), Face("SSA1:D:A:0::1:000000000000", "2"), Face("SSA9:Z"),
    Face(card.encode("NV001"), "1"), Face(card.encode("NV002"), "1"), Face("../../x"),
]
FRONTS = st.one_of(st.sampled_from(SHEETS), st.sampled_from(PAPERS), st.sampled_from(PAPERS + BROKEN + SPECIAL))
BACKS = st.one_of(st.just(Face()), st.just(Face()), st.sampled_from(PAPERS + BROKEN + SHEETS[:9]))


@st.composite
def stacks(draw: st.DrawFn) -> list[SidePage]:
    duplex = draw(st.booleans())
    pages: list[SidePage] = []
    for number, (front, back) in enumerate(draw(st.lists(st.tuples(FRONTS, BACKS), max_size=12)), 1):
        for side, face in ((Side.FRONT, front), (Side.BACK, back))[:1 + duplex]:
            marks = (face.mark,) if face.mark else ()
            blank = face == Face() and number % 2 == 0
            pages.append(SidePage(len(pages) + 1, number, side, blank, "", marks, tuple(face.patch), face.unread))
    damaged = draw(st.sets(st.integers(1, 24), max_size=2))
    return [replace(page, held="I302") if page.id in damaged else page for page in pages]


@st.composite
def rules(draw: st.DrawFn) -> SeparationRules:
    known = {"C": draw(st.sampled_from([KnownDossier((1, 2), 3, 4, written=(2,)), KnownDossier((1,), closed=True),
                                        KnownDossier((1,), 2, 0, job="pairs"), KnownDossier((1,), job="gone")]))}
    return SeparationRules(WAYS[draw(st.sampled_from(sorted(WAYS)))], "DEFAULT.1", b"", draw(st.sampled_from(
        ["", "NV001"])), "archive", JOBS, known if draw(st.booleans()) else {})


def documents_of(result: Separation) -> list[tuple[int, ...]]:
    return [document.pages for dossier in result.dossiers for document in dossier.documents]


@given(stacks(), rules())
@MANY
def test_every_page_lands_in_exactly_one_place(pages: list[SidePage], asked: SeparationRules) -> None:
    result = separate(pages, asked)
    filed = [page for document in documents_of(result) for page in document]
    asked_about = [question.page for question in result.questions]
    assert len(filed) == len(set(filed)), "a page stands in two documents"
    assert len(asked_about) == len(set(asked_about)), "a page is asked about twice"
    assert not set(result.separators) & {*filed, *asked_about}
    held = {page.id for page in pages if page.held}
    assert {*filed, *asked_about, *result.separators} | held == {page.id for page in pages}
    assert not held & {*asked_about, *result.separators}
    names = [(dossier.file_code, document.ordinal) for dossier in result.dossiers for document in dossier.documents]
    assert len(names) == len(set(names)), "two documents have one name"


@given(stacks(), rules())
@MANY
def test_order_is_kept_and_sides_of_a_sheet_stay_together(pages: list[SidePage], asked: SeparationRules) -> None:
    result = separate(pages, asked)
    sheet_of = {page.id: page.sheet for page in pages}
    home = {}
    for at, document in enumerate(documents_of(result)):
        assert list(document) == sorted(document)
        home.update(dict.fromkeys(document, at))
    for _, group in groupby(pages, key=lambda page: page.sheet):
        assert len({home[page.id] for page in group if page.id in home}) <= 1
    assert all(sheet_of[page] for page in home)


@given(stacks(), rules())
@MANY
def test_the_counting_equation_holds(pages: list[SidePage], asked: SeparationRules) -> None:
    result = separate(pages, asked)
    sound = [dossier for dossier in result.dossiers if not dossier.held]
    filed = {page for dossier in sound for document in dossier.documents for page in document.pages}
    waits = {page for dossier in result.dossiers if dossier.held for one in dossier.documents for page in one.pages}
    waits |= {question.page for question in result.questions} | {page.id for page in pages if page.held}
    assert len(pages) == len(filed) + len(result.separators) + len(waits), "sides = filed + separators + held"
    assert not filed & waits


@given(stacks(), rules())
@MANY
def test_a_dossier_that_goes_on_has_all_its_sheets_and_none_in_doubt(pages: list[SidePage],
                                                                    asked: SeparationRules) -> None:
    result = separate(pages, asked)
    doubtful = {question.page for question in result.questions} | {page.id for page in pages if page.held}
    for dossier in result.dossiers:
        if dossier.held:
            continue
        assert dossier.documents
        assert dossier.declared_sheets in (0, dossier.captured_sheets)
        assert all(one.declared_sheets in (0, one.sheets) for one in dossier.documents)
        assert not doubtful & {page for document in dossier.documents for page in document.pages}
        assert dossier.job in ("archive", "pairs", "portal")


@given(stacks(), rules())
@MANY
def test_what_follows_a_sheet_in_doubt_is_filed_by_nobody(pages: list[SidePage], asked: SeparationRules) -> None:
    """Until something on paper says where a page belongs; and the dossier before does not go on."""
    result = separate(pages, asked)
    going_on = {page for dossier in result.dossiers if not dossier.held
                for document in dossier.documents for page in document.pages}
    before: set[int] = set()
    lost, by_codes = False, asked.way == WAYS[FIRST_PAGE] or any(one.job == "portal" for one in result.dossiers)
    for _, group in groupby(pages, key=lambda page: page.sheet):
        sides = tuple(group)
        seen = look(sides, Seal(b"", asked.operator))
        if seen.fault:
            assert not going_on & before, "the dossier in which the doubt lies waits"
            lost = True
        elif seen.separator is not None or (by_codes and first_page(sides, PATTERN).start is not None):
            lost = False
        if lost:
            assert not going_on & {page.id for page in sides}
        before = {page.id for page in sides}
