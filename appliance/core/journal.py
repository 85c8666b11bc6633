"""The way of every log line out of a process: to systemd's journal with fields, or to stderr where there is none.

A message with an error code has the MESSAGE_ID of that code, which the journal's catalog explains
(``journalctl -x``). Of an exception only its kind and its places are told: what it says may name papers.
"""

from __future__ import annotations

import errno
import logging
import os
import re
import socket
import sys
import threading
import traceback
import uuid
from collections.abc import Mapping
from contextlib import suppress
from types import TracebackType
from typing import TextIO

from appliance.core.errors import CATALOGUE, ApplianceError

SOCKET = "/run/systemd/journal/socket"
STREAM = "JOURNAL_STREAM"
"""Environment variable in which systemd names the device and inode of a stderr that is the journal's."""

NAMESPACE = uuid.UUID("6b0f6d4e-8a53-4f0c-9a55-8d1f7a0c2b31")
"""Every MESSAGE_ID is made from this and a name that never changes; never change it either."""

FORM = "%(levelname)s %(name)s: %(message)s"
ROOM = 8 << 20
"""Bytes that wait for the journal before a line is refused; 8 MiB as sd_journal_send(3) asks for."""

LONGEST = 60_000
"""Letters of one message; what is longer is cut."""

DEEPEST = 10
"""Exceptions behind an exception that are told."""

PRIORITIES = ((logging.CRITICAL, 2), (logging.ERROR, 3), (logging.WARNING, 4), (logging.INFO, 6))
_CODE = re.compile(r"\b[A-Z][0-9]{3}\b")

Fields = Mapping[str, str]


def message_id(name: str) -> str:
    """Return the MESSAGE_ID of an event's name or an error's code, 32 hexadecimal digits."""
    return uuid.uuid5(NAMESPACE, name).hex


def native(fields: Fields) -> bytes:
    """Return fields as the journal's native protocol has them; a value of several lines with its length."""
    parts = []
    for name, value in fields.items():
        data = value.encode(errors="replace")
        if b"\n" in data:
            parts.append(name.encode() + b"\n" + len(data).to_bytes(8, "little") + data + b"\n")
        else:
            parts.append(name.encode() + b"=" + data + b"\n")
    return b"".join(parts)


def listened(environment: Mapping[str, str] = os.environ, stderr: int = 2) -> bool:
    """Say whether this process's stderr goes to the journal, as systemd says of it."""
    device, _, inode = environment.get(STREAM, "").partition(":")
    try:
        own = os.fstat(stderr)
    except OSError:  # no stderr at all
        return False
    return (device, inode) == (str(own.st_dev), str(own.st_ino))


class Channel:
    """Lines of one process to the journal's socket at ``address``; with an empty one to ``stream``."""

    def __init__(self, identifier: str, address: str = "", stream: TextIO | None = None) -> None:
        self.identifier = identifier
        self._address = address
        self._stream = stream
        self._line: socket.socket | None = None

    @classmethod
    def own(cls, identifier: str) -> Channel:
        """Return the channel of this process: the journal when its stderr goes there."""
        return cls(identifier, SOCKET if listened() else "")

    def send(self, text: str, fields: Fields) -> bool:
        """Send one message with its fields, or its text alone to the stream; say whether it was taken.

        Never waits for a journal that is slow or away, and raises nothing.
        """
        if not self._address:
            return self._write(text)
        said = {"MESSAGE": text[:LONGEST], "SYSLOG_IDENTIFIER": self.identifier, **fields}
        try:
            self._opened().sendto(native(said), self._address)
        except OSError as problem:  # away, full, or restarting: the next message tries again
            return problem.errno == errno.EMSGSIZE and self._write(text)  # one too long is never taken
        return True

    def say(self, text: str, fields: Fields) -> None:
        """Send one message; what the journal does not take goes to the stream, where it may still be read."""
        if not self.send(text, fields):
            self._write(text)

    def close(self) -> None:
        """Let the socket go; the next message opens it again."""
        if self._line is not None:
            self._line.close()
            self._line = None

    def _write(self, text: str) -> bool:
        if self._address and self._stream is None:
            return _offered(f"{text}\n".encode(errors="replace"))
        stream = self._stream or sys.stderr
        try:
            stream.write(f"{text}\n")
            stream.flush()
        except (OSError, ValueError, AttributeError):  # closed, full, or a process without stderr
            return False
        return True

    def _opened(self) -> socket.socket:
        if self._line is None:
            self._line = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
            self._line.setblocking(False)
            with suppress(OSError):  # a host may allow less
                self._line.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, ROOM)
        return self._line


