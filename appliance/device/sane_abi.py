"""libsane's structures and functions as C lays them out (sane.h 1.0), and how they become typed values."""

from __future__ import annotations

import ctypes
from ctypes import POINTER, c_char_p, c_int, c_void_p
from typing import Any

from appliance.device.sane_descriptor import INACTIVE, Descriptor, Kind, Value

FIXED_ONE = 65536.0
GET, SET = 0, 1
SOFT_SELECT = 1
RELOAD_OPTIONS = 2
RANGE, WORD_LIST, STRING_LIST = 1, 2, 3
MOST_TEXT = 4096


class Device(ctypes.Structure):
    """SANE_Device."""

    _fields_ = tuple((name, c_char_p) for name in ("name", "vendor", "model", "type"))


class Range(ctypes.Structure):
    """SANE_Range."""

    _fields_ = (("low", c_int), ("high", c_int), ("step", c_int))


class Constraint(ctypes.Union):
    """What limits an option."""

    _fields_ = (("strings", POINTER(c_char_p)), ("words", POINTER(c_int)), ("range", POINTER(Range)))


class Option(ctypes.Structure):
    """SANE_Option_Descriptor."""

    _fields_ = (("name", c_char_p), ("title", c_char_p), ("text", c_char_p), ("kind", c_int), ("unit", c_int),
                ("size", c_int), ("cap", c_int), ("limits", c_int), ("constraint", Constraint))


class Parameters(ctypes.Structure):
    """SANE_Parameters."""

    _fields_ = tuple((name, c_int) for name in (
        "format", "last_frame", "bytes_per_line", "pixels_per_line", "lines", "depth"))


def text(raw: bytes | None) -> str:
    """Return a backend's text: never unprintable, never long."""
    letters = (raw or b"")[:MOST_TEXT].decode("utf-8", "replace")
    return "".join(letter if letter.isprintable() else "?" for letter in letters)


def described(index: int, option: Any) -> Descriptor:
    """Return an option as a value; ``option`` is an ``Option`` that the backend owns."""
    kind, cap = Kind(option.kind), option.cap
    scale = FIXED_ONE if kind is Kind.FIXED else 1.0
    numbers: tuple[float, ...] = ()
    choices: tuple[str, ...] = ()
    low = high = step = 0.0
    if option.limits == RANGE:
        limits = option.constraint.range.contents
        low, high, step = (number / scale for number in (limits.low, limits.high, limits.step))
    elif option.limits == WORD_LIST:
        words = option.constraint.words
        numbers = tuple(words[at] / scale for at in range(1, words[0] + 1))
    elif option.limits == STRING_LIST:
        choices = _strings(option.constraint.strings)
    return Descriptor(index, text(option.name), kind, option.size, bool(cap & SOFT_SELECT), not cap & INACTIVE,
                      choices, numbers, low, high, step, option.unit, cap)


def packed(descriptor: Descriptor, value: Value) -> Any:
    """Return a buffer that holds ``value``, as large as the backend expects, whatever it writes back."""
    if descriptor.kind is Kind.STRING:
        raw = str(value).encode()
        return ctypes.create_string_buffer(raw, max(descriptor.size, len(raw) + 1))
    number = round(float(value) * FIXED_ONE) if descriptor.kind is Kind.FIXED else int(value)
    return (c_int * max(descriptor.size // 4, 1))(number)


def unpacked(descriptor: Descriptor, buffer: Any) -> Value:
    """Return the value in a buffer that a backend has filled; of an array its first number."""
    if descriptor.kind is Kind.STRING:
        return text(buffer.value)
    number = c_int.from_buffer(buffer).value
    match descriptor.kind:
        case Kind.BOOL:
            return bool(number)
        case Kind.FIXED:
            return number / FIXED_ONE
    return number


def declared(library: Any) -> Any:
    """Tell ctypes the types of libsane's functions; return the library."""
    library.sane_init.argtypes = [POINTER(c_int), c_void_p]
    library.sane_exit.restype = None
    library.sane_get_devices.argtypes = [POINTER(POINTER(POINTER(Device))), c_int]
    library.sane_open.argtypes = [c_char_p, POINTER(c_void_p)]
    library.sane_close.argtypes = [c_void_p]
    library.sane_close.restype = None
    library.sane_get_option_descriptor.argtypes = [c_void_p, c_int]
    library.sane_get_option_descriptor.restype = POINTER(Option)
    library.sane_control_option.argtypes = [c_void_p, c_int, c_int, c_void_p, POINTER(c_int)]
    library.sane_get_parameters.argtypes = [c_void_p, POINTER(Parameters)]
    library.sane_start.argtypes = [c_void_p]
    library.sane_read.argtypes = [c_void_p, c_void_p, c_int, POINTER(c_int)]
    library.sane_cancel.argtypes = [c_void_p]
    library.sane_cancel.restype = None
    return library


def _strings(listed: Any) -> tuple[str, ...]:
    found: list[str] = []
    while listed[len(found)] is not None:
        found.append(text(listed[len(found)]))
    return tuple(found)
