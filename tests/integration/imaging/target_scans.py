"""Scans of a printed target sheet with known truth: the sheet's own PDF, rendered and then spoiled on purpose.

A rendered level is taken for the share of light that the paper reflects there (the renderer's half-covered pixels
are just that). All spoiling happens in light; the levels of sRGB come last.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pypdfium2

from appliance.target_sheet import pdf

SERIAL = "BHXH-0417-02"
FINE = 600
WHOLE = 6
"""Pixels of the rendering go whole into those of a scan at 200 or 300 dpi."""

BLACK, PAPER = 0.02, 0.80

Colour = npt.NDArray[np.uint8]
Plane = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Spoil:
    """What a bad scanner does.

    Attributes:
        scale: stretch along the image's rows and columns.
        skew, shear: degrees, clockwise; of the sheet, of the scanner's line.
        kernel: blurs or sharpens, (odd, odd) pixels, in light.
        shift: (x, y) pixels by which red lies off.
        noise: standard deviation, in L*.
        shading: share of light lost at the right edge, linearly from the left.
        black, paper: shares of light.
    """

    scale: tuple[float, float] = (1.0, 1.0)
    skew: float = 0.0
    shear: float = 0.0
    kernel: Floats | None = None
    shift: tuple[float, float] = (0.0, 0.0)
    noise: float = 0.0
    shading: float = 0.0
    black: float = BLACK
    paper: float = PAPER


@cache
def printed(dpi: int = FINE) -> Colour:
    """Return the sheet as rendered, (h, w, 3) uint8, shares of light."""
    document = pypdfium2.PdfDocument(pdf(SERIAL, date(2026, 11, 22)))
    try:
        page = document[0].render(scale=dpi / 72).to_numpy()[:, :, ::-1]
        height, width = page.shape[0] // WHOLE * WHOLE, page.shape[1] // WHOLE * WHOLE
        return np.ascontiguousarray(page[:height, :width])
    finally:
        document.close()


@cache
def plain() -> Plane:
    """Return the sheet without its colours, (h, w) uint8: a third of the work."""
    return np.ascontiguousarray(printed()[:, :, 1])


@cache
def _straight(dpi: int) -> Plane:
    return _captured(plain(), dpi, Spoil())


def colour_scan(dpi: int) -> Colour:
    """Return a perfect scan in colour, (h, w, 3) uint8."""
    share = _captured(printed(), dpi, Spoil()).astype(np.float32) / 255
    return levels(np.asarray(BLACK + (PAPER - BLACK) * share, np.float32))


def scan(dpi: int = 200, spoil: Spoil | None = None, sheet: Plane | None = None) -> Colour:
    """Return a scan of the sheet without its colours, (h, w, 3) uint8."""
    spoil = spoil or Spoil()
    flat = sheet is None and (spoil.scale, spoil.skew, spoil.shear) == ((1.0, 1.0), 0.0, 0.0)
    whole = _straight(dpi) if flat else _captured(plain() if sheet is None else sheet, dpi, spoil)
    light: Any = whole.astype(np.float32) * ((spoil.paper - spoil.black) / 255) + spoil.black
    if spoil.kernel is not None:
        light = cv2.filter2D(light, -1, spoil.kernel, borderType=cv2.BORDER_REPLICATE)
    if spoil.shading:
        light *= 1 - spoil.shading * np.linspace(0, 1, light.shape[1], dtype=np.float32)[None, :]
    if spoil.noise:
        light = _noisy(light, spoil.noise)
    grey = levels(light)
    red = levels(shifted(light, *spoil.shift)) if spoil.shift != (0.0, 0.0) else grey
    return np.dstack((red, grey, grey))


def levels(light: Floats) -> Plane:
    """Return the levels of sRGB, uint8, of shares of light."""
    return np.asarray(_curve()[np.asarray(np.clip(light, 0, 1) * 65535 + 0.5, np.uint16)], np.uint8)


@cache
def _curve() -> Colour:
    light = np.arange(65536) / 65535
    curve = np.where(light <= 0.0031308, light * 12.92, 1.055 * np.power(light, 1 / 2.4) - 0.055)
    return np.asarray(np.rint(curve * 255), np.uint8)


def gaussian(sigma: float) -> Floats:
    """Return a kernel of Gaussian blur, pixels."""
    half = math.ceil(5 * sigma)
    line = np.exp(-(np.arange(-half, half + 1) ** 2) / (2 * sigma * sigma))
    return np.asarray(np.outer(line, line) / line.sum() ** 2, np.float32)


def sharpened(sigma: float, amount: float) -> Floats:
    """Return a kernel of unsharp masking."""
    blurred = gaussian(sigma)
    kernel = -amount * blurred
    kernel[blurred.shape[0] // 2, blurred.shape[1] // 2] += 1 + amount
    return np.asarray(kernel, np.float32)


def response(kernel: Floats | None, frequency: float) -> float:
    """Return the true modulation of a scan along one axis: a square pixel, then the kernel."""
    line = np.ones(1) if kernel is None else kernel.sum(axis=0)
    at = np.arange(len(line)) - len(line) // 2
    return float(np.sinc(frequency) * (line * np.cos(2 * math.pi * frequency * at)).sum())


def efficiency(kernel: Floats | None) -> float:
    """Return the true SFR10, percent of half sampling."""
    return next((200 * step / 1000 for step in range(1001) if response(kernel, step / 1000) < 0.1), 200.0)


def shifted(plane: Floats, x: float, y: float) -> Floats:
    """Move a plane by parts of a pixel, exactly (through its spectrum)."""
    height, width = plane.shape
    down, across = np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None, :]
    moved = np.fft.irfft2(np.fft.rfft2(plane) * np.exp(-2j * math.pi * (across * x + down * y)), s=plane.shape)
    return np.asarray(moved, np.float32)


def _captured(sheet: Colour, dpi: int, spoil: Spoil) -> Colour:
    """Lay the sheet under the scanner, and take the mean of the light on each of its pixels."""
    if spoil.scale != (1.0, 1.0) or spoil.skew or spoil.shear:
        angle, height, width = math.radians(spoil.skew), sheet.shape[0], sheet.shape[1]
        turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
        line = np.array([[spoil.scale[0], 0.0], [0.0, spoil.scale[1]]]) @ np.array(
            [[1.0, math.tan(math.radians(spoil.shear))], [0.0, 1.0]])
        matrix = line @ turn
        middle = np.array([width / 2, height / 2])
        whole = np.column_stack((matrix, middle - matrix @ middle))
        turned = cv2.warpAffine(sheet, whole, (width, height), flags=cv2.INTER_LINEAR, borderValue=(255,) * 3)
        sheet = np.asarray(turned, np.uint8)
    size = round(sheet.shape[1] * dpi / FINE), round(sheet.shape[0] * dpi / FINE)
    return np.asarray(cv2.resize(sheet, size, interpolation=cv2.INTER_AREA), np.uint8)


def _noisy(light: Floats, deviation: float) -> Floats:
    """Add noise of a known deviation in L*."""
    random = np.random.default_rng(7)
    tone = cv2.pow(light, 1 / 3) * 116 - 16
    noise = random.standard_normal(tone.shape, np.float32) * deviation
    gain = (np.clip(tone + noise, 8.1, 100) + 16) ** 3 / (np.clip(tone, 8.1, 100) + 16) ** 3
    return np.asarray(light * gain, np.float32)
