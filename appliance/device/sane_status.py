"""What a SANE status means: one word of SANE stands for several causes; sensors tell them apart. Pure.

Which sensors are read after which word is data: the firmware profile's ``status_split``, else what is
known of the backend family (reference: sense tables of sane-backends 1.2.1).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum

from appliance.core import errors
from appliance.core.errors import ApplianceError
from appliance.core.errors import Kind as ErrorKind
from appliance.device.profile import FirmwareProfile
from appliance.device.profile_tables import StatusSplit
from appliance.device.protocol import Feeder, Status

Senses = Mapping[str, bool | int | str]
"""Sensors by name, as just read; those that the backend lacks are missing."""


class Word(IntEnum):
    """SANE_Status."""

    GOOD = 0
    UNSUPPORTED = 1
    CANCELLED = 2
    DEVICE_BUSY = 3
    INVAL = 4
    EOF = 5
    JAMMED = 6
    NO_DOCS = 7
    COVER_OPEN = 8
    IO_ERROR = 9
    NO_MEM = 10
    ACCESS_DENIED = 11

    @classmethod
    def of(cls, number: int) -> Word:
        """Return the word for a number; what SANE does not define counts as an I/O error."""
        return cls(number) if number in cls._value2member_map_ else cls.IO_ERROR


class Cause(StrEnum):
    """Why the feed cannot go on."""

    EMPTY = "empty"
    JAM = "jam"
    MULTIFEED = "multifeed"
    COVER = "cover"
    STOP_PRESSED = "stop_pressed"
    STAPLE = "staple"
    SKEW = "skew"
    BUSY = "busy"
    LOST = "lost"
    STALL = "stall"
    HARDWARE = "hardware"


_MEANS: dict[Cause, tuple[Feeder, ErrorKind]] = {
    Cause.EMPTY: (Feeder.EMPTY, errors.NO_PAPER),
    Cause.JAM: (Feeder.JAM, errors.PAPER_JAM),
    Cause.MULTIFEED: (Feeder.MULTIFEED, errors.DOUBLE_FEED),
    Cause.COVER: (Feeder.COVER, errors.COVER_OPEN),
    Cause.STOP_PRESSED: (Feeder.LOADED, errors.CAPTURE_STOPPED),
    Cause.STAPLE: (Feeder.WRONG_PAPER, errors.PAPER_PUT_WRONG),
    Cause.SKEW: (Feeder.WRONG_PAPER, errors.PAPER_PUT_WRONG),
    Cause.BUSY: (Feeder.PROCESSING, errors.DEVICE_BUSY),
    Cause.LOST: (Feeder.LOST, errors.DEVICE_LOST),
    Cause.STALL: (Feeder.HARDWARE, errors.DEVICE_STALLED),
    Cause.HARDWARE: (Feeder.HARDWARE, errors.DEVICE_FAULT),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """A cause, and the device's own words for it (a code, or what it may mean)."""

    cause: Cause
    text: str = ""

    @property
    def status(self) -> Status:
        """The state of the feeder that goes with it."""
        return Status(_MEANS[self.cause][0], self.text)

    def error(self, **details: object) -> ApplianceError:
        """Return the error that the operator is told."""
        return _MEANS[self.cause][1].error(text=self.text or self.cause.value, **details)


JAMMED, NO_DOCS, IO_ERROR = Word.JAMMED.name, Word.NO_DOCS.name, Word.IO_ERROR.name

