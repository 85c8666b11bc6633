"""What Tesseract needs is named where it is missing: language, folder, package."""

from __future__ import annotations

import shutil
import struct
from pathlib import Path

import pytest

from appliance.core.errors import ApplianceError
from appliance.documents import languages


def model(folder: Path, name: str, data: bytes | None = None) -> None:
    """A model of one part that lies right behind the table."""
    (folder / f"{name}.traineddata").write_bytes(struct.pack("<iq", 1, 12) + b"x" if data is None else data)


def test_all_that_is_there_is_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("vie", "eng", "osd"):
        model(tmp_path, name)
    monkeypatch.setattr(shutil, "which", lambda _: "/usr/bin/tesseract")
    assert languages.refuse_missing("vie+eng", tmp_path) == "vie+eng"


@pytest.mark.parametrize(("there", "language", "package"), [
    (("eng", "osd"), "vie", "tesseract-ocr-vie"), (("vie", "osd"), "eng", "tesseract-ocr-eng"),
    (("vie", "eng"), "osd", "tesseract-ocr-osd"),
])
def test_what_is_missing_is_named(tmp_path: Path, there: tuple[str, ...], language: str, package: str) -> None:
    for name in there:
        model(tmp_path, name)
    with pytest.raises(ApplianceError) as refused:
        languages.refuse_missing("vie+eng", tmp_path)
    assert refused.value.code == "T461"
    for said in (refused.value.vi, refused.value.en):
        assert f"'{language}'" in said and package in said and str(tmp_path) in said


@pytest.mark.parametrize("data", [b"", b"\x01", struct.pack("<i", -1), struct.pack("<iq", 1, 12),
                                  struct.pack("<iq", 1, -1), struct.pack("<iq", 1, 10**12), b"<html>no such file"])
def test_a_damaged_model_is_as_good_as_none(tmp_path: Path, data: bytes) -> None:
    model(tmp_path, "vie", data)
    with pytest.raises(ApplianceError, match="T461"):
        languages.refuse_unreadable("vie", tmp_path)


def test_a_missing_program_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("vie", "osd"):
        model(tmp_path, name)
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(ApplianceError, match=r"T462.*tesseract-ocr"):
        languages.refuse_missing("vie", tmp_path)


def test_packages_are_named_as_debian_does() -> None:
    assert languages.package_of("chi_sim") == "tesseract-ocr-chi-sim"
