"""The daemon's status as the demo needs it: the one place that knows how the status is spelt."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

STAGES = (
    ("captured", "Quét", "captured"), ("analysed", "Phân tích", "analysed"), ("read", "Đọc chữ", "read"),
    ("assembled", "Ghép PDF/A", "assembled"), ("signed", "Ký số", "signed"), ("packed", "Đóng gói", "packed"),
    ("sent", "Gửi đi", "sent"), ("accepted", "Xác nhận", "accepted"),
)
"""Key in the status, Vietnamese, English."""

OVER = ("accepted", "held", "rejected")


@dataclass(frozen=True, slots=True)
class Picture:
    """One look at the daemon; lists hold the status' own tables."""

    device: dict[str, Any]
    counts: dict[str, int]
    stages: dict[str, int]
    batches: list[dict[str, Any]]
    dossiers: list[dict[str, Any]]
    documents: list[dict[str, Any]]
    deliveries: list[dict[str, Any]]
    held: list[dict[str, Any]]
    times: dict[str, str] = field(default_factory=dict)
    reconciled: bool = False
    idle: bool = False

    @property
    def state(self) -> str:
        """State of the device's session."""
        return str(self.device.get("state", "absent"))

    @property
    def loaded(self) -> bool:
        """Whether the device sees paper."""
        return self.device.get("feeder") == "loaded"

    @property
    def reload(self) -> dict[str, Any] | None:
        """The batch that waits for paper to be put back, or None."""
        return next((batch for batch in self.batches if batch.get("state") == "reload"), None)

    @property
    def over(self) -> bool:
        """Whether a batch was taken and nothing moves by itself any more."""
        settled = all(dossier["state"] in OVER for dossier in self.dossiers)
        quiet = all(batch["state"] in ("separated", "held") for batch in self.batches)
        return bool(self.batches) and self.idle and settled and quiet and self.state != "scanning"

    def totals(self, sides: int) -> dict[str, int]:
        """Return how many there will be at each stage, as far as is known; ``sides`` expected from the feeder."""
        pages = max(sides, self.stages.get("captured", 0))
        documents, dossiers = len(self.documents), len(self.dossiers)
        held = self.counts.get("held", 0)
        totals = {"captured": pages, "analysed": pages, "read": max(0, pages - held)}
        totals |= dict.fromkeys(("assembled", "signed"), documents)
        return totals | dict.fromkeys(("packed", "sent", "accepted"), dossiers)


def read(status: dict[str, Any], device: str) -> Picture:
    """Read a status answer."""
    found: dict[str, Any] = next((one for one in status.get("devices", []) if one.get("name") == device), {})
    counts = dict(status.get("counts", {}))
    reconciled = bool(counts.pop("reconciled", False))
    return Picture(
        found, counts, dict(status.get("stages", {})), list(status.get("batches", [])),
        list(status.get("dossiers", [])), list(status.get("documents", [])), list(status.get("deliveries", [])),
        list(status.get("held", [])), dict(status.get("times") or {}), reconciled, bool(status.get("idle")),
    )
