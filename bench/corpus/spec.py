"""What a generated page is made of: the print, what was laid on it, the sheet, how it lay, the scanner.

Everything is a frozen value: the same ``Spec`` gives the same pixels. Lengths are millimetres from the upright
sheet's top left corner, angles are degrees clockwise, unless a name says otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass

Point = tuple[float, float]
Tint = tuple[int, int, int]

WHITE_PAPER: Tint = (247, 244, 236)


@dataclass(frozen=True, slots=True)
class Stamp:
    """A stamp on the sheet.

    Attributes:
        text: what it says; for seals and framed office stamps chosen by ``kind``.
        kind: ``secret`` (red, double border), ``urgent`` (red, single border), ``circulation`` (boxed words),
            ``arrival`` (boxed, ruled, filled in by hand), ``seal`` (round), ``name`` (words without a border).
        at: its middle.
        angle: degrees clockwise; 90 stands on its side.
        ink: coverage of the ink, 0..1; 0.25 is hardly to be seen.
        patchy: how unevenly the ink lies, 0 even .. 1 whole parts missing.
        colour: of the ink; stamp pads run from bright red to dark rose.
    """

    text: str = ""
    kind: str = "secret"
    at: Point = (50.0, 55.0)
    angle: float = 0.0
    ink: float = 0.9
    patchy: float = 0.3
    colour: Tint = (208, 34, 44)


@dataclass(frozen=True, slots=True)
class Code:
    """A machine-readable mark: QRCode, DataMatrix, PDF417, Code128, Code39 or Patch.

    ``at`` is its middle, ``size`` its width without the quiet zone (a patch code's is the length of its bars).
    A patch code's text is one of 1 2 3 4 6 T; its first bar lies uppermost.
    """

    kind: str = "QRCode"
    text: str = ""
    at: Point = (105.0, 100.0)
    size: float = 25.0
    angle: float = 0.0


@dataclass(frozen=True, slots=True)
class Hand:
    """Something by hand: digits in pencil (``pencil``), a signature (``pen``) or a red tick (``red``)."""

    text: str = ""
    kind: str = "pencil"
    at: Point = (198.0, 9.0)
    size: float = 6.0
    strength: float = 0.6


@dataclass(frozen=True, slots=True)
class Corner:
    """A folded corner: 0 top left, clockwise to 3; ``legs`` along the horizontal and the vertical edge.

    ``over``: the flap lies on the side that was scanned and hides what is under it.
    """

    which: int = 0
    legs: Point = (20.0, 20.0)
    over: bool = True


@dataclass(frozen=True, slots=True)
class Under:
    """A second sheet that was drawn in with the first.

    ``offset`` is how far it lags behind the first one, right and down; ``shows`` how much of its print is seen
    through the first sheet, 0..1.
    """

    kind: str = "letter"
    variant: int = 1
    offset: Point = (2.0, 40.0)
    skew: float = 0.0
    shows: float = 0.15


@dataclass(frozen=True, slots=True)
class Sheet:
    """The sheet of paper.

    Attributes:
        tone: colour of the paper.
        ink: strength of the print, 1 fresh .. 0 gone; what was laid on it has its own.
        bleed: how much of the other face (``behind``, a kind and its variant) shows through, 0..1.
        holes: punched for a binder; on the right when ``mirrored`` (the back of a sheet).
        folds: creases, as shares of the height (positive) or of the width (negative).
        staple: in the top left corner, with its shadow.
        specks: grains of dust.
        thermal: print that has faded in bands, on greyish paper.
    """

    tone: Tint = WHITE_PAPER
    ink: float = 1.0
    bleed: float = 0.0
    behind: tuple[str, int] = ("letter", 1)
    holes: bool = False
    mirrored: bool = False
    folds: tuple[float, ...] = ()
    staple: bool = False
    specks: int = 0
    thermal: bool = False
    corner: Corner | None = None


@dataclass(frozen=True, slots=True)
class Lie:
    """How the sheet lay in the scanner.

    Attributes:
        skew: degrees that the paper lies turned clockwise.
        turn: quarter turns clockwise that bring the captured image upright, 0..3.
        lid: what is seen beside the paper: ``paper`` (edge filled by the scanner), ``grey``, ``white``, ``black``.
        overscan: how far the frame reaches beyond the sheet on every side.
        shift: how far the sheet lies off the middle of the frame, right and down.
        under: a second sheet below this one.
    """

    skew: float = 0.0
    turn: int = 0
    lid: str = "paper"
    overscan: float = 0.0
    shift: Point = (0.0, 0.0)
    under: Under | None = None


@dataclass(frozen=True, slots=True)
class Streak:
    """A line that dirt on the glass draws down the whole capture.

    ``at`` is its place as a share of the captured width, ``width`` mm, ``depth`` grey levels (negative: bright),
    ``colour`` the channel alone that it touches (0..2), -1 all.
    """

    at: float = 0.5
    width: float = 0.2
    depth: float = 40.0
    colour: int = -1


@dataclass(frozen=True, slots=True)
class Sensor:
    """The scanner's optics and electronics.

    Attributes:
        header_dpi: what the file's header says; 0 the truth.
        blur: sigma of a Gaussian, pixels at 300 dpi.
        motion: length of a smear along the feed, pixels at 300 dpi.
        apart: pixels that red lies off green, right and down; blue lies as far the other way.
        gain: exposure, a factor; 1 keeps paper at its tone.
        gamma: 1 keeps middle tones, more darkens them.
        black, white: grey levels that become 0 and 255; all beyond is lost.
        shade: how much darker the darkest part of the lamp's field is, 0..1.
        noise: sigma of the grain, grey levels.
        quality: of the JPEG.
    """

    header_dpi: int = 0
    blur: float = 0.0
    motion: float = 0.0
    apart: Point = (0.0, 0.0)
    streaks: tuple[Streak, ...] = ()
    gain: float = 1.0
    gamma: float = 1.0
    black: float = 0.0
    white: float = 255.0
    shade: float = 0.02
    noise: float = 2.5
    quality: int = 82


Laid = Stamp | Code | Hand


@dataclass(frozen=True, slots=True)
class Spec:
    """One page to generate.

    Attributes:
        kind: what is printed on it, one of ``bench.corpus.KINDS``.
        variant: which one of its kind; pages that differ in all but kind, variant and dpi share the drawing.
        seed: of grain, patches of ink, dust and light.
    """

    kind: str = "letter"
    variant: int = 0
    dpi: int = 300
    seed: int = 0
    laid: tuple[Laid, ...] = ()
    sheet: Sheet = Sheet()
    lie: Lie = Lie()
    sensor: Sensor = Sensor()
