"""Stand between two rings: fail, with the reasons, when the next one may not begin."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.vss.appliance.plugins.plugin_utils import rollout_gates, rollout_watch
from ansible_collections.vss.appliance.plugins.plugin_utils.rollout_records import (
    Record,
    Records,
    RolloutError,
    named,
)


class ActionModule(ActionBase):
    """``rollout_gate``: looks at all hosts of a ring as they are recorded, whatever the limit of this run."""

    TRANSFERS_FILES = False
    _supports_check_mode = True

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return the ring's figures, or fail with why nobody may go on."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        _, words = self.validate_argument_spec({
            "plan": {"type": "dict", "required": True}, "ring": {"type": "str", "required": True},
            "ok_percent": {"type": "float", "required": True},
            "unreachable_percent": {"type": "float", "required": True},
            "unreachable_count": {"type": "int", "required": True},
            "soak_minutes": {"type": "float", "default": 0.0},
            "approval": {"type": "bool", "default": False}, "limited": {"type": "bool", "default": False},
            "prometheus": {"type": "dict", "default": {}},
        })
        if self._task.check_mode:
            return {**result, "skipped": True, "msg": "a dry run has no results that a gate could look at"}
        shelf = Records(Path(words["plan"]["folder"]).parent, words["plan"]["release"])
        result["summary"] = shelf.summarise(words["plan"]["rings"])["rings"][words["ring"]]
        try:
            found = _refusals(shelf, words)
        except RolloutError as problem:
            found = [str(problem)]
        if found:
            raise AnsibleActionFail("; ".join(found), result=result)
        return result


def _refusals(shelf: Records, words: dict[str, Any]) -> list[str]:
    ring, order = words["ring"], list(words["plan"]["order"])
    hosts = words["plan"]["rings"][ring]
    later = [one for one in order[order.index(ring) + 1:] if words["plan"]["rings"][one]]
    if words["limited"] and not later and not any(shelf.read(host) for host in hosts):
        return []  # the limit left the last ring out: nothing stands behind this gate
    found = _spoken(shelf, words)
    if found or not later or not hosts:
        return found
    _soak(hosts, shelf.all(), timedelta(minutes=words["soak_minutes"]))
    found = _spoken(shelf, words)  # again: while the ring was watched, somebody may have taken the release back
    if words["prometheus"]:
        found += _alerts(words, hosts, shelf.all())
    if words["approval"] and len(later) == 1:
        found += _unapproved(shelf.folder / f"approved-{named(later[0])}", later[0])
    return found


def _spoken(shelf: Records, words: dict[str, Any]) -> list[str]:
    """Return what the records say against the next ring, as they are now."""
    shelf.refuse_withdrawn()
    ring = words["ring"]
    limits = rollout_gates.Limits(words["ok_percent"], words["unreachable_percent"], words["unreachable_count"])
    if ring == words["plan"]["order"][0]:
        limits = rollout_gates.Limits(limits.ok_percent, 0, 0)
    return rollout_gates.refusals(ring, words["plan"]["rings"][ring], shelf.all(), limits)


def _soak(hosts: list[str], known: dict[str, Record], soak: timedelta) -> None:
    """Wait until the ring has run long enough; a second run does not wait anew."""
    time.sleep(rollout_gates.rest(hosts, known, soak, datetime.now(UTC)))


def _alerts(words: dict[str, Any], hosts: list[str], known: dict[str, Record]) -> list[str]:
    now, watch = datetime.now(UTC), rollout_watch.Watch(**words["prometheus"])
    spell = rollout_gates.spell(hosts, known, (words["plan"]["run"], timedelta(minutes=words["soak_minutes"])), now)
    looked = rollout_watch.Spell(*spell, now)
    fired = rollout_watch.new_pages(watch, words["ring"], words["plan"]["release"], looked)
    if not fired:
        return []
    told = rollout_gates.listed(fired)
    return [f"vòng {words['ring']}: có cảnh báo mới từ khi cài / ring {words['ring']}: new alerts since: {told}"]


def _unapproved(path: Path, ring: str) -> list[str]:
    if path.exists() and path.read_text(encoding="utf-8").strip():
        return []
    said = f"ring {ring} waits for a person: write name and date into {path}"
    return [f"vòng {ring} cần người duyệt: hãy ghi tên và ngày vào {path} / {said}"]
