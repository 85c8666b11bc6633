"""What is asked about a document's catalogue fields, and what they become in its file and its package."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from appliance.core.config import Config, Job
from appliance.core.errors import ApplianceError
from appliance.core.jobs import CatalogueJob, CataloguePage, Found
from appliance.core.plain import to_plain
from appliance.core.rules import CatalogueTable
from appliance.documents import fields
from appliance.documents.catalogue import bounds
from appliance.documents.catalogue.reading import IDENTIFIERS
from appliance.documents.composition import papers as folder_papers
from appliance.orders.pages import analysis_of, master_of
from appliance.spool import cataloguing
from appliance.spool.ledger import Row
from appliance.spool.store import Store

VIETNAMESE = "vie"
"""Names and numbers of Vietnamese papers are read best by this model alone."""

NOTE = (("signer", "Người ký: {}"), ("position", "Chức vụ: {}"), ("urgency", "Độ khẩn: {}"), ("form", "Mẫu: {}"))
"""Fields that the archive's list has not: they stand in its note (ghi chú)."""


def wanted(table: CatalogueTable, job: Job) -> tuple[str, ...]:
    """Return the fields that are looked for; numbers of persons only where the job asks for them."""
    return table.fields + (IDENTIFIERS if job.identifiers else ())


@dataclass(frozen=True, slots=True)
class CatalogueOrder:
    """What ``read`` needs to know of one document: its row, its pages, which fields are wanted."""

    row: Row
    pages: Sequence[Row]
    names: tuple[str, ...]


def read(order: CatalogueOrder, store: Store, config: Config) -> CatalogueJob:
    """Ask for the fields of one document; none of them may be later than its scan."""
    ocr = config.ocr
    languages = VIETNAMESE if VIETNAMESE in ocr.languages.split("+") else ocr.languages
    return CatalogueJob(tuple(_page(page, store) for page in order.pages), order.names, order.row["created"][:10],
                        languages, ocr.engine, str(ocr.tessdata))


def _page(row: Row, store: Store) -> CataloguePage:
    master, analysis = master_of(row), analysis_of(row)
    return CataloguePage(row["text_path"], analysis.geometry, str(store.master(master.path)), master.format,
                         master.resolution, analysis.treatment)


def judged(found: Sequence[Found], table: CatalogueTable) -> list[Found]:
    """Return fields as the rule profile wants them: sure, left empty, or asked about.

    A field that is not sure, of which the pages say two things, or whose value its bounds forbid is never used.
    """
    low = cataloguing.ASKED if table.low == "hold" else cataloguing.EMPTY
    every = []
    for one in found:
        if one.value and one.certainty >= table.least and bounds.holds(one.name, one.value):
            every.append(one)
        else:
            every.append(replace(one, value=one.value if low == cataloguing.ASKED else "", source=low))
    return every


def values(row: Row) -> dict[str, str]:
    """Return the released fields of a document by name; none before they are."""
    if row["catalogued"] != cataloguing.RELEASED:
        return {}
    sure = (cataloguing.PAGE, cataloguing.PERSON)
    return {one.name: one.value for one in cataloguing.found_of(row) if one.value and one.source in sure}


def described(facts: fields.DocumentFacts, row: Row) -> dict[str, str]:
    """Return the fields of a document for file and package: register and separator first, then person, then page.

    A value that its bounds forbid is left out; it never keeps a package from being made.

    Raises:
        ApplianceError: FIELD_INVALID for what is not from the page.
    """
    facts, said = folder_papers.described(facts), values(row)
    names = {rule.name for rule in fields.rules(fields.DOCUMENT)}
    offered = {name: value for name, value in said.items() if name in names}
    note = ". ".join(text.format(said[name]) for name, text in NOTE if name in said)
    if note:
        offered["description"] = ". ".join(filter(None, (facts.more.get("description", ""), note)))
    offered = {name: value for name, value in offered.items() if name == "description" or name not in facts.more}
    type_name = facts.type_name or offered.pop("typeName", "")
    offered.pop("typeName", None)
    while True:
        try:
            return fields.document_fields(replace(facts, type_name=type_name, more={**facts.more, **offered}))
        except ApplianceError as problem:
            name = str(problem.details.get("name", ""))
            if name == "typeName" and not facts.type_name and type_name:
                type_name = ""
            elif name in offered:
                del offered[name]
            else:
                raise


def provenance(row: Row) -> dict[str, Any]:
    """Return where each field of a document is from, how sure it is and where it stands, for the package."""
    told = {}
    for one in cataloguing.found_of(row) if row["catalogued"] == cataloguing.RELEASED else ():
        facts = {"from": one.source, "certainty": one.certainty, "page": one.page,
                 "box": [round(edge) for edge in to_plain(one.box).values()] if one.box else None}
        told[one.name] = {**facts, "value": one.value} if one.value else facts
    if row["type_name"]:
        told["typeName"] = {"from": "separator", "value": row["type_name"]}
    return told


