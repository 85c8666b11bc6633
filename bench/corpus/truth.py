"""What is really on a generated page, and which verdicts on it would be right."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import simplejpeg
from numpy.typing import NDArray

from appliance.core.model import Box, ImageFormat, Master
from bench.corpus.spec import Point, Spec

Pixels = NDArray[np.uint8]

INK_PER_MM = 2
"""Pixels per mm of ``Sample.ink``."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A stamp, code or note as it lies in the captured image: ``box`` in its pixels, ``angle`` degrees clockwise.

    ``weak`` when a person would have trouble to read it as well.
    """

    kind: str
    text: str
    box: Box
    angle: float
    weak: bool = False


@dataclass(frozen=True, slots=True)
class Truth:
    """The truth of one page.

    Attributes:
        dpi: true resolution; ``header_dpi`` is what the header says.
        paper_mm: width and height of the upright sheet.
        skew: degrees clockwise that the paper lies; ``Geometry.skew`` should be its negative.
        turn: quarter turns clockwise that bring the image upright; ``Geometry.turn`` should be equal.
        matrix: (a, b, c, d, e, f); a point (x, y) of the sheet in mm lies at a*x + c*y + e, b*x + d*y + f.
        blank: nothing was printed, stamped or written on this side.
        bad: checks (names of verdicts) that should fail. ``doubtful``: both answers are right. All other
            checks should hold.
        values: what the defects measure, by check, in the unit said in ``defects.py``.
        streaks: x of every streak, pixels of the image.
        ink_mm: what the ink on the upright sheet spans, None when blank.
        text: everything printed (not what was stamped), in reading order.
    """

    kind: str
    dpi: int
    header_dpi: int
    paper_mm: Point
    skew: float
    turn: int
    matrix: tuple[float, float, float, float, float, float]
    blank: bool
    bad: frozenset[str] = frozenset()
    doubtful: frozenset[str] = frozenset()
    values: dict[str, float] = field(default_factory=dict)
    stamps: tuple[Placed, ...] = ()
    codes: tuple[Placed, ...] = ()
    notes: tuple[Placed, ...] = ()
    streaks: tuple[float, ...] = ()
    ink_mm: Box | None = None
    text: str = ""

    @property
    def secret(self) -> bool:
        """Whether a state-secret stamp is on the page."""
        return any(stamp.kind == "secret" for stamp in self.stamps)

    def at(self, point: Point) -> Point:
        """Return where a point of the sheet (mm) lies in the image (pixels)."""
        a, b, c, d, e, f = self.matrix
        return a * point[0] + c * point[1] + e, b * point[0] + d * point[1] + f

    def corners(self) -> tuple[Point, ...]:
        """Return the sheet's corners in the image, from its own top left clockwise."""
        wide, high = self.paper_mm
        return tuple(self.at(corner) for corner in ((0, 0), (wide, 0), (wide, high), (0, high)))


@dataclass(frozen=True, slots=True)
class Sample:
    """A generated page.

    ``image`` is RGB uint8 (h, w, 3), before the JPEG; ``ink`` is uint8, 2 pixels per mm of the upright sheet, 255
    where there is ink.
    """

    image: Pixels
    truth: Truth
    ink: Pixels
    spec: Spec

    def jpeg(self) -> bytes:
        """Return the file a scanner would send: 4:2:0, JFIF density from the header's dpi."""
        data = bytearray(simplejpeg.encode_jpeg(self.image, self.spec.sensor.quality, "RGB", "420"))
        density = self.truth.header_dpi.to_bytes(2, "big")
        if data[6:10] == b"JFIF":
            data[13:18] = b"\x01" + density + density
        return bytes(data)

    def master(self, data: bytes = b"") -> Master:
        """Return what the ledger would know of the file."""
        high, wide = self.image.shape[:2]
        return Master("corpus.jpg", "0" * 64, len(data), ImageFormat.JPEG, wide, high, 3, self.truth.header_dpi)
