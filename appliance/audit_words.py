"""What each kind of link of the audit chain says to a person, in Vietnamese and English (audit_words.toml)."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

LANGUAGES = ("vi", "en")
_FILE = Path(__file__).with_name("audit_words.toml")


@dataclass(frozen=True, slots=True)
class Words:
    """Both texts of every kind, and of every detail."""

    kinds: dict[str, tuple[str, str]]
    details: dict[str, tuple[str, str]]
    values: dict[str, tuple[str, str]]

    def kind(self, what: str, lang: str) -> str:
        """Return what a kind says; one of a newer release stands for itself."""
        return self.kinds.get(what, (what, what))[LANGUAGES.index(lang)]

    def detail(self, name: str, lang: str) -> str:
        """Return the name of a detail, likewise."""
        return self.details.get(name, (name, name))[LANGUAGES.index(lang)]

    def value(self, text: str, lang: str) -> str:
        """Return a value as a person reads it: one word, or a word before a number or a time."""
        head, _, number = text.rpartition(" ")
        if head in self.values:
            return f"{self.values[head][LANGUAGES.index(lang)]} {number}"
        return self.values.get(text, (text, text))[LANGUAGES.index(lang)]


@lru_cache(maxsize=1)
def words() -> Words:
    """Return the catalogue."""
    data = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    return Words(*({name: (vi, en) for name, (vi, en) in data[table].items()}
                   for table in ("kinds", "details", "values")))
