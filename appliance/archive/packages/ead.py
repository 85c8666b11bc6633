"""The descriptive fields of a dossier and of a document (EAD.xml, EAD_doc_*.xml).

The table of fields (names, lengths, code lists) is the pair of schemas beside this module; they travel
in every package. Only what XSD 1.0 cannot express is written here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from xml.etree import ElementTree as ET

from appliance.archive.packages import markup
from appliance.core import errors
from appliance.core.jobs import PackageDocument, PackageJob

SCHEMAS = Path(__file__).parent / "schemas"
DOSSIER = "ead.xsd"
DOCUMENT = "ead_doc.xsd"
ARCHIVED_DOSSIER = "ead_aip.xsd"
ARCHIVED_DOCUMENT = "ead_doc_aip.xsd"

_XS = "{http://www.w3.org/2001/XMLSchema}"
_DATES = ("startDate", "endDate", "issuedDate")


@dataclass(frozen=True, slots=True)
class Field:
    """One field as its schema declares it. ``pattern`` covers length, code list and form."""

    name: str
    required: bool
    longest: int
    pattern: re.Pattern[str]


@lru_cache(maxsize=4)
def table(schema: str) -> tuple[Field, ...]:
    """Return the fields of ``DOSSIER`` (18) or ``DOCUMENT`` (21; archived 19) in the order of the circular."""
    root = markup.parse((SCHEMAS / schema).read_bytes())
    return tuple(_field(element) for element in root.iter(f"{_XS}element") if element.get("name") != "simpledc")


def complete_dossier(job: PackageJob) -> dict[str, str]:
    """Return the dossier's fields with those that follow from its content.

    Counted or known: fileCode, title, totalDoc, numberOfPage, startDate and endDate when every document
    is dated. Customary: Vietnamese, digitised, no spare copy; the paper dossier bears the code that its
    separator carries. A value of ``job.fields`` goes before a customary one.
    """
    documents = [document.fields for document in job.documents]
    customary = {"language": "01", "confidenceLevel": "02", "riskRecovery": "0", "title": job.title,
                 "paperFileCode": job.file_code, **_span(documents)}
    pages = [fields.get("numberOfPage", "") for fields in documents]
    if all(re.fullmatch(r"[0-9]{1,4}", count) for count in pages):
        customary["numberOfPage"] = str(sum(map(int, pages)))
    given = {name: value for name, value in job.fields.items() if value}
    return {**customary, **given, "fileCode": job.file_code, "totalDoc": str(len(documents))}


def complete_document(file_code: str, document: PackageDocument, dossier: Mapping[str, str]) -> dict[str, str]:
    """Return one document's fields; what it does not say of itself it takes from its dossier."""
    shared = ("maintenance", "mode", "language", "confidenceLevel", "riskRecovery", "riskRecoveryStatus", "format")
    customary = {name: dossier.get(name, "") for name in shared}
    customary |= {"typeName": "32", "docId": f"{document.ordinal:07d}"}
    given = {name: value for name, value in document.fields.items() if value}
    return {**customary, **given, "docCode": f"{file_code}.{document.ordinal:07d}"}


def document_code(name: str) -> str:
    """Return the docCode of the document ``<fileCode>.<n>``: seven digits; nothing where it has no number."""
    code, _, ordinal = name.rpartition(".")
    return f"{code}.{int(ordinal):07d}" if re.fullmatch(r"[1-9][0-9]{0,6}", ordinal) else ""


def archived_dossier(values: Mapping[str, str], code: str) -> dict[str, str]:
    """Return a dossier's fields as an AIP has them: under its code in the archive."""
    return {"arcFileCode": code, **{name: value for name, value in values.items() if name != "fileCode"}}


def archived_document(values: Mapping[str, str], code: str, ordinal: int) -> dict[str, str]:
    """Return a document's fields as an AIP has them: fewer, and with its place in the dossier."""
    names = {field.name for field in table(ARCHIVED_DOCUMENT)}
    kept = {name: value for name, value in values.items() if name in names}
    return {**kept, "arcFileCode": code, "docOrdinal": str(ordinal)}


