"""A side of paper to print on: text, rules and coloured ink, and the truth of what was printed.

Lengths are millimetres from the sheet's top left corner, letter sizes are points, so that one page
program serves every resolution.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from PIL import Image, ImageChops, ImageDraw, ImageFont

from appliance.core import errors

FOLDER = Path("/usr/share/fonts/truetype/croscore")
PACKAGE = "fonts-croscore"
A4 = (210.0, 297.0)
BLACK = (30, 27, 31)
BLUE = (32, 52, 148)
RED = (208, 34, 44)

Colour = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Face:
    """A typeface at a size: ``name`` is a file of the croscore fonts without its ending."""

    name: str
    points: float


ROMAN = Face("Tinos-Regular", 13.5)
BOLD = Face("Tinos-Bold", 13.5)
ITALIC = Face("Tinos-Italic", 13.5)


@dataclass(frozen=True, slots=True)
class Column:
    """Where running text stands: left edge, width, first-line indent and line pitch (of the letter size)."""

    left: float
    width: float
    indent: float = 0.0
    pitch: float = 1.3
    justify: bool = True


@lru_cache(maxsize=64)
def load_face(name: str, pixels: int) -> ImageFont.FreeTypeFont:
    """Return the font ready to draw.

    Raises:
        ApplianceError: FONT_MISSING, naming the Debian package.
    """
    path = FOLDER / f"{name}.ttf"
    if not path.is_file():
        raise errors.FONT_MISSING.error(font=name, package=PACKAGE)
    return ImageFont.truetype(str(path), pixels, layout_engine=ImageFont.Layout.BASIC)


@dataclass
class Leaf:
    """One printed side. ``layers`` holds the coverage (0..255) of each colour of ink."""

    dpi: int = 300
    layers: dict[Colour, Image.Image] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of A4 in pixels (2480 x 3508 at 300 dpi)."""
        return self.px(A4[0]), self.px(A4[1])

    @property
    def text(self) -> str:
        """Everything printed, in the order of printing."""
        return "\n".join(self.lines)

    def px(self, millimetres: float) -> int:
        """Return a length in pixels."""
        return round(millimetres * self.dpi / 25.4)

    def ink(self, colour: Colour = BLACK) -> Image.Image:
        """Return the coverage layer of a colour, made when first asked for."""
        if colour not in self.layers:
            self.layers[colour] = Image.new("L", self.size, 0)
        return self.layers[colour]

    def font(self, face: Face) -> ImageFont.FreeTypeFont:
        """Return the font of a face at this sheet's resolution."""
        return load_face(face.name, round(face.points * self.dpi / 72))

    def width(self, text: str, face: Face) -> float:
        """Return how wide a text is, in mm."""
        return float(self.font(face).getlength(text)) * 25.4 / self.dpi

    def write(self, at: tuple[float, float], text: str, face: Face, anchor: str = "l",
              colour: Colour = BLACK) -> None:
        """Print one line on the baseline through ``at``; ``anchor`` l, m or r says which end ``at`` is."""
        self._draw(at, text, face, anchor, colour)
        if text.strip():
            self.lines.append(text)

    def rule(self, start: tuple[float, float], end: tuple[float, float], weight: float = 0.2) -> None:
        """Print a straight line."""
        pen = ImageDraw.Draw(self.ink())
        ends = [(self.px(start[0]), self.px(start[1])), (self.px(end[0]), self.px(end[1]))]
        pen.line(ends, fill=235, width=max(1, self.px(weight)))

    def frame(self, corner: tuple[float, float], size: tuple[float, float], weight: float = 0.2) -> None:
        """Print the outline of a rectangle."""
        pen = ImageDraw.Draw(self.ink())
        left, top = self.px(corner[0]), self.px(corner[1])
        box = (left, top, left + self.px(size[0]), top + self.px(size[1]))
        pen.rectangle(box, outline=235, width=max(1, self.px(weight)))

    def blend(self, mask: Image.Image, corner: tuple[float, float], colour: Colour) -> None:
        """Lay a coverage mask with its top left corner at ``corner``; ink only ever adds."""
        layer = self.ink(colour)
        left, top = self.px(corner[0]), self.px(corner[1])
        box = (left, top, left + mask.width, top + mask.height)
        layer.paste(ImageChops.lighter(layer.crop(box), mask), (left, top))

    def paragraph(self, top: float, text: str, face: Face, column: Column) -> float:
        """Print running text whose first baseline lies one line under ``top``; return the last baseline."""
        pitch = face.points * 25.4 / 72 * column.pitch
        baseline = top
        lines = self.broken(text, face, column)
        for at, words in enumerate(lines):
            baseline += pitch
            indent = column.indent if at == 0 else 0.0
            last = at == len(lines) - 1
            self._line((column.left + indent, baseline), words, face,
                       0.0 if last or not column.justify else column.width - indent)
        return baseline

    def broken(self, text: str, face: Face, column: Column) -> list[list[str]]:
        """Return the words of each line of a paragraph."""
        space = self.width(" ", face)
        lines: list[list[str]] = [[]]
        left = column.width - column.indent
        for word in text.split():
            wide = self.width(word, face)
            if lines[-1] and wide > left:
                lines.append([])
                left = column.width
            lines[-1].append(word)
            left -= wide + space
        return lines

    def _line(self, at: tuple[float, float], words: list[str], face: Face, spread: float) -> None:
        """Print the words of one line, spread over a width if that is not zero."""
        x, baseline = at
        widths = [self.width(word, face) for word in words]
        space = self.width(" ", face)
        if spread and len(words) > 1:
            space = (spread - sum(widths)) / (len(words) - 1)
        for word, wide in zip(words, widths, strict=True):
            self._draw((x, baseline), word, face, "l", BLACK)
            x += wide + space
        self.lines.append(" ".join(words))

    def _draw(self, at: tuple[float, float], text: str, face: Face, anchor: str, colour: Colour) -> None:
        pen = ImageDraw.Draw(self.ink(colour))
        where = (self.px(at[0]), self.px(at[1]))
        pen.text(where, text, fill=255, font=self.font(face), anchor=f"{anchor}s")
