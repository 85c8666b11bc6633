"""The part of the service that fetches what lies at inlets: couriers' disks and buckets of the settings."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path

from aiohttp import web
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from appliance.core.delivery import Tls
from appliance.receiver import rescans
from appliance.receiver.archive import Archive
from appliance.receiver.credentials import secret
from appliance.receiver.index import Index
from appliance.receiver.inlets import FolderInlet, Inlet
from appliance.receiver.porter import Door, Porter
from appliance.receiver.settings import InletPlace

TASK = ("id", "package", "doc_code", "page", "reason", "asked", "state")
"""What an office hears of a task (core/tasks.py)."""


class InletPart:
    """Brings packages in from every inlet of the settings, and receipts back. A ``Part``.

    Each inlet has its own porter: one that is slow or away keeps no other waiting.
    """

    def __init__(self, places: Sequence[InletPlace], door: Door, archive: Archive) -> None:
        self._counts: Counter[tuple[str, str]] = Counter()
        self.inlets = tuple(_opened(place) for place in places)
        self._porters = tuple(
            Porter((inlet,), door, archive.work / "inlets" / str(number), place.seconds, self._heard,
                   partial(_tasks, archive.index))
            for number, (inlet, place) in enumerate(zip(self.inlets, places, strict=True)))

    def routes(self) -> Iterable[web.RouteDef]:
        """Return nothing: nobody asks an inlet."""
        return ()

    async def run(self) -> None:
        """Go round for as long as the service runs, where there are inlets at all."""
        await asyncio.gather(*(porter.run() for porter in self._porters))

    def families(self) -> Iterable[Metric]:
        """Return what came in where, and which places can be used now."""
        packages = CounterMetricFamily("archive_inlet_packages", "Packages at inlets since the start, by what "
                                       "became of them: taken, answered, damaged, failed.",
                                       labels=["inlet", "result"])
        for (inlet, result), number in sorted(self._counts.items()):
            packages.add_metric([inlet, result], number)
        there = GaugeMetricFamily("archive_inlet_there", "1 while an inlet can be used: a disk is plugged in, a "
                                  "bucket answers.", labels=["inlet"])
        names = {one.name: 1.0 for one in self.inlets}  # two places may have one name: then both must be there
        for one in self.inlets:
            names[one.name] = min(names[one.name], float(one.there()))
        for name, value in names.items():
            there.add_metric([name], value)
        yield packages
        yield there

    def _heard(self, inlet: str, what: str) -> None:
        self._counts[inlet, what] += 1


def _tasks(index: Index, office: str) -> bytes:
    """Return the tasks of an office as GET /tasks gives them."""
    rows = rescans.fetch(index, (office,))
    return json.dumps({"tasks": [{name: row[name] for name in TASK} for row in rows]}, ensure_ascii=False).encode()


def _opened(place: InletPlace) -> Inlet:
    if place.kind == "folder":
        return FolderInlet(Path(place.folder), place.encrypted)
    from appliance.archive.transports import bucket  # boto3: only where S3 is used
    from appliance.receiver.bucket_inlet import BucketInlet

    keys = bucket.Keys(secret(place.s3.access_credential), secret(place.s3.secret_credential))
    return BucketInlet(bucket.Door(place.s3, Tls(), lambda: keys))
