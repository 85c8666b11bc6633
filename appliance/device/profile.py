"""Firmware profiles: what a scanner model can do and how it errs, as data (firmware_profiles/*.toml).

No ``if model ==`` stands in code. firmware_profiles/README.md explains every key and is tested
against these classes; what nobody has measured is named in ``evidence.unconfirmed``.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

from appliance.core import errors
from appliance.core.config import build, setting

BACKENDS = ("escl", "sane", "vendor")
START_KINDS = ("settled", "press", "button", "wait_key")


@dataclass(frozen=True, slots=True)
class Match:
    """Which devices the profile is for."""

    model: str = setting(doc="Regular expression that the device's model name must match.")
    vid: str = setting("", doc="USB vendor id; empty for network devices.", pattern=r"|[0-9a-f]{4}")
    pid: str = setting("", doc="USB product id; empty for network devices.", pattern=r"|[0-9a-f]{4}")
    min_libsane: str = setting("", doc="Oldest sane-backends release that drives it well.",
                               pattern=r"|[0-9]+(\.[0-9]+)*")


@dataclass(frozen=True, slots=True)
class Driver:
    """Which driver speaks to it."""

    backend: str = setting("escl", doc="How it is spoken to.", choices=BACKENDS)
    sane_backend: str = setting("", doc="Name of the SANE backend, when backend is sane.", pattern=r"[a-z0-9_]*")
    support: str = setting("", doc="Support status that the driver's own description gives.")
    vendor_package: str = setting("", doc="Package that must be provisioned, when backend is vendor.")
    vendor_sha256: str = setting("", doc="SHA-256 of that package.", pattern=r"|[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Identity:
    """What tells two devices of the model apart."""

    serial_source: str = setting("serial", doc="Where the serial number is read.",
                                 choices=("serial", "uuid", "usb", "sane_option"))
    serial_option: str = setting("", doc="SANE option that holds it, for sane_option.")


@dataclass(frozen=True, slots=True)
class Option:
    """One driver option to set before a scan."""

    intent: str = setting(doc="What is wanted, in our words.", pattern=r"[a-z][a-z0-9_]{0,31}")
    name: str = setting(doc="The option as the driver spells it.")
    value: str = setting(doc="The value as the driver spells it.")


@dataclass(frozen=True, slots=True)
class Options:
    """How the driver's options are handled."""

    order: tuple[str, ...] = setting((), doc="Options in the order in which they must be set.")
    set: tuple[Option, ...] = setting((), doc="What is set before every scan.")


@dataclass(frozen=True, slots=True)
class Start:
    """How a scan can be started."""

    kinds: tuple[str, ...] = setting(("press",), doc="Kinds of start that the device can serve.",
                                     choices=START_KINDS)
    paper_sensor: str = setting("", doc="Sensor that tells that paper lies in the feeder.")
    button_sensor: str = setting("", doc="Sensor that tells that Start was pressed on the device.")
    poll_ms: int = setting(400, doc="How often sensors are read while idle.", low=100, high=10_000, unit="ms")


@dataclass(frozen=True, slots=True)
class StatusSplit:
    """One word of the driver that stands for several causes, and what tells them apart."""

    status: str = setting(doc="The driver's word.")
    sensors: tuple[str, ...] = setting((), doc="Sensors to read, in this order, to know the cause.")
    meaning: str = setting("", doc="What the word may mean, for the operator's text.")


@dataclass(frozen=True, slots=True)
class PaperArea:
    """The paper it takes and the area to ask for."""

    page_width_mm: float = setting(210.0, doc="Width to ask for.", low=50, high=320, unit="mm")
    page_height_mm: float = setting(297.0, doc="Height to ask for.", low=50, high=6000, unit="mm")
    max_width_mm: float = setting(0.0, doc="Widest paper; 0 when unknown.", low=0, high=320, unit="mm")
    max_height_mm: float = setting(0.0, doc="Longest paper; 0 when unknown.", low=0, high=6000, unit="mm")
    optical_dpi: int = setting(0, doc="Optical resolution; 0 when unknown.", low=0, high=2400, unit="dpi")


@dataclass(frozen=True, slots=True)
class Throughput:
    """How fast it is."""

    rated_ppm: int = setting(0, doc="Rated sheets a minute, one side, A4 portrait; 0 when unknown.", low=0,
                             high=400, unit="sheets a minute")
    rated_ipm: int = setting(0, doc="Rated sides a minute, duplex; 0 when unknown.", low=0, high=800,
                             unit="sides a minute")
    measured_ppm: int = setting(0, doc="Sheets a minute measured with a host at work; 0 when not measured.",
                                low=0, high=400, unit="sheets a minute")
    feeder_sheets: int = setting(0, doc="Sheets that the feeder holds; 0 when unknown.", low=0, high=2000,
                                 unit="sheets")
    duty_per_day: int = setting(0, doc="Sheets a day the maker allows; 0 when unknown.", low=0, high=1_000_000,
                                unit="sheets")


