"""From the bytes of a master to pixels. Headers first: nothing is allocated for an image over the limit."""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from typing import cast

import cv2
import numpy as np
import numpy.typing as npt
import simplejpeg
from PIL import Image

from appliance.core import errors
from appliance.core.errors import ApplianceError
from appliance.core.model import ImageFormat

Grey = npt.NDArray[np.uint8]
Colour = npt.NDArray[np.uint8]

SMALLEST_SIDE = 64
"""Pixels; below this an image is no page (8 mm at 200 dpi)."""

FACTORS = (8, 4, 2, 1)

MOST_PIXELS = 16_000_000
"""Of a reduced image; a larger page is looked at more coarsely. A4 at 300 dpi, halved, has 2.2 million."""

PROGRESSIVE_SHARE = 4
"""A progressive JPEG is held whole, as coefficients, while it is decoded: a fourth of the pixels is the most."""

WIDE = ("I", "F")
"""Modes of 32 bits, whose white nobody states."""

PROGRESSIVE = (0xC2, 0xC6, 0xCA, 0xCE)
STAND_ALONE = (0x01, *range(0xD0, 0xDA))


@dataclass(frozen=True, slots=True)
class Picture:
    """One decoded image, uint8, C-contiguous: ``grey`` (height, width), ``rgb`` (height, width, 3) if in colour."""

    grey: Grey
    rgb: Colour | None = None


def size_of(data: bytes, form: ImageFormat) -> tuple[int, int]:
    """Read (width, height) from the header, no pixels.

    Raises:
        ApplianceError: IMAGE_EMPTY, IMAGE_UNDECODABLE.
    """
    if not data:
        raise errors.IMAGE_EMPTY.error()
    if form is ImageFormat.JPEG:
        return _jpeg_size(data)
    if form is ImageFormat.G4:
        with _open_tiff(data) as image:
            return image.size
    raise errors.IMAGE_UNDECODABLE.error(reason="unknown format")


def check_size(width: int, height: int, max_pixels: int) -> None:
    """Refuse what is too large to decode or too small to be a page.

    Raises:
        ApplianceError: IMAGE_TOO_LARGE, IMAGE_TOO_SMALL.
    """
    if width * height > max_pixels:
        raise errors.IMAGE_TOO_LARGE.error(width=width, height=height)
    if min(width, height) < SMALLEST_SIDE:
        raise errors.IMAGE_TOO_SMALL.error(width=width, height=height)


def factor_for(dpi: float, least_dpi: float) -> int:
    """Return the largest reduction (1, 2, 4, 8) that still leaves ``least_dpi``."""
    return next(factor for factor in FACTORS if dpi / factor >= least_dpi or factor == 1)


def factor_of(width: int, height: int, dpi: float, least_dpi: float) -> int:
    """Return ``factor_for``, or a larger one where the reduced image would have over ``MOST_PIXELS``."""
    fitting = (factor for factor in reversed(FACTORS) if width * height <= MOST_PIXELS * factor * factor)
    return max(factor_for(dpi, least_dpi), next(fitting, FACTORS[0]))


def grey(data: bytes, form: ImageFormat, factor: int, max_pixels: int) -> Grey:
    """Decode to grey, reduced by ``factor`` (1, 2, 4 or 8; odd sizes round up).

    A JPEG is reduced while it is decoded (fewer DCT coefficients), a G4 strip by averaging.

    Returns:
        (height, width) uint8, C-contiguous and writable.

    Raises:
        ApplianceError: IMAGE_EMPTY, IMAGE_TOO_LARGE, IMAGE_TOO_SMALL, IMAGE_TRUNCATED, IMAGE_UNDECODABLE.
    """
    check_size(*size_of(data, form), max_pixels)
    if form is not ImageFormat.JPEG:
        return _tiff_grey(data, factor)
    _refuse_large_progressive(data, max_pixels)
    return _jpeg(data, factor, "GRAY")[:, :, 0]


def colour(data: bytes, factor: int, max_pixels: int) -> Colour:
    """Decode a JPEG to red, green and blue, reduced by ``factor``: a fifth dearer than grey (2.3 ms a page).

    Returns:
        (height, width, 3) uint8, C-contiguous and writable, of the size of ``grey``.

    Raises:
        ApplianceError: as ``grey``.
    """
    check_size(*size_of(data, ImageFormat.JPEG), max_pixels)
    _refuse_large_progressive(data, max_pixels)
    return _jpeg(data, factor, "RGB")


