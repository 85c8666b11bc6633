"""The whole appliance at the counter: the reception software confirms without the archive, and after kills."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from rig import Rig, accepted, balanced, dossier, escl, job, page
from toy_reception import ToyReception

from appliance import reception
from appliance.archive.reception import sidecar

pytestmark = pytest.mark.slow

jsonschema = pytest.importorskip("jsonschema", reason="not run: no jsonschema")
SCHEMA = Path(sidecar.__file__).with_name("component.schema.json")


@pytest.fixture(scope="module")
def share(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("reception") / "share"
    folder.mkdir()
    return folder


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory, share: Path) -> Iterator[Rig]:
    found = Rig(tmp_path_factory.mktemp("counter"), {
        "device": [{**escl(), "operator": "NV001"}], "job": [job(rules="onestop-ttvpcp-2023")],
        "operator": [{"code": "NV001", "name": "Trần Văn Bình"}],
        "outbox": {"kind": "folder", "folder": str(share), "minutes": 15}}, archive=False)
    yield found
    found.stop()


@contextlib.contextmanager
def at_work(toy: ToyReception, share: Path) -> Iterator[None]:
    """Let the reception software look into its folder all the time."""
    over = threading.Event()

    def work() -> None:
        while not over.wait(0.1):
            with contextlib.suppress(FileNotFoundError):
                toy.look(share)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def states(status: dict[str, Any]) -> dict[str, int]:
    found: dict[str, int] = status["reception"]["states"]
    return found


def metric(rig: Rig, name: str) -> float:
    (line,) = [line for line in rig.metrics().splitlines() if line.startswith(f"{name} ")]
    return float(line.split()[1])


def test_a_component_is_confirmed_while_the_archive_is_away(rig: Rig, share: Path) -> None:
    toy = ToyReception()
    with at_work(toy, share):
        rig.load([dossier("TN.1", 1), page(1)])
        rig.press()
        status = rig.wait(lambda found: states(found).get("confirmed") == 1, "the component is confirmed")
    assert "TN.1" not in accepted(status)
    (said,) = toy.filed.values()
    jsonschema.validate(said, json.loads(SCHEMA.read_text()))
    assert (said["reception_code"], said["pages"], said["signature"]["level"]) == ("TN.1", 1, "B-T")
    (data,) = toy.files.values()
    (document,) = [one for one in status["documents"] if one["file_code"] == "TN.1"]
    assert hashlib.sha256(data).hexdigest() == document["signed_sha256"]
    assert metric(rig, "appliance_reception_confirmation_seconds_count") == 1
    assert metric(rig, "appliance_reception_missed_total") == 0
    assert metric(rig, "appliance_reception_overdue") == 0
    assert not list(share.rglob("*.json"))


def test_killed_while_the_share_is_away_nothing_is_lost_or_filed_twice(rig: Rig, share: Path) -> None:
    gone = share.with_name("unmounted")
    share.rename(gone)
    rig.load([dossier("TN.2", 1), page(2)])
    rig.press()
    rig.wait(lambda found: any(one["code"] == "A622" for one in found["held"]), "people are told")
    rig.kill("daemon")
    rig.start("daemon")
    gone.rename(share)
    toy = ToyReception()
    rig.wait(lambda found: states(found).get("sent") == 1, "it lies in the share")
    rig.kill("daemon")
    rig.start("daemon")
    with at_work(toy, share):
        rig.wait(lambda found: states(found).get("confirmed") == 2, "the component is confirmed")
    assert [said["reception_code"] for said in toy.filed.values()] == ["TN.2"]
    rig.start("receiver")
    status = rig.settled()
    assert {"TN.1", "TN.2"} <= accepted(status)
    balanced(status)
    assert "Trần Văn Bình" not in rig.logs()


def test_what_is_refused_is_shown_and_goes_again_by_command(rig: Rig, share: Path) -> None:
    toy = ToyReception(refuse={"TN.3": "chưa tiếp nhận hồ sơ này"})
    with at_work(toy, share):
        rig.load([dossier("TN.3", 1), page(3)])
        rig.press()
        status = rig.wait(lambda found: states(found).get("refused") == 1, "it is set aside")
        (held,) = [one for one in status["held"] if one["code"] == "A623"]
        assert "chưa tiếp nhận hồ sơ này" in held["vi"]
        assert command(rig, "list")[0] == 3
        toy.refuse.clear()
        assert command(rig, "again", "TN.3")[0] == 0
        rig.wait(lambda found: states(found).get("confirmed") == 3, "it is confirmed")
    assert "TN.3.1" in command(rig, "list")[1]


def command(rig: Rig, *words: str) -> tuple[int, str]:
    """Run ``appliance reception`` in this process."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        code = reception.main([*words, "--config", str(rig.place.settings)])
    return code, out.getvalue()
