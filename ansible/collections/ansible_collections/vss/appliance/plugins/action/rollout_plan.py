"""Put the hosts of the inventory in the order of the rings, and say so to all later plays."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.vss.appliance.plugins.plugin_utils import rollout_gates
from ansible_collections.vss.appliance.plugins.plugin_utils.rollout_lock import hold
from ansible_collections.vss.appliance.plugins.plugin_utils.rollout_records import (
    Records,
    RolloutError,
    new_run,
)


class ActionModule(ActionBase):
    """``rollout_plan``: rings, release, records (folder), hosts (of the inventory, whatever the limit)."""

    TRANSFERS_FILES = False
    _supports_check_mode = True

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Hold the records, and return the plan.

        It is no fact: those are cached from run to run, and a gate must not believe an old plan.
        """
        result: dict[str, Any] = super().run(tmp, task_vars)
        _, words = self.validate_argument_spec({
            "rings": {"type": "list", "elements": "str", "required": True},
            "hosts": {"type": "list", "elements": "str", "required": True},
            "release": {"type": "str", "required": True},
            "records": {"type": "path", "required": True},
            "serial": {"type": "list", "elements": "raw", "required": True},
        })
        try:
            rings = rollout_gates.plan(words["rings"], (task_vars or {})["groups"], words["hosts"])
            shelf = Records(Path(words["records"]), words["release"])
            shelf.refuse_withdrawn()
            run = new_run(datetime.now(UTC))
            if not self._task.check_mode:
                hold(Path(words["records"]), os.getppid(), f"{words['release']} {run}")
        except RolloutError as problem:
            raise AnsibleActionFail(str(problem)) from problem
        inside = {host for hosts in rings.values() for host in hosts}
        result["plan"] = {
            "run": run, "release": words["release"], "rings": rings,
            "order": list(rings), "slots": _slots(rings), "serial": words["serial"],
            "folder": str(shelf.folder),
            "outside": [host for host in words["hosts"] if host not in inside],
        }
        return result


def _slots(rings: dict[str, list[str]]) -> list[dict[str, Any]]:
    """Return a place for each import of upgrade.yml."""
    there = [{"ring": ring, "hosts": hosts} for ring, hosts in rings.items()]
    return there + [{"ring": "", "hosts": []}] * (rollout_gates.SLOTS - len(there))
