"""What a scanner process that cannot finish leaves to the next one: the device may be locked up.

The mark is a small file. It is there while a device scans, and stays when the process dies or its driver hangs in
the middle of it. The next process resets the USB device before it opens it. A device that even then does not
answer is turned off and on by a person; its new number on the bus shows that.
"""

from __future__ import annotations

import json
import logging
from dataclasses import asdict, dataclass, replace
from pathlib import Path

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Trace:
    """What is known of an unfinished scan.

    Attributes:
        place: bus and device number of the device then, empty when not known.
        resets: how often it was reset since a whole side last came.
    """

    place: str = ""
    resets: int = 0


def same_device(trace: Trace, place: str) -> bool:
    """Say whether the device has stayed powered since: another number means that it was turned off and on."""
    return not trace.place or not place or trace.place == place


class WedgeMark:
    """The mark of one device; without a path none is kept. A mark that cannot be written only costs the reset."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._last: Trace | None = None

    def read(self) -> Trace | None:
        """Return what the process before has left, or None; what cannot be read counts as an unknown device."""
        if self._path is None:
            return None
        try:
            said = json.loads(self._path.read_text(encoding="utf-8"))
            return Trace(str(said["place"]), int(said["resets"]))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError):
            return Trace()

    def leave(self, trace: Trace) -> None:
        """Write the mark."""
        if self._path is None or trace == self._last:
            return
        try:
            part = self._path.with_name(f"{self._path.name}.part")
            part.write_text(json.dumps(asdict(trace)), encoding="utf-8")
            part.replace(self._path)
            self._last = trace
        except OSError as problem:
            log.warning("%s not written: %s", self._path, problem.strerror)

    def clear(self) -> None:
        """Take the mark away: the scan came to its end, or the device was turned off and on."""
        self._last = None
        if self._path is not None:
            try:
                self._path.unlink(missing_ok=True)
            except OSError as problem:
                log.warning("%s not removed: %s", self._path, problem.strerror)


def after_reset(trace: Trace, place: str) -> Trace:
    """Return the mark of a device that was reset once more, or could not be."""
    return replace(trace, place=place or trace.place, resets=trace.resets + 1)
