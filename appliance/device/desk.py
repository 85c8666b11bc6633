"""What the stations ask of whoever keeps the ledger."""

from __future__ import annotations

from typing import Protocol

from appliance.device.protocol import Hello, Scan, SideDone


class Desk(Protocol):
    """Who keeps the ledger. Every method returns when the ledger's row is durable."""

    async def begin(self, device: str, hello: Hello | None = None, job: str = "") -> Scan:
        """Open a batch for ``job`` (empty: the device's), return what to scan; refuse by raising ApplianceError."""

    async def go_on(self, device: str, batch: str) -> Scan:
        """Take up the open batch again: its first missing sheet, the next attempt."""

    async def record(self, device: str, side: SideDone) -> None:
        """Write down a side; may be told the same side twice."""

    async def interrupted(self, device: str, batch: str, code: str) -> int:
        """Note that the feed broke off; return the sheet to put back from."""

    async def finished(self, device: str, batch: str) -> None:
        """Close a batch, also one without any side."""
