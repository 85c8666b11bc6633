"""Why the archive refused a package, as operators read it: in Vietnamese, its own words kept behind."""

from __future__ import annotations

import json
from typing import cast

import pytest

from appliance import refusal_words, status
from appliance.spool.ledger import Row


@pytest.mark.parametrize(("reason", "begins"), [
    ("the ZIP is damaged (BadZipFile)", "tệp ZIP bị hỏng ["),
    ("it is sent in the name of another office: its fonds code is none of the sender's", "gói tin mang mã phông"),
    ("the document 'H49.1.0000001.pdf': the certificate is not trusted (K544: no root)",
     "tài liệu 'H49.1.0000001.pdf': chứng thư của người ký không được tin cậy (K544: thiếu chứng thư gốc)"),
    ("the file 'METS.xml' is missing", "thiếu tệp 'METS.xml' ["),
    ("'EAD.xml': field startDate: missing", "'EAD.xml': trường startDate không đúng quy định ["),
    ("it replaces a package that is not here; it says so", "gói tin được thay thế không có trong kho; it"),
])
def test_a_refusal_is_said_in_vietnamese_and_the_archives_words_stay(reason: str, begins: str) -> None:
    said = refusal_words.in_vietnamese(reason)
    assert said.startswith(begins)
    assert said.endswith(f"[{reason}]")


def test_words_of_another_archive_stand_for_themselves() -> None:
    assert refusal_words.in_vietnamese("sai mẫu; {0} no reason") == "sai mẫu; {0} no reason"


def test_the_list_of_held_things_says_a_refusal_in_both_languages() -> None:
    reason = "the ZIP is damaged (BadZipFile)"
    row = {"what": "dossier", "id": "d1", "code": "A603", "reason": "", "details": json.dumps({"reason": reason})}
    thing = status.held_thing(cast(Row, row))
    assert "từ chối gói tin: tệp ZIP bị hỏng [the ZIP is damaged (BadZipFile)]" in thing["vi"]
    assert f"rejected the package: {reason}. " in thing["en"]
