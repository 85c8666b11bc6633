"""Delivery as settings: the archive, the way there, when and how fast, what packages must pass; the reception."""

from __future__ import annotations

from dataclasses import dataclass, field

from appliance.core import errors
from appliance.core.tables import setting

ADDRESS = r"https?://\S+"
CREDENTIAL = r"[a-z0-9][a-z0-9_.\-]{0,63}"


@dataclass(frozen=True, slots=True)
class Tls:
    """How this office and the archive know each other; files are read again when they change."""

    ca: str = setting("", doc="PEM file of the authority that the archive's certificate must come from; no other "
                      "is believed. Empty: the system's authorities.")
    certificate: str = setting("", doc="PEM file of this office's client certificate, with its chain; empty: none.")
    key: str = setting("", doc="PEM file of its key; empty: the key is in the certificate's file.")


@dataclass(frozen=True, slots=True)
class Road:
    """When and how fast packages go."""

    window: tuple[str, ...] = setting(
        (), doc="Times of day at which bulk packages may go, as 18:00-06:30 (the office's clock, +07:00); empty: "
        "always. Dossiers that somebody waits for go at any time.",
        pattern=r"([01][0-9]|2[0-3]):[0-5][0-9]-([01][0-9]|2[0-3]):[0-5][0-9]")
    kib_per_second: int = setting(0, doc="Most that all uploads together send; 0: no cap.", low=0, high=10_000_000,
                                  unit="KiB/s")
    jitter_seconds: float = setting(
        300.0, doc="After a start, an outage or the opening of a window, bulk packages wait a random time up to "
        "this, so that offices do not arrive together.", low=0, high=86_400, unit="seconds")
    at_once: int = setting(2, doc="Bulk packages on their way at the same time; as many that somebody waits for "
                           "go beside them.", low=1, high=16)
    offline_days: int = setting(10, doc="People are warned when the disk lasts for fewer days of scanning without "
                                "the archive.", low=0, high=365, unit="days")


@dataclass(frozen=True, slots=True)
class Screen:
    """What every package must pass before it is sent (Circular 05/2025: checked for harmful code)."""

    kind: str = setting("clamav", doc="clamav: ClamAV with definitions on this host; program: a program of the "
                        "office's own; none: nothing (for trials; packages say so).",
                        choices=("clamav", "program", "none"))
    program: tuple[str, ...] = setting((), doc="The program and its arguments; the package's path is added. Exit 0 "
                                       "passes, 1 is a finding, anything else is a failure.")
    socket: str = setting("/run/clamav/clamd.ctl", doc="Socket of clamd; where it is not there clamscan is run.")
    definitions: str = setting("/var/lib/clamav", doc="Folder of ClamAV's definitions.")
    max_age_days: int = setting(30, doc="Older definitions hold every package.", low=1, high=3650, unit="days")
    seconds: float = setting(300.0, doc="How long a look may take.", low=1, high=3600, unit="seconds")


@dataclass(frozen=True, slots=True)
class Bucket:
    """An S3 bucket as the archive's door; receipts lie in it beside the packages."""

    endpoint: str = setting("", doc="Address of the S3 service.", pattern=rf"|{ADDRESS}")
    region: str = setting("us-east-1", doc="Region that requests are signed for.", pattern=r"[a-z0-9\-]{1,40}")
    bucket: str = setting("", doc="Name of the bucket.", pattern=r"|[a-z0-9][a-z0-9.\-]{1,61}[a-z0-9]")
    prefix: str = setting("", doc="Beginning of every key.", pattern=r"[A-Za-z0-9_./\-]{0,200}")
    access_credential: str = setting("s3-access", doc="systemd credential with the access key.", pattern=CREDENTIAL)
    secret_credential: str = setting("s3-secret", doc="systemd credential with the secret key.", pattern=CREDENTIAL)
    retain_days: int = setting(0, doc="Object Lock: days for which nobody can delete a package, where the bucket "
                               "has it; 0: as the bucket says.", low=0, high=36_500, unit="days")


@dataclass(frozen=True, slots=True)
class Courier:
    """The disk that a courier carries to the archive, where an office has no line."""

    folder: str = setting("", doc="Where the courier's disk is mounted, for the transport folder.")
    encrypted: bool = setting(True, doc="Whether only an encrypted disk (LUKS) is written to.")
    days: int = setting(60, doc="After so many days a disk that has not come back is given up, and its "
                        "packages go to the next one too.", low=1, high=3650, unit="days")


@dataclass(frozen=True, slots=True)
class Archive:
    """Where packages go."""

    transport: str = setting("tus", doc="How: tus (the upload server), s3 (a bucket), folder (a disk that a "
                             "courier carries).", choices=("tus", "s3", "folder"))
    url: str = setting("http://127.0.0.1:8470", doc="Base address of the archive's upload server.", pattern=ADDRESS)
    receipt_key: str = setting("", doc="File with the archive's Ed25519 public key (PEM); receipts verify by it.")
    patch_kib: int = setting(4096, doc="Size of one PATCH.", low=64, high=65536, unit="KiB")
    poll_seconds: float = setting(2.0, doc="How often a receipt is asked for, at first.", low=0.1, high=3600,
                                  unit="seconds")
    tasks_seconds: float = setting(600.0, doc="How often the archive is asked which pages it wants scanned again.",
                                   low=1, high=86_400, unit="seconds")
    schemas: str = setting("", doc="Folder of METS, xlink and DILCIS schemas; empty takes the installed package.")
    layout: str = setting("tt05-sip-hoso", doc="Form of the package.",
                          choices=("tt05-sip-hoso", "tt05-aip-hoso", "tt02-flat"))
    code: str = setting("", doc="Code of the archive's agency: with it tt05-aip-hoso makes arcFileCode of "
                        "fileCode; empty: arcFileCode is fileCode, and the archive gives the final one.",
                        pattern=r"[A-Za-z0-9.\-]{0,30}")
    tls: Tls = field(default_factory=Tls)
    road: Road = field(default_factory=Road)
    screen: Screen = field(default_factory=Screen)
    s3: Bucket = field(default_factory=Bucket)
    courier: Courier = field(default_factory=Courier)


@dataclass(frozen=True, slots=True)
class Outbox:
    """Where the signed components of one-stop dossiers go for the reception software."""

    kind: str = setting("none", doc="none, folder or https.", choices=("none", "folder", "https"))
    folder: str = setting("", doc="Folder that the reception software reads; confirmations come back in it.")
    url: str = setting("", doc="Address of the reception software.", pattern=rf"|{ADDRESS}")
    token_credential: str = setting("outbox-token", doc="systemd credential with the token for that address.",
                                    pattern=CREDENTIAL)
    tls: Tls = field(default_factory=Tls)
    minutes: int = setting(15, doc="Promise of the one-stop counter, from Start to the reception software's "
                           "confirmation.", low=1, high=10_080, unit="minutes")


def check_ways(archive: Archive, outbox: Outbox) -> None:
    """Refuse a way whose place is not named.

    Raises:
        ApplianceError: CONFIG_BAD_VALUE.
    """
    needed = {"outbox.folder": (outbox.kind == "folder", outbox.folder),
              "outbox.url": (outbox.kind == "https", outbox.url),
              "archive.courier.folder": (archive.transport == "folder", archive.courier.folder)}
    for key, (wanted, value) in needed.items():
        if wanted and not value:
            raise errors.CONFIG_BAD_VALUE.error(key=key, value="", allowed="where it is")
