"""What an archive asks of every PDF: whether its signature holds. Here archive and signing meet."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path


def signature_check(trust: Sequence[Path]) -> Callable[[Path], str]:
    """Return a check that gives an empty text, or why a signed PDF does not hold (``at`` a time, or now).

    Without a root to trust only integrity is checked: nothing was changed and nothing added.
    """
    from appliance.signing import verify as signatures  # pyHanko: only where PDFs are judged

    def check_pdf(path: Path, at: datetime | None = None) -> str:
        report = signatures.verify(path, list(trust), at)
        fine = report.valid if trust else report.intact and report.covers_whole_file
        return "" if fine else report.reason or "signature not valid"

    return check_pdf