def picture(data: bytes, form: ImageFormat, factor: int, max_pixels: int) -> Picture:
    """Decode once, reduced by ``factor``: in colour where there is any, and grey from that. Errors as ``grey``."""
    check_size(*size_of(data, form), max_pixels)
    if form is ImageFormat.JPEG and simplejpeg.decode_jpeg_header(data)[2] != "Gray":
        rgb = colour(data, factor, max_pixels)
        return Picture(np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), np.uint8), rgb)
    return Picture(grey(data, form, factor, max_pixels))


def _jpeg_size(data: bytes) -> tuple[int, int]:
    try:
        height, width, space, _ = simplejpeg.decode_jpeg_header(data)
    except ValueError as problem:
        raise errors.IMAGE_UNDECODABLE.error(reason=_plain(problem)) from None
    if space not in ("Gray", "YCbCr", "RGB"):
        raise errors.IMAGE_UNDECODABLE.error(reason=f"colour space {space}")
    return int(width), int(height)


def _refuse_large_progressive(data: bytes, max_pixels: int) -> None:
    width, height = _jpeg_size(data)
    if width * height > max_pixels // PROGRESSIVE_SHARE and _is_progressive(data):
        raise errors.IMAGE_TOO_LARGE.error(width=width, height=height)


def _is_progressive(data: bytes) -> bool:
    """Walk from marker to marker up to the frame header or the first scan."""
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        kind = data[at + 1]
        if kind in PROGRESSIVE:
            return True
        if kind == 0xDA:
            return False
        at += 1 if kind == 0xFF else 2 if kind in STAND_ALONE else 2 + int.from_bytes(data[at + 2:at + 4], "big")
    return False


def _jpeg(data: bytes, factor: int, space: str) -> Colour:
    try:
        return _decoded(data, factor, space, strict=True)
    except ValueError as problem:
        if "premature end" in str(problem).lower():
            raise errors.IMAGE_TRUNCATED.error() from None
        if "extraneous" not in str(problem).lower():
            raise errors.IMAGE_UNDECODABLE.error(reason=_plain(problem)) from None
    try:  # padding between markers is a habit of some firmware and harms nothing
        return _decoded(data, factor, space, strict=False)
    except ValueError as problem:
        raise errors.IMAGE_UNDECODABLE.error(reason=_plain(problem)) from None


def _decoded(data: bytes, factor: int, space: str, *, strict: bool) -> Colour:
    """Decode reduced; the library takes the smallest size that is no smaller than the least height."""
    least = -(-_jpeg_size(data)[1] // factor)
    return cast(Colour, simplejpeg.decode_jpeg(data, space, min_factor=factor, min_height=least, strict=strict))


def _tiff_grey(data: bytes, factor: int) -> Grey:
    with _open_tiff(data) as image, warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        try:
            eight = _eight_bits(image)
        except ApplianceError:
            raise
        except Exception as problem:  # noqa: BLE001  # see _open_tiff
            raise errors.IMAGE_UNDECODABLE.error(reason=_plain(problem)) from None
    return np.array(eight.reduce(factor) if factor > 1 else eight, dtype=np.uint8, order="C")


def _eight_bits(image: Image.Image) -> Image.Image:
    """Return an image in grey of 8 bits; Pillow would clip 16 bits to white instead of scaling them."""
    if image.mode.startswith("I;16"):
        return Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    if image.mode in WIDE:
        raise errors.IMAGE_UNDECODABLE.error(reason=f"samples of mode {image.mode}")
    return image.convert("L")


def _open_tiff(data: bytes) -> Image.Image:
    """Open the first picture of a TIFF; only its header is read.

    This is where Pillow meets bytes that nobody vouches for: a damaged tag may hold a number of any type, or none,
    and Pillow then stumbles over it with whatever error comes (TypeError, KeyError, struct.error and others).
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # check_size has the limit
            warnings.simplefilter("ignore", UserWarning)  # damage that matters is an exception
            return Image.open(io.BytesIO(data), formats=("TIFF",))
    except Image.DecompressionBombError:
        raise errors.IMAGE_TOO_LARGE.error(width="?", height="?") from None
    except Exception as problem:  # noqa: BLE001  # whatever Pillow stumbles over is damage
        raise errors.IMAGE_UNDECODABLE.error(reason=_plain(problem)) from None


def _plain(problem: Exception) -> str:
    """Keep a library's words short; they hold no content of the page."""
    return str(problem).splitlines()[0][:120] if str(problem) else type(problem).__name__


__all__ = [
    "MOST_PIXELS", "SMALLEST_SIDE", "Picture", "check_size", "colour", "factor_for", "factor_of", "grey", "picture",
    "size_of",
]
