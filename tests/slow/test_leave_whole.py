"""The whole appliance without leave to sign, and with it: what waits is signed and nothing is started again."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import granted
import pytest
from rig import ROOT, Rig, accepted, balanced, dossier, escl, job, page

pytestmark = pytest.mark.slow

HER = "Nguyễn Thị Phương Thảo"


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    found = Rig(tmp_path_factory.mktemp("leave") / "rig", {
        "device": [escl(operator="NV001")], "operator": [{"code": "NV001", "name": HER}],
        "job": [job(), job(name="counter", rules="onestop-ttvpcp-2023")]}, leave=False)
    yield found
    found.stop()


def command(rig: Rig, *words: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "appliance", *words, "--socket", str(rig.place.control)],
                          input=typed, capture_output=True, text=True, check=False, cwd=ROOT, timeout=60)


def waiting(rig: Rig, code: str, documents: int) -> str:
    """Wait until so many documents wait with a code; return what the one line says of them."""
    found = rig.wait(lambda seen: [one["documents"] for one in seen["held"] if one["code"] == code] == [documents],
                     f"{documents} documents wait with {code}")
    return next(str(one["vi"]) for one in found["held"] if one["code"] == code)


def leave_of(rig: Rig, code: str) -> str:
    """Return by whose leave the key was used for the document of a dossier."""
    ((detail,),) = rig.rows(f"SELECT detail FROM audit WHERE what = 'key.intent' AND subject = '{code}.1.r1'")
    return str(json.loads(detail)["leave"])


def test_without_an_authorisation_all_waits_and_is_told_once_then_signed_when_a_leader_grants(rig: Rig) -> None:
    rig.load([dossier("A.1", 1), page(1), dossier("A.2", 1), page(2)])
    rig.press()
    told = waiting(rig, "K520", 2)
    assert told.startswith("2 tài liệu chờ.") and "appliance authorise" in told
    status = command(rig, "status")
    assert status.returncode == 3 and status.stdout.count("K520") == 1 and "chưa có ủy quyền" in status.stdout
    assert 'appliance_authorisation_not_after_timestamp_seconds{job="demo"} 0.0' in rig.metrics()
    refused = command(rig, "authorise", "--keeper", "Văn Thư", "--job", "demo", "--until", "31/12/2000", "--leader",
                      granted.LEADER, typed=f"{granted.PIN}\n")
    assert refused.returncode == 1 and "K524" in refused.stderr
    rig.run(rig_grant(rig, "demo"))
    assert accepted(rig.settled()) == {"A.1", "A.2"}
    assert leave_of(rig, "A.1") == leave_of(rig, "A.2") == "authorisation 1"
    assert 'timestamp_seconds{job="demo"} 0.0' not in rig.metrics()


def test_after_a_revocation_the_next_document_waits_until_there_is_another_authorisation(rig: Rig) -> None:
    revoked = command(rig, "authorise", "revoke", "1", "--leader", granted.LEADER, typed=f"{granted.PIN}\n")
    assert revoked.returncode == 0, revoked.stderr
    rig.load([dossier("A.3", 1), page(3)])
    rig.press()
    waiting(rig, "K520", 1)
    rig.run(rig_grant(rig, "*"))
    assert "A.3" in accepted(rig.settled()) and leave_of(rig, "A.3") == "authorisation 2"


def test_a_personal_document_waits_for_its_own_person_also_after_the_daemon_was_killed(rig: Rig) -> None:
    rig.load([dossier("P.1", 1), page(4)])
    rig.ready()
    assert command(rig, "press", "demo", "--job", "counter").returncode == 0
    assert "appliance sign open NV001" in waiting(rig, "K521", 1)
    rig.kill("daemon")
    rig.start("daemon")
    waiting(rig, "K521", 1)
    opened = command(rig, "sign", "open", "NV001", typed="\n")
    assert opened.returncode == 0 and "P.1.1" in opened.stdout, opened.stderr
    signed = "SELECT 1 FROM audit WHERE what = 'document.signed' AND subject = 'P.1.1.r1'"
    rig.wait(lambda _: bool(rig.rows(signed)), "P.1 signed")
    assert leave_of(rig, "P.1").startswith("session of ")
    assert "appliance_signing_sessions 1.0" in rig.metrics()
    assert command(rig, "sign", "close", "NV001").returncode == 0
    assert "appliance_signing_sessions 0.0" in rig.metrics()


def test_no_name_and_no_pin_stands_in_logs_or_metrics(rig: Rig) -> None:
    said = rig.logs() + rig.metrics() + json.dumps(rig.status()["signing"])
    assert all(text not in said for text in (HER, granted.PIN, granted.KEEPER, granted.leader()["name"]))
    balanced(rig.status())


async def rig_grant(rig: Rig, jobs: str) -> None:
    from appliance.client import Control

    async with Control(rig.place.control) as control:
        await granted.authorise(control, jobs)


def test_the_settings_hold_the_leaders_pin_as_a_hash_only(rig: Rig) -> None:
    assert granted.PIN not in Path(rig.place.settings).read_text(encoding="utf-8")
