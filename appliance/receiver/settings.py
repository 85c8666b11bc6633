"""How an archive runs: one TOML file, ``receiver.toml`` (docs/receiver.md), or flags for a small one."""

from __future__ import annotations

import argparse
import dataclasses
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

from appliance.core import errors
from appliance.core.delivery import CREDENTIAL, Bucket
from appliance.core.tables import build, setting
from appliance.receiver.access import Access
from appliance.receiver.fixity.settings import Fixity

DEFAULT = Path("/etc/appliance/receiver.toml")
"""Settings of the archive of this host, for whoever names no other."""

NAME = r"[a-z0-9][a-z0-9_\-]{0,31}"


@dataclass(frozen=True, slots=True)
class IndexPlace:
    """Where the index lies."""

    url: str = setting("", doc="PostgreSQL that several receivers share, as postgresql+psycopg://user@host/name; "
                       "empty: SQLite in the file index.sqlite below root, for one receiver.",
                       pattern=r"|postgresql\+psycopg://\S+|sqlite:///\S+")
    password_credential: str = setting("index-password", doc="systemd credential with the password, where the data "
                                       "base asks for one.", pattern=CREDENTIAL)


@dataclass(frozen=True, slots=True)
class Store:
    """One place that holds a copy of every accepted package."""

    name: str = setting(doc="Its name in the index and in metrics; it never changes.", pattern=NAME)
    kind: str = setting("folder", doc="folder or s3.", choices=("folder", "s3"))
    folder: str = setting("", doc="Folder of the copies, on a disk of its own; for kind folder.")
    s3: Bucket = field(default_factory=Bucket)


@dataclass(frozen=True, slots=True)
class Limits:
    """What the upload server takes."""

    largest_mib: int = setting(16384, doc="Longest upload.", low=1, high=1_048_576, unit="MiB")
    checked_mib: int = setting(64, doc="Longest PATCH that carries a checksum; it is held in memory until it is "
                               "proved.", low=1, high=1024, unit="MiB")
    stall_seconds: float = setting(30.0, doc="A sender that is silent for so long has gone.", low=0.1, high=3600,
                                   unit="seconds")
    keep_days: float = setting(7.0, doc="Days an unfinished upload is kept after its last byte.", low=0, high=365,
                               unit="days")
    kind: str = setting("folder", doc="Where bytes under way lie: folder (of one receiver, or one that all see) or "
                        "s3.", choices=("folder", "s3"))
    folder: str = setting("", doc="That folder; empty: uploads below root.")
    s3: Bucket = field(default_factory=Bucket)

    @property
    def largest(self) -> int:
        """Longest upload in bytes."""
        return self.largest_mib << 20

    @property
    def checked(self) -> int:
        """Longest PATCH with a checksum in bytes."""
        return self.checked_mib << 20


@dataclass(frozen=True, slots=True)
class Judging:
    """Who looks at packages: processes of their own, so that what breaks them breaks nothing else."""

    processes: int = setting(0, doc="How many; 0: as many as there are cores.", low=0, high=256)
    seconds: float = setting(600.0, doc="Longest look at one package; then its judge is ended.", low=1, high=86_400,
                             unit="seconds")
    mib: int = setting(2048, doc="Most memory of one judge.", low=256, high=65_536, unit="MiB")
    crashes: int = setting(3, doc="A package that ended so many judges is rejected.", low=1, high=10)
    lease_seconds: float = setting(30.0, doc="When a receiver is silent for so long, another one takes over what "
                                   "it was looking at.", low=1, high=3600, unit="seconds")


@dataclass(frozen=True, slots=True)
class InletPlace:
    """One place where packages are left: a courier's disk, or a bucket."""

    kind: str = setting("folder", doc="folder (where couriers' disks are mounted) or s3.", choices=("folder", "s3"))
    folder: str = setting("", doc="That folder; for kind folder.")
    encrypted: bool = setting(True, doc="Whether only an encrypted disk (LUKS) is read.")
    seconds: float = setting(30.0, doc="How often it is looked at.", low=0.1, high=86_400, unit="seconds")
    s3: Bucket = field(default_factory=Bucket)


