"""Which pages of a batch wait because a sheet among them is in doubt. Pure.

A stretch is what lies between two dossier separators. One with a sheet in doubt is not separated before the doubt
is settled; the others are. A sheet in doubt begins no stretch: it may be a separator that was fed twice, or one
that lies where another should.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from itertools import groupby

from appliance.core.model import SheetKind
from appliance.documents.sheet import Seal, SidePage, look


def waiting(pages: Sequence[SidePage], doubted: Container[int], seal: Seal) -> frozenset[int]:
    """Return the ids of all pages in stretches that have a page in doubt.

    Args:
        pages: in the order of capture, without replaced attempts.
        doubted: ids of pages in doubt.
        seal: what makes a separator sound.
    """
    found: set[int] = set()
    for stretch in stretches(pages, doubted, seal):
        if any(page.id in doubted for page in stretch):
            found |= {page.id for page in stretch}
    return frozenset(found)


def stretches(pages: Sequence[SidePage], doubted: Container[int], seal: Seal) -> list[list[SidePage]]:
    """Return the pages in runs that begin with the separator of a dossier; the first may begin without."""
    runs: list[list[SidePage]] = [[]]
    code = ""
    for _, group in groupby(pages, key=lambda page: page.sheet):
        sides = tuple(group)
        separator = look(sides, seal).separator
        begins = separator is not None and separator.kind is SheetKind.DOSSIER and separator.file_code != code
        if separator is not None and begins and not any(page.id in doubted for page in sides):
            runs.append([])
            code = separator.file_code
        runs[-1] += sides
    return [run for run in runs if run]
