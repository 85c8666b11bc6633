"""One file of a package, before it is written."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from appliance.archive.packages.mets import Entry

XML, PDF, JSON, CSV = "application/xml", "application/pdf", "application/json", "text/csv"


@dataclass(frozen=True, slots=True)
class Member:
    """One file below the root folder: bytes, or a path whose content must have this SHA-256.

    ``what`` names it in a message, without the dossier's code.
    """

    name: str
    size: int
    sha256: str
    source: bytes | Path
    what: str = "a file"

    def entry(self, mime: str, below: str = "") -> Entry:
        """Return the file as a METS that lies in folder ``below`` lists it."""
        return Entry(self.name.removeprefix(below), mime, self.size, self.sha256)


def small(name: str, data: bytes) -> Member:
    """Return a file that is made here."""
    return Member(name, len(data), hashlib.sha256(data).hexdigest(), data)
