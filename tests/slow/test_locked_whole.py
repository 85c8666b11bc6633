"""The whole appliance and a paper with a state-secret stamp: nothing of its batch is left but locked away."""

from __future__ import annotations

import io
import json
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from rig import ROOT, Rig, Sheet, Status, accepted, balanced, dossier, escl, job, page

from appliance.core import errors
from appliance.core.errors import ApplianceError
from appliance.logins import hashed
from bench.corpus import Spec, Stamp
from bench.corpus import page as paper

pytestmark = pytest.mark.slow

PIN = "482915"
PEOPLE = [{"code": "NV001", "name": "Nguyễn Thị Thảo", "pin": hashed(PIN)},
          {"code": "LD01", "name": "Lê Văn Lãnh", "pin": hashed(PIN), "leader": True}]


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    found = Rig(tmp_path / "rig", {"device": [escl()], "operator": PEOPLE, "job": [job()]})
    yield found
    found.stop()


def stamped() -> Sheet:
    """Return a letter with the red double border of MẬT under its number."""
    image = paper(Spec("letter", dpi=300, laid=(Stamp("MẬT", at=(50, 62), angle=1.5),))).image
    stream = io.BytesIO()
    Image.fromarray(image).save(stream, "JPEG", quality=85, dpi=(300, 300))
    return Sheet(stream.getvalue())


def command(rig: Rig, *words: str) -> subprocess.CompletedProcess[str]:
    words = (*words, "--socket", str(rig.place.control))
    return subprocess.run([sys.executable, "-m", "appliance", *words], input=PIN,
                          capture_output=True, text=True, check=False, cwd=ROOT, timeout=60)


def is_locked(found: Status) -> bool:
    """Say whether the only batch is put away."""
    return any(one["state"] == "locked" for one in found["batches"])


def locked(rig: Rig) -> str:
    """Scan a stack of two dossiers, the last paper stamped; return the batch when it is put away."""
    rig.confirms = False
    rig.load([dossier("A.1", 2), page(1), page(2), dossier("B.1", 1), stamped()])
    rig.ready()
    rig.run(rig._control("POST", "/press/demo", {"no_secret": "NV001"}))
    found = rig.wait(is_locked, "locked")
    batch = str(found["batches"][0]["id"])
    rig.wait(lambda _: rig.masters() == [], "put away")
    return batch


def left(rig: Rig) -> list[str]:
    """Return the derived files of the appliance."""
    return [path.name for folder in ("work", "packages") for path in (rig.state / folder).rglob("*")
            if path.is_file()]


def test_a_stamp_locks_the_batch_and_a_leader_lets_it_go_on_after_the_daemon_was_killed(rig: Rig) -> None:
    batch = locked(rig)
    assert left(rig) == [] and rig.masters() == []
    room = rig.state / "locked" / batch
    assert stat.S_IMODE(room.stat().st_mode) == 0o700 and len(list(room.glob("*.jpg"))) >= 5
    status = rig.wait(lambda found: found["idle"], "nothing moves any more")
    assert not status["dossiers"]
    balanced(status)
    assert {one["code"] for one in status["held"]} == {"I350", "I352"}
    metrics = rig.metrics()
    assert "appliance_batches_locked 1.0" in metrics and "appliance_locks_total 1.0" in metrics
    assert batch not in metrics
    rig.kill("daemon")
    rig.start("daemon")
    assert is_locked(rig.status()) and rig.masters() == []
    assert command(rig, "locked", "release", batch, "--leader", "NV001", "--reason", "x").returncode == 1
    listed = command(rig, "locked", "list")
    assert batch in listed.stdout and "5front" in listed.stdout and listed.returncode == 3
    said = command(rig, "locked", "release", batch, "--leader", "LD01", "--reason", "khung in sẵn, không phải dấu")
    assert said.returncode == 0, said.stderr
    assert command(rig, "locked", "release", batch, "--leader", "LD01", "--reason", "x").returncode == 0
    done = rig.wait(lambda found: accepted(found) == {"A.1", "B.1"}, "both dossiers accepted")
    balanced(done)
    assert not room.exists()
    who = rig.rows("SELECT who, detail FROM audit WHERE what = 'batch.release_done'")
    assert [one[0] for one in who] == ["LD01"] and "khung" in who[0][1]


def test_destroyed_by_decision_nothing_is_left_though_the_daemon_is_killed_meanwhile(rig: Rig) -> None:
    batch = locked(rig)
    order = ("locked", "destroy", batch, "--leader", "LD01", "--decision", "7/QĐ-BHXH", "--date")
    refused = command(rig, *order, "31/02/2026")
    assert refused.returncode == 1 and "I353" in refused.stderr
    said = command(rig, *order, "20/11/2026")
    assert said.returncode == 0, said.stderr
    rig.kill("daemon")
    rig.start("daemon")
    found = rig.wait(lambda seen: seen["batches"][0]["state"] == "removed", "destroyed")
    balanced(found)
    assert found["counts"]["removed"] >= 5 and rig.masters() == [] and left(rig) == []
    assert not (rig.state / "locked" / batch).exists()
    ((who, detail),) = rig.rows("SELECT who, detail FROM audit WHERE what = 'batch.destroy_done'")
    assert who == "LD01"
    assert json.loads(detail)["number"] == "7/QĐ-BHXH" and json.loads(detail)["day"] == "20/11/2026"
    rig.confirms = True
    rig.load([dossier("A.1", 2), page(1), page(2)])
    rig.press()
    balanced(rig.wait(lambda seen: accepted(seen) == {"A.1"}, "the harmless papers, scanned again"))


def test_without_a_confirmation_nothing_is_read_until_somebody_confirms_by_name(rig: Rig) -> None:
    rig.confirms = False
    rig.load([dossier("C.1", 1), page(3)])
    rig.press()
    found = rig.wait(lambda seen: any(one["code"] == "T515" for one in seen["held"]), "asks for a confirmation")
    batch = found["batches"][0]["id"]
    assert left(rig) == [] and {state for (state,) in rig.rows("SELECT state FROM page")} == {"analysed"}
    assert command(rig, "confirm", batch, "--code", "NOBODY").returncode == 1
    assert command(rig, "confirm", batch, "--code", "NV001").returncode == 0
    balanced(rig.wait(lambda seen: accepted(seen) == {"C.1"}, "accepted"))
    assert rig.rows("SELECT confirmed, confirmed_by FROM batch") == [("command", "NV001")]


def test_who_sees_a_secret_paper_locks_its_batch_and_the_feeder_stops(rig: Rig) -> None:
    rig.load([dossier("D.1"), *(page(number) for number in range(1, 13))])
    rig.faults(slow=0.6)
    rig.press()
    found = rig.wait(lambda seen: seen["counts"]["sides"] >= 2, "feeding")
    batch = found["batches"][0]["id"]
    assert command(rig, "locked", "add", batch, "--code", "NV001").returncode == 0
    assert command(rig, "locked", "add", batch, "--code", "NV001").returncode == 0
    done = rig.wait(is_locked, "stopped, closed, locked")
    assert done["counts"]["sheets"] < 13
    rig.wait(lambda _: rig.masters() == [], "put away")
    with pytest.raises(ApplianceError) as refused:
        rig.ask("resume")
    assert refused.value.kind is errors.NOTHING_OPEN
