"""One run of stage or upgrade at a time: two would tear each other's files, and judge each other's rings."""

from __future__ import annotations

import fcntl
import json
import platform
from dataclasses import asdict, dataclass
from pathlib import Path

from ansible_collections.vss.appliance.plugins.plugin_utils.rollout_records import RolloutError, put

NAME = "running"


@dataclass(frozen=True, slots=True)
class Holder:
    """The controller's process that a run is.

    Attributes:
        controller: name of the machine.
        boot: which start of it.
        pid: the process.
        since: when the process began, in ticks since the boot: numbers of processes come again.
        run: what it calls itself.
    """

    controller: str
    boot: str
    pid: int
    since: str
    run: str


def hold(folder: Path, pid: int, run: str) -> None:
    """Let a run be the only one; it ends with its process, however that ends.

    Args:
        folder: of the records.
        pid: the process of ansible-playbook.
        run: name of the run.

    Raises:
        RolloutError: another run goes on.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / NAME
    with (folder / f".{NAME}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        other = _read(path)
        if other and (other.boot, other.pid) != (_boot(), pid) and _goes_on(other):
            raise RolloutError(
                f"một lần triển khai khác đang chạy; hãy đợi, hoặc xoá {path} nếu chắc chắn nó đã dừng / another "
                f"run goes on: {other.run} on {other.controller}, process {other.pid}; wait, or remove {path} if "
                "it surely ended")
        put(path, json.dumps(asdict(Holder(platform.node(), _boot(), pid, _since(pid), run))) + "\n")


def _read(path: Path) -> Holder | None:
    try:
        return Holder(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def _goes_on(other: Holder) -> bool:
    """Say whether a run's process is alive; of another machine that still stands nobody here can know."""
    if other.controller != platform.node():
        return True
    return other.boot == _boot() and bool(other.since) and _since(other.pid) == other.since


def _boot() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()


def _since(pid: int) -> str:
    """Return when a process began; empty when it is not there."""
    try:
        said = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    return said.rpartition(")")[2].split()[19]