def _offered(data: bytes, stderr: int = 2) -> bool:
    """Write to a stderr that is the journal's own stream what it takes now: one that hangs stops nobody."""
    try:
        line = socket.socket(fileno=stderr)
    except OSError:  # no stderr, or one that is no socket
        return False
    try:
        return line.send(data, socket.MSG_DONTWAIT) == len(data)
    except OSError:  # full, or its other end is gone
        return False
    finally:
        line.detach()


class Discreet(logging.Formatter):
    """Writes an exception as its kind and its places; what it says stays out, as it may name papers or people."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the name is logging's
        """Return the text; of asyncio's own the first line alone: others show what tasks and exceptions hold."""
        if record.name == "asyncio":
            record.message = record.message.partition("\n")[0]
        return super().formatMessage(record)

    def formatException(self, ei: object) -> str:  # noqa: N802 - the name is logging's
        """Return the trace of the exception that is being told, the innermost cause first."""
        problem = ei[1] if isinstance(ei, tuple) else None
        return "\n".join(_traces(problem)) if isinstance(problem, BaseException) else ""


def _traces(problem: BaseException) -> list[str]:
    found: list[str] = []
    one: BaseException | None = problem
    while one is not None and len(found) < DEEPEST:
        found.insert(0, "".join(traceback.format_tb(one.__traceback__)) + _kind(one))
        one = one.__cause__ or (None if one.__suppress_context__ else one.__context__)
    return found


def _kind(problem: BaseException) -> str:
    """Return what an exception is: an error's code, what the system calls it, or the name of its class."""
    if isinstance(problem, ApplianceError):
        return problem.code
    reason = f": {problem.strerror}" if isinstance(problem, OSError) and problem.strerror else ""
    return f"{type(problem).__name__}{reason}"


class Lines(logging.Handler):
    """Ordinary log lines: to the journal with PRIORITY, logger, place in the code and error code as fields."""

    def __init__(self, channel: Channel) -> None:
        super().__init__()
        self._channel = channel
        self.setFormatter(Discreet(FORM))

    def emit(self, record: logging.LogRecord) -> None:
        """Send one line; one that cannot be written is lost, and nothing else."""
        try:
            self._channel.say(self.format(record), fields_of(record))
        except Exception:  # noqa: BLE001 - boundary: a line whose arguments do not fit may not stop the work
            place = f"{record.filename}:{record.lineno}"
            self._channel.say(f"ERROR {record.name}: a line of {place} cannot be told", {})


def fields_of(record: logging.LogRecord) -> dict[str, str]:
    """Return what the journal keeps of an ordinary line beside its text."""
    fields = {"PRIORITY": str(priority(record.levelno)), "APPLIANCE_LOGGER": record.name,
              "CODE_FILE": record.pathname, "CODE_LINE": str(record.lineno), "CODE_FUNC": record.funcName or ""}
    code = code_in(record.getMessage())
    return fields | {"APPLIANCE_CODE": code, "MESSAGE_ID": message_id(code)} if code else fields


def priority(level: int) -> int:
    """Return the syslog priority of a level of logging: 2 critical, 3 error, 4 warning, 6 info, 7 debug."""
    return next((number for least, number in PRIORITIES if level >= least), 7)


def code_in(text: str) -> str:
    """Return the first error code of the catalogue that a text names, or an empty text."""
    return next((code for code in _CODE.findall(text) if code in CATALOGUE), "")


def begin(identifier: str) -> Channel:
    """Let every ordinary log line of this process go out under ``identifier``, from INFO on; return its channel."""
    channel = Channel.own(identifier)
    logging.basicConfig(level=logging.INFO, handlers=[Lines(channel)])
    sys.excepthook = _uncaught
    threading.excepthook = lambda seen: _uncaught(seen.exc_type, seen.exc_value, seen.exc_traceback)
    sys.unraisablehook = lambda seen: _uncaught(seen.exc_type, seen.exc_value, seen.exc_traceback)
    return channel


def _uncaught(kind: type[BaseException], problem: BaseException | None, _trace: TracebackType | None) -> None:
    """Tell an exception that nobody caught as every other: Python itself would write out what it says."""
    if not issubclass(kind, KeyboardInterrupt | SystemExit):
        logging.getLogger("appliance").critical("uncaught: %s", kind.__name__, exc_info=problem)
