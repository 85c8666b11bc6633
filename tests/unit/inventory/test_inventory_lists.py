"""Lists with a mistake make no inventory: each mistake is told with its file and its row."""

from __future__ import annotations

import tomllib
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from appliance.core import errors
from appliance.core.errors import ApplianceError
from appliance.inventory import command, groups
from appliance.inventory.hosts import COLUMNS as OF_HOSTS
from appliance.monitoring.rows import COLUMNS, MORE

LISTS = Path(__file__).parents[3] / "docs" / "examples"
OFFICES = """\
0001,Trung tâm,Centre,central,,01,canary,fibre,,,,H00.01
2700,Tỉnh,Province,provincial,0001,27,canary,fibre,,,,H27.00
2701,Núi Xanh,Nui Xanh,district,2700,27,rest,fibre,,,,H27.01
2702,Đồng Lúa,Dong Lua,district,2700,27,rest,poor,,2026-12-31,2701,H27.02
"""
HOSTS = """\
scan0001.example,0001,192.0.2.1,,,,,,,,
scan2700.example,2700,192.0.2.2,counter,escl,fujitsu_fi-8170,S1,http://192.0.2.102/eSCL,,,
scan2701.example,2701,192.0.2.3,counter,sane,canon_dr-g2090,S2,,counter,,
scan2702.example,2702,192.0.2.4,counter,sane,canon_dr-g2090,S3,,counter,,
"""


