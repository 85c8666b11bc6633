"""Stamps that were once missed, papers that once stopped a batch, and a fixed sample of both."""

from __future__ import annotations

from dataclasses import replace

import pytest

from appliance.core.limits import ImageLimits
from bench.corpus import Sample, Sensor, Spec, Stamp, page, samples, spec_of
from bench.secret_pages import bounds, captures, score_of

LIMIT = ImageLimits().secret


def score(sample: Sample, capture: int = 0) -> float:
    image, quality = list(captures(sample, capture + 1))[capture]
    return score_of(image, quality, sample.truth.dpi)[0]


def struck_twice(text: str, right: float, down: float) -> Sample:
    first = Stamp(text, "urgent", at=(70, 90), angle=2.0, ink=0.9, patchy=0.1)
    again = replace(first, at=(70 + right, 90 + down))
    return page(Spec("letter", dpi=200, laid=(first, again)))


def test_a_stamp_whose_lower_side_lies_in_a_line_of_writing_is_seen() -> None:
    assert score(page(spec_of("stamps", 4, 78, 200))) >= LIMIT


def test_a_short_stamp_with_writing_through_its_upper_side_is_seen() -> None:
    assert score(page(spec_of("stamps", 0, 11, 200)), capture=2) >= LIMIT


def test_a_rose_stamp_of_little_ink_is_seen_in_a_coarse_jpeg() -> None:
    assert score(page(spec_of("stamps", 15, 11, 200)), capture=2) >= LIMIT


@pytest.mark.parametrize("text", ["HỎA TỐC", "THƯỢNG KHẨN", "KHẨN"])
@pytest.mark.parametrize(("right", "down"), [(1.0, 1.0), (-0.9, 1.1), (1.2, -0.8)])
def test_an_urgent_stamp_struck_twice_is_no_secret_one(text: str, right: float, down: float) -> None:
    assert score(struck_twice(text, right, down)) < LIMIT


@pytest.mark.parametrize("number", [5, 27])
def test_red_fringes_of_black_print_are_no_stamp(number: int) -> None:
    assert score(page(spec_of("fault_misregistration", number, 5, 300))) < LIMIT


def test_a_stamp_is_seen_though_the_colours_lie_apart() -> None:
    stamp = Stamp("TỐI MẬT", at=(70, 90), ink=0.8, patchy=0.2)
    apart = Sensor(apart=(0.6, 0.9))
    assert score(page(Spec("letter", dpi=200, laid=(stamp,), sensor=apart))) >= LIMIT


def test_of_twelve_worn_stamps_none_is_missed() -> None:
    missed = [at for at, sample in enumerate(samples("stamps", 12, 41, 200)) if score(sample) < LIMIT]
    assert missed == []


def test_of_six_stamped_batches_none_passes() -> None:
    missed = [at for at, sample in enumerate(samples("batches", 6, 42, 200)) if score(sample) < LIMIT]
    assert missed == []


@pytest.mark.parametrize(("name", "many"), [
    pytest.param("near_misses", 10, marks=pytest.mark.slow), ("near_misses", 3),
    ("double_struck", 4), ("ordinary", 4),
])
def test_a_fixed_sample_of_other_papers_stops_nothing(name: str, many: int) -> None:
    stopped = [at for at, sample in enumerate(samples(name, many, 43, 200)) if score(sample) >= LIMIT]
    assert stopped == []


def test_exact_bounds_are_those_of_the_tables() -> None:
    assert bounds(0, 10_000) == pytest.approx((0.0, 2.9953e-4), rel=1e-3)
    assert bounds(5, 100) == pytest.approx((0.016432, 0.112835), rel=1e-4)
    assert bounds(100, 100) == pytest.approx((0.970487, 1.0), rel=1e-4)
