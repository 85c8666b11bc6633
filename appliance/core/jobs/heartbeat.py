"""The job of the synthetic page: drawn by a worker."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["SampleDone", "SampleJob"]


@dataclass(frozen=True, slots=True)
class SampleJob:
    """Draw a page that says what it is, as a colour JPEG at 300 dpi, to ``out``. Answer: ``SampleDone``.

    Attributes:
        head: first line, large; ``lines``: running text below it.
        number: digits that make this page another than every other, and by which its reading is judged.
    """

    out: str
    head: str
    lines: tuple[str, ...]
    number: str


@dataclass(frozen=True, slots=True)
class SampleDone:
    """The page lies at ``out`` of its job."""

    size: int
    seconds: float
