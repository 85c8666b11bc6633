"""The reference file of one printed target sheet: what a measuring device found on its paper (docs/imaging.md)."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

from appliance.core import errors
from appliance.core.tables import build, setting
from appliance.core.target_plan import COLUMN_MM, PATCHES, ROW_MM


@dataclass(frozen=True, slots=True)
class PatchLab:
    """CIE L*a*b* of one patch, D50, 2 degrees, as a spectrophotometer reads it."""

    name: str = setting(doc="Name of the patch as printed under it.", choices=tuple(one.name for one in PATCHES))
    l: float = setting(doc="L*.", low=0, high=100)  # noqa: E741  # as the letter on the measuring device
    a: float = setting(0.0, doc="a*.", low=-128, high=128)
    b: float = setting(0.0, doc="b*.", low=-128, high=128)


@dataclass(frozen=True, slots=True)
class Reference:
    """What is known of one printed sheet; all but its serial may be left out."""

    serial: str = setting(doc="Serial of the sheet, as printed on it.", pattern=r"[A-Z0-9][A-Z0-9\-]{0,15}")
    width_mm: float = setting(ROW_MM, doc="From middle to middle of two corner marks across the sheet.",
                              low=0.9 * ROW_MM, high=1.1 * ROW_MM, unit="mm")
    height_mm: float = setting(COLUMN_MM, doc="The same down the sheet.",
                               low=0.9 * COLUMN_MM, high=1.1 * COLUMN_MM, unit="mm")
    patch: tuple[PatchLab, ...] = ()


def load(path: Path) -> Reference:
    """Read a reference file (TOML).

    Raises:
        ApplianceError: CONFIG_UNREADABLE, or a settings error naming the key.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        raise errors.CONFIG_UNREADABLE.error(path=path, reason=type(problem).__name__) from problem
    return build(Reference, table, path.name)
