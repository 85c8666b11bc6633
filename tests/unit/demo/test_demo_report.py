"""The verdict of a demo: all filed, something held, failed."""

from typing import Any

import pytest

from appliance.core.errors import Exit
from appliance.demo import picture, report
from appliance.demo.picture import Picture

DOSSIERS = [{"id": "one", "state": "accepted"}, {"id": "two", "state": "accepted"}]


def look(*dossiers: dict[str, Any], **more: Any) -> Picture:
    return picture.read({"dossiers": list(dossiers) or DOSSIERS, **more}, "demo")


def told(**changes: Any) -> dict[str, Any]:
    base: dict[str, Any] = {
        "trouble": "", "held": [], "reconciled": True,
        "documents": [{"state": "accepted", "signature_valid": True}],
        "packages": [{"receipt_valid": True}, {"receipt_valid": True}],
    }
    return base | changes


def test_all_filed_is_done() -> None:
    assert report.exit_code(told(), look()) is Exit.DONE


def test_something_held_is_said_by_the_exit_code() -> None:
    held = [{"what": "page", "id": "1"}]
    documents = [{"state": state, "signature_valid": False} for state in ("held", "separated")]
    found = report.exit_code(told(held=held, documents=documents), look({"id": "one", "state": "held"}))
    assert found is Exit.HELD


@pytest.mark.parametrize("changes", [
    {"trouble": "the daemon went away"}, {"reconciled": False}, {"packages": []},
    {"packages": [{"receipt_valid": True}]}, {"packages": [{"receipt_valid": False}, {"receipt_valid": True}]},
    {"documents": [{"state": "accepted", "signature_valid": False}]},
])
def test_anything_unproven_is_a_failure(changes: dict[str, Any]) -> None:
    assert report.exit_code(told(**changes), look()) is Exit.FAILED


def test_a_rejected_dossier_is_a_failure_even_when_something_is_held() -> None:
    seen = look({"id": "one", "state": "rejected"})
    assert report.exit_code(told(held=[{"what": "page"}]), seen) is Exit.FAILED


def test_time_runs_from_the_first_side_to_the_last_receipt() -> None:
    times = {"first": "2026-11-21T09:00:00.000+07:00", "last": "2026-11-21T09:01:30.500+07:00"}
    assert report.elapsed(look(times=times)) == 90.5
    assert report.elapsed(look(times={"first": times["first"], "last": None})) is None
