"""A PDF read in a process of its own, with a limit on time and memory: a hostile file hangs or crashes only that.

The parent sends the file, then numbers of pages; the child answers each with a line of JSON and the image bytes.
Nothing that comes back is trusted further than that. A page whose child died is one held page; the next page gets
a new child, until ``MOST_DEATHS``.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import resource
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

from appliance.core import errors
from appliance.core.errors import ApplianceError
from appliance.device.leaf import Leaf, Source, refused

PAGE_SECONDS = 60.0
"""Longest time to open a file, and for each page."""

MOST_DEATHS = 3
MEMORY = 2 << 30
"""Address space of the child in bytes, beside ``PIXEL_BYTES`` for each pixel that a page may have."""

PIXEL_BYTES = 10
START_SECONDS = 60.0
"""Longest time for the child to begin; nothing of the file is known to it then."""

MOST_HEAD = 1 << 16
_DIES_WITH_PARENT = 1
"""PR_SET_PDEATHSIG of prctl(2)."""

Answer = tuple[dict[str, Any], bytes]
"""What the child says of a file or page, and the image."""


class PdfApart:
    """A PDF as a ``Volume``; each of its pages is a leaf."""

    def __init__(self, data: bytes, max_pixels: int, seconds: float = PAGE_SECONDS) -> None:
        self._data = data
        self._max_pixels = max_pixels
        self._seconds = seconds
        self._child: subprocess.Popen[bytes] | None = None
        self._deaths = 0
        self._closed = False
        head, _ = self._ask(None)
        if head.get("code"):
            self.close()
            raise errors.by_code(str(head["code"])).error(reason=head.get("reason", ""))
        self.count = int(head["count"])

    def leaf(self, at: int) -> Leaf:
        """Return a page; see ``Volume``."""
        if self._closed or self._deaths >= MOST_DEATHS:
            return refused(self._data, errors.FILE_HARMFUL.error(reason=f"{self._deaths} x"))
        try:
            head, image = self._ask(at)
            source = Source(int(head["depth"]), int(head["source_dpi"]), str(head["packed"]))
            if head["code"]:
                return Leaf(self._data, code=str(head["code"]), reason=str(head["reason"]), source=source)
            return Leaf(image, int(head["dpi"]), original=self._data, orientation=int(head["orientation"]),
                        source=source)
        except ApplianceError as problem:
            self._deaths += 1
            return refused(self._data, problem)

    def close(self) -> None:
        """Kill the child; see ``Volume``."""
        self._closed = True
        self._kill()

    def _kill(self) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        child.kill()
        child.wait()
        for stream in (child.stdin, child.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):  # what is still in the pipe goes with the child
                    stream.close()

    def _ask(self, at: int | None) -> Answer:
        """Ask the child for a page, or (None) how many there are; a child that is not there is made.

        Raises:
            ApplianceError: FILE_HARMFUL when it hangs or dies.
        """
        answer: Answer = ({}, b"")
        if self._child is None:
            self._child = _start(self._max_pixels)
            self._within(START_SECONDS, _answer)
            answer = self._within(self._seconds, lambda child: _hand_over(child, self._data))
        return answer if at is None else self._within(self._seconds, lambda child: _page(child, at))

    def _within(self, seconds: float, talk: Callable[[subprocess.Popen[bytes]], Answer]) -> Answer:
        """Talk to the child, and kill it when that takes too long; errors as ``_ask``."""
        child, late = self._child, threading.Event()
        if child is None:
            raise errors.FILE_HARMFUL.error(reason="-")  # closed meanwhile by another thread

        def end() -> None:
            late.set()
            child.kill()

        clock = threading.Timer(seconds, end)
        clock.start()
        try:
            return talk(child)
        except (OSError, ValueError, KeyError, TypeError) as problem:
            reason = f"> {seconds:g} s" if late.is_set() else "hỏng / crashed"
            self._kill()
            raise errors.FILE_HARMFUL.error(reason=reason) from problem
        finally:
            clock.cancel()


def _start(max_pixels: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "appliance.device.pdf_process", str(max_pixels)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)


def _hand_over(child: subprocess.Popen[bytes], data: bytes) -> Answer:
    assert child.stdin is not None
    child.stdin.write(len(data).to_bytes(8, "big"))
    child.stdin.write(data)
    child.stdin.flush()
    return _answer(child)


def _page(child: subprocess.Popen[bytes], at: int) -> Answer:
    assert child.stdin is not None
    child.stdin.write(at.to_bytes(4, "big"))
    child.stdin.flush()
    return _answer(child)


def _answer(child: subprocess.Popen[bytes]) -> Answer:
    """Read one answer; ValueError when the child is gone or says what is no answer."""
    assert child.stdout is not None
    head = json.loads(child.stdout.readline(MOST_HEAD))
    size = int(head.get("size", 0))
    image = child.stdout.read(size)
    if len(image) != size:
        raise ValueError("cut short")
    return head, image


def main() -> None:
    """Read one PDF for the parent until it closes the line; the limits hold before a byte is looked at."""
    max_pixels = int(sys.argv[1])
    _limit(MEMORY + PIXEL_BYTES * max_pixels)
    ctypes.CDLL(None).prctl(_DIES_WITH_PARENT, int(signal.SIGKILL), 0, 0, 0)
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no answer
    from appliance.device.pdf_leaf import PdfVolume  # PDFium: in this process only

    _tell(out, {})
    come = sys.stdin.buffer
    data = come.read(int.from_bytes(come.read(8), "big"))
    try:
        volume = PdfVolume(data, max_pixels)
    except ApplianceError as problem:
        _tell(out, {"code": problem.code, "reason": problem.details.get("reason", "")})
        return
    _tell(out, {"count": volume.count})
    while request := come.read(4):
        leaf = volume.leaf(int.from_bytes(request, "big"))
        _tell(out, {"code": leaf.code, "reason": leaf.reason, "dpi": leaf.dpi, "orientation": leaf.orientation,
                    "depth": leaf.source.depth, "source_dpi": leaf.source.dpi, "packed": leaf.source.packed},
              b"" if leaf.code else leaf.data)


def _limit(space: int) -> None:
    """Limit this process's memory, and let the kernel end it before its parent where the host has none left."""
    with contextlib.suppress(OSError, ValueError):  # a sandbox may forbid it; the parent's own limits hold then
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_AS, (space, space))
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")


def _tell(out: BinaryIO, head: dict[str, Any], image: bytes = b"") -> None:
    out.write(json.dumps(head | {"size": len(image)}).encode() + b"\n")
    out.write(image)
    out.flush()


if __name__ == "__main__":
    main()
