"""Note how a host came through, on the controller; works for hosts that are away."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.vss.appliance.plugins.plugin_utils.rollout_records import (
    BAD,
    Record,
    Records,
    RolloutError,
    moment,
    stamp,
)

PUT_OFF = 3
"""Exit code of `appliance release` when a batch is being scanned."""

LONGEST = 300


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
            shelf.write(_made(shelf, host, words, (found, why)))
            if found in BAD - {"begun"}:
                shelf.summarise(plan["rings"])  # it ends the run, and no gate is reached any more
        except RolloutError as problem:
            raise AnsibleActionFail(str(problem)) from problem
        return result


def judged(outcome: dict[str, Any]) -> tuple[str, str]:
    """Return the result and its reason from what `appliance release activate` or a failed task returned."""
    said = _said(outcome)
    why = _why(outcome, said)
    if outcome.get("unreachable"):
        # It was being turned over: nobody knows how it is.
        return "failed", f"lost while it was being turned over: {why}"[:LONGEST]
    if outcome.get("rc") == PUT_OFF:
        return "deferred", why
    if said.get("rolled_back"):
        return "rolled_back", why
    if outcome.get("failed") or outcome.get("rc", 0):
        return "failed", why
    return "ok", ""


def _said(outcome: dict[str, Any]) -> dict[str, Any]:
    """Return the JSON object a command printed, the last line where there are several."""
    text = str(outcome.get("stdout") or "").strip()
    for part in (text, text.splitlines()[-1] if text else ""):
        try:
            found = json.loads(part)
        except ValueError:
            continue
        if isinstance(found, dict):
            return found
    return {}


def _why(outcome: dict[str, Any], said: dict[str, Any]) -> str:
    told = [said.get(name) for name in ("code", "reason", "en", "error", "message") if said.get(name)]
    rest = next((str(outcome[name]) for name in ("stderr", "msg", "stdout") if outcome.get(name)), "")
    text = " ".join(map(str, told)) or rest
    return " ".join(text.split())[-LONGEST:]


def _made(shelf: Records, host: str, words: dict[str, Any], found: tuple[str, str]) -> Record:
    before = shelf.read(host)
    same = before if before and before.run == words["plan"]["run"] else None
    now = datetime.now(UTC)
    began = same.began if same else stamp(now)
    seconds = (now - moment(began)).total_seconds() if same and same.result == "begun" else 0.0
    was = words["was"] if words["was"] is not None else (same.was if same else "")
    plan = words["plan"]
    return Record(host=host, ring=words["ring"], run=plan["run"], release=plan["release"], was=was, result=found[0],
                  reason=found[1], began=began, ended=stamp(now), seconds=seconds)
