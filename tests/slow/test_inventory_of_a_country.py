"""A list of a whole country becomes an inventory that Ansible reads; how many offices there are is its own word."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from appliance.inventory import command, groups
from appliance.inventory.hosts import COLUMNS as OF_HOSTS
from appliance.monitoring.rows import COLUMNS, MORE
from appliance.receiver.offices import checked

pytestmark = pytest.mark.slow

ANSIBLE = Path(sys.executable).with_name("ansible-inventory")
PROVINCES, EACH = 70, 10
"""More than there are, so that nothing here is anybody's count."""


def _offices() -> Iterator[str]:
    yield "0000,Trung tâm,Centre,central,,00,first,fibre,,,,H00"
    for own in range(1, PROVINCES + 1):
        first, early = ("first", "early") if own < 4 else ("rest", "rest")
        yield f"{own:02d}00,Tỉnh {own},Province {own},provincial,0000,{own:02d},{first},fibre,,,,H{own:02d}"
        for place in range(1, EACH + 1):
            code, wan = f"{own:02d}{place:02d}", "poor" if place % 7 == 0 else "fibre"
            yield (f"{code},Huyện {code},District {code},district,{own:02d}00,{own:02d},{early},{wan},,,,"
                   f"H{own:02d}.{place:02d}")


def _hosts(offices: Sequence[str]) -> Iterator[str]:
    for number, one in enumerate(offices):
        code, net = one[:4], f"10.{number >> 8}.{number & 255}"
        yield (f"scan{code}.bhxh.example,{code},{net}.10,counter,escl,fujitsu_fi-8170,S{code},http://{net}.20/eSCL,"
               "archive,,")


def test_ansible_reads_the_inventory_of_a_country(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    offices = list(_offices())
    for name, head, lines in (("offices", (*COLUMNS, *MORE), offices), ("hosts", OF_HOSTS, _hosts(offices)),
                              ("rings", ("ring", "version"), ["first,1.0.0", "early,1.0.0", "rest,1.0.0"])):
        (tmp_path / f"{name}.csv").write_text("\n".join([",".join(head), *lines, ""]), encoding="utf-8")
    out, archive = tmp_path / "inventory", tmp_path / "offices.toml"
    began = time.monotonic()
    assert command.main([str(tmp_path / "offices.csv"), "--hosts", str(tmp_path / "hosts.csv"), "--out", str(out),
                         "--archive", str(archive), "--day", "2026-11-22", "--json"]) == 0
    made = time.monotonic()
    told = json.loads(capsys.readouterr().out)
    assert told["hosts"] == told["offices"] == len(offices) == sum(told["rings"].values())
    by_code, by_mark = checked(archive)
    assert len(by_code) == len(by_mark) == len(offices)
    if not ANSIBLE.exists():
        pytest.skip("needs ansible-core beside Python to read the inventory")
    shown = subprocess.run([str(ANSIBLE), "-i", str(out), "--list"], capture_output=True, text=True, check=True)
    found = json.loads(shown.stdout)
    with capsys.disabled():
        print(f"\n{len(offices)} offices: written in {made - began:.1f} s, "
              f"{(out / groups.FILE).stat().st_size >> 10} KiB, read by Ansible in {time.monotonic() - made:.1f} s")
    variables = found["_meta"]["hostvars"]
    assert len(variables) == len(offices)
    assert {one["appliance_office_code"] for one in variables.values()} == {one[:4] for one in offices}
    assert variables["scan0101.bhxh.example"]["rollout_rings"] == ["first", "early", "rest"]
    assert sum(name.startswith("province_") for name in found) == PROVINCES + 1
