"""eSCL (AirScan) in words: builds what is asked and decodes what is answered, never sends.

Elements are found by their local name: devices agree on names more than on name spaces.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from html import escape
from urllib.parse import urlsplit

from appliance.core import errors
from appliance.device.protocol import Feeder, Status
from appliance.device.scanner import Capabilities

SCAN = "http://schemas.hp.com/imaging/escl/2011/05/03"
PWG = "http://www.pwg.org/schemas/2010/12/sm"
UNITS_PER_MM = 300 / 25.4
COMMON_DPI = (75, 100, 150, 200, 240, 300, 400, 600)
"""Resolutions listed for a device that names only a range."""

FEEDER_STATES = {
    "ScannerAdfProcessing": Feeder.PROCESSING,
    "ScannerAdfEmpty": Feeder.EMPTY,
    "ScannerAdfJam": Feeder.JAM,
    "ScannerAdfLoaded": Feeder.LOADED,
    "ScannerAdfMispick": Feeder.JAM,
    "ScannerAdfHatchOpen": Feeder.COVER,
    "ScannerAdfDuplexPageTooShort": Feeder.WRONG_PAPER,
    "ScannerAdfDuplexPageTooLong": Feeder.WRONG_PAPER,
    "ScannerAdfMultipickDetected": Feeder.MULTIFEED,
    "ScannerAdfInputTrayFailed": Feeder.HARDWARE,
    "ScannerAdfInputTrayOverloaded": Feeder.WRONG_PAPER,
    "ScannerAdfDoorOpen": Feeder.COVER,
}
"""All AdfState values of eSCL 2.x, and DoorOpen, which devices send as well."""

_QUIET = (Feeder.LOADED, Feeder.EMPTY, Feeder.PROCESSING)


@dataclass(frozen=True, slots=True)
class Abilities:
    """What ScannerCapabilities says. Largest area in 1/300 inch, 0 when not said."""

    capabilities: Capabilities
    uuid: str
    version: str
    max_width: int
    max_height: int


@dataclass(frozen=True, slots=True)
class JobReport:
    """One JobInfo of ScannerStatus."""

    uri: str
    uuid: str
    state: str
    images: int
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ScannerReport:
    """What ScannerStatus says. ``adf`` is empty for a device that does not tell."""

    state: str
    adf: str
    jobs: tuple[JobReport, ...]

    @property
    def feeder(self) -> Status:
        """The state of the feeder in our words."""
        return feeder_of(self.adf)

    def job(self, url: str) -> JobReport | None:
        """Return the report of the job whose address is ``url``; only its last part counts."""
        wanted = last_part(url)
        for report in self.jobs:
            if wanted in (last_part(report.uri), report.uuid.removeprefix("urn:uuid:")):
                return report
        return None


@dataclass(frozen=True, slots=True)
class Request:
    """What a ScanSettings document asks for. Width and height in 1/300 inch."""

    dpi: int
    duplex: bool
    width: int
    height: int
    version: str = "2.0"


def feeder_of(adf: str) -> Status:
    """Translate an AdfState; an unknown one is HARDWARE with its text, none at all is EMPTY."""
    if not adf:
        return Status(Feeder.EMPTY)
    feeder = FEEDER_STATES.get(adf, Feeder.HARDWARE)
    return Status(feeder, "" if feeder in _QUIET else printable(adf))


def printable(text: str) -> str:
    """Return a device's text as one short printable line."""
    return re.sub(r"[^\x20-\x7e\u00a0-\ufffd]+", " ", text).strip()[:80]


def last_part(url: str) -> str:
    """Return the last part of an address's path."""
    return urlsplit(url).path.rstrip("/").rpartition("/")[2]


