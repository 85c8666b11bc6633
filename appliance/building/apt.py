"""apt with a state of its own in a folder, as if on a host that has nothing.

So what it brings is enough for any Debian 12; what a host has already in a fitting version stays as it is. No root;
nothing of the building machine is read but its sources, and of these only Debian's own are believed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from appliance.building import tool

URI = re.compile(r"'\S+' (?P<file>\S+) [0-9]+ SHA256:(?P<sha256>[0-9a-f]{64})")
ONLY_DEBIAN = """\
Package: *
Pin: release o=Debian
Pin-Priority: 500

Package: *
Pin: release o=/./
Pin-Priority: -1
"""
"""A building machine has sources of others too; nothing of theirs may come to offices."""


@dataclass(frozen=True, slots=True)
class Apt:
    """apt in a folder.

    Attributes:
        folder: its state, and the packages that it brought (``archives``).
        sources: its ``sources.list``; none: the machine's.
    """

    folder: Path
    sources: Path | None = None

    def update(self) -> None:
        """Read the lists of the sources.

        Raises:
            ApplianceError: TOOL_FAILED.
        """
        for part in ("state/lists/partial", "archives/partial", "none"):
            (self.folder / part).mkdir(parents=True, exist_ok=True)
        (self.folder / "status").write_text("", "ascii")
        (self.folder / "preferences").write_text(ONLY_DEBIAN, "ascii")
        self.ask("update")

    def closure(self, names: Iterable[str]) -> dict[str, str]:
        """Return the file of every package that is needed for some, with its SHA-256.

        Raises:
            ApplianceError: TOOL_FAILED, where one is unknown or has no way in.
        """
        nowhere = f"Dir::Cache::archives={self.folder / 'none'}"  # apt leaves out what lies there
        said = self.ask("-o", nowhere, "--print-uris", "install", *names)
        return {found["file"]: found["sha256"] for found in map(URI.match, said.splitlines()) if found}

    def download(self, names: Iterable[str]) -> None:
        """Bring all of them into ``archives``.

        Raises:
            ApplianceError: TOOL_FAILED.
        """
        self.ask("--download-only", "install", *names)

    def ask(self, *words: str) -> str:
        """Run apt-get; return what it said.

        Raises:
            ApplianceError: TOOL_FAILED.
        """
        own: dict[str, object] = {
            "Dir::State": self.folder / "state", "Dir::State::status": self.folder / "status",
            "Dir::Cache": self.folder, "Dir::Cache::archives": self.folder / "archives",
            "Dir::Etc::preferences": self.folder / "preferences",
            "Dir::Etc::preferencesparts": self.folder / "none", "Debug::NoLocking": 1,
            "APT::Install-Recommends": 0, "APT::Install-Suggests": 0, "APT::Sandbox::User": "root",
            "APT::Update::Error-Mode": "any", "Acquire::ForceHash": "SHA256",
            "Acquire::Languages": "none", "Acquire::Retries": 3}
        if self.sources is not None:
            own |= {"Dir::Etc::sourcelist": self.sources, "Dir::Etc::sourceparts": self.folder / "none"}
        options = [part for name, value in own.items() for part in ("-o", f"{name}={value}")]
        return tool.run(["apt-get", "-q", "-y", *options, *words], more={"LC_ALL": "C"})
