"""The settings: one TOML file into frozen values. docs/config.md is tested against these classes."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from appliance.core import errors
from appliance.core.audit import Audit
from appliance.core.composition import Composition
from appliance.core.delivery import Archive, Outbox, check_ways
from appliance.core.exposure import Console, Exposure
from appliance.core.heartbeat import Heartbeat, check_heartbeat
from appliance.core.plan import Plan
from appliance.core.press import NAME, Button, Job, check_job
from appliance.core.service import Service
from appliance.core.signature import Signing
from appliance.core.tables import build, setting
from appliance.core.timekeeping import Clock

__all__ = ["Archive", "Audit", "Button", "Clock", "Cluster", "Composition", "Config", "Console", "Device",
           "Discovery", "Job", "Ocr", "Office", "Operator", "Outbox", "Pool", "Register", "Signing", "Storage",
           "load", "parse"]


@dataclass(frozen=True, slots=True)
class Office:
    """Who scans."""

    code: str = setting("0000", doc="Office code, four digits.", pattern=r"[0-9]{4}")
    name: str = setting("Văn phòng thử nghiệm", doc="Name of the office, as packages and stamps print it.",
                        pattern=NAME)
    organ_id: str = setting("H00.00.00", doc="Fonds code (mã phông) of the agency.",
                            pattern=r"[A-Z0-9][A-Z0-9.\-]{0,12}")
    operator: str = setting("", doc="Name under every batch of devices that name nobody themselves.", pattern=NAME)
    province: str = setting("", doc="Code of the office's province, two digits; empty: not known.",
                            pattern=r"|[0-9]{2}")
    level: str = setting("district", doc="Level of the office; central: the Archives Centre.",
                         choices=("central", "provincial", "district"))
    seal: str = setting("", doc="PNG file of the office's red seal, scanned on white at 300 dpi or more, for rule "
                        "profiles that print it (archive-tt02-2019); empty: none.")


@dataclass(frozen=True, slots=True)
class Storage:
    """Where things lie."""

    state: Path = setting(Path("/var/lib/appliance"), doc="Masters, ledger, packages, receipts. Must survive.")
    runtime: Path = setting(Path("/run/appliance"), doc="Sockets. A short path: an ipc name has at most 107 bytes.")
    min_free_mb: int = setting(2048, doc="Below this much free disk scanning pauses.", low=16, high=10_000_000,
                               unit="MB")
    profiles: Path = setting(Path("/etc/appliance/firmware_profiles"),
                             doc="Firmware profiles of this office; each replaces the shipped one of its name.")
    targets: Path = setting(Path("/etc/appliance/targets"), doc="Reference files of target sheets, <serial>.toml.")
    certificates: Path = setting(Path("/etc/appliance/pki"),
                                 doc="Certificates of this host by purpose (appliance certificate); metrics show "
                                 "when they end.")
    keep_days: int = setting(0, doc="Days that local copies stay after a receipt that verifies.", low=0, high=3650,
                             unit="days")


@dataclass(frozen=True, slots=True)
class Discovery:
    """How scanners are looked for. What is found informs; devices are used by their name in [[device]]."""

    usb: bool = setting(True, doc="Whether USB scanners are watched for by udev.")
    mdns_interfaces: tuple[str, ...] = setting(
        (), doc="Addresses of this host on whose networks scanners are listened for; empty: on none.",
        pattern=r"[0-9]{1,3}(\.[0-9]{1,3}){3}|all")


@dataclass(frozen=True, slots=True)
class Cluster:
    """Workers of several hosts, brought together by a Dask scheduler."""

    scheduler: str = setting("", doc="Address of the scheduler: tls://HOST:PORT, or tcp:// on this host's loopback "
                             "for trials; empty: page work stays on this host.",
                             pattern=r"|tls://[A-Za-z0-9.\-]+:[0-9]{1,5}|tcp://127\.0\.0\.1:[0-9]{1,5}")
    ca: str = setting("", doc="PEM file of the authority of everybody in the cluster.")
    certificate: str = setting("", doc="PEM file of this host's certificate in the cluster.")
    key: str = setting("", doc="PEM file of its key.")


@dataclass(frozen=True, slots=True)
class Pool:
    """Worker processes."""

    workers: int = setting(2, doc="Workers the daemon starts; 0 when an outside supervisor starts them.",
                           low=0, high=64)
    job_seconds: int = setting(120, doc="A job longer than this is hung: its worker is ended.", low=5, high=3600,
                               unit="seconds")
    max_pixels: int = setting(200_000_000, doc="Images above this are refused before decoding.", low=1_000_000,
                              high=1_000_000_000, unit="pixels")
    processor: str = setting("host", doc="Which processor the kernels are compiled for: the host's own, or a level "
                             "of x86-64 that every host of a fleet has, so that all compute the same bits.",
                             choices=("host", "generic", "x86-64-v2", "x86-64-v3"))
    cluster: Cluster = field(default_factory=Cluster)


@dataclass(frozen=True, slots=True)
class Ocr:
    """Reading."""

    languages: str = setting("vie+eng", doc="Tesseract languages.", pattern=r"[a-z_]{3,}(\+[a-z_]{3,})*")
    dpi: int = setting(200, doc="Resolution of the rendition that is read.", low=150, high=400, unit="dpi")
    engine: str = setting("tesserocr", doc="Engine; pytesseract is the fallback in its own process.",
                          choices=("tesserocr", "pytesseract"))
    tessdata: Path = setting(Path("/usr/share/tesseract-ocr/5/tessdata"), doc="Folder of the language models.")


@dataclass(frozen=True, slots=True)
class Register:
    """The office's lists of dossiers."""

    first_year: int = setting(1995, doc="First year of dossiers that are digitised.", low=1800, high=2200, unit="")
    last_year: int = setting(2021, doc="Last year of dossiers that are digitised.", low=1800, high=2200, unit="")
    types: tuple[str, ...] = setting((), doc="Types of dossiers (loại hồ sơ) that are digitised; empty: all.",
                                     pattern=NAME)
    most_rows: int = setting(1_000_000, doc="Rows of one file at most.", low=1, high=5_000_000, unit="rows")
    folder: str = setting(
        "", doc="Folder into which other programs drop lists (.csv, .xlsx) that join a register; they come to rest "
        "in its folders processed and refused, a report beside each. Empty: none.")
    folder_kind: str = setting("onestop", doc="Kind of the lists in the folder.", choices=("archive", "onestop"))
    accept_good: bool = setting(False, doc="Whether good rows of such a list are imported without the others.")
    settle_seconds: float = setting(5.0, doc="How long a file in the folder must rest before it is taken.",
                                    low=0.2, high=3600, unit="seconds")
    columns: dict[str, str] = setting(doc="Headings of an office's own: field = \"heading\" (docs/registers.md).",
                                      table=True)


