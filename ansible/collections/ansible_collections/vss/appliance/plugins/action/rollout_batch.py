"""Stand between two batches of a ring: Ansible goes on past a host that it lost, this does not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.vss.appliance.plugins.plugin_utils import rollout_gates
from ansible_collections.vss.appliance.plugins.plugin_utils.rollout_records import Records, RolloutError


class ActionModule(ActionBase):
    """``rollout_batch``: plan, ring, and the hosts that are about to be turned over together."""

    TRANSFERS_FILES = False
    _supports_check_mode = True

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Fail where the release was withdrawn meanwhile, or a host before these was lost or failed."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        _, words = self.validate_argument_spec({
            "plan": {"type": "dict", "required": True}, "ring": {"type": "str", "required": True},
            "hosts": {"type": "list", "elements": "str", "required": True},
        })
        plan, ring = words["plan"], words["ring"]
        shelf = Records(Path(plan["folder"]).parent, plan["release"])
        try:
            shelf.refuse_withdrawn()
        except RolloutError as problem:
            raise AnsibleActionFail(str(problem)) from problem
        lost = rollout_gates.lost(plan["rings"][ring], shelf.all(), plan["run"], words["hosts"])
        if lost:
            shelf.summarise(plan["rings"])  # it ends the run, and no gate is reached any more
            told = rollout_gates.listed(lost)
            raise AnsibleActionFail(f"vòng {ring}: mất liên lạc hoặc thất bại giữa chừng, dừng lại / ring {ring}: "
                                    f"lost or failed while they were turned over, nobody else is: {told}")
        return {**result, "changed": False}
