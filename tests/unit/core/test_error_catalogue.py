"""Every error tells a person, in two languages, what to do."""

from __future__ import annotations

import re
import string

import pytest

from appliance.core import errors
from appliance.core.errors import CATALOGUE, ApplianceError, Exit, Kind
from appliance.core.errors.kind import declare

EACH = pytest.mark.parametrize("kind", CATALOGUE.values(), ids=CATALOGUE.keys())

DO_VI = re.compile(r"\bhãy\b|\bsẽ\b.*\b(thử|gửi) lại\b", re.IGNORECASE)
VERBS = (
    "ask", "assign", "check", "choose", "clean", "clear", "close", "correct", "count", "do", "export", "feed",
    "give", "have", "insert", "install", "keep", "load", "look", "mend", "press", "provision", "put", "release",
    "remove", "renew", "replace", "restart", "restore", "run", "scan", "see",
    "send", "set", "settle", "shorten", "start", "stop", "submit", "take", "tell", "try", "turn", "use", "wait")
DO_EN = re.compile(rf"(?:^|[,;] (?:or )?)(?:{'|'.join(VERBS)})\b|\bwill be (?:tried|sent) again\b", re.IGNORECASE)
"""A sentence or clause that begins with a verb says what to do; two say that the appliance does it by itself."""


def last_sentence(text: str) -> str:
    return text.replace("{hint} ", "").rpartition(". ")[2]


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


@EACH
def test_the_code_is_a_letter_and_three_digits(kind: Kind) -> None:
    assert re.fullmatch(r"[CDSITKAPMH]\d{3}", kind.code)


def test_no_code_can_stand_twice() -> None:
    with pytest.raises(ValueError, match="C001"):
        declare("C001", "a", "b")
    names = [name for name, value in vars(errors).items() if isinstance(value, Kind)]
    assert len(names) == len(CATALOGUE)


@EACH
def test_both_texts_end_in_what_to_do(kind: Kind) -> None:
    assert kind.vi.endswith(".")
    assert kind.en.endswith(".")
    assert DO_VI.search(last_sentence(kind.vi)), last_sentence(kind.vi)
    assert DO_EN.search(last_sentence(kind.en)), last_sentence(kind.en)


@EACH
def test_both_languages_tell_the_same_details(kind: Kind) -> None:
    assert places(kind.vi) == places(kind.en)
    assert all(name.isidentifier() for name in places(kind.vi))


@EACH
def test_every_detail_can_be_filled(kind: Kind) -> None:
    error = kind.error(**{name: f"<{name}>" for name in places(kind.en)})
    for text in (error.vi, error.en):
        assert "{" not in text
        assert all(f"<{name}>" in text for name in places(kind.en))
    assert error.code == kind.code


@EACH
def test_vietnamese_is_written_with_its_marks(kind: Kind) -> None:
    assert re.search(r"[ăâđêôơưàáảãạằắẳẵặầấẩẫậèéẻẽẹềếểễệìíỉĩịòóỏõọồốổỗộờớởỡợùúủũụừứửữựỳýỷỹỵ]", kind.vi)
    assert not re.search(r"[ăđơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ]", kind.en)


def test_a_missing_detail_is_a_question_mark_not_a_crash() -> None:
    assert "sheet ?" in errors.PAPER_JAM.error().en


def test_a_detail_with_braces_is_text_not_a_place() -> None:
    assert "{x}" in errors.DEVICE_FAULT.error(text="{x}").en


def test_the_error_as_text_holds_code_and_both_languages() -> None:
    text = str(errors.IMAGE_EMPTY.error())
    assert text == f"I301: {errors.IMAGE_EMPTY.vi} / {errors.IMAGE_EMPTY.en}"


def test_an_unknown_code_reads_as_unexpected() -> None:
    assert errors.by_code("Z999") is errors.UNEXPECTED
    assert errors.by_code("D102") is errors.PAPER_JAM


def test_an_error_is_caught_by_its_class_and_told_apart_by_its_kind() -> None:
    with pytest.raises(ApplianceError) as caught:
        raise errors.NO_PAPER.error()
    assert caught.value.kind is errors.NO_PAPER
    assert caught.value.kind.retry


def test_exit_codes_are_those_of_the_manual() -> None:
    assert {code.name: code.value for code in Exit} == {"DONE": 0, "FAILED": 1, "USAGE": 2, "HELD": 3}


def test_a_detail_said_in_two_languages_gives_each_text_its_own_half() -> None:
    problem = errors.KEY_MISSING.error(reason=errors.both("chưa có khóa", "no key"))
    assert "(chưa có khóa)" in problem.vi and "no key" not in problem.vi
    assert "(no key)" in problem.en and "khóa" not in problem.en


def test_a_value_that_is_empty_is_seen_to_be_empty() -> None:
    problem = errors.CONFIG_BAD_VALUE.error(key="signing.library", value="", allowed="a file")
    assert problem.vi.startswith("Giá trị '' của signing.library")
