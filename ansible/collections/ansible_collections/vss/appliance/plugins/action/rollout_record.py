"""Note how a host came through, on the controller; works for hosts that are away."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.vss.appliance.plugins.plugin_utils.rollout_outcome import judged
from ansible_collections.vss.appliance.plugins.plugin_utils.rollout_records import (
    BAD,
    Record,
    Records,
    RolloutError,
    moment,
    stamp,
)


class ActionModule(ActionBase):
    """``rollout_record``: plan, ring, was; result and reason, or outcome: what a task returned."""

    TRANSFERS_FILES = False
    _supports_check_mode = True

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return the record that stands there now."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        _, words = self.validate_argument_spec({
            "plan": {"type": "dict", "required": True}, "ring": {"type": "str", "required": True},
            "result": {"type": "str"}, "reason": {"type": "str", "default": ""}, "was": {"type": "str"},
            "outcome": {"type": "dict"},
        })
        given = words["outcome"]
        found, why = (words["result"], words["reason"]) if given is None else judged(given)
        host = (task_vars or {})["inventory_hostname"]
        result.update(result=found, reason=why)
        if self._task.check_mode:
            return {**result, "skipped": True}
        plan = words["plan"]
        try:
            shelf = Records(Path(plan["folder"]).parent, plan["release"])
            if found == "begun":
                shelf.refuse_withdrawn()
            shelf.write(_made(shelf, host, words, (found, why)))
            if found in BAD - {"begun"}:
                shelf.summarise(plan["rings"])  # it ends the run, and no gate is reached any more
        except RolloutError as problem:
            raise AnsibleActionFail(str(problem)) from problem
        return result


def _made(shelf: Records, host: str, words: dict[str, Any], found: tuple[str, str]) -> Record:
    before, now, plan = shelf.read(host), datetime.now(UTC), words["plan"]
    same = before if before and before.run == plan["run"] else None
    # A host that has the release, or may have it, got it in an earlier run: alerts and the soak count from there.
    had = same or (before if before and before.result in {"ok", "begun"} else None)
    proved = before.proved if before and found[0] not in BAD - {"begun"} else ""
    if found[0] == "ok" and (not proved or (words["outcome"] or {}).get("changed", True)):
        proved = stamp(now)
    begun = same if same and same.result == "begun" else None
    return Record(
        host=host, ring=words["ring"], run=plan["run"], release=plan["release"], result=found[0], reason=found[1],
        was=_was(words["was"], before, plan),
        began=had.began if had and had.began else stamp(now), ended=stamp(now), proved=proved,
        seconds=(now - moment(begun.ended)).total_seconds() if begun else 0.0)


def _was(told: str | None, before: Record | None, plan: dict[str, Any]) -> str:
    """Return what the host had before the release, also in a run that finds the release on it."""
    if before and (told == plan["release"] or (told is None and before.run == plan["run"])):
        return before.was or told or ""
    return told or ""
