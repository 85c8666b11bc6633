"""Says whether the host's clock may be signed by: asks whom ``[clock]`` names, again and again. It never sets it.

Scanning, reading and sending never wait for it: what is wrong with a clock can be put right later everywhere but in
a signature.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from appliance import chrony, system_clock
from appliance.core import errors
from appliance.core.errors import ApplianceError
from appliance.core.timekeeping import Clock
from appliance.system_clock import ClockReading

log = logging.getLogger(__name__)

LOOK_SECONDS = 5.0

OF_CLOCK = frozenset({errors.CLOCK_UNKNOWN.code, errors.CLOCK_OFF.code})
"""Codes with which a document waits for the clock."""


@dataclass
class Timekeeper:
    """Knows whether the clock is right; ``refusal`` says why nothing may be signed, None while all is well."""

    settings: Clock = field(default_factory=Clock)
    kernel: Callable[[], ClockReading | None] = system_clock.read
    refusal: ApplianceError | None = None
    _heard: ClockReading | None = None

    def refuse(self) -> None:
        """Refuse to sign by a clock that is off, or of which nobody knows.

        Raises:
            ApplianceError: CLOCK_UNKNOWN or CLOCK_OFF.
        """
        if self.refusal is not None:
            raise self.refusal

    async def run(self) -> None:
        """Look until cancelled; returns at once where nobody is to be asked."""
        while self.settings.watch != "off":
            try:
                await self.look()
            except Exception:  # boundary: whatever trips over an answer, signing waits, and it is asked again
                if self.refusal is None:
                    log.exception("how the clock stands")
                self._heard, self.refusal = None, errors.CLOCK_UNKNOWN.error(reason=errors.UNEXPECTED.code)
            await asyncio.sleep(LOOK_SECONDS)

    async def look(self) -> None:
        """Ask how the clock stands now."""
        if self.settings.watch == "off":
            return
        if self.settings.watch == "chrony":
            self._heard = await chrony.ask(self.settings.chrony_port)
        else:
            self._heard = self.kernel()
        before, self.refusal = self.refusal, self._judged()
        if self.refusal is None and before is not None:
            log.info("the clock is right again: what waited is signed")
        elif self.refusal is not None and (before is None or before.code != self.refusal.code):
            log.warning("%s: %s", self.refusal.code, self.refusal.en)

    def reading(self) -> ClockReading | None:
        """Return how the clock stands, by whom the settings name; None where nobody says anything."""
        if self.settings.watch != "chrony":
            return self.kernel()
        if self._heard is not None:
            return self._heard
        known = self.kernel()  # chronyd is away: nobody keeps the clock right, whatever the kernel still believes
        return None if known is None else replace(known, synchronised=False)

    def told(self) -> dict[str, Any]:
        """Return what the status says of the clock; ``offset`` in seconds, None where it is not known."""
        found = self._heard
        return {"watch": self.settings.watch, "code": self.refusal.code if self.refusal else "",
                "offset": round(found.offset, 3) if found else None,
                "most": round(found.most, 3) if found else None,
                "synchronised": found.synchronised if found else None}

    def _judged(self) -> ApplianceError | None:
        """Return why nothing may be signed."""
        found = self._heard
        if found is None:
            asked = f"chronyd, UDP {self.settings.chrony_port}" if self.settings.watch == "chrony" else "kernel"
            return errors.CLOCK_UNKNOWN.error(reason=f"no answer: {asked}")
        if not found.synchronised:
            return errors.CLOCK_UNKNOWN.error(reason="no time source / không có nguồn giờ")
        off = abs(found.offset) + found.most
        if off > self.settings.max_offset_s:
            return errors.CLOCK_OFF.error(reason=f"{off:.0f} s > {self.settings.max_offset_s:g} s")
        return None
