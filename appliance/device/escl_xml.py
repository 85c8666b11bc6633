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

SCAN = "http://schemas.hp.com/imaging/escl/2011/05/03"
PWG = "http://www.pwg.org/schemas/2010/12/sm"
UNITS_PER_MM = 300 / 25.4
MOST_DEPTH, MOST_ELEMENTS = 40, 20_000
"""Bounds of a document; the richest ScannerCapabilities seen has 12 levels and 900 elements."""

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
class JobReport:
    """One JobInfo of ScannerStatus. ``waiting``: images ready to be fetched, None when not said."""

    uri: str
    uuid: str
    state: str
    images: int
    reasons: tuple[str, ...]
    waiting: int | None = None


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
    """What a ScanSettings document asks for. Lengths in 1/300 inch; ``extended``: name the format both ways."""

    dpi: int
    duplex: bool
    width: int
    height: int
    version: str = "2.0"
    offset: int = 0
    extended: bool = True


def feeder_of(adf: str) -> Status:
    """Translate an AdfState; an unknown one is HARDWARE with its text, none at all is EMPTY."""
    if not adf:
        return Status(Feeder.EMPTY)
    feeder = FEEDER_STATES.get(adf, Feeder.HARDWARE)
    return Status(feeder, "" if feeder in _QUIET else printable(adf))


def printable(said: str) -> str:
    """Return a device's text as one short printable line."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in said[:400]).split())[:80]


def last_part(url: str) -> str:
    """Return the last part of an address's path."""
    return urlsplit(url).path.rstrip("/").rpartition("/")[2]


def scan_settings(request: Request) -> bytes:
    """Build ScanSettings: from the feeder, colour, 24 bit, JPEG."""
    extended = "<scan:DocumentFormatExt>image/jpeg</scan:DocumentFormatExt>" if request.extended else ""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<scan:ScanSettings xmlns:scan="{SCAN}" xmlns:pwg="{PWG}">
  <pwg:Version>{escape(request.version)}</pwg:Version>
  <scan:Intent>Document</scan:Intent>
  <pwg:ScanRegions><pwg:ScanRegion>
    <pwg:ContentRegionUnits>escl:ThreeHundredthsOfInches</pwg:ContentRegionUnits>
    <pwg:XOffset>{request.offset}</pwg:XOffset><pwg:YOffset>0</pwg:YOffset>
    <pwg:Width>{request.width}</pwg:Width><pwg:Height>{request.height}</pwg:Height>
  </pwg:ScanRegion></pwg:ScanRegions>
  <pwg:InputSource>Feeder</pwg:InputSource>
  <pwg:DocumentFormat>image/jpeg</pwg:DocumentFormat>{extended}
  <scan:ColorMode>RGB24</scan:ColorMode>
  <scan:XResolution>{request.dpi}</scan:XResolution>
  <scan:YResolution>{request.dpi}</scan:YResolution>
  <scan:Duplex>{"true" if request.duplex else "false"}</scan:Duplex>
</scan:ScanSettings>
""".encode()


class _Plain(ET.TreeBuilder):
    """A document without a DTD (no entity is ever expanded), not too deep and not too long."""

    def __init__(self) -> None:
        super().__init__()
        self._depth = self._elements = 0

    def doctype(self, _name: str, _public: str, _system: str) -> None:
        raise ValueError("a document type is not allowed")

    def start(self, tag: str, attrs: dict[str, str], /) -> ET.Element:
        self._depth, self._elements = self._depth + 1, self._elements + 1
        if self._depth > MOST_DEPTH or self._elements > MOST_ELEMENTS:
            raise ValueError("too deep or too long")
        return super().start(tag, attrs)

    def end(self, tag: str, /) -> ET.Element:
        self._depth -= 1
        return super().end(tag)


def parse(data: bytes, root: str) -> ET.Element:
    """Parse a device's XML whose root element has the local name ``root``.

    Raises:
        ApplianceError: DEVICE_UNUSABLE: not well-formed, has a DTD, is too large, or is another document.
    """
    try:
        tree = ET.XML(data, parser=ET.XMLParser(target=_Plain()))  # noqa: S314 - see _Plain
    except (ET.ParseError, ValueError, LookupError) as problem:
        raise errors.DEVICE_UNUSABLE.error(text=f"{root}: {printable(str(problem))}") from None
    if tree.tag.rpartition("}")[2] != root:
        raise errors.DEVICE_UNUSABLE.error(text=f"{root} expected, {printable(tree.tag)} received")
    return tree


def decode_status(data: bytes) -> ScannerReport:
    """Decode ScannerStatus; errors as ``parse``."""
    tree = parse(data, "ScannerStatus")
    jobs = tuple(_job(info) for info in tree.iterfind(".//{*}JobInfo"))
    return ScannerReport(text(tree, "State"), text(tree, "AdfState"), jobs)


def _job(info: ET.Element) -> JobReport:
    reasons = tuple(printable(item.text or "") for item in info.iterfind(".//{*}JobStateReason"))[:8]
    waiting = number(info, "ImagesToTransfer") if text(info, "ImagesToTransfer") else None
    return JobReport(text(info, "JobUri"), text(info, "JobUuid"), text(info, "JobState"),
                     number(info, "ImagesCompleted"), reasons, waiting)


def text(part: ET.Element, name: str) -> str:
    """Return the text of the first element of that local name, or empty."""
    return (part.findtext(f".//{{*}}{name}") or "").strip()


def number(part: ET.Element, name: str) -> int:
    """Return the number in the first element of that local name; 0 when it is none, or has ten digits."""
    said = text(part, name)
    return int(said) if re.fullmatch(r"[0-9]{1,9}", said) else 0
