"""When a demo may say that it is over, and when not."""

from typing import Any

from appliance.demo import picture


def status(**changes: Any) -> dict[str, Any]:
    base: dict[str, Any] = {
        "devices": [{"name": "demo", "state": "ready", "feeder": "empty"}], "idle": True,
        "counts": {"sides": 4, "held": 0, "reconciled": True}, "stages": {"captured": 4, "accepted": 1},
        "batches": [{"id": "b", "state": "separated"}], "dossiers": [{"id": "d", "state": "accepted"}],
        "documents": [{"id": "d.1", "state": "accepted"}], "deliveries": [], "held": [],
    }
    return base | changes


def test_nothing_is_over_before_start_was_pressed() -> None:
    assert not picture.read(status(batches=[], dossiers=[]), "demo").over


def test_a_run_is_over_when_every_dossier_is_accepted() -> None:
    assert picture.read(status(), "demo").over


def test_a_held_dossier_does_not_keep_a_run_open() -> None:
    assert picture.read(status(dossiers=[{"id": "d", "state": "held"}]), "demo").over


def test_a_package_on_its_way_keeps_a_run_open() -> None:
    assert not picture.read(status(dossiers=[{"id": "d", "state": "packed"}]), "demo").over


def test_a_batch_that_waits_for_paper_is_seen_and_is_not_the_end() -> None:
    seen = picture.read(status(batches=[{"id": "b", "state": "reload", "reload_sheet": 3}]), "demo")
    assert seen.reload is not None and seen.reload["reload_sheet"] == 3
    assert not seen.over


def test_a_device_that_is_not_there_is_absent() -> None:
    seen = picture.read(status(devices=[]), "demo")
    assert seen.state == "absent" and not seen.loaded


def test_held_pages_are_not_waited_for_by_the_reading_stage() -> None:
    seen = picture.read(status(counts={"held": 1, "reconciled": True}), "demo")
    assert seen.totals(4)["read"] == 3
