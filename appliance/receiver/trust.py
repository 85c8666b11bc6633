"""Whether the certificates that PDF signatures must lead to are there: without them nothing can be decided.

Named in a settings file they must be there at the start. Named by ``--trust`` they may come later, as a development
root does that the office's daemon makes after the archive was started: packages wait for it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from pathlib import Path

from prometheus_client.core import GaugeMetricFamily, Metric

from appliance.core import errors

log = logging.getLogger(__name__)


def missing(trust: Iterable[str]) -> str:
    """Return the first file of ``trust`` that is not there, or nothing."""
    return next((path for path in trust if not Path(path).is_file()), "")


def require(trust: Iterable[str]) -> None:
    """Refuse to go on without one of the files.

    Raises:
        ApplianceError: RECEIVER_TRUST_MISSING.
    """
    if path := missing(trust):
        raise errors.RECEIVER_TRUST_MISSING.error(path=path)


class Awaited:
    """The files of a running archive; says once that one is missing, and once that all are there.

    It says the file's own name and not its folders: those may name a person, and anybody may ask for the health.
    """

    def __init__(self, trust: Sequence[str]) -> None:
        self._trust = tuple(trust)
        self._told = ""

    def there(self) -> bool:
        """Say whether packages can be decided."""
        path = missing(self._trust)
        if path and path != self._told:
            log.warning("%s", errors.RECEIVER_TRUST_AWAITED.error(path=Path(path).name))
        if self._told and not path:
            log.info("the root certificates are there: packages are decided again")
        self._told = path
        return not path

    def health(self) -> dict[str, str]:
        """Return what ``/healthz`` says: ok, or what is waited for."""
        if path := missing(self._trust):
            problem = errors.RECEIVER_TRUST_AWAITED.error(path=Path(path).name)
            return {"status": "waiting", "code": problem.code, "reason": str(problem)}
        return {"status": "ok"}

    def family(self) -> Metric:
        """Return the metric."""
        return GaugeMetricFamily("archive_trust_there", "1 while every root certificate of trust is there; at 0 "
                                 "packages wait undecided.", float(not missing(self._trust)))
