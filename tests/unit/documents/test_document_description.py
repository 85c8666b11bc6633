"""What a document says of itself: legal XML, the mark of conversion, and both places alike."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import UTC, datetime

from appliance.documents.xmp import Description, document_information, packet

GOOD = Description("H49.1", "Quyết định <số 1> & \"phụ lục\"", "BHXH tỉnh A", "Hồ sơ H49",
                   "Bản số hóa từ văn bản giấy",
                   datetime(2026, 11, 21, 2, 5, 7, tzinfo=UTC))
DC = "{http://purl.org/dc/elements/1.1/}"
XMP = "{http://ns.adobe.com/xap/1.0/}"


def read(description: Description) -> dict[str, str]:
    root = ET.fromstring(re.sub(rb"<\?xpacket.*?\?>", b"", packet(description)))
    return {element.tag: "".join(element.itertext()) for element in root.iter()}


def test_metadata_and_information_say_the_same() -> None:
    found, information = read(GOOD), document_information(GOOD)
    assert found[f"{DC}title"] == information["Title"] == GOOD.title
    assert found[f"{DC}creator"] == information["Author"] == GOOD.creator
    assert found[f"{DC}description"] == information["Subject"]
    assert found[f"{XMP}CreatorTool"] == information["Creator"]


def test_the_time_is_vietnamese_whatever_the_host_thinks() -> None:
    assert read(GOOD)[f"{XMP}CreateDate"] == "2026-11-21T09:05:07+07:00"
    assert document_information(GOOD)["CreationDate"] == "D:20261121090507+07'00'"


def test_mark_time_and_converter_stand_together() -> None:
    mark = "Bản số hóa từ văn bản giấy; 2026-11-21T09:05:07+07:00; BHXH tỉnh A"
    assert read(GOOD)[f"{DC}description"] == f"Hồ sơ H49 ({mark})"
    assert read(replace(GOOD, subject=""))[f"{DC}description"] == mark


def test_control_characters_in_a_title_break_nothing() -> None:
    bad = replace(GOOD, title="a\x00b\x1bc\ufffed")
    assert read(bad)[f"{DC}title"] == document_information(bad)["Title"] == "a b c d"


def test_the_packet_has_no_forbidden_attribute() -> None:
    head = packet(GOOD).split(b"\n", 1)[0]
    assert b"bytes" not in head
    assert b"encoding" not in head
