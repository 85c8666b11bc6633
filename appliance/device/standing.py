"""How a device stands, as plain values with the operator's next step in words. Pure."""

from __future__ import annotations

from typing import Any

from appliance.core import errors
from appliance.core.states import SessionState
from appliance.device.session import Session


class _Words(dict[str, Any]):
    """Details of a text that only the scanner process knew: its reason stands for each."""

    def __missing__(self, key: str) -> Any:
        return self["reason"] or "?"


def standing(session: Session) -> dict[str, Any]:
    """Return name, state, feeder, text, identity, batch, sheet, code and messages (empty: all is well)."""
    hello = session.hello
    blocked = session.state is SessionState.BLOCKED
    code = session.blocked if blocked else session.trouble.code or session.blocked
    kind = errors.by_code(code)
    words = _Words(reason=session.trouble.reason, sheet=session.sheet or 1, device=session.name,
                   **session.blocked_details)
    return {
        "name": session.name, "state": session.state.value, "feeder": session.feeder.feeder.value,
        "text": session.feeder.text, "model": hello.model if hello else "", "serial": hello.serial if hello else "",
        "firmware": hello.firmware if hello else "", "profile": hello.profile if hello else "",
        "pid": hello.pid if hello else 0, "batch": session.batch, "sheet": session.sheet, "code": code,
        "message_vi": kind.vi.format_map(words) if code else "",
        "message_en": kind.en.format_map(words) if code else "",
    }
