"""From where a check of a page image fails: the limits of a rule profile, tables ``image.limit``, ``image.target``.

Which way a check fails is said in each sentence. What is measured is written beside each check in ``imaging``. The
figures were chosen on the generated corpus (bench/quality_imaging.py): grave defects are found, and fewer than one
ordinary page in two hundred is held for a check.
"""

from __future__ import annotations

from dataclasses import dataclass

from appliance.core.tables import setting

CHECKS = ("dpi", "colour", "sharpness", "contrast", "exposure", "clipping", "streaks", "misregistration", "cut_off",
          "folded_corner", "staple", "double_feed", "dpi_measured", "sides")
"""Every check that can fail."""

OVERRULED = tuple(check for check in CHECKS if check not in ("dpi", "colour"))
"""Checks that a person may overrule, page by page; what the law demands, and secrets, nobody does here."""


@dataclass(frozen=True, slots=True)
class ImageLimits:
    """Limits of the checks on a page image."""

    blank: float = setting(3.0, doc="Area of writing below which a page is blank.", low=0, high=10_000, unit="mm2")
    sharpness: float = setting(0.38, doc="Steepest step over contrast below which print is blurred.", low=0, high=1)
    contrast: float = setting(60.0, doc="Contrast of paper and print below which a page is faint.",
                              low=0, high=255, unit="grey levels")
    exposure: float = setting(132.0, doc="Tone of the paper, in its lightest colour, below which it is too dark.",
                              low=0, high=255, unit="grey levels")
    clipping: float = setting(0.35, doc="Share of the page, or its print, that lost all shade.", low=0.01, high=1)
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
    sides: float = setting(4.0, doc="Difference of front and back of a sheet above which they do not match.",
                           low=0.5, high=500, unit="mm")
    secret: float = setting(0.46, doc="Likeness to a state-secret stamp from which a page is held, always.",
                            low=0.2, high=0.6)


@dataclass(frozen=True, slots=True)
class TargetLimits:
    """Limits of the device check with a target sheet; what ends in ``_aim`` warns, the other fails.

    The figures are those that an office scanner and a printed sheet allow: ISO 19264-1 level C and FADGI 2023 two
    and three stars; skew and shear are engineering.
    """

    dpi: float = setting(0.97, doc="Share of the asked resolution, either axis, below which a device check fails.",
                         low=0.5, high=1)
    scale: float = setting(0.03, doc="Share by which the header's resolution may be off in a device check.",
                           low=0.001, high=1)
    scale_aim: float = setting(0.02, doc="As scale: from here it warns.", low=0.001, high=1)
    sfr: float = setting(70.0, doc="Sampling efficiency (SFR10), worse axis, below which it fails.",
                         low=1, high=200, unit="%")
    sfr_aim: float = setting(80.0, doc="As sfr: below this it warns.", low=1, high=200, unit="%")
    modulation: float = setting(1.2, doc="Highest modulation above which it fails: the scanner sharpens too much.",
                                low=0.5, high=5)
    modulation_aim: float = setting(1.1, doc="As modulation: above this it warns.", low=0.5, high=5)
    misregistration: float = setting(0.8, doc="Distance of two colours of one edge above which it fails.",
                                     low=0.05, high=20, unit="pixels")
    misregistration_aim: float = setting(0.5, doc="As misregistration: above this it warns.",
                                         low=0.05, high=20, unit="pixels")
    noise: float = setting(3.0, doc="Standard deviation of L* on grey above which it fails.", low=0.1, high=50)
    noise_aim: float = setting(2.0, doc="As noise: above this it warns.", low=0.1, high=50)
    uniformity: float = setting(5.0, doc="Spread of the paper's lightness over the sheet above which it fails.",
                                low=0.1, high=100, unit="%")
    uniformity_aim: float = setting(3.0, doc="As uniformity: above this it warns.", low=0.1, high=100, unit="%")
    skew: float = setting(3.0, doc="Angle at which the sheet was fed above which it fails.",
                          low=0.05, high=45, unit="degrees")
    skew_aim: float = setting(1.0, doc="As skew: above this it warns.", low=0.05, high=45, unit="degrees")
    shear: float = setting(0.5, doc="Angle by which a right angle is off, once level, above which it fails.",
                           low=0.01, high=45, unit="degrees")
    shear_aim: float = setting(0.3, doc="As shear: above this it warns.", low=0.01, high=45, unit="degrees")
    tone: float = setting(5.0, doc="Largest error of L* of the grey patches (reference file) above which it fails.",
                          low=0.1, high=100)
    tone_aim: float = setting(3.0, doc="As tone: above this it warns.", low=0.1, high=100)
    colour: float = setting(5.0, doc="Mean CIEDE2000 of the patches (reference file) above which it fails.",
                            low=0.1, high=100)
    colour_aim: float = setting(3.5, doc="As colour: above this it warns.", low=0.1, high=100)
