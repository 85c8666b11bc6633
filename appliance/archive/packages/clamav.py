"""ClamAV asked whether a package holds harmful code: clamd by its socket, else the program clamscan.

clamd gets the files of the package one by one (INSTREAM), so that its limits are met by one document and not by a
dossier of hundreds of pages; what it cannot look into as a whole is never taken for clean. Nothing is fetched from
a network: the definitions are those on this host.
"""

from __future__ import annotations

import contextlib
import re
import socket
import struct
import subprocess
import time
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import IO

PIECE, ANSWER = 1 << 18, 1 << 16
CLAMSCAN = "clamscan"
MOST = 2**31 - 1
"""Longest file that ClamAV looks into, in bytes."""

COMPLETE = re.compile(r"ClamAV-VDB:(\d{1,2}) (\w{3}) (\d{4}) (\d{2})-(\d{2}) ([+-]\d{2})(\d{2}):")
"""Head of a published set of definitions (.cvd, .cld): when it was made."""

LOADED = re.compile(r"ClamAV [\w.\-+]+/\d+/\w{3} (\w{3}) +(\d{1,2}) (\d{2}):(\d{2}):(\d{2}) (\d{4})")
"""What clamd says of the definitions that it has loaded; in the host's time, which is within a day of UTC."""

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
PUBLISHED = (".cvd", ".cld", ".cud")
OWN = (".hdb", ".hsb", ".mdb", ".msb", ".ndb", ".ldb", ".yar", ".yara", ".cdb")
EXCEPTIONS = (".fp", ".sfp", ".ign", ".ign2")
UNSEEN = "Heuristics.Limits.Exceeded"
"""Beginning of what ClamAV "finds" where a limit of its own stopped it."""

NAME = re.compile(r"[A-Za-z0-9._\-/:()+]{1,120}")


class UnableError(Exception):
    """Nobody could look: ``reason`` in both languages; ``package``: only because of what this package is."""

    def __init__(self, vi: str, en: str, *, package: bool = False) -> None:
        self.reason, self.package = f"{vi} // {en}", package
        super().__init__(en)


@dataclass(frozen=True, slots=True)
class Looked:
    """Nothing found, or the name of what was; ``by``: the program and the definitions it used."""

    found: str
    by: str


def made(folder: Path) -> datetime | None:
    """Return when the newest definitions in a folder were made; None when there are none.

    Of sets that ClamAV publishes their head says so; a file of the office's own counts only where there is none.
    """
    files = _definitions(folder)
    published = [when for path in files if path.suffix in PUBLISHED and (when := _head(path))]
    return max(published, default=None) or _newest(path for path in files if path.suffix in OWN)


def changed(folder: Path) -> datetime | None:
    """Return when anything in the folder of definitions changed last, an exception of the office's own too."""
    return _newest(path for path in _definitions(folder) if path.suffix in (*PUBLISHED, *OWN, *EXCEPTIONS))


