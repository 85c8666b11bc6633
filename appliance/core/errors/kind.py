"""What an error is: a code that never changes, its texts, whether trying again may help; the catalogue of all."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Any

BETWEEN, HALVES = " // ", 2
VI, EN = 0, 1


class Exit(IntEnum):
    """Exit codes of every command."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    HELD = 3


@dataclass(frozen=True, slots=True)
class Kind:
    """One entry of the catalogue."""

    code: str
    retry: bool
    vi: str
    en: str

    def error(self, **details: Any) -> ApplianceError:
        """Return an exception of this kind; details fill the texts."""
        return ApplianceError(self, details)


class ApplianceError(Exception):
    """An error of the catalogue. ``str`` gives code, Vietnamese and English."""

    def __init__(self, kind: Kind, details: dict[str, Any]) -> None:
        self.kind = kind
        self.details = details
        super().__init__(kind.code)

    @property
    def code(self) -> str:
        """The fixed code."""
        return self.kind.code

    @property
    def vi(self) -> str:
        """The text for the operator, in Vietnamese."""
        return fill(self.kind.vi, self.details)

    @property
    def en(self) -> str:
        """The text for the operator, in English."""
        return fill(self.kind.en, self.details, EN)

    def __str__(self) -> str:
        return f"{self.code}: {self.vi} / {self.en}"


class _Gaps(dict[str, Any]):
    """A text with an unknown detail is better than no text."""

    def __missing__(self, key: str) -> str:
        return "?"


def both(vi: str, en: str) -> str:
    """Return a detail that is said in two languages: each text of an error takes its own half."""
    return f"{vi}{BETWEEN}{en}"


def half(text: str, lang: int) -> str:
    """Return what a detail says in one language; one that was not said in two stands for itself."""
    halves = text.split(BETWEEN)
    return halves[lang] if len(halves) == HALVES else text


def fill(text: str, details: dict[str, Any], lang: int = VI) -> str:
    """Fill ``{name}`` places: a missing detail becomes ``?``, an empty value shows, ``both`` gives a half."""
    said = {name: half(one, lang) if isinstance(one, str) else one for name, one in details.items()}
    if said.get("value") == "":
        said["value"] = "''"
    return text.format_map(_Gaps(said))


CATALOGUE: dict[str, Kind] = {}
UNEXPECTED_CODE = "C099"


def declare(code: str, vi: str, en: str, *, retry: bool = False) -> Kind:
    """Enter an error into the catalogue; ``ValueError`` when its code is taken."""
    if code in CATALOGUE:
        raise ValueError(f"code {code} stands twice in the catalogue")
    CATALOGUE[code] = Kind(code, retry, vi, en)
    return CATALOGUE[code]


def by_code(code: str) -> Kind:
    """Return the entry of a code; an unknown code gives the entry for unexpected errors."""
    return CATALOGUE.get(code, CATALOGUE[UNEXPECTED_CODE])