@dataclass(frozen=True, slots=True)
class Settings:
    """An archive."""

    root: Path = setting(doc="Folder for what is this receiver's own: work, rejected packages, and all that has no "
                         "other place.")
    host: str = setting("127.0.0.1", doc="Address to listen on.", pattern=r"\S{1,255}")
    port: int = setting(8470, doc="Port to listen on; 0 takes a free one.", low=0, high=65_535)
    issuer: str = setting("embedded-archive", doc="The archive's name in its receipts.", pattern=r".{1,200}")
    trust: tuple[str, ...] = setting((), doc="PEM files of the certificates that PDF signatures must lead to; "
                                     "empty: signatures are checked for integrity only.")
    keys: str = setting("", doc="Folder of the key that signs receipts, the same for all receivers of an archive; "
                        "empty: keys below root.")
    rejected_days: float = setting(90.0, doc="Days a rejected package is kept for whoever asks why.", low=0,
                                   high=3650, unit="days")
    test_days: float = setting(7.0, doc="Days a package of the test series is kept (docs/heartbeat.md).", low=0,
                               high=3650, unit="days")
    index: IndexPlace = field(default_factory=IndexPlace)
    uploads: Limits = field(default_factory=Limits)
    judging: Judging = field(default_factory=Judging)
    fixity: Fixity = field(default_factory=Fixity)
    access: Access = field(default_factory=Access)
    store: tuple[Store, ...] = ()
    inlet: tuple[InletPlace, ...] = ()

    @property
    def alone(self) -> bool:
        """Say whether this is the archive's only receiver: its index is SQLite."""
        return not self.index.url.startswith("postgresql")

    def folder(self, own: str, default: str) -> Path:
        """Return a folder that may be set, else the one of that name below root."""
        return Path(own) if own else self.root / default


def load(path: Path) -> Settings:
    """Read ``receiver.toml``.

    Raises:
        ApplianceError: CONFIG_UNREADABLE, CONFIG_UNKNOWN_KEY or CONFIG_BAD_VALUE.
    """
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as problem:
        raise errors.CONFIG_UNREADABLE.error(path=path, reason=problem) from None
    return build(Settings, data)


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags by which every ``appliance receive`` command finds its archive."""
    parser.add_argument("--settings", type=Path, metavar="FILE",
                        help=f"receiver.toml of the archive ({DEFAULT}, where it is)")
    parser.add_argument("--root", type=Path, help="folder for everything it keeps, where there is no receiver.toml")
    parser.add_argument("--trust", type=Path, action="append", default=[], metavar="PEM",
                        help="certificate that PDF signatures must lead to; may be given again")


def serving(parser: argparse.ArgumentParser) -> None:
    """Add the flags of the service itself; each goes before the file."""
    parser.add_argument("--host", help="address to listen on (127.0.0.1)")
    parser.add_argument("--port", type=int, help="port to listen on (8470); 0 takes a free one")
    parser.add_argument("--issuer", help="name in the receipts")
    parser.add_argument("--keep-days", type=float, help="days an unfinished upload is kept (7)")


def chosen(given: argparse.Namespace) -> Settings:
    """Return the settings that flags ask for.

    Raises:
        ApplianceError: as ``load``; CONFIG_BAD_VALUE too where neither file nor root is given.
    """
    file = given.settings
    if file is None and given.root is None:
        file = DEFAULT if DEFAULT.exists() else None
    if file is None and given.root is None:
        wanted = "--settings FILE, --root FOLDER"
        raise errors.CONFIG_BAD_VALUE.error(key="--root", value="(missing)", allowed=wanted)
    settings = load(file) if file else Settings(given.root)
    names = ("root", "host", "port", "issuer")
    told = {name: getattr(given, name) for name in names if getattr(given, name, None) is not None}
    if given.trust:
        told["trust"] = tuple(str(path) for path in given.trust)
    if getattr(given, "keep_days", None) is not None:
        told["uploads"] = dataclasses.replace(settings.uploads, keep_days=given.keep_days)
    return dataclasses.replace(settings, **told)
