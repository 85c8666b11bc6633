"""What ``appliance verify`` says of a signature: in both languages, and nothing it has not found."""

from __future__ import annotations

import ast
from dataclasses import replace
from pathlib import Path

import pytest

from appliance import refusal_words, signature_words
from appliance.signing.verify import SignatureReport

SIGNING = Path(__file__).parents[2] / "appliance" / "signing"
WHOLE = SignatureReport(True, "", True, True, True, "none", "B-T", "Văn phòng", "CA", "ab",
                        "2026-11-22T09:00:00+07:00", proved="2026-11-22T09:00:02+07:00", stamped_by="TSA")


def reasons() -> set[str]:
    """Every sentence in the code that says why a signature does not hold."""
    found = set()
    for name in ("verify.py", "additions.py"):
        for node in ast.walk(ast.parse((SIGNING / name).read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.add(node.value)
    return found


@pytest.mark.parametrize("begin", sorted(refusal_words.REASONS))
def test_every_reason_that_has_words_is_one_that_the_code_gives(begin: str) -> None:
    assert any(begin.removesuffix(" is not trusted") in text for text in reasons())


@pytest.mark.parametrize(("reason", "words"), [
    ("the certificate is not trusted (K540: expired)",
     "chứng thư của người ký không được tin cậy (K540: đã hết hạn)"),
    ("weak hash (sha1)", "hàm băm quá yếu (sha1)"), ("something new", "something new"),
])
def test_a_reason_is_told_in_vietnamese_with_what_follows(reason: str, words: str) -> None:
    assert refusal_words.why(reason) == words


def test_a_whole_signature_is_told_with_level_time_and_authority() -> None:
    text = "\n".join(signature_words.lines(WHOLE, trusted=True))
    for part in ("Văn phòng", "B-T: có dấu thời gian / with a time stamp", WHOLE.proved, "TSA", "nothing"):
        assert part in text
    assert "--trust" not in text
    assert "THỬ NGHIỆM" not in text


def test_without_a_root_it_says_that_nobody_was_judged() -> None:
    assert "--trust" in signature_words.lines(WHOLE, trusted=False)[-1]


def test_the_first_words_say_that_nobody_was_judged() -> None:
    said = signature_words.verdict(WHOLE, fine=True, trusted=False)
    assert "hợp lệ" not in said and "CHƯA KIỂM TRA NGƯỜI KÝ" in said
    assert signature_words.verdict(WHOLE, fine=True) == "chữ ký hợp lệ / signature valid"


@pytest.mark.parametrize(("whose", "vi", "en"), [
    ("the certificate", "NGƯỜI KÝ", "SIGNER"),
    ("the authority of the time stamp", "TỔ CHỨC CẤP DẤU THỜI GIAN", "TIME-STAMPING AUTHORITY"),
])
@pytest.mark.parametrize("why", ["K544: its root is missing", "no path to a trusted root"])
def test_a_missing_root_is_said_to_be_whose(whose: str, vi: str, en: str, why: str) -> None:
    said = signature_words.verdict(replace(WHOLE, reason=f"{whose} is not trusted ({why})"), fine=False)
    assert vi in said and en in said
    other = signature_words.verdict(replace(WHOLE, reason=f"{whose} is not trusted (K542: revoked)"), fine=False)
    assert "--trust" not in other and "đã bị thu hồi" in other


def test_a_trial_time_stamp_and_the_text_of_the_stamp_are_told() -> None:
    stamped = replace(WHOLE, trial_stamp=True, stamp="SAO Y\nVăn phòng")
    text = "\n".join(signature_words.lines(stamped, trusted=True))
    assert "DẤU THỜI GIAN THỬ NGHIỆM" in text and "SAO Y | Văn phòng" in text


def test_a_file_without_a_signature_has_nothing_more_to_say() -> None:
    none = SignatureReport(False, "the file has no signature")
    assert signature_words.lines(none, trusted=True) == []
    assert "tệp không có chữ ký" in signature_words.verdict(none, fine=False)
