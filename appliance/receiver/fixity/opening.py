"""Puts the keeping of an archive together from its settings."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from appliance.receiver.archive import Archive
from appliance.receiver.fixity import sunset
from appliance.receiver.fixity.daily import Daily
from appliance.receiver.fixity.evidence import Evidence, Terms
from appliance.receiver.fixity.stamper import Stamper, roots
from appliance.receiver.judges import Judges


def evidence_of(archive: Archive) -> Evidence:
    """Return the evidence of an archive.

    Raises:
        ApplianceError: ALGORITHMS_UNREADABLE, TRUST_UNREADABLE.
    """
    settings = archive.settings.fixity
    own, others = map(Path, settings.trust), map(Path, archive.settings.trust)
    trust = [*own] or [path for path in others if path.is_file()]  # of signers, whose roots may come later
    table = sunset.load(Path(settings.algorithms) if settings.algorithms else None)
    stamp = Stamper(settings.tsa, trust) if settings.tsa else None
    return Evidence(archive, Terms(stamp, roots(trust), table, timedelta(days=settings.renew_days)))


def daily_of(archive: Archive, judges: Judges) -> Daily:
    """Return the daily work of an archive; errors as ``evidence_of``."""
    wanted = judges if archive.settings.fixity.signatures else None
    return Daily(archive, wanted, evidence_of(archive))
