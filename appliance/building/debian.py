"""The Debian packages of a release: what hosts need with all it depends on, as a repository in a folder.

apt resolves against an empty host, so the folder is enough for any Debian 12; what a host has already in the same
version stays. apt runs with a state of its own: no root, nothing of the building machine is read but its sources.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from appliance.building import tool
from appliance.core import files

LIST = Path(__file__).with_name("debian.toml")
URI = re.compile(r"'(?P<uri>\S+)' (?P<file>\S+) (?P<bytes>[0-9]+) ")
FIELDS = ("Package", "Version", "Architecture", "Multi-Arch", "Essential", "Priority", "Section", "Maintainer",
          "Provides", "Replaces", "Breaks", "Conflicts", "Pre-Depends", "Depends", "Recommends", "Suggests",
          "Description")
"""Fields of a package's own control file that its stanza of the index has, in this order."""


@dataclass(frozen=True, slots=True)
class Apt:
    """apt with a state of its own in a folder, as if on a host that has nothing."""

    folder: Path

    def update(self) -> None:
        """Read the lists of the sources."""
        for part in ("state/lists/partial", "archives/partial", "none/partial"):
            (self.folder / part).mkdir(parents=True, exist_ok=True)
        (self.folder / "status").touch()
        self._ask("update")

    def closure(self, names: Iterable[str]) -> dict[str, str]:
        """Return the file of every package that is needed, with where it is had from."""
        said = self._ask("--print-uris", "install", *names, archives="none")  # what is there it would not name
        return {found["file"]: unquote(found["uri"]) for found in map(URI.match, said.splitlines()) if found}

    def download(self, names: Iterable[str]) -> Path:
        """Bring all of them; return the folder they lie in. apt proves each by the archive's signature."""
        self._ask("--download-only", "install", *names)
        return self.folder / "archives"

    def _ask(self, *words: str, archives: str = "archives") -> str:
        own = {"Dir::State": self.folder / "state", "Dir::State::status": self.folder / "status",
               "Dir::Cache": self.folder, "Dir::Cache::archives": self.folder / archives, "Debug::NoLocking": 1,
               "APT::Install-Recommends": 0, "APT::Sandbox::User": "root", "Acquire::Languages": "none"}
        options = [part for name, value in own.items() for part in ("-o", f"{name}={value}")]
        return tool.run(["apt-get", "-q", "-y", *options, *words], more={"LC_ALL": "C"})


def groups() -> dict[str, list[str]]:
    """Return the packages that hosts need, by what they are for."""
    found: dict[str, list[str]] = tomllib.loads(LIST.read_text("utf-8"))["packages"]
    return found


def wanted() -> tuple[str, ...]:
    """Return the packages that hosts need, by name."""
    return tuple(sorted({name for names in groups().values() for name in names}))


def bring(cache: Path, made: Path) -> tuple[str, ...]:
    """Fill a folder with the packages and their index.

    Args:
        cache: kept between releases; what lies there is not brought again.
        made: becomes the repository.

    Returns:
        ``FILE SHA256`` of each, in order: the lock.
    """
    apt = Apt(cache)
    apt.update()
    names = sorted(apt.closure(wanted()))
    kept = apt.download(wanted())
    made.mkdir()
    for name in names:
        (made / tidy(name)).hardlink_to(kept / name)
    index(made)
    (made / "GROUPS.json").write_text(json.dumps(groups(), indent=1, sort_keys=True) + "\n", "ascii")
    return tuple(f"{path.name} {files.sha256_of(path)}" for path in sorted(made.glob("*.deb")))


def index(folder: Path) -> None:
    """Write ``Packages`` for the .debs of a folder: deterministic, as apt reads it."""
    stanzas = [_stanza(path) for path in sorted(folder.glob("*.deb"))]
    (folder / "Packages").write_text("\n".join(stanzas), "utf-8")


def tidy(name: str) -> str:
    """Return a file's name without an epoch's colon, which ``%3a`` stands for: apt would ask for it decoded."""
    return name.replace("%3a", "_")


def _stanza(path: Path) -> str:
    said = tool.run(["dpkg-deb", "--field", path, *FIELDS])
    return (f"{said.rstrip()}\nFilename: ./{path.name}\nSize: {path.stat().st_size}\n"
            f"SHA256: {files.sha256_of(path)}\n")
