"""What is asked for one document: its PDF/A, its signature."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from appliance import listed
from appliance.core import clock
from appliance.core.config import Config, Job
from appliance.core.jobs import AssembleJob, AssemblePage, SignJob, StampSpace
from appliance.core.model import Box, EmptyBand
from appliance.core.plain import from_plain
from appliance.core.rules import RuleProfile
from appliance.documents import fields
from appliance.orders.pages import analysis_of, master_of
from appliance.signing import stamp
from appliance.spool.ledger import Row
from appliance.spool.store import Store


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
