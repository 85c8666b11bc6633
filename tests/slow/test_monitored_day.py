"""A day of a small country, in minutes: which alerts arrive, at whom, and which do not.

One office is a real appliance with an agent of its own; two provinces of three offices each are read by their
collectors over mTLS. For the rules an hour lasts 15 seconds.
"""

from __future__ import annotations

import json
import shutil
import ssl
import time
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import granted
import pytest
from monitoring_hub import until
from monitoring_stand import Stand
from office_certificates import Authority
from rig import ROOT, Rig, dossier, escl, job, page

from appliance import cli
from appliance.client import Control
from appliance.core import clock
from appliance.monitoring import notes, offices

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not all(map(shutil.which, ("prometheus", "prometheus-alertmanager", "prometheus-node-exporter"))),
        reason="not run: prometheus, alertmanager or node_exporter is not installed"),
]

SCALE = 1 / 240
HOUR = 3600 * SCALE
OFFICE, HERE, THERE = "2701", "province-27", "province-31"
CUT_OFF = {"3100", "3101", "3102"}
YEAR = 365 * 86_400
PLAYED = {*CUT_OFF, "4000", "4001", "4002"}

LIST = """code,name_vi,name_en,level,parent,province,ring,wan,valid_from,valid_to,successor
2701,Tỉnh Sông Mây,Song May Province,provincial,,27,pilot,fibre,,,
2702,Huyện Mai Sau,Later District,district,2701,27,pilot,fibre,2090-01-01,,
3100,Tỉnh Biển Lặng,Bien Lang Province,provincial,,31,pilot,fibre,,,
3101,Huyện Cửa Sông,Cua Song District,district,3100,31,pilot,poor,,,
3102,Huyện Hải Đảo,Hai Dao District,district,3100,31,pilot,radio,,,
4000,Tỉnh Đồi Chè,Doi Che Province,provincial,,40,pilot,fibre,,,
4001,Huyện Suối Đá,Suoi Da District,district,4000,40,pilot,poor,,,
4002,Huyện Thung Lũng,Thung Lung District,district,4000,40,pilot,poor,,,
"""

AT_REST = {"SigningByDevelopmentKey", "ArchiveDiskFull", "CertificateRenew", "ClockNotSynchronised", "Watchdog"}
"""True of any trial: a development key signs; the machine may have no time server and less than 50 GB free."""


LATE = {"ApplianceDown", "ArchiveDown", "OfficeSilent"}
"""What a machine with too much to do makes true for a moment: here an answer is late after a second or two."""

FAULTS = ("UploadStuck", "ScannerDown", "SigningNotAuthorised", "DriftDetected", "RolloutFailed", "BackupStale")
"""What befalls the one office; tickets for its province."""


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Rig, Stand]]:
    """The appliance, its archive, and everything that watches them, all well."""
    root = tmp_path_factory.mktemp("day")
    (root / "offices.csv").write_text(LIST, encoding="utf-8")
    door = Authority(root / "door")
    own = door.issue("host", seconds=YEAR)  # one that ends soon is an alert, too
    metrics = {"host": "127.0.0.1", "port": 0, "certificate": str(own), "ca": str(door.file)}
    about = {"office": {"code": OFFICE, "province": "27", "level": "provincial"}, "metrics": metrics}
    rig = Rig(root / "rig", {"device": [escl()], "job": [job()], **about})
    stand = Stand(root / "stand", offices.read(root / "offices.csv"), rig.page.removeprefix("http://"),
                  rig.archive_url.removeprefix("http://"), SCALE)
    try:
        stand.write()
        for office in PLAYED:
            stand.switch_on(office)
        for words in (["drift", "--tasks", "0"], ["backup"],
                      ["rollout", "--result", "ok", "--ring", "pilot", "--version", "0.1.0"]):
            assert cli.main(["monitoring", "note", *words, "--folder", str(stand.textfiles)]) == 0
        stand.start(OFFICE)
        stand.begun = clock.now()
        scan(rig, "MORNING.1")
        rig.settled()
        yield rig, stand
    finally:
        (ROOT / "build").mkdir(exist_ok=True)
        (ROOT / "build" / "monitored_day.json").write_text(json.dumps(stand.hub.figures()), encoding="utf-8")
        stand.stop()
        rig.stop()


