"""A setting, metric, error code or state that is missing from its manual page fails here."""

from __future__ import annotations

import re
import typing

import pytest
from manual_stand import DOCS, page, settings

from appliance.cli import COMMANDS
from appliance.core import errors, rules
from appliance.core.config import Config
from appliance.core.states import MACHINES
from appliance.exporter.metrics import Metrics


@pytest.mark.parametrize(("key", "doc", "permitted"), settings(Config))
def test_every_setting_stands_in_the_manual_with_its_bounds(key: str, doc: str, permitted: str) -> None:
    row = next((line for line in page("config.md").splitlines() if f"`{key}`" in line), "")
    assert doc in row
    assert permitted.replace("|", "\\|") in row


@pytest.mark.parametrize(("key", "doc", "permitted"), settings(rules.RuleProfile))
def test_every_key_of_a_rule_profile_stands_in_the_manual(key: str, doc: str, permitted: str) -> None:
    row = next((line for line in page("config.md").splitlines() if f"`{key}`" in line and doc in line), "")
    assert permitted.replace("|", "\\|") in row


@pytest.mark.parametrize("code", sorted(errors.CATALOGUE))
def test_every_error_stands_in_the_manual_with_both_texts(code: str) -> None:
    kind = errors.CATALOGUE[code]
    row = next((line for line in page("errors.md").splitlines() if line.startswith(f"| {code} |")), "")
    assert kind.vi in row
    assert kind.en in row
    assert ("| yes |" in row) == kind.retry


def test_no_error_stands_in_the_manual_that_does_not_exist() -> None:
    named = set(re.findall(r"^\| ([A-Z]\d{3}) \|", page("errors.md"), flags=re.MULTILINE))
    assert named == set(errors.CATALOGUE)


def test_every_metric_stands_in_the_manual_and_no_other() -> None:
    exposed = set(re.findall(r"^# TYPE (\S+)", Metrics().show().decode(), flags=re.MULTILINE))
    named = set(re.findall(r"^\| `(appliance_\w+)` \|", page("metrics.md"), flags=re.MULTILINE))
    assert named == exposed


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)
def test_every_state_stands_in_the_manual(machine: typing.Any) -> None:
    text = page("states.md")
    for state in machine.table:
        assert f"`{state.value}`" in text


def test_every_command_stands_in_the_manual() -> None:
    text = page("commands.md")
    for name in COMMANDS:
        assert f"`appliance {name}`" in text


def test_the_life_of_a_sheet_passes_through_every_file() -> None:
    package = DOCS.parent / "appliance"
    text = page("life-of-a-sheet.md")
    files = [str(path.relative_to(package)) for path in package.rglob("*.py") if path.name != "__init__.py"]
    assert [name for name in files if f"`{name}`" not in text] == []


def test_the_life_of_a_sheet_names_no_file_that_is_gone() -> None:
    package = DOCS.parent / "appliance"
    named = re.findall(r"`([a-z_/]+\.py)`", page("life-of-a-sheet.md"))
    assert [name for name in named if not (package / name).exists()] == []


def test_the_package_lists_its_stages_in_the_order_of_the_paper() -> None:
    import appliance

    stages = re.findall(r"^    ([a-z]+)  +\S", appliance.__doc__ or "", flags=re.MULTILINE)
    assert stages == ["device", "spool", "imaging", "documents", "signing", "archive"]
