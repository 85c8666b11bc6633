"""The tables of a firmware profile, with the bounds of every key; the manual is firmware_profiles/README.md."""

from __future__ import annotations

from dataclasses import dataclass

from appliance.core.tables import setting

BACKENDS = ("escl", "sane", "vendor", "push")
START_KINDS = ("settled", "press", "button", "wait_key")


@dataclass(frozen=True, slots=True)
class Match:
    """Which devices the profile is for."""

    model: str = setting(doc="Regular expression that the device's model name must match.")
    usb: tuple[str, ...] = setting((), doc="USB ids of the family, vendor:product in hexadecimal.",
                                   pattern=r"[0-9a-f]{4}:[0-9a-f]{4}")
    in_hwdb: bool = setting(False, doc="Whether Debian 12 knows all these USB ids as scanners by itself.")
    usb_vendor: str = setting("", doc="USB vendor id, where the product id is not known.", pattern=r"|[0-9a-f]{4}")
    usb_product: str = setting("", doc="What the USB product text contains, where the product id is not known.",
                               pattern=r"|[A-Za-z0-9][A-Za-z0-9 .\-]{2,31}")
    escl: str = setting("", doc="Regular expression for the model in an eSCL announcement; empty: not by eSCL.")
    fallback: bool = setting(False, doc="Whether it is taken only when no other profile fits.")
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
    alone: bool = setting(False, doc="Whether SANE must load this backend alone: two drivers fight for the device.")


@dataclass(frozen=True, slots=True)
class Firmware:
    """Which firmware is known to be good. Empty bounds: nobody has told us."""

    source: str = setting("none", doc="Where the version is read.", choices=("none", "escl", "sane_option", "usb"))
    option: str = setting("", doc="SANE option that holds it, for sane_option.")
    oldest: str = setting("", doc="Oldest version known to be good.", pattern=r"|[0-9A-Za-z][0-9A-Za-z.\-]{0,31}")
    newest: str = setting("", doc="Newest version known to be good.", pattern=r"|[0-9A-Za-z][0-9A-Za-z.\-]{0,31}")
    outdated: str = setting("", doc="What an outdated version does.")


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
    required: bool = setting(False, doc="Whether a device that lacks the option may not scan.")


@dataclass(frozen=True, slots=True)
class ReadBack:
    """A setting that is read back before each batch; any other value stops the batch."""

    name: str = setting(doc="The option as the driver spells it.")
    value: str = setting(doc="The one value it may have, as the driver spells it.")


@dataclass(frozen=True, slots=True)
class Options:
    """How the driver's options are handled."""

    order: tuple[str, ...] = setting((), doc="Options in the order in which they must be set.")
    set: tuple[Option, ...] = setting((), doc="What is set before every scan.")
    read_back: tuple[ReadBack, ...] = setting((), doc="What must read so before every batch.")


@dataclass(frozen=True, slots=True)
class Start:
    """How a scan can be started."""

    kinds: tuple[str, ...] = setting(("press",), doc="Kinds of start that the device can serve; wait_key is known "
                                     "but not used.", choices=START_KINDS)
    paper_sensor: str = setting("", doc="Sensor that tells that paper lies in the feeder.")
    button_sensor: str = setting("", doc="Sensor that tells that Start was pressed on the device.")
    more_buttons: tuple[str, ...] = setting((), doc="Sensors of further buttons that start a scan; each can select "
                                            "a job of its own.")
    function_sensor: str = setting("", doc="Sensor with the number that selects the job.")
    poll_ms: int = setting(400, doc="How often sensors are read while idle.", low=100, high=10_000, unit="ms")
    debounce_ms: int = setting(100, doc="Two presses closer than this are one; a press need not last, many "
                               "devices keep it until it is read.", low=0, high=2000, unit="ms")

    @property
    def buttons(self) -> tuple[str, ...]:
        """Every sensor that tells of a press, the usual one first."""
        return tuple(name for name in (self.button_sensor, *self.more_buttons) if name)


@dataclass(frozen=True, slots=True)
class StatusSplit:
    """One word of the driver that stands for several causes, and what tells them apart."""

    status: str = setting(doc="The driver's word.")
    sensors: tuple[str, ...] = setting((), doc="Sensors to read, in this order, to know the cause.")
    meaning: str = setting("", doc="What the word may mean, for the operator's text.")


