"""How a scanner's captures change over thousands of pages: dirt on its glass, a worn roller, an ageing lamp.

For each measure of each side a slow mean with its variance is kept (the baseline, about ``BASELINE_PAGES``) and a
quick one (``RECENT_PAGES``). How far the quick one lies from the slow one is seen long before a page fails a check.
Each side has a glass of its own. Pages are counted in the transaction that says they were looked at, each once.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Any

from appliance.core import clock
from appliance.core.limits import ImageLimits
from appliance.core.model import PageAnalysis
from appliance.spool.ledger import Ledger, Row

BASELINE_PAGES, RECENT_PAGES = 3000, 100

FEWEST_PAGES = 100
"""Pages before anything is said: until then one batch of odd papers would look like a change."""

FAR = 4.0
"""Standard deviations beyond which a page counts as this far only: one torn sheet is no change of the scanner."""

LEAST_SPREAD = {"streaks": 0.5, "focus": 0.02, "background": 2.0, "blank": 0.1, "skew": 0.1}
"""Every measure, with the least standard deviation that is believed. Units: grey levels, share of contrast in the
steepest step, grey level of the paper, share of pages, degrees either way."""

SEEN = 2.0
"""Standard deviations from which somebody should look at the scanner."""

WORSE = {"streaks": 1.0, "focus": -1.0, "background": -1.0, "skew": 1.0}
"""Which way a measure gets worse; of others either way is told."""

NEAR_STREAKS, NEAR_OTHERS = 0.5, 1.1
"""How near the limit of a page's check, as a share of it, recent pages may come before somebody should look: a
scanner that was dirty from its first page has no clean baseline to differ from."""

CHECKS = {"streaks": "streaks", "focus": "sharpness", "background": "exposure"}
"""The verdict whose number a measure is."""


@dataclass(frozen=True, slots=True)
class Baseline:
    """Where a measure stands after ``pages``: slow mean, variance about it, quick mean."""

    pages: int = 0
    mean: float = 0.0
    square: float = 0.0
    recent: float = 0.0


@dataclass(frozen=True, slots=True)
class Drift:
    """One measure of one side of a scanner; ``spread`` is the baseline's standard deviation, never 0."""

    side: str
    measure: str
    pages: int
    baseline: float
    spread: float
    recent: float

    @property
    def away(self) -> float:
        """Standard deviations of single pages by which recent ones lie above the baseline; 0 of too few pages."""
        return (self.recent - self.baseline) / self.spread if self.pages >= FEWEST_PAGES else 0.0


def notable(one: Drift, limits: ImageLimits) -> bool:
    """Say whether somebody should look at the scanner: it is far off its baseline, or near where pages fail."""
    if one.pages < FEWEST_PAGES:
        return False
    near = {"streaks": one.recent >= NEAR_STREAKS * limits.streaks,
            "focus": one.recent <= NEAR_OTHERS * limits.sharpness,
            "background": one.recent <= NEAR_OTHERS * limits.exposure}
    away = one.away * WORSE[one.measure] if one.measure in WORSE else abs(one.away)
    return away >= SEEN or near.get(one.measure, False)


def step(old: Baseline, value: float, least: float) -> Baseline:
    """Add one page: exponentially weighted mean and variance (West 1979), plain ones while pages are few.

    ``least`` is the smallest standard deviation that bounds outliers.
    """
    pages = old.pages + 1
    slow, quick = (max(1 / pages, 2 / (span + 1)) for span in (BASELINE_PAGES, RECENT_PAGES))
    bound = FAR * max(math.sqrt(old.square), least) if pages > FEWEST_PAGES else math.inf
    away = min(max(value - old.mean, -bound), bound)
    return Baseline(pages, old.mean + slow * away, (1 - slow) * (old.square + slow * away * away),
                    old.recent + quick * (old.mean + away - old.recent))


def learn(ledger: Ledger, page: Row, analysis: PageAnalysis) -> None:
    """Count a page that was looked at; to be called in the transaction that says so."""
    batch = ledger.one("batch", id=page["batch"])
    if batch is None:
        return
    where = {"device": batch["device"], "serial": _serial(batch), "side": page["side"]}
    now = clock.iso(clock.now(), "microseconds")  # who was last here is asked: two pages may come within one ms
    for measure, value in measures(analysis).items():
        row = ledger.one("drift", **where, measure=measure)
        old = Baseline(row["pages"], row["mean"], row["square"], row["recent"]) if row else Baseline()
        new = step(old, value, LEAST_SPREAD[measure])
        ledger.act("put_drift", **where, measure=measure, pages=new.pages, mean=new.mean, square=new.square,
                   recent=new.recent, at=now)


def measures(analysis: PageAnalysis) -> dict[str, float]:
    """Return what a page says of its scanner; what was not judged on it is left out."""
    values = {verdict.check: verdict.value for verdict in analysis.verdicts}
    found = {measure: values[check] for measure, check in CHECKS.items() if check in values}
    if analysis.paper is not None and analysis.paper.skew is not None:
        found["skew"] = abs(analysis.paper.skew)
    return {**found, "blank": float(analysis.blank)}


def of_device(ledger: Ledger, device: str) -> tuple[Drift, ...]:
    """Return where all measures stand of the scanner that a device was last."""
    return tuple(_drift(row) for row in ledger.all("drift_of_device", device=device))


def _drift(row: Row) -> Drift:
    spread = max(math.sqrt(row["square"]), LEAST_SPREAD.get(row["measure"], 0.0)) or 1.0
    return Drift(row["side"], row["measure"], row["pages"], row["mean"], spread, row["recent"])


def _serial(batch: Row) -> str:
    provenance: dict[str, Any] = json.loads(batch["provenance"] or "{}")
    return str(provenance.get("serial", ""))
