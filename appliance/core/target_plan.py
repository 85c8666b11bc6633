"""Where everything stands on the target sheet of design VSTGT1: millimetres from the top left of an upright A4.

The drawing and the measuring both read it. Whoever moves anything gives the design another number (``target``).
"""

from __future__ import annotations

from dataclasses import dataclass

WIDTH, HEIGHT = 210.0, 297.0

# Bull's-eyes: a disc, a white ring, a black ring; the radii are far from those of a QR code's corners.
DISC, GAP, RING = 1.5, 3.0, 4.5
"""Radii: of the disc, and of the black ring within and without."""

CORNERS = ((17.0, 17.0), (193.0, 17.0), (193.0, 280.0), (17.0, 280.0))
"""Middles of the corner bull's-eyes, clockwise from top left."""

MIDWAYS = ((105.0, 17.0), (193.0, 148.5), (105.0, 280.0), (17.0, 148.5))
"""Middles of those halfway along each side, clockwise from the top."""

ROW_MM, COLUMN_MM = 176.0, 263.0
"""Distances of the corner bull's-eyes, across and down."""

QR_BOX = (147.0, 134.0, 172.0, 159.0)
"""Left, top, right, bottom of the code."""

EDGE_SIDE, EDGE_LENGTH = 18.0, 13.0
"""Side of a slanted square, and how much of it, about its middle, is an edge to measure."""


@dataclass(frozen=True, slots=True)
class Square:
    """A black square whose sides are slanted edges; ``tilt`` in degrees clockwise."""

    x: float
    y: float
    tilt: float


SQUARES = (Square(38.0, 46.0, 5.0), Square(172.0, 46.0, -5.0), Square(105.0, 146.5, 5.0),
           Square(38.0, 250.0, -5.0), Square(172.0, 250.0, 5.0))
"""Two tilts, so that no skew of the sheet lays all edges along the grid of pixels."""


@dataclass(frozen=True, slots=True)
class Patch:
    """An even area: name, left, top, side, and its ink as PDF components (one: grey, three: red, green, blue)."""

    name: str
    x: float
    y: float
    side: float
    ink: tuple[float, ...]

    @property
    def is_grey(self) -> bool:
        """Whether it is printed with black only."""
        return len(self.ink) == 1


PATCH_SIDE, PATCH_STEP = 13.0, 14.0
PATCH_INSET = 2.0
"""What is left out at each side of a patch when it is measured."""

GREYS = tuple(Patch(f"K{10 * step}", 35.5 + PATCH_STEP * (step - 1), 83.0, PATCH_SIDE, (1 - step / 10,))
              for step in range(1, 11))
COLOURS = tuple(
    Patch(name, 63.5 + PATCH_STEP * at, 101.0, PATCH_SIDE, ink)
    for at, (name, ink) in enumerate((
        ("red", (1.0, 0.0, 0.0)), ("yellow", (1.0, 1.0, 0.0)), ("green", (0.0, 1.0, 0.0)),
        ("cyan", (0.0, 1.0, 1.0)), ("blue", (0.0, 0.0, 1.0)), ("magenta", (1.0, 0.0, 1.0)),
    ))
)
BARE = Patch("paper", 150.5, 101.0, PATCH_SIDE, (1.0,))
NOISE = Patch("noise", 38.0, 134.5, 24.0, (0.5,))
PATCHES = (BARE, *GREYS, *COLOURS)
"""Those a reference file may name."""

WINDOW_WIDTH, WINDOW_HEIGHT = 12.0, 5.0
WINDOWS = tuple((x, y) for y in (28.0, 66.0, 76.0, 121.0, 127.0, 231.0) for x in (32.0, 56.3, 80.7, 105.0, 129.3,
                                                                                 153.7, 178.0))
"""Middles of the places of bare paper on which evenness is measured."""

RULERS = ((30.0, 264.0, 150.0, False), (197.0, 160.0, 100.0, True))
"""Left, top, length, whether down the sheet."""
