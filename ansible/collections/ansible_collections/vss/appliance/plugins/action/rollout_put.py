"""Bring a big file to a host piece by piece: goes on where it was cut off, and leaves the line to others."""

from __future__ import annotations

import hashlib
import shlex
import tempfile
import time
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleActionFail, AnsibleConnectionFailure
from ansible.plugins.action import ActionBase

TRIES = 3

_HASH = "sha256sum < {dest} 2>/dev/null || echo none"
_BEGIN = ("mkdir -p -m 0700 {folder} && touch {part} && echo $({{ sha256sum < {dest} 2>/dev/null || echo none; }})"
          " $(stat -c %s {part})")
"""The hash of what lies there already, and how much of the file has come before."""

_END = ("if sha256sum < {part} | grep -q ^{digest}; then mv -f {part} {dest} && echo whole; "
        "else rm -f {part}; fi")


class ActionModule(ActionBase):
    """``rollout_put``: src on the controller, dest on the host, piece_mb, rate_kb (a second; 0: no limit)."""

    TRANSFERS_FILES = True
    _supports_check_mode = True

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return whether the file was brought, how much of it, and from where on."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        _, words = self.validate_argument_spec({
            "src": {"type": "path", "required": True}, "dest": {"type": "str", "required": True},
            "sha256": {"type": "str", "default": ""},
            "piece_mb": {"type": "float", "default": 8.0}, "rate_kb": {"type": "float", "default": 0.0},
        })
        source, dest = Path(words["src"]), words["dest"]
        size, digest = source.stat().st_size, words["sha256"] or hashlib.sha256(source.read_bytes()).hexdigest()
        part = f"{dest}.{digest[:12]}.part"
        if self._task.check_mode:
            return {**result, "changed": not self._remote(_HASH.format(dest=shlex.quote(dest))).startswith(digest)}
        there = self._remote(_BEGIN.format(**_quoted(dest=dest, part=part, folder=dest.rpartition("/")[0])))
        if there.startswith(digest):
            return {**result, "changed": False}
        piece = max(1, int(words["piece_mb"] * (1 << 20)))
        began = _resumed(int(there.rpartition(" ")[2]), piece, size)
        # What lay there may have been torn by the power cut that ended the first try: once more as a whole.
        for start in dict.fromkeys((began, 0)):
            self._pieces(source, part, (start, piece), words["rate_kb"] * 1024)
            if self._remote(_END.format(digest=digest, **_quoted(dest=dest, part=part))).endswith("whole"):
                return {**result, "changed": True, "resumed_at": start, "bytes": size - start}
        raise AnsibleActionFail(f"{dest}: không đúng nội dung sau khi chép / arrived with other content")

    def _pieces(self, source: Path, part: str, where: tuple[int, int], rate: float) -> None:
        offset, size = where
        with source.open("rb") as opened, tempfile.TemporaryDirectory() as folder:
            opened.seek(offset)
            carried = Path(folder) / "piece"
            while content := opened.read(size):
                began = time.monotonic()
                carried.write_bytes(content)
                self._carry(carried, part, offset)
                offset += len(content)
                if rate:
                    time.sleep(max(0.0, len(content) / rate - (time.monotonic() - began)))

    def _carry(self, carried: Path, part: str, offset: int) -> None:
        """Append one piece; a line that fails is tried again before the host counts as away."""
        for attempt in range(1, TRIES + 1):
            try:
                self._append(carried, part, offset)
                return
            except AnsibleConnectionFailure:
                if attempt == TRIES:
                    raise
                if hasattr(self._connection, "reset"):
                    self._connection.reset()

    def _append(self, carried: Path, part: str, offset: int) -> None:
        there = f"{self._folder()}/rollout-piece"
        self._transfer_file(str(carried), there)
        quoted = shlex.quote(part)
        # At its place, not at the end: a piece whose answer was lost is written twice to the same place.
        self._remote(f"truncate -s {offset} {quoted} && cat {shlex.quote(there)} >> {quoted} && sync {quoted}")

    def _folder(self) -> str:
        shell = self._connection._shell
        return str(shell.tmpdir or self._make_tmp_path())

    def _remote(self, command: str) -> str:
        done = self._low_level_execute_command(command)
        if done["rc"]:
            raise AnsibleActionFail(f"{command}: {done['rc']}: {done.get('stderr', '')[-300:]}")
        return str(done["stdout"]).strip()


def _resumed(there: int, piece: int, size: int) -> int:
    """Return from where to go on: whole pieces count, a torn one is brought again."""
    return size if there == size else min(there, size) // piece * piece


def _quoted(**words: str) -> dict[str, str]:
    return {name: shlex.quote(word) for name, word in words.items()}
