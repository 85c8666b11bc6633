"""A stack of paper for the hopper: which sheets in which order, rendered, with the truth of every side."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

from appliance.core.model import Separator, SheetKind
from appliance.demo.cover import make_separator
from appliance.demo.defects import Look, scan
from appliance.demo.forms import make_form, make_table
from appliance.demo.letters import make_decision, make_letter, make_statement
from appliance.demo.paper import Leaf
from appliance.demo.prose import Writer, wording
from appliance.documents.separator import encode

FONDS = "H00.00.00"
LETTER, DECISION, OTHER = "22", "02", "32"
TONES = ((247, 244, 236), (249, 248, 244), (243, 238, 222), (246, 242, 229))


@dataclass(frozen=True, slots=True)
class Paper:
    """One sheet of a document. ``back`` may be ``overleaf``: the letter of the front goes on there."""

    front: str
    back: str = "blank"
    skew: float = 0.0
    upside_down: bool = False


@dataclass(frozen=True, slots=True)
class File:
    """One document: type code and sheets; without a separator it goes on from the dossier's."""

    type_name: str
    papers: tuple[Paper, ...]
    separator: bool = True


@dataclass(frozen=True, slots=True)
class Plan:
    """What a stack is made of: documents of each dossier; one face of each sheet only if not ``duplex``."""

    dossiers: tuple[tuple[File, ...], ...]
    duplex: bool = True
    dpi: int = 300
    first_number: int = 16


@dataclass(frozen=True, slots=True)
class SideTruth:
    """What is really on one side. ``name`` is the file without ending, such as ``0003b``."""

    name: str
    kind: str
    text: str
    file_code: str
    ordinal: int
    skew: float = 0.0
    upside_down: bool = False


@dataclass(frozen=True, slots=True)
class Stack:
    """A rendered stack and its truth, in feeding order."""

    folder: Path
    sides: tuple[SideTruth, ...]

    @property
    def sheets(self) -> int:
        """How many sheets of paper."""
        return len({side.name[:4] for side in self.sides})

    @property
    def separators(self) -> int:
        """How many sides belong to separator sheets, backs included."""
        return sum(side.kind.startswith("separator") for side in self.sides)

    @property
    def blank(self) -> int:
        """How many sides of documents are blank."""
        return sum(side.kind == "blank" for side in self.sides)

    def image(self, side: SideTruth) -> Path:
        """Return the image file of a side."""
        return self.folder / f"{side.name}.jpg"


@dataclass(frozen=True, slots=True)
class _Sheet:
    """One sheet to render: where it lies in the stack, what it is."""

    number: int
    file_code: str
    ordinal: int
    paper: Paper
    separator: Separator | None = None
    title: str = ""


DEMO = Plan((
    (File(DECISION, (Paper("decision"),)),
     File(LETTER, (Paper("letter", "overleaf"),)),
     File(OTHER, (Paper("form"),))),
    (File(LETTER, (Paper("letter"),)),
     File(OTHER, (Paper("table", upside_down=True),)),
     File(OTHER, (Paper("statement", skew=1.8),))),
))
"""Two dossiers of three documents: 14 sheets, 28 sides."""

BENCH = Plan((
    (File(LETTER, (Paper("letter", "decision"), Paper("form", "table"), Paper("letter", "form", skew=-0.8),
                   Paper("decision", "table"), Paper("letter", "form"), Paper("decision", "table"),
                   Paper("letter", "decision", skew=1.2), Paper("form"))),),
    (File(LETTER, (Paper("letter", "decision"), Paper("form", "table"), Paper("letter", "form"),
                   Paper("decision", "table", upside_down=True), Paper("letter", "form"),
                   Paper("decision", "table"), Paper("letter", "table"), Paper("form"))),),
))
"""20 sheets, 40 sides: 8 letters, 7 decisions, 8 forms, 7 tables, 4 separators, 6 blank."""

QUICK = Plan(((File(LETTER, (Paper("letter"), Paper("form"), Paper("table")), separator=False),),), duplex=False)
"""Four sides: a separator, a letter, a form, a table."""

PLANS = {"demo": DEMO, "bench": BENCH, "quick": QUICK}

