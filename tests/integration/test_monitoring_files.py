"""What a monitoring team installs: as committed, as written for a place, as Prometheus and Alertmanager read it."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
import yaml

from appliance import cli
from appliance.core.errors import MONITORING_REFUSED, ApplianceError
from appliance.monitoring import tree
from appliance.monitoring.place import Place

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "appliance" / "monitoring" / "shipped"
OFFICES = ROOT / "docs" / "examples" / "offices.csv"
PLACE = ROOT / "docs" / "examples" / "monitoring.toml"


def run(*words: str | Path) -> int:
    return cli.main(["monitoring", *map(str, words)])


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of the example place, on a day on which its list has two provinces."""
    folder = tmp_path_factory.mktemp("place")
    assert run("write", folder, "--offices", OFFICES, "--place", PLACE, "--day", "2026-12-01") == 0
    return folder


def again(folder: Path, *, day: str = "2026-12-01") -> tuple[str | Path, ...]:
    return folder, "--offices", OFFICES, "--place", PLACE, "--day", day


def told(folder: Path, *labels: str) -> list[str]:
    """Return who gets an alert of these labels, by Alertmanager's own word."""
    config = folder / "alertmanager" / "alertmanager.yml"
    done = subprocess.run(["amtool", "config", "routes", "test", f"--config.file={config}", *labels],
                          capture_output=True, text=True, check=True)
    return done.stdout.strip().split(",")


def test_the_committed_settings_are_what_the_tables_say() -> None:
    for name, content in tree.own(Place()).items():
        assert (SHIPPED / name).read_text(encoding="utf-8") == content, f"run: appliance monitoring write {SHIPPED}"


def test_promtool_and_amtool_accept_the_shipped_files_and_those_of_a_place(written: Path) -> None:
    assert not [str(one) for folder in (SHIPPED, written) for one in tree.refusals(folder)]


def test_check_is_silent_about_what_was_just_written(written: Path) -> None:
    assert run("check", *again(written)) == 0


