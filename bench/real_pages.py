"""Real pages from a folder: what the product says of them. Their truth is not known; stops and flags are listed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np
import simplejpeg
from numpy.typing import NDArray
from PIL import Image, ImageSequence, UnidentifiedImageError

from appliance.core.errors import ApplianceError
from appliance.core.model import ImageFormat, ImageRules, Master, PageAnalysis
from appliance.imaging import recipe

SUFFIXES = (".jpg", ".jpeg", ".png", ".tif", ".tiff")
FRAMES = 50
MOST_PIXELS = 200_000_000


def tell_real(folder: Path, limits: ImageRules) -> dict[str, float | int | None]:
    """Print what was flagged on each real page; return the counts for the last line."""
    print("\nreal pages")
    seen = stops = judged = 0
    flags: Counter[str] = Counter()
    for name, image, dpi in real_pages(folder):
        seen += 1
        try:
            found = _look(image, dpi, limits)
        except ApplianceError as problem:
            print(f"  {name}: refused, {problem.kind.code}")
            flags["refused"] += 1
            continue
        failed = [one.check for one in found.verdicts if not one.ok]
        flags.update(failed)
        judged += any(one.check == "secret" for one in found.verdicts)
        stops += "secret" in failed
        print(f"  {name}: turn {found.geometry.turn}{'' if found.orientation_sure else '?'}, skew "
              f"{found.geometry.skew:.2f}, {'blank, ' if found.blank else ''}{', '.join(failed) or 'all hold'}")
    print(f"  {seen} pages; " + ", ".join(f"{check} {count}" for check, count in flags.most_common()))
    return {"real_pages": seen, "real_secret_stops": stops if judged else None}


def real_pages(folder: Path) -> Iterator[tuple[str, NDArray[np.uint8], int]]:
    """Yield name, RGB and the header's dpi (0 unknown) of a folder's images; others are named and passed over."""
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() not in SUFFIXES:
            continue
        try:
            with Image.open(path) as image:
                for at, frame in enumerate(islice(ImageSequence.Iterator(image), FRAMES)):
                    dpi = round(float(frame.info.get("dpi", (0, 0))[0]))
                    yield f"{path.name}#{at}" if at else path.name, np.array(frame.convert("RGB")), dpi
        except (OSError, ValueError, UnidentifiedImageError) as problem:
            print(f"  {path.name}: {problem}")


def _look(image: NDArray[np.uint8], dpi: int, limits: ImageRules) -> PageAnalysis:
    data = simplejpeg.encode_jpeg(np.ascontiguousarray(image), 92, "RGB", "420")
    high, wide = image.shape[:2]
    master = Master("real.jpg", "0" * 64, len(data), ImageFormat.JPEG, wide, high, 3, dpi)
    return recipe.analyse(data, master, limits, MOST_PIXELS)
