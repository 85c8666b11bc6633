"""Target sheets among the sheets of a batch: they are put aside as separators are, wherever they lie. Pure."""

from __future__ import annotations

from collections.abc import Container, Iterable

from appliance.core.target import decode

__all__ = ["first_of_stack", "serial_of", "sheets"]


def serial_of(texts: Iterable[str]) -> str:
    """Return the number of the target sheet that sound codes among these name, or an empty text."""
    return next((said[1] for text in texts if (said := decode(text)) is not None), "")


def sheets(marks: Iterable[tuple[int, str]]) -> frozenset[int]:
    """Return the target sheets of a batch, from number of the sheet and text of every code in it."""
    return frozenset(sheet for sheet, text in marks if decode(text) is not None)


def first_of_stack(numbers: Iterable[int], targets: Container[int]) -> int:
    """Return the sheet that lies first when target sheets are left out; 1 where nothing else lies there."""
    return min((number for number in numbers if number not in targets), default=1)
