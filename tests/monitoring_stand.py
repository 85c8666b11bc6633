"""The monitoring of a small country on loopback: collectors, centre, Alertmanager, node_exporter of Debian.

Everything runs by the files of ``appliance monitoring write``. Changed are addresses and ports, for all of it
is on one host here; the length of a day, by the scale of the rules; and how soon agents send.
"""

from __future__ import annotations

import functools
import json
import os
import shlex
import subprocess
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import quote

import yaml
from monitoring_hub import DEADLINE, Hub, free_port, until
from office_certificates import Authority

from appliance.core import clock
from appliance.monitoring import rules, tree
from appliance.monitoring.hours import Hours
from appliance.monitoring.offices import Offices
from appliance.monitoring.place import Centre, Collect, Files, Place, Told
from appliance.monitoring.tree import Wanted

DAY = date(2026, 12, 1)


@dataclass
class Services:
    """Processes by name; each logs into a folder."""

    logs: Path
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    made: dict[str, tuple[list[str], Mapping[str, str]]] = field(default_factory=dict)

    def start(self, name: str, command: list[str] | None = None, about: Mapping[str, str] | None = None) -> None:
        """Start a process; without a command, the one it had before."""
        if command:
            self.made[name] = (command, {**os.environ, **(about or {})})
        words, variables = self.made[name]
        with (self.logs / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(words, stdout=log, stderr=log, env=variables)

    def kill(self, name: str) -> None:
        process = self.running.pop(name)
        process.kill()
        process.wait(DEADLINE)

    def stop(self) -> None:
        for name in list(self.running):
            self.kill(name)


class Stand:
    """All of it. ``appliance``: address of the page of the office that has an agent of its own."""

    def __init__(self, folder: Path, offices: Offices, appliance: str, archive: str, scale: float) -> None:
        self.folder, self.offices, self.scale = folder, offices, scale
        self.place_folder = folder / "place"
        self.textfiles = folder / "textfiles"
        for one in (self.place_folder, self.textfiles, folder / "logs"):
            one.mkdir(parents=True)
        self.authority = Authority(folder / "tls")
        self.hub = Hub(self.authority)
        self.services = Services(folder / "logs")
        self.ports = {name: free_port() for name in ("centre", "alertmanager", "node")}
        self.doors: dict[tuple[str, str], int] = {}
        self.place = self._place(appliance, archive)
        self.begun = clock.now()

    def write(self) -> None:
        """Write the place's files, then what is different on one host and in a short day."""
        made = tree.tree(Wanted(self.place, self.offices, DAY))
        tree.write(self.place_folder, made, listed=True)
        rules.write(self.place_folder / "rules", rules.Writing(self.scale, hours=Hours(always=True)))
        pulled = (f"provinces/{one}/prometheus.yml" for one in self.place.collect.pull)
        for name in ("prometheus/office.yml", *pulled):
            self._change(name, self._impatient)
        self._change("prometheus/centre.yml", self._on_one_host)
        for province in self.place.collect.pull:
            for job in ("appliance", "node"):
                self._change(f"provinces/{province}/targets/{job}.yml", functools.partial(self._targets, job))

    def start(self, office: str) -> None:
        """Start everything; the agent of ``office``, the collectors of provinces that are pulled."""
        self._service("node", "prometheus-node-exporter", "textfile/node-exporter.env",
                      {"--collector.textfile.directory": str(self.textfiles)})
        self._service("alertmanager", "prometheus-alertmanager", "alertmanager/alertmanager.env", {
            "--config.file": str(self.place_folder / "alertmanager/alertmanager.yml"),
            "--storage.path": str(self.folder / "alertmanager")})
        self._service("centre", "prometheus", "prometheus/centre.env", {
            "--config.file": str(self.place_folder / "prometheus/centre.yml"),
            "--web.config.file": str(self.place_folder / "prometheus/centre-web.yml"),
            "--storage.tsdb.path": str(self.folder / "centre"),
            "--web.listen-address": f"127.0.0.1:{self.ports['centre']}", "--web.external-url": self.url,
            "--rules.alert.resend-delay": "1s"})  # what fires before Alertmanager is found waits a minute else
        until(self.ready, "the centre is ready")
        self._agent("agent", f"offices/{office}/prometheus.env", "prometheus/office.yml")
        for province in self.place.collect.pull:
            self._agent(f"province-{province}", f"provinces/{province}/prometheus.env",
                        f"provinces/{province}/prometheus.yml")

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.ports['centre']}"

    def ready(self) -> bool:
        try:
            return bool(self._get(f"{self.url}/-/ready"))
        except OSError:
            return False

    def ask(self, query: str) -> list[dict[str, Any]]:
        """Return the result of a query at the centre, asked with a certificate."""
        answer = json.loads(self._get(f"{self.url}/api/v1/query?query={quote(query)}"))
        return list(answer["data"]["result"])

    def firing(self) -> set[tuple[str, str]]:
        """Return the alerts that fire at the centre: name and office."""
        return {(one["metric"]["alertname"], one["metric"].get("office", ""))
                for one in self.ask('ALERTS{alertstate="firing"}')}

    def held_back(self) -> dict[tuple[str, str], list[str]]:
        """Return what Alertmanager keeps to itself: alert and office, by whom it is inhibited."""
        return {(one["labels"]["alertname"], one["labels"].get("office", "")): one["status"]["inhibitedBy"]
                for one in self._alerts() if one["status"]["inhibitedBy"]}

    def raise_alerts(self, *labels: Mapping[str, str]) -> None:
        """Tell Alertmanager of alerts that no rule has made."""
        body = json.dumps([{"labels": one} for one in labels]).encode()
        self._get(f"http://127.0.0.1:{self.ports['alertmanager']}/api/v2/alerts", body)

    def open_cases(self) -> set[str]:
        """Return the names of the alerts that Alertmanager holds for true."""
        return {one["labels"]["alertname"] for one in self._alerts()}

    def reroute(self, told: Told) -> None:
        """Give Alertmanager other settings, as after ``appliance monitoring write``."""
        place = Place(self.place.runbooks, self.place.open, self.place.holidays, self.place.collect,
                      self.place.centre, told)
        tree.write(self.place_folder, {name: text for name, text in tree.tree(
            Wanted(place, self.offices, DAY)).items() if name.startswith("alertmanager/")}, listed=False)
        self._get(f"http://127.0.0.1:{self.ports['alertmanager']}/-/reload", b"")

    def switch_on(self, office: str) -> None:
        """Switch the host of an office that is only played on."""
        self.hub.open(office, self.doors[office, "appliance"], self.doors[office, "node"])

    def stop(self) -> None:
        self.services.stop()
        self.hub.stop()

    def _place(self, appliance: str, archive: str) -> Place:
        own = str(self.authority.issue("collector", "localhost"))
        files = Files(str(self.authority.file), own, own)
        return Place(
            collect=Collect(seconds=1, wait=1, appliance=appliance, node=f"127.0.0.1:{self.ports['node']}",
                            pull=("31", "40"), tls=files),
            centre=Centre(write=f"{self.url}/api/v1/write", archives=(archive,), tls=files,
                          alertmanagers=(f"127.0.0.1:{self.ports['alertmanager']}",)),
            told=self.told())

    def told(self, **changes: Any) -> Told:
        """Return who is told: by day and night, at once, where nothing else is said."""
        usual: dict[str, Any] = {"webhook": f"http://127.0.0.1:{self.hub.port}/{{who}}", "hours": "00:00-24:00",
                                 "days": "sunday:saturday", "wait": 1, "gather": 1, "watchdog": 1}
        return Told(**(usual | changes))

    def _change(self, name: str, how: Callable[[Any], Any]) -> None:
        path = self.place_folder / name
        path.write_text(yaml.safe_dump(how(yaml.safe_load(path.read_text(encoding="utf-8")))), encoding="utf-8")

    def _impatient(self, config: Any) -> Any:
        for one in config["remote_write"]:
            one["queue_config"]["batch_send_deadline"] = "200ms"
        return config

    def _on_one_host(self, config: Any) -> Any:
        for one in config["scrape_configs"]:
            if one["job_name"] == "centre":
                one["static_configs"] = [{"targets": [f"localhost:{self.ports['centre']}"]}]
            if one["job_name"] == "archive":  # the rig's archive is one for trials, on loopback
                one["scheme"] = "http"
                del one["tls_config"]
        return config

    def _targets(self, job: str, groups: Any) -> Any:
        for one in groups:
            port = self.doors.setdefault((one["labels"]["office"], job), free_port())
            one["targets"] = [f"127.0.0.1:{port}"]
        return groups

    def _agent(self, name: str, environment: str, config: str) -> None:
        self._service(name, "prometheus", environment, {
            "--config.file": str(self.place_folder / config), "--storage.agent.path": str(self.folder / name),
            "--web.listen-address": f"127.0.0.1:{free_port()}"})

    def _service(self, name: str, program: str, environment: str, changes: Mapping[str, str]) -> None:
        """Start a program by the arguments that are shipped for it; ``changes``: what is elsewhere here."""
        lines = dict(line.split("=", 1) for line in (self.place_folder / environment).read_text().splitlines())
        about = {key: shlex.split(value)[0] if value != '""' else "" for key, value in lines.items()}
        words = shlex.split(about.pop("ARGS"))
        kept = [word for word in words if word.split("=")[0] not in changes]
        self.services.start(name, [program, *kept, *(f"{flag}={value}" for flag, value in changes.items())], about)

    def _alerts(self) -> list[dict[str, Any]]:
        address = f"http://127.0.0.1:{self.ports['alertmanager']}/api/v2/alerts"
        return list(json.loads(self._get(address)))

    def _get(self, address: str, body: bytes | None = None) -> bytes:
        context = self.authority.client(self.folder / "tls" / "collector.pem")
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}),
                                             urllib.request.HTTPSHandler(context=context))
        request = urllib.request.Request(address, data=body, headers={"Content-Type": "application/json"})
        with opener.open(request, timeout=DEADLINE) as answer:
            return bytes(answer.read())
