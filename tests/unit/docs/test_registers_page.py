"""The manual of registers shows every field, heading and rule as the data have them, and its examples are good."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance.documents.register import spec
from appliance.documents.register.reading import Reading, Wish

DOCS = Path(__file__).parents[3] / "docs"
KINDS = [spec.kind(name) for name in spec.KINDS]
EVERY = [pytest.param(kind, one, id=f"{kind.name}-{one.name}") for kind in KINDS for one in kind.fields.values()]


def part(name: str) -> list[str]:
    text = (DOCS / "registers.md").read_text(encoding="utf-8")
    return text.partition(f"<!-- {name} -->")[2].partition("<!-- end -->")[0].strip().splitlines()[2:]


@pytest.mark.parametrize(("kind", "one"), EVERY)
def test_every_field_stands_in_the_manual_with_its_bounds(kind: spec.RegisterKind, one: spec.Field) -> None:
    (row,) = [line for line in part(kind.name) if line.startswith(f"| `{one.name}` |")]
    cells = [cell.strip() for cell in row.strip("|").split(" | ")]
    assert cells[1:4] == [one.vi, one.kind, str(one.max)]
    assert cells[6] == "; ".join(one.headings)
    assert cells[4].startswith("yes") == (one.required and not one.default)
    assert all(f"{code} {meaning}" in cells[5] for code, meaning in one.codes.items())
    assert all(f"`{rule}`" in cells[5] for rule in one.barred.values() if one.codes)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_the_manual_names_no_field_that_is_gone(kind: spec.RegisterKind) -> None:
    assert len(part(kind.name)) == len(kind.fields)


def test_every_rule_stands_in_the_manual_and_no_other() -> None:
    assert part("rules") == [f"| `{name}` | {vi} | {en} |" for name, (vi, en) in spec.rules().items()]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_the_shipped_example_is_a_good_register_and_has_every_column(kind: spec.RegisterKind) -> None:
    reading = Reading(DOCS / "examples" / f"{kind.name}-register.csv", Wish(kind))
    assert [row.faults for row in reading.checked() if row.faults] == []
    assert reading.rows >= 2
    assert set(reading.found.columns.values()) == set(kind.fields)
