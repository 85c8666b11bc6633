"""Settings refuse mistakes and say how to mend them."""

from __future__ import annotations

import typing
from dataclasses import MISSING, fields, is_dataclass
from pathlib import Path
from typing import Any

import pytest

from appliance.core import config as settings
from appliance.core import tables
from appliance.core.config import Config, Device, Job, Office, Storage
from appliance.core.errors import ApplianceError


def refused(data: dict[str, Any]) -> ApplianceError:
    with pytest.raises(ApplianceError) as caught:
        settings.parse(data)
    return caught.value


def settings_of(name: str, kind: Any) -> list[Any]:
    """Return (class, field) of every setting of a table and of the tables in it."""
    found = []
    for spec in fields(kind):
        hint = typing.get_type_hints(kind)[spec.name]
        inner = typing.get_args(hint)[0] if typing.get_origin(hint) is tuple else hint
        if is_dataclass(inner):
            found += settings_of(f"{name}.{spec.name}", inner)
        if "doc" in spec.metadata:
            found.append(pytest.param(kind, spec, id=f"{name}.{spec.name}"))
    return found


def every_setting() -> list[Any]:
    """Return (class, field) of every setting of every table."""
    found = []
    for table in fields(Config):
        kind = typing.get_type_hints(Config)[table.name]
        kind = typing.get_args(kind)[0] if typing.get_origin(kind) is tuple else kind
        found += settings_of(table.name, kind)
    return found


def test_no_settings_at_all_are_good_settings() -> None:
    assert settings.parse({}) == Config()


def test_settings_are_read_into_their_types() -> None:
    config = settings.parse({
        "office": {"code": "0101", "name": "BHXH quận Một"},
        "storage": {"state": "/srv/a", "keep_days": 30},
        "archive": {"poll_seconds": 5},
        "job": [{"name": "counter", "rules": "onestop-ttvpcp-2023"}],
        "device": [{"name": "fi1", "job": "counter"}, {"name": "fi2"}],
    })
    assert config.office == Office(code="0101", name="BHXH quận Một")
    assert config.storage == Storage(state=Path("/srv/a"), keep_days=30)
    assert type(config.archive.poll_seconds) is float
    assert config.device == (Device(name="fi1", job="counter"), Device(name="fi2"))
    assert config.job_named("counter").rules == "onestop-ttvpcp-2023"


def test_the_default_job_exists_without_being_written_and_can_be_written() -> None:
    assert settings.parse({}).job_named("default") == Job(name="default")
    written = settings.parse({"job": [{"name": "default", "dpi": 400}]})
    assert written.job_named("default").dpi == 400


@pytest.mark.parametrize(("data", "key", "hint"), [
    ({"poll": {}}, "poll", "(pool?)"),
    ({"pool": {"worker": 3}}, "pool.worker", "(workers?)"),
    ({"device": [{"name": "a", "ulr": "x"}]}, "device[0].ulr", "(url?)"),
    ({"job": [{"name": "a"}, {"name": "b", "duplexx": True}]}, "job[1].duplexx", "(duplex?)"),
])
def test_an_unknown_key_is_refused_with_the_near_miss(data: dict[str, Any], key: str, hint: str) -> None:
    error = refused(data)
    assert error.code == "C002"
    assert f"no setting {key}." in error.en
    assert hint in error.en


def test_an_unknown_key_is_told_before_a_value_that_is_wrong() -> None:
    error = refused({"pool": {"workers": 65}, "stroage": {}})
    assert (error.code, error.details["key"]) == ("C002", "stroage")


def test_an_unknown_key_like_nothing_known_has_no_hint() -> None:
    error = refused({"zzzzzz": 1})
    assert error.code == "C002"
    assert "?" not in error.en


