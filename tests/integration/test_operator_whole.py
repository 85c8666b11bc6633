"""The whole appliance and the people who use it: a card in the stack, nobody at all, a login on the page."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from rig import ROOT, Rig, Sheet, accepted, balanced, dossier, escl, held_codes, job, page

from appliance import card_sheet
from appliance.documents import card
from appliance.logins import hashed

HER, HIM = "Nguyễn Thị Phương Thảo", "Trần Văn Bình"
PIN = "482915"


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    people = [{"code": "NV001", "name": HER, "pin": hashed(PIN)}, {"code": "NV002", "name": HIM}]
    found = Rig(tmp_path_factory.mktemp("operator") / "rig", {
        "device": [escl()], "office": {"operator": ""}, "operator": people,
        "job": [job(), job(name="counter", rules="onestop-ttvpcp-2023")]}, pins={"NV001": PIN})
    yield found
    found.stop()


def printed(code: str) -> Sheet:
    """Return the operator card as the scanner sees it: our own PDF, put on paper."""
    data = card_sheet.pdf(card.encode(code), HIM, code, "BHXH tỉnh Hưng Lạc")
    done = subprocess.run(["pdftoppm", "-r", "300", "-jpeg", "-singlefile", "-"], input=data, capture_output=True,
                          check=True)
    return Sheet(done.stdout)


def command(rig: Rig, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "appliance", *words, "--socket", str(rig.place.control)],
                          capture_output=True, text=True, check=False, cwd=ROOT, timeout=60)


def filed(rig: Rig, code: str) -> dict[str, Any]:
    """Wait for a dossier's receipt; return its provenance."""
    status = rig.wait(lambda found: code in accepted(found), f"{code} accepted")
    number = next(one["package"] for one in status["dossiers"] if one["file_code"] == code)
    (path,) = [Path(one["path"]) for one in status["deliveries"] if one["package"] == number]
    with zipfile.ZipFile(path) as package:
        name = next(one for one in package.namelist() if one.endswith("capture-provenance.json"))
        found: dict[str, Any] = json.loads(package.read(name))
    return found


def stamp_of(rig: Rig, code: str) -> str:
    """Return what the stamp of a dossier's first document says."""
    (document,) = [one for one in rig.status()["documents"] if one["file_code"] == code]
    return str(document["stamp"])


def test_a_card_first_in_the_hopper_names_batch_and_package_and_is_in_no_document(rig: Rig) -> None:
    rig.load([printed("NV002"), dossier("CARD.1", 1), page(1)])
    rig.press()
    facts = filed(rig, "CARD.1")
    assert (facts["operator"], facts["operator_code"], facts["named_by"]) == (HIM, "NV002", "card")
    assert [(one["sheet"], one["operator"]) for one in facts["pages"]] == [(3, HIM)]
    assert rig.rows("SELECT operator, operator_code, named_by FROM batch ORDER BY id DESC LIMIT 1") == [
        (HIM, "NV002", "card")]
    assert rig.rows("SELECT sheet, state FROM page ORDER BY id DESC LIMIT 3") == [
        (3, "filed"), (2, "separator"), (1, "separator")]
    balanced(rig.settled())


def test_nobody_is_named_then_the_batch_waits_until_somebody_says_who_it_was(rig: Rig) -> None:
    rig.load([dossier("LATER.1", 1), page(2)])
    rig.press()
    status = rig.wait(lambda found: held_codes(found, "batch") == ["T413"], "held")
    balanced(rig.settled())
    (thing,) = status["held"]
    assert "LATER.1" not in {one["file_code"] for one in status["dossiers"]}
    assert command(rig, "status").returncode == 3
    unknown = command(rig, "operator", "name", thing["id"], "NV999")
    assert (unknown.returncode, "C015" in unknown.stderr) == (1, True)
    named = command(rig, "operator", "name", thing["id"], "NV001")
    assert named.returncode == 0, named.stderr
    facts = filed(rig, "LATER.1")
    assert (facts["operator"], facts["named_by"]) == (HER, "later")
    who, detail = rig.rows("SELECT who, detail FROM audit WHERE what = 'batch.named' ORDER BY seq DESC LIMIT 1")[0]
    assert who
    assert json.loads(detail) == {"by": "later", "code": "NV001"}
    again = command(rig, "operator", "name", thing["id"], "NV002")
    assert (again.returncode, "C011" in again.stderr) == (1, True)
    assert held_codes(rig.settled(), "batch") == []


def test_the_card_of_somebody_unknown_holds_its_batch_and_the_next_one_goes_on(rig: Rig) -> None:
    rig.load([printed("NV404"), dossier("STRANGER.1", 1), page(3)])
    rig.press()
    rig.wait(lambda found: held_codes(found, "batch") == ["T414"], "held")
    rig.load([printed("NV002"), dossier("NEXT.1", 1), page(4)])
    rig.press()
    assert filed(rig, "NEXT.1")["operator"] == HIM
    (thing,) = rig.status()["held"]
    assert command(rig, "operator", "name", thing["id"], "NV002").returncode == 0
    assert filed(rig, "STRANGER.1")["named_by"] == "later"


def test_a_login_on_the_page_presses_a_one_stop_job_and_stands_on_its_stamp(rig: Rig) -> None:
    rig.load([dossier("COUNTER.1", 1), page(5)])
    rig.ready()
    rig.run(press_on_page(rig.page, "press:counter"))
    facts = filed(rig, "COUNTER.1")
    assert (facts["operator"], facts["named_by"], facts["rules"]) == (HER, "login", "onestop-ttvpcp-2023")
    assert HER in stamp_of(rig, "COUNTER.1")


def test_a_job_that_does_not_exist_is_refused_by_name_and_starts_nothing(rig: Rig) -> None:
    rig.load([dossier("JOB.1", 1), page(6)])
    rig.ready()
    refused = command(rig, "press", "demo", "--job", "nonsense")
    assert refused.returncode == 1
    assert "C014" in refused.stderr
    assert "counter" in refused.stderr
    assert rig.device()["state"] == "ready"
    assert command(rig, "press", "demo", "--job", "counter").returncode == 0
    assert filed(rig, "JOB.1")["rules"] == "onestop-ttvpcp-2023"


def test_no_name_of_a_person_is_in_logs_metrics_or_the_public_page(rig: Rig) -> None:
    rig.settled()
    public = rig.run(look(rig.page))
    for text in (rig.logs(), rig.metrics(), public, json.dumps(rig.status()["batches"])):
        for name in (HER, HIM, "NV001", "NV002", "NV404", PIN):
            assert name not in text


async def look(address: str) -> str:
    async with aiohttp.ClientSession() as session, session.get(address) as answer:
        return await answer.text()


async def press_on_page(address: str, order: str) -> None:
    """Log in at the page as a browser does, and press a button."""
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(cookie_jar=jar, headers={"Origin": address}) as session:
        async with session.get(f"{address}/login/demo") as answer:
            token = _token(await answer.text())
        words = {"form": token, "code": "nv001", "pin": PIN}
        async with session.post(f"{address}/login/demo", data=words) as answer:
            text = await answer.text()
        assert HER in text
        async with session.post(f"{address}/do/demo", data={"form": _token(text), "order": order}) as answer:
            assert answer.status == 200


def _token(text: str) -> str:
    found = re.search(r'name=form value="([^"]+)"', text)
    assert found is not None
    return found[1]
