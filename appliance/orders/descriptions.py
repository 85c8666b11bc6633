"""The descriptive fields of a document, the same in its file (XMP) and in its package (EAD)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from appliance import listed
from appliance.documents import fields
from appliance.orders import catalogue, papers
from appliance.spool.ledger import Row


@dataclass(frozen=True, slots=True)
class Described:
    """A document, all documents of its dossier, its pages and the code of its dossier."""

    row: Row
    documents: Sequence[Row]
    pages: int
    file_code: str


def of(one: Described, words: listed.Words) -> dict[str, str]:
    """Return the fields of a document: what register and separator say first, then a person, then the page.

    Raises:
        ApplianceError: FIELD_INVALID for what is not from the page.
    """
    row = one.row
    return catalogue.described(fields.DocumentFacts(
        file_code=one.file_code, ordinal=row["ordinal"], type_name=row["type_name"], pages=one.pages,
        maintenance=words.maintenance, mode=words.mode, language=words.language,
        more={**listed.of_documents(words), **papers.description(row, one.documents)}), row)
