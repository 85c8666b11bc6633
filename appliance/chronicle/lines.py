"""One event as the journal has it: a line of JSON that says everything, and fields by which it is found."""

from __future__ import annotations

import json

from appliance.chronicle.events import BY_NAME
from appliance.spool.chronicle import Told

PREFIX = "APPLIANCE_"


def text_of(told: Told, *, again: bool = False) -> str:
    """Return the line: one JSON object, the same keys in the same order for the same event."""
    said = {"time": told.at, "event": told.event, "seq": told.seq} | ({"again": True} if again else {})
    return json.dumps(said | told.fields, ensure_ascii=False, separators=(",", ":"))


def fields_of(told: Told) -> dict[str, str]:
    """Return the journal's fields of a line: every value that is a word or a number, by its name in capitals."""
    event = BY_NAME[told.event]
    fields = {"PRIORITY": str(event.priority), "MESSAGE_ID": event.id, f"{PREFIX}EVENT": told.event,
              f"{PREFIX}SEQ": str(told.seq)}
    return fields | {f"{PREFIX}{name.upper()}": str(value) for name, value in told.fields.items()
                     if isinstance(value, str | int | float)}
