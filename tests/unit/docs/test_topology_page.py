"""docs/topology.md says every setting of a place, every column of the list, and every note of a host."""

from __future__ import annotations

import pytest
from manual_stand import page, settings

from appliance.monitoring import notes
from appliance.monitoring.place import Place
from appliance.monitoring.rows import COLUMNS


@pytest.mark.parametrize(("key", "doc", "permitted"), settings(Place))
def test_every_setting_of_a_place_stands_in_the_manual(key: str, doc: str, permitted: str) -> None:
    row = next((line for line in page("topology.md").splitlines() if line.startswith(f"| `{key}` |")), "")
    assert doc in row
    assert permitted.replace("|", "\\|") in row


@pytest.mark.parametrize("column", COLUMNS)
def test_every_column_of_the_list_stands_in_the_manual(column: str) -> None:
    assert any(f"`{column}`" in line.split(" | ")[0] for line in page("topology.md").splitlines()
               if line.startswith("| `"))


def test_every_note_stands_in_the_manual_with_its_labels() -> None:
    figures = (*notes.drift(0, notes.EXAMPLE), *notes.rollout(True, "pilot", "1", notes.EXAMPLE),
               *notes.backup(notes.EXAMPLE))
    for one in figures:
        assert f"| `{one.name}` | {', '.join(name for name, _ in one.labels)}" in page("topology.md")
