"""The file with a page's text: small, exact on its grid, refused when damaged, and old ones are read."""

from __future__ import annotations

import json
import zlib
from pathlib import Path
from random import Random

import pytest

from appliance.core.errors import ApplianceError
from appliance.core.model import Box, PageText, TextLine, Word
from appliance.core.plain import to_plain
from appliance.documents import page_text

SYLLABLES = ("bảo", "hiểm", "xã", "hội", "Nguyễn", "Đức", "1838/KH-BHXH", "ngày", "Ư", "…")


def page(words: int, seed: int = 1) -> PageText:
    """A page of lines of ten words, on the grid."""
    rng, lines = Random(seed), []
    for row in range(0, words, 10):
        top, left, said = 100.0 + row * 4.5, 200.0, []
        for _ in range(min(10, words - row)):
            wide = rng.randint(20, 300) / 2
            box = Box(left, top, left + wide, top + 40)
            said.append(Word(rng.choice(SYLLABLES), box, rng.randint(0, 100) / 100))
            left += wide + rng.randint(4, 40) / 2
        lines.append(TextLine(Box(200, top, left, top + 40), top + 31.5, rng.randint(-500, 500) / 1e5, tuple(said)))
    return PageText("tesserocr", "vie+eng", 0.9312, tuple(lines), 0.4321)


@pytest.mark.parametrize("words", [0, 1, 10, 383, 20_000])
def test_what_was_read_comes_back_as_it_was(words: int) -> None:
    text = page(words)
    assert page_text.settled(text) == text
    assert page_text.parse(page_text.dump(text)) == text


def test_what_is_off_the_grid_comes_back_within_a_quarter_of_a_pixel() -> None:
    odd = PageText("x", "vie", 0.5, (TextLine(Box(10.13, 20.2, 99.9, 41.7), 33.3, 0.01234567, (
        Word("chữ", Box(10.13, 20.2, 55.55, 41.7), 0.98765),)),))
    (line,) = page_text.parse(page_text.dump(odd)).lines
    assert line.words[0].box.x1 == pytest.approx(55.55, abs=0.25)
    assert line.words[0].certainty == 0.99
    assert page_text.parse(page_text.dump(odd)) == page_text.settled(odd)


def test_words_that_overlap_or_stand_before_the_line_come_back() -> None:
    words = (Word("a", Box(50, 10, 90, 30), 0.5), Word("b", Box(20, 8, 60, 33), 1.0))
    text = PageText("x", "vie", 0.7, (TextLine(Box(40, 12, 90, 30), 28.0, 0.0, words),))
    assert page_text.parse(page_text.dump(text)) == text


def test_the_file_is_a_fifth_of_the_same_as_json_at_most() -> None:
    text = page(400)
    plain = json.dumps(to_plain(text), ensure_ascii=False, separators=(",", ":")).encode()
    assert 5 * len(page_text.dump(text)) <= len(plain)


def test_a_file_of_an_older_release_is_read() -> None:
    text = page(30)
    assert page_text.parse(json.dumps(to_plain(text)).encode()) == text


def test_every_damage_of_one_byte_or_one_cut_is_refused() -> None:
    data = page_text.dump(page(40))
    for at in range(0, len(data), 7):
        harmed = bytearray(data)
        harmed[at] ^= 0x55
        for wrong in (bytes(harmed), data[:at]):
            with pytest.raises(ApplianceError, match="T460"):
                page_text.parse(wrong)


def packed(**changes: object) -> bytes:
    found = json.loads(zlib.decompress(page_text.dump(page(3))[len(page_text.MAGIC):]))
    return page_text.MAGIC + zlib.compress(json.dumps({**found, **changes}).encode())


@pytest.mark.parametrize("data", [
    b"", b"appliance page text 2\n" + zlib.compress(b"{}"), b"%PDF-1.7", b'{"engine": 1', b'{"engine": 1}',
    page_text.MAGIC + zlib.compress(b"[]"), page_text.dump(page(3)) + b"x",
    packed(words=[2]), packed(words=[-1]), packed(count=0), packed(left=[1, 2, 3.5]), packed(left=[True] * 3),
    packed(text=7), packed(engine=None), packed(x0="abc"), packed(certainty="high"),
    page_text.MAGIC + zlib.compress(b"[" * 100_000),
])
def test_what_is_no_page_text_is_refused(data: bytes) -> None:
    with pytest.raises(ApplianceError, match="T460"):
        page_text.parse(data)


def test_a_file_that_is_not_there_is_named_as_damaged(tmp_path: Path) -> None:
    with pytest.raises(ApplianceError, match=r"T460.*FileNotFoundError"):
        page_text.load(tmp_path / "nowhere.text")


def test_no_text_of_the_page_stands_in_an_error() -> None:
    with pytest.raises(ApplianceError) as refused:
        page_text.parse(b'{"engine": "tesserocr", "lines": "Nguyen Van A"}')
    assert "Nguyen" not in str(refused.value)
