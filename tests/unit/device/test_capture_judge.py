"""What is a whole master, and how damage shows. All in memory."""

from __future__ import annotations

import io
import random

import numpy as np
import pytest
import simplejpeg
from numpy.typing import NDArray
from PIL import Image

from appliance.core import errors
from appliance.core.model import Side
from appliance.device import bilevel, tiff, verdict
from appliance.device.image_header import FileKind
from appliance.device.scanner import RawSide

LIMIT = 200_000_000
DAMAGE = {errors.IMAGE_TRUNCATED.code, errors.IMAGE_UNDECODABLE.code, errors.IMAGE_UNKNOWN.code,
          errors.IMAGE_TOO_SMALL.code, errors.IMAGE_TOO_LARGE.code}


def paper(width: int = 640, height: int = 900) -> NDArray[np.uint8]:
    """A page with lines of 'writing' and the grain of a sensor."""
    chance = np.random.default_rng(5)
    page = np.full((height, width, 3), 244, np.int16)
    for row in range(40, height - 60, 24):
        strokes = chance.random((12, width - 80)) < 0.35
        page[row : row + 12, 40 : width - 40][strokes] = 40
    grained = np.clip(page + chance.integers(-5, 6, page.shape), 0, 255)
    return np.asarray(grained, np.uint8)


@pytest.fixture(scope="module")
def masters() -> dict[str, bytes]:
    page = paper()
    stream = io.BytesIO()
    Image.fromarray(page).save(stream, "JPEG", quality=80, progressive=True)
    return {
        "baseline": simplejpeg.encode_jpeg(page, quality=85, colorsubsampling="420"),
        "grey": simplejpeg.encode_jpeg(np.ascontiguousarray(page[:, :, :1]), quality=85, colorspace="GRAY"),
        "progressive": stream.getvalue(),
        "g4": bilevel.encode(Image.fromarray(page[:, :, 0] > 128), 300),
    }


