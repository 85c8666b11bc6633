"""The file that keeps whose scanner each device had, so that a restart takes no wrong twin for it."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from appliance.core import files
from appliance.device.acquaintance import Keepsake

log = logging.getLogger(__name__)


class Album:
    """Keepsakes by device, in a small JSON file; without a path nothing is kept.

    Attributes:
        kept: what the file holds. One that says nothing useful is as none: scanners are got to know afresh.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self.kept: Mapping[str, Keepsake] = self._read()

    def keep(self, known: Mapping[str, Keepsake]) -> None:
        """Write what has changed, durably; what a full disk refuses is tried again at the next change."""
        if self._path is None or known == self.kept:
            return
        text = json.dumps({name: asdict(one) for name, one in known.items()}, indent=1)
        try:
            files.write_durably(self._path, text.encode(), 0o640)
        except OSError as problem:
            log.warning("%s not written: %s", self._path, problem.strerror)
            return
        self.kept = known

    def _read(self) -> Mapping[str, Keepsake]:
        if self._path is None or not self._path.exists():
            return {}
        try:
            said = json.loads(self._path.read_text(encoding="utf-8"))
            return {str(name): Keepsake(str(one["identity"]), str(one["place"]), tuple(map(str, one["strangers"])))
                    for name, one in said.items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as problem:
            log.warning("%s is of no use: %s", self._path, type(problem).__name__)
            return {}
