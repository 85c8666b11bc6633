"""Which release may follow which on a host: none that is older unless that is asked for, none across a gap."""

from __future__ import annotations

from appliance.core import errors
from appliance.release import generation
from appliance.release.host import Host
from appliance.release.manifest import Manifest, order

ASKED = "OLDER"
"""In the folder of a release: which newer one it was asked to follow when it was laid down."""


def refuse(host: Host, told: Manifest, *, asked: bool) -> None:
    """Raise RELEASE_OLDER or RELEASE_TOO_FAR where a release may not follow the one that runs.

    Args:
        host: where.
        told: the release.
        asked: somebody wants it although it is older.
    """
    running = generation.current(host)
    if running is None:
        return
    if order(told.version) < order(running.version) and not (asked or _asked(host, told, running.version)):
        raise errors.RELEASE_OLDER.error(version=told.version, running=running.version)
    if order(running.version) < order(told.upgrade_from):
        raise errors.RELEASE_TOO_FAR.error(version=told.version, running=running.version, least=told.upgrade_from)


def remember(host: Host, told: Manifest) -> None:
    """Note in a release that lies here that it was asked to follow what runs, where that is newer."""
    running = generation.current(host)
    if running and order(told.version) < order(running.version):
        (host.releases / told.version / ASKED).write_text(f"{running.version}\n", "ascii")


def _asked(host: Host, told: Manifest, running: str) -> bool:
    note = host.releases / told.version / ASKED
    return note.exists() and note.read_text("ascii").strip() == running
