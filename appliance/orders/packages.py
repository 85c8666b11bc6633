"""What is asked for one dossier: its package, and where every page in it comes from."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from appliance import listed
from appliance.core import clock, rules
from appliance.core.config import Config
from appliance.core.heartbeat import TEST
from appliance.core.jobs import PackageDocument, PackageJob
from appliance.documents import fields
from appliance.orders import catalogue, descriptions, history, papers, sources
from appliance.orders.descriptions import Described
from appliance.orders.pages import analysis_of
from appliance.spool.ledger import Row
from appliance.spool.store import Store


@dataclass(frozen=True, slots=True)
class PackageOrder:
    """What ``package`` needs to know of one dossier.

    ``audit``: number and hash of the newest link of the audit chain. ``delivered``: earlier revisions that the
    archive has, the newest first; ``before``: pages that only those, or revisions that never left, had.
    ``evidence``: what proves each signature; ``captures``: the batches its pages are from. ``bonds``: what it
    answers, and what it is added to.
    """

    row: Row
    documents: Sequence[Row]
    pages: Sequence[Row]
    aside: Sequence[dict[str, Any]]
    uuid: str
    created: str
    audit: tuple[int, str]
    delivered: Sequence[Row] = ()
    before: Sequence[Row] = ()
    evidence: Sequence[Row] = ()
    bonds: history.Bonds = field(default_factory=history.Bonds)
    captures: Sequence[Row] = ()

    @property
    def status(self) -> str:
        """What the package is to the archive: the first of its dossier, a replacement, an addition, or a trial."""
        if self.row["synthetic"]:
            return TEST
        if self.delivered:
            return "REPLACEMENT"
        return "SUPPLEMENT" if self.row["line"] else "NEW"

    @property
    def supplements(self) -> str:
        """Package to whose dossier this one adds documents; empty where it adds to none."""
        base = self.bonds.supplements
        return base["package"] if base is not None and self.status == "SUPPLEMENT" else ""


def package(order: PackageOrder, store: Store, config: Config) -> PackageJob:
    """Ask for the package of one dossier."""
    row, words = order.row, listed.words_of(order.row["register"], config.job_named(order.row["job"]))
    sheets = sum(document["sheets"] for document in order.documents)
    in_documents = [page for page in order.pages if page["document"]]
    documents = tuple(_package_document(document, order, config) for document in order.documents)
    start, end = period((one.fields.get("issuedDate", "") for one in documents),
                        clock.parse(row["opened"]).date())
    values = fields.dossier_fields(fields.DossierFacts(
        file_code=row["file_code"], title=words.title, maintenance=words.maintenance, mode=words.mode,
        documents=len(order.documents), sheets=sheets, pages=len(in_documents),
        start=start, end=end, organ_id=config.office.organ_id, more=words.more))
    return PackageJob(
        layout=config.archive.layout, uuid=order.uuid, created=order.created, file_code=row["file_code"],
        title=words.title, organisation=config.office.name, organisation_id=config.office.organ_id,
        record_status=order.status, fields=values, supplements=order.supplements,
        documents=documents,
        provenance=provenance(order, config), schemas=config.archive.schemas, out=str(store.package(order.uuid)),
        replaces=order.delivered[0]["package"] if order.delivered else "", archive_code=config.archive.code)


def period(issued: Iterable[str], scanned: date) -> tuple[date, date]:
    """Return first and last day of a dossier: of its documents where all are dated, else the day of scanning.

    ``issued``: the ``issuedDate`` of every document, DD/MM/YYYY or empty.
    """
    texts = list(issued)
    if not texts or not all(texts):
        return scanned, scanned
    days = [datetime.strptime(text, "%d/%m/%Y").date() for text in texts]  # noqa: DTZ007 - a day has no zone
    return min(days), max(days)


def _package_document(document: Row, order: PackageOrder, config: Config) -> PackageDocument:
    words = listed.words_of(order.row["register"], config.job_named(order.row["job"]))
    pages = [page for page in order.pages if page["document"] == document["id"]]
    values = descriptions.of(Described(document, order.documents, len(pages), order.row["file_code"]), words)
    return PackageDocument(document["ordinal"], document["signed_path"], document["signed_sha256"], values)


def provenance(order: PackageOrder, config: Config) -> str:
    """Return where every page of a package comes from, as JSON with sorted keys."""
    row = order.row
    facts = {
        "package": order.uuid, "created": order.created, "office": config.office.code, "operator": row["operator"],
        "operator_code": row["operator_code"], "named_by": row["named_by"],
        "rules": row["rules"], "no_secret": [row["confirmed"], row["confirmed_by"]], "device_check": row["checked"],
        "device_check_by": json.loads(row["checked_by"] or "{}"), "capture": json.loads(row["provenance"]),
        "audit_seq": order.audit[0], "audit_head": order.audit[1],
        "development_key": any(one["development"] for one in order.documents),
        "sheets_declared": row["declared"], "sheets_captured": row["captured"],
        "pages": [{**_page_provenance(page), **papers.note_of(page, order.pages)}
                  for page in order.pages if page["document"]],
        "special": papers.provenance(order.documents), "strips": strips(order.documents),
        "fields": {document["id"]: catalogue.provenance(document) for document in order.documents},
        "composition": json.loads(row["composition"] or "{}"), "evidence": evidence(order.evidence),
        "aside": order.aside, "register": json.loads(row["register"] or "{}"),
        "rule_profile": rules.told(row["rules"]), "screen": config.archive.screen.kind,
        "counts": sources.counts(order.pages, len(order.aside)), "captures": sources.captures(order.captures),
        "signatures": sources.signatures(order.documents),
        **history.of(row, order.delivered, order.before), **order.bonds.told(),
    }
    return json.dumps(facts, ensure_ascii=False, sort_keys=True, indent=1)


def strips(documents: Sequence[Row]) -> list[dict[str, Any]]:
    """Return which documents have a strip above page 1 that their paper has not: its height, and by whose leave."""
    return [{"document": one["id"], "height_mm": one["strip_mm"], "allowed_by": one["strip_leave"] or "rules"}
            for one in documents if one["strip_mm"]]


def evidence(pieces: Sequence[Row]) -> dict[str, list[list[str]]]:
    """Return what proves the signature of each document: kinds and SHA-256 of the pieces that the office keeps."""
    found: dict[str, list[list[str]]] = {}
    for piece in pieces:
        found.setdefault(piece["document"], []).append([piece["kind"], piece["sha256"]])
    return found


def _page_provenance(page: Row) -> dict[str, Any]:
    analysis = analysis_of(page)
    return {
        "document": page["document"], "number": page["number"], "batch": page["batch"], "sheet": page["sheet"],
        "side": page["side"], "attempt": page["attempt"], "sha256": page["sha256"], "captured": page["captured"],
        "operator": page["operator"], "kept": page["kept"].split(),
        "text": {"unread": page["unread"]} if page["unread"] else json.loads(page["reading"] or "{}"),
        "blank": bool(page["blank"]), "turn": analysis.geometry.turn, "skew": round(analysis.geometry.skew, 3),
        "checks": {verdict.check: [round(verdict.value, 4), round(verdict.limit, 4), verdict.ok, verdict.code]
                   for verdict in analysis.verdicts},
    }
