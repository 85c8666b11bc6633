"""Jobs on filed packages: their pages read once more, by a better model than the first time."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Recipe", "Reread", "RereadJob"]


@dataclass(frozen=True, slots=True)
class Recipe:
    """How pages are read; what a page's text is named after beside its image.

    Attributes:
        models: SHA-256 of the language models together, in the order of ``languages``.
    """

    languages: str
    engine: str
    dpi: int
    models: str
    release: str


@dataclass(frozen=True, slots=True)
class RereadJob:
    """Read the pages of one package that were not read by this recipe yet. Answer: ``Reread``.

    Attributes:
        package: the ZIP, where every worker finds it; ``sha256`` its hash.
        out: folder of the recipe (``second_reading.folder_of``).
        tessdata: folder of the models, the same content on every host.
        seconds: after so many the answer says what is left.
    """

    package: str
    sha256: str
    out: str
    recipe: Recipe
    tessdata: str
    max_pixels: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Reread:
    """How many pages the package has, were read now, were known, are left; codes of those nobody can read."""

    pages: int
    fresh: int
    known: int
    left: int
    unread: tuple[str, ...] = ()
