"""The country in a box: 763 offices send signed packages to one archive, through outage, bad lines and a kill.

    nice -n 10 .venv/bin/python bench/fleet.py --quick

Every office is the product's own client (``bench/fleet_offices.py``) with its own TLS certificate; packages of
five pages are made in advance, with documents really signed B-LTA. The archive is one real ``appliance receive``
with two copies, judging every signature. Packages become ready as papers do on working days, pressed into
``--day`` seconds a day of 24 hours: crests at 9:45 and 14:30. In the first crest the receiver is killed (SIGKILL)
and started again after two seconds; at noon one of eight regions loses its line for a day. Samples of offices sit
in network namespaces: 8 Mbit/s (tbf), 2 % of packets lost (nft), 250 ms late each way (a relay); where there is
no root or no tool, that is said. Then what every office sent is compared with index, receipts and re-hashed
copies of the archive. The waits between tries are pressed as the day is (``faster``); lines and machine are not.
The last line is JSON.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from office_certificates import Authority

from appliance.archive.transports.contract import Package
from bench import fleet_roads
from bench.fleet_account import Sent, backlog, balance, held_at, worst
from bench.fleet_archive import PLACES, Archive, settings
from bench.fleet_plan import CUT_REGION, KILLED_AT, Plan, code, organ
from bench.signed_packages import PAGES, Wanted, make
from bench.started import ROOT, ready

BUILD = ROOT / "build"
GRACE_SECONDS = 300.0
DELAY = 0.25
LINES: tuple[tuple[str, dict[str, bool], float], ...] = (
    ("narrow", {"rate": True}, 0.0), ("lossy", {"loss": True}, 0.0), ("far", {}, DELAY))
SIGNATURES = 48
"""In a quick run packages share so many signed documents; else each has its own."""

QUICK, FULL = Plan(763, 300, 2, 10.0), Plan(763, 3 * 763, 2, 240.0)


def roads(plan: Plan) -> dict[str, list[int]]:
    """Return which offices use which road: the region that is cut, samples on bad lines, everybody else in two."""
    cut = [one for one in range(plan.offices) if plan.region(one) == CUT_REGION]
    others = [one for one in range(plan.offices) if plan.region(one) != CUT_REGION]
    found = {"region": cut}
    if why := fleet_roads.can():
        print(f"no offices behind network namespaces: {why}")
    else:
        for at, (name, _, _) in enumerate(LINES):
            found[name] = others[at * 5:at * 5 + 5]
        others = others[len(LINES) * 5:]
    return found | {"plain-1": others[::2], "plain-2": others[1::2]}


@dataclass
class Box:
    """One run: its folder, its plan, the archive, what each office has to send and from when."""

    folder: Path
    plan: Plan
    archive: Archive
    authority: Authority
    packages: list[tuple[int, float, Package]]
    start: float

    def launch(self, stack: contextlib.ExitStack) -> list[subprocess.Popen[str]]:
        """Open every road and start its offices."""
        found = []
        for at, (road, offices) in enumerate(roads(self.plan).items()):
            inside, host, port = [], "127.0.0.1", self.archive.port
            line = next((one for one in LINES if one[0] == road), None)
            words = [str(ROOT / "bench" / "fleet_roads.py"), "--target", str(port)]
            if line is not None:
                name, host = stack.enter_context(fleet_roads.namespace(at, **line[1]))
                inside = ["ip", "netns", "exec", name]
                words += ["--host", host, "--delay", str(line[2])]
            if road == "region":
                words += ["--cut", *(str(self.start + one) for one in self.plan.cut)]
            if line is not None or road == "region":
                relay = stack.enter_context(ready(words, self.folder / f"{road}.log"))
                port = int(relay.url.rpartition(":")[2])
            orders = self._orders(road, offices, (host, port))
            command = [*inside, sys.executable, "bench/fleet_offices.py", str(orders)]
            found.append(subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True))
        return found

    def _orders(self, road: str, offices: Sequence[int], to: tuple[str, int]) -> Path:
        """Write what the offices of one road do."""
        by: dict[int, list[dict[str, Any]]] = {one: [] for one in offices}
        for office, at, one in self.packages:
            if office in by:
                by[office].append({**dataclasses.asdict(one), "path": str(one.path), "ready": self.start + at})
        told = {
            "host": to[0], "port": to[1], "ca": str(self.authority.file), "start": self.start,
            "receipt_key": str(self.folder / "archive" / "keys" / "receipt-public.pem"),
            "spread": self.plan.day_seconds / 4, "faster": self.plan.times_faster,
            "until": self.start + self.plan.days * self.plan.day_seconds + GRACE_SECONDS,
            "out": str(self.folder / f"{road}.jsonl"),
            "offices": [{"certificate": str(self.folder / "tls" / f"{code(one)}.pem"), "packages": packages}
                        for one, packages in by.items()]}
        path = self.folder / f"{road}.json"
        path.write_text(json.dumps(told))
        return path

    def sent(self) -> list[Sent]:
        """Return what every office wrote down."""
        told = [json.loads(line) for path in self.folder.glob("*.jsonl") for line in path.read_text().splitlines()]
        by = {one["uuid"]: one for one in told}
        return [Sent(one.uuid, one.sha256, one.size, code(office), at,
                     by[one.uuid]["done"] - self.start if one.uuid in by else None,
                     bool(by.get(one.uuid, {}).get("accepted")))
                for office, at, one in self.packages]


def run(folder: Path, plan: Plan, signatures: int) -> dict[str, float]:
    """Do everything; return the figures."""
    began, arrivals = time.monotonic(), plan.arrivals()
    made, root = make(folder, Wanted([organ(office) for office, _ in arrivals], signatures, 30))
    authority, path = settings(folder, root, plan)
    archive, over = Archive(folder, path), threading.Event()
    archive.start()
    packages = [(office, at, one) for (office, at), one in zip(arrivals, made, strict=True)]
    box = Box(folder, plan, archive, authority, packages, time.time() + 5)
    watch = threading.Thread(target=archive.watch, args=(over,))
    watch.start()
    print(f"made in {time.monotonic() - began:.0f} s: {len(made)} packages, {made[0].size / 1e6:.1f} MB each; "
          f"a day in {plan.day_seconds:.0f} s ({plan.times_faster:.0f} times faster)")
    try:
        with contextlib.ExitStack() as stack:
            processes = box.launch(stack)
            archive.kill_and_restart(box.start + plan.seconds(0, KILLED_AT))
            troubles = sum(json.loads(one.communicate()[0] or "{}").get("troubles", 0) for one in processes)
    finally:
        over.set()
        watch.join()
        assert archive.started is not None
        archive.started.end()
    return figures(box, troubles)


def figures(box: Box, troubles: int) -> dict[str, float]:
    """Compare, print how the backlog went, return the figures."""
    sent, plan = box.sent(), box.plan
    found = balance(sent, held_at(box.folder / "archive", [box.folder / name for name in PLACES]), len(PLACES))
    end = max((one.done for one in sent if one.done is not None), default=0.0)
    print(f"{'second':>7} {'waiting':>8} {'oldest s':>9}")
    for at, waiting, age in backlog(sent, [end * step / 16 for step in range(17)]):
        print(f"{at:7.1f} {waiting:8} {age:9.1f}")
    others = [one for one in sent if plan.region(int(one.office)) != CUT_REGION]
    first = min(one.ready for one in sent)
    return {"offices": plan.offices, "packages": len(sent), **dataclasses.asdict(found),
            "worst_backlog_s": round(worst(sent, end), 1),
            "worst_backlog_elsewhere_s": round(worst(others, end), 1),
            "outage_s": plan.day_seconds, "packages_per_minute": round(60 * len(sent) / (end - first), 1),
            "receiver_cpu_s_per_1000_pages": round(1000 * box.archive.cpu / (len(sent) * PAGES), 2),
            "receiver_rss_mb": round(box.archive.resident), "package_mb": round(sent[0].size / 1e6, 2),
            "tries_again": troubles, "times_faster": round(plan.times_faster)}


def main() -> None:
    """Run the country."""
    options = argparse.ArgumentParser()
    options.add_argument("--quick", action="store_true", help="under a minute: fewer packages, all offices")
    options.add_argument("--offices", type=int)
    options.add_argument("--packages", type=int)
    options.add_argument("--days", type=int)
    options.add_argument("--day", type=float, dest="day_seconds", help="seconds that a day of 24 hours takes")
    options.add_argument("--signatures", type=int, help="documents that are signed; packages take them in turn")
    given = vars(options.parse_args())
    plan = QUICK if given["quick"] else FULL
    usual = SIGNATURES if given.pop("quick") else given["packages"] or plan.packages
    signatures = given.pop("signatures") or usual
    plan = dataclasses.replace(plan, **{key: value for key, value in given.items() if value is not None})
    BUILD.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=BUILD, prefix="fleet-") as name:
        print(json.dumps({**run(Path(name), plan, signatures), "load": round(os.getloadavg()[0], 1)}))


if __name__ == "__main__":
    main()
