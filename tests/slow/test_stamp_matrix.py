"""Papers of every size, lying in every way, with nasty things on top: the stamp covers none, or the paper waits."""

from __future__ import annotations

from pathlib import Path

import pytest
import stamped_pages as made

from appliance.core.config import parse
from appliance.signing import keys
from appliance.signing.keys import Key
from bench.corpus import Hand, Lie, Spec, page, specs

pytestmark = pytest.mark.slow

PROFILES = ("archive-tt05-2025", "onestop-ttvpcp-2023", "copy-nd30-2020")
SHRINKING = "onestop-ttvpcp-2023"


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Key:
    return keys.from_settings(parse({"storage": {"state": str(tmp_path_factory.mktemp("key"))}}))


@pytest.mark.parametrize("kind", list(made.SIZES))
def test_on_paper_of_every_size_the_stamp_covers_nothing(kind: str, key: Key, tmp_path: Path) -> None:
    placed, asked = dict.fromkeys(PROFILES, 0), 0
    for at, laid in enumerate(made.nasty(kind).values()):
        lie = made.LIES[at % len(made.LIES)]
        sample = page(Spec(kind, 0, 150, 3, laid, lie=lie))
        asked += 1
        for profile in PROFILES:
            if (found := made.stamped(sample, profile, key, tmp_path)) is not None:
                placed[profile] += 1
                made.stands_well(found, made.space_of(profile))
    least = 0.5 if kind == "blank_id" else 0.8
    assert placed[SHRINKING] >= least * asked, placed  # where text may be smaller nearly everything has room


@pytest.mark.parametrize("laid", list(made.nasty("blank")))
@pytest.mark.parametrize("lie", made.LIES)
def test_however_a_sheet_lay_the_stamp_covers_nothing(lie: Lie, laid: str, key: Key, tmp_path: Path) -> None:
    sample = page(Spec("blank", 0, 150, 3, made.nasty("blank")[laid], lie=lie))
    for profile in PROFILES[:2]:
        if (found := made.stamped(sample, profile, key, tmp_path)) is not None:
            made.stands_well(found, made.space_of(profile))


@pytest.mark.parametrize("name", ["ordinary", "sizes", "band", "turned"])
def test_on_papers_of_an_office_the_stamp_covers_nothing(name: str, key: Key, tmp_path: Path) -> None:
    for at, spec in enumerate(specs(name, 14, seed=11, dpi=150)):
        profile = PROFILES[at % len(PROFILES)]
        if (found := made.stamped(page(spec), profile, key, tmp_path)) is not None:
            made.stands_well(found, made.space_of(profile))


def test_ordinary_papers_with_their_pencilled_sheet_numbers_hardly_ever_wait() -> None:
    waiting = []
    for at, spec in enumerate(specs("ordinary", 48, seed=12, dpi=150)):
        hand = Hand(str(3 + at), "pencil", (198.0 - at % 12, 7.0 + at % 6), 4.0 + at % 5, 0.3 + at % 6 / 10)
        sample = page(Spec(spec.kind, spec.variant, 150, spec.seed, (*spec.laid, hand), spec.sheet, spec.lie))
        waiting += [profile for profile in PROFILES if made.placed(sample, profile, development=False) is None]
    assert len(waiting) <= 0.02 * 48 * len(PROFILES), waiting
