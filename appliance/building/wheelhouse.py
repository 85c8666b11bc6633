"""The wheels of a release: the locked libraries, and the product's own, which two builds make alike."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

from appliance.building import tool
from appliance.building.lock import Pin
from appliance.core import files

PIP = (sys.executable, "-m", "pip")
QUIET = ("--quiet", "--disable-pip-version-check")


def bring(pins: Iterable[Pin], cache: Path, made: Path) -> tuple[Path, ...]:
    """Fill a folder with the wheels of a lock and the file that names them.

    Args:
        pins: what the lock says.
        cache: kept between releases; where it has every wheel, no registry is asked.
        made: becomes the layer's folder, with ``requirements.txt`` and ``wheels/``.

    Raises:
        ApplianceError: TOOL_FAILED.
    """
    wanted = sorted(pins)
    listed = made / "requirements.txt"
    listed.write_text("".join(f"{pin.line}\n" for pin in wanted), "ascii")
    cache.mkdir(parents=True, exist_ok=True)
    if {pin.sha256 for pin in wanted} - set(_kept(cache)):
        tool.run([*PIP, "download", *QUIET, "--require-hashes", "--no-deps", "--only-binary", ":all:",
                  "--find-links", cache, "--dest", cache, "--requirement", listed])
    house = made / "wheels"
    house.mkdir()
    kept = _kept(cache)
    for pin in wanted:
        tool.lay(kept[pin.sha256], house / kept[pin.sha256].name)
    return tuple(sorted(house.glob("*.whl")))


def product(source: Path, made: Path, epoch: int) -> Path:
    """Build the product's own wheel from a working copy; the commit's time stands in it.

    The backend is the one that the extra ``release`` pins: another one names itself in the wheel.

    Raises:
        ApplianceError: TOOL_FAILED.
    """
    made.mkdir(parents=True, exist_ok=True)
    tool.run([sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", made.absolute()],
             folder=source, more={"SOURCE_DATE_EPOCH": str(epoch)})
    (wheel,) = made.glob("scanner_appliance-*.whl")
    return wheel


def _kept(cache: Path) -> dict[str, Path]:
    """Return the wheels of a folder by what they are, not by what they are called."""
    return {files.sha256_of(path): path for path in sorted(cache.glob("*.whl"))}
