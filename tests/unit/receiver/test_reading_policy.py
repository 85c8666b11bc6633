"""Who may find and read what under the shipped national policy."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from appliance.core.errors import ApplianceError
from appliance.receiver.policy import Case, load

NATIONAL = load("national")
SETTLED = Case("H49.64.33.2001.160", "01", own=False, settled=False, days_since_end=400)


def said(case: Case) -> tuple[str, str]:
    rule = NATIONAL.judge(case)
    return rule.shows, rule.reading


def test_every_office_reads_settled_benefit_dossiers() -> None:
    assert said(SETTLED) == ("all", "allow")


def test_what_is_not_settled_yet_is_the_own_offices_alone() -> None:
    fresh = replace(SETTLED, days_since_end=29)
    assert said(fresh) == ("none", "refuse")
    assert said(replace(fresh, own=True)) == ("all", "allow")
    assert said(replace(fresh, settled=True)) == ("all", "allow")


def test_a_dossier_without_an_end_is_not_settled() -> None:
    assert said(replace(SETTLED, days_since_end=None)) == ("none", "refuse")


def test_conditional_access_asks_also_the_own_office_and_shows_others_no_words() -> None:
    assert said(replace(SETTLED, mode="02")) == ("code", "ask")
    assert said(replace(SETTLED, mode="02", own=True)) == ("all", "ask")


@pytest.mark.parametrize("mode", ["03", "", "04", "secret"])
@pytest.mark.parametrize("reviewer", [False, True])
def test_no_rule_opens_a_secret_or_an_unknown_mode(mode: str, reviewer: bool) -> None:
    assert said(replace(SETTLED, mode=mode, own=True, settled=True, reviewer=reviewer)) == ("none", "refuse")


def test_a_secret_dossier_or_document_cannot_come_in() -> None:
    assert NATIONAL.refusal(frozenset({"01", "02"})) == ""
    assert NATIONAL.refusal(frozenset({"01", "03"}))


def test_a_province_narrows_what_is_a_benefit_dossier(tmp_path: Path) -> None:
    path = tmp_path / "narrow.toml"
    text = Path("appliance/receiver/policies/national.toml").read_text(encoding="utf-8")
    path.write_text(text.replace('".*"', "'H49\\..*'"), encoding="utf-8")
    narrow = load(str(path))
    assert narrow.judge(SETTLED).reading == "allow"
    assert narrow.judge(replace(SETTLED, file_code="H50.1.2001.1")).reading == "refuse"
    assert narrow.judge(replace(SETTLED, file_code="H50.1.2001.1", own=True)).reading == "allow"


@pytest.mark.parametrize("wrong", [
    'benefit_codes = "("', "version = 0", "nonsense = 1", "[[rule]]\nmodes = ['01']\nof = 'x'"])
def test_a_policy_with_a_mistake_is_refused(tmp_path: Path, wrong: str) -> None:
    path = tmp_path / "wrong.toml"
    path.write_text(f'id = "wrong"\n{"" if "version" in wrong else "version = 1"}\n{wrong}\n', encoding="utf-8")
    with pytest.raises(ApplianceError):
        load(str(path))