def scan(rig: Rig, code: str) -> None:
    rig.load([dossier(code, 1), page()])
    rig.press()


def control(rig: Rig, path: str, **words: str) -> None:
    """Do what a leader does."""
    async def ask() -> None:
        async with Control(rig.place.control) as line:
            await line.post(path, {"leader": granted.LEADER, "pin": granted.PIN, **words})

    rig.run(ask())


def arrives(stand: Stand, who: str, name: str, office: str = OFFICE, state: str = "firing") -> None:
    """Wait until somebody was told of an alert."""
    until(lambda: (who, name, office) in stand.hub.told(state),
          f"{who} is told {name} {office} {state}", lambda: f"{sorted(stand.hub.told(state))} {stand.firing()}")


def at_rest(stand: Stand) -> None:
    """Wait until nothing fires that ends, and all of it was told."""
    until(lambda: {name for name, _ in stand.firing()} <= AT_REST, "nothing fires any more", stand.firing)
    until(lambda: not stand.open_cases() - AT_REST, "Alertmanager knows it too", stand.open_cases)


def others(stand: Stand, *expected: str) -> set[tuple[str, str, str]]:
    """Return what was told beside the expected alerts."""
    return {one for one in stand.hub.told() if one[1] not in {*expected, *AT_REST}}


def quiet_for(stand: Stand, hours: float) -> bool:
    """Say whether hours pass in which nobody is told anything; before anybody was heard, all were silent."""
    at_rest(stand)
    until(lambda: clock.now() - stand.begun > timedelta(seconds=HOUR * (1.2 - hours)), "the day has begun")
    stand.hub.heard.clear()
    begun = clock.now()
    while clock.now() - begun < timedelta(seconds=HOUR * hours):
        if others(stand) or {one for one in stand.hub.told() if one[0] in ("nobody", THERE, "province-40")}:
            return False
        time.sleep(0.2)
    return True


def test_the_daemon_shows_its_metrics_to_a_collector_with_a_certificate(day: tuple[Rig, Stand]) -> None:
    rig, _ = day
    door = Authority.__new__(Authority)  # the client's side only needs the authority's file
    door.folder, door.file = rig.place.root.parent / "door", rig.place.root.parent / "door" / "Trial authority.pem"
    said = until(lambda: [line for line in rig.logs().splitlines() if "metrics are shown to collectors" in line],
                 "the door is open")
    context: ssl.SSLContext = door.client(door.folder / "host.pem")
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}),
                                         urllib.request.HTTPSHandler(context=context))
    with opener.open(said[-1].split()[-1] + "/metrics", timeout=30) as answer:
        assert "appliance_build_info" in answer.read().decode()


def test_every_office_is_heard_at_the_centre_by_its_labels(day: tuple[Rig, Stand]) -> None:
    _, stand = day
    until(lambda: {one["metric"]["office"] for one in stand.ask("appliance_build_info")} == {OFFICE, *PLAYED},
          "all offices are heard")
    labels = {(one["metric"]["office"], one["metric"]["province"], one["metric"]["level"], one["metric"]["ring"],
               one["metric"]["host"]) for one in stand.ask("appliance_build_info")}
    assert (OFFICE, "27", "provincial", "pilot", f"scan{OFFICE}.example.invalid") in labels
    assert ("3102", "31", "district", "pilot", "scan3102.example.invalid") in labels
    expected = {one["metric"]["office"] for one in stand.ask("appliance_office_expected_info")}
    assert expected == {OFFICE, *PLAYED}, "an office of 2090 is not missed yet"
    until(lambda: stand.ask('appliance_drift_tasks{office="2701"}'), "node_exporter tells of drift")
    leave = "appliance_authorisation_not_after_timestamp_seconds"
    jobs = until(lambda: {one["metric"]["job"] for one in stand.ask(leave) if one["metric"]["office"] == OFFICE},
                 "the authorisations of the office's jobs are heard")
    assert "appliance" not in jobs, "a job of the office's settings stands, whatever the collector's is called"
    assert stand.ask('up{job="archive"} == 1') and stand.ask('up{job="alertmanager"} == 1')


