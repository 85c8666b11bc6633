"""From rows of the ledger to what a stage is asked for, and back. Pure: no input or output."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from appliance import listed, terms
from appliance.core import clock
from appliance.core.config import Config, Job
from appliance.core.jobs import (
    AnalyseJob,
    AssembleJob,
    AssemblePage,
    PackageDocument,
    PackageJob,
    ReadJob,
    SignJob,
    StampSpace,
)
from appliance.core.model import Box, EmptyBand, Master, PageAnalysis, Side
from appliance.core.plain import from_plain
from appliance.core.rules import RuleProfile
from appliance.documents import fields, patches, ways
from appliance.documents import separate as separation
from appliance.documents.plan import DossierPlan, KnownDossier
from appliance.documents.sheet import SidePage
from appliance.documents.ways import Terms
from appliance.signing import stamp
from appliance.spool import dossiers
from appliance.spool.ledger import Row
from appliance.spool.store import Store


@dataclass(frozen=True, slots=True)
class Known:
    """What is known when a batch is separated.

    The key of separators, earlier dossiers, who scanned (code), and what other jobs mean for the batch.
    """

    key: bytes
    earlier: Sequence[dossiers.Earlier]
    operator: str = ""
    jobs: Mapping[str, Terms] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DocumentOrder:
    """What ``assemble`` needs to know of one document."""

    row: Row
    pages: Sequence[Row]
    job: Job
    rules: RuleProfile


@dataclass(frozen=True, slots=True)
class SignatureOrder:
    """What ``sign`` needs to know of one document and of the key that is there now."""

    row: Row
    rules: RuleProfile
    development: bool
    moment: datetime


@dataclass(frozen=True, slots=True)
class PackageOrder:
    """What ``package`` needs to know of one dossier."""

    row: Row
    documents: Sequence[Row]
    pages: Sequence[Row]
    aside: Sequence[dict[str, Any]]
    uuid: str
    created: str
    audit_head: str


def master_of(row: Row) -> Master:
    """Return the master of a page row."""
    return from_plain(Master, json.loads(row["master"]))


def analysis_of(row: Row) -> PageAnalysis:
    """Return the analysis of a page row."""
    return from_plain(PageAnalysis, json.loads(row["analysis"]))


def analyse(row: Row, store: Store, config: Config, rules: RuleProfile) -> AnalyseJob:
    """Ask for a look at a captured side."""
    master = master_of(row)
    return AnalyseJob(master, str(store.master(master.path)), rules.image.limits(), config.pool.max_pixels)


def read(row: Row, store: Store, config: Config, engine: str = "") -> ReadJob:
    """Ask for the text of a page."""
    master, analysis = master_of(row), analysis_of(row)
    return ReadJob(
        path=str(store.master(master.path)), format=master.format, geometry=analysis.geometry,
        dpi=master.resolution, ocr_dpi=config.ocr.dpi, languages=config.ocr.languages,
        engine=engine or config.ocr.engine, tessdata=str(config.ocr.tessdata),
        seconds=max(5, config.pool.job_seconds // 2), out=str(store.text(row["id"])),
        treatment=analysis.treatment,
    )


def separate(batch: Row, pages: Sequence[Row], job: Job, known: Known) -> dossiers.Separated:
    """Tell dossiers and documents of a batch apart.

    A dossier that waits for sheets is continued, unless this batch has it whole: then it was scanned again.
    """
    if not pages:
        return dossiers.Separated(batch["id"], batch["job"], (), (), ())
    sides = [side_of(row) for row in pages]
    closed = [dossier for dossier in known.earlier if dossier.closed]
    waiting = [dossier for dossier in known.earlier if dossier.waiting]
    found = separation.separate(sides, _rules(batch, job, known, closed))
    whole = {plan.file_code for plan in found.dossiers if plan.declared_sheets and not plan.held}
    continued = [dossier for dossier in waiting if dossier.file_code not in whole]
    if continued:
        found = separation.separate(sides, _rules(batch, job, known, closed + continued))
    codes = {dossier.file_code for dossier in continued}
    return dossiers.Separated(
        batch=batch["id"], job=batch["job"], separators=found.separators,
        questions=tuple((question.page, question.code, question.reason) for question in found.questions),
        dossiers=tuple(_dossier(plan, known, continues=plan.file_code in codes) for plan in found.dossiers))


def _rules(batch: Row, job: Job, known: Known, earlier: Sequence[dossiers.Earlier]) -> separation.SeparationRules:
    by_code = {one.file_code: KnownDossier(one.ordinals, one.captured, one.declared, one.closed, one.job)
               for one in earlier}
    return separation.SeparationRules(
        terms.way_of(job), terms.default_file_code(batch["id"], job), known.key, known.operator, batch["job"],
        known.jobs, by_code)


def side_of(row: Row) -> SidePage:
    """Return a row of the ledger as separation sees it."""
    held = row["code"] if row["state"] == "held" else ""
    if not row["analysis"]:
        return SidePage(row["id"], row["sheet"], Side(row["side"]), bool(row["blank"]), held)
    found = analysis_of(row)
    unread = any(ways.at_head(found.geometry, box) for box in found.unread)
    return SidePage(row["id"], row["sheet"], Side(row["side"]), bool(row["blank"]), held,
                    tuple(mark.text for mark in found.marks), patches.letters(found.marks), unread)


def _dossier(plan: DossierPlan, known: Known, *, continues: bool) -> dossiers.NewDossier:
    documents = tuple(
        dossiers.NewDocument(doc.ordinal, doc.type_name, doc.sheets, doc.pages, doc.continues, doc.declared_sheets,
                             doc.component)
        for doc in plan.documents)
    new = dossiers.NewDossier(plan.file_code, plan.declared_sheets, plan.captured_sheets, documents, plan.held,
                              dict(plan.details), continues)
    asked = known.jobs.get(plan.job)
    return replace(new, job=plan.job, rules=asked.rules) if asked else new


def assemble(order: DocumentOrder, store: Store, config: Config) -> AssembleJob:
    """Ask for the PDF/A of one document."""
    table, words = order.rules.stamp, listed.words_of(order.row["register"], order.job)
    first = analysis_of(order.pages[0])
    return AssembleJob(
        pages=tuple(_assemble_page(row, store) for row in order.pages),
        out=str(store.unsigned(order.row["id"])),
        identifier=fields.document_code(order.row["file_code"], order.row["ordinal"]),
        title=f"{words.title} – {order.row['file_code']}.{order.row['ordinal']}",
        creator=config.office.name, subject=order.rules.law, conversion_mark=order.rules.conversion_mark,
        created=order.row["created"],
        stamp=StampSpace(table.corner, table.width_mm, table.height_mm, table.margin_mm),
        band=first.band if not first.blank else EmptyBand(),
    )


def _assemble_page(row: Row, store: Store) -> AssemblePage:
    master = master_of(row)
    return AssemblePage(
        path=str(store.master(master.path)), sha256=master.sha256, format=master.format, width=master.width,
        height=master.height, components=master.components, dpi=master.resolution,
        geometry=analysis_of(row).geometry, text=row["text_path"])


def sign(order: SignatureOrder, store: Store, config: Config) -> SignJob:
    """Ask for the signature of one document."""
    row, table, agency = order.row, order.rules.stamp, config.office.name
    lines = stamp.lines(order.rules, agency, row["operator"], order.moment, development=order.development)
    return SignJob(
        document=row["id"], unsigned=row["unsigned_path"], unsigned_sha256=row["unsigned_sha256"],
        out=str(store.signed(row["id"])), box=from_plain(Box, json.loads(row["stamp_box"])), lines=lines,
        font_size=table.font_size, signed_at=clock.iso(order.moment))


def package(order: PackageOrder, store: Store, config: Config) -> PackageJob:
    """Ask for the package of one dossier."""
    row, words = order.row, listed.words_of(order.row["register"], config.job_named(order.row["job"]))
    sheets = sum(document["sheets"] for document in order.documents)
    in_documents = [page for page in order.pages if page["document"]]
    values = fields.dossier_fields(fields.DossierFacts(
        file_code=row["file_code"], title=words.title, maintenance=words.maintenance, mode=words.mode,
        documents=len(order.documents), sheets=sheets, pages=len(in_documents),
        start=clock.parse(row["opened"]).date(), end=clock.parse(row["opened"]).date(),
        organ_id=config.office.organ_id, more=words.more))
    return PackageJob(
        layout=config.archive.layout, uuid=order.uuid, created=order.created, file_code=row["file_code"],
        title=words.title, organisation=config.office.name, organisation_id=config.office.organ_id,
        record_status="NEW", fields=values,
        documents=tuple(_package_document(document, order, config) for document in order.documents),
        provenance=provenance(order, config), schemas=config.archive.schemas, out=str(store.package(order.uuid)))


def _package_document(document: Row, order: PackageOrder, config: Config) -> PackageDocument:
    words = listed.words_of(order.row["register"], config.job_named(order.row["job"]))
    pages = [page for page in order.pages if page["document"] == document["id"]]
    values = fields.document_fields(fields.DocumentFacts(
        file_code=order.row["file_code"], ordinal=document["ordinal"], type_name=document["type_name"],
        pages=len(pages), maintenance=words.maintenance, mode=words.mode, language=words.language,
        more=listed.of_documents(words)))
    return PackageDocument(document["ordinal"], document["signed_path"], document["signed_sha256"], values)


def provenance(order: PackageOrder, config: Config) -> str:
    """Return where every page of a package comes from, as JSON with sorted keys."""
    row = order.row
    facts = {
        "package": order.uuid, "created": order.created, "office": config.office.code, "operator": row["operator"],
        "operator_code": row["operator_code"], "named_by": row["named_by"],
        "rules": row["rules"], "device_check": row["checked"],
        "device_check_by": json.loads(row["checked_by"] or "{}"), "capture": json.loads(row["provenance"]),
        "audit_head": order.audit_head, "development_key": any(one["development"] for one in order.documents),
        "sheets_declared": row["declared"], "sheets_captured": row["captured"],
        "pages": [_page_provenance(page) for page in order.pages if page["document"]],
        "aside": order.aside, "register": json.loads(row["register"] or "{}"),
    }
    return json.dumps(facts, ensure_ascii=False, sort_keys=True, indent=1)


def _page_provenance(page: Row) -> dict[str, Any]:
    analysis = analysis_of(page)
    return {
        "document": page["document"], "number": page["number"], "batch": page["batch"], "sheet": page["sheet"],
        "side": page["side"], "attempt": page["attempt"], "sha256": page["sha256"], "captured": page["captured"],
        "operator": page["operator"], "kept": page["kept"].split(),
        "blank": bool(page["blank"]), "turn": analysis.geometry.turn, "skew": round(analysis.geometry.skew, 3),
        "checks": {verdict.check: [round(verdict.value, 4), round(verdict.limit, 4), verdict.ok, verdict.code]
                   for verdict in analysis.verdicts},
    }
