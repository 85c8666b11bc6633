"""The pages of a TIFF as leaves: one G4 strip keeps its bits, other pages are encoded once. Scanner process only.

A directory that says it is a smaller picture of another (section 8, NewSubfileType) is no page.
"""

from __future__ import annotations

from appliance.core import errors
from appliance.core.errors import ApplianceError
from appliance.device import bilevel, image_header, tiff
from appliance.device.image_header import Header
from appliance.device.leaf import Leaf, Source, coded, refuse_depth, refused, sensible_dpi

_FACSIMILE = (2, 3, tiff.G4)
"""Codings whose damage libtiff tells on standard error only."""

_TAKEN_APART = {9: "JBIG", 10: "MRC", 34661: "JBIG", 34715: "JBIG2"}
"""Values of tag 259 for pages made small by taking them apart (TIFF-FX, RFC 3949)."""


class TiffVolume:
    """A TIFF; each of its pages is a leaf."""

    def __init__(self, data: bytes, max_pixels: int) -> None:
        self._data = data
        self._max_pixels = max_pixels
        self._directories = tiff.read_directories(data)
        if not self._directories:
            raise errors.IMAGE_TRUNCATED.error(reason="TIFF without a page")
        every = range(len(self._directories))
        self._pages = [at for at in every if not self._directories[at].is_preview] or list(every)
        self.count = len(self._pages)

    def leaf(self, at: int) -> Leaf:
        """Return a page; see ``Volume``."""
        page = self._pages[at]
        header = image_header.of_directory(self._data, self._directories, page)
        try:
            image_header.admit(header.width, header.height, self._max_pixels)
            return self._page(page, header)
        except ApplianceError as problem:
            return refused(self._data, problem, _source(header))

    def close(self) -> None:
        """There is nothing to let go; see ``Volume``."""

    def _page(self, at: int, header: Header) -> Leaf:
        page, dpi, source = self._directories[at], sensible_dpi(header), _source(header)
        refuse_depth(header)
        if not header.complete:
            raise errors.IMAGE_TRUNCATED.error(reason=f"TIFF page {at + 1}")
        if page.is_g4:
            master = _g4(self._data, page, dpi)
            return Leaf(master, dpi, original=b"" if master == self._data else self._data, source=source)
        if header.coding in _FACSIMILE:
            bilevel.ask_libtiff(self._data, at)
        return Leaf(coded(self._data, at, dpi), dpi, original=self._data, source=source)


def _source(header: Header) -> Source:
    return Source(header.bits * header.components, sensible_dpi(header), _TAKEN_APART.get(header.coding, ""))


def _g4(data: bytes, page: tiff.Directory, dpi: int) -> bytes:
    """Keep the bits of a single strip; several strips become one without loss."""
    size = tiff.G4Page(page.one(tiff.WIDTH), page.one(tiff.HEIGHT), page.one(tiff.PHOTOMETRIC),
                       page.one(tiff.ORIENTATION, 1), dpi)
    if page.g4_strip is not None:
        return tiff.wrap_g4(tiff.strip_of(data, page), size)
    return bilevel.join(data, page, size)