KINDS = ["baseline", "grey", "progressive", "g4"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_whole_master_is_good(masters: dict[str, bytes], kind: str) -> None:
    header, code, reason = verdict.judge(masters[kind], LIMIT)
    assert (code, reason) == ("", "")
    assert header is not None and (header.width, header.height) == (640, 900)
    assert header.kind is (FileKind.TIFF if kind == "g4" else FileKind.JPEG)


@pytest.mark.parametrize("kind", KINDS)
def test_a_cut_anywhere_is_found(masters: dict[str, bytes], kind: str) -> None:
    data = masters[kind]
    for cut in sorted(random.Random(1).sample(range(1, len(data) - 2), 60)):
        assert verdict.judge(data[:cut], LIMIT)[1] in DAMAGE, f"cut at {cut} of {len(data)}"


@pytest.mark.parametrize("kind", ["baseline", "grey", "progressive"])
def test_a_cut_that_got_an_end_mark_afterwards_is_found(masters: dict[str, bytes], kind: str) -> None:
    data = masters[kind]
    first = data.index(b"\xff\xda") + 20
    for cut in sorted(random.Random(2).sample(range(first, len(data) - 400), 40)):
        assert verdict.judge(data[:cut] + b"\xff\xd9", LIMIT)[1] in DAMAGE, f"cut at {cut} of {len(data)}"


@pytest.mark.parametrize(("kind", "least"), [("baseline", 28), ("grey", 34), ("g4", 40)])
@pytest.mark.parametrize("blow", ["missing", "zero"])
def test_a_lost_block_of_bytes_is_found_but_for_what_gives_valid_code_again(
    masters: dict[str, bytes], kind: str, least: int, blow: str
) -> None:
    data = masters[kind]
    first = 200 if kind == "g4" else data.index(b"\xff\xda") + 20
    found = 0
    for at in random.Random(3).sample(range(first, len(data) - 600), 40):
        hurt = data[:at] + (b"" if blow == "missing" else bytes(512)) + data[at + 512 :]
        found += verdict.judge(hurt, LIMIT)[1] in DAMAGE
    assert found >= least


def test_random_damage_never_raises(masters: dict[str, bytes]) -> None:
    found = 0
    for kind in ("baseline", "grey", "progressive"):
        for seed in range(60):
            chance = random.Random(seed)
            data = bytearray(masters[kind])
            for _ in range(8):
                data[chance.randrange(len(data))] = chance.randrange(256)
            found += verdict.judge(bytes(data), LIMIT)[1] != ""
    assert found > 150  # of 180: a changed byte may give valid code again, eight rarely do


@pytest.mark.parametrize("behind", [b"\0" * 512, b"\0"])
def test_padding_behind_the_end_is_no_damage(masters: dict[str, bytes], behind: bytes) -> None:
    assert verdict.judge(masters["baseline"] + behind, LIMIT)[1] == ""


def test_four_inks_are_refused() -> None:
    stream = io.BytesIO()
    Image.new("CMYK", (300, 300)).save(stream, "JPEG")
    _, code, reason = verdict.judge(stream.getvalue(), LIMIT)
    assert code == errors.IMAGE_UNKNOWN.code and "CMYK" in reason


def test_twelve_bits_are_refused(masters: dict[str, bytes]) -> None:
    data = bytearray(masters["baseline"])
    data[data.index(b"\xff\xc0") + 4] = 12
    _, code, reason = verdict.judge(bytes(data), LIMIT)
    assert code == errors.IMAGE_UNKNOWN.code and "12 bit" in reason


@pytest.mark.parametrize(("form", "mode"), [("PNG", "RGB"), ("TIFF", "RGB"), ("TIFF", "1"), ("BMP", "RGB")])
def test_what_is_not_a_master_is_refused(form: str, mode: str) -> None:
    stream = io.BytesIO()
    Image.new(mode, (300, 300)).save(stream, form)
    assert verdict.judge(stream.getvalue(), LIMIT)[1] == errors.IMAGE_UNKNOWN.code


def test_a_page_too_large_is_refused_with_its_size() -> None:
    data = bytearray(simplejpeg.encode_jpeg(paper(), quality=50))
    at = data.index(b"\xff\xc0") + 5
    data[at : at + 4] = bytes.fromhex("75307530")  # 30,000 by 30,000
    header, code, reason = verdict.judge(bytes(data), LIMIT)
    assert (code, reason) == (errors.IMAGE_TOO_LARGE.code, "30000 x 30000")
    assert header is not None and header.width == 30_000


def test_a_g4_strip_without_its_end_mark_is_good_when_all_its_lines_are_there(masters: dict[str, bytes]) -> None:
    data = masters["g4"]
    page = tiff.read_directories(data)[0]
    strip = tiff.strip_of(data, page).rstrip(b"\0")
    size = tiff.G4Page(640, 900, 0, 1, 300)
    bits = f"{int.from_bytes(strip, 'big'):0{8 * len(strip)}b}".rstrip("0")
    bare = bits[: -len("000000000001" * 2)]
    bare += "0" * (-len(bare) % 8)
    without = int(bare, 2).to_bytes(len(bare) // 8, "big")
    assert verdict.judge(tiff.wrap_g4(without, size), LIMIT)[1] == ""
    assert verdict.judge(tiff.wrap_g4(without[:-40], size), LIMIT)[1] == errors.IMAGE_TRUNCATED.code


def test_an_image_encoded_here_is_whole_wherever_its_header_is_cut_off(masters: dict[str, bytes]) -> None:
    whole = masters["baseline"]
    for more in range(2000):  # a comment of every length, so that every two bytes meet at the cut
        data = whole[:2] + b"\xff\xfe" + (more + 2).to_bytes(2, "big") + bytes(more) + whole[2:]
        header, code, _ = verdict.verdict(RawSide(1, Side.FRONT, data, 300), LIMIT, fresh=True)
        assert (code, header and header.width) == ("", 640), more
    for size in (4095, 4096, 4097, 4098, 4099):
        data = whole[:2] + b"\xff\xfe" + (size - 1000).to_bytes(2, "big") + bytes(size - 1002)
        data += whole[2 : size - len(data)] + b"\xff\xd9"
        assert verdict.verdict(RawSide(1, Side.FRONT, data, 300), LIMIT, fresh=True)[1] == "", size
    cut = RawSide(1, Side.FRONT, whole[:-2], 300)
    assert verdict.verdict(cut, LIMIT, fresh=True)[1] == errors.IMAGE_TRUNCATED.code
