"""Whatever arrives: a verdict or a typed error, never a crash, never memory without bound."""

from __future__ import annotations

import io

import numpy as np
import odd_images as odd
import pytest
from drawn_scans import jpeg, scan
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from appliance.core import errors
from appliance.core.errors import ApplianceError
from appliance.core.model import ImageFormat, PageAnalysis
from appliance.imaging import decode, ink, inks, leaders, pieces, tone, treatment

CALM = settings(deadline=None, suppress_health_check=list(HealthCheck))
PAGE = jpeg(scan("short")[::3, ::3])


@settings(CALM, max_examples=40)
@given(st.sampled_from(odd.KINDS), st.integers(1, 400), st.integers(1, 400), st.sampled_from(odd.MODES),
       st.sampled_from((0, 1, 75, 200, 300, 1200)), st.integers(0, 10**6))
def test_any_small_image_gives_a_verdict_or_a_typed_error(
    kind: str, height: int, width: int, mode: str, dpi: int, seed: int,
) -> None:
    data, form = odd.coded(odd.pixels(kind, height, width, seed), mode)
    found = odd.looked_at(data, form, (width, height), dpi)
    if isinstance(found, ApplianceError):
        small = min(height, width) < decode.SMALLEST_SIDE and mode != "CMYK"
        assert found.kind is (errors.IMAGE_TOO_SMALL if small else errors.IMAGE_UNDECODABLE)
    else:
        assert found.verdicts and (found.geometry.width, found.geometry.height) == (width, height)


def test_a_tiff_of_16_bits_is_scaled_not_clipped_to_white() -> None:
    grey = odd.pixels("ramp", 100, 256, 1)
    data, form = odd.coded(grey, "I;16")
    assert np.array_equal(decode.picture(data, form, 1, 10**6).grey, grey)


def test_a_tiff_of_32_bits_is_refused_as_its_white_is_not_known() -> None:
    stream = io.BytesIO()
    Image.fromarray(np.full((100, 100), 70_000, np.int32)).save(stream, "TIFF")
    with pytest.raises(ApplianceError) as refused:
        decode.picture(stream.getvalue(), ImageFormat.G4, 1, 10**6)
    assert refused.value.kind is errors.IMAGE_UNDECODABLE


@pytest.mark.slow
@settings(CALM, max_examples=16)
@given(st.sampled_from(odd.KINDS), st.sampled_from(((2000, 2000), (64, 62500), (40000, 100), (2338, 1653))),
       st.sampled_from(("RGB", "L", "1")), st.sampled_from((72, 200, 600)))
def test_any_image_of_up_to_four_million_pixels_gives_a_verdict(
    kind: str, size: tuple[int, int], mode: str, dpi: int,
) -> None:
    data, form = odd.coded(odd.pixels(kind, *size, seed=size[0]), mode)
    found = odd.looked_at(data, form, (size[1], size[0]), dpi)
    assert isinstance(found, PageAnalysis), found


@settings(CALM, max_examples=80)
@given(st.sampled_from(odd.KINDS), st.integers(1, 70), st.integers(1, 70), st.integers(0, 10**6))
def test_arrays_from_one_pixel_on_pass_through_every_step(kind: str, height: int, width: int, seed: int) -> None:
    grey = odd.pixels(kind, height, width, seed)
    paper = tone.paper_grid(grey)
    assert tone.flattened(grey, paper).shape == grey.shape
    image = tone.binarise(grey, 150.0, tone.paper_tone(paper))
    assert pieces.find(image).labels().shape == grey.shape
    assert ink.find(grey, 150.0).image.shape == grey.shape
    assert leaders.take_off(grey, 150.0).shape == grey.shape
    rgb = np.ascontiguousarray(np.dstack((grey, grey[::-1], grey[:, ::-1])))
    assert inks.part(rgb).print.shape == grey.shape
    how = treatment.choose(decode.Picture(grey, rgb), paper)
    assert treatment.drawn(decode.Picture(grey, rgb), how).shape == grey.shape
    assert treatment.faded(grey, 150.0).shape == grey.shape


@settings(CALM, max_examples=150)
@given(st.data(), st.sampled_from(odd.MODES))
def test_damaged_files_decode_or_give_a_typed_error(data: st.DataObject, mode: str) -> None:
    whole, form = odd.coded(odd.pixels("print", 120, 90, 1), mode)
    odd.decoded(data.draw(st.composite(lambda draw: odd.damaged(whole, draw))()), form)


@settings(CALM, max_examples=20)
@given(st.data())
def test_damaged_pages_are_looked_at_or_refused(data: st.DataObject) -> None:
    broken = data.draw(st.composite(lambda draw: odd.damaged(PAGE, draw))())
    width, height = decode.size_of(PAGE, ImageFormat.JPEG)
    odd.looked_at(broken, ImageFormat.JPEG, (width, height), 200)


def test_a_large_page_is_looked_at_more_coarsely_rather_than_with_more_memory() -> None:
    for width, height, dpi in ((20000, 10000, 75.0), (14000, 14000, 150.0), (2480, 3508, 300.0)):
        factor = decode.factor_of(width, height, dpi, 130.0)
        assert width * height <= decode.MOST_PIXELS * factor ** 2
    assert decode.factor_of(2480, 3508, 300.0, 130.0) == 2


def test_a_progressive_jpeg_may_have_a_fourth_of_the_pixels() -> None:
    stream = io.BytesIO()
    Image.new("L", (2000, 2000), 255).save(stream, "JPEG", progressive=True)
    for call in (decode.grey, decode.picture):
        with pytest.raises(ApplianceError) as caught:
            call(stream.getvalue(), ImageFormat.JPEG, 1, 4_000_000)
        assert caught.value.kind is errors.IMAGE_TOO_LARGE
    assert decode.grey(stream.getvalue(), ImageFormat.JPEG, 1, 16_000_000).shape == (2000, 2000)
    plain = io.BytesIO()
    Image.new("L", (2000, 2000), 255).save(plain, "JPEG")
    assert decode.grey(plain.getvalue(), ImageFormat.JPEG, 1, 4_000_000).shape == (2000, 2000)
