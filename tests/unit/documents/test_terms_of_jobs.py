"""Whether a separator may name another job: only where scanning under it would have given the same."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from appliance import terms
from appliance.core import rules
from appliance.core.config import Config, Job
from appliance.core.model import Separator, SheetKind, Side
from appliance.core.rules import RuleProfile
from appliance.documents.separator import encode
from appliance.documents.sheet import SidePage
from appliance.documents.ways import FIRST_PAGE, FIXED, SEPARATORS, Way

Load = Callable[[str], RuleProfile]
ARCHIVE = Job("archive")
FLAGS = replace(ARCHIVE, target_policy="flag")
COUNTER = replace(ARCHIVE, name="counter", rules="onestop-ttvpcp-2023")


def alike(name: str) -> RuleProfile:
    """Return a shipped rule profile, with the archive's demands on images."""
    return replace(rules.load(name), image=rules.load(ARCHIVE.rules).image)


def fault(other: Job, *, personal: bool = True, job: Job = ARCHIVE, load: Load = rules.load, **facts: Any) -> str:
    """Say why a batch of one job, else the archive's, may not be taken for another's."""
    batch: Any = {"provenance": json.dumps({"dpi": 300, "duplex": True, "folder": False} | facts)}
    capture = terms.capture_of(batch, job, rules.load(job.rules), personal=personal)
    found = terms.of_jobs(Config(job=(job, other)), capture, load)
    assert list(found) == [other.name]
    return found[other.name].fault


def test_another_rule_profile_with_the_same_demands_is_taken() -> None:
    assert fault(COUNTER, load=alike) == ""


def test_another_title_retention_and_way_of_separation_are_taken() -> None:
    assert fault(replace(ARCHIVE, name="b", title="Khác", maintenance="02", separation="fixed_count")) == ""


def test_a_coarser_job_is_taken_and_a_finer_one_is_not() -> None:
    assert fault(replace(ARCHIVE, name="b", dpi=200)) == ""
    assert "600" in fault(replace(ARCHIVE, name="b", dpi=600))


def test_backs_that_were_never_scanned_are_not_passed_over() -> None:
    assert fault(replace(ARCHIVE, name="b", duplex=False)) == ""
    assert fault(ARCHIVE.__class__("b"), duplex=False) == terms.DUPLEX


def test_files_say_their_resolution_and_sides_themselves() -> None:
    assert fault(replace(ARCHIVE, name="b", dpi=600), folder=True, duplex=False) == ""


def test_pages_that_were_judged_by_other_demands_are_not_taken() -> None:
    assert fault(replace(ARCHIVE, name="b", rules="demo")) == terms.DEMANDS


def test_new_paper_is_not_passed_over_as_old_paper_was_that_may_lack_a_corner() -> None:
    assert fault(COUNTER) == terms.DEMANDS


def test_a_sheet_made_with_another_key_opens_no_other_job() -> None:
    assert fault(replace(ARCHIVE, name="b", separator_key_file="/etc/key")) == terms.KEY


@pytest.mark.parametrize(("policy", "hours", "found"), [
    ("ignore", 1, ""), ("flag", 12, ""), ("flag", 24, ""), ("flag", 8, terms.CHECK), ("block", 12, terms.CHECK)])
def test_a_job_that_asks_more_of_the_device_check_is_not_taken(policy: str, hours: float, found: str) -> None:
    other = replace(ARCHIVE, name="b", target_policy=policy, target_max_age_hours=hours)
    assert fault(other, job=FLAGS) == found


def test_the_one_stop_stream_is_not_entered_without_a_persons_name() -> None:
    assert fault(COUNTER, personal=False, load=alike) == terms.PERSON


def test_a_job_with_a_rule_profile_that_is_not_there_harms_no_other() -> None:
    assert fault(replace(ARCHIVE, name="b", rules="tt-1999")) == terms.PROFILE


def test_a_batch_of_an_older_release_counts_as_scanned_as_its_job_says() -> None:
    capture = terms.capture_of({"provenance": "{}"}, ARCHIVE, rules.load(ARCHIVE.rules), personal=True)  # type: ignore[arg-type]
    assert (capture.dpi, capture.duplex) == (300, True)


@pytest.mark.parametrize(("job", "way"), [
    (ARCHIVE, Way(SEPARATORS, 1)),
    (replace(ARCHIVE, separation="fixed_count", sheets_per_document=3), Way(FIXED, 3)),
    (replace(ARCHIVE, separation="first_page_code", first_page_code="(?P<reception>.*)"),
     Way(FIRST_PAGE, 1, "(?P<reception>.*)")),
])
def test_the_way_is_what_the_settings_say(job: Job, way: Way) -> None:
    assert terms.way_of(job) == way
    way.check()


def test_dossiers_are_looked_up_by_separators_and_by_first_pages() -> None:
    way = Way(FIRST_PAGE, 0, r"P\|(?P<reception>.*)")
    marks = (encode(Separator(SheetKind.DOSSIER, "A")), "P|H26-1", "P|../x", "P|", "SSA1:D:B:0::1:0", "https://b")
    assert terms.named_dossiers([SidePage(1, 1, Side.FRONT, marks=marks)], b"", [Way(), way]) == {"A", "H26-1"}
