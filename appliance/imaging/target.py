"""Measure a scan of the target sheet (docs/imaging.md, target sheet): all that the device check judges."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
import zxingcpp

from appliance.core import errors, target
from appliance.core import target_plan as plan
from appliance.core.target import TargetReading
from appliance.core.target_reference import Reference
from appliance.imaging import target_edges, target_light
from appliance.imaging.target_frame import Frame, frames

Colour = npt.NDArray[np.uint8]
Doubles = npt.NDArray[np.float64]

QUIET_MM = 3.0
"""White around the code that is given to its reader."""

CODE_SCALE = 4.0
"""Pixels per millimetre at which the code is read first; a module is a millimetre."""

LEAST_SCALE = 75 / 25.4
"""Pixels per millimetre below which edges say nothing."""

LEVEL, FEWEST_SQUARES = 3.4, 2
"""Degrees up to which every square must be measured in both directions: one that is left out could hide a blurred
corner. Askew by more, which fails in any case, some edges lie along the grid of pixels; so few squares will do."""

SEGMENTS = ((0, 0), (1, 0), (1, 1), (2, 1), (2, 2), (3, 2), (3, 3), (0, 3))
"""Corner and midway of each half of a side."""


def measure(rgb: Colour, header_dpi: float, reference: Reference | None = None) -> TargetReading:
    """Measure a scan of the target sheet, whichever way round it lies.

    Args:
        rgb: (height, width, 3) uint8, as captured, full resolution.
        header_dpi: pixels per inch as the image's header says.
        reference: what is known of the printed sheets; used only where it names this sheet's serial.

    Raises:
        ApplianceError: TARGET_UNREADABLE, with the reason.
    """
    if not header_dpi > 0:
        raise errors.TARGET_UNREADABLE.error(reason="ảnh không ghi độ phân giải / no resolution in its header")
    if rgb.ndim != 3 or rgb.shape[2] != 3:
        raise errors.TARGET_UNREADABLE.error(reason="không phải ảnh màu / no colour image")
    frame, (design, serial) = _found(rgb)
    if frame.scale < LEAST_SCALE:
        raise errors.TARGET_UNREADABLE.error(reason="độ phân giải quá thấp / resolution too low")
    own = reference if reference is not None and reference.serial == serial else None
    lie = _lie(frame, own)
    edges = target_edges.edges(rgb, frame)
    squares = {edge.square for edge in edges if edge.across} & {edge.square for edge in edges if not edge.across}
    if len(squares) < (len(plan.SQUARES) if abs(lie.skew) <= LEVEL else FEWEST_SQUARES):
        raise errors.TARGET_UNREADABLE.error(reason="cạnh đen bẩn hoặc nhàu / edges soiled or creased")
    tone, difference = target_light.against(rgb, frame, own) if own else (None, None)
    return TargetReading(
        design, serial, lie.dpi_x, lie.dpi_y, header_dpi, _scale_error(frame, lie, header_dpi, own),
        lie.skew, lie.shear,
        sfr10_x=target_edges.efficiency(edges, across=True), sfr10_y=target_edges.efficiency(edges, across=False),
        max_modulation=max(target_edges.modulation(edges, across) for across in (True, False)),
        misregistration_px=_certain(target_edges.colours_apart(edges)),
        noise_l=_certain(target_light.noise(rgb, frame)),
        nonuniformity_pct=_certain(target_light.unevenness(rgb, frame)), tone_dl=tone, de2000=difference,
    )


@dataclass(frozen=True, slots=True)
class _Lie:
    """How the sheet lies: resolution along the image's rows and columns, angles in degrees."""

    dpi_x: float
    dpi_y: float
    skew: float
    shear: float


def _found(rgb: Colour) -> tuple[Frame, tuple[str, str]]:
    """Find the sheet and read its code, which says which end is up."""
    alien = False
    for frame in frames(rgb):
        for text in _codes(rgb, frame):
            said = target.decode(text)
            if said is not None:
                return frame, said
            alien = alien or target.is_target(text)
    reason = "phiếu mẫu khác hoặc mã hỏng / another design, or its code is spoiled" if alien else (
        "không đọc được mã / its code cannot be read")
    raise errors.TARGET_UNREADABLE.error(reason=reason)


def _codes(rgb: Colour, frame: Frame) -> list[str]:
    left, top, right, bottom = plan.QR_BOX
    box = [(x, y) for x in (left - QUIET_MM, right + QUIET_MM) for y in (top - QUIET_MM, bottom + QUIET_MM)]
    places = frame.pixels(box)
    low = np.maximum(np.floor(places.min(axis=0)), 0).astype(int)
    high = np.ceil(places.max(axis=0)).astype(int)
    cut = np.ascontiguousarray(rgb[low[1]:max(low[1], high[1]), low[0]:max(low[0], high[0]), 1])
    if min(cut.shape) < 20:
        return []
    share = CODE_SCALE / frame.scale  # noise and sharpening spoil a code; both are gone at a few pixels a module
    size = max(1, round(cut.shape[1] * share)), max(1, round(cut.shape[0] * share))
    small = cv2.resize(cut, size, interpolation=cv2.INTER_AREA) if share < 1 else cut
    return [code.text for code in _read(np.asarray(small, np.uint8)) or _read(cut)]


def _read(grey: Colour) -> list[zxingcpp.Barcode]:
    return list(zxingcpp.read_barcodes(grey, formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)))


def _lie(frame: Frame, own: Reference | None) -> _Lie:
    """Take the map apart into resolution, turn and shear.

    A sheet turned by R under a scanner with S pixels per mm in either direction gives the map S R: the lengths of
    its rows are the resolutions, the angle between them is right but for shear.
    """
    rows = frame.matrix[:, :2] @ np.diag(_shrink(own))
    lengths = np.linalg.norm(rows, axis=1)
    across, down = rows[0] / lengths[0], rows[1] / lengths[1]
    shear = math.degrees(math.asin(float(np.clip(across @ down, -1, 1))))
    turn = math.degrees(math.atan2(down[0] - across[1], across[0] + down[1]))
    skew = (turn + 45) % 90 - 45
    return _Lie(25.4 * float(lengths[0]), 25.4 * float(lengths[1]), skew, shear)


def _shrink(own: Reference | None) -> tuple[float, float]:
    """Return how many millimetres of the plan stand in one of this print, across and down."""
    return (plan.ROW_MM / own.width_mm, plan.COLUMN_MM / own.height_mm) if own else (1.0, 1.0)


def _scale_error(frame: Frame, lie: _Lie, header_dpi: float, own: Reference | None) -> float:
    """Return the largest share by which a length is off: of the whole sheet, and of each half of a side.

    A feed that slips, or a roller that is worn at one end, shows in a half before it shows in the whole.
    """
    worst = max(abs(lie.dpi_x / header_dpi - 1), abs(lie.dpi_y / header_dpi - 1))
    for corner, midway in SEGMENTS:
        seen = float(np.linalg.norm(frame.midways[midway] - frame.corners[corner])) * 25.4 / header_dpi
        way = np.subtract(plan.MIDWAYS[midway], plan.CORNERS[corner]) / _shrink(own)
        off = abs(seen / float(np.linalg.norm(way)) - 1)
        worst = max(worst, off) if math.isfinite(off) else worst
    return worst


def _certain(value: float) -> float:
    if math.isnan(value):
        raise errors.TARGET_UNREADABLE.error(reason="ảnh thiếu một phần phiếu / part of it is not in the image")
    return value
