"""What an office has given to which courier's disk, wholly: it is on its way while that disk is away."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from appliance.core import clock, files


@dataclass(frozen=True, slots=True)
class Given:
    """A folder of the office's own with one small file a package; after ``days`` a disk is given up."""

    folder: Path
    days: int

    def disk_of(self, sha256: str) -> str | None:
        """Return the identity of the disk that has a package; None where none has."""
        said = self._said(sha256)
        return str(said["disk"]) if "disk" in said else None

    def is_late(self, sha256: str) -> bool:
        """Say whether the disk that has a package has been away for too long."""
        try:
            return clock.now() - clock.parse(str(self._said(sha256)["at"])) > timedelta(days=self.days)
        except (KeyError, ValueError):
            return True

    def remember(self, sha256: str, disk: str) -> None:
        """Keep that a disk has a package. Raises OSError."""
        if self.disk_of(sha256) != disk:
            files.make_folder(self.folder, 0o700)
            said = {"disk": disk, "at": clock.iso(clock.now())}
            files.write_durably(self._place(sha256), json.dumps(said).encode(), 0o640)

    def forget(self, sha256: str) -> None:
        """Forget a package: the disk came back without it, or it has its receipt. Raises OSError."""
        if self._place(sha256).exists():
            files.remove_durably(self._place(sha256))

    def _said(self, sha256: str) -> dict[str, object]:
        try:
            said = json.loads(self._place(sha256).read_bytes())
        except (OSError, ValueError):
            return {}
        return said if isinstance(said, dict) else {}

    def _place(self, sha256: str) -> Path:
        return self.folder / f"{sha256}.json"
