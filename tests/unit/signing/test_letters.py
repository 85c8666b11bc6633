"""The measures that core has of the stamp's letters are those of the font that is embedded."""

from __future__ import annotations

from appliance.core import lettering
from appliance.signing import typeface


def test_the_measures_in_core_are_those_of_the_embedded_font() -> None:
    face = typeface.load()
    assert lettering.load() == face.metrics
    assert {letter: face.widths[glyph] for letter, glyph in face.glyphs.items()} == lettering.load().advance


def test_the_file_of_measures_is_what_the_font_gives_byte_for_byte() -> None:
    assert lettering.FILE.read_text(encoding="utf-8") == lettering.as_text(typeface.load().metrics)
