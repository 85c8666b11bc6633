"""Every question of every dashboard has an answer: of a whole appliance and its archive, and of a whole country.

One appliance draws its heartbeat, has a plan, and feeds a target sheet, a dossier, and one that is held; its host's
jobs note what they did for node_exporter; a real Prometheus scrapes all of it, under the labels that agents give.
The boards of the fleet and of a province are asked of 763 offices, of which some are silent, late, stuck or behind.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml
from board_stand import Chosen, Prometheus, Question, Target, fed, prometheus, questions, until_all
from fleet_office import Feed
from monitoring_hub import free_port
from rig import ROOT, Rig, Sheet, accepted, dossier, escl, flat, job, letter

from appliance.core import clock
from appliance.demo.wish import DEVICE
from appliance.monitoring import notes
from appliance.monitoring.dashboards import shelf
from appliance.monitoring.dashboards.panel import Kind

pytestmark = pytest.mark.slow

FIGURES = ROOT / "build" / "dashboards.json"
OFFICES, PROVINCES = 763, 34
COUNTRY = ("appliance-fleet", "appliance-province")
WHO = {"office": "0000", "province": "01", "level": "province", "ring": "canary", "host": "h0000"}

DAYS_NEEDED = ("appliance_plan_rate_sheets_per_day", "appliance_plan_completion_timestamp_seconds")
"""There once some working days are over: these are asked of the country, the appliance is an hour old."""

PROFILE = """
name = "virtual"
model = "Appliance virtual scanner"
[match]
model = "Appliance virtual scanner"
escl = "Appliance virtual scanner"
[driver]
backend = "escl"
support = "ours"
[identity]
serial_source = "serial"
[start]
kinds = ["settled", "press"]
[[consumable]]
name = "roller"
life_sheets = 200000
"""


class Office(Rig):
    """An appliance of which everything is in use, with an archive that stamps what it keeps."""

    def _receiver(self, port: str) -> list[str]:
        self.keeping.write_text(f'root = "{self.place.part("archive")}"\n')
        return [*super()._receiver(port), "--settings", str(self.keeping)]

    @property
    def keeping(self) -> Path:
        return self.place.root.with_name("receiver.toml")

    def stamps(self) -> None:
        """Let the archive stamp what it has, as its people do by hand."""
        roots = ", ".join(f'"{one}"' for one in (self._trust, self.place.time_root))
        with self.keeping.open("a") as settings:
            settings.write(f'trust = [{roots}]\n[fixity]\ntrust = ["{self.place.time_root}"]\n'
                           f'[[fixity.tsa]]\nurl = "{self.tsa_url}"\n')
        command("receive", "fixity", "--settings", str(self.keeping))


def command(*words: str) -> None:
    done = subprocess.run([sys.executable, "-m", "appliance", *words], capture_output=True, text=True, check=False,
                          cwd=ROOT, timeout=180)
    assert done.returncode == 0, done.stdout + done.stderr


def target_sheet(folder: Path) -> Sheet:
    """Return the device check's own sheet, as a scanner sees it."""
    command("target", "print", "--serial", "KT-001", "--out", str(folder / "target.pdf"))
    subprocess.run(["pdftoppm", "-r", "300", "-jpeg", "-singlefile", "target.pdf", "target"], check=True,
                   cwd=folder)
    return Sheet((folder / "target.jpg").read_bytes())


def two_sided(number: int) -> Sheet:
    return Sheet(flat(letter(number)), flat(letter(number + 50)))


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    folder = tmp_path_factory.mktemp("office")
    (folder / "profiles").mkdir()
    (folder / "profiles" / "virtual.toml").write_text(PROFILE)
    rig = Office(folder / "rig", {
        "device": [escl()], "job": [job(duplex=True)],
        "storage": {"profiles": str(folder / "profiles")}, "heartbeat": {"enabled": False, "job": DEVICE}})
    try:
        command("heartbeat", "--socket", str(rig.place.control))
        plan = folder / "plan.csv"
        plan.write_text("phase,office,dossiers,sheets,deadline,highUse\n1,0000,100,4000,31/12/2099,30\n")
        command("plan", "import", str(plan), "--socket", str(rig.place.control))
        rig.load([target_sheet(folder), dossier("GOOD.1", 2), two_sided(1), two_sided(2),
                  dossier("HELD.1", 3), two_sided(3)])
        rig.press()
        assert "GOOD.1" in accepted(rig.settled())
        rig.stamps()
        yield rig
    finally:
        rig.stop()


