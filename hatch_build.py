"""Leaves the commit that a wheel is made of inside it, as ``appliance/COMMIT``; the daemon tells monitoring."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class Commit(BuildHookInterface[Any]):
    """Runs when a wheel is made; a folder that is no working copy has no commit."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the file, but not to an installation that is the working copy itself."""
        if version == "editable":
            return
        done = subprocess.run(["git", "rev-parse", "HEAD"], cwd=self.root, capture_output=True, text=True,
                              check=False)
        if done.returncode == 0:
            note = Path(tempfile.mkdtemp()) / "COMMIT"
            note.write_text(done.stdout, "ascii")
            build_data["force_include"][str(note)] = "appliance/COMMIT"
