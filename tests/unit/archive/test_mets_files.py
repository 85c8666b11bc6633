"""METS as it is written: every identifier once, every pointer lands, the same input the same text."""

import dataclasses
import re
from xml.etree import ElementTree as ET

from appliance.archive.packages import mets
from appliance.archive.packages.mets import Entry, Group, Header

HEADER = Header("0198f3c0-1111-7000-8000-0000000000a1", 'Hồ sơ "A & B" <c>', "2026-11-21T09:05:07.123+07:00", "NEW",
                "BHXH <huyện> & tỉnh", "H49", "H49.1", "scanner-appliance", "0.1.0")
EAD = Entry("metadata/descriptive/EAD.xml", "application/xml", 5, "ab" * 32)
INNER = Entry("representations/rep1/METS.xml", "application/xml", 6, "cd" * 32)
SCHEMAS = Group("Schemas", tuple(Entry(f"schemas/{n}.xsd", "application/xml", n, f"{n:064x}") for n in range(1, 7)))
DOCUMENTS = tuple((Entry(f"data/H49.1.{n}.pdf", "application/pdf", n, f"{n:064x}"),
                   Entry(f"metadata/descriptive/EAD_doc_H49.1.{n}.xml", "application/xml", n, f"{n + 50:064x}"))
                  for n in (1, 2, 10))


def both() -> list[ET.Element]:
    return [ET.fromstring(mets.root(HEADER, mets.Parts(EAD, (SCHEMAS,), INNER))),
            ET.fromstring(mets.representation(HEADER, DOCUMENTS))]


def test_every_identifier_stands_once_and_every_pointer_lands() -> None:
    everywhere: list[str] = []
    for root in both():
        known = [element.attrib["ID"] for element in root.iter() if "ID" in element.attrib]
        pointers = [name for element in root.iter() for kind in ("FILEID", "DMDID")
                    for name in element.get(kind, "").split()]
        assert len(set(known)) == len(known)
        assert pointers
        assert set(pointers) <= set(known)
        everywhere += known
    assert len(set(everywhere)) == len(everywhere), "no identifier is used by both files"


def test_identifiers_are_uppercase_and_checksums_too() -> None:
    for root in both():
        for element in root.iter():
            if "ID" in element.attrib:
                assert re.fullmatch(r"(uuid|ID)-[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}", element.attrib["ID"])
            if "CHECKSUM" in element.attrib:
                assert re.fullmatch(r"[0-9A-F]{64}", element.attrib["CHECKSUM"])


def test_the_same_input_gives_the_same_text_and_another_package_other_identifiers() -> None:
    once, again = (mets.root(HEADER, mets.Parts(EAD, (SCHEMAS,), INNER)) for _ in range(2))
    assert once == again
    other = dataclasses.replace(HEADER, uuid="0198f3c0-1111-7000-8000-0000000000a2")
    assert HEADER.identifier("x") != other.identifier("x")


def test_hostile_titles_stay_text() -> None:
    root = both()[0]
    assert root.get("LABEL") == HEADER.title
    assert HEADER.organisation in [element.text for element in root.iter("{http://www.loc.gov/METS/}name")]
