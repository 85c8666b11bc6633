"""A real office and its promises: kept, killed, late because the archive is away, and waiting for a person."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from prometheus_client.parser import text_string_to_metric_families
from rig import Rig, accepted, dossier, escl, job, page

pytestmark = pytest.mark.slow

SHARES = ("machine", "person", "tsa", "network")


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    found = Rig(tmp_path_factory.mktemp("promise") / "rig", {"device": [escl()], "job": [job()]})
    try:
        yield found
    finally:
        found.stop()


def series(rig: Rig) -> dict[tuple[str, ...], float]:
    """Return what the metrics say of promises and of who is waited for, without the stream nobody scans for."""
    found = {}
    for family in text_string_to_metric_families(rig.metrics()):
        for one in family.samples:
            if one.name.startswith(("appliance_dossier", "appliance_waiting")) and one.labels.pop(
                    "stream", "") != "onestop":
                found[one.name.removeprefix("appliance_"), *sorted(one.labels.values())] = one.value
    return found


def judged(rig: Rig, dossiers: int) -> dict[tuple[str, ...], float]:
    """Wait until so many dossiers have arrived and are added up; return the series."""
    found: list[dict[tuple[str, ...], float]] = []

    def there(_: object) -> bool:
        found.append(series(rig))
        return found[-1]["dossier_end_to_end_seconds_count",] == dossiers

    rig.wait(there, f"{dossiers} dossiers judged")
    return found[-1]


def adds_up(found: dict[tuple[str, ...], float]) -> None:
    took = {share: found["dossier_time_seconds_total", share] for share in SHARES}
    assert sum(took.values()) == pytest.approx(found["dossier_end_to_end_seconds_sum",])
    assert took["machine"] > 0


def test_a_promise_that_is_kept_is_counted_once_also_over_a_kill(rig: Rig) -> None:
    rig.load([dossier("PROM.1", 1), page(1)])
    rig.press()
    rig.wait(lambda found: accepted(found) == {"PROM.1"}, "accepted")
    found = judged(rig, 1)
    adds_up(found)
    assert (found["dossier_sli_total", "met"], found["dossier_sli_total", "missed"]) == (1, 0)
    assert found["dossiers_open",] == 0
    rig.kill("daemon")
    rig.start("daemon")
    kept = ("dossier_sli_total", "dossier_time_seconds_total", "dossier_end_to_end_seconds_sum")
    again = series(rig)
    assert {key: value for key, value in again.items() if key[0] in kept} == {
        key: value for key, value in found.items() if key[0] in kept}


def test_a_dossier_that_waits_for_the_archive_waits_for_the_network_and_one_for_a_sheet_for_a_person(
        rig: Rig) -> None:
    before = series(rig)
    rig.kill("receiver")
    rig.load([dossier("PROM.2", 1), page(2), dossier("PROM.3", 2), page(3)])
    rig.press()
    rig.wait(lambda found: {one["file_code"]: one["state"] for one in found["dossiers"]}
             | {"PROM.1": ""} == {"PROM.1": "", "PROM.2": "packed", "PROM.3": "held"}, "packed and held")
    found = series(rig)
    assert (found["dossiers_open",], found["waiting_items", "held"]) == (2, 1)
    assert found["waiting_oldest_timestamp_seconds", "held"] > found["dossier_oldest_start_timestamp_seconds",]
    rig.start("receiver")
    rig.wait(lambda found: accepted(found) == {"PROM.1", "PROM.2"}, "accepted")
    after = judged(rig, 2)
    adds_up(after)
    for share in ("network", "machine"):
        assert after["dossier_time_seconds_total", share] > before["dossier_time_seconds_total", share]
    assert rig.status()["service"]["waiting"]["held"] == 1
