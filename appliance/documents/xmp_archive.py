"""The archive's own words in the XMP packet, and the extension schema that makes them lawful in PDF/A. Pure.

ISO 19005-2, 6.6.2.3: a property outside the predefined schemas is described in the same packet, with its name,
type, category and meaning. Names are those of the circular (``fields.toml``): a reader of packages knows them.
"""

from __future__ import annotations

import re
import unicodedata
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from typing import Final
from xml.sax.saxutils import escape

from appliance.documents import fields

NAMESPACE = "urn:scanner-appliance:archive:1#"
PREFIX = "archive"

OWN: Final = {
    "provenanceId": "Nguồn gốc bản số hóa: tài liệu và các lô quét / what was scanned: document and batches",
    "conversionMark": "Dấu hiệu chuyển đổi từ văn bản giấy / mark of conversion from paper",
    "conversionTime": "Thời điểm chuyển đổi / time of conversion",
    "converter": "Cơ quan, người chuyển đổi / who converted",
    "addedStrip": "Dải trắng thêm phía trên trang 1 để đặt dấu ký, không có trên giấy / height of the empty strip "
    "that was added above page 1 for the stamp",
}
"""Properties besides the fields of a document, with what they mean."""

_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_SCHEMA = "{http://www.aiim.org/pdfa/ns/schema#}"
_PROPERTY = "{http://www.aiim.org/pdfa/ns/property#}"
_EXTENSION = "{http://www.aiim.org/pdfa/ns/extension/}"
_ILLEGAL = re.compile(r"[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_VALUES = """\
<rdf:Description rdf:about="" xmlns:{prefix}="{namespace}">
{values}
</rdf:Description>
"""
_DESCRIBED = """\
<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/" \
xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
<pdfaExtension:schemas>
<rdf:Bag>
<rdf:li rdf:parseType="Resource">
<pdfaSchema:schema>Trường mô tả tài liệu lưu trữ / archive fields of a document</pdfaSchema:schema>
<pdfaSchema:namespaceURI>{namespace}</pdfaSchema:namespaceURI>
<pdfaSchema:prefix>{prefix}</pdfaSchema:prefix>
<pdfaSchema:property>
<rdf:Seq>
{properties}
</rdf:Seq>
</pdfaSchema:property>
</rdf:li>
</rdf:Bag>
</pdfaExtension:schemas>
</rdf:Description>
"""
_ONE = """\
<rdf:li rdf:parseType="Resource">
<pdfaProperty:name>{name}</pdfaProperty:name>
<pdfaProperty:valueType>Text</pdfaProperty:valueType>
<pdfaProperty:category>external</pdfaProperty:category>
<pdfaProperty:description>{meaning}</pdfaProperty:description>
</rdf:li>"""
_BLOCKS = re.compile(
    r'<rdf:Description rdf:about="" xmlns:(?:pdfaExtension|archive)="[^"]*".*?</rdf:Description>\n?', re.DOTALL)


def blocks(values: Mapping[str, str]) -> str:
    """Return the properties and their schema as XMP, or nothing where there is no value.

    Args:
        values: by name, of ``OWN`` and of the fields of a document; empty ones are left out.

    Raises:
        ValueError: a name that nothing is known of.
    """
    filled = {name: value for name, value in values.items() if value}
    if not filled:
        return ""
    meanings = known()
    if unknown := sorted(set(filled) - set(meanings)):
        raise ValueError(f"no such field: {unknown[0]}")
    order = [name for name in meanings if name in filled]
    rows = "\n".join(f"<{PREFIX}:{name}>{escape(legal(filled[name]))}</{PREFIX}:{name}>" for name in order)
    described = "\n".join(_ONE.format(name=name, meaning=escape(meanings[name])) for name in order)
    return (_VALUES.format(prefix=PREFIX, namespace=NAMESPACE, values=rows)
            + _DESCRIBED.format(prefix=PREFIX, namespace=NAMESPACE, properties=described))


def known() -> dict[str, str]:
    """Return the names that may be written and what they mean, in order."""
    return {**OWN, **{rule.name: rule.vi for rule in fields.rules(fields.DOCUMENT)}}


def values_in(packet: str) -> dict[str, str]:
    """Return the archive's properties in a packet by name.

    Raises:
        ValueError: it is not well-formed XML.
    """
    space = f"{{{NAMESPACE}}}"
    return {element.tag[len(space):]: element.text or "" for element in _tree(packet).iter()
            if element.tag.startswith(space)}


def faults(packet: str) -> list[str]:
    """Return what is wrong with the extension schema of a packet."""
    try:
        used, described = values_in(packet), _described(_tree(packet))
    except ValueError as problem:
        return [f"6.6.2.1: {problem}"]
    found = [f"6.6.2.3: property {name} is not described" for name in used if name not in described]
    return found + [f"6.6.2.3: {name} is described as {how}" for name, how in described.items() if how != "Text"]


def without(packet: str) -> str:
    """Return a packet without the archive's properties and their schema, for a judge that knows neither."""
    return _BLOCKS.sub("", packet)


def legal(text: str) -> str:
    """Return a text that XML may hold: NFC, without control characters."""
    return _ILLEGAL.sub(" ", unicodedata.normalize("NFC", text))


def _tree(packet: str) -> ET.Element:
    if "<!DOCTYPE" in packet or "<!ENTITY" in packet:
        raise ValueError("XMP with a document type")
    try:
        return ET.fromstring(packet)  # noqa: S314 - the guard above has refused document types
    except ET.ParseError as problem:
        raise ValueError(f"XMP is not well-formed: {problem}") from None


def _described(tree: ET.Element) -> dict[str, str]:
    """Return the type of each property that the schema of our namespace describes."""
    found: dict[str, str] = {}
    for schema in tree.iter(f"{_RDF}li"):
        if schema.findtext(f"{_SCHEMA}namespaceURI") != NAMESPACE:
            continue
        for one in schema.iter(f"{_RDF}li"):
            if name := one.findtext(f"{_PROPERTY}name"):
                complete = one.findtext(f"{_PROPERTY}category") and one.findtext(f"{_PROPERTY}description")
                found[name] = one.findtext(f"{_PROPERTY}valueType") or "" if complete else "incomplete"
    return found
