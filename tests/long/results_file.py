"""Results of long tests, as they are committed: what was run, on which machine, with which versions."""

from __future__ import annotations

import datetime as dt
import json
import os
import platform
import subprocess
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "results"
ROOT = Path(__file__).parents[2]


def write(name: str, found: dict[str, Any]) -> None:
    """Write ``results/<name>.json``; ``found`` names no path and no address of the machine."""
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True,
                            check=False).stdout.strip()
    result = {"date": dt.datetime.now(dt.UTC).date().isoformat(), "commit": commit or "unknown",
              "machine": f"{os.cpu_count()} x {platform.machine()}, {platform.system()}",
              "python": platform.python_version(), **found}
    FOLDER.mkdir(exist_ok=True)
    text = json.dumps(result, indent=1, sort_keys=True, ensure_ascii=False)
    (FOLDER / f"{name}.json").write_text(text + "\n", encoding="utf-8")
