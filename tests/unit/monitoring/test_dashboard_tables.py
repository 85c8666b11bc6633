"""The dashboards hold together: files, units, colours at the alerts' limits, links that lead somewhere."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard

from appliance.monitoring.catalogue import ALERTS
from appliance.monitoring.dashboards import shelf
from appliance.monitoring.dashboards.board import Board
from appliance.monitoring.dashboards.drawing import drawn
from appliance.monitoring.dashboards.limits import COLOURS, at
from appliance.monitoring.dashboards.panel import GREEN, Kind, Panel, Step
from appliance.monitoring.rules import RUNBOOKS

SHIPPED = Path(__file__).parents[3] / "appliance" / "monitoring" / "shipped" / "dashboards"
BOARDS = {board.uid: board for board in shelf.BOARDS}
FILES = {name: json.loads(text) for name, text in shelf.texts().items()}
EACH_BOARD = pytest.mark.parametrize("board", BOARDS.values(), ids=BOARDS.keys())
EACH_FILE = pytest.mark.parametrize("found", FILES.values(), ids=FILES.keys())
VIETNAMESE = re.compile(r"[ăâđêôơưàáảãạầấẩẫậằắẳẵặèéẻẽẹềếểễệìíỉĩịòóỏõọồốổỗộờớởỡợùúủũụừứửữựỳýỷỹỵ]", re.IGNORECASE)

UNKNOWN_TO_THE_SDK = {"titleFormat", "textFormat", "step", "allValue"}
"""Grafana writes them itself; the marks of alerts are the data source's own, "all" came after the SDK's model."""


def panels(found: dict[str, Any]) -> list[dict[str, Any]]:
    return [one for one in found["panels"] if one["type"] != "row"]


def links(found: Any) -> Iterator[str]:
    """Yield every address in a dashboard."""
    if isinstance(found, dict):
        if isinstance(found.get("url"), str):
            yield found["url"]
        for one in found.values():
            yield from links(one)
    elif isinstance(found, list):
        for one in found:
            yield from links(one)


def lost(ours: Any, theirs: Any, name: str = "") -> set[str]:
    """Return the keys of ours that Grafana's own model did not keep, or keeps otherwise."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return set(ours).difference(theirs).union(
            *(lost(ours[key], theirs[key], key) for key in ours if key in theirs))
    if isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        return set().union(*(lost(one, other, name) for one, other in zip(ours, theirs, strict=True)))
    return set() if ours == theirs else {name}


def test_the_committed_dashboards_are_what_the_tables_say() -> None:
    """Else: python -m appliance.monitoring.dashboards.shelf appliance/monitoring/shipped/dashboards."""
    assert {path.name: path.read_text("utf-8") for path in SHIPPED.iterdir()} == shelf.texts()


