"""What a person does with a device from the control socket or the page: one way in for both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from appliance.core import errors

VERBS = ("press", "resume", "finish", "cancel")


class Operations(Protocol):
    """What can be asked of a device; each raises ApplianceError when it is not in a state for it."""

    async def press(self, device: str, job: str = "") -> None:
        """Press Start; an empty job is that of the device."""

    async def resume(self, device: str) -> None:
        """Go on with an interrupted batch."""

    async def finish(self, device: str) -> None:
        """Close an interrupted batch as it is."""

    async def cancel(self, device: str) -> None:
        """Stop feeding."""


@dataclass(frozen=True)
class Hands:
    """Carries out what was asked."""

    operations: Operations

    async def act(self, verb: str, device: str, job: str = "") -> None:
        """Do one of ``VERBS``; ``job`` is for a press.

        Raises:
            ApplianceError: REQUEST_REFUSED for another verb, or what the device answers.
        """
        if verb not in VERBS:
            raise errors.REQUEST_REFUSED.error(reason="no such order")
        if verb == "press":
            await self.operations.press(device, job)
        else:
            await getattr(self.operations, verb)(device)