@contextmanager
def node_exporter(folder: Path) -> Iterator[str]:
    """Show what the host's own jobs noted, as a host does; yield its address."""
    folder.mkdir()
    for name, noted in (("drift", notes.drift(0, clock.now())), ("backup", notes.backup(clock.now())),
                        ("rollout", notes.rollout(True, "canary", "0.1.0", clock.now()))):
        (folder / f"appliance_{name}.prom").write_text(notes.text(noted))
    port = free_port()
    process = subprocess.Popen(
        ["prometheus-node-exporter", f"--web.listen-address=127.0.0.1:{port}", "--collector.disable-defaults",
         "--collector.textfile", f"--collector.textfile.directory={folder}"], stderr=subprocess.DEVNULL)
    try:
        yield f"127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(60)


def expected(folder: Path) -> None:
    """Let the office stand on the list of offices."""
    (folder / "rules").mkdir(parents=True)
    rule = {"record": "appliance_office_expected_info", "expr": "vector(1)",
            "labels": {name: WHO[name] for name in ("office", "province", "level", "ring")}}
    (folder / "rules" / "expected.yml").write_text(yaml.safe_dump(
        {"groups": [{"name": "expected", "rules": [rule]}]}))


def unanswered(server: Prometheus, asked: list[Question], chosen: Chosen) -> list[str]:
    """Return the questions without an answer, as they were asked."""
    return until_all([one.asked(chosen) for one in asked], server.ask, 60.0)


def many(server: Prometheus, asked: list[Question], chosen: Chosen) -> list[str]:
    """Return the questions of panels for one number that got several, or one with labels to show beside it."""
    ones = [one.asked(chosen) for one in asked if one.panel.kind is Kind.STAT and not one.query.legend]
    return [expr for expr in ones if [found["metric"] for found in server.ask(expr)] != [{}]]


def noted(**figures: object) -> None:
    """Keep figures for the closing note, beside those of the other test."""
    FIGURES.parent.mkdir(exist_ok=True)
    before = json.loads(FIGURES.read_text("utf-8")) if FIGURES.exists() else {}
    known = {**before.get("asked", {}), **figures}
    FIGURES.write_text(json.dumps({
        "expressions": len(questions(shelf.BOARDS)),
        "empty": sorted(one for found in known.values() for one in found),
        "asked": known}, indent=1, ensure_ascii=False) + "\n", "utf-8")


def test_a_whole_appliance_answers_every_question_about_an_office(office: Office, tmp_path: Path) -> None:
    archive = office.archive_url.split("//")[1]
    expected(tmp_path / "centre")
    with node_exporter(tmp_path / "notes") as host, prometheus(tmp_path / "centre", [
            Target("appliance", office.page.split("//")[1], WHO), Target("node", host, WHO),
            Target("archive", archive, {})]) as server:
        asked = [one for one in questions(shelf.BOARDS) if one.board.uid not in COUNTRY
                 and not any(name in one.query.expr for name in DAYS_NEEDED)]
        chosen = {"province": WHO["province"], "office": WHO["office"], "ring": WHO["ring"], "device": DEVICE,
                  "instance": archive}
        empty = unanswered(server, asked, chosen)
        noted(office=empty)
        assert empty == []
        assert many(server, asked, chosen) == []


def test_a_country_of_offices_answers_every_question_about_the_fleet(tmp_path: Path) -> None:
    end = int(time.time()) // 60 * 60
    samples = fed(tmp_path / "centre", Feed(OFFICES, PROVINCES, end - 7200, end, 600))
    assert samples > OFFICES * 500
    with prometheus(tmp_path / "centre", more=["--query.lookback-delta=15m"]) as server:
        asked = [one for one in questions(shelf.BOARDS)
                 if one.board.uid in COUNTRY or any(name in one.query.expr for name in DAYS_NEEDED)]
        in_trouble = {"province": "06", "office": ".*"}
        all_of_it = {"province": ".*", "office": ".*"}
        empty = unanswered(server, [one for one in asked if one.board.uid in COUNTRY], in_trouble)
        empty += unanswered(server, [one for one in asked if one.board.uid not in COUNTRY], all_of_it)
        noted(country=empty)
        assert empty == []
        assert many(server, [one for one in asked if one.board.uid in COUNTRY], in_trouble) == []
        assert server.ask("count(appliance_office_expected_info)")[0]["value"][1] == str(OFFICES)
