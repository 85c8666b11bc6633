"""A country of offices that never were: their metrics over some hours, as a central Prometheus would have them.

Two runs are the same. Some offices are silent, late, stuck or behind: a dashboard is looked at for them. ``write``
makes the text from which ``promtool tsdb create-blocks-from openmetrics`` makes the server's own files.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from fleet_office import DAY, Feed, Office, Value, series
from prometheus_client.parser import text_string_to_metric_families

LATE = "province:appliance_dossier_sli:increase_1d"
"""What rules of yesterday recorded; rules of today begin with the server."""

LABEL = re.compile(r'(\w+)="([^"]*)"')


def number_of(office: Office) -> str:
    """Return the province of an office."""
    return f"{office.number % office.feed.provinces + 1:02}"


def midnight(feed: Feed) -> int:
    """Return the last midnight, UTC, at which days are added up."""
    return feed.end // DAY * DAY


def _yesterday() -> Iterator[tuple[str, Value]]:
    """Yield the day's dossiers of a province, as rules recorded them at midnight."""
    for stream, met, missed in (("archive", 900.0, 2.0), ("onestop", 1500.0, 9.0)):
        yield f'stream="{stream}",outcome="met"', lambda _, met=met: met  # type: ignore[misc]
        yield f'stream="{stream}",outcome="missed"', lambda _, missed=missed: missed  # type: ignore[misc]


@dataclass(frozen=True)
class Moved:
    """A metrics page as a program showed it once, moved a little from scrape to scrape; of an office or archive."""

    page: Path
    office: int | None

    def series(self, feed: Feed) -> Iterator[tuple[str, str, Value]]:
        """Yield name, all labels and value of every series of the page."""
        own = Office(self.office, feed).labels if self.office is not None else 'instance="archive",job="archive"'
        for family in text_string_to_metric_families(self.page.read_text("utf-8")):
            for at, sample in enumerate(family.samples):
                said = LABEL.findall(own) + list(sample.labels.items())  # what a series says itself goes first
                labels = ",".join(f'{name}="{value}"' for name, value in dict(said).items())
                counts = family.type in {"counter", "histogram"} and not sample.name.endswith("_info")
                yield sample.name, labels, _moved(sample.value, counts, at, feed)


def _moved(value: float, counts: bool, at: int, feed: Feed) -> Value:
    """Return how a value moves: a count grows to what it is, a moment stays as long ago, the rest stays."""
    span = feed.end - feed.start
    if counts:
        def grown(when: float) -> float:
            passed = (when - feed.start) / span
            return math.floor(value * (0.5 + 0.5 * passed + 0.05 * math.sin(when / 3600 + at)))

        return grown
    if value > 1.5e9:
        return lambda when: when - (feed.end - value) % 86_400
    return lambda _: value


def write(feed: Feed, path: Path, moved: Sequence[Moved] = ()) -> int:
    """Write the metrics of all offices as OpenMetrics, family by family; return the number of samples."""
    families: dict[str, list[tuple[str, str, Office, Value]]] = defaultdict(list)
    whole = [one.office for one in moved]
    for number in range(feed.offices):
        office = Office(number, feed)
        families["appliance_office_expected_info"].append(("appliance_office_expected_info", "", office,
                                                           lambda _: 1.0))
        for family, name, labels, value in () if number in whole else series(office):
            families[family].append((name, labels, office, value))
    for number in range(feed.provinces):
        families[LATE].extend((LATE, labels, Office(number, feed), value) for labels, value in _yesterday())
    samples = 0
    with path.open("w", encoding="utf-8") as out:
        for family, every in families.items():
            out.write(f"# TYPE {family} unknown\n")
            for name, labels, office, value in every:
                if family == LATE:
                    out.write(f'{name}{{province="{number_of(office)}",{labels}}} {value(0):g} {midnight(feed)}\n')
                    continue
                told = f"{name}{{{office.labels}{',' if labels else ''}{labels}}}"
                always = family == "appliance_office_expected_info"
                lines = [f"{told} {value(when):.17g} {when}\n" for when in feed.times()
                         if always or office.there(when)]
                out.writelines(lines)
                samples += len(lines)
        for page in moved:
            for name, labels, value in page.series(feed):
                lines = [f"{name}{{{labels}}} {value(when):.17g} {when}\n" for when in feed.times()]
                out.writelines(lines)
                samples += len(lines)
        out.write("# EOF\n")
    return samples
