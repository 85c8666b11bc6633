"""How long an office can scan without the archive: what packages make the disk grow, and how much is left."""

from __future__ import annotations

COPIES = 3.0
"""Until the receipt a package lies on the disk three times: as masters, as signed PDFs, and as itself."""

MB = 1_000_000


def grows(packed: float) -> float:
    """Return the bytes a day adds to the disk on which packages of ``packed`` bytes are made."""
    return packed * COPIES


def days_left(free_mb: int, keep_mb: int, growth: float) -> float | None:
    """Return the days until scanning pauses (``storage.min_free_mb``); None while the growth is not known."""
    if growth <= 0:
        return None
    return round(max(0.0, (free_mb - keep_mb) * MB / growth), 1)