def _definitions(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []


def _newest(paths: Iterable[Path]) -> datetime | None:
    """Return when the newest of some files changed; one that goes while it is looked at counts for nothing."""
    times = []
    for path in paths:
        with contextlib.suppress(OSError):
            times.append(path.stat().st_mtime)
    return datetime.fromtimestamp(max(times), UTC) if times else None


class _Clamd:
    """One look by clamd, which must be over by a moment of the monotonic clock; a line for each command."""

    def __init__(self, place: str, seconds: float) -> None:
        self._place, self._end = place, time.monotonic() + seconds

    def version(self) -> str:
        """Return what it says of itself."""
        with self._line() as line:
            line.sendall(b"zVERSION\0")
            return self._answer(line)

    def look(self, source: IO[bytes]) -> str:
        """Have it look at a stream; return its answer."""
        with self._line() as line:
            try:
                line.sendall(b"zINSTREAM\0")
                while piece := source.read(PIECE):
                    line.settimeout(self._left())
                    line.sendall(struct.pack("!L", len(piece)) + piece)
                line.sendall(struct.pack("!L", 0))
            except (BrokenPipeError, ConnectionResetError):
                pass  # it has heard enough: above its limit it answers and closes
            return self._answer(line)

    def _line(self) -> socket.socket:
        line = socket.socket(socket.AF_UNIX)
        try:
            line.settimeout(self._left())
            line.connect(self._place)
        except BaseException:
            line.close()
            raise
        return line

    def _answer(self, line: socket.socket) -> str:
        data = b""
        while not data.endswith(b"\0") and len(data) < ANSWER:
            line.settimeout(self._left())
            piece = line.recv(4096)
            if not piece:
                break
            data += piece
        return data.rstrip(b"\0\n").decode("ascii", "replace")

    def _left(self) -> float:
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left


def ask_daemon(package: Path, place: str, seconds: float) -> tuple[Looked, datetime | None]:
    """Have clamd look at every file of a package; return what it found and when its definitions were made.

    Raises:
        UnableError: it is not there, does not answer in ``seconds``, or could not look at a whole file.
    """
    try:
        clamd = _Clamd(place, seconds)
        version = clamd.version()
        for stream in _members(package):
            if found := _finding(clamd.look(stream)):
                return Looked(found, version), loaded(version)
    except TimeoutError:
        raise UnableError("clamd không trả lời kịp", "clamd did not answer in time") from None
    except OSError as problem:
        raise UnableError(f"clamd: {problem.strerror}", f"clamd: {problem.strerror}") from None
    return Looked("", version), loaded(version)


def ask_program(package: Path, definitions: Path, seconds: float) -> Looked:
    """Have clamscan look at a package as a whole.

    Raises:
        UnableError: as ``ask_daemon``; packages of 2 GiB and more need clamd.
    """
    if package.stat().st_size > MOST:
        raise UnableError("gói lớn hơn 2 GiB, cần clamd", "over 2 GiB: clamd is needed", package=True)
    done = run([CLAMSCAN, "--no-summary", "--stdout", f"--database={definitions}", "--official-db-only=no",
                "--max-filesize=2000M", "--max-scansize=2000M", "--max-files=0",
                f"--max-scantime={int(seconds * 2000)}", "--alert-exceeds-max=yes", str(package)], seconds)
    lines = done.stdout.decode("ascii", "replace").splitlines()  # warnings of old definitions may stand before
    first = next((line for line in lines if line.endswith(" FOUND")), "")
    if done.returncode not in {0, 1}:
        raise UnableError(f"clamscan lỗi {done.returncode}", f"clamscan ended with {done.returncode}")
    found = _finding(first) if done.returncode else ""
    return Looked(found, "clamscan")


def run(command: list[str], seconds: float) -> subprocess.CompletedProcess[bytes]:
    """Run a program that looks at a package; it reads nothing and may not last.

    Raises:
        UnableError: it is not there or takes too long.
    """
    name = Path(command[0]).name
    try:
        return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired:
        raise UnableError(f"{name} không xong kịp", f"{name} did not end in time") from None
    except OSError as problem:
        raise UnableError(f"{name}: {problem.strerror}", f"{name}: {problem.strerror}") from None


def loaded(version: str) -> datetime | None:
    """Return when the definitions that clamd has loaded were made, by its own word; None when it does not say."""
    match = LOADED.match(version)
    if match is None or match[1] not in MONTHS:
        return None
    month, day, hour, minute, second, year = match.groups()
    return datetime(int(year), MONTHS.index(month) + 1, int(day), int(hour), int(minute), int(second), tzinfo=UTC)


def _head(path: Path) -> datetime | None:
    """Return when a published set was made; None where it cannot be read: freshclam may be exchanging it."""
    try:
        with path.open("rb") as stream:
            match = COMPLETE.match(stream.read(512).decode("ascii", "replace"))
    except OSError:
        return None
    if match is None or match[2] not in MONTHS:
        return None
    day, month, year, hour, minute, ahead, more = match.groups()
    offset = timedelta(hours=int(ahead), minutes=int(ahead[0] + more))
    return datetime(int(year), MONTHS.index(month) + 1, int(day), int(hour), int(minute), tzinfo=timezone(offset))


def _members(package: Path) -> Iterator[IO[bytes]]:
    with zipfile.ZipFile(package) as opened:
        for info in opened.infolist():
            with opened.open(info) as stream:
                yield stream


def _finding(answer: str) -> str:
    """Return the name of what an answer says was found, or nothing; a look cut short is none."""
    said = answer.rpartition(": ")[2]
    if said == "OK":
        return ""
    found = said.removesuffix(" FOUND")
    if found != said and not found.startswith(UNSEEN):
        return found if NAME.fullmatch(found) else "?"
    if found != said or "size limit" in answer:
        raise UnableError("vượt giới hạn của ClamAV (StreamMaxLength, MaxFileSize, MaxScanSize)",
                          "over ClamAV's limits (StreamMaxLength, MaxFileSize, MaxScanSize)", package=True)
    raise UnableError("ClamAV không trả lời rõ", "ClamAV gave no clear answer")
