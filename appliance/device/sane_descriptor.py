"""One option of a SANE device as its backend describes it, its values, and the table's fingerprint. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Protocol

from appliance.core import errors

Value = bool | int | float | str

INACTIVE = 32
"""SANE_CAP_INACTIVE: means nothing with the other options as they are."""

MOST_CHOICES = 12
"""So many allowed values are told to a person; a list may be longer."""

_YES, _NO = ("yes", "true", "on", "1"), ("no", "false", "off", "0")


class Kind(IntEnum):
    """SANE_Value_Type."""

    BOOL = 0
    INT = 1
    FIXED = 2
    STRING = 3
    BUTTON = 4
    GROUP = 5


@dataclass(frozen=True, slots=True)
class Descriptor:
    """One option as the backend describes it now; fixed-point numbers are floats.

    Attributes:
        settable: whether software may set it; sensors may not.
        active: whether it means anything with the other options as they are.
        choices: allowed texts; empty when free.
        numbers: allowed numbers; empty when a range or free.
        low, high: range of a number; equal when there is none.
        step: width of a step in that range; 0 when any number is allowed.
        unit: SANE_Unit.
        cap: every capability bit, as the backend gives them.
    """

    index: int
    name: str
    kind: Kind
    size: int = 4
    settable: bool = True
    active: bool = True
    choices: tuple[str, ...] = ()
    numbers: tuple[float, ...] = ()
    low: float = 0.0
    high: float = 0.0
    step: float = 0.0
    unit: int = 0
    cap: int = 0

    @property
    def usable(self) -> bool:
        """Whether it can be set now."""
        return self.settable and self.active

    @property
    def bounded(self) -> bool:
        """Whether a range limits it."""
        return self.high > self.low

    @property
    def allowed(self) -> str:
        """What it may be, in words."""
        if self.kind is Kind.BOOL:
            return "yes | no"
        if self.choices or self.numbers:
            listed = self.choices or tuple(f"{number:g}" for number in self.numbers)
            more = " | ..." if len(listed) > MOST_CHOICES else ""
            return " | ".join(listed[:MOST_CHOICES]) + more
        if self.bounded:
            return f"{self.low:g}..{self.high:g}"
        return self.kind.name.lower()


class Options(Protocol):
    """The options of an open device. Methods raise SaneFault (sane_binding.py)."""

    def descriptors(self) -> Mapping[str, Descriptor]:
        """Return the options by name, as they are now."""

    def get(self, name: str) -> Value:
        """Read one option."""

    def set(self, name: str, value: Value) -> None:
        """Set one option; what this changes is seen in ``descriptors`` at once."""


def convert(descriptor: Descriptor, wanted: str | float) -> Value:
    """Turn a profile's text or a number into a value of the option's type, inside its bounds.

    Raises:
        ApplianceError: DEVICE_REFUSED with option, value and what is allowed.
    """
    refusal = errors.DEVICE_REFUSED.error(text=f"{descriptor.name}={wanted}, allowed: {descriptor.allowed}")
    if descriptor.kind is Kind.STRING:
        if descriptor.choices and wanted not in descriptor.choices:
            raise refusal
        return str(wanted)
    if descriptor.kind is Kind.BOOL:
        if str(wanted).lower() not in (*_YES, *_NO):
            raise refusal
        return str(wanted).lower() in _YES
    if descriptor.kind not in (Kind.INT, Kind.FIXED):
        raise refusal
    try:
        number = float(wanted)
    except ValueError:
        raise refusal from None
    outside = descriptor.bounded and not descriptor.low <= number <= descriptor.high
    if outside or (descriptor.numbers and number not in descriptor.numbers):
        raise refusal
    return number if descriptor.kind is Kind.FIXED else int(number)


def fingerprint(table: Mapping[str, Descriptor]) -> str:
    """Return the SHA-256 of a table of options: another one than before means another driver or firmware.

    Names, types, units, sizes, capabilities and constraints count, in the backend's order; values and whether
    an option is active now do not.
    """
    rows = [[one.index, one.name, int(one.kind), one.unit, one.size, one.cap & ~INACTIVE, list(one.choices),
             list(one.numbers), one.low, one.high, one.step] for one in table.values()]
    return hashlib.sha256(json.dumps(rows, separators=(",", ":")).encode()).hexdigest()
