"""What a task on a host came to, by what `appliance release` printed."""

from __future__ import annotations

import json
from typing import Any

PUT_OFF = 3
"""Exit code of `appliance release` when a batch is being scanned."""

LONGEST = 300


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


def reason(outcome: dict[str, Any]) -> str:
    """Return why a task failed, in one line."""
    return _why(outcome, _said(outcome))


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
