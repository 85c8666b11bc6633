"""libsane through ctypes: statuses as numbers, no compiler on the host. Only for the scanner process.

Every function here may block, and every one but ``Handle.cancel`` is called from one thread only.
"""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Mapping
from ctypes import POINTER, byref, c_int, c_void_p
from dataclasses import dataclass
from typing import Any

from appliance.core import errors
from appliance.device import sane_abi
from appliance.device.sane_abi import GET, RELOAD_OPTIONS, SET
from appliance.device.sane_descriptor import Descriptor, Kind, Value
from appliance.device.sane_status import Word

LIBRARY = "libsane.so.1"


class SaneFault(Exception):  # noqa: N818 named as the catalogue names a failing device
    """A SANE call that did not return GOOD: which word, and in what."""

    def __init__(self, word: Word, where: str) -> None:
        super().__init__(f"{where}: {word.name}")
        self.word = word
        self.where = where


@dataclass(frozen=True, slots=True)
class Found:
    """A device that libsane lists."""

    name: str
    vendor: str
    model: str


@dataclass(frozen=True, slots=True)
class Layout:
    """SANE_Parameters: how the bytes of a side are laid out. ``lines`` is -1 when nobody knows before the end."""

    format: int
    last_frame: bool
    bytes_per_line: int
    pixels_per_line: int
    lines: int
    depth: int


class Libsane:
    """The library: initialised by making one, ended by ``close``. Its state is the process's: one at a time.

    Raises:
        ApplianceError: TOOL_MISSING without the library, DEVICE_BUSY when the process uses it already.
    """

    _used = threading.Lock()

    def __init__(self) -> None:
        try:
            self.functions = sane_abi.declared(ctypes.CDLL(LIBRARY))
        except OSError:
            raise errors.TOOL_MISSING.error(program=f"{LIBRARY} (libsane1)") from None
        if not self._used.acquire(blocking=False):
            raise errors.DEVICE_BUSY.error()
        self.functions.sane_init(None, None)  # fails in no backend: a wrong configuration lists no device

    def devices(self) -> list[Found]:
        """List what is connected to this machine, in libsane's order.

        Raises:
            SaneFault: no memory.
        """
        listed = POINTER(POINTER(sane_abi.Device))()
        check(self.functions.sane_get_devices(byref(listed), 1), "get_devices")
        found: list[Found] = []
        while entry := listed[len(found)]:
            device = entry.contents
            found.append(Found(*(sane_abi.text(one) for one in (device.name, device.vendor, device.model))))
        return found

    def open(self, name: str) -> Handle:
        """Open a device.

        Raises:
            SaneFault: it is away, in use, or may not be touched.
        """
        pointer = c_void_p()
        check(self.functions.sane_open(name.encode(), byref(pointer)), "open")
        return Handle(self.functions, pointer)

    def close(self) -> None:
        """End the library; every handle must be closed before. To be called once."""
        self.functions.sane_exit()
        self._used.release()


class Handle:
    """An open device."""

    def __init__(self, functions: Any, pointer: c_void_p) -> None:
        self._sane = functions
        self._pointer = pointer
        self._table: dict[str, Descriptor] = {}
        self._ending = threading.Lock()
        self._open = True
        self._reload()

    def descriptors(self) -> Mapping[str, Descriptor]:
        """Return the options by name, as they are now."""
        return self._table

    def get(self, name: str) -> Value:
        """Read an option; of an array its first number.

        Raises:
            SaneFault: the device does not answer, or the option cannot be read now.
        """
        descriptor = self._table[name]
        buffer = ctypes.create_string_buffer(max(descriptor.size, 4))
        check(self._sane.sane_control_option(self._pointer, descriptor.index, GET, buffer, None), f"get {name}")
        return sane_abi.unpacked(descriptor, buffer)

    def set(self, name: str, value: Value) -> None:
        """Set an option; when the backend says that options changed, they are described afresh.

        Raises:
            SaneFault: the value or the moment is wrong, or the device does not answer.
        """
        descriptor = self._table[name]
        info = c_int()
        buffer = sane_abi.packed(descriptor, value)
        number = self._sane.sane_control_option(self._pointer, descriptor.index, SET, buffer, byref(info))
        check(number, f"set {name}")
        if info.value & RELOAD_OPTIONS:
            self._reload()

    def start(self) -> None:
        """Ask for the next side.

        Raises:
            SaneFault: NO_DOCS at the end of the stack, JAMMED, COVER_OPEN...
        """
        check(self._sane.sane_start(self._pointer), "start")

    def layout(self) -> Layout:
        """Return how the side that was started is laid out."""
        said = sane_abi.Parameters()
        check(self._sane.sane_get_parameters(self._pointer, byref(said)), "get_parameters")
        return Layout(said.format, bool(said.last_frame), said.bytes_per_line, said.pixels_per_line, said.lines,
                      said.depth)

    def read(self, address: int, most: int) -> int:
        """Read up to ``most`` bytes to a memory address; return how many came, -1 at the end of the side.

        Raises:
            SaneFault: the side broke off.
        """
        length = c_int()
        word = Word.of(self._sane.sane_read(self._pointer, address, most, byref(length)))
        if word is Word.EOF:
            return -1
        check(word, "read")
        return length.value

    def cancel(self) -> None:
        """End the scan; the only call that may come from another thread while one is under way.

        Of a device that was let go meanwhile nothing is asked: its memory is the library's again.
        """
        with self._ending:
            if self._open:
                self._sane.sane_cancel(self._pointer)

    def close(self) -> None:
        """Let the device go; may be called twice."""
        with self._ending:
            if self._open:
                self._open = False
                self._sane.sane_close(self._pointer)

    def _reload(self) -> None:
        count = c_int()
        check(self._sane.sane_control_option(self._pointer, 0, GET, byref(count), None), "number of options")
        self._table = {}
        for index in range(1, count.value):
            described = self._sane.sane_get_option_descriptor(self._pointer, index)
            if described and described.contents.name and described.contents.kind < Kind.GROUP:
                descriptor = sane_abi.described(index, described.contents)
                self._table[descriptor.name] = descriptor


def check(number: int, where: str) -> None:
    """Raise SaneFault unless ``number`` is GOOD."""
    word = Word.of(number)
    if word is not Word.GOOD:
        raise SaneFault(word, where)
