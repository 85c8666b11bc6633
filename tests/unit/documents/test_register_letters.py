"""Old Vietnamese letters: what was written comes back, what is mixed is told apart, what is unknown is refused."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.documents.register import guess, letters, syllables

ONSETS = ("", "b", "c", "ch", "d", "đ", "g", "h", "kh", "l", "m", "n", "ng", "nh", "ph", "s", "t", "th", "tr", "v")
RIMES = ("a", "ai", "an", "ang", "anh", "ao", "ăm", "ăn", "ăng", "âm", "ân", "âu", "ây", "em", "ê", "ên", "iên",
         "iêu", "o", "oan", "oai", "ô", "ông", "ôi", "ơ", "ơi", "ơn", "u", "uôn", "ui", "ư", "ưa", "ưng", "ươi",
         "ương", "y")
TONES = ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323")
MARKED = "aăâeêioôơuưy"


def toned(rime: str, tone: str) -> str:
    place = max((i for i, letter in enumerate(rime) if letter in MARKED[1:3] + "êôơư"),
                default=next(i for i, letter in enumerate(rime) if letter in MARKED))
    return unicodedata.normalize("NFC", rime[:place + 1] + tone + rime[place + 1:])


SYLLABLES = st.builds(lambda onset, rime, tone, tall: (onset + toned(rime, tone)).capitalize() if tall
                      else onset + toned(rime, tone),
                      st.sampled_from(ONSETS), st.sampled_from(RIMES), st.sampled_from(TONES), st.booleans())
SMALL = SYLLABLES.map(str.lower)
TEXTS = st.lists(SYLLABLES, min_size=1, max_size=20).map(" ".join)
SMALL_TEXTS = st.lists(SMALL, min_size=1, max_size=20).map(" ".join)

TITLE = ("Hồ sơ giải quyết hưởng chế độ thai sản của bà Nguyễn Thị Phương Thảo, đơn vị Công ty cổ phần Ước Mơ, "
         "quý bốn năm hai nghìn không trăm lẻ một; giấy tờ kèm theo: sổ bảo hiểm xã hội, giấy chứng sinh, "
         "quyết định nghỉ việc")
WAYS: dict[str, Callable[[str], bytes]] = {
    "TCVN3 (ABC)": letters.to_tcvn3, "VNI": letters.to_vni, "Windows-1258": letters.to_cp1258,
    "UTF-8 hai lần": str.encode}


@given(TEXTS)
@settings(max_examples=150, deadline=None)
def test_vni_comes_back_as_it_was_written(text: str) -> None:
    assert letters.from_vni(letters.to_vni(text).decode("latin-1")) == text


@given(TEXTS)
@settings(max_examples=150, deadline=None)
def test_windows_1258_comes_back_composed(text: str) -> None:
    assert letters.from_cp1258(letters.to_cp1258(text).decode("latin-1")) == text


@given(SMALL_TEXTS)
@settings(max_examples=150, deadline=None)
def test_tcvn3_comes_back_as_it_was_written(text: str) -> None:
    assert letters.from_tcvn3(letters.to_tcvn3(text).decode("latin-1")) == text


@given(TEXTS)
@settings(max_examples=150, deadline=None)
def test_utf8_that_was_written_twice_comes_back(text: str) -> None:
    shown = "".join(bytes([byte]).decode("cp1252", errors="ignore") or chr(byte) for byte in text.encode())
    assert letters.from_doubled_utf8(shown) == text


@given(TEXTS)
@settings(max_examples=150, deadline=None)
def test_unicode_text_is_never_changed_but_composed(text: str) -> None:
    for form in ("NFC", "NFD"):
        spread = unicodedata.normalize(form, text)
        found = guess.judge([spread] * 8)
        assert guess.read(spread, found.name) == text


@given(SYLLABLES)
@settings(max_examples=300, deadline=None)
def test_every_syllable_is_one(word: str) -> None:
    assert syllables.is_syllable(word)


@pytest.mark.parametrize("word", ["B¶o", "Baûo", "Nguyeãn", "ThÞ", "khôÒng", "bảảo", "xyz", "bãt", "HÃ²a"])
def test_a_garbled_word_is_no_syllable(word: str) -> None:
    assert not syllables.is_syllable(word)


@pytest.mark.parametrize("name", WAYS)
@pytest.mark.parametrize("shown_by", ["latin-1", "cp1252"])
def test_old_letters_are_known_by_their_statistics(name: str, shown_by: str) -> None:
    shown = "".join(bytes([byte]).decode(shown_by, errors="ignore") or chr(byte) for byte in WAYS[name](TITLE))
    found = guess.judge([shown])
    assert found.name == name
    assert guess.read(shown, name) == TITLE


def test_capitals_of_the_capital_fonts_are_capitals_again() -> None:
    shown = letters.to_tcvn3("BẢO HIỂM XÃ HỘI TỈNH").decode("latin-1")
    assert letters.from_tcvn3(shown) == "BẢO HIỂM XÃ HỘI TỈNH"
    assert letters.from_tcvn3(letters.to_tcvn3("Đơn vị Bộ").decode("latin-1")) == "Đơn vị Bộ"


def test_a_column_that_grew_over_years_holds_both() -> None:
    old = letters.to_vni("Quyết định nghỉ việc").decode("cp1252")
    assert guess.read(old, guess.UNICODE) == "Quyết định nghỉ việc"
    assert guess.read("Quyết định nghỉ việc", "VNI") == "Quyết định nghỉ việc"


@pytest.mark.parametrize("text", ["Müller & Söhne", "café", "Ênuôl Y Bhăm", "30°C ± 2", "«Hòa»", "Trí Đức"])
def test_names_from_elsewhere_stay_as_they_are(text: str) -> None:
    assert guess.read(text, guess.judge([text, TITLE]).name) == text


def test_a_column_with_few_words_follows_the_file() -> None:
    old = letters.to_tcvn3(TITLE.lower()).decode("latin-1")
    short = letters.to_tcvn3("tốt").decode("latin-1")
    assert {number: found.name for number, found in guess.judge_all({0: [old], 1: [short], 2: []}).items()} == {
        0: "TCVN3 (ABC)", 1: "TCVN3 (ABC)", 2: "TCVN3 (ABC)"}


def test_letters_that_nobody_knows_are_said_to_be_unknown() -> None:
    thai = "ºÃÔÉÑ· »ÃÐ¡Ñ¹ÊÑ§¤Á ¢Í§»ÃÐà·È ä·Â ÊÓ¹Ñ¡§Ò¹ ¡ÅØèÁ§Ò¹ ·´ÊÍº"
    assert guess.judge([thai, thai]).name == ""
