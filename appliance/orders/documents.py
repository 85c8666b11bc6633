"""What is asked for one document: its PDF/A, its signature."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from appliance import listed
from appliance.core import clock, errors, lettering, rules, stamping
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
    Stencil,
)
from appliance.core.model import Box
from appliance.core.plain import from_plain
from appliance.core.rules import RuleProfile
from appliance.core.stamping import StampForm
from appliance.documents import fields
from appliance.orders import descriptions
from appliance.orders.descriptions import Described
from appliance.orders.pages import analysis_of, master_of
from appliance.signing import stamp
from appliance.signing.stamp import Names
from appliance.spool.ledger import Row
from appliance.spool.store import Store

A4_HALF_MM, BAND_MM = 105.0, 20.0
"""Half of A4's width, and how far down a stamp may stand."""


@dataclass(frozen=True, slots=True)
class DocumentOrder:
    """What ``assemble`` needs to know of one document; ``documents`` are all of its dossier.

    ``person`` scanned its first page; ``development``: it is likely to be signed with a key for trials.
    """

    row: Row
    pages: Sequence[Row]
    job: Job
    rules: RuleProfile
    documents: Sequence[Row] = ()
    person: str = ""
    development: bool = True


@dataclass(frozen=True, slots=True)
class SignatureOrder:
    """What ``sign`` needs to know of one document, of the key that is there now, and of the office's seal."""

    row: Row
    rules: RuleProfile
    development: bool
    moment: datetime
    key: str = AGENCY
    seal: Stencil | None = None
    certificate: str = ""


def assemble(order: DocumentOrder, store: Store, config: Config) -> AssembleJob:
    """Ask for the PDF/A of one document.

    Raises:
        ApplianceError: STAMP_WORDLESS, STAMP_FONT.
    """
    words = listed.words_of(order.row["register"], order.job)
    first = analysis_of(order.pages[0])
    return AssembleJob(
        pages=tuple(_assemble_page(row, store) for row in order.pages),
        out=str(store.unsigned(order.row["id"])),
        identifier=fields.document_code(order.row["file_code"], order.row["ordinal"]),
        title=f"{words.title} – {order.row['file_code']}.{order.row['ordinal']}",
        creator=config.office.name, subject=order.rules.law, conversion_mark=order.rules.conversion_mark,
        created=order.row["created"],
        stamp=_space(order, config),
        band=first.band,
        fields=_fields(order, words), provenance=provenance_id(order.row["id"], order.pages),
        parts=parts_of(order.pages), conformance=order.rules.pdf.conformance,
    )


def refuse_unsayable(config: Config) -> None:
    """Refuse settings with which a stamp could not say what its rule profile wants, before any paper is scanned.

    Raises:
        ApplianceError: PROFILE_UNKNOWN, a settings error, STAMP_WORDLESS, STAMP_FONT; STAMP_SPACE where not even
            a bare A4 page would have room in the corner.
    """
    rules.check_jobs(config)
    for job in rules.jobs_of(config):
        profile = rules.load(job.rules)
        people = [person.name for person in config.operator] or ["-"]
        said = (stamp.lines(profile, Names(config.office.name, name, job.copy_form), None) for name in people)
        for texts in dict.fromkeys(said):
            lettering.refuse_missing(texts, lettering.load())
            _refuse_large(texts, profile)


def _refuse_large(texts: Sequence[str], profile: RuleProfile) -> None:
    """Refuse a text for which every document would be held: no form of it fits on bare A4, without a strip."""
    table = profile.stamp
    wide, high = A4_HALF_MM - table.margin_mm, BAND_MM - table.margin_mm
    forms = stamping.forms(texts, table.look(), StampForm(table.width_mm, table.height_mm))
    if table.strip == "never" and not any(one.width_mm <= wide and one.height_mm <= high for one in forms):
        k = stamping.POINTS_PER_MM
        raise errors.STAMP_SPACE.error(width=round(wide * k), height=round(high * k))


def _space(order: DocumentOrder, config: Config) -> StampSpace:
    """Say how much room the stamp needs: for its text as it will be, at any time of signing, and its seal."""
    table = order.rules.stamp
    names = Names(config.office.name, order.person, order.job.copy_form, order.development)
    wished = StampForm(table.width_mm, table.height_mm)
    forms = stamping.forms(stamp.lines(order.rules, names, None), table.look(), wished)
    return StampSpace(table.corner, table.width_mm, table.height_mm, table.margin_mm, forms,
                      strip=table.strip == "when_needed" or bool(order.row["strip_leave"]))


def outgrown(order: DocumentOrder, config: Config) -> bool:
    """Say whether what the stamp would say now needs more room than an assembled document has for it.

    Raises:
        ApplianceError: STAMP_WORDLESS, STAMP_FONT.
    """
    box = from_plain(Box, json.loads(order.row["stamp_box"]))
    wide, high = (round(side / stamping.POINTS_PER_MM, 2) for side in (box.x1 - box.x0, box.y1 - box.y0))
    return not any(form.width_mm <= wide and form.height_mm <= high for form in _space(order, config).forms)


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
    row = order.row
    names = Names(config.office.name, row["operator"] or "", config.job_named(row["job"]).copy_form,
                  order.development)
    return SignJob(
        document=row["id"], unsigned=row["unsigned_path"], unsigned_sha256=row["unsigned_sha256"],
        out=str(store.signed(row["id"])), box=from_plain(Box, json.loads(row["stamp_box"])),
        lines=stamp.lines(order.rules, names, order.moment), look=order.rules.stamp.look(), seal=order.seal,
        signed_at=clock.iso(order.moment), key=order.key, policy=policy(order.rules),
        certificate=order.certificate)


def policy(profile: RuleProfile) -> SignPolicy:
    """Return how much a signature of this rule profile must prove."""
    table = profile.signature
    return SignPolicy(table.level, table.lt_seconds, table.without_timestamp)
