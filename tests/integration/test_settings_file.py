"""Settings and rule profiles as files."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance.core import config as settings
from appliance.core import rules
from appliance.core.errors import ApplianceError


def test_a_settings_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "appliance.toml"
    path.write_text('[office]\nname = "BHXH huyện Ba Vì"\n', encoding="utf-8")
    assert settings.load(path).office.name == "BHXH huyện Ba Vì"


@pytest.mark.parametrize("content", [b"[office\n", b"\xff\xfe", b"a = 1\na = 2\n"])
def test_a_broken_settings_file_is_refused_by_name(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "appliance.toml"
    path.write_bytes(content)
    with pytest.raises(ApplianceError) as caught:
        settings.load(path)
    assert caught.value.code == "C001"
    assert str(path) in caught.value.en


def test_a_missing_settings_file_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(ApplianceError) as caught:
        settings.load(tmp_path / "none.toml")
    assert caught.value.code == "C001"


@pytest.mark.parametrize("name", rules.known())
def test_every_shipped_rule_profile_loads_and_is_named_as_its_file(name: str) -> None:
    profile = rules.load(name)
    assert profile.name == name
    assert profile.image.limits().min_dpi == profile.image.min_dpi


def test_the_lawful_profiles_hold_what_the_demo_profile_only_warns_about() -> None:
    assert {"archive-tt05-2025", "onestop-ttvpcp-2023", "demo"} <= set(rules.known())
    assert not rules.load("archive-tt05-2025").image.lenient
    assert not rules.load("onestop-ttvpcp-2023").image.lenient
    assert rules.load("demo").image.lenient


def test_the_two_streams_are_stamped_as_their_law_says() -> None:
    archive, onestop = rules.load("archive-tt05-2025"), rules.load("onestop-ttvpcp-2023")
    assert (archive.stream, archive.stamp.corner, archive.stamp.role) == ("archive", "top-right", "agency")
    assert (onestop.stream, onestop.stamp.corner, onestop.stamp.role) == ("onestop", "top-left", "person")


def test_an_unknown_rule_profile_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ApplianceError) as caught:
        rules.load("../../etc/passwd")
    assert caught.value.code == "C004"
    assert "demo" in caught.value.en


def test_a_number_out_of_range_in_a_profile_is_refused_by_its_key(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text('name = "mine"\nversion = "1"\nlaw = "none"\n[image]\nmin_dpi = 5000\n')
    with pytest.raises(ApplianceError) as caught:
        rules.load("mine", tmp_path)
    assert (caught.value.code, caught.value.details["key"]) == ("C003", "mine.image.min_dpi")
