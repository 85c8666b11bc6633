"""From where a check of a page image fails: the limits of a rule profile, table ``image.limit``.

Which way a check fails is said in each sentence. What is measured is written beside each check in ``imaging``. The
figures were chosen on the generated corpus (bench/quality_imaging.py): grave defects are found, and fewer than one
ordinary page in two hundred is held for a check.
"""

from __future__ import annotations

from dataclasses import dataclass

from appliance.core.tables import setting

CHECKS = ("dpi", "colour", "sharpness", "contrast", "exposure", "clipping", "streaks", "misregistration", "cut_off",
          "folded_corner", "staple", "double_feed", "dpi_measured")
"""Every check that can fail."""


@dataclass(frozen=True, slots=True)
class ImageLimits:
    """Limits of the checks on a page image."""

    blank: float = setting(3.0, doc="Area of writing below which a page is blank.", low=0, high=10_000, unit="mm2")
    sharpness: float = setting(0.38, doc="Steepest step over contrast below which print is blurred.", low=0, high=1)
    contrast: float = setting(60.0, doc="Contrast of paper and print below which a page is faint.",
                              low=0, high=255, unit="grey levels")
    exposure: float = setting(145.0, doc="Tone of the paper below which a page is too dark.",
                              low=0, high=255, unit="grey levels")
    clipping: float = setting(0.55, doc="Share of the page, or its print, that lost all shade.", low=0.01, high=1)
    streaks: float = setting(9.0, doc="Depth of a line all down the capture from which the glass is dirty.",
                             low=1, high=255, unit="grey levels")
    misregistration: float = setting(1.1, doc="Distance of red from blue above which colours lie apart.",
                                     low=0.1, high=20, unit="pixels")
    cut_off: float = setting(3.0, doc="Places at which writing runs off the image, from which it is cut off.",
                             low=1, high=1000, unit="places")
    folded_corner: float = setting(12.0, doc="Longer side of a folded corner from which a page fails.",
                                   low=7, high=100, unit="mm")
    double_feed: float = setting(54.0, doc="Shadow across the page from which a second sheet is suspected.",
                                 low=1, high=1000, unit="grey levels mm")
    dpi_measured: float = setting(0.03, doc="Share by which the header's resolution may be off.", low=0.005, high=1)
    secret: float = setting(0.46, doc="Likeness to a state-secret stamp from which a page is held, always.",
                            low=0.2, high=0.6)