FAMILIES: dict[str, tuple[StatusSplit, ...]] = {
    "fujitsu": (
        StatusSplit(JAMMED, ("double-feed", "omr-df", "error-code")),
        StatusSplit(NO_DOCS, ("page-loaded",)),
        StatusSplit(IO_ERROR, ("error-code",),
                    "mực, bộ đóng dấu, cầu chì, quang học hoặc quạt / ink, endorser, fuse, optics or fan"),
    ),
    "canon_dr": (
        StatusSplit(JAMMED, (), "kẹt, cuốn đôi, lệch giấy hoặc ghim / jam, double feed, skew or staple"),
        StatusSplit(NO_DOCS, ("adf-loaded",)),
    ),
    "epsonds": (StatusSplit(IO_ERROR, (), "cuốn đôi, khoá nắp hoặc lỗi máy / double feed, cover lock or fault"),),
    "avision": (StatusSplit(JAMMED, (), "kẹt hoặc cuốn đôi / jam or double feed"),),
    "kvs20xx": (StatusSplit(JAMMED, (), "kẹt hoặc cuốn đôi / jam or double feed"),),
    "kvs40xx": (StatusSplit(JAMMED, (), "kẹt, cuốn đôi, lệch giấy hoặc ghim / jam, double feed, skew or staple"),),
    "airscan": (StatusSplit(IO_ERROR, (), "đứt kết nối hoặc lỗi máy / connection cut or device fault"),),
    "vendor": (),
}
"""What a word of each backend family may stand for, where the profile does not say it."""

_PLAIN: dict[Word, Cause] = {
    Word.NO_DOCS: Cause.EMPTY,
    Word.JAMMED: Cause.JAM,
    Word.COVER_OPEN: Cause.COVER,
    Word.DEVICE_BUSY: Cause.BUSY,
    Word.CANCELLED: Cause.STOP_PRESSED,  # nobody here cancelled: it was done at the device
}

_SPEAKING: tuple[tuple[str, Cause], ...] = (
    ("double", Cause.MULTIFEED), ("multi", Cause.MULTIFEED), ("omr-df", Cause.MULTIFEED),
    ("staple", Cause.STAPLE), ("skew", Cause.SKEW), ("cover", Cause.COVER),
)
"""What a sensor that is on says, by a part of its name."""

_PAPER = ("page-loaded", "adf-loaded", "paper-loaded")
_COVER = ("cover-open",)
_NO_SPLIT = StatusSplit("")


def split_of(profile: FirmwareProfile, word: Word) -> StatusSplit:
    """Return what may be behind a word on this model: the profile's line, else its family's."""
    known = (*profile.status_split, *FAMILIES.get(profile.driver.sane_backend, ()))
    return next((split for split in known if split.status == word.name), _NO_SPLIT)


def find(word: Word, senses: Senses | None, split: StatusSplit) -> Finding:
    """Return the cause behind a word.

    ``senses`` are the sensors that ``split`` names, read after the word came; None when the device did not
    answer when they were asked for, which makes an I/O error a lost device.
    """
    if word is Word.IO_ERROR and senses is None:
        return Finding(Cause.LOST)
    told = dict(senses or {})
    code = " ".join(f"{name} {told[name]}" for name in split.sensors if name.endswith("code") and told.get(name))
    for name in split.sensors:
        cause = _cause_of(word, name) if told.get(name) else None
        if cause is not None:
            return Finding(cause, code)
    plain = _PLAIN.get(word, Cause.HARDWARE)
    if plain is Cause.HARDWARE:
        return Finding(plain, code or split.meaning or word.name)
    return Finding(plain, code or ("" if split.sensors else split.meaning))


def _cause_of(word: Word, sensor: str) -> Cause | None:
    """Return what a sensor that is on says after ``word``."""
    if word is Word.NO_DOCS:
        return Cause.STOP_PRESSED if "loaded" in sensor else None  # paper is left: somebody pressed Stop
    return next((cause for part, cause in _SPEAKING if part in sensor), None)


def watched(profile: FirmwareProfile) -> tuple[str, ...]:
    """Return the sensors to read while the device is idle, the profile's first; each once."""
    start = profile.start
    names = (start.paper_sensor, *start.buttons, start.function_sensor, *_PAPER, *_COVER)
    return tuple(dict.fromkeys(name for name in names if name))


def at_rest(senses: Senses, profile: FirmwareProfile) -> Status:
    """Say how the feeder of an idle device is; one without a paper sensor counts as loaded."""
    if any(senses.get(name) for name in _COVER):
        return Status(Feeder.COVER)
    for name in (profile.start.paper_sensor, *_PAPER):
        if name in senses:
            return Status(Feeder.LOADED if senses[name] else Feeder.EMPTY)
    return Status(Feeder.LOADED)
