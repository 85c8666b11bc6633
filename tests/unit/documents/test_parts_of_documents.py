"""Where a document falls into parts, and what identifies its capture."""

from __future__ import annotations

from typing import Any

import pytest

from appliance.core.jobs import DocumentPart
from appliance.orders.documents import parts_of, provenance_id


def pages(*places: str) -> Any:
    """Rows of the ledger from "batch sheet"."""
    return [{"batch": place.split()[0], "sheet": int(place.split()[1])} for place in places]


@pytest.mark.parametrize("places", [
    ["A 1"], ["A 2", "A 2", "A 3", "A 3"], ["A 1", "A 2", "B 7", "A 4"], ["B 1", "A 2", "A 3", "B 4"]])
def test_a_document_of_one_piece_has_no_parts_even_with_a_page_scanned_again(places: list[str]) -> None:
    assert parts_of(pages(*places)) == ()


def test_a_part_begins_behind_a_separator_and_in_a_new_batch() -> None:
    assert parts_of(pages("A 1", "A 2", "A 4", "A 4", "B 2", "B 3")) == (
        DocumentPart(0, "Phần 1 / part 1"), DocumentPart(2, "Phần 2 / part 2"), DocumentPart(4, "Phần 3 / part 3"))


def test_the_capture_is_named_by_document_and_batches() -> None:
    assert provenance_id("H49.1.r1", pages("B1 1", "B2 1", "B1 3")) == "H49.1.r1@B1+B2"