@dataclass
class Lists:
    """The lists in a folder, and the command."""

    root: Path
    offices: str = OFFICES
    hosts: str = HOSTS
    rings: str = "canary,1.4.0\nrest,1.3.2\n"

    def run(self, *words: str, day: str = "2026-11-22") -> int:
        for name, head, body in (("offices", (*COLUMNS, *MORE), self.offices), ("hosts", OF_HOSTS, self.hosts),
                                 ("rings", ("ring", "version"), self.rings)):
            (self.root / f"{name}.csv").write_text(f"{','.join(head)}\n{body}", encoding="utf-8")
        return command.main([
            str(self.root / "offices.csv"), "--hosts", str(self.root / "hosts.csv"), "--out", str(self.out),
            "--archive", str(self.root / "offices.toml"), "--day", day, *words])

    @property
    def out(self) -> Path:
        return self.root / "inventory"

    def host(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = yaml.safe_load((self.out / groups.FILE).read_text(encoding="utf-8"))
        one: dict[str, Any] = found["all"]["children"]["appliances"]["hosts"][name]
        return one

    def archive(self) -> dict[str, dict[str, Any]]:
        text = (self.root / "offices.toml").read_text(encoding="utf-8")
        return {one["code"]: one for one in tomllib.loads(text)["office"]}


@pytest.fixture
def lists(tmp_path: Path) -> Lists:
    return Lists(tmp_path)


TWO_LINES = "".join(f"{code},X,X,district,2700,27,rest,{wan},2030-01-01,,,H27.09\n"
                    for code, wan in (("2708", "3-g"), ("2709", "3_g")))
MISTAKES = {
    "a code that is there twice": ("offices", "2701,Khác,Other,district,2700,27,rest,fibre,,,,H27.01\n", 6, "2701"),
    "a parent that nobody is": ("offices", "2709,X,X,district,2799,27,rest,fibre,,,,H27.09\n", 6, "2799"),
    "an office that has no host": ("offices", "2709,X,X,district,2700,27,rest,fibre,,,,H27.09\n", 6, "2709"),
    "a ring that is not rolled out": ("offices", "2709,X,X,district,2700,27,rset,fibre,,,,H27.09\n", 6, "rset"),
    "an office without a fonds": ("offices", "2709,X,X,district,2700,27,rest,fibre,,,,\n", 6, "organ_id"),
    "a serial that is there twice": ("hosts", "s5.example,2701,192.0.2.5,c,sane,p,S1,,,,\n", 6, "S1"),
    "an address that is there twice": ("hosts", "s5.example,2701,192.0.2.1,,,,,,,,\n", 6, "192.0.2.1"),
    "one address in two spellings": (
        "hosts", "s5.example,2701,2001:db8::1,,,,,,,,\ns6.example,2701,2001:DB8:0::1,,,,,,,,\n", 7, "2001:db8::1"),
    "a host in two offices": ("hosts", "scan2701.example,2700,192.0.2.3,more,sane,p,S9,,,,\n", 6, "office"),
    "a scanner that is there twice": (
        "hosts", "scan2701.example,2701,192.0.2.3,counter,sane,p,S9,,,,\n", 6, "counter"),
    "a host of an office that nobody is": ("hosts", "s5.example,9999,192.0.2.5,,,,,,,,\n", 6, "9999"),
    "a scanner without its profile": ("hosts", "s5.example,2701,192.0.2.5,counter,sane,,,,,,\n", 6, "profile"),
    "no address of an eSCL scanner": ("hosts", "s5.example,2701,192.0.2.5,counter,escl,p,,,,,\n", 6, "url"),
    "a day that is none": ("hosts", "s5.example,2701,192.0.2.5,,,,,,,2026-02-30,\n", 6, "2026-02-30"),
    "an address that is none": ("hosts", "s5.example,2701,192.0.2.300,,,,,,,,\n", 6, "192.0.2.300"),
    "a host with the name of the controller": ("hosts", "localhost,2701,192.0.2.5,,,,,,,,\n", 6, "localhost"),
    "two lines that make one group": ("offices", TWO_LINES, 7, "one group"),
    "a scanner at two hosts": (
        "hosts", "s5.example,2701,192.0.2.5,c,escl,p,,http://192.0.2.102/eSCL/,,,\n", 6, "url"),
    "a serial that Excel rounded": ("hosts", "s5.example,2701,192.0.2.5,c,sane,p,1.23457E+12,,,,\n", 6, "Excel"),
    "an office that goes on and has a successor": (
        "offices", "2702,Mới,New,district,2700,27,rest,fibre,2027-01-01,,,H27.02\n", 5, "goes on in row 6"),
    "a zero that Excel took away": ("hosts", "s5.example,101,192.0.2.5,,,,,,,,\n", 6, "'101'"),
    "a release that is none": ("rings", "late,newest\n", 4, "newest"),
    "a ring that is there twice": ("rings", "rest,1.4.0\n", 4, "rest"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_nothing_is_written_and_the_row_is_named(
        mistake: str, lists: Lists, capsys: pytest.CaptureFixture[str]) -> None:
    name, more, row, word = MISTAKES[mistake]
    setattr(lists, name, getattr(lists, name) + more)
    with pytest.raises(ApplianceError) as caught:
        lists.run()
    assert caught.value.kind is errors.INVENTORY_WRONG
    told = capsys.readouterr().err.splitlines()
    assert any(f"{name}.csv, dòng/row {row}: " in line and word in line for line in told), told
    assert not lists.out.exists()


def test_every_mistake_of_every_list_is_told_at_once(lists: Lists, capsys: pytest.CaptureFixture[str]) -> None:
    lists.offices += "27,X,X,district,2799,27,rest,fibre,,,,H27.09\n"
    lists.hosts += "s5.example,2701,192.0.2.1,,,,,,,,\n"
    lists.rings += "rest,x\n"
    with pytest.raises(ApplianceError):
        lists.run()
    told = capsys.readouterr().err
    assert len(told.splitlines()) == 3 and all(f"{name}.csv" in told for name in ("offices", "hosts", "rings"))


def test_a_file_of_variables_that_nobody_reads_is_told(lists: Lists, capsys: pytest.CaptureFixture[str]) -> None:
    assert lists.run() == 0
    for name in ("host_vars/scan2799.example.yml", "group_vars/ring_pilot.yml", "group_vars/ring_rest.yml",
                 "group_vars/archive.yml", "host_vars/archive.example.yml", "group_vars/all/ntp.yml"):
        place = lists.out / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text("{}")
    (lists.out / "20-archive.yml").write_text("archive: {hosts: {archive.example: {}}}")
    with pytest.raises(ApplianceError):
        lists.run()
    told = capsys.readouterr().err
    assert "scan2799.example.yml" in told and "ring_pilot.yml" in told and len(told.splitlines()) == 2


def test_codes_stay_text_and_people_keep_their_files(lists: Lists) -> None:
    own = lists.out / "group_vars" / "province_27.yml"
    own.parent.mkdir(parents=True)
    own.write_text("mine: true")
    assert lists.run() == 0
    one = lists.host("scan0001.example")
    assert one["appliance_office_code"] == "0001" and one["appliance_version"] == "1.4.0"
    assert lists.host("scan2701.example")["appliance_devices"] == [
        {"name": "counter", "kind": "sane", "profile": "canon_dr-g2090", "serial": "S2", "job": "counter"}]
    assert own.read_text() == "mine: true"


def test_a_second_run_changes_nothing_and_check_writes_nothing(
        lists: Lists, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ApplianceError) as caught:
        lists.run("--check")
    assert caught.value.kind is errors.INVENTORY_DIFFERS and not lists.out.exists()
    assert lists.run() == 0
    capsys.readouterr()
    assert lists.run("--json") == lists.run("--check") == 0
    assert '"changed": false' in capsys.readouterr().out


def test_a_file_that_a_person_wrote_is_not_overwritten(lists: Lists) -> None:
    lists.out.mkdir()
    (lists.out / groups.FILE).write_text("mine: {}\n")
    with pytest.raises(ApplianceError) as caught:
        lists.run()
    assert caught.value.kind is errors.INVENTORY_FOREIGN


def test_the_host_of_a_merged_office_works_for_its_successor_by_the_list_of_offices_alone(lists: Lists) -> None:
    assert lists.run() == 0
    assert lists.host("scan2702.example")["appliance_office_code"] == "2702"
    assert lists.archive()["2701"]["organs"] == ["H27.01"]
    assert lists.run(day="2027-01-01") == 0
    one = lists.host("scan2702.example")
    assert (one["appliance_office_code"], one["appliance_organ_id"]) == ("2701", "H27.01")
    assert [(past["code"], past["organ_id"], past["until"]) for past in one["appliance_predecessors"]] == [
        ("2702", "H27.02", "2026-12-31")]
    heir = lists.archive()["2701"]
    assert "2702" not in lists.archive()
    assert heir["organs"] == ["H27.01", "H27.02"] and heir["heir_of"] == ["2702"]
    assert heir["certificates"] == ["dns:scan2701.example", "dns:scan2702.example"]


def test_an_heir_of_heirs_takes_all_of_them_over(lists: Lists) -> None:
    lists.offices = lists.offices.replace(
        "2701,Núi Xanh,Nui Xanh,district,2700,27,rest,fibre,,,,",
        "2701,Núi Xanh,Nui Xanh,district,2700,27,rest,fibre,,2027-06-30,2703,")
    lists.offices += "2703,Mới,New,district,2700,27,rest,fibre,2027-07-01,,,H27.03\n"
    assert lists.run(day="2027-07-01") == 0
    heir = lists.archive()["2703"]
    assert sorted(heir["heir_of"]) == ["2701", "2702"]
    assert sorted(heir["organs"]) == ["H27.01", "H27.02", "H27.03"]
    assert lists.host("scan2702.example")["appliance_office_code"] == "2703"


def test_an_office_that_moves_keeps_its_code_and_may_send_under_its_old_fonds(lists: Lists) -> None:
    lists.offices = lists.offices.replace("27,rest,fibre,,,,H27.01", "27,rest,fibre,,2027-03-31,,H27.01")
    lists.offices = lists.offices.replace(",2026-12-31,2701,", ",,,")
    lists.offices += ("3100,Tỉnh,Province,provincial,0001,31,canary,fibre,,,,H31.00\n"
                      "2701,Núi Xanh,Nui Xanh,district,3100,31,rest,fibre,2027-04-01,,,H31.05\n")
    lists.hosts += "scan3100.example,3100,192.0.2.9,,,,,,,,\n"
    assert lists.run(day="2027-04-01") == 0
    one = lists.host("scan2701.example")
    assert (one["appliance_office_province"], one["appliance_organ_id"]) == ("31", "H31.05")
    assert [past["organ_id"] for past in one["appliance_predecessors"]] == ["H27.01"]
    moved = lists.archive()["2701"]
    assert moved["organs"] == ["H31.05", "H27.01"] and "heir_of" not in moved


def test_a_host_that_goes_to_another_office_delivers_what_it_began_before(lists: Lists) -> None:
    lists.hosts += ("spare.example,2700,192.0.2.9,,,,,,,,2026-12-31\n"
                    "spare.example,2701,192.0.2.9,,,,,,,2027-01-01,\n")
    assert lists.run() == 0
    assert lists.archive()["2701"]["organs"] == ["H27.01"]
    assert lists.run(day="2027-01-01") == 0
    after = lists.archive()
    assert "H27.00" in after["2701"]["organs"] and after["2701"]["heir_of"] == ["2702"]
    assert after["2700"]["organs"] == ["H27.00"] and "dns:spare.example" in after["2701"]["certificates"]


def test_an_office_that_is_reopened_delivers_what_it_began_while_it_was_part_of_another(lists: Lists) -> None:
    lists.offices += "2702,Đồng Lúa,Dong Lua,district,2700,27,rest,poor,2028-01-01,,,H27.22\n"
    assert lists.run(day="2027-06-01") == 0
    assert lists.host("scan2702.example")["appliance_office_code"] == "2701"
    assert lists.run(day="2028-01-01") == 0
    assert lists.host("scan2702.example")["appliance_office_code"] == "2702"
    assert sorted(lists.archive()["2702"]["organs"]) == ["H27.01", "H27.02", "H27.22"]


@pytest.mark.parametrize("sign", [";", "\t"])
def test_a_list_that_excel_saved_with_vietnamese_settings_is_told_for_what_it_is(
        lists: Lists, sign: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert lists.run() == 0
    for name in ("offices", "hosts"):
        path = lists.root / f"{name}.csv"
        path.write_text(path.read_text(encoding="utf-8").replace(",", sign), encoding="utf-8-sig", newline="\r\n")
    with pytest.raises(ApplianceError):
        command.main([str(lists.root / "offices.csv"), "--hosts", str(lists.root / "hosts.csv"),
                      "--out", str(lists.out)])
    assert capsys.readouterr().err.count(", dòng/row 1: các ô cách nhau bằng") == 2


def test_a_quote_that_is_never_closed_is_told_with_its_row(lists: Lists) -> None:
    lists.hosts = lists.hosts.replace("scan2701.example,2701", 'scan2701.example,"27"01')
    with pytest.raises(ApplianceError, match=r"dòng 4.*row 4"):
        lists.run()


def test_scanners_behind_each_hosts_own_loopback_are_not_one(lists: Lists) -> None:
    for number in (1, 2):
        lists.hosts += f"u{number}.example,2701,192.0.2.2{number},c,escl,p,,http://localhost:60000/eSCL,,,\n"
    assert lists.run() == 0


def test_a_host_of_an_office_that_ended_for_good_is_told(lists: Lists, capsys: pytest.CaptureFixture[str]) -> None:
    lists.offices = lists.offices.replace("2026-12-31,2701,", "2026-12-31,,")
    with pytest.raises(ApplianceError):
        lists.run(day="2027-01-01")
    assert "hosts.csv, dòng/row 5: " in capsys.readouterr().err


def test_seats_that_people_wrote_stay_in_the_archives_list(lists: Lists) -> None:
    seats = '[[office]]\ncode = "9000"\nrole = "reviewer"\ncertificates = ["dns:reviewer.example"]\n'
    (lists.root / "seats.toml").write_text(seats)
    assert lists.run() == 0
    assert lists.archive()["9000"]["role"] == "reviewer"
    (lists.root / "seats.toml").write_text(seats.replace("dns:reviewer.example", "dns:scan2701.example"))
    with pytest.raises(ApplianceError):
        lists.run()
    assert "9000" in lists.archive() and "dns:reviewer.example" in str(lists.archive()), "the list is as it was"


def test_the_examples_make_an_inventory_with_their_first_ring_first(tmp_path: Path) -> None:
    words = [str(LISTS / "offices.csv"), "--hosts", str(LISTS / "hosts.csv"), "--day", "2026-11-22"]
    assert command.main([*words, "--out", str(tmp_path)]) == 0
    made = (tmp_path / groups.FILE).read_text(encoding="utf-8")
    kept = Path(__file__).parents[3] / "ansible" / "inventories" / "example" / groups.FILE
    assert kept.read_text(encoding="utf-8") == made, "run: appliance inventory (docs/inventory.md)"
    found = yaml.safe_load(made)["all"]
    first = found["vars"]["rollout_rings"][0]
    levels = {found["children"]["appliances"]["hosts"][host]["appliance_office_level"]
              for host in found["children"][f"ring_{first}"]["hosts"]}
    assert levels == {"central", "provincial"}


def test_names_that_were_saved_in_parts_are_put_together(tmp_path: Path) -> None:
    apart = Lists(tmp_path, offices=unicodedata.normalize("NFD", OFFICES))
    assert apart.run() == 0
    assert apart.host("scan2701.example")["appliance_office_name"] == "Núi Xanh"
