"""``appliance receive``: the embedded archive, and what its people do with it."""

from __future__ import annotations

from appliance.receiver import service
from appliance.signature_check import signature_check


def main(argv: list[str]) -> int:
    """Run the archive."""
    return service.main(argv, signature_check)
