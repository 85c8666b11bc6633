"""Where each kind of file lies below the state folder."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from appliance.core import files


@dataclass(frozen=True, slots=True)
class Room:
    """How a disk stands: its bytes, and those of them that are free for this program."""

    total: int
    free: int


@dataclass(frozen=True, slots=True)
class Store:
    """The folders of one appliance."""

    root: Path

    @property
    def masters(self) -> Path:
        """Captured images, by hash."""
        return self.root / "masters"

    @property
    def work(self) -> Path:
        """Derived files: text, unsigned and signed documents."""
        return self.root / "work"

    @property
    def packages(self) -> Path:
        """Packages on their way."""
        return self.root / "packages"

    @property
    def receipts(self) -> Path:
        """Receipts, kept for ever."""
        return self.root / "receipts"

    @property
    def locked(self) -> Path:
        """Masters of locked batches, a folder each; for nobody but the daemon's own user, in no backup."""
        return self.root / "locked"

    @property
    def audit(self) -> Path:
        """Sealed segments of the audit chain and its heads, kept for ever."""
        return self.root / "audit"

    @property
    def evidence(self) -> Path:
        """What proves signatures, by hash, kept for ever; written by the signer."""
        return self.root / "evidence"

    @property
    def ledger(self) -> Path:
        """The ledger file."""
        return self.root / "ledger.sqlite3"

    def prepare(self) -> None:
        """Create what is missing; take from others what they may not read."""
        files.make_folder(self.root)
        for path in (one for one in self.root.iterdir() if one.is_file()):
            path.chmod(path.stat().st_mode & 0o640)
        for folder in (self.masters, self.work, self.packages, self.receipts, self.audit):
            files.make_folder(folder)

    def master(self, path: str) -> Path:
        """Return the place of a master by its relative path."""
        return self.masters / path

    def text(self, page: int) -> Path:
        """Return the place of a page's text."""
        return self.work / f"page-{page}.text"

    def unsigned(self, document: str) -> Path:
        """Return the place of a document before its signature."""
        return self.work / f"{document}.unsigned.pdf"

    def signed(self, document: str) -> Path:
        """Return the place of a document with its signature."""
        return self.work / f"{document}.pdf"

    def package(self, uuid: str) -> Path:
        """Return the place of a package."""
        return self.packages / f"{uuid}.zip"

    def receipt(self, sha256: str) -> Path:
        """Return the place of a receipt by the hash of its package."""
        return self.receipts / f"{sha256}.jws"

    def free_mb(self) -> int:
        """Return free disk space in MB (10^6 bytes)."""
        return self.room().free // 1_000_000

    def room(self) -> Room:
        """Return how the disk stands on which masters lie; what only root may use counts as used."""
        found = shutil.disk_usage(self.root)
        return Room(found.total, found.free)
