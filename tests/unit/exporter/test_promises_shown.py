"""What the metrics say of promises fits together: buckets, sums and shares."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families

from appliance.exporter.metrics import Metrics
from appliance.exporter.service import ServiceReading
from appliance.spool.service import BUCKETS, SHARES, Served, Standing


def series(reading: ServiceReading) -> dict[tuple[str, ...], float]:
    text = Metrics().show(service=reading).decode()
    return {(one.name, *sorted(one.labels.values())): one.value
            for family in text_string_to_metric_families(text) for one in family.samples
            if one.name.startswith(("appliance_dossier", "appliance_waiting"))}


def test_every_counter_is_there_before_anything_was_counted() -> None:
    found = series(ServiceReading())
    for stream in ("archive", "onestop"):
        assert [found["appliance_dossier_sli_total", *sorted((stream, outcome))]
                for outcome in ("met", "missed")] == [0, 0]
        assert all(found["appliance_dossier_time_seconds_total", *sorted((stream, share))] == 0 for share in SHARES)
        assert found["appliance_dossier_end_to_end_seconds_bucket", "900.0", stream] == 0
    assert found["appliance_waiting_items", "locked"] == 0
    assert not any(name == "appliance_waiting_oldest_timestamp_seconds" for name, *_ in found)


def test_buckets_grow_to_the_count_and_shares_add_up_to_the_sum() -> None:
    seconds = {"machine": 100.0, "person": 30.0, "tsa": 5.0, "network": 1_000_000.0}
    served = Served(1, 1, {**dict.fromkeys(BUCKETS, 0), 900.0: 1, 60.0: 2}, 1, seconds)
    found = series(ServiceReading({"onestop": served}, {"onestop": Standing(3, 2, 50.0, 50.0, 1)},
                                  {"onestop": 900.0}, {"held": (2, 7.0), "locked": (0, 0.0)}))
    name = "appliance_dossier_end_to_end_seconds"
    buckets = [found[f"{name}_bucket", *sorted((le, "onestop"))] for le in (*map(str, BUCKETS), "+Inf")]
    assert buckets == sorted(buckets)
    assert (buckets[-2], buckets[-1], found[f"{name}_count", "onestop"]) == (3, 4, 4)
    assert found[f"{name}_bucket", "600.0", "onestop"] == 2
    assert found[f"{name}_sum", "onestop"] == sum(seconds.values())
    assert found["appliance_dossiers_late", "onestop"] == 2
    assert found["appliance_dossiers_excused_total", "onestop"] == 1
    assert found["appliance_waiting_oldest_timestamp_seconds", "held"] == 7
    assert ("appliance_waiting_oldest_timestamp_seconds", "locked") not in found
