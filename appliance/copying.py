"""Access copies put together from the stages: filed documents read, their pages drawn smaller, one PDF written.

Never for the archive: nothing here touches the ledger, and a package takes only what the ledger names, by its hash.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import cv2

from appliance.core.files import TEMPORARY, adopt_durably
from appliance.core.model import ImageFormat
from appliance.documents import filed
from appliance.documents.access_copy import Bilevel, Copy, Layered, Picture
from appliance.documents.filed import FiledPage
from appliance.imaging import bilevel, copy_ink, decode, layers
from appliance.imaging.decode import Colour

G4, JBIG2, MIXED, MIXED_G4 = "g4", "jbig2", "mixed", "mixed-g4"
FORMS = (MIXED, MIXED_G4, JBIG2, G4)

MOST_PIXELS = 80_000_000
"""A0 at 200 dpi, A2 at 300; a larger page stays as it is."""


@dataclass
class Tally:
    """What became of the pages: how many of each kind, and bytes of masters and copy."""

    pages: int = 0
    layered: int = 0
    bilevel: int = 0
    kept: int = 0
    masters: int = 0
    size: int = 0
    kept_pages: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class Wish:
    """What is asked: the form, the title when there are several documents, and when."""

    form: str
    title: str
    now: datetime
    seen: Callable[[int], None] = lambda _page: None


def make(sources: Sequence[Path], out: Path, wish: Wish) -> Tally:
    """Write one copy of some filed documents, one page in memory at a time; ``out`` appears whole or not at all.

    Raises:
        ApplianceError: COPY_SOURCE_FOREIGN, COPY_SOURCE_ENCRYPTED, or IMAGE_TRUNCATED, IMAGE_UNDECODABLE,
            IMAGE_TOO_SMALL for a page that cannot be decoded.
        OSError: the disk is full or broken, or a source cannot be read.
    """
    temporary = out.with_name(f".{out.name}.{secrets.token_hex(4)}{TEMPORARY}")
    painter = Painter(wish)
    try:
        with temporary.open("xb") as stream:
            copy = Copy(stream, painter.draw)
            for source in sources:
                with filed.opened(source) as document:
                    copy.add(document)
            painter.tally.pages = copy.finish(wish.title, wish.now)
        adopt_durably(temporary, out, 0o640)
    finally:
        temporary.unlink(missing_ok=True)
    painter.tally.size = out.stat().st_size
    return painter.tally


class Painter:
    """Draws each page in the form that is wished, and counts."""

    def __init__(self, wish: Wish) -> None:
        self.tally = Tally()
        self._wish = wish
        self._at = 0

    def draw(self, page: FiledPage) -> Picture:
        """Return what stands for a page, None where its master does.

        A bilevel master loses nothing. A page that its layers do not show well enough, or that they make no
        smaller, keeps its master.
        """
        self._at += 1
        self._wish.seen(self._at)
        data = page.data()
        self.tally.masters += len(data)
        drawn = self._drawn(page, data)
        if drawn is None:
            self.tally.kept += 1
            self.tally.kept_pages.append(self._at)
        elif isinstance(drawn, Layered):
            self.tally.layered += 1
        else:
            self.tally.bilevel += 1
        return drawn

    def _drawn(self, page: FiledPage, data: bytes) -> Picture:
        wide, high = page.size
        if wide * high > MOST_PIXELS:
            return None
        if not page.is_jpeg:
            return self._strip(page, data)
        picture = decode.picture(data, ImageFormat.JPEG, 1, MOST_PIXELS)
        image = picture.grey if picture.rgb is None else picture.rgb
        if self._wish.form in (G4, JBIG2):
            grey = picture.grey if picture.rgb is None else copy_ink.plane_of(picture.rgb)
            return self._coded(copy_ink.ink_of(grey, page.dpi), page.dpi)
        drawn = self._layers(image, page.dpi)
        return drawn if drawn is not None and _size(drawn) < len(data) else None

    def _strip(self, page: FiledPage, data: bytes) -> Picture:
        if self._wish.form in (G4, MIXED_G4) and not page.black_is_one:
            return None  # it is what is asked for
        return self._coded(bilevel.strip_bits(data, page.size, black_is_one=page.black_is_one), page.dpi)

    def _layers(self, image: Colour, dpi: float) -> Layered | None:
        made = layers.split(image, dpi)
        if not layers.compare(image, made, dpi).passes:
            return None
        paper_high, paper_wide = made.paper_shape
        return Layered(
            self._coded(made.mask, dpi), made.inks.tobytes(), (made.inks.shape[1], made.inks.shape[0]),
            made.colours.tobytes(), made.paper, (paper_wide, paper_high), made.channels == 1)

    def _coded(self, black: bilevel.Bits, dpi: float) -> Bilevel:
        high, wide = black.shape
        if self._wish.form in (JBIG2, MIXED):
            return Bilevel(bilevel.jbig2(black, dpi), (wide, high), jbig2=True)
        return Bilevel(bilevel.g4(black), (wide, high), jbig2=False)


def ready() -> None:
    """Use one core, as every page does here."""
    cv2.setNumThreads(1)


def _size(drawn: Layered) -> int:
    return len(drawn.mask.data) + len(drawn.paper)