def test_a_dashboard_that_is_no_more_leaves_the_folder(tmp_path: Path) -> None:
    (tmp_path / "appliance-old.json").write_text("{}", "utf-8")
    (tmp_path / "of-somebody-else.json").write_text("{}", "utf-8")
    shelf.write(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {*shelf.texts(), "of-somebody-else.json"}


def test_no_two_dashboards_have_one_address() -> None:
    assert len(BOARDS) == len(shelf.BOARDS) == len({board.vi for board in shelf.BOARDS})


@EACH_FILE
def test_grafanas_own_model_knows_every_word(found: dict[str, Any]) -> None:
    kept = json.loads(JSONEncoder().encode(Dashboard.from_json(found)))
    assert lost(found, kept) <= UNKNOWN_TO_THE_SDK


@EACH_FILE
def test_no_panel_lies_over_another_or_beside_the_page(found: dict[str, Any]) -> None:
    taken: set[tuple[int, int]] = set()
    for one in found["panels"]:
        place = one["gridPos"]
        cells = {(x, y) for x in range(place["x"], place["x"] + place["w"])
                 for y in range(place["y"], place["y"] + place["h"])}
        assert not cells & taken
        assert place["x"] + place["w"] <= 24
        taken |= cells
    assert len({one["id"] for one in found["panels"]}) == len(found["panels"])


@EACH_FILE
def test_every_panel_has_a_unit_and_says_what_it_is_in_both_languages(found: dict[str, Any]) -> None:
    for one in panels(found):
        units = [one["fieldConfig"]["defaults"]["unit"], *(
            setting["value"] for override in one["fieldConfig"]["overrides"]
            for setting in override["properties"] if setting["id"] == "unit")]
        assert all(unit not in {"", "none"} for unit in units), one["title"]
        assert VIETNAMESE.search(one["title"])
        assert one["description"].endswith((".", ").")) and not VIETNAMESE.search(one["description"]), one["title"]


@EACH_FILE
def test_every_question_goes_to_the_data_source_that_was_chosen(found: dict[str, Any]) -> None:
    source = {"type": "prometheus", "uid": "${datasource}"}
    assert found["templating"]["list"][0]["name"] == "datasource"
    asked = [*panels(found), *(one for panel in panels(found) for one in panel["targets"]),
             *found["annotations"]["list"], *found["templating"]["list"][1:]]
    assert all(one["datasource"] == source for one in asked)


@EACH_FILE
def test_a_variable_that_a_question_names_is_one_of_the_boards(found: dict[str, Any]) -> None:
    own = {one["name"] for one in found["templating"]["list"]} | {"__rate_interval", "datasource"}
    for one in panels(found):
        for target in one["targets"]:
            assert set(re.findall(r"\$\{?(\w+)", target["expr"])) <= own, target["expr"]


@EACH_FILE
def test_every_link_leads_to_a_board_that_knows_what_it_is_told(found: dict[str, Any]) -> None:
    own = {one["name"] for one in found["templating"]["list"]}
    for url in links(found):
        if url.startswith(RUNBOOKS):
            assert url.rsplit("/", 1)[1] in ALERTS
            continue
        uid = re.match(r"/d/([a-z-]+)\?", url)
        assert uid and uid[1] in BOARDS, url
        told = dict(re.findall(r"var-(\w+)=([^&]+)", url))
        assert told.pop("datasource") == "${datasource}"
        kept = {name for name, value in told.items() if value == f"${{{name}}}"}
        assert kept <= own, "a choice is handed on that this board does not have"


def test_the_fleet_leads_down_to_a_scanner() -> None:
    for above, below in pairwise(("appliance-fleet", "appliance-province", "appliance-office", "appliance-device")):
        assert any(url.startswith(f"/d/{below}?") for url in links(FILES[f"{above}.json"])), (above, below)


@EACH_BOARD
def test_a_panel_turns_at_the_limit_of_an_alert_and_leads_to_its_runbook(board: Board) -> None:
    for panel in board.panels():
        for step in colours(panel):
            assert any(url.endswith(f"/{step.alert}") for url in links(drawn(panel)["links"])), (panel.en,
                                                                                                 step.alert)
            limit = ALERTS[step.alert].limit
            assert limit is not None
            shown = limit.value or float(limit.unit == "short" or not limit.below)
            assert step.start == shown, (panel.en, step)


@EACH_FILE
def test_the_limits_are_in_the_file_too(found: dict[str, Any]) -> None:
    board = BOARDS[found["uid"]]
    for panel, written in zip(board.panels(), panels(found), strict=True):
        if panel.kind is Kind.TABLE:
            continue
        steps = written["fieldConfig"]["defaults"]["thresholds"]["steps"]
        assert [one["value"] for one in steps[1:]] == [one.start for one in panel.steps[1:]]


def colours(panel: Panel) -> Iterator[Step]:
    """Yield the steps of a panel and its columns that stand for an alert."""
    for steps in (panel.steps, *(query.steps for query in panel.queries)):
        yield from (step for step in steps if step.alert)


@EACH_BOARD
def test_an_alert_named_by_a_panel_exists(board: Board) -> None:
    for panel in board.panels():
        said = set(re.findall(r"\b[A-Z][a-z]+(?:[A-Z][a-z]+)+\b", panel.en))
        assert said <= set(ALERTS), (panel.en, said - set(ALERTS))


def test_the_graver_of_two_alerts_has_the_graver_colour() -> None:
    steps = at("SpoolFillingUp", "SpoolNearlyFull")
    assert [one.colour for one in steps] == [GREEN, COLOURS["ticket"], COLOURS["page"]]
    assert [one.start for one in steps[1:]] == [0.6, 0.9]


def test_of_alerts_that_fire_below_the_least_value_is_the_worst() -> None:
    steps = at("CertificateExpires", "CertificateRenew", "CertificateExpiring")
    assert [one.colour for one in steps] == [COLOURS["page"], COLOURS["ticket"], COLOURS["info"], GREEN]
    assert [one.start / 86400 for one in steps[1:]] == [7, 21, 60]


def test_colours_of_alerts_that_fire_above_and_below_cannot_be_mixed() -> None:
    with pytest.raises(ValueError, match="UploadStuck"):
        at("UploadStuck", "DiskLastsFewDaysOffline")


def test_an_alert_without_one_limit_has_no_colour() -> None:
    with pytest.raises(ValueError, match="OfficeSilent"):
        at("OfficeSilent")
