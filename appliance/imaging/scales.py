"""Resolutions that a page may have, whatever its header says: by what factor the header may be off.

A header is wrong by a factor of usual resolutions: 200 for 300 dpi, or, where none is stated, the one that makes an
A5 sheet as wide as A4. Where the frame or the paper has a known size the header is believed, unless another factor
makes a known size of it as well: A6 for A4, A5 for A3.
"""

from __future__ import annotations

from appliance.imaging.paper import Sheet
from appliance.imaging.paper_size import SIZES, size_name

Size = tuple[float, float]

USUAL = (100, 150, 200, 240, 300, 400, 600)
"""Resolutions that scanners have and in which pages are archived, dpi."""

WIDTHS_MM = (210.0, 148.0, 297.0, 105.0)
SHAPE, SHAPE_SLACK = 1.414, 0.02
"""Widths of A4, A5, A3 and A6, and how many times longer they are: a frame of that shape may be any of them."""

SAME = 0.06
"""Share by which two factors differ at least: a stamp is still found where the resolution is off by twice that."""

SHORTEST_MM, WIDEST_MM, LONGEST_MM = (40.0, 60.0), 310.0, 1000.0
"""Least sides of a page, and what scanners take in: A3 and its lid, or a long receipt."""

COMMON = ("A4", "A5", "A3", "A6", "card 5x8", "card 4x6", "card 3x5", "id card")
"""Sizes that another factor may make; the others lie so near to these that any page would be looked at twice."""

NEARLY, NEARLY_MM = 0.03, 2.0
"""Share, and mm besides, by which a size made with another factor may differ from a known one."""

NOT_NAMED = ("", "receipt")


def scales(shape: tuple[int, ...], dpi: float, header: float, sheet: Sheet | None = None) -> list[float]:
    """Return by what the header's resolution may have to be multiplied, the likeliest first, which is 1.

    Args:
        shape: of the image (height, width, ...).
        dpi: of the image according to the header.
        header: resolution of the captured image according to the header.
        sheet: the paper on the image, if it was looked for.
    """
    frame = (shape[1] * 25.4 / dpi, shape[0] * 25.4 / dpi)
    sizes = [frame] + ([sheet.size_mm] if sheet is not None and sheet.certain else [])
    likely = [dpi / header for dpi in sorted(USUAL, key=lambda usual: abs(usual - header))]
    if any(map(_is_named, sizes)):
        likely = [scale for scale in likely if any(_is_nearly_named(_scaled(size, scale)) for size in sizes)]
    else:
        likely += [min(size) / width for size in sizes if _is_of_a_series(size) for width in WIDTHS_MM]
    found = [1.0]
    for scale in likely:
        if _is_possible(_scaled(sizes[-1], scale)) and all(abs(scale / one - 1) > SAME for one in found):
            found.append(scale)
    return found


def _scaled(size: Size, scale: float) -> Size:
    return size[0] / scale, size[1] / scale


def _is_named(size: Size) -> bool:
    return size_name(*size) not in NOT_NAMED


def _is_nearly_named(size: Size) -> bool:
    """Say whether a size may be a known one that was measured with a wrong resolution: errors grow with it."""
    return any(all(abs(side / known - 1) <= NEARLY + NEARLY_MM / known
                   for side, known in zip(sorted(size), SIZES[name], strict=True)) for name in COMMON)


def _is_of_a_series(size: Size) -> bool:
    return abs(max(size) / max(1.0, min(size)) / SHAPE - 1) <= SHAPE_SLACK


def _is_possible(size: Size) -> bool:
    short, long = sorted(size)
    return SHORTEST_MM[0] <= short <= WIDEST_MM and SHORTEST_MM[1] <= long <= LONGEST_MM
