"""What a place says of itself: names of hosts, addresses, certificates, who is told. One TOML file."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from pathlib import Path

from appliance.core import errors
from appliance.core.tables import build, setting
from appliance.monitoring.rules import RUNBOOKS

ADDRESS = r"https?://[!-~]+"
ENDPOINT = r"[A-Za-z0-9.\-]+:[0-9]{1,5}"
DAYS = "(sunday|monday|tuesday|wednesday|thursday|friday|saturday)"
HOURS = r"([01][0-9]|2[0-3]):[0-5][0-9]-(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)"


@dataclass(frozen=True, slots=True)
class Files:
    """PEM files of one side, as they lie on the host that uses them."""

    ca: str = setting("/etc/prometheus/tls/ca.pem", doc="The authority of the other side.")
    certificate: str = setting("/etc/prometheus/tls/host.pem", doc="This side's certificate, with its chain.")
    key: str = setting("/etc/prometheus/tls/host.key", doc="Its key.")


@dataclass(frozen=True, slots=True)
class Collect:
    """How offices are read."""

    seconds: int = setting(60, doc="How often everything is read.", low=1, high=300, unit="seconds")
    wait: int = setting(30, doc="How long an answer may take; at most the time between two readings.", low=1,
                        high=300, unit="seconds")
    appliance: str = setting("127.0.0.1:8460", doc="The appliance's page, on its own host.", pattern=ENDPOINT)
    node: str = setting("127.0.0.1:9100", doc="node_exporter, on its own host.", pattern=ENDPOINT)
    host: str = setting("scan{code}.example.invalid", doc="Name of an office's host; {code} is the office's.",
                        pattern=r"[A-Za-z0-9.\-]*\{code\}[A-Za-z0-9.\-]*")
    pull: tuple[str, ...] = setting((), doc="Provinces whose offices a provincial collector reads over mTLS; in "
                                    "all others every office has an agent of its own.", pattern=r"[0-9]{2}")
    appliance_port: int = setting(8461, doc="Port of [metrics] of an office that is read from outside.", low=1,
                                  high=65535)
    node_port: int = setting(9100, doc="Port of its node_exporter.", low=1, high=65535)
    tls: Files = field(default_factory=Files)


@dataclass(frozen=True, slots=True)
class Centre:
    """The central server."""

    write: str = setting("https://monitoring.example.invalid/api/v1/write", doc="Where agents write to.",
                         pattern=ADDRESS)
    page: str = setting("https://monitoring.example.invalid/", doc="Its address for people, in alerts.",
                        pattern=ADDRESS)
    alertmanagers: tuple[str, ...] = setting(("127.0.0.1:9093",), doc="Alertmanagers.", pattern=ENDPOINT)
    archives: tuple[str, ...] = setting(("archive.example.invalid:8470",), doc="Archives (appliance receive); "
                                        "the centre has a certificate of the role monitor.", pattern=ENDPOINT)
    late_hours: int = setting(24, doc="How long an agent keeps what it cannot send, and how late it is taken "
                              "yet.", low=2, high=168, unit="hours")
    keep_days: int = setting(400, doc="How long the centre keeps what it was told.", low=7, high=4000, unit="days")
    tls: Files = field(default_factory=Files)


@dataclass(frozen=True, slots=True)
class Told:
    """Who is told, and when not."""

    webhook: str = setting("http://127.0.0.1:9099/{who}", doc="Address that alerts are posted to; {who} is "
                           "national, watchdog or province-27. Empty: none.", pattern=rf"|{ADDRESS}")
    email: str = setting("", doc="Address that alerts are mailed to, as giamsat-{who}@example.invalid; empty: "
                       "none.",   pattern=r"|[A-Za-z0-9._+{}\-]+@[A-Za-z0-9.\-]+")
    sender: str = setting("", doc="Sender of mail.", pattern=r"|[A-Za-z0-9._+\-]+@[A-Za-z0-9.\-]+")
    smarthost: str = setting("", doc="Mail server.", pattern=rf"|{ENDPOINT}")
    hours: str = setting("07:00-17:30", doc="Hours in which tickets are told, in the office's time; pages are told "
                         "always.", pattern=HOURS)
    days: str = setting("monday:friday", doc="Days in which tickets are told; a week begins on Sunday.",
                        pattern=rf"{DAYS}(:{DAYS})?")
    zone: str = setting("Asia/Ho_Chi_Minh", doc="Time zone of the hours.", pattern=r"[A-Za-z_]+/[A-Za-z_]+")
    wait: int = setting(30, doc="Alerts that come within this time come together.", low=1, high=600, unit="seconds")
    gather: int = setting(300, doc="Time between two messages about one group.", low=1, high=3600, unit="seconds")
    repeat: int = setting(43_200, doc="What still holds is told again after this time.", low=1, high=604_800,
                          unit="seconds")
    watchdog: int = setting(300, doc="How often the watchdog is told of outside.", low=1, high=3600,
                            unit="seconds")


@dataclass(frozen=True, slots=True)
class Place:
    """All settings of a place."""

    runbooks: str = setting(RUNBOOKS, doc="Where the runbooks are read, without a slash at its end; an alert's "
                            "link is this and its name.", pattern=ADDRESS + r"(?<!/)")
    open: tuple[str, ...] = setting(("07:30-11:30", "13:00-17:00"), doc="Hours in which offices work, Monday to "
                                    "Friday; alerts about who does not work ask for them.", pattern=HOURS)
    holidays: tuple[str, ...] = setting((), doc="Days on which nobody works, as 2027-02-05: no tickets are told "
                                        "then.", pattern=r"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])")
    collect: Collect = field(default_factory=Collect)
    centre: Centre = field(default_factory=Centre)
    told: Told = field(default_factory=Told)


def load(path: Path | None) -> Place:
    """Read the settings of a place; without a file it is the example's.

    Raises:
        ApplianceError: CONFIG_UNREADABLE, CONFIG_UNKNOWN_KEY or CONFIG_BAD_VALUE.
    """
    if path is None:
        return Place()
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        raise errors.CONFIG_UNREADABLE.error(path=path, reason=type(problem).__name__) from None
    return build(Place, data)
