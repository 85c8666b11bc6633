"""The target sheet: what its code says, and what a scan of it says of the scanner. Pure.

``appliance.target_sheet`` draws the sheet, ``imaging.target`` measures it; both know its places by ``target_plan``.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from appliance.core import errors

DESIGN = "VSTGT1"
"""First part of the code. Another drawing of the sheet gets another number, so that no old print is misjudged."""

CHECK_LETTERS = 4

_FAMILY = re.compile(r"\s*VSTGT[0-9]{1,2}:", re.IGNORECASE)
_SERIAL = re.compile(r"[A-Z0-9][A-Z0-9\-]{0,15}")
_LONGEST_PAYLOAD = 40


@dataclass(frozen=True, slots=True)
class TargetReading:
    """What one scan of a target sheet measured.

    x is along the rows of the captured image (across the feed, along the sensor), y down its columns (along the
    feed), however the sheet lay.

    Attributes:
        design, serial: as the sheet's code says.
        dpi_x, dpi_y: pixels per inch of paper.
        header_dpi: what the image's header says.
        scale_error: largest share by which a length is off the header's resolution, of the whole sheet in either
            direction or of half a side (a feed that slips).
        skew_deg: degrees clockwise by which the sheet lies turned, within +-45 (of the nearest quarter turn).
        shear_deg: degrees by which the sheet's right angle is off after it is turned level.
        sfr10_x, sfr10_y: spatial frequency at which the modulation falls to a tenth, percent of half the sampling
            frequency; of detail that changes along x, and along y. The worst of five squares. At most 200.
        max_modulation: highest value of the mean response of all edges, the worse direction; over 1 is sharpening.
        misregistration_px: largest distance of two colours at the worst of the squares, captured pixels.
        noise_l: standard deviation of L* on grey, shading and the printer's dots taken out.
        nonuniformity_pct: lightest less darkest place of bare paper, percent of their mean L*.
        tone_dl: largest error of L* of the grey patches against the sheet's reference; None without one.
        de2000: mean colour difference (CIEDE2000) of the patches against the reference; None without one.
    """

    design: str
    serial: str
    dpi_x: float
    dpi_y: float
    header_dpi: float
    scale_error: float
    skew_deg: float
    shear_deg: float
    sfr10_x: float
    sfr10_y: float
    max_modulation: float
    misregistration_px: float
    noise_l: float
    nonuniformity_pct: float
    tone_dl: float | None = None
    de2000: float | None = None


def encode(serial: str) -> str:
    """Return the text of a sheet's QR code, in QR's alphanumeric letters.

    Raises:
        ApplianceError: REQUEST_REFUSED when this can be no serial (A-Z, 0-9, -; 16 letters at most).
    """
    if not _SERIAL.fullmatch(serial):
        raise errors.REQUEST_REFUSED.error(reason="a target sheet's serial is A-Z, 0-9 and -, 16 letters at most")
    body = f"{DESIGN}:{serial}"
    return f"{body}:{_check(body)}"


def decode(text: str) -> tuple[str, str] | None:
    """Return (design, serial) of a sheet's code; None where it is another code, another design or spoiled."""
    text = text.strip()
    body, _, check = text.rpartition(":")
    design, _, serial = body.partition(":")
    if len(text) > _LONGEST_PAYLOAD or design != DESIGN or not _SERIAL.fullmatch(serial) or check != _check(body):
        return None
    return design, serial


def is_target(text: str) -> bool:
    """Say whether a code means to be a target sheet's, of any design and spelling, valid or not."""
    return _FAMILY.match(text) is not None


def _check(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()[:CHECK_LETTERS].upper()
