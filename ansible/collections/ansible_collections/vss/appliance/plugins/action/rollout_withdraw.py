"""Note on the controller that a release was taken back, for hosts and for all coming runs."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.vss.appliance.plugins.plugin_utils.rollout_records import (
    Record,
    Records,
    RolloutError,
    stamp,
)


class ActionModule(ActionBase):
    """``rollout_withdraw``: records (folder), release, ring and reason of this host; all: for the whole fleet."""

    TRANSFERS_FILES = False
    _supports_check_mode = True

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Write the host's record and, where asked, that the release is withdrawn."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        _, words = self.validate_argument_spec({
            "records": {"type": "path", "required": True}, "release": {"type": "str", "required": True},
            "ring": {"type": "str", "default": "none"}, "reason": {"type": "str", "required": True},
            "all": {"type": "bool", "default": False},
        })
        if self._task.check_mode:
            return {**result, "skipped": True}
        host, now = (task_vars or {})["inventory_hostname"], stamp(datetime.now(UTC))
        try:
            shelf = Records(Path(words["records"]), words["release"])
            shelf.write(Record(host=host, ring=words["ring"], run=f"rollback-{now[:10]}", release=words["release"],
                               was=words["release"], result="rolled_back", reason=words["reason"], began=now,
                               ended=now))
            if words["all"]:
                shelf.withdraw(words["reason"])
        except RolloutError as problem:
            raise AnsibleActionFail(str(problem)) from problem
        return result
