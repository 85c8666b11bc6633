"""What an eSCL scanner can do from its feeder: decoded from ScannerCapabilities, and what may be asked of it.

A device may do other things from its glass than from its feeder, and with both sides other than with one; each
is read from its own part. What is not said is not known, and is then not held against the device.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable
from dataclasses import dataclass

from appliance.core import errors
from appliance.device.escl_xml import UNITS_PER_MM, Request, number, parse, printable, text
from appliance.device.profile_tables import PaperArea
from appliance.device.scanner import Capabilities, ScanSettings

COMMON_DPI = (75, 100, 150, 200, 240, 300, 400, 600)
"""Resolutions listed for a device that names only a range."""

COLOUR, JPEG = "RGB24", "image/jpeg"
MOST_UNITS = 300_000
"""More is no length of paper: 25 m, in 1/300 inch."""

SHORT_UNITS = 36
"""How much less than the paper a device may take before ink would be lost: 3 mm, in 1/300 inch."""

MOST_DPI = 9600


@dataclass(frozen=True, slots=True)
class Source:
    """What one way of feeding can do. Lengths in 1/300 inch, 0 when not said; empty lists: not said.

    Attributes:
        width: least and most across the paper.
        height: least and most along it.
        dpis: resolutions that are named one by one.
        spans: ranges of resolutions: lowest, highest, step.
        extended: whether formats are named the newer way (DocumentFormatExt).
    """

    width: tuple[int, int] = (0, 0)
    height: tuple[int, int] = (0, 0)
    dpis: tuple[int, ...] = ()
    spans: tuple[tuple[int, int, int], ...] = ()
    colour: bool = False
    formats: tuple[str, ...] = ()
    extended: bool = False

    def takes(self, dpi: int) -> bool:
        """Whether it scans at a resolution; a device that names none is asked."""
        if not self.dpis and not self.spans:
            return True
        return dpi in self.dpis or any(low <= dpi <= high and (dpi - low) % step == 0
                                       for low, high, step in self.spans)

    def listed(self) -> tuple[int, ...]:
        """Return the resolutions to show to people."""
        return tuple(sorted({*self.dpis, *(dpi for dpi in COMMON_DPI if self.spans and self.takes(dpi))}))


@dataclass(frozen=True, slots=True)
class Abilities:
    """What ScannerCapabilities says. ``duplex`` is None where it has no feeder for both sides.

    ``position``: where narrower paper lies in the feeder (Left, Center, Right), empty when not said.
    """

    capabilities: Capabilities
    uuid: str
    version: str
    simplex: Source
    duplex: Source | None
    position: str = ""


def decode(data: bytes) -> Abilities:
    """Decode ScannerCapabilities; errors as ``escl_xml.parse``."""
    tree = parse(data, "ScannerCapabilities")
    adf = tree.find(".//{*}Adf")
    part = tree if adf is None else adf
    one, both = part.find(".//{*}AdfSimplexInputCaps"), part.find(".//{*}AdfDuplexInputCaps")
    two_sided = both is not None or any(_listed(part, "AdfOption", "Duplex"))
    simplex = _source(one if one is not None else part, tree)
    duplex = (_source(both, tree) if both is not None else simplex) if two_sided else None
    found = Capabilities(
        model=printable(text(tree, "MakeAndModel")),
        serial=printable(text(tree, "SerialNumber") or text(tree, "UUID")),
        firmware=printable(text(tree, "FirmwareVersion")), resolutions=simplex.listed(), duplex=two_sided,
        colour=simplex.colour)
    version = text(tree, "Version")
    return Abilities(found, printable(text(tree, "UUID")),
                     version if re.fullmatch(r"[0-9]{1,2}\.[0-9]{1,3}", version) else "2.0",
                     simplex, duplex, text(part, "XImagePosition")[:10])


def _source(caps: ET.Element, tree: ET.Element) -> Source:
    """Read one way of feeding; only setting profiles in colour count, and those that stand elsewhere by name."""
    named = {name: one for one in tree.iterfind(".//{*}SettingProfile") if (name := one.get("name"))}
    profiles = [named.get(one.get("ref", ""), one) for one in caps.iterfind(".//{*}SettingProfile")]
    coloured = [one for one in profiles if any(_listed(one, "ColorMode", COLOUR))]
    parts = coloured or [caps]
    silent = not any(_said(parts, "ColorMode"))
    spans = [_span(one) for part in parts for one in part.iterfind(".//{*}ResolutionRange")]
    formats = [*_said(parts, "DocumentFormat"), *_said(parts, "DocumentFormatExt")]
    return Source(
        width=(_length(caps, "MinWidth"), _length(caps, "MaxWidth")),
        height=(_length(caps, "MinHeight"), _length(caps, "MaxHeight")),
        dpis=tuple(sorted({dpi for part in parts for dpi in _square(part)})),
        spans=tuple(span for span in spans if 0 < span[0] <= span[1] <= MOST_DPI),
        colour=bool(coloured) or any(_listed(tree if silent else caps, "ColorMode", COLOUR)),
        formats=tuple(sorted({one.lower() for one in formats})),
        extended=JPEG in _said(parts, "DocumentFormatExt"))


def _square(part: ET.Element) -> Iterable[int]:
    """Yield the resolutions that are the same both ways."""
    for one in part.iterfind(".//{*}DiscreteResolution"):
        across, along = number(one, "XResolution"), number(one, "YResolution")
        if 0 < across <= MOST_DPI and along in (0, across):
            yield across


def _span(one: ET.Element) -> tuple[int, int, int]:
    return number(one, "Min"), number(one, "Max"), max(1, number(one, "Step"))


def _length(caps: ET.Element, name: str) -> int:
    value = number(caps, name)
    return value if value <= MOST_UNITS else 0


def _said(parts: Iterable[ET.Element], name: str) -> list[str]:
    return [(one.text or "").strip() for part in parts for one in part.iterfind(f".//{{*}}{name}")]


def _listed(part: ET.Element, name: str, value: str) -> Iterable[bool]:
    return (said == value for said in _said([part], name))


def request(settings: ScanSettings, abilities: Abilities, area: PaperArea) -> Request:
    """Return what to ask for.

    Raises:
        ApplianceError: DEVICE_REFUSED: the device says that it cannot. It is not asked: a request for both sides
            locks up some simplex devices until they are turned off.
    """
    source = abilities.duplex if settings.duplex else abilities.simplex
    if source is None:
        raise errors.DEVICE_REFUSED.error(text="duplex")
    if not source.colour:
        raise errors.DEVICE_REFUSED.error(text=COLOUR)
    if source.formats and JPEG not in source.formats:
        raise errors.DEVICE_REFUSED.error(text=JPEG)
    if not source.takes(settings.dpi):
        raise errors.DEVICE_REFUSED.error(text=f"{settings.dpi} dpi")
    width = _within(area.page_width_mm, area.max_width_mm, area.overscan_mm, source.width)
    height = _within(area.page_height_mm, _longest(area, settings.dpi), area.overscan_mm, source.height)
    free = max(0, source.width[1] - width)
    offset = {"Center": free // 2, "Right": free}.get(abilities.position, 0)
    return Request(settings.dpi, settings.duplex, width, height, abilities.version, offset, source.extended)


def _longest(area: PaperArea, dpi: int) -> float:
    """Return the longest paper that the profile knows at a resolution, in mm; 0 when unknown."""
    rows = sorted((row.dpi, row.max_mm) for row in area.long_paper if dpi <= row.dpi)
    return rows[0][1] if rows else area.max_height_mm


def _within(page: float, known: float, beyond: float, device: tuple[int, int]) -> int:
    """Return the length to ask for, in 1/300 inch: the page and what is asked beyond it, as far as it can be had.

    Args:
        page: length of the page, in mm.
        known: longest paper by the profile, in mm; 0 when unknown.
        beyond: what is asked for beyond each edge, in mm.
        device: least and most by the device, in 1/300 inch; 0 when not said.

    Raises:
        ApplianceError: DEVICE_REFUSED: the device takes so little that paper would lose its ink.
    """
    least, most = device
    if most and page * UNITS_PER_MM > most + SHORT_UNITS:
        raise errors.DEVICE_REFUSED.error(text=f"{page:.0f} mm > {most / UNITS_PER_MM:.0f} mm")
    asked = round(min(page + 2 * beyond, known or page + 2 * beyond) * UNITS_PER_MM)
    return max(min(asked, most or asked), min(least, most or least))
