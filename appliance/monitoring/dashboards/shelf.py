"""Every dashboard, and the files that they are.

``python -m appliance.monitoring.dashboards.shelf FOLDER`` writes them as they are committed.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from appliance.monitoring.dashboards import archive, device, fleet, office, pipeline, plan, province, rollout
from appliance.monitoring.dashboards.board import Board, as_json

BOARDS: tuple[Board, ...] = (
    fleet.BOARD, province.BOARD, office.BOARD, device.BOARD, pipeline.BOARD, rollout.BOARD, plan.BOARD,
    archive.BOARD)


def texts() -> dict[str, str]:
    """Return each file by its name."""
    return {f"{board.uid}.json": json.dumps(as_json(board), ensure_ascii=False,
                                            indent=1) + "\n" for board in BOARDS}


def write(folder: Path) -> None:
    """Write every dashboard into a folder; other dashboards of this program there go away.

    Raises:
        OSError: the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    wanted = texts()
    for old in folder.glob("appliance-*.json"):
        if old.name not in wanted:
            old.unlink()
    for name, text in wanted.items():
        (folder / name).write_text(text, "utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
