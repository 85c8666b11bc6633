"""A real Prometheus of the centre, with the shipped rules, fed for dashboards; and what a dashboard asks it."""

from __future__ import annotations

import json
import re
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from fleet_feed import Moved, write
from fleet_office import Feed
from monitoring_hub import free_port, until

from appliance.monitoring import rules
from appliance.monitoring.dashboards.board import Board
from appliance.monitoring.dashboards.panel import Panel, Query
from appliance.monitoring.hours import Hours
from appliance.monitoring.rules import Writing

Chosen = Mapping[str, str]
"""What is chosen at the head of a board, by variable."""

INTERVAL = "[5m]"
VARIABLE = re.compile(r"\$(\w+)")


@dataclass(frozen=True)
class Question:
    """One expression of a board, and where it stands."""

    board: Board
    panel: Panel
    query: Query

    def asked(self, chosen: Chosen) -> str:
        """Return it with everything chosen; ``KeyError`` where nothing is chosen for a variable."""
        return VARIABLE.sub(lambda found: chosen[found[1]], self.query.expr.replace("[$__rate_interval]", INTERVAL))

    def __str__(self) -> str:
        return f"{self.board.uid}: {self.panel.vi}: {self.query.expr}"


def questions(boards: Sequence[Board]) -> list[Question]:
    """Return every expression of boards."""
    return [Question(board, panel, query)
            for board in boards for panel in board.panels() for query in panel.queries]


@dataclass(frozen=True)
class Prometheus:
    """A server that runs."""

    url: str

    def ask(self, expr: str) -> list[dict[str, Any]]:
        """Return what it answers now; a question that it refuses is an ``AssertionError`` with its words."""
        return self._get("query", {"query": expr})

    def over(self, expr: str, start: float, end: float, step: float) -> list[dict[str, Any]]:
        """Return what it answers for a span of time."""
        given = {"query": expr, "start": str(start), "end": str(end), "step": str(step)}
        return self._get("query_range", given)

    def _get(self, verb: str, given: Mapping[str, str]) -> list[dict[str, Any]]:
        address = f"{self.url}/api/v1/{verb}?{urllib.parse.urlencode(given)}"
        try:
            with urllib.request.urlopen(address, timeout=60) as answer:
                return list(json.load(answer)["data"]["result"])
        except urllib.error.HTTPError as refused:
            raise AssertionError(f"{given['query']}: {refused.read().decode()}") from refused

    def there(self) -> bool:
        """Return whether it answers."""
        try:
            with urllib.request.urlopen(f"{self.url}/-/ready", timeout=5):
                return True
        except OSError:
            return False


@dataclass(frozen=True)
class Target:
    """A page that is scraped every second, under labels as agents give them."""

    job: str
    address: str
    labels: Mapping[str, str]


@contextmanager
def prometheus(folder: Path, targets: Sequence[Target] = (), more: Sequence[str] = (),
               every: str = "1s") -> Iterator[Prometheus]:
    """Run Prometheus on what lies in ``folder/data``, with the shipped rules; offices are always open."""
    rules.write(folder / "rules", Writing(hours=Hours(always=True)))
    for path in (folder / "rules").iterdir():
        path.write_text(re.sub(r"interval: \w+", f"interval: {every}", path.read_text("utf-8")), "utf-8")
    (folder / "prometheus.yml").write_text(yaml.safe_dump({
        "global": {"scrape_interval": every, "evaluation_interval": every}, "rule_files": ["rules/*.yml"],
        "scrape_configs": [{"job_name": one.job, "honor_labels": True, "static_configs": [
            {"targets": [one.address], "labels": dict(one.labels)}]} for one in targets]}), "utf-8")
    port = free_port()
    with (folder / "prometheus.log").open("w") as log:
        process = subprocess.Popen(
            ["prometheus", f"--config.file={folder / 'prometheus.yml'}", f"--storage.tsdb.path={folder / 'data'}",
             f"--web.listen-address=127.0.0.1:{port}", "--storage.tsdb.retention.time=60d", *more],
            stdout=log, stderr=log)
    found = Prometheus(f"http://127.0.0.1:{port}")
    try:
        until(lambda: found.there() or process.poll() is not None, "Prometheus is ready")
        assert process.poll() is None, (folder / "prometheus.log").read_text()
        yield found
    finally:
        process.terminate()
        process.wait(60)


def fed(folder: Path, feed: Feed, moved: Sequence[Moved] = ()) -> int:
    """Put the metrics of a country of offices where a Prometheus will find them; return the number of samples."""
    folder.mkdir(parents=True, exist_ok=True)
    text = folder / "feed.txt"
    samples = write(feed, text, moved)
    subprocess.run(["promtool", "tsdb", "create-blocks-from", "openmetrics", "--quiet", str(text),
                    str(folder / "data")], check=True, capture_output=True, timeout=300)
    text.unlink()
    return samples


def until_all(asked: Sequence[str], found: Callable[[str], Sequence[Any]], seconds: float = 30.0) -> list[str]:
    """Ask again until every question has an answer; return those that had none in time."""
    end, empty = time.monotonic() + seconds, list(asked)
    while empty and time.monotonic() < end:
        empty = [one for one in empty if not found(one)]
        if empty:
            time.sleep(0.5)
    return empty
