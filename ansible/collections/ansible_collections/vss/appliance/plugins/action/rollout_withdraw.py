"""Note on the controller that a release was taken back, for hosts and for all coming runs."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.vss.appliance.plugins.plugin_utils.rollout_outcome import reason
from ansible_collections.vss.appliance.plugins.plugin_utils.rollout_records import (
    Record,
    Records,
    RolloutError,
    stamp,
)


class ActionModule(ActionBase):
    """``rollout_withdraw``: records (folder), release, reason; ring and outcome of a host, or all: the fleet."""

    TRANSFERS_FILES = False
    _supports_check_mode = True

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Write the host's record, or that the release is withdrawn."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        _, words = self.validate_argument_spec({
            "records": {"type": "path", "required": True}, "release": {"type": "str", "required": True},
            "ring": {"type": "str", "default": "none"}, "reason": {"type": "str", "required": True},
            "outcome": {"type": "dict"}, "all": {"type": "bool", "default": False},
        })
        if self._task.check_mode:
            return {**result, "skipped": True}
        try:
            shelf = Records(Path(words["records"]), words["release"])
            if words["all"]:
                shelf.withdraw(words["reason"])
            else:
                shelf.write(_made((task_vars or {})["inventory_hostname"], words))
        except RolloutError as problem:
            raise AnsibleActionFail(str(problem)) from problem
        return result


def _made(host: str, words: dict[str, Any]) -> Record:
    """Return the record of a host that went back, or of one that should have and did not."""
    now, failed = stamp(datetime.now(UTC)), words["outcome"]
    result = "failed" if failed else "rolled_back"
    why = f"{words['reason']}: could not go back: {reason(failed)}" if failed else words["reason"]
    return Record(host=host, ring=words["ring"], run=f"rollback-{now[:10]}", release=words["release"],
                  was=words["release"], result=result, reason=why, began=now, ended=now)
