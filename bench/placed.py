"""What is said of a page besides its checks: where streaks lie, how large the paper is, whether two sides agree."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence

import numpy as np

from appliance.core import agreement
from appliance.core.model import Paper
from appliance.imaging.paper_size import size_name
from bench.looked import Looked

APART = 3
"""How many sheets lie between a front and the back of another sheet that it is compared with."""

Figures = dict[str, float | int | None]


def figures(pages: Sequence[Looked], limit_mm: float) -> Figures:
    """Return the figures of all that; None where no page shows it."""
    places, sizes = streak_errors(pages), paper_errors(pages)
    same, others = sides(pages)
    return {
        "streak_place_max_mm": _most(places), "streaks_placed": len(places),
        "paper_error_p95_mm": round(float(np.percentile(sizes, 95)), 2) if sizes else None,
        "paper_error_max_mm": _most(sizes), "papers": len(sizes), "paper_names_right": _share(names(pages)),
        "sides_false_rate": _share([apart > limit_mm for apart in same]), "sides_same_max_mm": _most(same),
        "sides_recall": _share([apart > limit_mm for apart in others]), "sides_pairs": len(same),
    }


def told(pages: Sequence[Looked], limit_mm: float) -> list[str]:
    """Return the same for a person, a line a thing."""
    found = {name: "-" if value is None else value for name, value in figures(pages, limit_mm).items()}
    return [
        "streaks: {streaks_placed} placed, at most {streak_place_max_mm} mm off".format(**found),
        "paper: {papers} with certain edges, p95 {paper_error_p95_mm} mm, most {paper_error_max_mm} mm; "
        "{paper_names_right} named right".format(**found),
        "front and back above {limit} mm: {sides_false_rate} of {sides_pairs} sheets (most {sides_same_max_mm} "
        "mm), {sides_recall} of backs of other sheets".format(limit=limit_mm, **found),
    ]


def streak_errors(pages: Sequence[Looked]) -> list[float]:
    """Return how far, in mm, the place that is told lies from the nearest streak that is there."""
    errors = []
    for one in pages:
        found = one.verdict("streaks")
        if found is not None and found.code and found.where and one.truth.streaks:
            at = float(found.where.removesuffix(" mm"))
            errors.append(min(abs(at - x * 25.4 / one.truth.header_dpi) for x in one.truth.streaks))
    return errors


def paper_errors(pages: Sequence[Looked]) -> list[float]:
    """Return the larger error of width and height, mm, of papers whose edges are said to be certain."""
    return [max(abs(paper.width_mm - one.truth.paper_mm[0]), abs(paper.height_mm - one.truth.paper_mm[1]))
            for one, paper in _papers(pages)]


def names(pages: Sequence[Looked]) -> list[bool]:
    """Say of each such paper whether it has its right name."""
    return [paper.size == size_name(*one.truth.paper_mm) for one, paper in _papers(pages)]


def sides(pages: Sequence[Looked]) -> tuple[list[float], list[float]]:
    """Return how far, mm, front and back of one sheet lie apart; and fronts with the backs of other sheets.

    Of other sheets those pairs are left out that cannot be told apart: of one size, and askew alike within 1 mm.
    """
    of_set = [one for one in pages if one.name == "sides" and one.analysis and one.analysis.paper]
    sheets = [(front, back) for front, back in itertools.pairwise(of_set)
              if front.number % 2 == 0 and back.number == front.number + 1]
    others = [(front, back) for (front, _), (_, back) in zip(sheets, sheets[APART:], strict=False)
              if agreement.apart_mm(_true(front), _true(back)) > 1.0]
    return _apart(sheets), _apart(others)


def _apart(pairs: Sequence[tuple[Looked, Looked]]) -> list[float]:
    found = []
    for front, back in pairs:
        ours, theirs = (one.analysis.paper if one.analysis else None for one in (front, back))
        if ours and theirs and ours.certain and theirs.certain:
            found.append(agreement.apart_mm(ours, theirs))
    return found


def _true(one: Looked) -> Paper:
    return Paper(*one.truth.paper_mm, skew=-one.truth.skew)


def _papers(pages: Sequence[Looked]) -> Iterator[tuple[Looked, Paper]]:
    """Yield pages that lie right and whole, with a paper that is certain."""
    for one in pages:
        paper = one.analysis.paper if one.analysis else None
        cut = one.truth.bad | one.truth.doubtful
        if (paper is not None and paper.certain and one.upright() and one.truth.header_dpi == one.truth.dpi
                and not cut & {"cut_off", "double_feed", "folded_corner"}):
            yield one, paper


def _most(values: Sequence[float]) -> float | None:
    return round(max(values), 2) if values else None


def _share(values: Sequence[bool]) -> float | None:
    return round(math.fsum(values) / len(values), 4) if values else None
