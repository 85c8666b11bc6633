"""The two forms with METS: ``tt05-sip-hoso`` and ``tt05-aip-hoso`` of Circular 05/2025/TT-BNV (docs/package.md).

Both come from the same content. The AIP has the archive's code of the dossier, 19 fields a document and PREMIS.
"""

from __future__ import annotations

from collections.abc import Iterator

import appliance
from appliance.archive.packages import ead, foreign, mets, premis
from appliance.archive.packages.content import PROVENANCE, Content, Document
from appliance.archive.packages.members import JSON, PDF, XML, Member, small
from appliance.archive.packages.mets import AIP, SIP, Form, Group, Header, Parts

BELOW = f"{mets.REPRESENTATION}/"
_TABLES = {SIP: (ead.DOSSIER, ead.DOCUMENT), AIP: (ead.ARCHIVED_DOSSIER, ead.ARCHIVED_DOCUMENT)}


def sip(content: Content) -> tuple[str, Iterator[Member]]:
    """Return root folder and files of ``tt05-sip-hoso``, METS first."""
    return _package(content, SIP)


def aip(content: Content) -> tuple[str, Iterator[Member]]:
    """Return root folder and files of ``tt05-aip-hoso``, METS first."""
    return _package(content, AIP)


def _package(content: Content, form: Form) -> tuple[str, Iterator[Member]]:
    header = _header(content, form)
    return header.folder, _members(content, header)


def _header(content: Content, form: Form) -> Header:
    job = content.job
    return Header(job.uuid, job.title, content.created, job.record_status, job.organisation, job.organisation_id,
                  job.file_code, "scanner-appliance", appliance.__version__, content.replaces, content.supplements,
                  form)


def _members(content: Content, header: Header) -> Iterator[Member]:
    """Yield every file of the package in its order in the ZIP."""
    description = _description(content, header.form)
    documents = [_document(content, document, header.form) for document in content.documents]
    kept, kept_inside = _preservation(content, header)
    pairs = tuple((pdf.entry(PDF, BELOW), about.entry(XML, BELOW)) for pdf, about in documents)
    inner = small(f"{BELOW}METS.xml", mets.representation(
        header, pairs, *(member.entry(XML, BELOW) for member in kept_inside)))
    schemas = [small(f"schemas/{name}", data) for name, data in _schemas(content, header.form)]
    notes = [small(PROVENANCE, content.job.provenance.encode())] if content.job.provenance else []
    groups = [Group("Schemas", tuple(member.entry(XML) for member in schemas))]
    if notes:
        groups.insert(0, Group("Documentation", tuple(member.entry(JSON) for member in notes)))
    yield small("METS.xml", mets.root(header, Parts(
        description.entry(XML), tuple(groups), inner.entry(XML), tuple(member.entry(XML) for member in kept))))
    yield from (description, *kept, inner, *kept_inside)
    for pdf, about in documents:
        yield from (about, pdf)
    yield from (*schemas, *notes)


def _description(content: Content, form: Form) -> Member:
    values, table = content.dossier, _TABLES[form][0]
    if form is AIP:
        values = ead.archived_dossier(values, content.arc_file_code)
        ead.check(table, values)
    return small("metadata/descriptive/EAD.xml", ead.write(table, values, f"../../schemas/{ead.DOSSIER}"))


def _document(content: Content, document: Document, form: Form) -> tuple[Member, Member]:
    """Return the PDF and its description."""
    values, table = document.fields, _TABLES[form][1]
    if form is AIP:
        values = ead.archived_document(values, content.arc_file_code, document.ordinal)
        ead.check(table, values)
    about = ead.write(table, values, f"../../../../schemas/{ead.DOCUMENT}")
    return (document.member(f"{BELOW}data/{document.name}.pdf"),
            small(f"{BELOW}metadata/descriptive/EAD_doc_{document.name}.xml", about))


def _preservation(content: Content, header: Header) -> tuple[list[Member], list[Member]]:
    """Return PREMIS of the package and of its representation; a SIP has none."""
    if header.form is SIP:
        return [], []
    facts = premis.Facts(content, header)
    return ([small("metadata/preservation/PREMIS.xml", premis.of_package(facts))],
            [small(f"{BELOW}metadata/preservation/PREMIS_rep1.xml", premis.of_representation(facts))])


def _schemas(content: Content, form: Form) -> Iterator[tuple[str, bytes]]:
    """Yield the schemas that travel; ours have the names of the circular in both forms."""
    folder = content.job.schemas
    for name in foreign.NEEDED:
        yield name, foreign.schema(name, folder)
    for name, source in zip((ead.DOSSIER, ead.DOCUMENT), _TABLES[form], strict=True):
        yield name, (ead.SCHEMAS / source).read_bytes()
    if form is AIP and (data := foreign.schema_if_there(foreign.PREMIS, folder)) is not None:
        yield foreign.PREMIS, data
