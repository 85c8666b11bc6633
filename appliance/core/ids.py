"""Identifiers made here: UUIDv7 (RFC 9562), so that the order of names is the order of time."""

from __future__ import annotations

import secrets
import time
import uuid


def uuid7(now_ms: int | None = None) -> str:
    """Return a new UUIDv7 as text; ``now_ms`` is Unix time in milliseconds."""
    stamp = int(time.time() * 1000) if now_ms is None else now_ms
    value = (stamp & ((1 << 48) - 1)) << 80
    value |= 0x7 << 76 | secrets.randbits(12) << 64
    value |= 0b10 << 62 | secrets.randbits(62)
    return str(uuid.UUID(int=value))