def test_a_quiet_morning_alerts_nobody_and_the_watchdog_barks(day: tuple[Rig, Stand]) -> None:
    _, stand = day
    until(lambda: quiet_for(stand, 0.6), "nobody is told anything", stand.hub.told)
    arrives(stand, "watchdog", "Watchdog", "")
    assert clock.now() - stand.begun > timedelta(seconds=HOUR * 1.2), "also what must hold for an hour had its time"


def test_faults_of_the_day_are_told_to_the_province_and_pages_to_the_nation_too(day: tuple[Rig, Stand]) -> None:
    rig, stand = day
    rig.faults(jam_at=2)
    stack = rig.load([dossier("NOON.1", 1), page()])
    rig.press()
    jammed = rig.in_state("reload")
    rig.kill("receiver")
    rig.faults()
    rig.put_back(stack, jammed["sheet"])
    rig.resume()
    rig.wait(lambda seen: seen["queues"]["upload"]["n"] == 1, "a package waits for the archive")
    scanner = rig.program("scanner")
    scanner.arguments = [*scanner.arguments[:-1], scanner.facts["url"].rsplit(":", 1)[1].split("/")[0]]
    rig.run(scanner.stop())
    control(rig, "/authorisations/revoke", number=str(rig.rows("SELECT max(id) FROM authorisation")[0][0]))
    notes.write(stand.textfiles, "drift", notes.drift(3, clock.now()))
    notes.write(stand.textfiles, "rollout", notes.rollout(False, "pilot", "0.2.0", clock.now()))
    notes.write(stand.textfiles, "backup", notes.backup(datetime.now(UTC) - timedelta(days=3)))
    stand.hub.shut("3102")
    for name in FAULTS:
        arrives(stand, HERE, name)
    arrives(stand, "national", "ArchiveDown", "")
    arrives(stand, THERE, "OfficeSilent", "3102")
    more = others(stand, *FAULTS, "ArchiveDown", "OfficeSilent", "UrgentPackageWaits", "ScannerUnfit")
    assert not {one for one in more if one[1] not in LATE}, "nothing else is told: a jam is for the operator alone"
    told = stand.hub.told()
    assert not {one for one in told if one[0] == "national" and one[1] in ("UploadStuck", "ScannerDown")}
    assert not {one for one in told if one[0] == THERE and one[2] == OFFICE}, "a province hears of itself alone"
    assert ("national", "OfficeSilent", "3102") not in told
    assert "province-40" not in {one[0] for one in told}
    assert not {one for one in told if one[1] == "ProvinceSilent"}


def test_what_is_mended_is_told_to_be_over(day: tuple[Rig, Stand]) -> None:
    rig, stand = day
    rig.start("receiver")
    rig.start("scanner")
    end = clock.now() + timedelta(days=300)
    control(rig, "/authorisations", keeper=granted.KEEPER, jobs="*", until=f"{end:%d/%m/%Y}")
    assert cli.main(["delivery", "again", "--socket", str(rig.place.control)]) == 0
    notes.write(stand.textfiles, "drift", notes.drift(0, clock.now()))
    notes.write(stand.textfiles, "rollout", notes.rollout(True, "pilot", "0.2.0", clock.now()))
    notes.write(stand.textfiles, "backup", notes.backup(clock.now()))
    stand.switch_on("3102")
    for name in FAULTS:
        arrives(stand, HERE, name, state="resolved")
    arrives(stand, "national", "ArchiveDown", "", state="resolved")
    arrives(stand, THERE, "OfficeSilent", "3102", state="resolved")
    at_rest(stand)


