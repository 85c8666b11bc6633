"""A stranger's ZIP open for inspection: its files by name, what was found so far, one PDF unpacked at a time."""

from __future__ import annotations

import hashlib
import os
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from appliance.archive.packages import markup
from appliance.archive.packages.replacement import Said
from appliance.archive.packages.wrapping import refusals, shown

CheckPdf = Callable[[Path], str]
"""Looks at one PDF; returns the empty text, or why its signature does not hold."""

PIECE = 1 << 20

NOTHING = Said("", "", "")
"""What is known of a package's bond to another before it was read."""


@dataclass(frozen=True, slots=True)
class Reference:
    """One mention of a file: where it should be and what it should be; ``size`` as it is written there."""

    name: str
    sha256: str
    size: str


@dataclass(frozen=True, slots=True)
class Judge:
    """Who judges PDFs, and where they are unpacked for that."""

    check_pdf: CheckPdf
    work: Path | None = None


@dataclass(slots=True)
class Opened:
    """One package under inspection. ``members`` are the files below its one root folder."""

    package: zipfile.ZipFile
    size: int
    problems: list[str] = field(default_factory=list)
    members: dict[str, zipfile.ZipInfo] = field(default_factory=dict)
    root: str = ""
    documents: int = 0

    def __post_init__(self) -> None:
        infos = [info for info in self.package.infolist() if not info.is_dir()]
        self.problems += refusals(infos, self.size)
        roots = {info.filename.partition("/")[0] for info in infos}
        if not self.problems and len(roots) != 1:
            self.problems.append(f"the ZIP unpacks to {len(roots)} folders, not to one")
        self.members = {info.filename.partition("/")[2]: info for info in infos}
        self.root = next(iter(roots), "")

    def read(self, name: str) -> bytes:
        """Return one small member; KeyError when missing, MalformedError when too long."""
        info = self.members[name]
        if info.file_size > markup.LIMIT:
            raise markup.MalformedError("longer than allowed")
        return self.package.read(info)

    def judge(self, references: Mapping[str, Reference], pdfs: Iterable[str], by: Judge) -> None:
        """Compare every file that is listed with what is there, and have every PDF judged."""
        wanted = frozenset(pdfs)
        with tempfile.TemporaryDirectory(dir=by.work, prefix="inspect-") as folder:
            for name, reference in references.items():
                info = self.members.get(name)
                if info is None:
                    self.problems.append(f"the file {shown(name)} is missing")
                    continue
                copy = Path(folder) / f"{self.documents + 1}.pdf" if name in wanted else None
                if self._fits(info, reference, copy) and copy is not None:
                    self._judge_pdf(name, copy, by.check_pdf)
                self.documents += name in wanted
                if copy is not None:
                    copy.unlink(missing_ok=True)

    def _fits(self, info: zipfile.ZipInfo, reference: Reference, copy: Path | None) -> bool:
        """Compare one member with its entry; on the way copy it to ``copy`` if given."""
        digest = hashlib.sha256()
        with self.package.open(info) as source, (copy or Path(os.devnull)).open("wb") as sink:
            while piece := source.read(PIECE):
                digest.update(piece)
                sink.write(piece)
        if digest.hexdigest() != reference.sha256.lower():
            self.problems.append(f"the file {shown(reference.name)} does not match its SHA-256")
            return False
        if str(info.file_size) != reference.size:
            self.problems.append(f"the file {shown(reference.name)} does not have its size")
            return False
        return True

    def _judge_pdf(self, name: str, copy: Path, check_pdf: CheckPdf) -> None:
        if not name.endswith(".pdf"):
            self.problems.append(f"the file {shown(name)} is no PDF")
        elif reason := check_pdf(copy):
            self.problems.append(f"the document {shown(name)}: {reason}")