@dataclass(frozen=True, slots=True)
class LongPaper:
    """How long paper may be at a resolution."""

    dpi: int = setting(doc="Highest resolution of this row.", low=50, high=2400, unit="dpi")
    max_mm: float = setting(doc="Longest paper up to that resolution.", low=50, high=6000, unit="mm")


@dataclass(frozen=True, slots=True)
class PaperArea:
    """The paper it takes and the area to ask for."""

    page_width_mm: float = setting(210.0, doc="Width to ask for.", low=50, high=320, unit="mm")
    page_height_mm: float = setting(297.0, doc="Height to ask for.", low=50, high=6000, unit="mm")
    max_width_mm: float = setting(0.0, doc="Widest paper; 0 when unknown.", low=0, high=320, unit="mm")
    max_height_mm: float = setting(0.0, doc="Longest paper; 0 when unknown.", low=0, high=6000, unit="mm")
    overscan_mm: float = setting(0.0, doc="What is asked for beyond the paper on every edge.", low=0, high=20,
                                 unit="mm")
    long_paper: tuple[LongPaper, ...] = setting((), doc="Longest paper by resolution.")
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
    wakes: bool = setting(True, doc="Whether the host can wake it from sleep.")
    wedges_when_killed: bool = setting(False, doc="Whether killing the process that scans locks it up.")
    buffered_sheets: int = setting(0, doc="Sheets that it may have taken in when a cancel ejects them unscanned.",
                                   low=0, high=20, unit="sheets")
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
    status_before_side: bool = setting(
        True, doc="Whether the feeder's state is asked before each side; false where it is unsure while loading.")
    side_pause_seconds: float = setting(0.0, doc="Pause before the next side is asked for.", low=0, high=10,
                                        unit="seconds")
    side_seconds: float = setting(300.0, doc="Longest time from the first byte of a side to its last.", low=0.05,
                                  high=3600, unit="seconds")


@dataclass(frozen=True, slots=True)
class Imprint:
    """The endorser."""

    max_chars: int = setting(0, doc="Longest text the endorser prints; 0 when there is none or it is unknown.",
                             low=0, high=200, unit="characters")


@dataclass(frozen=True, slots=True)
class Push:
    """What a device that sends files must be set to; the texts stand in the operator's message as they are."""

    min_dpi: int = setting(0, doc="Lowest resolution that is taken from it; 0: what the rule profile asks.", low=0,
                           high=1200, unit="dpi")
    patience_seconds: float = setting(300.0, doc="How long a file that is not whole may rest before it is held.",
                                      low=1, high=86_400, unit="seconds")
    setting_colour: str = setting("Chế độ màu = Màu 24 bit (Colour mode = 24-bit colour)",
                                  doc="How the device calls the setting for 24-bit colour.")
    setting_dpi: str = setting("Độ phân giải = 300 dpi (Resolution = 300 dpi)",
                               doc="How the device calls the setting for the resolution.")
    setting_compression: str = setting(
        "PDF nén cao / Compact PDF = Tắt (Off), JBIG2 = Tắt (Off)",
        doc="How the device calls the setting that takes pages apart to make files small.")


@dataclass(frozen=True, slots=True)
class Counters:
    """Where the device tells how much it has worked; sheets since a roller change are counted by us."""

    total_option: str = setting("", doc="SANE option with all sheets ever fed.")
    roller_option: str = setting("", doc="SANE option with the sheets since the rollers were changed.")
    vendor_command: str = setting("", doc="Program of the vendor's driver that prints the counters.")


@dataclass(frozen=True, slots=True)
class Consumable:
    """A part that wears out."""

    name: str = setting(doc="The part, in our words.", pattern=r"[a-z][a-z0-9_]{0,31}")
    life_sheets: int = setting(0, doc="Sheets it lasts; 0 when unknown.", low=0, high=10_000_000, unit="sheets")
    reset: str = setting("", doc="How its counter on the device is reset after a change.")


@dataclass(frozen=True, slots=True)
class Evidence:
    """How far these data can be trusted."""

    tested_on: str = setting("none", doc="What the profile was tested on by us; none when it was not.")
    date: str = setting("none", doc="Day of that test.", pattern=r"none|[0-9]{4}-[0-9]{2}-[0-9]{2}")
    source: str = setting("none", doc="Where the other values come from; none for what is only recalled.")
    measured: tuple[str, ...] = setting((), doc="Keys whose values were measured on a device.")
    unconfirmed: tuple[str, ...] = setting((), doc="Keys of this profile whose values nobody has confirmed.")