def test_a_province_that_is_cut_off_is_told_once_and_its_offices_are_not(day: tuple[Rig, Stand]) -> None:
    _, stand = day
    stand.hub.forget()
    stand.services.kill("province-31")
    arrives(stand, "national", "ProvinceSilent", "")
    arrives(stand, THERE, "ProvinceSilent", "")
    until(lambda: {office for name, office in stand.held_back() if name == "OfficeSilent"} == CUT_OFF,
          "single offices are held back")
    assert not others(stand, "ProvinceSilent"), "neither offices nor their hosts"
    stand.services.start("province-31")
    arrives(stand, THERE, "ProvinceSilent", "", state="resolved")


def test_a_disk_that_is_full_pauses_scanning_and_pages(day: tuple[Rig, Stand]) -> None:
    rig, stand = day
    rig.restart_daemon({"storage": {"min_free_mb": 9_000_000}, "console": _same_port(rig)})
    for who in ("national", HERE):
        arrives(stand, who, "ScanningPaused")
    rig.restart_daemon({"storage": {"min_free_mb": 64}})
    arrives(stand, HERE, "ScanningPaused", state="resolved")


def test_tickets_wait_for_the_morning_and_pages_do_not(day: tuple[Rig, Stand]) -> None:
    rig, stand = day
    at_rest(stand)
    other_day = (clock.now() + timedelta(days=3)).strftime("%A").lower()  # midnight may come meanwhile
    stand.reroute(stand.told(days=other_day))
    stand.hub.forget()
    notes.write(stand.textfiles, "rollout", notes.rollout(False, "pilot", "0.3.0", clock.now()))
    until(lambda: ("RolloutFailed", OFFICE) in stand.firing(), "the ticket is there")
    rig.kill("receiver")
    arrives(stand, "national", "ArchiveDown", "")
    assert not {one for one in stand.hub.told() if one[1] == "RolloutFailed"}, "it is night"
    rig.start("receiver")
    stand.reroute(stand.told())
    arrives(stand, HERE, "RolloutFailed")


def test_what_was_measured_while_the_centre_was_away_comes_later(day: tuple[Rig, Stand]) -> None:
    _, stand = day
    stand.services.kill("centre")
    gone = time.time()
    time.sleep(5)  # an outage: time that passes is what is tried here
    stand.services.start("centre")
    until(stand.ready, "the centre is back")
    counted = f"count_over_time(appliance_build_info{{office=~'{OFFICE}|3101'}}[4s] @ {gone + 4.5:.1f})"
    until(lambda: len(found := stand.ask(counted)) == 2 and all(float(one["value"][1]) >= 2 for one in found),
          "both forms sent what they had kept", lambda: stand.ask(counted))


def test_a_page_silences_the_ticket_of_the_same_trouble_in_the_same_office_alone(day: tuple[Rig, Stand]) -> None:
    _, stand = day
    stand.hub.forget()
    stand.raise_alerts(
        {"alertname": "Sure", "severity": "page", "code": "S201", "province": "31", "office": "3101"},
        {"alertname": "Maybe", "severity": "ticket", "code": "S201", "province": "31", "office": "3101"},
        {"alertname": "Maybe", "severity": "ticket", "code": "S201", "province": "31", "office": "3102"},
        {"alertname": "Else", "severity": "ticket", "code": "D105", "province": "31", "office": "3101"})
    arrives(stand, "national", "Sure", "3101")
    for name, office in (("Sure", "3101"), ("Maybe", "3102"), ("Else", "3101")):
        arrives(stand, THERE, name, office)
    assert ("Maybe", "3101") in stand.held_back()
    assert not {one for one in stand.hub.told() if one[1:] == ("Maybe", "3101")}


def _same_port(rig: Rig) -> dict[str, int]:
    """Return the settings by which the daemon's page comes back where the agent looks for it."""
    return {"port": int(rig.page.rsplit(":", 1)[1])}
