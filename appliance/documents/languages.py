"""What Tesseract needs on this host: the program, a model for each language, and the one that knows what is up."""

from __future__ import annotations

import shutil
import struct
from pathlib import Path

from appliance.core import errors

PROGRAM = "tesseract"
ORIENTATION = "osd"
"""The model that is asked which way up a page is."""

_ENTRIES = struct.Struct("<i")
_MOST_ENTRIES = 64
"""A model begins with the number of its parts and where each begins, or -1 (tesseract, tessdatamanager.h)."""


def refuse_missing(languages: str, tessdata: Path) -> str:
    """Return the languages, ``vie+eng``, where all that reading them needs is installed.

    Raises:
        ApplianceError: OCR_LANGUAGE_MISSING, which names the first language without a model, and its package;
            OCR_PROGRAM_MISSING.
    """
    for language in dict.fromkeys((*languages.split("+"), ORIENTATION)):
        if not is_whole(tessdata / f"{language}.traineddata"):
            raise missing(language, tessdata)
    if shutil.which(PROGRAM) is None:
        raise errors.OCR_PROGRAM_MISSING.error()
    return languages


def refuse_unreadable(languages: str, tessdata: Path) -> None:
    """Raise OCR_LANGUAGE_MISSING where one of the languages themselves has no model."""
    for language in languages.split("+"):
        if not is_whole(tessdata / f"{language}.traineddata"):
            raise missing(language, tessdata)


def missing(language: str, tessdata: Path) -> errors.ApplianceError:
    """Return the error for a language without a model."""
    return errors.OCR_LANGUAGE_MISSING.error(language=language, folder=tessdata, package=package_of(language))


def package_of(language: str) -> str:
    """Return the Debian package that brings a language: ``chi_sim`` comes with ``tesseract-ocr-chi-sim``."""
    return f"tesseract-ocr-{language.replace('_', '-')}"


def is_whole(model: Path) -> bool:
    """Say whether a file is there and begins as a model does, with parts that lie within it.

    Tesseract itself goes on without a language that it cannot load, as long as another one is left.
    """
    try:
        size = model.stat().st_size
        with model.open("rb") as stream:
            (count,) = _ENTRIES.unpack(stream.read(_ENTRIES.size))
            if not 0 < count <= _MOST_ENTRIES:
                return False
            places = struct.unpack(f"<{count}q", stream.read(8 * count))
    except (OSError, struct.error):
        return False
    return any(place >= 0 for place in places) and max(places) < size
