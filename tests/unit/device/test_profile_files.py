"""Firmware profiles: each file loads, each key is explained, each mistake is refused by name."""

from __future__ import annotations

import re
import subprocess
import sys
import typing
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path

import pytest

from appliance.core import errors
from appliance.core.errors import ApplianceError
from appliance.device import profile

GOOD = 'name = "x"\nmodel = "X"\n[match]\nmodel = "X"\n'


def keys(kind: type, before: str = "") -> Iterator[str]:
    hints = typing.get_type_hints(kind)
    for spec in fields(typing.cast(typing.Any, kind)):
        inner = hints[spec.name]
        if typing.get_origin(inner) is tuple:
            inner = typing.get_args(inner)[0]
        if is_dataclass(inner):
            yield from keys(typing.cast(type, inner), f"{before}{spec.name}.")
        else:
            yield before + spec.name


ALL_KEYS = set(keys(profile.FirmwareProfile))


def test_the_four_shipped_profiles_are_found() -> None:
    assert {"virtual", "fujitsu_fi-7160", "fujitsu_fi-8170", "epson_ds-530ii"} <= set(profile.known())


@pytest.mark.parametrize("name", profile.known())
def test_every_shipped_profile_loads(name: str) -> None:
    assert profile.load(name).name == name


@pytest.mark.parametrize("name", profile.known())
def test_unconfirmed_facts_name_keys_that_exist(name: str) -> None:
    for key in profile.load(name).evidence.unconfirmed:
        assert any(known == key or known.startswith(f"{key}.") for known in ALL_KEYS), key


@pytest.mark.parametrize("name", profile.known())
def test_a_profile_tested_on_a_device_says_when(name: str) -> None:
    evidence = profile.load(name).evidence
    assert (evidence.tested_on == "none") == (evidence.date == "none")


def test_every_key_stands_in_the_manual_and_no_other() -> None:
    text = (profile.folder() / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([a-z_.0-9]+)` \| .+\. \|$", text, re.MULTILINE)
    assert len(rows) == len(set(rows))
    assert set(rows) == ALL_KEYS


def test_every_profile_stands_in_the_manual() -> None:
    text = (profile.folder() / "README.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `([a-z0-9_\-]+)\.toml` ", text, re.MULTILINE)) == set(profile.known())


@pytest.mark.parametrize(("line", "key"), [
    ("[transport]\nstal_seconds = 3", "x.transport.stal_seconds"),
    ("[transport]\nstall_seconds = -1", "x.transport.stall_seconds"),
    ("[transport]\nretry_statuses = [200]", "x.transport.retry_statuses[0]"),
    ('[driver]\nbackend = "twain"', "x.driver.backend"),
    ('[start]\nkinds = ["clap"]', "x.start.kinds[0]"),
    ("[throughput]\nrated_ppm = true", "x.throughput.rated_ppm"),
])
def test_a_mistake_is_refused_with_its_key(line: str, key: str) -> None:
    with pytest.raises(ApplianceError) as caught:
        profile.parse("x", GOOD + line)
    assert caught.value.details["key"] == key


def test_a_profile_under_another_name_is_refused() -> None:
    with pytest.raises(ApplianceError) as caught:
        profile.parse("y", GOOD)
    assert caught.value.details["key"] == "y.name"


def test_a_model_pattern_that_is_no_expression_is_refused() -> None:
    with pytest.raises(ApplianceError) as caught:
        profile.parse("x", GOOD.replace('[match]\nmodel = "X"', '[match]\nmodel = "("'))
    assert caught.value.details["key"] == "x.match.model"


@pytest.mark.parametrize("name", ["missing", "../virtual", "", "README"])
def test_an_unknown_profile_is_refused_with_the_known_ones(name: str) -> None:
    with pytest.raises(ApplianceError) as caught:
        profile.load(name)
    assert caught.value.kind is errors.PROFILE_UNKNOWN
    assert "virtual" in caught.value.en


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.toml").write_bytes(b"name = \xff")
    (tmp_path / "y.toml").write_text("name = ")
    for name in ("x", "y"):
        with pytest.raises(ApplianceError) as caught:
            profile.load(name, tmp_path)
        assert caught.value.kind is errors.CONFIG_UNREADABLE


def test_the_device_modules_of_the_daemon_load_no_image_library() -> None:
    code = ("import sys; import appliance.device.profile, appliance.device.escl, appliance.device.scanner;"
            "heavy = {'numpy','cv2','numba','PIL','simplejpeg','pikepdf'} & set(sys.modules); sys.exit(len(heavy))")
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 0
