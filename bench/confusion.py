"""Confusion tables: what a check should say of pages against what it said."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from bench.looked import Looked

CHECKS = ("blank", "secret", "contrast", "clipping", "exposure", "streaks", "cut_off", "folded_corner", "staple",
          "double_feed", "dpi_measured", "misregistration", "sharpness")
"""Names of verdicts; a check that the product does not have (yet) is shown as such."""


@dataclass
class Confusion:
    """Pages by what a check should say and what it said; by set, where it was wrong."""

    found: int = 0
    missed: int = 0
    false: int = 0
    held: int = 0
    unjudged: int = 0
    doubtful: int = 0
    where: Counter[str] = field(default_factory=Counter)

    @property
    def judged(self) -> int:
        """How many pages of clear truth were judged."""
        return self.found + self.missed + self.false + self.held

    def recall(self) -> float | None:
        """Return the share of what should be found that was found, None without any."""
        return _share(self.found, self.found + self.missed)

    def false_rate(self) -> float | None:
        """Return the share of what should hold that was flagged."""
        return _share(self.false, self.false + self.held)

    def f1(self) -> float | None:
        """Return the harmonic mean of precision and recall."""
        return _share(2 * self.found, 2 * self.found + self.false + self.missed)

    def take(self, page: Looked, check: str) -> None:
        """Count one page."""
        said = page.flagged(check)
        if check in page.truth.doubtful:
            self.doubtful += 1
        elif said is None:
            self.unjudged += 1
        elif should_fail(page, check):
            self.found += said
            self.missed += not said
            self.where[f"missed in {page.name}"] += not said
        else:
            self.false += said
            self.held += not said
            self.where[f"false in {page.name}"] += said


def should_fail(page: Looked, check: str) -> bool:
    """Say what the truth is."""
    if check == "blank":
        return page.truth.blank
    return page.truth.secret if check == "secret" else check in page.truth.bad


def confusions(pages: Iterable[Looked]) -> dict[str, Confusion]:
    """Return a table per check."""
    tables = {check: Confusion() for check in CHECKS}
    for page in pages:
        for check, table in tables.items():
            table.take(page, check)
    return tables


def shown(tables: dict[str, Confusion]) -> str:
    """Return the tables for a person, one line a check, the places of its errors under it."""
    heads = (("found", 7), ("missed", 8), ("false", 7), ("held", 7), ("unsaid", 8), ("unclear", 9), ("recall", 9),
             ("false rate", 12))
    lines = [f"{'check':17}" + "".join(f"{head:>{wide}}" for head, wide in heads)]
    for check, one in tables.items():
        if not one.judged:
            lines.append(f"{check:17}  not judged by this version")
            continue
        lines.append(f"{check:17}{one.found:7}{one.missed:8}{one.false:7}{one.held:7}{one.unjudged:8}"
                     f"{one.doubtful:9}{percent(one.recall()):>9}{percent(one.false_rate()):>12}")
        wrong = [f"{count} {place}" for place, count in one.where.most_common(4) if count]
        if wrong:
            lines.append(f"{'':17}  {', '.join(wrong)}")
    return "\n".join(lines)


def percent(share: float | None) -> str:
    """Return a share for a person."""
    return "-" if share is None else f"{100 * share:.2f} %"


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