@pytest.mark.parametrize(("data", "key", "value", "allowed"), [
    ({"pool": {"workers": 65}}, "pool.workers", "65", "0 to 64"),
    ({"pool": {"workers": -1}}, "pool.workers", "-1", "0 to 64"),
    ({"pool": {"workers": "two"}}, "pool.workers", "'two'", "int: 0 to 64"),
    ({"pool": {"workers": True}}, "pool.workers", "True", "int: 0 to 64"),
    ({"pool": {"workers": 2.0}}, "pool.workers", "2.0", "int: 0 to 64"),
    ({"pool": {"job_seconds": 4}}, "pool.job_seconds", "4", "5 to 3600 seconds"),
    ({"office": {"code": "12a4"}}, "office.code", "'12a4'", "[0-9]{4}"),
    ({"office": {"code": "12345"}}, "office.code", "'12345'", "[0-9]{4}"),
    ({"ocr": {"engine": "abbyy"}}, "ocr.engine", "'abbyy'", "tesserocr, pytesseract"),
    ({"archive": {"url": "ftp://x"}}, "archive.url", "'ftp://x'", "https?://"),
    ({"archive": {"poll_seconds": float("nan")}}, "archive.poll_seconds", "nan", "0.1 to 3600 seconds"),
    ({"archive": {"poll_seconds": True}}, "archive.poll_seconds", "True", "float: 0.1 to 3600 seconds"),
    ({"office": {"code": 101}}, "office.code", "101", "str: text like"),
    ({"office": {"code": "0101\n"}}, "office.code", "'0101\\n'", "[0-9]{4}"),
    ({"discovery": {"mdns_interfaces": "all"}}, "discovery.mdns_interfaces", "'all'", "a list"),
    ({"discovery": {"mdns_interfaces": ["all", 7]}}, "discovery.mdns_interfaces[1]", "7", "str: text like"),
    ({"archive": {"poll_seconds": 0.01}}, "archive.poll_seconds", "0.01", "0.1 to 3600 seconds"),
    ({"console": {"port": 70000}}, "console.port", "70000", "0 to 65535"),
    ({"storage": {"state": 7}}, "storage.state", "7", "Path"),
    ({"pool": 3}, "pool", "3", "a table"),
    ({"device": {}}, "device", "{}", "a list"),
    ({"device": [{}]}, "device[0].name", "(missing)", "text like"),
    ({"device": [{"name": "Bad Name"}]}, "device[0].name", "'Bad Name'", "text like"),
    ({"device": [{"name": "a"}, {"name": "a"}]}, "device.name", "a", "used once"),
    ({"job": [{"name": "a"}, {"name": "a"}]}, "job.name", "a", "used once"),
    ({"device": [{"name": "a", "job": "none"}]}, "device.job", "none", "default"),
    ({"job": [{"name": "a", "duplex": 1}]}, "job[0].duplex", "1", "bool"),
])
def test_a_bad_value_is_refused_with_key_value_and_what_is_allowed(
        data: dict[str, Any], key: str, value: str, allowed: str) -> None:
    error = refused(data)
    assert error.code == "C003"
    assert error.details["key"] == key
    assert str(error.details["value"]) == value
    assert allowed in str(error.details["allowed"])


@pytest.mark.parametrize(("kind", "spec"), every_setting())
def test_every_setting_has_a_sentence_for_the_manual_and_a_default_within_its_bounds(kind: Any, spec: Any) -> None:
    assert spec.metadata["doc"].endswith(".")
    hints = typing.get_type_hints(kind)
    if hints[spec.name] in (int, float):
        assert spec.metadata["low"] is not None
        assert spec.metadata["high"] is not None
    default = spec.default
    if isinstance(default, str | int | float | bool):
        needed = {"name": "a", "code": "NV1", "on": "scan", "job": "default", "url": "http://a"}
        other = {one.name: needed[one.name] for one in fields(kind)
                 if one.default is MISSING and one.default_factory is MISSING}
        tables.build(kind, {**other, spec.name: default})


@pytest.mark.parametrize("pattern", ["(?P<code>.*)", "(?P<reception>", "(", "[z-a](?P<reception>.)", ""])
def test_a_pattern_of_first_page_codes_that_cannot_work_is_refused_by_name(pattern: str) -> None:
    job = {"name": "counter", "separation": "first_page_code", "first_page_code": pattern}
    problem = refused({"job": [job]})
    assert (problem.code, problem.details["key"]) == ("C003", "job.counter.first_page_code")


def test_a_pattern_of_first_page_codes_with_its_group_is_taken() -> None:
    job = {"name": "counter", "separation": "first_page_code", "first_page_code": r"(?P<reception>[^|]+)\|.*"}
    assert settings.parse({"job": [job]}).job_named("counter").separation == "first_page_code"
