"""What becomes of a batch: dossiers, documents, separators and questions, as plain values. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from appliance.core.model import Special


@dataclass(frozen=True, slots=True)
class KnownDossier:
    """What the ledger knows of a dossier from earlier batches; ``job`` is the one it was begun under.

    ``written``: numbers of the documents whose file is made already, to which no page can be added any more.
    """

    ordinals: tuple[int, ...] = ()
    captured_sheets: int = 0
    declared_sheets: int = 0
    closed: bool = False
    job: str = ""
    written: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class DocumentPlan:
    """One document of a batch.

    Attributes:
        pages: page ids in order; blank backs and pages that wait for a person keep their place.
        sheets: sheets of paper captured for it in this batch.
        declared_sheets: what its separator said, 0 when nothing.
        continues: begun in an earlier batch; these pages come after those.
        component: what the code on its first page calls it, where that is no number.
        special: copies of fragile paper, scans of their originals, pages with notes.
    """

    ordinal: int
    type_name: str
    declared_sheets: int
    pages: tuple[int, ...]
    sheets: int
    continues: bool = False
    component: str = ""
    special: Special = field(default_factory=Special)


@dataclass(frozen=True, slots=True)
class DossierPlan:
    """One dossier of a batch.

    Attributes:
        held: code of the error that holds it, or empty.
        details: fills the error's texts; no personal data.
        captured_sheets: sheets without separators, earlier batches included.
        job: the job that its separator names, or empty.
        again: its separator said that the whole dossier is scanned again.
    """

    file_code: str
    declared_sheets: int
    documents: tuple[DocumentPlan, ...]
    captured_sheets: int
    held: str = ""
    details: dict[str, int | str] = field(default_factory=dict)
    job: str = ""
    again: bool = False


@dataclass(slots=True)
class RescanPlan:
    """Paper that takes the place of pages of a document that an earlier batch brought.

    Attributes:
        page: the page whose sheet comes again first, 0 the whole document.
        declared: sheets that the separator says, 0 when nothing.
        pages: page ids in order, those that wait for a person included.
        sheets: sheets of paper captured for it.
        fault: code of the error that holds it, or empty; ``reason`` fills its text.
    """

    file_code: str
    ordinal: int
    page: int
    declared: int
    pages: list[int] = field(default_factory=list)
    sheets: set[int] = field(default_factory=set)
    fault: str = ""
    reason: str = ""


class Question(NamedTuple):
    """A page that must wait for a person, the code of the catalogue that says why, and the reason."""

    page: int
    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class Separation:
    """What became of a batch.

    Every page is in a document, a rescan, a separator, in ``questions``, or was held before (and is then named here
    only as part of a document). A question's page that is also in a document has its place and waits there.
    """

    dossiers: tuple[DossierPlan, ...]
    separators: tuple[int, ...]
    questions: tuple[Question, ...]
    rescans: tuple[RescanPlan, ...] = ()
