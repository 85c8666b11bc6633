"""The tables of alerts hold together: names, codes, both languages, cases, runbooks, committed files."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from appliance.core import errors
from appliance.monitoring import alert_page, catalogue, centre, collectors, recording, routes, rules
from appliance.monitoring.alert import INFO, PAGE, TICKET, Alert, Limit
from appliance.monitoring.cases import kept
from appliance.monitoring.durations import Clockwork
from appliance.monitoring.hours import Hours
from appliance.monitoring.place import Place
from appliance.monitoring.rules import Writing

ROOT = Path(__file__).parents[3]
SHIPPED = ROOT / "appliance" / "monitoring" / "shipped" / "rules"
RUNBOOKS = ROOT / "docs" / "runbooks"
EACH = pytest.mark.parametrize("alert", catalogue.ALERTS.values(), ids=catalogue.ALERTS.keys())
ALWAYS = {"Watchdog"}
"""Fires by being there: it has no case in which it does not."""

PARTS = {
    "## Tiếng Việt": (
        "**Nghĩa là gì.**", "**Ai bị ảnh hưởng.**", "**Xem ở đâu.**", "**Sửa.**", "**Nếu không được.**"),
    "## English": ("**What it means.**", "**Who is hurt.**", "**Look here.**", "**Mend.**", "**If that fails.**"),
}


def test_no_two_alerts_share_a_name() -> None:
    names = [alert.name for table in catalogue.TABLES for alert in table.ALERTS]
    assert sorted(names) == sorted(catalogue.ALERTS)


@EACH
def test_a_name_is_camel_case_and_its_code_is_in_the_catalogue(alert: Alert) -> None:
    assert re.fullmatch(r"([A-Z][a-z0-9]+)+", alert.name)
    assert alert.code in errors.CATALOGUE
    assert alert.severity in {PAGE, TICKET, INFO}


@EACH
def test_each_alert_is_said_in_both_languages(alert: Alert) -> None:
    assert re.search(r"[ăâđêôơưàáảãạầấẩẫậèéẻẽẹềếểễệìíỉĩịòóỏõọồốổỗộờớởỡợùúủũụừứửữựỳýỷỹỵ]", alert.vi)
    assert alert.en.isascii()
    assert "$value" not in alert.expr
    assert set(re.findall(r"\$\w+\.?\w*", alert.vi)) == set(re.findall(r"\$\w+\.?\w*", alert.en))


@EACH
def test_each_alert_has_a_case_in_which_it_fires_and_one_in_which_it_does_not(alert: Alert) -> None:
    assert alert.fires
    assert bool(alert.quiet) != (alert.name in ALWAYS)


@EACH
def test_every_label_that_a_text_names_is_on_the_alert(alert: Alert) -> None:
    named = set(re.findall(r"\$labels\.(\w+)", alert.vi + alert.en))
    assert all(named <= {*kept(one), *alert.labels()} for one in alert.fires)


@EACH
def test_what_an_alert_silences_exists_and_is_no_graver(alert: Alert) -> None:
    weight = {INFO: 0, TICKET: 1, PAGE: 2}
    for name, labels in alert.silences:
        other = catalogue.ALERTS[name]
        assert weight[other.severity] <= weight[alert.severity]
        assert set(filter(None, labels.split(","))) <= set(kept(alert.fires[0]))


@EACH
def test_the_limit_that_dashboards_draw_is_the_one_in_the_rule(alert: Alert) -> None:
    said = re.search(r"[<>]=? ?(?:on .*\()?-?<limit>", alert.expr)
    if alert.limit is None:
        assert said is None
    elif alert.limit.value:
        assert said is not None
        assert ("<limit>" in alert.expr) and alert.limit.below == said[0].startswith("<")


def test_every_code_of_monitoring_belongs_to_an_alert() -> None:
    ours = {code for code in errors.CATALOGUE if re.fullmatch(r"M8[0-3]\d", code)}
    assert ours <= {alert.code for alert in catalogue.ALERTS.values()}


def test_the_committed_rules_are_those_of_the_tables() -> None:
    made = rules.texts(Writing())
    assert {path.name: path.read_text("utf-8") for path in SHIPPED.glob("*.yml")} == made, (
        "python -m appliance.monitoring.rules appliance/monitoring/shipped/rules")


def test_the_page_of_alerts_is_that_of_the_tables() -> None:
    made = alert_page.page()
    assert (ROOT / "docs" / "alerts.md").read_text("utf-8") == made, (
        "python -m appliance.monitoring.alert_page > docs/alerts.md")


@EACH
def test_each_alert_has_a_runbook_with_the_words_that_the_operator_reads(alert: Alert) -> None:
    text = (RUNBOOKS / f"{alert.name}.md").read_text("utf-8")
    kind = errors.CATALOGUE[alert.code]
    assert text.startswith(f"# {alert.name} ({alert.code})\n")
    flat = " ".join(text.replace("\n> ", " ").split())
    assert kind.vi in flat
    assert kind.en in flat
    at = [text.index(one) for heading, leads in PARTS.items() for one in (heading, *leads)]
    assert at == sorted(at)


@EACH
def test_no_rule_asks_for_a_label_that_collectors_do_not_make(alert: Alert) -> None:
    """Collectors let a page's own labels stand, so that Prometheus renames none to ``exported_``."""
    scraped = collectors.office(Place())["scrape_configs"] + collectors.province(Place())["scrape_configs"]
    assert all(one["honor_labels"] for one in scraped if one["job_name"] in ("appliance", "node"))
    assert "exported_" not in str((alert.expr, alert.vi, alert.en, alert.fires))
    known = {one["job_name"] for one in [*scraped, *centre.centre(Place())["scrape_configs"]]}
    assert set(re.findall(r'job="(\w+)"', alert.expr)) <= known