def test_check_names_what_was_changed_by_hand_and_write_mends_it(
        tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("write", *again(tmp_path)) == 0
    file = tmp_path / "prometheus" / "centre.yml"
    file.write_text(file.read_text(encoding="utf-8").replace("evaluation_interval: 30s", "evaluation_interval: 9m"))
    (tmp_path / "lists" / "expected.yml").unlink()
    assert run("check", *again(tmp_path)) == 1
    said = capsys.readouterr().err
    assert "M873" in said and "prometheus/centre.yml" in said and "lists/expected.yml" in said
    assert run("write", *again(tmp_path)) == 0 and run("check", *again(tmp_path)) == 0


def test_what_prometheus_refuses_is_told_with_its_reason(written: Path, tmp_path: Path) -> None:
    broken = tmp_path / "lists" / "expected.yml"
    broken.parent.mkdir()
    sound = (written / "lists" / "expected.yml").read_text(encoding="utf-8")
    broken.write_text(sound.replace("vector(1)", "vector("))
    found = list(tree.refusals(tmp_path))
    assert [one.kind for one in found] == [MONITORING_REFUSED] and "promtool" in found[0].en


def test_where_promtool_is_not_installed_nothing_is_counted_as_checked(written: Path) -> None:
    found: Sequence[ApplianceError] = list(tree.refusals(written, lambda _program: None))
    assert {one.details["program"] for one in found} == {"promtool", "amtool"}


def test_an_office_that_is_merged_leaves_targets_and_agents_and_joins_on_its_day(tmp_path: Path) -> None:
    assert run("write", *again(tmp_path)) == 0
    before = {path.parent.name for path in (tmp_path / "offices").glob("*/*.env")}
    assert run("targets", *again(tmp_path, day="2027-01-01")) == 0
    after = {path.parent.name for path in (tmp_path / "offices").glob("*/*.env")}
    assert before - after == {"2702"} and after - before == {"2703"}
    assert run("check", *again(tmp_path, day="2027-01-01")) == 0


def test_a_wrong_list_writes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = tmp_path / "offices.csv"
    wrong.write_text(OFFICES.read_text(encoding="utf-8").replace("district,3100,31", "district,3100,27", 1))
    assert run("write", tmp_path / "out", "--offices", wrong) == 1
    assert "M872" in capsys.readouterr().err and not (tmp_path / "out").exists()


def test_settings_of_the_place_that_are_wrong_are_refused_by_name(
        tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "place.toml").write_text('[told]\nhours = "7-17"\n')
    assert run("write", tmp_path / "out", "--place", tmp_path / "place.toml") == 2
    assert "told.hours" in capsys.readouterr().err


def test_alerts_go_to_their_province_and_pages_to_the_nation_too(written: Path) -> None:
    assert told(written, "severity=page", "province=27", "alertname=ReceiptMismatch") == ["national", "province-27"]
    assert told(written, "severity=ticket", "province=27", "alertname=UploadStuck") == ["province-27"]
    assert told(written, "severity=ticket", "province=31", "alertname=UploadStuck") == ["province-31"]
    assert told(written, "severity=page", "alertname=ArchiveDown") == ["national"]
    assert told(written, "severity=ticket", "alertname=ArchiveDown") == ["national"]
    assert told(written, "severity=ticket", "province=99", "alertname=UploadStuck") == ["national"]
    assert told(written, "severity=info", "province=27", "alertname=RollerDue") == ["nobody"]
    assert told(written, "severity=none", "alertname=Watchdog") == ["watchdog"]


def test_tickets_wait_for_working_hours_and_pages_do_not(written: Path) -> None:
    route = yaml.safe_load((written / "alertmanager" / "alertmanager.yml").read_text(encoding="utf-8"))["route"]
    province = next(one for one in route["routes"] if one["receiver"] == "province-27")
    assert not {"active_time_intervals", "mute_time_intervals"} & set(province)
    assert [(one["matchers"], one["active_time_intervals"]) for one in province["routes"]] == [
        (['severity="ticket"'], ["working-hours"])]


def test_rules_and_dashboards_bear_the_address_of_the_place(tmp_path: Path) -> None:
    (tmp_path / "place.toml").write_text('runbooks = "https://so.tay.example.invalid"\n')
    assert run("write", tmp_path / "out", "--place", tmp_path / "place.toml") == 0
    rules = "".join(path.read_text(encoding="utf-8") for path in (tmp_path / "out" / "rules").glob("*.yml"))
    assert "https://so.tay.example.invalid/UploadStuck" in rules and Place().runbooks not in rules


def test_notes_are_what_prometheus_reads_and_replace_each_other_at_once(tmp_path: Path) -> None:
    for words in (("drift", "--tasks", "3"), ("drift", "--tasks", "0"), ("backup",),
                  ("rollout", "--result", "failed", "--ring", "pilot", "--version", "0.2.0")):
        assert run("note", *words, "--folder", tmp_path) == 0
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["appliance_backup.prom", "appliance_drift.prom", "appliance_rollout.prom"]
    text = "".join((tmp_path / name).read_text(encoding="utf-8") for name in names)
    assert "appliance_drift_tasks 0\n" in text
    assert 'appliance_rollout_info{ring="pilot",version="0.2.0"} 1\n' in text
    assert "appliance_rollout_ok 0.0\n" in text
    assert all(path.stat().st_mode & 0o777 == 0o644 for path in tmp_path.iterdir()), "node_exporter may read them"
    done = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_note_with_a_ring_that_is_no_label_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SystemExit):
        run("note", "rollout", "--result", "ok", "--ring", 'a"b', "--version", "1", "--folder", tmp_path)
    assert not list(tmp_path.iterdir())


def test_offices_says_what_a_list_holds(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("offices", OFFICES, "--day", "2026-12-01") == 0
    assert "province: 01 1, 27 3, 31 3" in capsys.readouterr().out


def test_prometheus_expects_an_office_from_its_first_midnight_to_its_last(tmp_path: Path) -> None:
    head = OFFICES.read_text(encoding="utf-8").splitlines()[0]
    (tmp_path / "offices.csv").write_text(
        f"{head}\n2700,Tỉnh,Province,provincial,,27,pilot,fibre,,,\n"
        "2701,Huyện,District,district,2700,27,pilot,poor,1970-01-02,1970-01-02,\n", encoding="utf-8")
    assert run("write", tmp_path, "--offices", tmp_path / "offices.csv") == 0
    midnight = 17 * 60  # minutes: the first one in Vietnam after 1970-01-01T00:00Z
    there = {midnight - 1: ["2700"], midnight + 1: ["2700", "2701"], midnight + 1439: ["2700", "2701"],
             midnight + 1441: ["2700"]}
    looks = [{"expr": "count by (office) (appliance_office_expected_info)", "eval_time": f"{minute}m",
              "exp_samples": [{"labels": f'{{office="{one}"}}', "value": 1} for one in offices]}
             for minute, offices in there.items()]
    (tmp_path / "expected.test.yml").write_text(yaml.safe_dump({
        "rule_files": [str(tmp_path / "lists" / "expected.yml")], "evaluation_interval": "1m",
        "tests": [{"interval": "1m", "promql_expr_test": looks}]}))
    done = subprocess.run(["promtool", "test", "rules", str(tmp_path / "expected.test.yml")], capture_output=True,
                          text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
