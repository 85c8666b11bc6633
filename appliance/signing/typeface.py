"""The stamp's letters: Tinos (widths of Times New Roman, SIL OFL 1.1) cut down to Vietnamese.

``stamp.ttf`` is part of the source; it is made once, not at run time, and its measures with it:

    python -m appliance.signing.typeface /usr/share/fonts/truetype/croscore/Tinos-Regular.ttf stamp.ttf letters.json

1000 units per em, because widths in a PDF are 1/1000 em and rounded ones break PDF/A (6.2.11.5);
without layout tables, because reading those took 0.45 s of every signature.
"""

from __future__ import annotations

import sys
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from appliance.core import lettering
from appliance.core.lettering import Metrics

FILE = Path(__file__).with_name("stamp.ttf")

LETTERS = (
    *range(0x20, 0x7F), *range(0xA0, 0x100), *range(0x1EA0, 0x1EFA),
    0x102, 0x103, 0x110, 0x111, 0x128, 0x129, 0x168, 0x169, 0x1A0, 0x1A1, 0x1AF, 0x1B0,
    0x2013, 0x2014, 0x2018, 0x2019, 0x201C, 0x201D, 0x2026, 0x20AB,
)
"""Latin-1, every Vietnamese letter of Unicode, dashes, quotation marks, the dong sign."""

DROPPED = ("GSUB", "GPOS", "GDEF", "kern", "DSIG", "cvt ", "fpgm", "prep", "gasp")


@dataclass(frozen=True, slots=True)
class Typeface:
    """A TrueType font ready to be embedded; measures in 1/1000 em.

    Attributes:
        name: PostScript name with the tag of a subset.
        program: the font file, deflated.
        program_size: its size before deflating, bytes.
        glyphs: glyph number of each letter.
        widths: advance of every glyph, by glyph number.
        box: left, bottom, right and top of all ink.
    """

    name: str
    program: bytes
    program_size: int
    glyphs: dict[str, int]
    widths: tuple[int, ...]
    box: tuple[int, int, int, int]
    ascent: int
    descent: int
    cap_height: int
    metrics: Metrics


@lru_cache(maxsize=2)
def load(path: Path = FILE) -> Typeface:
    """Read the stamp's font once a process.

    Raises:
        OSError: the file is missing.
    """
    from fontTools.ttLib import TTFont  # the daemon imports the package, never fontTools

    data = path.read_bytes()
    with TTFont(path, lazy=True) as font:
        order = font.getReverseGlyphMap()
        glyphs = {chr(code): order[name] for code, name in font.getBestCmap().items()}
        head, hhea, widths = font["head"], font["hhea"], font["hmtx"]
        return Typeface(
            name="VNSTMP+Tinos-Regular", program=zlib.compress(data, 9), program_size=len(data), glyphs=glyphs,
            widths=tuple(widths[name][0] for name in font.getGlyphOrder()),
            box=(head.xMin, head.yMin, head.xMax, head.yMax), ascent=hhea.ascent, descent=hhea.descent,
            cap_height=font["OS/2"].sCapHeight, metrics=_metrics(font),
        )


def _metrics(font: Any) -> Metrics:
    advance, top, bottom = {}, {}, {}
    outlines, widths = font["glyf"], font["hmtx"]
    for code, name in font.getBestCmap().items():
        outline = outlines[name]
        advance[chr(code)] = widths[name][0]
        top[chr(code)] = getattr(outline, "yMax", 0)
        bottom[chr(code)] = getattr(outline, "yMin", 0)
    return Metrics(advance, top, bottom)


def cut(source: Path, target: Path) -> int:
    """Write the subset of ``source`` to ``target``; return its size in bytes. Same input, same bytes.

    Raises:
        ValueError: the source lacks a letter that is asked for.
    """
    from fontTools import subset
    from fontTools.ttLib.scaleUpem import scale_upem

    options = subset.Options(layout_features=[], hinting=False, notdef_outline=True, glyph_names=False,
                             name_IDs=[0, 1, 2, 3, 4, 5, 6, 7, 13, 14], recalc_timestamp=False, recalc_bounds=True)
    options.drop_tables += list(DROPPED)
    font = subset.load_font(str(source), options)
    missing = [f"U+{code:04X}" for code in LETTERS if code not in font.getBestCmap()]
    if missing:
        raise ValueError(f"{source} lacks {' '.join(missing)}")
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=LETTERS)
    cutter.subset(font)
    scale_upem(font, 1000)
    font.save(str(target))
    return target.stat().st_size


def main(arguments: Sequence[str]) -> int:
    """Cut the font and write its measures down (core/lettering.py): source, target, measures are given."""
    source, target, measures = map(Path, arguments)
    size = cut(source, target)
    measures.write_text(lettering.as_text(load(target).metrics), encoding="utf-8")
    sys.stdout.write(f"{target} {size} bytes\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
