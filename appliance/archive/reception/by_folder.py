"""The way to the reception software by a folder that both can reach.

    out/<id>.pdf, out/<id>.json      a component and, written last, its sidecar: when this is there, both are whole
    out/<id>.recall.json             it does not count any more
    in/<id>.json                     the answer of the reception software

The folder itself is never made: where it is missing, what it is a mount of is missing.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from appliance.archive.reception.contract import LONGEST, Answer, Component, Recall, Said, answer_of
from appliance.core import errors, files

T = TypeVar("T")


class FolderReception:
    """The reception software behind a folder. A ``Reception``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._out, self._in = folder / "out", folder / "in"

    async def give(self, component: Component) -> Answer:
        """Write file and sidecar; see ``Reception.give``."""
        return await self._asked(lambda: self._give(component))

    async def ask(self, key: str, sha256: str) -> Answer:
        """Look for the answer; see ``Reception.ask``."""
        return await self._asked(lambda: self._ask(key, sha256))

    async def recall(self, recall: Recall) -> Answer:
        """Take away what is still there and write the recall; see ``Reception.recall``."""
        return await self._asked(lambda: self._recall(recall))

    async def settle(self, key: str) -> None:
        """Remove what is left; see ``Reception.settle``."""
        await self._asked(lambda: self._remove(self._sidecar(key), self._file(key), self._note(key),
                                               self._in / f"{key}.json"))

    async def close(self) -> None:
        """Do nothing: nothing is open."""

    def _give(self, component: Component) -> Answer:
        answer = self._answer(component.id, component.sha256)
        if answer.said is not Said.NOTHING:
            return answer  # it was given before, and the office was stopped before it heard
        _copy(component, self._file(component.id))
        _write(self._sidecar(component.id), dict(component.sidecar))
        return Answer(Said.NOTHING)

    def _ask(self, key: str, sha256: str) -> Answer:
        return self._answer(key, sha256)

    def _recall(self, recall: Recall) -> Answer:
        answer = self._answer(recall.id, recall.sha256)
        if answer.said is Said.RECALLED:
            return answer
        self._remove(self._sidecar(recall.id), self._file(recall.id))
        if not self._note(recall.id).exists():
            self._remove(self._in / f"{recall.id}.json")  # what it said before it knew
            _write(self._note(recall.id), recall.plain())
        return Answer(Said.NOTHING)

    def _answer(self, key: str, sha256: str) -> Answer:
        """Return what lies in the folder of answers; one that is half written is one that is not right yet."""
        data = _read(self._in / f"{key}.json")
        if data is None:
            return Answer(Said.NOTHING)
        try:
            said = json.loads(data)
        except ValueError:
            raise errors.RECEPTION_ANSWER_WRONG.error(reason="JSON") from None
        return answer_of(said, key, sha256)

    async def _asked(self, work: Callable[[], T]) -> T:
        """Do something with the folder in a thread: it may be a share of another host."""
        try:
            return await asyncio.to_thread(self._there, work)
        except OSError as problem:
            reason = problem.strerror or type(problem).__name__
            raise errors.RECEPTION_UNREACHABLE.error(reason=reason, away=True) from None

    def _there(self, work: Callable[[], T]) -> T:
        if not self._folder.is_dir():
            raise FileNotFoundError(2, "outbox.folder")
        for folder in (self._out, self._in):
            if not folder.is_dir():  # for the group of what it is in, also under a narrow umask
                files.make_folder(folder)
                folder.chmod(stat.S_IMODE(folder.stat().st_mode) | 0o770)
        return work()

    def _remove(self, *paths: Path) -> None:
        for path in paths:
            files.remove_durably(path)

    def _file(self, key: str) -> Path:
        return self._out / f"{key}.pdf"

    def _sidecar(self, key: str) -> Path:
        return self._out / f"{key}.json"

    def _note(self, key: str) -> Path:
        return self._out / f"{key}.recall.json"


def _write(path: Path, said: dict[str, Any]) -> None:
    files.write_durably(path, json.dumps(said, ensure_ascii=False, indent=1).encode(), 0o640)


def _copy(component: Component, target: Path) -> None:
    """Copy a signed file durably; what is copied is hashed on the way.

    Raises:
        ApplianceError: COMPONENT_UNFIT.
    """
    temporary = target.with_name(f"{target.name}{files.TEMPORARY}")
    digest = hashlib.sha256()
    try:
        source = component.path.open("rb")
    except OSError as problem:
        raise errors.COMPONENT_UNFIT.error(reason=problem.strerror or "?") from None
    with source, temporary.open("wb") as stream:
        while piece := source.read(1 << 20):
            digest.update(piece)
            stream.write(piece)
    if digest.hexdigest() != component.sha256:
        temporary.unlink()
        raise errors.COMPONENT_UNFIT.error(reason="SHA-256")
    files.adopt_durably(temporary, target, 0o640)


def _read(path: Path) -> bytes | None:
    """Return a small file of somebody else's; a link, a device or a long one is not read."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        return None
    with os.fdopen(descriptor, "rb") as stream:
        data = stream.read(LONGEST + 1) if stat.S_ISREG(os.fstat(descriptor).st_mode) else b""
    if not data or len(data) > LONGEST:
        raise errors.RECEPTION_ANSWER_WRONG.error(reason=f"0 < size <= {LONGEST}")
    return data
