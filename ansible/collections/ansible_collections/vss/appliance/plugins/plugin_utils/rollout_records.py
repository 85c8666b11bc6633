"""What became of each host in a roll-out: one JSON file each, on the controller."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

RESULTS = ("begun", "ok", "deferred", "unfit", "unreachable", "rolled_back", "failed")
"""``begun`` is what a host has that was being turned over when the controller or the line ended."""

BAD = frozenset({"begun", "rolled_back", "failed"})
"""What speaks against the release: nobody goes on past one of these."""

AGAIN = frozenset({"deferred", "unfit", "unreachable"})
"""What the next night takes."""

WITHDRAWN = "withdrawn"

SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+\-]{0,120}")
"""Hosts, rings and versions become names of files."""


class RolloutError(Exception):
    """Says what a person has to change."""


@dataclass(frozen=True, slots=True)
class Record:
    """How a host came through.

    Attributes:
        host: its name in the inventory.
        ring: its ring.
        run: the run that wrote this.
        release: the release it was to get.
        was: the release it had; empty when it was not heard.
        result: one of RESULTS.
        reason: why, where it is not ok.
        began: when the host was asked first, in UTC.
        ended: when this was written.
        seconds: from the first change on the host to its end.
    """

    host: str
    ring: str
    run: str
    release: str
    was: str = ""
    result: str = "begun"
    reason: str = ""
    began: str = ""
    ended: str = ""
    seconds: float = 0.0


class Records:
    """The folder of one release: ``hosts/HOST.json``, ``runs/RUN.jsonl``, ``summary.json``, ``again``."""

    def __init__(self, folder: Path, release: str) -> None:
        self.folder = folder / named(release)

    def write(self, one: Record) -> Record:
        """Note how a host came through; return what stands there now.

        A host that has the release and is only away now keeps its ``ok``: it has proved the release.
        """
        if one.result not in RESULTS:
            raise RolloutError(f"{one.result}: {', '.join(RESULTS)}")
        with self._alone():
            _append(self.folder / "runs" / f"{named(one.run)}.jsonl", json.dumps(asdict(one), ensure_ascii=False))
            before = self.read(one.host)
            if before and before.result == "ok" and one.result == "unreachable":
                return before
            _replace(self._path(one.host), asdict(one))
        return one

    def read(self, host: str) -> Record | None:
        """Return what is known of a host."""
        path = self._path(host)
        return _record(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else None

    def all(self) -> dict[str, Record]:
        """Return what is known, by host."""
        found = (json.loads(path.read_text(encoding="utf-8")) for path in sorted(self.folder.glob("hosts/*.json")))
        return {one.host: one for one in map(_record, found)}

    def summarise(self, rings: Mapping[str, list[str]]) -> dict[str, Any]:
        """Write ``summary.json`` and ``again`` (for ``--limit``) anew; return the summary.

        ``again`` names the controller too: a limit without it would leave out the gates.
        """
        with self._alone():
            known = self.all()
            told = {ring: _told(hosts, known) for ring, hosts in rings.items()}
            begun = [ring for ring, hosts in rings.items() if any(host in known for host in hosts)]
            again = [host for ring in begun for host in rings[ring]
                     if host not in known or known[host].result in AGAIN]
            found = {"release": self.folder.name, "written": stamp(), "rings": told, "again": again}
            _replace(self.folder / "summary.json", found)
            _put(self.folder / "again", "\n".join(["localhost", *again, ""]) if again else "")
        return found

    def withdraw(self, why: str) -> None:
        """Note that nobody gets this release any more: what was taken back by day no night brings again."""
        with self._alone():
            _put(self.folder / WITHDRAWN, f"{stamp()} {' '.join(why.split())}\n")

    def refuse_withdrawn(self) -> None:
        """Look whether the release may be brought at all.

        Raises:
            RolloutError: it was withdrawn.
        """
        path = self.folder / WITHDRAWN
        if path.exists():
            raise RolloutError(f"bản {self.folder.name} đã bị thu hồi; muốn cài lại hãy xoá {path} / release "
                               f"{self.folder.name} was withdrawn ({path.read_text(encoding='utf-8').strip()}); "
                               f"remove {path} to bring it again")

    def _path(self, host: str) -> Path:
        return self.folder / "hosts" / f"{named(host)}.json"

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Hosts end side by side, each in a process of the controller."""
        for inner in ("hosts", "runs"):
            (self.folder / inner).mkdir(parents=True, exist_ok=True)
        with (self.folder / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def named(text: str) -> str:
    """Return a name that may be that of a file.

    Raises:
        RolloutError: it may not.
    """
    if not SAFE.fullmatch(text):
        raise RolloutError(f"tên không hợp lệ / not a name of a host, ring or release: {text!r}")
    return text


def stamp(at: datetime | None = None) -> str:
    """Return a time as records have it: UTC, to the second."""
    return (at or datetime.now(UTC)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def moment(text: str) -> datetime:
    """Return the time of a stamp."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


def _told(hosts: list[str], known: Mapping[str, Record]) -> dict[str, Any]:
    found: dict[str, Any] = {"hosts": len(hosts)}
    for result in RESULTS:
        names = [host for host in hosts if host in known and known[host].result == result]
        found[result] = len(names) if result == "ok" else names
    found["unheard"] = sum(host not in known for host in hosts)
    return found


def _record(found: Mapping[str, Any]) -> Record:
    names = {field.name for field in fields(Record)}
    return Record(**{name: value for name, value in found.items() if name in names})


def _replace(path: Path, content: Mapping[str, Any]) -> None:
    _put(path, json.dumps(content, ensure_ascii=False, indent=1) + "\n")


def _put(path: Path, text: str) -> None:
    part = path.with_name(f".{path.name}.part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)


def _append(path: Path, line: str) -> None:
    with path.open("a", encoding="utf-8") as log:
        log.write(f"{line}\n")
        log.flush()
        os.fsync(log.fileno())
