"""The office's red seal becomes a stencil of one bit, as large as its ink; what is no red seal is refused."""

from __future__ import annotations

import io

import numpy as np
import pytest
from drawn_seal import NOTHING, RED, WHITE, drawn, png
from PIL import Image

from appliance.core.errors import ApplianceError
from appliance.imaging import bilevel, stencil

MM = 36.0
AT_600_DPI = round(600 * MM / 25.4)


def ink_of(strip: stencil.Strip) -> np.ndarray:
    return bilevel.strip_bits(strip.data, (strip.width, strip.height), black_is_one=False)


@pytest.mark.parametrize(("side", "margin", "paper"), [
    (300, 0, NOTHING), (420, 60, WHITE), (850, 300, NOTHING), (1100, 40, WHITE)])
def test_a_seal_is_cut_to_its_ink_at_600_dpi_whatever_paper_is_around(
        side: int, margin: int, paper: tuple[int, ...]) -> None:
    strip = stencil.cut(png(drawn(side, margin, paper=paper)), MM)
    assert (strip.width, strip.height) == (AT_600_DPI, AT_600_DPI)
    ink = ink_of(strip)
    assert ink[:8].any()
    assert ink[-8:].any()
    assert ink[:, :8].any()
    assert ink[:, -8:].any()
    assert ink[AT_600_DPI // 2, AT_600_DPI // 2] == 1, "the star is filled"
    assert ink[AT_600_DPI // 2, AT_600_DPI // 4] == 0, "the paper between is not"
    assert len(strip.data) < 8000


def test_a_pale_seal_is_painted_as_whole_as_a_strong_one() -> None:
    inks = (RED, (235, 150, 150, 255))
    strong, pale = (ink_of(stencil.cut(png(drawn(ink=ink, paper=WHITE)), MM)) for ink in inks)
    assert np.mean(strong != pale) < 0.01


def test_a_scanned_seal_on_paper_that_is_not_quite_white_is_taken() -> None:
    image = drawn(paper=(247, 244, 238, 255)).convert("RGB")
    noise = np.random.default_rng(5).normal(0, 5, (image.height, image.width, 3))
    scanned = Image.fromarray(np.clip(np.asarray(image) + noise, 0, 255).astype(np.uint8))
    clean = ink_of(stencil.cut(png(drawn()), MM))
    found = ink_of(stencil.cut(png(scanned), MM))
    assert found.shape == clean.shape
    assert np.mean(found != clean) < 0.02


def test_a_speck_beside_the_seal_does_not_make_it_larger() -> None:
    image = drawn(margin=200)
    image.paste(RED, (10, 10, 13, 13))
    strip = stencil.cut(png(image), MM)
    assert (strip.width, strip.height) == (AT_600_DPI, AT_600_DPI)


@pytest.mark.parametrize("palette", ["P", "RGB"])
def test_a_png_of_another_kind_is_read_too(palette: str) -> None:
    image = drawn(paper=WHITE).convert("RGB").convert(palette)
    assert stencil.cut(png(image), MM).width == AT_600_DPI


def test_the_same_image_gives_the_same_stencil() -> None:
    data = png(drawn())
    assert stencil.cut(data, MM) == stencil.cut(data, MM)


def jpeg() -> bytes:
    stream = io.BytesIO()
    drawn(paper=WHITE).convert("RGB").save(stream, "JPEG")
    return stream.getvalue()


def words() -> Image.Image:
    """Black words stand across the seal."""
    image = drawn(paper=WHITE)
    image.paste((0, 0, 0, 255), (40, 280, 600, 350))
    return image


BAD = {
    "nothing": (b"", "PNG"),
    "a text": (b"not a picture" * 100, "PNG"),
    "a JPEG": (jpeg(), "PNG"),
    "a PNG cut off": (png(drawn())[:-2000], "PNG"),
    "an empty page": (png(Image.new("RGB", (900, 900), "white")), "no red ink"),
    "nothing at all on it": (png(Image.new("RGBA", (900, 900), NOTHING)), "no red ink"),
    "a black seal": (png(drawn(ink=(20, 20, 20, 255))), "no red ink"),
    "a blue seal": (png(drawn(ink=(30, 40, 200, 255))), "no red ink"),
    "black words across it": (png(words()), "other colours"),
    "too few pixels": (png(drawn(240)), "too small"),
    "a red area": (png(Image.new("RGB", (900, 900), (205, 25, 35))), "share of red ink"),
    "a line": (png(Image.new("RGB", (900, 60), (205, 25, 35))), "not round"),
    "half a seal": (png(drawn(margin=0).crop((0, 0, 560, 280))), "not round"),
}


@pytest.mark.parametrize("name", sorted(BAD))
def test_what_is_no_red_seal_is_refused_with_the_reason(name: str) -> None:
    data, reason = BAD[name]
    with pytest.raises(ApplianceError) as caught:
        stencil.cut(data, MM)
    assert caught.value.code == "K551"
    assert reason in caught.value.en


@pytest.mark.parametrize("side", [4001, 15_000])
def test_an_image_with_too_many_pixels_is_refused_before_it_is_decoded(side: int) -> None:
    with pytest.raises(ApplianceError) as caught:
        stencil.cut(png(Image.new("1", (side, side)))[:200], MM)
    assert caught.value.code == "K551"
    assert "too many pixels" in caught.value.en
