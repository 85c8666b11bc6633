"""Start on the device: sensors as read in one pass become presses. Pure; time comes in.

A press is a button that is on and was off, or was not looked at, only a moment ago: many devices latch a press
until it is read once, so being on in one pass is enough. A button that is on at the first look says nothing: it is
stuck, or was pressed when nobody looked, and counts again once it was seen off.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Protocol, runtime_checkable

from appliance.device.profile_tables import Start
from appliance.device.protocol import Pressed

Senses = Mapping[str, bool | int | str]
"""Sensors by name, as read in one pass; those that the driver lacks are missing."""


@runtime_checkable
class Sensing(Protocol):
    """A driver that reads sensors."""

    senses: Senses
    """What the last pass over them has read; empty when the device did not answer."""


class Button:
    """The buttons of one device that start a scan."""

    def __init__(self, start: Start) -> None:
        self._sensors = start.buttons
        self._function = start.function_sensor
        self._debounce = start.debounce_ms / 1000
        self._was: dict[str, bool] = {}
        self._edge: dict[str, float] = {}

    def look(self, senses: Senses, now: float) -> Pressed | None:
        """Take one pass over the sensors; return the press that it shows, the profile's first button before others.

        Two edges of a button closer than the profile's ``debounce_ms`` are one press.
        """
        found = None
        for name in self._sensors:
            if self._rises(name, senses, now) and found is None:
                found = Pressed(name, _function(senses.get(name), senses.get(self._function)))
        return found

    def forget(self) -> None:
        """Take what comes next for a first look: nobody has looked for a while (a scan, a device that was away)."""
        self._was.clear()

    def _rises(self, name: str, senses: Senses, now: float) -> bool:
        if name not in senses:
            self._was.pop(name, None)
            return False
        on = bool(senses[name])
        rises = on and self._was.get(name) is False
        self._was[name] = on
        if not rises:
            return False
        before = self._edge.get(name)
        self._edge[name] = now
        return before is None or now - before >= self._debounce


def _function(button: bool | int | str | None, sensor: bool | int | str | None) -> int:
    """Return the number that selects a job: its own sensor's, else what a button's text begins with."""
    for told in (sensor, button):
        if isinstance(told, str) and (number := re.match(r"\s*([0-9]{1,3})", told)):
            return int(number[1])
        if told is sensor and isinstance(told, int):
            return int(told)
    return 0
