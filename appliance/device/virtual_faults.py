"""The virtual scanner's faults: named misfortunes, set by a file or by PUT /faults, each striking once.

A fault that names a sheet (its name ends in ``_at``) counts sheets of the job from 1
and is spent when it has struck, until its value is changed or taken away.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from appliance.core.model import Side
from appliance.core.plain import from_plain, to_plain


@dataclass(frozen=True, slots=True)
class Faults:
    """What goes wrong now.

    Attributes:
        empty: the feeder seems empty.
        cover_open: the cover is open: no job starts, a running one breaks off.
        busy: every new job is put off (503).
        slow: seconds that each side takes longer.
        jam_at: sheet that jams, as the side in ``side`` is asked for.
        jam_status: HTTP answer to whoever asks for the side that jammed; some models give 503.
        mid_page: the jam sends half an image first, and the feeder tells nothing of it.
        lost_at: sheet whose image breaks off with the connection.
        truncated_at: sheet whose image is cut short by a device that believes it complete.
        early_end_at: sheet before which "no more sides" is said once, too early, as some models do.
        wait_at: sheet before which "not yet" (503) is said once.
        side: the side of the sheet that is struck.
        adf_state: AdfState to report whatever the truth; empty for the truth.
        end_status: HTTP answer at the end of the feed; some models give 409 instead of 404.
        garbage: capabilities and status are a web page instead of eSCL.
    """

    empty: bool = False
    cover_open: bool = False
    busy: bool = False
    slow: float = 0.0
    jam_at: int = 0
    jam_status: int = 409
    mid_page: bool = False
    lost_at: int = 0
    truncated_at: int = 0
    early_end_at: int = 0
    wait_at: int = 0
    side: Side = Side.FRONT
    adf_state: str = ""
    end_status: int = 404
    garbage: bool = False


class FaultBoard:
    """Where faults are set. What was put wins over what the file says; a bad file changes nothing."""

    def __init__(self, file: Path | None = None) -> None:
        self._file = file
        self._put: dict[str, Any] = {}
        self._from_file: dict[str, Any] = {}
        self._seen = b""
        self._spent: dict[str, int] = {}
        self.complaint = ""

    def current(self) -> Faults:
        """Return the faults in force; the file is read anew."""
        self._read_file()
        faults = from_plain(Faults, {**self._from_file, **self._put})
        for name in [name for name, value in self._spent.items() if getattr(faults, name) != value]:
            del self._spent[name]
        return faults

    def put(self, data: Any) -> None:
        """Set faults from a JSON object.

        Raises:
            ValueError: an unknown name or a value of another type.
        """
        from_plain(Faults, data)
        self._put = dict(data)

    def clear(self) -> None:
        """Take all faults away; what the file says counts again when it changes."""
        self._read_file()
        self._put, self._from_file = {}, {}
        self._spent.clear()

    def strikes(self, name: str, sheet: int, side: Side) -> bool:
        """Whether fault ``name`` (a field that holds a sheet number) strikes here; it is then spent."""
        faults = self.current()
        at = getattr(faults, name)
        if at != sheet or side is not faults.side or self._spent.get(name) == at:
            return False
        self._spent[name] = at
        return True

    def plain(self) -> dict[str, Any]:
        """Return the faults in force as a JSON object."""
        return dict(to_plain(self.current()))

    def _read_file(self) -> None:
        try:
            raw = self._file.read_bytes() if self._file else b""
        except FileNotFoundError:
            raw = b""
        if raw == self._seen:
            return
        self._seen = raw
        try:
            data = json.loads(raw) if raw.strip() else {}
            from_plain(Faults, data)
        except ValueError as problem:
            self.complaint = str(problem)
        else:
            self._from_file, self.complaint = data, ""
