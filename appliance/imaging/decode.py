"""From the bytes of a master to grey pixels. Headers first: nothing is allocated for an image over the limit."""

from __future__ import annotations

import io
import warnings
from typing import cast

import numpy as np
import numpy.typing as npt
import simplejpeg
from PIL import Image, UnidentifiedImageError

from appliance.core import errors
from appliance.core.model import ImageFormat

Grey = npt.NDArray[np.uint8]

SMALLEST_SIDE = 64
"""Pixels; below this an image is no page (8 mm at 200 dpi)."""

FACTORS = (8, 4, 2, 1)


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


def grey(data: bytes, form: ImageFormat, factor: int, max_pixels: int) -> Grey:
    """Decode to grey, reduced by ``factor`` (1, 2, 4 or 8; odd sizes round up).

    A JPEG is reduced while it is decoded (fewer DCT coefficients), a G4 strip by averaging.

    Returns:
        (height, width) uint8, C-contiguous and writable.

    Raises:
        ApplianceError: IMAGE_EMPTY, IMAGE_TOO_LARGE, IMAGE_TOO_SMALL, IMAGE_TRUNCATED, IMAGE_UNDECODABLE.
    """
    check_size(*size_of(data, form), max_pixels)
    return _jpeg_grey(data, factor) if form is ImageFormat.JPEG else _tiff_grey(data, factor)


def _jpeg_size(data: bytes) -> tuple[int, int]:
    try:
        height, width, space, _ = simplejpeg.decode_jpeg_header(data)
    except ValueError as problem:
        raise errors.IMAGE_UNDECODABLE.error(reason=_plain(problem)) from None
    if space not in ("Gray", "YCbCr", "RGB"):
        raise errors.IMAGE_UNDECODABLE.error(reason=f"colour space {space}")
    return int(width), int(height)


def _jpeg_grey(data: bytes, factor: int) -> Grey:
    try:
        return _decoded(data, factor, strict=True)
    except ValueError as problem:
        if "premature end" in str(problem).lower():
            raise errors.IMAGE_TRUNCATED.error() from None
        if "extraneous" not in str(problem).lower():
            raise errors.IMAGE_UNDECODABLE.error(reason=_plain(problem)) from None
    try:  # padding between markers is a habit of some firmware and harms nothing
        return _decoded(data, factor, strict=False)
    except ValueError as problem:
        raise errors.IMAGE_UNDECODABLE.error(reason=_plain(problem)) from None


def _decoded(data: bytes, factor: int, *, strict: bool) -> Grey:
    """Decode reduced; the library takes the smallest size that is no smaller than the least height."""
    least = -(-_jpeg_size(data)[1] // factor)
    pixels = simplejpeg.decode_jpeg(data, "GRAY", min_factor=factor, min_height=least, strict=strict)
    return cast(Grey, pixels[:, :, 0])


def _tiff_grey(data: bytes, factor: int) -> Grey:
    with _open_tiff(data) as image, warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        try:
            bilevel = image.convert("L")
        except (OSError, ValueError, SyntaxError) as problem:
            raise errors.IMAGE_UNDECODABLE.error(reason=_plain(problem)) from None
    return np.array(bilevel.reduce(factor) if factor > 1 else bilevel, dtype=np.uint8, order="C")


def _open_tiff(data: bytes) -> Image.Image:
    """Open the first picture of a TIFF; only its header is read."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # check_size has the limit
            warnings.simplefilter("ignore", UserWarning)  # damage that matters is an exception
            return Image.open(io.BytesIO(data), formats=("TIFF",))
    except Image.DecompressionBombError:
        raise errors.IMAGE_TOO_LARGE.error(width="?", height="?") from None
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as problem:
        raise errors.IMAGE_UNDECODABLE.error(reason=_plain(problem)) from None


def _plain(problem: Exception) -> str:
    """Keep a library's words short; they hold no content of the page."""
    return str(problem).splitlines()[0][:120] if str(problem) else type(problem).__name__


__all__ = ["SMALLEST_SIDE", "check_size", "factor_for", "grey", "size_of"]