@dataclass(frozen=True, slots=True)
class Operator:
    """A person who scans."""

    code: str = setting(doc="Staff code; stands on the operator card.", pattern=r"[A-Z0-9][A-Z0-9.\-]{0,31}")
    name: str = setting(doc="Name as stamps and packages print it.", pattern=NAME)
    pin: str = setting("", doc="Scrypt hash of the PIN for the page (appliance operator pin); empty: no login.",
                       pattern=r"|scrypt\$[0-9]+\$[A-Za-z0-9+/=]+\$[A-Za-z0-9+/=]+")
    token: str = setting("", doc="PKCS#11 URI of this person's own key (RFC 7512); empty: this person signs "
                         "nothing, or with a development key where the office has one.", pattern=r"|pkcs11:[!-~]+")
    leader: bool = setting(False, doc="Whether this person decides what operators may not: who may sign "
                           "(appliance authorise), locked batches, papers that are not digitised. Needs a PIN.")


@dataclass(frozen=True, slots=True)
class Device:
    """One scanner."""

    name: str = setting(doc="Name of the device.", pattern=r"[a-z0-9][a-z0-9_\-]{0,31}")
    kind: str = setting("escl", doc="How it is spoken to.", choices=("escl", "sane", "folder", "push"))
    url: str = setting("", doc="Address of an eSCL scanner, ending in /eSCL.")
    fingerprint: str = setting("", doc="SHA-256 of the certificate of an https scanner; no other is spoken to.",
                               pattern=r"|[0-9a-f]{64}|([0-9A-F]{2}:){31}[0-9A-F]{2}")
    folder: str = setting("", doc="Folder of a folder device, each sub-folder one stack; or where a push scanner "
                          "puts its files, each file one stack.")
    sane_device: str = setting("", doc="SANE name of a sane device, as scanimage -L says it; empty: the one that "
                               "fits profile and serial.", pattern=r"|[ -~]{1,256}")
    profile: str = setting("virtual", doc="Firmware profile (firmware_profiles/*.toml).")
    serial: str = setting("", doc="Serial number; needed when two scanners fit the same profile.",
                          pattern=r"|[!-~]{1,64}")
    start_kind: str = setting("auto", doc="settled: also paper that is loaded and quiet; press: only Start on the "
                              "device, page or appliance press; auto: press where the profile names a button that "
                              "can be read, else settled.",
                              choices=("auto", "settled", "press"))
    settle_seconds: float = setting(2.0, doc="How long loaded paper must be quiet.", low=0.2, high=60,
                                    unit="seconds")
    start_process: bool = setting(True, doc="Whether the daemon starts the scanner process, or a supervisor.")
    job: str = setting("default", doc="The job a press asks for.")
    button: tuple[Button, ...] = setting((), doc="Buttons that ask for other jobs.")
    operator: str = setting("", doc="Staff code of the one person who scans at this device; empty: a card or a "
                            "login says who it is.", pattern=r"|[A-Z0-9][A-Z0-9.\-]{0,31}")


