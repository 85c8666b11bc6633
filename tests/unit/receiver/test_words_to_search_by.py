"""Titles as people type them in a hurry, days as the index sorts them, requests as they must be."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from appliance.core.errors import ApplianceError
from appliance.receiver import openapi, wishes
from appliance.receiver.contents import day, folded
from appliance.receiver.search import Criteria

ASKER = {"person": "Lê Thị Bé", "purpose": "benefit", "reason": "Hồ sơ hưu trí số 12"}


@pytest.mark.parametrize(("text", "plain"), [
    ("Nguyễn Đặng Thị Ước", "nguyen dang thi uoc"), ("  HƯU   TRÍ ", "huu tri"), ("Ð và đ", "d va d"),
    ("N\u0067uye\u0302\u0303n", "nguyen"), ("", ""),
])
def test_marks_and_capitals_do_not_matter(text: str, plain: str) -> None:
    assert folded(text) == plain


@pytest.mark.parametrize(("text", "iso"), [
    ("22/11/2026", "2026-11-22"), ("11/2026", "2026-11"), ("2026", "2026"), ("", ""), ("22.11.2026", ""),
    ("1/2/3/2026", ""),
])
def test_days_sort_as_text(text: str, iso: str) -> None:
    assert day(text) == iso


@pytest.mark.parametrize("body", [
    b"", b"[]", b"null", b"{", b'"x"', b"[" * 100_000, b"\xff", json.dumps({"find": {}}).encode(),
    json.dumps({"asker": ASKER, "find": {}, "more": 1}).encode(),
    json.dumps({"asker": ASKER | {"person": "a\u0000b"}, "find": {}}).encode(),
    json.dumps({"asker": ASKER | {"reason": "x" * 501}, "find": {}}).encode(),
    json.dumps({"asker": ASKER, "find": {"limit": 0}}).encode(),
    json.dumps({"asker": ASKER, "find": {"limit": "5"}}).encode(),
    json.dumps({"asker": ASKER, "find": {"since": "2021-13-01"}}).encode(),
    json.dumps({"asker": ASKER, "find": {"after": "; drop table packages"}}).encode(),
    b'{"asker": {"person": "\\ud800\\ud800", "purpose": "benefit", "reason": "abc"}, "find": {}}',
])
def test_a_request_that_is_none_is_refused_without_quoting_it(body: bytes) -> None:
    with pytest.raises(ApplianceError) as told:
        wishes.read(wishes.SearchWish, body)
    assert told.value.code == "A654"
    assert "drop table" not in str(told.value)


def test_a_search_for_nothing_is_known_as_one() -> None:
    assert Criteria(text=" \u0301 ").empty
    assert not Criteria(text="a").empty


def test_the_openapi_document_is_whole() -> None:
    document = openapi.document()
    text = json.dumps(document)
    schemas: dict[str, Any] = document["components"]["schemas"]
    for name in re.findall(r'"#/components/schemas/(\w+)"', text):
        assert schemas[name]["required"] is not None
    for path, calls in document["paths"].items():
        named = set(re.findall(r"\{(\w+)\}", path))
        for call in calls.values():
            assert {one["name"] for one in call["parameters"] if one["in"] == "path"} == named
            assert call["responses"]
