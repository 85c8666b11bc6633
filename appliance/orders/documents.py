"""What is asked for one document: its PDF/A, its signature."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from appliance import listed
from appliance.core import clock
from appliance.core.config import Config, Job
from appliance.core.errors import ApplianceError
from appliance.core.jobs import (
    AGENCY,
    AssembleJob,
    AssemblePage,
    DocumentPart,
    SignJob,
    SignPolicy,
    StampSpace,
)
from appliance.core.model import Box, EmptyBand
from appliance.core.plain import from_plain
from appliance.core.rules import RuleProfile
from appliance.documents import fields
from appliance.orders import descriptions
from appliance.orders.descriptions import Described
from appliance.orders.pages import analysis_of, master_of
from appliance.signing import stamp
from appliance.spool.ledger import Row
from appliance.spool.store import Store


@dataclass(frozen=True, slots=True)
class DocumentOrder:
    """What ``assemble`` needs to know of one document; ``documents`` are all of its dossier."""

    row: Row
    pages: Sequence[Row]
    job: Job
    rules: RuleProfile
    documents: Sequence[Row] = ()


@dataclass(frozen=True, slots=True)
class SignatureOrder:
    """What ``sign`` needs to know of one document and of the key that is there now."""

    row: Row
    rules: RuleProfile
    development: bool
    moment: datetime
    key: str = AGENCY


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
        fields=_fields(order, words), provenance=provenance_id(order.row["id"], order.pages),
        parts=parts_of(order.pages), conformance=order.rules.pdf.conformance,
    )


def provenance_id(document: str, pages: Sequence[Row]) -> str:
    """Return what identifies the capture: document and batches, as the package's provenance names them."""
    batches = dict.fromkeys(page["batch"] for page in pages)
    return f"{document}@{'+'.join(batches)}"


def parts_of(pages: Sequence[Row]) -> tuple[DocumentPart, ...]:
    """Return the parts of a document that was scanned in several: each begins behind a separator or in a new batch.

    A page that was scanned again lies in another batch than its neighbours, and is no part.
    """
    begins = [0]
    for at in range(1, len(pages)):
        before, page = pages[at - 1], pages[at]
        later = {other["batch"] for other in pages[at:]}
        if page["batch"] != before["batch"]:
            parted = before["batch"] not in later and page["batch"] not in {row["batch"] for row in pages[:at]}
        else:
            parted = page["sheet"] > before["sheet"] + 1
        if parted:
            begins.append(at)
    if len(begins) == 1:
        return ()
    return tuple(DocumentPart(first, f"Phần {number} / part {number}") for number, first in enumerate(begins, 1))


def _fields(order: DocumentOrder, words: listed.Words) -> dict[str, str]:
    """Return the document's descriptive fields; what is wrong with them is said when the package is made."""
    try:
        one = Described(order.row, order.documents, len(order.pages), order.row["file_code"])
        return descriptions.of(one, words)
    except ApplianceError:
        return {}


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
        font_size=table.font_size, signed_at=clock.iso(order.moment), key=order.key, policy=policy(order.rules))


def policy(profile: RuleProfile) -> SignPolicy:
    """Return how much a signature of this rule profile must prove."""
    table = profile.signature
    return SignPolicy(table.level, table.lt_seconds, table.without_timestamp)
