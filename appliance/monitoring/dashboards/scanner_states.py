"""The states of a scanner as numbers, so that one line tells them over time, and as words."""

from __future__ import annotations

from appliance.core.states import SessionState
from appliance.monitoring.dashboards.panel import BLUE, GREEN, ORANGE, RED, YELLOW

WORDS = {
    SessionState.ABSENT: ("vắng · absent", RED), SessionState.READY: ("sẵn sàng · ready", GREEN),
    SessionState.SCANNING: ("đang quét · scanning", BLUE), SessionState.RELOAD: ("nạp lại giấy · reload", YELLOW),
    SessionState.BLOCKED: ("tạm dừng · paused", ORANGE), SessionState.UNUSABLE: ("không dùng được · unusable", RED),
}

NAMES = tuple((float(number), *WORDS[state]) for number, state in enumerate(SessionState))
"""Number, word and colour of each state."""


def as_number(where: str) -> str:
    """Return the PromQL of a scanner's state as its number; ``where`` says whose."""
    states = " or ".join(f'{number} * appliance_scanner_state{{state="{state.value}",{where}}}'
                         for number, state in enumerate(SessionState))
    return f"sum by (device) ({states})"
