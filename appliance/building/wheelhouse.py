"""The wheels of a release: the locked libraries, and the product's own, which two builds make alike."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable
from pathlib import Path

from appliance.building import tool
from appliance.building.lock import Pin

PIP = (sys.executable, "-m", "pip")
QUIET = ("--quiet", "--disable-pip-version-check")


def bring(pins: Iterable[Pin], cache: Path, made: Path) -> tuple[Path, ...]:
    """Fill a folder with the wheels of a lock and the file that names them; pip proves every hash.

    Args:
        pins: what the lock says.
        cache: kept between releases; a wheel that fits is not brought again.
        made: becomes the layer's folder, with ``requirements.txt`` and ``wheels/``.

    Raises:
        ApplianceError: TOOL_FAILED.
    """
    listed = made / "requirements.txt"
    listed.write_text("".join(f"{pin.line}\n" for pin in sorted(pins)), "ascii")
    cache.mkdir(parents=True, exist_ok=True)
    house = made / "wheels"
    house.mkdir()
    tool.run([*PIP, "download", *QUIET, "--require-hashes", "--no-deps", "--only-binary", ":all:", "--find-links",
              cache, "--dest", house, "--requirement", listed])
    for wheel in house.iterdir():
        if not (cache / wheel.name).exists():
            shutil.copyfile(wheel, cache / wheel.name)
    return tuple(sorted(house.glob("*.whl")))


def product(source: Path, made: Path, epoch: int) -> Path:
    """Build the product's own wheel from a working copy; the commit's time stands in it.

    Raises:
        ApplianceError: TOOL_FAILED.
    """
    made.mkdir(parents=True, exist_ok=True)
    tool.run([*PIP, "wheel", *QUIET, "--no-deps", "--wheel-dir", made, source],
             more={"SOURCE_DATE_EPOCH": str(epoch)})
    (wheel,) = made.glob("scanner_appliance-*.whl")
    return wheel