def problem(schema: str, values: Mapping[str, str]) -> tuple[str, str] | None:
    """Return (field, what is wrong with it) of the first bad field, or None.

    The reason never quotes the value: titles and names are personal data.
    """
    fields = table(schema)
    for name in sorted(set(values) - {field.name for field in fields}):
        return name, "unknown field"
    for field in fields:
        reason = _fault(field, values.get(field.name, ""))
        if reason:
            return field.name, reason
    return _missing_by_condition(schema, values)


def check(schema: str, values: Mapping[str, str]) -> None:
    """Refuse values that the schema or a condition of the circular does not allow.

    Raises:
        ApplianceError: FIELD_INVALID with the field's name.
    """
    bad = problem(schema, values)
    if bad:
        raise errors.FIELD_INVALID.error(name=bad[0], reason=bad[1])


def write(schema: str, values: Mapping[str, str], schema_path: str) -> bytes:
    """Return the XML file; every field stands in it, empty when not given.

    ``schema_path`` is where the schema lies as seen from the file.
    """
    lines = ['<?xml version="1.0" encoding="UTF-8"?>']
    place = markup.attributes(xmlns__xsi="http://www.w3.org/2001/XMLSchema-instance",
                              xsi__noNamespaceSchemaLocation=schema_path)
    lines.append(f"<simpledc{place}>")
    lines += [f"  <{field.name}>{markup.content(values.get(field.name, ''))}</{field.name}>"
              for field in table(schema)]
    lines.append("</simpledc>\n")
    return "\n".join(lines).encode()


def read(data: bytes) -> dict[str, str]:
    """Return the fields of an EAD file.

    Raises:
        markup.MalformedError: no acceptable XML, another root, or a field that stands twice.
    """
    root = markup.parse(data)
    if root.tag != "simpledc":
        raise markup.MalformedError("the root element is not simpledc")
    values: dict[str, str] = {}
    for element in root:
        if element.tag in values or len(element):
            raise markup.MalformedError("a field stands twice or is not plain text")
        values[element.tag] = element.text or ""
    return values


def _field(element: ET.Element) -> Field:
    restriction = element.find(f"{_XS}simpleType/{_XS}restriction")
    assert restriction is not None
    facets = {facet.tag.removeprefix(_XS): facet.get("value", "") for facet in restriction}
    listed = [facet.get("value", "") for facet in restriction.findall(f"{_XS}enumeration")]
    form = "|".join(map(re.escape, listed)) or facets.get("pattern") or ".*"
    longest = int(facets.get("maxLength", 0)) or 1 << 16
    return Field(element.attrib["name"], element.get("minOccurs") != "0", longest, re.compile(form, re.DOTALL))


def _fault(field: Field, value: str) -> str:
    if field.required and not value:
        return "missing"
    if len(value) > field.longest:
        return f"longer than {field.longest} characters"
    if markup.illegal(value):
        return "holds a control character"
    if not field.pattern.fullmatch(value):
        return "not one of the allowed values"
    if field.name in _DATES and len(value) == len("DD/MM/YYYY") and not _is_date(value):
        return "no such day"
    return ""


def _missing_by_condition(schema: str, values: Mapping[str, str]) -> tuple[str, str] | None:
    level = values.get("confidenceLevel", "")
    conditions = [("riskRecoveryStatus", values.get("riskRecovery") == "1")]
    if schema in (DOSSIER, ARCHIVED_DOSSIER):
        conditions.append(("paperFileCode", level == "02"))
    else:
        conditions.append(("process", level in {"01", "03"}))
    for name, compulsory in conditions:
        if compulsory and not values.get(name):
            return name, "missing, and another field makes it compulsory"
    return None


def _span(documents: list[dict[str, str]]) -> dict[str, str]:
    """Return first and last day of a dossier whose documents are all dated."""
    dates = [fields.get("issuedDate", "") for fields in documents]
    if not dates or not all(map(_is_date, dates)):
        return {}
    dates.sort(key=lambda text: text.split("/")[::-1])
    return {"startDate": dates[0], "endDate": dates[-1]}


def _is_date(text: str) -> bool:
    try:
        datetime.strptime(text, "%d/%m/%Y")  # noqa: DTZ007 - a day has no zone
    except ValueError:
        return False
    return True
