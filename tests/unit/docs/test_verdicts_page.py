"""Every check of a page stands in docs/imaging.md with its limit, and what each shipped profile makes of it."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

from appliance.core import errors, rules
from appliance.core.limits import CHECKS, OVERRULED, ImageLimits

PAGE = Path(__file__).parents[3] / "docs" / "imaging.md"
LIMITS = tuple(spec.name for spec in dataclasses.fields(ImageLimits))
FOUND = ("blank", "secret")
"""Verdicts with a limit that are no check of a rule profile's ``warn``."""


def section(name: str) -> str:
    text = PAGE.read_text(encoding="utf-8")
    match = re.search(rf"^## {name}\n(.*?)(?=^## |\Z)", text, re.DOTALL | re.MULTILINE)
    assert match, f"docs/imaging.md has no section {name}"
    return match[1]


def row(check: str) -> list[str]:
    """Return the cells of a check's row: what is measured, limit, code, a cell for each profile, two figures."""
    match = re.search(rf"^\| `{check}` \|(.*)\|$", section("Verdicts"), re.MULTILINE)
    assert match, f"{check} is missing from docs/imaging.md"
    return [cell.strip() for cell in match[1].split("|")]


def heads() -> list[str]:
    match = re.search(r"^\| check \|(.*)\|$", section("Verdicts"), re.MULTILINE)
    assert match
    return [cell.strip().strip("`") for cell in match[1].split("|")]


@pytest.mark.parametrize("check", [*CHECKS, *FOUND])
def test_every_check_has_a_row_with_the_code_an_operator_sees(check: str) -> None:
    code = row(check)[heads().index("code")]
    assert code == "–" if check == "blank" else errors.CATALOGUE[code].vi


@pytest.mark.parametrize("check", [*CHECKS, *FOUND])
@pytest.mark.parametrize("profile", rules.known())
def test_what_each_shipped_profile_makes_of_it_is_told(check: str, profile: str) -> None:
    image = rules.load(profile).image.limits()
    told = row(check)[heads().index(profile)]
    warns = image.lenient or check in image.warn
    if check == "blank":
        assert told == "never held"
    else:
        assert told.split(",")[0] == ("warns" if warns and check != "secret" else "holds")
    default, own = getattr(ImageLimits(), check, None), getattr(image.limits, check, None)
    assert own == default or f"{own:g}" in told, "this profile's own limit is not told"


@pytest.mark.parametrize("check", LIMITS)
def test_the_limit_that_is_told_is_the_one_in_force(check: str) -> None:
    limit = getattr(ImageLimits(), check)
    assert re.search(rf"(?<![\d.]){limit:g}(?![\d.])", row(check)[heads().index("limit")])


@pytest.mark.parametrize("check", [*CHECKS, *FOUND])
def test_what_was_measured_of_it_is_told(check: str) -> None:
    figures = row(check)[-2:]
    stated = check in CHECKS and check not in OVERRULED  # read from the header: nothing to measure
    assert all(cell == "–" if stated else re.search(r"\d", cell) for cell in figures)