@dataclass(frozen=True, slots=True)
class Config:
    """All settings."""

    office: Office = field(default_factory=Office)
    storage: Storage = field(default_factory=Storage)
    discovery: Discovery = field(default_factory=Discovery)
    pool: Pool = field(default_factory=Pool)
    ocr: Ocr = field(default_factory=Ocr)
    signing: Signing = field(default_factory=Signing)
    archive: Archive = field(default_factory=Archive)
    outbox: Outbox = field(default_factory=Outbox)
    console: Console = field(default_factory=Console)
    metrics: Exposure = field(default_factory=Exposure)
    register: Register = field(default_factory=Register)
    audit: Audit = field(default_factory=Audit)
    composition: Composition = field(default_factory=Composition)
    service: Service = field(default_factory=Service)
    heartbeat: Heartbeat = field(default_factory=Heartbeat)
    clock: Clock = field(default_factory=Clock)
    plan: Plan = field(default_factory=Plan)
    device: tuple[Device, ...] = ()
    job: tuple[Job, ...] = ()
    operator: tuple[Operator, ...] = ()

    def job_named(self, name: str) -> Job:
        """Return the job of that name; ``default`` exists without being written.

        Raises:
            ApplianceError: CONFIG_BAD_VALUE when no job has that name.
        """
        for job in self.job:
            if job.name == name:
                return job
        if name == "default":
            return Job(name="default")
        known = ", ".join(job.name for job in self.job) or "default"
        raise errors.CONFIG_BAD_VALUE.error(key="device.job", value=name, allowed=known)


def load(path: Path) -> Config:
    """Read the settings.

    Raises:
        ApplianceError: CONFIG_UNREADABLE, CONFIG_UNKNOWN_KEY or CONFIG_BAD_VALUE.
    """
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as problem:
        raise errors.CONFIG_UNREADABLE.error(path=path, reason=problem) from None
    return parse(data)


def parse(data: dict[str, Any]) -> Config:
    """Build the settings from plain tables; errors as ``load``."""
    config = build(Config, data)
    _refuse_doubles("device", [device.name for device in config.device])
    _refuse_doubles("job", [job.name for job in config.job])
    codes = [person.code for person in config.operator]
    _refuse_doubles("operator", codes)
    for person in config.operator:
        if person.leader and not person.pin:
            raise errors.CONFIG_BAD_VALUE.error(key=f"operator.{person.code}.pin", value="",
                                                allowed="appliance operator pin (a leader needs one)")
    check_ways(config.archive, config.outbox)
    check_heartbeat(config.heartbeat, [one.name for one in config.job])
    for one in config.job:
        check_job(one)
    for device in config.device:
        for job in (device.job, *(button.job for button in device.button)):
            config.job_named(job)
        if device.operator and device.operator not in codes:
            raise errors.CONFIG_BAD_VALUE.error(key=f"device.{device.name}.operator", value=device.operator,
                                                allowed=", ".join(codes) or "a code of [[operator]]")
    return config


def _refuse_doubles(key: str, names: list[str]) -> None:
    for name in names:
        if names.count(name) > 1:
            raise errors.CONFIG_BAD_VALUE.error(key=f"{key}.name", value=name, allowed="a name used once")
