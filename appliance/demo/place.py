"""Where a demo lives: one folder that holds everything it made, one short folder for sockets, the settings."""

from __future__ import annotations

import contextlib
import fcntl
import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from appliance.core import errors

MARKER = ".appliance-demo"
MADE = ("appliance.toml", "report.json", "archive", "documents", "logs", "packages", "receipts", "scanner",
        "stack", "state", "tsa")
"""Everything a demo makes in its folder, and all that a later demo may remove."""

SHORT = 60
"""Longest folder for temporary sockets: an ipc path has at most 107 bytes."""

Value = str | int | bool | float | list[str]
Table = Mapping[str, Value | Mapping[str, Value]]


@dataclass(frozen=True, slots=True)
class Place:
    """The folders of one demo."""

    root: Path
    runtime: Path

    @property
    def settings(self) -> Path:
        """The daemon's settings file."""
        return self.root / "appliance.toml"

    @property
    def control(self) -> Path:
        """The daemon's control socket."""
        return self.runtime / "control.sock"

    @property
    def trust(self) -> Path:
        """Root of the development key, made by the signer at its first start."""
        return self.part("state") / "keys" / "development-root.pem"

    @property
    def time_root(self) -> Path:
        """Root of the time stamps, made by the development TSA at its first start."""
        return self.part("tsa") / "development-tsa-root.pem"

    @property
    def roots(self) -> tuple[Path, ...]:
        """Whom an archive is told to trust."""
        return self.trust, self.time_root

    @property
    def receipt_key(self) -> Path:
        """The archive's public key, made by the receiver at its first start."""
        return self.part("archive") / "keys" / "receipt-public.pem"

    @property
    def kernels(self) -> Path:
        """Compiled image kernels; they stay for the next demo in this folder."""
        return self.root / "kernels"

    @property
    def hopper(self) -> Path:
        """Where stacks are loaded."""
        return self.part("scanner") / "hopper"

    def part(self, name: str) -> Path:
        """Return one of the things in ``MADE``."""
        if name not in MADE:
            raise ValueError(f"{name} is not one of {MADE}")
        return self.root / name


@contextlib.contextmanager
def taken(root: Path) -> Iterator[Place]:
    """Take a folder for one demo: emptied of an earlier demo, locked against another that still runs.

    Raises:
        ApplianceError: INPUT_REFUSED when the folder holds things no demo made, DAEMON_RUNNING when
            a demo works in it.
    """
    root = root.resolve()
    if root.is_dir() and any(root.iterdir()) and not (root / MARKER).is_file():
        raise errors.INPUT_REFUSED.error(name=root, reason="the folder is not empty and no demo made it")
    try:
        root.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise errors.INPUT_REFUSED.error(name=root, reason=f"no folder can be there: {problem.strerror}") from None
    with (root / MARKER).open("a", encoding="utf-8") as lock:
        _lock(lock, root)
        _clear(root)
        runtime = Path(tempfile.mkdtemp(prefix="appliance-", dir=_temporary()))
        try:
            yield Place(root, runtime)
        finally:
            shutil.rmtree(runtime, ignore_errors=True)


def settings_text(tables: Mapping[str, Table], lists: Mapping[str, list[Table]]) -> str:
    """Return a settings file; JSON spells these values as TOML does."""
    lines: list[str] = []
    for name, table in tables.items():
        lines += [f"[{name}]", *_rows(table), ""]
    for name, entries in lists.items():
        for table in entries:
            lines += [f"[[{name}]]", *_rows(table), ""]
    return "\n".join(lines)


def _rows(table: Table) -> list[str]:
    return [f"{key} = {_value(value)}" for key, value in table.items()]


def _value(value: Value | Mapping[str, Value]) -> str:
    if isinstance(value, Mapping):
        return f"{{ {', '.join(f'{key} = {_value(one)}' for key, one in value.items())} }}"
    return json.dumps(value, ensure_ascii=False)


def _lock(lock: IO[str], root: Path) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise errors.DAEMON_RUNNING.error(path=root) from None


def _clear(root: Path) -> None:
    """Remove what an earlier demo made."""
    for name in MADE:
        path = root / name
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def _temporary() -> str | None:
    """Return a folder whose name is short enough for sockets, or None for the usual one."""
    return "/tmp" if len(tempfile.gettempdir()) > SHORT else None  # noqa: S108 - mkdtemp makes it private
