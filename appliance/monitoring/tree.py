"""Every file of a place's monitoring: what there shall be, what is there, and what Prometheus says of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from importlib import resources
from pathlib import Path

from appliance.core import errors, files, tools
from appliance.core.errors import ApplianceError
from appliance.monitoring import centre, collectors, lists, notes, routes, rules
from appliance.monitoring.hours import Hours
from appliance.monitoring.offices import Offices
from appliance.monitoring.place import Place
from appliance.monitoring.rows import Office
from appliance.monitoring.yaml_file import text

Tree = Mapping[str, str]
"""Path below the folder -> content."""

SECONDS = 120.0
"""Most time that promtool may take for one file."""

OF_LISTS = ("offices", "provinces")
"""Folders that hold nothing but what the list of offices says: a file of an office that is gone goes too."""

Form = tuple[str, tuple[str, ...]]

FORMS: tuple[Form, ...] = (
    ("prometheus/office.yml", ("promtool", "check", "config", "--agent", "--syntax-only")),
    ("prometheus/province.yml", ("promtool", "check", "config", "--agent", "--syntax-only")),
    ("provinces/*/prometheus.yml", ("promtool", "check", "config", "--agent", "--syntax-only")),
    ("prometheus/centre.yml", ("promtool", "check", "config", "--syntax-only")),
    ("rules/*.yml", ("promtool", "check", "rules")),
    ("lists/*.yml", ("promtool", "check", "rules")),
    ("alertmanager/alertmanager.yml", ("amtool", "check-config")),
)
"""What looks at which files. Certificates are not looked at: they lie on the hosts."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What files are made from; ``offices`` is None where only what is the same everywhere is wanted."""

    place: Place
    offices: Offices | None
    day: date


def tree(wanted: Wanted) -> Tree:
    """Return every file that there shall be."""
    found = {**own(wanted.place, wanted), **ruled(wanted.place), **drawn(wanted.place)}
    if wanted.offices is not None:
        found |= _lists(wanted.place, wanted.offices, wanted.day)
    return found


def own(place: Place, wanted: Wanted | None = None) -> Tree:
    """Return the settings of collectors, of the central server and of Alertmanager."""
    named = lists.provinces(wanted.offices, wanted.day) if wanted and wanted.offices else ()
    return {
        "prometheus/office.yml": text("Agent on an office's host; its labels stand in /etc/default/prometheus.",
                                      collectors.office(place)),
        "prometheus/province.yml": text("Collector of a province, for offices that are read over mTLS.",
                                        collectors.province(place)),
        "prometheus/centre.yml": text("Central server.", centre.centre(place)),
        "prometheus/centre-web.yml": text("TLS of the central server.", centre.web(place)),
        "prometheus/centre.env": centre.arguments(place),
        "prometheus/node-web.yml": text("TLS of a node_exporter that a province reads.",
                                        collectors.node_web(place)),
        "alertmanager/alertmanager.yml": text("Who is told of what.",
                                              routes.alertmanager(place, named, routes.silences())),
        "alertmanager/alertmanager.env": centre.alertmanager_arguments(place),
        "textfile/node-exporter.env": collectors.node_arguments(place, pulled=False),
        "textfile/node-exporter-pulled.env": collectors.node_arguments(place, pulled=True),
        "textfile/appliance_drift.prom": notes.text(notes.drift(0, notes.EXAMPLE)),
        "textfile/appliance_rollout.prom": notes.text(notes.rollout(True, "canary", "0.1.0", notes.EXAMPLE)),
        "textfile/appliance_backup.prom": notes.text(notes.backup(notes.EXAMPLE)),
    }


def ruled(place: Place) -> Tree:
    """Return the rules, by the place's hours and its address of runbooks."""
    hours = Hours(spans=tuple(_span(one) for one in place.open),
                  holidays=tuple(date.fromisoformat(one) for one in place.holidays))
    written = rules.texts(rules.Writing(runbooks=place.runbooks, hours=hours))
    return {f"rules/{name}": content for name, content in written.items()}


def drawn(place: Place) -> Tree:
    """Return the dashboards as they were committed, with the place's address of runbooks."""
    folder = resources.files("appliance.monitoring") / "shipped" / "dashboards"
    there = sorted(folder.iterdir(), key=lambda one: one.name) if folder.is_dir() else []
    return {f"dashboards/{one.name}": one.read_text(encoding="utf-8").replace(rules.RUNBOOKS, place.runbooks)
            for one in there if one.name.endswith(".json")}


def _span(text: str) -> tuple[int, int]:
    """Return hours as minutes of the day."""
    start, end = (int(one[:2]) * 60 + int(one[3:]) for one in text.split("-"))
    return start, end


def write(folder: Path, made: Tree, listed: bool) -> list[str]:
    """Write files that differ, each at once; return their names.

    ``listed``: files of offices that are no more are taken away.
    """
    changed = differences(folder, made, listed)
    for name, content in made.items():
        path = folder / name
        if not path.is_file() or path.read_text(encoding="utf-8") != content:
            files.make_folder(path.parent, 0o755)
            files.write_durably(path, content.encode(), mode=0o644)
    for path in _left(folder, made) if listed else ():
        files.remove_durably(path)
    return changed


def differences(folder: Path, made: Tree, listed: bool) -> list[str]:
    """Return the names of files that are missing, other than they shall be, or left from before."""
    wrong = [name for name, content in made.items()
             if not (folder / name).is_file() or (folder / name).read_text(encoding="utf-8") != content]
    return sorted(wrong + ([str(path.relative_to(folder)) for path in _left(folder, made)] if listed else []))


def refusals(folder: Path, find: Callable[[str], str | None] = tools.find) -> Iterator[ApplianceError]:
    """Yield what promtool and amtool refuse; TOOL_MISSING where one of them is not installed."""
    for program in sorted({command[0] for _, command in FORMS}):
        if find(program) is None:
            yield errors.TOOL_MISSING.error(program=program)
    for pattern, command in FORMS:
        for path in sorted(folder.glob(pattern)) if find(command[0]) else ():
            done = tools.run([*command, str(path)], SECONDS)
            if done.status:
                said = (done.output.decode(errors="replace") + done.complaint).strip().splitlines()
                yield errors.MONITORING_REFUSED.error(program=command[0], path=path, reason=" ".join(said[-2:]))


def _left(folder: Path, made: Tree) -> list[Path]:
    there = (path for kind in OF_LISTS for path in (folder / kind).rglob("*") if path.suffix in (".yml", ".env"))
    return [path for path in there if str(path.relative_to(folder)) not in made]


def _lists(place: Place, offices: Offices, day: date) -> Tree:
    today = offices.on(day)
    seconds = min(place.collect.seconds, 30)
    return {
        "lists/expected.yml": text("Offices that are expected to be heard of.", lists.expected(offices, seconds)),
        **{f"offices/{one.code}/prometheus.env": lists.environment(place, one)
           for one in lists.agents(place, today)},
        **{name: content for province in place.collect.pull
           for name, content in _province(place, today, province)},
    }


def _province(place: Place, today: tuple[Office, ...], province: str) -> Iterator[tuple[str, str]]:
    folder = f"provinces/{province}"
    yield f"{folder}/prometheus.yml", text("Collector of a province.", collectors.province(place))
    yield f"{folder}/prometheus.env", lists.province_environment(place, province)
    for job in ("appliance", "node"):
        yield f"{folder}/targets/{job}.yml", text("Offices of the province.",
                                                  lists.targets(place, today, province, job))