def scan_settings(request: Request) -> bytes:
    """Build ScanSettings: from the feeder, colour, 24 bit, JPEG."""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<scan:ScanSettings xmlns:scan="{SCAN}" xmlns:pwg="{PWG}">
  <pwg:Version>{escape(request.version)}</pwg:Version>
  <scan:Intent>Document</scan:Intent>
  <pwg:ScanRegions><pwg:ScanRegion>
    <pwg:ContentRegionUnits>escl:ThreeHundredthsOfInches</pwg:ContentRegionUnits>
    <pwg:XOffset>0</pwg:XOffset><pwg:YOffset>0</pwg:YOffset>
    <pwg:Width>{request.width}</pwg:Width><pwg:Height>{request.height}</pwg:Height>
  </pwg:ScanRegion></pwg:ScanRegions>
  <pwg:InputSource>Feeder</pwg:InputSource>
  <pwg:DocumentFormat>image/jpeg</pwg:DocumentFormat>
  <scan:DocumentFormatExt>image/jpeg</scan:DocumentFormatExt>
  <scan:ColorMode>RGB24</scan:ColorMode>
  <scan:XResolution>{request.dpi}</scan:XResolution>
  <scan:YResolution>{request.dpi}</scan:YResolution>
  <scan:Duplex>{"true" if request.duplex else "false"}</scan:Duplex>
</scan:ScanSettings>
""".encode()


class _NoDoctype(ET.TreeBuilder):
    """A document with a DTD is refused before any entity could be expanded."""

    def doctype(self, _name: str, _public: str, _system: str) -> None:
        raise ValueError("a document type is not allowed")


def parse(data: bytes, root: str) -> ET.Element:
    """Parse a device's XML whose root element has the local name ``root``.

    Raises:
        ApplianceError: DEVICE_FAULT: not well-formed, has a DTD, or is another document.
    """
    try:
        tree = ET.XML(data, parser=ET.XMLParser(target=_NoDoctype()))  # noqa: S314 - see _NoDoctype
    except (ET.ParseError, ValueError, LookupError) as problem:
        raise errors.DEVICE_FAULT.error(text=f"{root}: {problem}") from None
    if tree.tag.rpartition("}")[2] != root:
        raise errors.DEVICE_FAULT.error(text=f"{root} expected, {printable(tree.tag)} received")
    return tree


def decode_status(data: bytes) -> ScannerReport:
    """Decode ScannerStatus; errors as ``parse``."""
    tree = parse(data, "ScannerStatus")
    jobs = tuple(_job(info) for info in tree.iterfind(".//{*}JobInfo"))
    return ScannerReport(_text(tree, "State"), _text(tree, "AdfState"), jobs)


def decode_capabilities(data: bytes) -> Abilities:
    """Decode ScannerCapabilities, the feeder's part where it has one; errors as ``parse``."""
    tree = parse(data, "ScannerCapabilities")
    feeder = tree.find(".//{*}Adf")
    part = tree if feeder is None else feeder
    found = Capabilities(
        model=printable(_text(tree, "MakeAndModel")),
        serial=printable(_text(tree, "SerialNumber") or _text(tree, "UUID")),
        firmware=printable(_text(tree, "FirmwareVersion")),
        resolutions=_resolutions(part) or _resolutions(tree),
        duplex=part.find(".//{*}AdfDuplexInputCaps") is not None or _says(part, "AdfOption", "Duplex"),
        colour=_says(tree, "ColorMode", "RGB24"),
    )
    return Abilities(found, _text(tree, "UUID"), printable(_text(tree, "Version")) or "2.0",
                     _number(part, "MaxWidth"), _number(part, "MaxHeight"))


def _resolutions(part: ET.Element) -> tuple[int, ...]:
    listed = {_number(item, "XResolution") for item in part.iterfind(".//{*}DiscreteResolution")}
    for span in part.iterfind(".//{*}ResolutionRange"):
        low, high = _number(span, "Min"), _number(span, "Max")
        listed |= {dpi for dpi in COMMON_DPI if low <= dpi <= high}
    return tuple(sorted(listed - {0}))


def _job(info: ET.Element) -> JobReport:
    reasons = tuple(printable(item.text or "") for item in info.iterfind(".//{*}JobStateReason"))
    return JobReport(_text(info, "JobUri"), _text(info, "JobUuid"), _text(info, "JobState"),
                     _number(info, "ImagesCompleted"), reasons)


def _text(part: ET.Element, name: str) -> str:
    return (part.findtext(f".//{{*}}{name}") or "").strip()


def _number(part: ET.Element, name: str) -> int:
    text = _text(part, name)
    return int(text) if re.fullmatch(r"[0-9]{1,9}", text) else 0


def _says(part: ET.Element, name: str, value: str) -> bool:
    return any((item.text or "").strip() == value for item in part.iterfind(f".//{{*}}{name}"))
