"""The whole metrics page, compared with the one that is kept; nothing in it changes unseen."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import fields
from pathlib import Path

import metrics_golden
import pytest
from manual_stand import page as manual
from metrics_golden import GOLDEN, READINGS
from prometheus_client.parser import text_string_to_metric_families

from appliance.core import errors
from appliance.exporter.metrics import Metrics
from appliance.exporter.topics import TOPICS

FREE = {"appliance_scanner_info", "appliance_build_info", "appliance_office_info", "appliance_settings_info"}
"""Series that say who and what; no other may bear a value that grows with time or paper."""


@pytest.fixture(scope="module")
def text() -> str:
    return metrics_golden.page()


def test_the_page_is_the_one_that_is_kept(text: str) -> None:
    assert text == GOLDEN.read_text("utf-8"), "see tests/metrics_golden.py"


def test_every_topic_is_on_it() -> None:
    assert set(READINGS) == {topic.name for topic in TOPICS}


def test_every_family_has_a_series_on_it(text: str) -> None:
    families = list(text_string_to_metric_families(text))
    assert [one.name for one in families if not one.samples] == []
    assert {one.name for one in families} == {
        one.name for one in text_string_to_metric_families(Metrics().show().decode())}


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_a_reading_has_no_field_that_the_page_leaves_out(topic: object) -> None:
    """A reading whose field is as in the empty one would show nothing of it on the golden page."""
    reading, empty = READINGS[topic.name], topic.empty  # type: ignore[attr-defined]
    same = [one.name for one in fields(reading) if getattr(reading, one.name) == getattr(empty, one.name)]
    assert [name for name in same if name not in {"good", "golden_good", "away", "development_key", "open"}] == []


def test_no_series_says_when_it_was_made(text: str) -> None:
    assert "_created" not in text


def test_every_duration_is_told_in_buckets_of_which_one_ends_at_fifteen_minutes(text: str) -> None:
    families = [one for one in text_string_to_metric_families(text) if one.type == "histogram"]
    assert families
    for family in families:
        assert "900.0" in {sample.labels.get("le") for sample in family.samples}, family.name


def test_labels_stand_in_the_manual_as_they_are(text: str) -> None:
    rows = dict(re.findall(r"^\| `(appliance_\w+)` \| \w+ \| ([^|]*) \|", manual("metrics.md"), flags=re.MULTILINE))
    for family in text_string_to_metric_families(text):
        name = f"{family.name}_total" if family.type == "counter" else family.name
        labels = {label for sample in family.samples for label in sample.labels} - {"le"}
        assert set(filter(None, rows[name].strip().split(", "))) == labels, name


def test_no_label_grows_with_time_or_paper(text: str) -> None:
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            if sample.name not in FREE:
                assert not any(re.search(r"\d{4}|\s", value) for label, value in sample.labels.items()
                               if label not in ("le", "register", "job")), sample
            if "code" in sample.labels:
                assert sample.labels["code"] in errors.CATALOGUE


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed")
def test_promtool_finds_no_fault_in_the_whole_page(text: str, tmp_path: Path) -> None:
    done = subprocess.run(["promtool", "check", "metrics"], input=text, cwd=tmp_path, capture_output=True,
                          text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
