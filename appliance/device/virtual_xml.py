"""The virtual scanner's eSCL documents: builds its answers and reads what clients ask for."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from html import escape

from appliance.device.escl_xml import PWG, SCAN, parse

RESOLUTIONS = (75, 100, 150, 200, 300, 400, 600)
MAX_WIDTH, MAX_HEIGHT = 2550, 4200
_SPACES = f'xmlns:scan="{SCAN}" xmlns:pwg="{PWG}"'
_COLOURS = {"RGB24": False, "Grayscale8": True}


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the virtual scanner says it is."""

    model: str
    serial: str

    @property
    def uuid(self) -> str:
        """A UUID that stays with the serial number."""
        return str(uuid.uuid5(uuid.NAMESPACE_URL, f"urn:appliance:virtual-scanner:{self.serial}"))


@dataclass(frozen=True, slots=True)
class Asked:
    """What a ScanSettings document asks for."""

    dpi: int
    grey: bool
    duplex: bool


@dataclass(frozen=True, slots=True)
class JobInfo:
    """What ScannerStatus tells of one job."""

    ident: str
    age: int
    images: int
    state: str
    reason: str


def read_settings(data: bytes) -> Asked:
    """Read ScanSettings.

    Raises:
        ApplianceError: DEVICE_FAULT when it is no such document.
        ValueError: it asks for what this scanner cannot do.
    """
    tree = parse(data, "ScanSettings")
    said = {name: (tree.findtext(f".//{{*}}{name}") or "").strip()
            for name in ("InputSource", "ColorMode", "XResolution", "YResolution", "Duplex",
                         "DocumentFormat", "DocumentFormatExt")}
    if said["InputSource"] not in ("", "Feeder"):
        raise ValueError("InputSource")
    if (said["DocumentFormatExt"] or said["DocumentFormat"] or "image/jpeg") != "image/jpeg":
        raise ValueError("DocumentFormat")
    if (said["ColorMode"] or "RGB24") not in _COLOURS:
        raise ValueError("ColorMode")
    dpi = said["XResolution"] or "300"
    if dpi not in map(str, RESOLUTIONS) or said["YResolution"] not in ("", dpi):
        raise ValueError("XResolution")
    return Asked(int(dpi), _COLOURS[said["ColorMode"] or "RGB24"], said["Duplex"] == "true")


def capabilities(who: Identity) -> str:
    """Build ScannerCapabilities: a feeder, both ways, nothing else."""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<scan:ScannerCapabilities {_SPACES}>
  <pwg:Version>2.63</pwg:Version>
  <pwg:MakeAndModel>{escape(who.model)}</pwg:MakeAndModel>
  <pwg:SerialNumber>{escape(who.serial)}</pwg:SerialNumber>
  <scan:UUID>{who.uuid}</scan:UUID>
  <scan:Adf>
    <scan:AdfSimplexInputCaps>{_input_caps()}</scan:AdfSimplexInputCaps>
    <scan:AdfDuplexInputCaps>{_input_caps()}</scan:AdfDuplexInputCaps>
    <scan:FeederCapacity>100</scan:FeederCapacity>
    <scan:AdfOptions>
      <scan:AdfOption>DetectPaperLoaded</scan:AdfOption>
      <scan:AdfOption>Duplex</scan:AdfOption>
    </scan:AdfOptions>
  </scan:Adf>
</scan:ScannerCapabilities>
"""


def status(adf: str, jobs: list[JobInfo]) -> str:
    """Build ScannerStatus, the newest job first."""
    busy = any(job.state == "Processing" for job in jobs)
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<scan:ScannerStatus {_SPACES}>
  <pwg:Version>2.63</pwg:Version>
  <pwg:State>{"Processing" if busy else "Idle"}</pwg:State>
  <scan:AdfState>{escape(adf)}</scan:AdfState>
  <scan:Jobs>{"".join(_job(job) for job in reversed(jobs))}</scan:Jobs>
</scan:ScannerStatus>
"""


def _job(job: JobInfo) -> str:
    return f"""
    <scan:JobInfo>
      <pwg:JobUri>/eSCL/ScanJobs/{job.ident}</pwg:JobUri>
      <pwg:JobUuid>{job.ident}</pwg:JobUuid>
      <scan:Age>{job.age}</scan:Age>
      <pwg:ImagesCompleted>{job.images}</pwg:ImagesCompleted>
      <pwg:JobState>{job.state}</pwg:JobState>
      <pwg:JobStateReasons><pwg:JobStateReason>{job.reason}</pwg:JobStateReason></pwg:JobStateReasons>
    </scan:JobInfo>"""


def _input_caps() -> str:
    steps = "".join(
        f"<scan:DiscreteResolution><scan:XResolution>{dpi}</scan:XResolution>"
        f"<scan:YResolution>{dpi}</scan:YResolution></scan:DiscreteResolution>" for dpi in RESOLUTIONS
    )
    colours = "".join(f"<scan:ColorMode>{name}</scan:ColorMode>" for name in _COLOURS)
    return f"""
      <scan:MinWidth>300</scan:MinWidth><scan:MaxWidth>{MAX_WIDTH}</scan:MaxWidth>
      <scan:MinHeight>300</scan:MinHeight><scan:MaxHeight>{MAX_HEIGHT}</scan:MaxHeight>
      <scan:MaxScanRegions>1</scan:MaxScanRegions>
      <scan:SettingProfiles><scan:SettingProfile>
        <scan:ColorModes>{colours}</scan:ColorModes>
        <scan:DocumentFormats>
          <pwg:DocumentFormat>image/jpeg</pwg:DocumentFormat>
          <scan:DocumentFormatExt>image/jpeg</scan:DocumentFormatExt>
        </scan:DocumentFormats>
        <scan:SupportedResolutions><scan:DiscreteResolutions>{steps}</scan:DiscreteResolutions>
        </scan:SupportedResolutions>
      </scan:SettingProfile></scan:SettingProfiles>
      <scan:SupportedIntents><scan:Intent>Document</scan:Intent></scan:SupportedIntents>"""
