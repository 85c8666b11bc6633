"""An office's own profiles: good ones replace, wrong ones are refused by file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance.core import errors
from appliance.core.errors import ApplianceError
from appliance.device import catalogue, profile
from appliance.profiles import main

SHIPPED = catalogue.read()
GOOD = 'name = "virtual"\nmodel = "Ours"\n[match]\nmodel = "Ours"\n[transport]\nstall_seconds = 7\n'


def test_a_profile_of_the_office_replaces_the_shipped_one(tmp_path: Path) -> None:
    (tmp_path / "virtual.toml").write_text(GOOD)
    found = catalogue.read(tmp_path)
    assert found.profiles["virtual"].transport.stall_seconds == 7
    assert found.own == {"virtual"}
    assert found.refused == ()
    assert profile.load("virtual", overrides=tmp_path).model == "Ours"
    assert set(found.profiles) == set(SHIPPED.profiles)


def test_a_profile_of_the_office_may_add_a_model(tmp_path: Path) -> None:
    (tmp_path / "acme_9.toml").write_text(GOOD.replace('"virtual"', '"acme_9"'))
    assert "acme_9" in catalogue.read(tmp_path).profiles
    assert profile.load("acme_9", overrides=tmp_path).name == "acme_9"
    with pytest.raises(ApplianceError) as caught:
        profile.load("acme_9")
    assert caught.value.kind is errors.PROFILE_UNKNOWN


@pytest.mark.parametrize(("text", "line", "word"), [
    (GOOD + "stal_seconds = 3\n", 7, "stal_seconds"),
    (GOOD.replace("= 7", "= 7000"), 6, "stall_seconds"),
    (GOOD + "x = \n", 7, "cannot be read"),
    (GOOD + '[[options.set]]\nintent="a"\nname="b"\nvalue="c"\n[[options.set]]\nintent="A!"\n', 12, "intent"),
    (GOOD + "retry_statuses = [503,\n  99]\n", 7, "retry_statuses[1]"),
    (GOOD.replace('model = "Ours"\n[match]', "[match]"), 0, "model"),
    (GOOD.replace('"virtual"', '"other"'), 1, "other"),
    (GOOD.replace('model = "Ours"\n[tr', 'model = "("\n[tr'), 4, "match.model"),
    (GOOD.replace("[transport]", 'usb_vendor = "040a"\n[transport]'), 5, "usb_vendor"),
    ("a = " + "[" * 5000, 0, "cannot be read"),
    ("#" * (profile.MOST_BYTES + 1), 0, "larger than"),
])
def test_a_wrong_override_is_refused_by_name_and_line_and_the_shipped_one_stays(
        tmp_path: Path, caplog: pytest.LogCaptureFixture, text: str, line: int, word: str) -> None:
    (tmp_path / "virtual.toml").write_text(text)
    found = catalogue.read(tmp_path)
    [problem] = found.refused
    assert problem.kind is errors.PROFILE_REFUSED
    assert problem.details["line"] == line
    assert "virtual.toml" in problem.en
    assert word in problem.en
    assert found.profiles["virtual"] == SHIPPED.profiles["virtual"]
    assert profile.load("virtual", overrides=tmp_path) == SHIPPED.profiles["virtual"]
    assert "virtual.toml" in caplog.text


def test_a_wrong_profile_that_nothing_can_stand_in_for_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "acme_9.toml").write_text("nonsense")
    with pytest.raises(ApplianceError) as caught:
        profile.load("acme_9", overrides=tmp_path)
    assert caught.value.kind is errors.PROFILE_REFUSED
    assert "acme_9" not in catalogue.read(tmp_path).profiles


@pytest.mark.parametrize(("arguments", "status", "said"), [
    (["list"], 0, "fujitsu_fi-8170"), (["show", "fujitsu_fi-8170"], 0, "measured   throughput.measured_ppm = 60"),
    (["check"], 0, "0 bị từ chối"), (["match", "04C5:1600"], 0, "fujitsu_fi-8170"),
    (["match", "Brother ADS-2800W"], 0, "brother_ads-2800w"), (["match", "ffff:0001"], 1, "no profile fits"),
    (["match", "040a:6015", "--product", "KODAK i2620"], 0, "kodak_i2620"),
    (["rules"], 0, "appliance_scanners_end"),
])
def test_the_commands_say_it(arguments: list[str], status: int, said: str, tmp_path: Path,
                             capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--folder", str(tmp_path), *arguments]) == status
    assert said in capsys.readouterr().out


def test_check_names_file_and_line_and_ends_with_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = tmp_path / "virtual.toml"
    wrong.write_text(GOOD + "colour = true\n")
    assert main(["--folder", str(tmp_path), "check"]) == 2
    assert main(["check", str(wrong), str(tmp_path / "none.toml")]) == 2
    said = capsys.readouterr()
    assert "dòng 7" in said.err
    assert "virtual.transport.colour" in said.err
    assert "2 bị từ chối" in said.out
