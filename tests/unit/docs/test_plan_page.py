"""The manual of plan and reports shows every field and every line as code and data have them."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance.documents.register import spec
from appliance.planning.lines import lines
from appliance.planning.plan_file import KIND
from appliance.planning.tally import STREAMS, Figures

DOCS = Path(__file__).parents[3] / "docs"
FIELDS = list(spec.kind(KIND).fields.values())


def rows(page: str, part: str) -> list[list[str]]:
    text = (DOCS / page).read_text(encoding="utf-8").partition(f"<!-- {part} -->")[2].partition("<!-- end -->")[0]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in text.strip().splitlines()[2:]]


@pytest.mark.parametrize("one", FIELDS, ids=lambda one: one.name)
def test_every_field_of_a_plan_stands_in_the_manual(one: spec.Field) -> None:
    (row,) = [row for row in rows("plan.md", KIND) if row[0] == f"`{one.name}`"]
    assert row[1:5] == [one.vi, one.kind, str(one.max), "yes" if one.required else "no"]
    assert row[5] == f"like `{one.example}`"
    assert row[6] == "; ".join(one.headings)


def test_the_manual_names_no_field_that_is_gone() -> None:
    assert len(rows("plan.md", KIND)) == len(FIELDS)


def test_every_line_of_a_report_stands_in_the_manual_in_its_order() -> None:
    found = lines({stream: Figures() for stream in STREAMS})
    assert [row[:2] for row in rows("reports.md", "lines")] == [[f"`{one.key}`", one.name] for one in found]
    assert len({one.key for one in found}) == len(found)