@EACH
def test_a_page_never_silences_a_ticket_about_another_thing(alert: Alert) -> None:
    """Where both bear a code, what tells scanners or certificates apart must be among the labels that are equal."""
    same = [one for one in catalogue.ALERTS.values() if one.code == alert.code and one.severity == PAGE]
    if alert.severity == TICKET and same:
        apart = set(kept(alert.fires[0])) & {"device", "purpose", "stream", "place", "state", "part"}
        assert apart <= set(routes.SAME_TROUBLE)


def test_no_runbook_is_there_without_its_alert() -> None:
    assert {path.stem for path in RUNBOOKS.glob("*.md")} - {"README"} == set(catalogue.ALERTS)


def test_every_command_that_a_runbook_gives_exists() -> None:
    from appliance.cli import COMMANDS

    for path in RUNBOOKS.glob("*.md"):
        named = re.findall(r"`(?:sudo )?appliance ([a-z][a-z-]*)", path.read_text("utf-8"))
        assert set(named) <= set(COMMANDS), path.name


def test_scaled_durations_shrink_and_numbers_that_are_no_time_stay() -> None:
    fast = Clockwork(1 / 60)
    assert fast.filled("rate(x[<1h>]) > <limit>", Limit(5)) == "rate(x[60000ms]) > 5"
    assert fast.filled("time() - x > <limit>", Limit(7200, "s", age=True)) == "time() - x > 120"
    assert fast.filled("time() - x > <1d.s>") == "time() - x > 1440"
    assert fast.filled("x[<1m>]") == "x[5000ms]"
    assert Clockwork().filled("x[<30d>:<6h>] > <limit>", Limit(0.5)) == "x[30d:6h] > 0.5"


def test_a_scaled_file_keeps_every_alert_and_shortens_its_hold() -> None:
    plain, fast = rules.texts(Writing()), rules.texts(Writing(scale=1 / 60))
    assert plain.keys() == fast.keys()
    assert "for: 15m" in plain["absence.yml"]
    assert "for: 15000ms" in fast["absence.yml"]


def test_rules_are_written_for_the_place_that_serves_the_runbooks(tmp_path: Path) -> None:
    rules.write(tmp_path / "rules", Writing(runbooks="https://giamsat.example/sotay"))
    said = (tmp_path / "rules" / "delivery.yml").read_text("utf-8")
    assert "runbook_url: https://giamsat.example/sotay/UploadStuck" in said


def test_recordings_stand_before_those_that_rest_on_them() -> None:
    seen: set[str] = set()
    for group in recording.groups(Hours()):
        for rule in group.rules:
            named = set(re.findall(r"\b(?:appliance|office|province):\w+(?::\w+)*", rule.expr))
            assert named <= seen, rule.name
            seen.add(rule.name)


def test_holidays_are_in_the_hours_as_days_since_1970() -> None:
    said = Hours(holidays=(date(1970, 1, 2),)).expr()
    assert "!= bool 1)" in said
    assert Hours(always=True).expr() == "vector(1)"
