"""A state-secret stamp is seen however it lies and is inked; what is only like one is not taken for it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from drawn_scans import RULES, jpeg, master, scan

from appliance.core import errors
from appliance.core.model import ImageFormat
from appliance.imaging import decode, recipe, secrecy
from bench.corpus import Lie, Sample, Sensor, Sheet, Spec, Stamp, page

LIMIT = RULES.limits.secret
RED = (208, 34, 44)


def score(sample: Sample) -> float:
    factor = decode.factor_for(sample.truth.dpi, 130.0)
    picture = decode.picture(sample.jpeg(), ImageFormat.JPEG, factor, 10**8)
    assert picture.rgb is not None
    found = secrecy.find(picture.rgb, sample.truth.dpi / factor, LIMIT)
    return found.score if found is not None else 0.0


@pytest.mark.parametrize("text", ["MẬT", "TỐI MẬT", "TUYỆT MẬT"])
@pytest.mark.parametrize(("dpi", "angle"), [(200, 0), (200, 93), (300, 178), (300, 266)])
def test_each_of_the_three_is_seen_in_all_four_turns(text: str, dpi: int, angle: float) -> None:
    spec = Spec("letter", dpi=dpi, laid=(Stamp(text, at=(60, 60), angle=angle, ink=0.8, patchy=0.3),))
    assert score(page(spec)) >= LIMIT


@pytest.mark.parametrize("stamp", [
    Stamp("TỐI MẬT", at=(105, 150), angle=9, ink=0.8, patchy=0.3),
    Stamp("MẬT", at=(70, 120), ink=0.45, patchy=0.3),
    Stamp("TUYỆT MẬT", at=(90, 130), ink=0.8, patchy=0.6),
    Stamp("TỐI MẬT", at=(60, 60), ink=0.8, patchy=0.3, colour=(170, 40, 80)),
], ids=["askew", "faded", "uneven", "dark rose"])
def test_a_stamp_askew_faded_or_uneven_over_writing_is_seen(stamp: Stamp) -> None:
    assert score(page(Spec("letter", dpi=200, laid=(stamp,), lie=Lie(skew=1.5)))) >= LIMIT


def test_a_seal_across_its_end_does_not_hide_a_stamp() -> None:
    laid = (Stamp("TUYỆT MẬT", at=(80, 120), ink=0.8, patchy=0.2), Stamp("", "seal", at=(110, 125), ink=0.6))
    assert score(page(Spec("letter", dpi=200, laid=laid))) >= LIMIT


@pytest.mark.parametrize("tone", [(250, 214, 214), (244, 230, 160), (236, 236, 236)])
def test_a_stamp_on_coloured_paper_is_seen(tone: tuple[int, int, int]) -> None:
    stamp = Stamp("MẬT", at=(60, 60), ink=0.85, patchy=0.2)
    assert score(page(Spec("letter", dpi=300, laid=(stamp,), sheet=Sheet(tone=tone)))) >= LIMIT


@pytest.mark.parametrize("stamp", [
    Stamp("HỎA TỐC", "urgent", at=(60, 60)), Stamp("KHẨN", "urgent", at=(60, 60), angle=90),
    Stamp("THƯỢNG KHẨN", "urgent", at=(60, 60), angle=5), Stamp("", "seal", at=(70, 70)),
    Stamp("LƯU HÀNH NỘI BỘ", "circulation", at=(60, 60)), Stamp("", "arrival", at=(60, 60)),
    Stamp("MẬT", at=(60, 60), colour=(40, 38, 42)), Stamp("TỐI MẬT", at=(60, 60), colour=(40, 60, 150)),
], ids=["fire", "urgent", "most urgent", "seal", "circulation", "arrival", "black", "blue"])
@pytest.mark.parametrize("dpi", [200, 300])
def test_what_is_only_like_a_secret_stamp_does_not_stop_the_batch(stamp: Stamp, dpi: int) -> None:
    assert score(page(Spec("decision", dpi=dpi, laid=(replace(stamp, ink=0.9, patchy=0.2),)))) < LIMIT


@pytest.mark.parametrize("kind", ["certificate", "red_boxes", "secret_words"])
def test_red_forms_and_the_word_itself_do_not_stop_the_batch(kind: str) -> None:
    assert score(page(Spec(kind, dpi=200))) < LIMIT


def test_a_page_with_a_stamp_is_held_even_where_all_else_is_forgiven() -> None:
    sample = page(Spec("letter", dpi=200, laid=(Stamp("TUYỆT MẬT", ink=0.9, patchy=0.1),)))
    data = sample.jpeg()
    analysis = recipe.analyse(data, sample.master(data), replace(RULES, lenient=True), 10**8)
    first = analysis.verdicts[0]
    assert (first.check, first.ok, first.code) == ("secret", False, errors.SECRET_SUSPECTED.code)


def test_an_ordinary_letter_passes_with_its_number() -> None:
    drawn = scan("letter")
    found = {one.check: one for one in recipe.analyse(jpeg(drawn), master(drawn), RULES, 10**8).verdicts}
    assert found["secret"].ok
    assert found["secret"].value < 0.3


def test_a_header_that_says_72_dpi_does_not_let_a_stamp_through() -> None:
    stamped = Spec("letter", dpi=200, laid=(Stamp("MẬT", ink=0.9, patchy=0.1),), sensor=Sensor(header_dpi=72))
    sample = page(stamped)
    data = sample.jpeg()
    codes = {verdict.code for verdict in recipe.analyse(data, sample.master(data), RULES, 10**8).verdicts}
    assert errors.SECRET_SUSPECTED.code in codes


def test_a_page_without_colour_gets_no_verdict_but_is_held_for_its_lack() -> None:
    drawn = scan("letter")[..., 1].copy()
    verdicts = recipe.analyse(jpeg(drawn), master(drawn), RULES, 10**8).verdicts
    assert "secret" not in {verdict.check for verdict in verdicts}
    assert errors.NOT_COLOUR.code in {verdict.code for verdict in verdicts}


@pytest.mark.parametrize("shape", [(1, 1), (1, 900), (900, 1), (64, 64), (333, 777)])
def test_red_all_over_and_tiny_images_break_nothing(shape: tuple[int, int]) -> None:
    for tone in ((255, 255, 255), RED, (0, 0, 0)):
        assert secrecy.verdict(secrecy.View(np.full((*shape, 3), tone, np.uint8), 150.0), RULES).ok
    noise = np.random.default_rng(1).integers(0, 255, (*shape, 3)).astype(np.uint8)
    assert secrecy.verdict(secrecy.View(noise, 150.0), RULES).ok
