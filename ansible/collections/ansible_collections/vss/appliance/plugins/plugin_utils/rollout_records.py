"""What became of each host in a roll-out: one JSON file each, on the controller."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields, replace
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

RUN = "%Y%m%dT%H%M%SZ"
"""How a run is named: by when it began."""

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
        began: when the host was asked first, in UTC; of a host that has the release, in the run it got it in.
        ended: when this was written.
        proved: since when the host has the release; empty when nobody knows of it.
        seconds: from the first change on the host to its end.
        stands: an earlier run's word that speaks against the release, until the host is ok.
        away: the host has the release, and did not answer when it was asked last.
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
    proved: str = ""
    seconds: float = 0.0
    stands: str = ""
    away: bool = False

    @property
    def bad(self) -> bool:
        """Say whether this host speaks against the release."""
        return self.result in BAD or bool(self.stands)

    @property
    def told(self) -> str:
        """Return how it came through, in a word or two."""
        return f"{self.result}, {self.stands} before" if self.stands else self.result


class Records:
    """The folder of one release: ``hosts/HOST.json``, ``runs/RUN.jsonl``, ``summary.json``, ``again``."""

    def __init__(self, folder: Path, release: str) -> None:
        self.folder = folder / named(release)

    def write(self, one: Record) -> Record:
        """Note how a host came through; return what stands there now.

        A host that has the release and is only away now keeps its ``ok``, and that it is away. What spoke against
        the release is not forgotten because the host is away, not fit or scanning now: only ``ok`` takes it back.
        """
        if one.result not in RESULTS:
            raise RolloutError(f"{one.result}: {', '.join(RESULTS)}")
        with self._alone():
            _append(self.folder / "runs" / f"{named(one.run)}.jsonl", json.dumps(asdict(one), ensure_ascii=False))
            kept = _kept(self.read(one.host), one)
            _replace(self._path(one.host), asdict(kept))
        return kept

    def read(self, host: str) -> Record | None:
        """Return what is known of a host."""
        path = self._path(host)
        return _record(path, self.folder.name) if path.exists() else None

    def all(self) -> dict[str, Record]:
        """Return what is known, by host."""
        return {path.stem: _record(path, self.folder.name) for path in sorted(self.folder.glob("hosts/[!.]*.json"))}

    def summarise(self, rings: Mapping[str, list[str]]) -> dict[str, Any]:
        """Write ``summary.json`` and ``again`` (for ``--limit``) anew; return the summary.

        ``again`` names the controller too: a limit without it would leave out the gates.
        """
        with self._alone():
            known = self.all()
            told = {ring: _told(hosts, known) for ring, hosts in rings.items()}
            begun = [ring for ring, hosts in rings.items() if any(host in known for host in hosts)]
            again = [host for ring in begun for host in rings[ring]
                     if host not in known or known[host].result in AGAIN or known[host].away]
            found = {"release": self.folder.name, "written": stamp(), "rings": told, "again": again}
            _replace(self.folder / "summary.json", found)
            put(self.folder / "again", "\n".join(["localhost", *again, ""]) if again else "")
        return found

    def withdraw(self, why: str) -> None:
        """Note that nobody gets this release any more: what was taken back by day no night brings again."""
        with self._alone():
            put(self.folder / WITHDRAWN, f"{stamp()} {' '.join(why.split())}\n")

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


def new_run(at: datetime) -> str:
    """Return the name of a run that begins."""
    return at.astimezone(UTC).strftime(RUN)


def started(run: str) -> datetime:
    """Return when a run began."""
    return datetime.strptime(run, RUN).replace(tzinfo=UTC)


def _told(hosts: list[str], known: Mapping[str, Record]) -> dict[str, Any]:
    found: dict[str, Any] = {"hosts": len(hosts)}
    for result in RESULTS:
        names = [host for host in hosts if host in known and known[host].result == result]
        found[result] = len(names) if result == "ok" else names
    found["unheard"] = sum(host not in known for host in hosts)
    found["away"] = [host for host in hosts if host in known and known[host].away]
    found["stands"] = [host for host in hosts if host in known and known[host].stands]
    return found


def _kept(before: Record | None, one: Record) -> Record:
    """Return what stands of a host after a further word about it."""
    if before is None or one.result in BAD - {"begun"}:
        return one
    if before.result == "ok":
        return replace(before, away=True) if one.result == "unreachable" else one
    if one.result == "ok":
        return one
    lost = before.result if before.result in BAD and before.run != one.run else ""
    return replace(one, stands=before.stands or lost)


def _record(path: Path, release: str) -> Record:
    """Read a record; one that was cut off says that nobody knows how its host is."""
    names = {field.name for field in fields(Record)}
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        one = Record(**{name: value for name, value in found.items() if name in names})
        if one.result not in RESULTS or one.host != path.stem:
            raise ValueError(one.result)
        for at in (one.began, one.ended, one.proved):
            moment(at or stamp())
    except (ValueError, TypeError, AttributeError) as problem:
        why = " ".join(f"record cannot be read: {problem}".split())
        return Record(host=path.stem, ring="", run="", release=release, result="begun", reason=why)
    return one


def _replace(path: Path, content: Mapping[str, Any]) -> None:
    put(path, json.dumps(content, ensure_ascii=False, indent=1) + "\n")


def put(path: Path, text: str) -> None:
    """Write a file as a whole: neither a crash nor a power cut of the controller leaves half of one."""
    part = path.with_name(f".{path.name}.part")
    with part.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _append(path: Path, line: str) -> None:
    with path.open("a", encoding="utf-8") as log:
        log.write(f"{line}\n")
        log.flush()
        os.fsync(log.fileno())
