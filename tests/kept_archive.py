"""A stand for tests of keeping: an archive with copies in two places, real packages in it, misfortunes on order."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from archive_stand import ROOT, dossier, made, signed

from appliance.receiver import admission, tables
from appliance.receiver.admission import Judgement, Taken
from appliance.receiver.archive import Archive, open_archive
from appliance.receiver.fixity import sunset
from appliance.receiver.fixity.daily import Daily, Told
from appliance.receiver.fixity.evidence import Evidence, Terms
from appliance.receiver.fixity.stamper import Stamp, roots
from appliance.receiver.judges import ThreadJudges, look_at
from appliance.receiver.settings import IndexPlace, Settings, Store
from appliance.receiver.stores import FileStore

PLACES = ("near", "far")
COPIES = tables.copies.c
PACKAGES, KIB = 9, 1500
"""How many packages ``fill`` takes in, and how large they are."""



def settings(root: Path, url: str = "") -> Settings:
    """Return the settings of an archive with two places below ``root``."""
    return Settings(root / "root", index=IndexPlace(url),
                    store=tuple(Store(name, folder=str(root / name)) for name in PLACES))


@dataclass
class Judge:
    """A check of signatures that writes down what it was asked; ``against``: texts of documents it refuses.

    ``ends``: until when a document with a text passes, unless it is judged as of an earlier time.
    """

    against: set[bytes] = field(default_factory=set)
    ends: dict[bytes, datetime] = field(default_factory=dict)
    asked: list[datetime | None] = field(default_factory=list)

    def __call__(self, path: Path, at: datetime | None = None) -> str:
        self.asked.append(at)
        data = path.read_bytes()
        if any(word in data for word in self.against):
            return "its signature does not hold"
        late = any(word in data and (at is None or at > end) for word, end in self.ends.items())
        return "its certificate has ended" if late else ""


@dataclass
class Kept:
    """An open archive and what is in it. ``names``: SHA-256 of its packages in their order."""

    archive: Archive
    folder: Path
    judge: Judge = field(default_factory=Judge)
    names: list[str] = field(default_factory=list)

    def take_in(self, text: bytes, kib: int = 0) -> str:
        """Accept a package with one document of this text as the archive does; return its SHA-256."""
        uuid = f"0198f3c0-1111-7000-8000-{len(self.names) + 1:012x}"
        package = made(dossier(self.folder / uuid, {1: signed(text + b"x" * (kib << 10))}, uuid))
        judged: Judgement = look_at(package.path, package.sha256, self.archive.work, self.judge)
        assert judged.report.ok, judged.report.problems
        self.archive.keep(package.sha256, package.path)
        with self.archive.index.write() as connection:
            admission.admit(connection, judged, Taken(package.sha256, package.size, "", PLACES))
        self.names.append(package.sha256)
        return package.sha256

    def path(self, place: str, sha256: str) -> Path:
        store = next(one for one in self.archive.stores if one.name == place)
        assert isinstance(store, FileStore)
        return store.path(sha256)

    def damage(self, place: str, sha256: str) -> None:
        """Change one bit in the middle; size and name stay."""
        path = self.path(place, sha256)
        path.chmod(0o640)
        with path.open("r+b") as stream:
            stream.seek(path.stat().st_size // 2)
            byte = stream.read(1)
            stream.seek(-1, 1)
            stream.write(bytes([byte[0] ^ 1]))

    def age(self, days: float, *names: str) -> None:
        """Let so many days have gone by since everything, or these, was looked at."""
        past = tables.moment(datetime.fromisoformat(tables.moment()) - timedelta(days=days))
        wanted = tables.copies.update().values(kept=past, checked="")
        with self.archive.index.write() as connection:
            connection.execute(wanted.where(COPIES.sha256.in_(names)) if names else wanted)

    def states(self, sha256: str) -> dict[str, str]:
        with self.archive.index.read() as connection:
            rows = connection.execute(sa.select(COPIES.place, COPIES.state).where(COPIES.sha256 == sha256))
            return {row[0]: row[1] for row in rows}

    def rows(self, table: sa.Table) -> list[Mapping[str, Any]]:
        with self.archive.index.read() as connection:
            return [dict(row) for row in connection.execute(sa.select(table)).mappings()]

    def evidence(self, stamp: Stamp | None = None, trust: tuple[Path, ...] = (), days: float = 180.0,
                 table: sunset.Sunsets | None = None) -> Evidence:
        return Evidence(self.archive, Terms(stamp, roots(trust), table or sunset.load(), timedelta(days=days)))

    def day(self, evidence: Evidence | None = None, *, everything: bool = False) -> Told:
        """Do a day's work."""
        judges = ThreadJudges(self.judge, self.archive.work)
        told = asyncio.run(Daily(self.archive, judges, evidence or self.evidence()).run(everything=everything))
        assert told is not None
        return told


@contextlib.contextmanager
def kept(folder: Path, url: str = "", documents: int = 3) -> Iterator[Kept]:
    """Open an archive with some packages in it."""
    with open_archive(settings(folder, url)) as archive:
        stand = Kept(archive, folder)
        for number in range(documents):
            stand.take_in(b"document %d" % number)
        yield stand


def settings_file(folder: Path) -> Path:
    """Write the settings of the archive in ``folder``; its toy PDFs have no signature that could be judged."""
    path = folder / "receiver.toml"
    stores = "".join(f'[[store]]\nname = "{name}"\nfolder = {json.dumps(str(folder / name))}\n' for name in PLACES)
    path.write_text(f"root = {json.dumps(str(folder / 'root'))}\n[fixity]\nsignatures = false\n{stores}")
    return path


def fixity(folder: Path, *words: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "appliance", "receive", "fixity", "--settings", str(settings_file(folder))]
    return subprocess.Popen([*command, *words], cwd=ROOT, text=True, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT)


def run(folder: Path, *words: str) -> tuple[int, str]:
    process = fixity(folder, *words)
    said, _ = process.communicate(timeout=120)
    return process.returncode, said


def there(stand: Kept) -> int:
    return sum(stand.path("far", name).is_file() for name in stand.names)


def fill(stand: Kept) -> None:
    noise = random.Random(7)
    for number in range(PACKAGES):
        stand.take_in(b"big %d " % number + noise.randbytes(KIB << 10))
