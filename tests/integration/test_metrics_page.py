"""The metrics page as real Prometheus software reads it."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.metrics_core import Metric
from prometheus_client.openmetrics.exposition import generate_latest as openmetrics
from prometheus_client.openmetrics.parser import text_string_to_metric_families as strict
from prometheus_client.parser import text_string_to_metric_families

from appliance.core import errors, events
from appliance.core.states import SESSION
from appliance.exporter.metrics import Metrics
from appliance.exporter.pipeline import PipelineReading
from appliance.exporter.scanners import CheckReading, DriftReading, PartReading, ScannerReading, ScannersReading

SERIAL, PERSON = "A1B2C3-SERIAL", "Trần Thị Bí Mật"
WHO = {"model": "fi-8170", "firmware": "1.0", "serial": SERIAL, "profile": "fujitsu_fi-8170", "options": "a" * 16}
LABELS = {"device", "side", "measure", "state", "kind", "code", "part", "bus", "lane", "held", "stage", "result",
          "queue", "reason", "check", "le", "collector", "version", "stream", "outcome", "share", "level", "fate",
          "purpose", "phase", "how", "digest", "commit", "python", "numba", "release_digest", "office", "province",
          *WHO}
"""Every label that may be. Each has few values: those of the settings, a profile, a table of states or errors."""


@pytest.fixture
def metrics() -> Metrics:
    made = Metrics()
    for fact in (
        events.BatchStarted("tray", "0190-batch"), events.SideCaptured("tray", "0190-batch", "front", 0.5, 1.25),
        events.SideCaptured("tray", "0190-batch", "back", 0.5), events.ThingHeld("page", errors.NOT_SHARP.code),
        events.BatchInterrupted("tray", "0190-batch", errors.PAPER_JAM.code), events.PagesFiled(3),
        events.StageFinished("analyse", "ok", 0.2), events.WorkerLost("died"),
        events.BatchUnchecked("tray", held=True), events.PageWarned("staple"),
        events.WorkerProved("worker-1", "No space left on device", 0.1, errors.GOLDEN_PAGE_UNSEEN.code),
    ):
        made.hear(fact)
    return made


SCANNER = ScannerReading(
    "tray", "reload", True, WHO, known_good=False, options_changed=True, trouble=errors.PAPER_JAM.code, sheets=9,
    incidents={"jam": 2.5, "multifeed": 0.0},
    parts=(PartReading("pick_roller", 1200, 200_000, 1_700_000_000.0), PartReading("belt", 7)),
    drift=(DriftReading("front", "streaks", 3.5, 6.0, 0.5),),
    checks=(CheckReading("back", passed=False, at=1_763_771_460.0, values={"dpi_x": 299.5}),))


def page(metrics: Metrics, **changed: Any) -> str:
    return metrics.show(
        pipeline=PipelineReading(items={"page": {"held": 2}}, queues={"read": (1, "2026-11-21T09:00:00+07:00")},
                                 pool={"idle": 2}),
        scanners=ScannersReading((replace(SCANNER, **changed),), {"usb": 1})).decode()


def values(families: Iterable[Metric]) -> dict[tuple[str, str], float]:
    """Series of the tray by name and by their other label."""
    return {(one.name, "".join(value for label, value in one.labels.items() if label != "device")): one.value
            for family in families for one in family.samples if one.labels.get("device", "tray") == "tray"}


def test_a_real_parser_reads_every_line(metrics: Metrics) -> None:
    text = page(metrics)
    found = values(text_string_to_metric_families(text))
    assert len(found) == sum(not line.startswith("#") for line in text.splitlines())
    assert found["appliance_feeder_idle_seconds_total", ""] == 1.25
    assert found["appliance_sheets_fed_total", ""] == 9
    assert found["appliance_consumable_sheets", "pick_roller"] == 1200
    assert found["appliance_consumable_life_sheets", "pick_roller"] == 200_000
    assert found["appliance_consumable_changed_timestamp_seconds", "pick_roller"] == 1_700_000_000
    assert found["appliance_scanner_incidents_per_thousand_sheets", "jam"] == 2.5
    assert found["appliance_scanner_drift", "streaksfront"] == 3.5
    assert found["appliance_scanner_drift_recent", "streaksfront"] == 6.0
    assert found["appliance_scanner_drift_baseline", "streaksfront"] == 0.5
    assert found["appliance_scanner_check_passed", "back"] == 0
    assert found["appliance_scanner_check_timestamp_seconds", "back"] == 1_763_771_460
    assert found["appliance_scanner_check_value", "dpi_xback"] == 299.5
    assert found["appliance_scanner_check_counts", ""] == 0
    assert found["appliance_batches_unchecked_total", "yes"] == 1
    assert found["appliance_scanner_trouble", errors.PAPER_JAM.code] == 1
    assert found["appliance_scanner_options_changed", ""] == 1
    assert found["appliance_scanner_firmware_known_good", ""] == 0


def test_the_strict_parser_of_open_metrics_finds_no_fault_in_the_same_series(metrics: Metrics) -> None:
    page(metrics)
    text = openmetrics(metrics.registry)  # type: ignore[no-untyped-call]
    families = strict(text.decode())  # type: ignore[no-untyped-call]
    assert values(families)["appliance_sheets_fed_total", ""] == 9


def test_what_nobody_knows_has_no_series(metrics: Metrics) -> None:
    found = {name for name, _ in values(text_string_to_metric_families(page(
        metrics, trouble="", known_good=None, parts=(PartReading("belt", 7),))))}
    assert found.isdisjoint({
        "appliance_scanner_trouble", "appliance_scanner_firmware_known_good", "appliance_consumable_life_sheets",
        "appliance_consumable_changed_timestamp_seconds"})
    assert "appliance_consumable_sheets" in found


def test_labels_are_few_and_a_serial_number_stands_in_the_info_alone(metrics: Metrics) -> None:
    for family in text_string_to_metric_families(page(metrics)):
        for sample in family.samples:
            assert set(sample.labels) <= LABELS
            assert sample.name == "appliance_scanner_info" or SERIAL not in sample.labels.values()
            assert not any("0190-batch" in value or PERSON in value for value in sample.labels.values())
            if "code" in sample.labels:
                assert sample.labels["code"] in errors.CATALOGUE
            if sample.name == "appliance_scanner_state":
                assert sample.labels["state"] in {state.value for state in SESSION.table}


def test_every_name_has_the_form_that_prometheus_asks_for(metrics: Metrics) -> None:
    for family in text_string_to_metric_families(page(metrics)):
        assert re.fullmatch(r"appliance(_[a-z]+)+", family.name)
        assert family.documentation
        assert all(one.name.endswith("_total") == (family.type == "counter") for one in family.samples)


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed")
def test_promtool_has_nothing_to_say(metrics: Metrics, tmp_path: Path) -> None:
    done = subprocess.run(["promtool", "check", "metrics"], input=page(metrics), cwd=tmp_path, capture_output=True,
                          text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
