"""Any file opened as a volume of page images, by what its bytes say, never by its name. Scanner process only."""

from __future__ import annotations

from pathlib import Path

from appliance.core import errors
from appliance.core.errors import ApplianceError
from appliance.device import image_header
from appliance.device.image_header import FileKind, Header
from appliance.device.leaf import Leaf, Single, Source, Volume, coded, refuse_depth, refused, sensible_dpi
from appliance.device.pdf_process import PdfApart
from appliance.device.tiff_leaf import TiffVolume

MOST_BYTES = 1 << 30
"""Longest file that is read, in bytes."""

BEGINNING = 1 << 20
"""How much is kept of a file that is longer."""


def open_volume(path: Path, max_pixels: int) -> Volume:
    """Open a file.

    Raises:
        FileNotFoundError: it was taken away.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            with path.open("rb") as stream:
                return Single(refused(stream.read(BEGINNING), too_long()))
        data = path.read_bytes()
    except FileNotFoundError:
        raise
    except OSError as problem:
        reason = problem.strerror or str(problem)
        return Single(refused(b"", errors.IMAGE_UNKNOWN.error(reason=reason)))
    return volume_of(data, max_pixels)


def too_long() -> ApplianceError:
    """Return the error of a file longer than ``MOST_BYTES``."""
    return errors.IMAGE_UNKNOWN.error(reason=f"over {MOST_BYTES >> 20} MB")


def volume_of(data: bytes, max_pixels: int) -> Volume:
    """Return the volume that these bytes are; close it after use."""
    try:
        header = image_header.parse(data)
        if header.kind is FileKind.PDF:
            return PdfApart(data, max_pixels)
        if header.kind is FileKind.TIFF:
            return TiffVolume(data, max_pixels)
        image_header.admit(header.width, header.height, max_pixels)
        return Single(_jpeg(data, header) if header.kind is FileKind.JPEG else _png(data, header))
    except ApplianceError as problem:
        return Single(refused(data, problem))


def _jpeg(data: bytes, header: Header) -> Leaf:
    """A JPEG is a master as it is; capture.py judges whether it is a whole and lawful one."""
    dpi = sensible_dpi(header)
    return Leaf(data, dpi, source=Source(header.bits * header.components, dpi))


def _png(data: bytes, header: Header) -> Leaf:
    refuse_depth(header)
    if not header.complete:
        raise errors.IMAGE_TRUNCATED.error(reason="PNG without its end")
    dpi = sensible_dpi(header)
    return Leaf(coded(data, 0, dpi), dpi, original=data, source=Source(header.bits * header.components, dpi))
