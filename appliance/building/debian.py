"""The Debian packages of a release: what hosts need with all it depends on, as a repository in a folder.

Which packages: ``debian.toml``. A lock says which of their versions a release had: with it and the folder that they
were kept in, the same is made again when the mirrors have long newer ones.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from appliance.building import tool
from appliance.building.apt import Apt
from appliance.core import errors, files

LIST = Path(__file__).with_name("debian.toml")
GROUPS = "GROUPS.json"
"""What a host installs is chosen by group: the table of ``debian.toml``, inside the layer."""

LINE = re.compile(r"(?P<name>\S+) (?P<version>\S+) (?P<machine>\S+) (?P<sha256>[0-9a-f]{64})")
FIELDS = ("Package", "Version", "Architecture", "Multi-Arch", "Essential", "Priority", "Section", "Maintainer",
          "Provides", "Replaces", "Breaks", "Conflicts", "Pre-Depends", "Depends", "Recommends", "Suggests",
          "Description")
"""Fields of a package's own control file that its stanza of the index has."""


@dataclass(frozen=True, slots=True, order=True)
class Package:
    """One .deb."""

    name: str
    version: str
    machine: str
    sha256: str

    @property
    def line(self) -> str:
        """Its line of the lock."""
        return f"{self.name} {self.version} {self.machine} {self.sha256}"

    @property
    def kept(self) -> str:
        """The name that apt keeps it under."""
        return f"{self.name}_{self.version.replace(':', '%3a')}_{self.machine}.deb"

    @property
    def file(self) -> str:
        """Its name in the layer: apt would ask a folder for ``%3a`` decoded."""
        return self.kept.replace("%3a", "_")


def groups() -> dict[str, list[str]]:
    """Return the packages that hosts need, by what they are for."""
    found: dict[str, list[str]] = tomllib.loads(LIST.read_text("utf-8"))["packages"]
    return found


def wanted() -> tuple[str, ...]:
    """Return the packages that hosts need, by name."""
    return tuple(sorted({name for names in groups().values() for name in names}))


def bring(cache: Path, lock: Path | None, made: Path) -> tuple[Package, ...]:
    """Fill a folder with the packages and their index.

    Args:
        cache: kept between releases; what lies there is not brought again.
        lock: which versions, all from the cache; none: the newest of the mirrors.
        made: becomes the repository.

    Raises:
        ApplianceError: TOOL_FAILED, PACKAGE_GONE.
    """
    archives = cache / "archives"
    packages = newest(cache) if lock is None else read(lock)
    made.mkdir()
    for package in packages:
        source = archives / package.kept
        if not source.exists() or files.sha256_of(source) != package.sha256:
            raise errors.PACKAGE_GONE.error(name=package.name, version=package.version, path=archives)
        tool.lay(source, made / package.file)
    index(made)
    (made / GROUPS).write_text(json.dumps(groups(), indent=1, sort_keys=True) + "\n", "ascii")
    return packages


def newest(cache: Path) -> tuple[Package, ...]:
    """Bring what the mirrors have now; apt proves each by the archive's signature."""
    apt = Apt(cache)
    apt.update()
    found = tuple(sorted(_package(name, sha256) for name, sha256 in apt.closure(wanted()).items()))
    if not all((cache / "archives" / package.kept).exists() for package in found):
        apt.download(wanted())
    return found


def read(lock: Path) -> tuple[Package, ...]:
    """Return the packages of a lock.

    Raises:
        ApplianceError: LOCK_UNREADABLE.
    """
    try:
        found = [LINE.fullmatch(line) for line in lock.read_text("ascii").splitlines()]
    except (OSError, ValueError) as problem:
        raise errors.LOCK_UNREADABLE.error(path=lock, reason=problem) from None
    if not found or None in found:
        raise errors.LOCK_UNREADABLE.error(path=lock, reason="NAME VERSION MACHINE SHA256")
    return tuple(sorted(Package(*line.groups()) for line in found if line))


def text(packages: Iterable[Package]) -> str:
    """Return a lock."""
    return "".join(f"{package.line}\n" for package in sorted(packages))


def index(folder: Path) -> None:
    """Write ``Packages`` for the .debs of a folder: deterministic, as apt reads it."""
    stanzas = [_stanza(path) for path in sorted(folder.glob("*.deb"))]
    (folder / "Packages").write_text("\n".join(stanzas), "utf-8")


def _stanza(path: Path) -> str:
    said = tool.run(["dpkg-deb", "--field", path, *FIELDS])
    return (f"{said.rstrip()}\nFilename: ./{path.name}\nSize: {path.stat().st_size}\n"
            f"SHA256: {files.sha256_of(path)}\n")


def _package(kept: str, sha256: str) -> Package:
    name, version, machine = kept.removesuffix(".deb").split("_")
    return Package(name, version.replace("%3a", ":"), machine, sha256)
