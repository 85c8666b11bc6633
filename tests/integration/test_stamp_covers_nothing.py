"""A capture goes the whole way to a signed PDF/A; poppler draws it with and without: the stamp lies on no ink.

A few papers here; every size, lie and nasty thing in tests/slow/test_stamp_matrix.py.
"""

from __future__ import annotations

from pathlib import Path

import pytest
import stamped_pages as made

from appliance.core.config import parse
from appliance.signing import keys
from appliance.signing.keys import Key
from bench.corpus import Lie, Spec, page

ARCHIVE, ONESTOP, COPY = "archive-tt05-2025", "onestop-ttvpcp-2023", "copy-nd30-2020"


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Key:
    return keys.from_settings(parse({"storage": {"state": str(tmp_path_factory.mktemp("key"))}}))


@pytest.mark.parametrize(("kind", "laid", "lie", "profile"), [
    ("letter", "a pencilled sheet number", Lie(1.2, 1, "black", 4.0), ARCHIVE),
    ("blank", "a faint sheet number", Lie(-0.9, 2, "grey", 6.0), ARCHIVE),
    ("blank", "a portal's code", Lie(), ONESTOP),
    ("blank", "half a seal", Lie(0.0, 3, "black", 12.0), COPY),
    ("blank_a5", "a pale red stamp", Lie(2.5, 0, "white", 8.0), ONESTOP),
    ("blank_wide", "everything", Lie(1.2, 1, "black", 4.0), ONESTOP),
    ("blank_id", "an arrival stamp", Lie(), ONESTOP),
])
def test_the_stamp_lies_on_no_ink_in_its_half_and_the_top_20_mm(
    kind: str, laid: str, lie: Lie, profile: str, key: Key, tmp_path: Path,
) -> None:
    spec = Spec(kind, 0, 150, 3, made.nasty(kind if kind in made.SIZES else "blank")[laid], lie=lie)
    found = made.stamped(page(spec), profile, key, tmp_path)
    assert found is not None
    made.stands_well(found, made.space_of(profile))


@pytest.mark.parametrize("profile", [ARCHIVE, COPY])
def test_text_of_ten_points_is_never_made_smaller_to_fit(profile: str) -> None:
    least = min(form.height_mm for form in made.space_of(profile).forms)
    assert least > (3 if profile == ARCHIVE else 4) * 0.9 * 10 * 25.4 / 72  # lines at 10 points, one for trials
    sample = page(Spec("blank", 0, 150, 3, made.nasty("blank")["everything"]))
    assert made.placed(sample, profile) is None
    assert made.placed(sample, ONESTOP) is not None


def test_a_strip_that_was_allowed_adds_to_the_page_and_scales_nothing(key: Key, tmp_path: Path) -> None:
    sample = page(Spec("blank", 0, 150, 3, made.nasty("blank")["everything"], lie=Lie(1.2, 1, "black", 4.0)))
    found = made.stamped(sample, ARCHIVE, key, tmp_path, strip=True)
    assert found is not None
    assert found.strip == pytest.approx(17)
    assert (found.covered, found.under) == (0, 0)
    assert found.page == pytest.approx((210, 297 + 17), abs=1.5)
    assert found.box[3] == pytest.approx(found.strip - 3, abs=made.PIXEL)
