"""Jobs on packages: built, looked at for harmful code, and documents taken out of them again."""

from __future__ import annotations

from dataclasses import dataclass

from appliance.core.delivery import Screen

__all__ = ["PackageDocument", "PackageJob", "Packed", "RestoreDocument", "RestoreJob", "Restored", "ScreenJob",
           "Screened"]


@dataclass(frozen=True, slots=True)
class PackageDocument:
    """One signed document of a package; ``fields`` are EAD_doc fields by name (rules.md 1.4)."""

    ordinal: int
    path: str
    sha256: str
    fields: dict[str, str]


@dataclass(frozen=True, slots=True)
class PackageJob:
    """Build one submission package. Answer: ``Packed``. Same job, same bytes.

    Attributes:
        uuid: identity of the package, uppercase in the package, written to the ledger before.
        created: ISO 8601 +07:00 with milliseconds.
        fields: EAD fields of the dossier by name.
        provenance: JSON text for ``documentation/capture-provenance.json``.
        replaces: UUID of the package whose place a REPLACEMENT takes.
        supplements: UUID of a package to whose dossier a SUPPLEMENT adds documents.
        archive_code: code of the archive's agency, first part of ``arcFileCode``; empty: not known yet.
    """

    layout: str
    uuid: str
    created: str
    file_code: str
    title: str
    organisation: str
    organisation_id: str
    record_status: str
    fields: dict[str, str]
    documents: tuple[PackageDocument, ...]
    provenance: str
    schemas: str
    out: str
    replaces: str = ""
    supplements: str = ""
    archive_code: str = ""


@dataclass(frozen=True, slots=True)
class Packed:
    """A package is durable at ``path``; ``screen``: it must be looked at for harmful code before it is sent."""

    path: str
    sha256: str
    size: int
    seconds: float = 0.0
    screen: bool = False


@dataclass(frozen=True, slots=True)
class ScreenJob:
    """Look for harmful code in a package, as ``[archive.screen]`` says. Answer: ``Screened``."""

    package: str
    screen: Screen


@dataclass(frozen=True, slots=True)
class Screened:
    """What a look at a package brought.

    ``found``: name of what was found, or empty. ``unfit``: why just this package could not be looked into, or
    empty; others may pass. ``unable``: why this host can look at none, or empty. ``by``: program and definitions.
    """

    found: str = ""
    unfit: str = ""
    unable: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class RestoreDocument:
    """A signed document that is taken out of a package: its name without ``.pdf``, hash, and where it goes."""

    name: str
    sha256: str
    out: str


@dataclass(frozen=True, slots=True)
class RestoreJob:
    """Bring documents and masters back from a package with this SHA-256. Answer: ``Restored``.

    ``masters``: where each goes, by its SHA-256.
    """

    package: str
    sha256: str
    documents: tuple[RestoreDocument, ...]
    masters: dict[str, str]


@dataclass(frozen=True, slots=True)
class Restored:
    """The hashes of the masters that the package had; they and all documents are durable."""

    masters: tuple[str, ...]