@dataclass(frozen=True, slots=True)
class Transport:
    """How patiently it is spoken to. Times in seconds."""

    usb3_required: bool = setting(False, doc="Whether the feeder waits on a USB 2 line.")
    connect_seconds: float = setting(5.0, doc="Time to open a connection.", low=0.05, high=60, unit="seconds")
    answer_seconds: float = setting(10.0, doc="Time to answer a question other than for an image.", low=0.05,
                                    high=120, unit="seconds")
    first_byte_seconds: float = setting(45.0, doc="Time from asking for a side to its first byte.", low=0.05,
                                        high=600, unit="seconds")
    stall_seconds: float = setting(30.0, doc="Longest silence within a side, or of 'not yet' answers.", low=0.05,
                                   high=600, unit="seconds")
    retry_seconds: float = setting(30.0, doc="How long a busy device is asked again for a job.", low=0,
                                   high=600, unit="seconds")
    retry_pause_seconds: float = setting(1.0, doc="Pause between two such questions.", low=0.01, high=30,
                                         unit="seconds")
    end_doubt_seconds: float = setting(2.0, doc="How long an unsure end of feed is asked again.", low=0, high=60,
                                       unit="seconds")
    retry_statuses: tuple[int, ...] = setting((503,), doc="HTTP answers that mean 'not yet'.", low=400, high=599)
    end_statuses: tuple[int, ...] = setting((404, 409, 410), doc="HTTP answers that mean 'no more sides'.",
                                            low=400, high=599)
    delete_finished: bool = setting(True, doc="Whether a job is deleted after a normal end of feed.")
    check_feeder_first: bool = setting(True, doc="Whether the feeder's state is asked before a job is made.")


@dataclass(frozen=True, slots=True)
class Imprint:
    """The endorser."""

    max_chars: int = setting(0, doc="Longest text the endorser prints; 0 when there is none or it is unknown.",
                             low=0, high=200, unit="characters")


@dataclass(frozen=True, slots=True)
class Evidence:
    """How far these data can be trusted."""

    tested_on: str = setting("none", doc="What the profile was tested on by us; none when it was not.")
    date: str = setting("none", doc="Day of that test.", pattern=r"none|[0-9]{4}-[0-9]{2}-[0-9]{2}")
    source: str = setting("none", doc="Where the data come from; none for what is only recalled.")
    unconfirmed: tuple[str, ...] = setting((), doc="Keys of this profile whose values nobody has confirmed.")


@dataclass(frozen=True, slots=True)
class FirmwareProfile:
    """One scanner model."""

    match: Match
    name: str = setting(doc="Name of the profile; equals the file name.", pattern=r"[a-z0-9][a-z0-9_\-]{0,63}")
    model: str = setting(doc="The model as people call it.")
    driver: Driver = field(default_factory=Driver)
    identity: Identity = field(default_factory=Identity)
    options: Options = field(default_factory=Options)
    start: Start = field(default_factory=Start)
    status_split: tuple[StatusSplit, ...] = setting((), doc="Words of the driver with several causes.")
    geometry: PaperArea = field(default_factory=PaperArea)
    throughput: Throughput = field(default_factory=Throughput)
    transport: Transport = field(default_factory=Transport)
    imprint: Imprint = field(default_factory=Imprint)
    never_set: tuple[str, ...] = setting((), doc="Options that must stay untouched.")
    notes: tuple[str, ...] = setting((), doc="Quirks that no key can hold, in words.")
    evidence: Evidence = field(default_factory=Evidence)


def folder() -> Path:
    """Return where the profiles lie: inside an installed package, else beside it in a source tree."""
    package = Path(__file__).parents[1]
    inside = package / "firmware_profiles"
    return inside if inside.is_dir() else package.parent / "firmware_profiles"


def known(place: Path | None = None) -> list[str]:
    """Return the names of the profiles in ``place`` (default: ``folder()``), sorted."""
    return sorted(path.stem for path in (place or folder()).glob("*.toml"))


def load(name: str, place: Path | None = None) -> FirmwareProfile:
    """Read a firmware profile from ``place`` (default: ``folder()``).

    Raises:
        ApplianceError: PROFILE_UNKNOWN, CONFIG_UNREADABLE, or a settings error that names the key.
    """
    place = place or folder()
    names = known(place)
    if name not in names:
        raise errors.PROFILE_UNKNOWN.error(name=name, reason="no such file", known=", ".join(names))
    path = place / f"{name}.toml"
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise errors.CONFIG_UNREADABLE.error(path=path, reason=problem) from None
    return parse(name, text)


def parse(name: str, text: str) -> FirmwareProfile:
    """Build a profile from the text of its file; errors as ``load``."""
    try:
        profile = build(FirmwareProfile, tomllib.loads(text), name)
    except tomllib.TOMLDecodeError as problem:
        raise errors.CONFIG_UNREADABLE.error(path=f"{name}.toml", reason=problem) from None
    if profile.name != name:
        raise errors.CONFIG_BAD_VALUE.error(key=f"{name}.name", value=profile.name, allowed=name)
    try:
        re.compile(profile.match.model)
    except re.error as problem:
        raise errors.CONFIG_BAD_VALUE.error(key=f"{name}.match.model", value=profile.match.model,
                                            allowed=f"a regular expression ({problem})") from None
    return profile
