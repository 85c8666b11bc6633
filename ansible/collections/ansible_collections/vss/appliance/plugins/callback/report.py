"""What a dry run would change, one JSON file for each host, on the controller."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ansible.plugins.callback import CallbackBase

from ansible import context

DOCUMENTATION = r"""
name: report
type: aggregate
short_description: What a dry run would change, one JSON file for each host
description:
  - Of runs with C(--check) only; writes C(FOLDER/HOST.json) and C(FOLDER/summary.json) at the end of each play.
  - What is marked with C(no_log) is named and not shown; the files are their owner's alone.
requirements: [enable it in C(callbacks_enabled)]
options:
  folder:
    description: Where the files are written, on the controller.
    type: path
    default: ~/.cache/appliance/drift
    env: [{name: APPLIANCE_DRIFT}]
"""

LONGEST = 4000
"""Characters of a difference that are kept."""


class CallbackModule(CallbackBase):
    """Collects in memory, writes when a play ends."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "vss.appliance.report"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self) -> None:
        super().__init__()
        self._hosts: dict[str, dict[str, Any]] = {}
        self._began = datetime.now(UTC)

    def v2_runner_on_ok(self, result: Any) -> None:
        """Note a task that would change its host, and hosts that are as they shall be."""
        host = self._host(result)
        told = result._result
        if told.get("changed"):
            host["tasks"].append(_task(result._task, told))

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        """Note that a host could not be compared to its end."""
        if not ignore_errors:
            self._host(result)["failed"] = str(result._result.get("msg", ""))[:LONGEST]

    def v2_runner_on_unreachable(self, result: Any) -> None:
        """Note that a host was away."""
        self._host(result)["unreachable"] = True

    def v2_playbook_on_play_start(self, play: Any) -> None:
        """Write what the play before has found: the next one may read it."""
        self._write()

    def v2_playbook_on_stats(self, stats: Any) -> None:
        """Write what the last play has found."""
        self._write()

    def _host(self, result: Any) -> dict[str, Any]:
        name = result._host.get_name()
        return self._hosts.setdefault(name, {"host": name, "failed": "", "unreachable": False, "tasks": []})

    def _write(self) -> None:
        if not self._hosts or not context.CLIARGS.get("check"):
            return
        folder = Path(self.get_option("folder")).expanduser()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        stamp = self._began.strftime("%Y-%m-%dT%H:%M:%SZ")
        hosts = {name: found for name, found in self._hosts.items() if name != "localhost"}  # only asked
        for name, found in hosts.items():
            _put(folder / f"{name}.json", {**found, "compared": stamp})
        summary = {name: _state(found) for name, found in sorted(hosts.items())}
        _put(folder / "summary.json", {"compared": stamp, "hosts": summary})


def _state(found: dict[str, Any]) -> int | str:
    """Return how many tasks would change a host, or why nobody knows."""
    return "unreachable" if found["unreachable"] else "failed" if found["failed"] else len(found["tasks"])


def _task(task: Any, told: dict[str, Any]) -> dict[str, str]:
    role = task._role.get_name() if task._role else ""
    return {"role": role.rpartition(".")[2], "task": str(task.name), "diff": _diff(told)[:LONGEST]}


def _diff(told: dict[str, Any]) -> str:
    """Return a difference as text; of a loop those of all of its items."""
    if told.get("censored"):
        return ""
    found = told.get("diff") or [one.get("diff") for one in told.get("results", []) if one.get("changed")]
    parts = found if isinstance(found, list) else [found]
    return "\n".join(CallbackBase()._get_diff(part) for part in parts if part)


def _put(path: Path, content: dict[str, Any]) -> None:
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)
    # For the controller's user alone: settings of offices stand in it.
    with open(part, "x", encoding="utf-8", opener=_own) as file:
        file.write(json.dumps(content, ensure_ascii=False, indent=1) + "\n")
    part.replace(path)


def _own(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