MAKERS: dict[str, Callable[[Random, int], list[Leaf]]] = {
    "letter": make_letter, "decision": make_decision, "statement": make_statement,
    "form": make_form, "table": make_table, "blank": lambda _, dpi: [Leaf(dpi)],
}


def make_stack(folder: Path, seed: int = 1, plan: Plan = DEMO,
               done: Callable[[int, int], None] = lambda *_: None) -> Stack:
    """Render a stack into ``folder`` as ``NNNNa.jpg`` (front) and ``NNNNb.jpg`` (back), counted from 1.

    Args:
        folder: made if missing.
        seed: the same seed and plan give the same bytes.
        plan: which sheets.
        done: called with (sheets rendered, sheets in all).

    Raises:
        ApplianceError: FONT_MISSING.
        OSError: the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    sheets = layout(plan, seed)
    sides: list[SideTruth] = []
    with ThreadPoolExecutor(2) as threads:
        for at, truths in enumerate(threads.map(lambda sheet: _render(folder, sheet, seed, plan), sheets), 1):
            sides += truths
            done(at, len(sheets))
    return Stack(folder, tuple(sides))


def file_code(plan: Plan, dossier: int) -> str:
    """Return the code of a plan's dossier, counted from 0."""
    return f"{FONDS}.2019.{plan.first_number + dossier}"


def layout(plan: Plan, seed: int) -> list[_Sheet]:
    """Return separators and papers in feeding order, with the numbers of sheets declared right."""
    sheets: list[_Sheet] = []
    for at, files in enumerate(plan.dossiers):
        code = file_code(plan, at)
        titles = wording()["titles"]
        title = titles[at % len(titles)].format(person=Writer(Random(f"{seed}/{at}")).person())
        total = sum(len(file.papers) for file in files)
        sheets.append(_Sheet(len(sheets) + 1, code, 0, Paper("separator"),
                             Separator(SheetKind.DOSSIER, code, sheets=total, no_secret=True), title))
        for ordinal, file in enumerate(files, 1):
            if file.separator:
                says = Separator(SheetKind.DOCUMENT, code, ordinal, file.type_name, len(file.papers),
                                 no_secret=True)
                sheets.append(_Sheet(len(sheets) + 1, code, ordinal, Paper("separator"), says))
            for paper in file.papers:
                sheets.append(_Sheet(len(sheets) + 1, code, ordinal, paper))
    return sheets


def _render(folder: Path, sheet: _Sheet, seed: int, plan: Plan) -> list[SideTruth]:
    """Write the images of one sheet; return their truth."""
    rng = Random(f"{seed}/{sheet.number}")
    faces = _faces(sheet, rng, plan.dpi)
    look = Look(skew=sheet.paper.skew, lid=abs(sheet.paper.skew) > 0.5, upside_down=sheet.paper.upside_down,
                holes=sheet.separator is None and rng.random() < 0.6, fold=rng.random() < 0.25,
                tone=rng.choice(TONES), quality=82)
    kinds = _kinds(sheet)
    truths = []
    for at, letter in enumerate("ab" if plan.duplex else "a"):
        mirrored = letter == "b"
        # the back of a sheet that is turned clockwise is seen turned the other way
        side = replace(look, mirrored=mirrored, skew=-look.skew if mirrored else look.skew)
        name = f"{sheet.number:04d}{letter}"
        (folder / f"{name}.jpg").write_bytes(scan(faces[at], side, rng.getrandbits(32), faces[1 - at]))
        truths.append(SideTruth(name, kinds[at], faces[at].text, sheet.file_code, sheet.ordinal, side.skew,
                                side.upside_down))
    return truths


def _faces(sheet: _Sheet, rng: Random, dpi: int) -> list[Leaf]:
    """Print both faces of a sheet."""
    if sheet.separator is not None:
        return [make_separator(sheet.separator, encode(sheet.separator), sheet.title, dpi), Leaf(dpi)]
    if sheet.paper.back == "overleaf":
        return make_letter(rng, dpi, sides=2)
    return [MAKERS[kind](rng, dpi)[0] for kind in (sheet.paper.front, sheet.paper.back)]


def _kinds(sheet: _Sheet) -> tuple[str, str]:
    if sheet.separator is not None:
        return "separator", "separator-back"
    return sheet.paper.front, sheet.paper.front if sheet.paper.back == "overleaf" else sheet.paper.back

