"""The separator's payload: what is written is read back, and everything else is refused without being repeated."""

from __future__ import annotations

import hashlib
import re

import pytest

from appliance.core.errors import ApplianceError
from appliance.core.model import Separator, SheetKind
from appliance.documents.separator import decode, encode, is_separator, is_suspicious

D, T, C = SheetKind.DOSSIER, SheetKind.DOCUMENT, SheetKind.CONTINUE
KEY = b"0123456789abcdef"
GOOD = Separator(T, "H49.64.33.2001.160", 3, "22", 4)


def checked(body: str) -> str:
    """A payload whose check value is right, whatever its fields say."""
    return f"{body}:{hashlib.sha256(body.encode()).hexdigest()[:12].upper()}"


@pytest.mark.parametrize("separator", [
    GOOD, Separator(D, "A"), Separator(D, "H49.64.33.2001.160", sheets=9999),
    Separator(T, "A-1.B", 9_999_999, "01"), Separator(C, "X" * 100, 7, "", 12),
    Separator(D, "A", job="one_stop-counter-2"), Separator(D, "A", no_secret=True),
    Separator(T, "X" * 100, 9_999_999, "32", 9999, "a" * 32, True),
])
@pytest.mark.parametrize("key", [b"", KEY])
def test_what_is_encoded_is_decoded(separator: Separator, key: bytes) -> None:
    assert decode(encode(separator, key), key) == separator


def test_the_documented_example_is_what_any_tool_makes() -> None:
    body = "SSA1:D:H49.64.33.2001.160:0::12"
    assert encode(Separator(D, "H49.64.33.2001.160", sheets=12)) == checked(body) == f"{body}:C94E89050151"


def test_a_sheet_that_says_nothing_new_is_read_by_every_appliance_there_ever_was() -> None:
    assert encode(GOOD).startswith("SSA1:")
    assert encode(Separator(D, "A", job="j")).startswith("SSA2:")


def test_the_documented_example_with_a_job_is_what_any_tool_makes() -> None:
    body = "SSA2:D:H49.64.33.2001.160:0::12:ONE+STOP:"
    separator = Separator(D, "H49.64.33.2001.160", sheets=12, job="one_stop")
    assert encode(separator) == checked(body) == f"{body}:008322B136B2"


def test_the_longest_payload_stays_in_qr_alphanumeric_mode() -> None:
    text = encode(Separator(T, "X" * 100, 9_999_999, "32", 9999, "a_" * 16, True), KEY)
    assert re.fullmatch(r"[0-9A-Z $%*+\-./:]{1,200}", text)


def test_a_payload_uses_only_letters_of_qr_alphanumeric_mode() -> None:
    assert re.fullmatch(r"[0-9A-Z $%*+\-./:]+", encode(GOOD, KEY))


def test_a_line_end_added_by_a_printing_tool_does_no_harm() -> None:
    assert decode(encode(GOOD) + "\r\n") == GOOD


def test_a_key_refuses_separators_without_key() -> None:
    with pytest.raises(ApplianceError, match="T401"):
        decode(encode(GOOD), KEY)


def test_another_key_is_refused() -> None:
    with pytest.raises(ApplianceError, match="T401"):
        decode(encode(GOOD, b"another key"), KEY)


@pytest.mark.parametrize("place", range(len(encode(GOOD)) - 12))
def test_any_single_letter_misread_is_noticed(place: int) -> None:
    text = encode(GOOD)
    wrong = text[:place] + ("X" if text[place] != "X" else "Y") + text[place + 1:]
    with pytest.raises(ApplianceError, match="T401"):
        decode(wrong)


@pytest.mark.parametrize("body", [
    "SSA1:D:../../etc:0::1", "SSA1:D:A..B:0::1", "SSA1:D:.A:0::1", "SSA1:D:a:0::1", "SSA1:D::0::1",
    f"SSA1:D:{'X' * 101}:0::1", "SSA1:T:A:10000000::1", "SSA1:T:A:-1::1", "SSA1:T:A:1:2:1", "SSA1:T:A:1:222:1",
    "SSA1:T:A:1:22:10000", "SSA1:T:A:1:22:", "SSA1:T:A::22:1", "SSA1:X:A:1:22:1", "SSA1::A:1:22:1",
    "SSA2:T:A:1:22:1", "SSA1:T:A:1:22", "SSA1:T:A:1:22:1:1", "SSA1:D:A:1::1", "SSA1:D:A:0:22:1",
    "SSA2:D:A:0::1:JOB", "SSA2:D:A:0::1:JOB:X", "SSA2:D:A:0::1:JOB:NN", "SSA2:D:A:0::1:job:", "SSA2:D:A:0::1:A_B:",
    "SSA2:D:A:0::1:-A:", "SSA2:D:A:0::1:A B:", f"SSA2:D:A:0::1:{'A' * 33}:", "SSA1:D:A:0::1:JOB:",
    "SSA3:D:A:0::1:J:",
    "SSA1:T:A:١:22:1", "SSA1:T:A/B:1:22:1", "SSA1:T:A B:1:22:1", "SSA1:T:A\n:1:22:1", "SSA1", "",
])
def test_a_value_out_of_range_is_refused_although_its_check_value_is_right(body: str) -> None:
    with pytest.raises(ApplianceError, match="T401"):
        decode(checked(body))


@pytest.mark.parametrize("text", [
    "SSA1:D:NGUYENVANA:0::1:000000000000", "SSA1:D:NGUYENVANA", "SSA1:NGUYENVANA" * 300,
])
def test_an_error_never_repeats_the_payload(text: str) -> None:
    with pytest.raises(ApplianceError) as caught:
        decode(text)
    assert "NGUYEN" not in f"{caught.value} {caught.value.details}"


@pytest.mark.parametrize("separator", [
    Separator(T, "../x", 1), Separator(T, "A", -1), Separator(T, "A", 1, "2"), Separator(T, "A", 1, "", 10_000),
    Separator(D, "A", 1), Separator(D, "A", job="Two Words"), Separator(D, "A", job="x" * 33),
])
def test_a_separator_that_could_not_be_read_is_not_made(separator: Separator) -> None:
    with pytest.raises(ApplianceError, match="T401"):
        encode(separator)


@pytest.mark.parametrize("text", ["SSA1:D:A:0::1:X", "ssa1:d:a:0::1:x", "SSA2:Z", "  SSA1:"])
def test_whatever_means_to_be_a_separator_is_never_filed_as_a_page(text: str) -> None:
    assert is_separator(text)


@pytest.mark.parametrize("text", ["", "SSA1", "https://example.vn/SSA1:", "0123456789|Nguyễn Văn A|01011980"])
def test_other_codes_are_no_separators(text: str) -> None:
    assert not is_separator(text)


@pytest.mark.parametrize("text", ["../../x", "a\\..\\b", "x" * 2001, "a\x00b", "a\x1bb", "a\x7fb", "a\x85b"])
def test_a_hostile_code_is_suspicious(text: str) -> None:
    assert is_suspicious(text)


@pytest.mark.parametrize("text", ["x" * 2000, "a\tb\r\nc", "0123|Nguyễn Văn A|1980", "https://a/..b"])
def test_an_ordinary_code_is_not_suspicious(text: str) -> None:
    assert not is_suspicious(text)


def test_half_a_letter_in_a_payload_is_refused_like_any_other_fault() -> None:
    with pytest.raises(ApplianceError) as caught:
        decode("SSA1:D:A\ud800:0::0:\udfff")
    assert caught.value.code == "T401"
