"""Who looks at packages: processes of their own, one job at a time each, so a file that kills one is known by name.

A judge ends with its receiver, however that ends. Signals of a terminal or of systemd do not reach it: the receiver
ends it.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import functools
import logging
import multiprocessing
import os
import resource
import signal
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from datetime import datetime
from multiprocessing import connection as waiting
from pathlib import Path
from typing import Protocol, TypeVar, cast

from appliance.archive.packages.inspection import CheckPdf, PackageReport, inspect_package
from appliance.core import files
from appliance.receiver import contents
from appliance.receiver.admission import Judgement
from appliance.receiver.settings import Judging

log = logging.getLogger(__name__)
T = TypeVar("T")

SignatureCheck = Callable[[list[Path]], CheckPdf]
"""Makes a judge of PDF signatures from the certificates (PEM files) it shall trust."""

_RENEWED_AFTER = 500
_check: list[CheckPdf] = []
"""The check of this judge's process; filled when it starts."""


class JudgeDiedError(Exception):
    """The judge ended while it looked: it crashed, took too much memory or too long."""


class DamagedError(Exception):
    """The bytes are not those that were announced."""


class Judges(Protocol):
    """Looks at packages beside the loop."""

    def __len__(self) -> int:
        """Return how many packages may be looked at at the same time."""
        ...

    async def judge(self, path: Path, sha256: str, at: datetime | None = None) -> Judgement:
        """Look at a file that should have this SHA-256; ``at``: signatures are judged as of then, not of now.

        Raises:
            DamagedError: it has another one.
            JudgeDiedError: the judge ended; the file may be at fault.
            OSError: the disk failed; this says nothing about the package.
        """
        ...

    async def check(self, path: Path) -> str:
        """Look at one PDF; return the empty text or why its signature does not hold. Raises as ``judge``."""
        ...


def look_at(path: Path, sha256: str, work: Path, check_pdf: CheckPdf, at: datetime | None = None) -> Judgement:
    """Look at a stranger's file; what breaks the inspection is refused, what breaks the disk is raised.

    Raises:
        DamagedError: the bytes are not those that were announced.
        OSError: the disk failed.
    """
    if files.sha256_of(path) != sha256:
        raise DamagedError(sha256)
    try:
        report = inspect_package(path, as_of(check_pdf, at), work)
        return Judgement(report, contents.read(path) if report.ok else None)
    except OSError as problem:
        if problem.errno != errno.ENOMEM:  # that is the limit of the judge, so the package is to blame
            raise
        return Judgement(PackageReport(("it cannot be inspected (MemoryError)",)))
    except Exception as problem:  # boundary: a stranger's file that breaks the inspection is refused
        log.exception("the inspection of %s failed", sha256[:16])
        return Judgement(PackageReport((f"it cannot be inspected ({type(problem).__name__})",)))


def as_of(check_pdf: CheckPdf, at: datetime | None) -> CheckPdf:
    """Return the check that judges as of a moment; ``at`` None: as of now, which every check can."""
    return check_pdf if at is None else functools.partial(cast("Callable[..., str]", check_pdf), at=at)


class ThreadJudges:
    """Looks in threads of this process; for tests and small tools. ``Judges``."""

    def __init__(self, check_pdf: CheckPdf, work: Path) -> None:
        self._check_pdf = check_pdf
        self._work = work

    def __len__(self) -> int:
        return 1

    async def judge(self, path: Path, sha256: str, at: datetime | None = None) -> Judgement:
        """Look at a file; see ``Judges.judge``."""
        return await asyncio.to_thread(look_at, path, sha256, self._work, self._check_pdf, at)

    async def check(self, path: Path) -> str:
        """Look at one PDF; see ``Judges.check``."""
        return await asyncio.to_thread(self._check_pdf, path)


class JudgePool:
    """Looks in processes. ``Judges``; ``close`` it in the end.

    ``check``: makes the check of signatures, in each process; it and its certificates must be picklable.
    """

    def __init__(self, check: SignatureCheck, trust: Sequence[Path], work: Path, settings: Judging) -> None:
        self._settings = settings
        self._work = work
        self._make = functools.partial(_begin, check, list(trust), settings.mib << 20)
        self._count = settings.processes or os.cpu_count() or 1
        self._free: asyncio.Queue[_Judge] = asyncio.Queue()
        self._all = [_Judge(self._make) for _ in range(self._count)]
        for judge in self._all:
            self._free.put_nowait(judge)

    def __len__(self) -> int:
        return self._count

    async def judge(self, path: Path, sha256: str, at: datetime | None = None) -> Judgement:
        """Look at a file; see ``Judges.judge``."""
        return await self._ask(_look, path, sha256, self._work, at)

    async def check(self, path: Path) -> str:
        """Look at one PDF; see ``Judges.check``."""
        return await self._ask(_check_one, path)

    def close(self) -> None:
        """End every judge."""
        for judge in self._all:
            judge.end()

    async def _ask(self, work: Callable[..., T], *details: object) -> T:
        async with self._taken() as judge:
            try:
                pool = await judge.ready()
                async with asyncio.timeout(self._settings.seconds):
                    return await asyncio.wrap_future(pool.submit(work, *details))
            except (TimeoutError, BrokenProcessPool) as problem:
                judge.end()
                raise JudgeDiedError(type(problem).__name__) from None

    @contextlib.asynccontextmanager
    async def _taken(self) -> AsyncIterator[_Judge]:
        judge = await self._free.get()
        try:
            yield judge
        finally:
            self._free.put_nowait(judge)


@dataclass(slots=True)
class _Judge:
    """One place for a judge; its process is started when it is needed and renewed now and then."""

    make: Callable[[], None]
    pool: ProcessPoolExecutor | None = None
    pid: int = 0
    asked: int = 0

    async def ready(self) -> ProcessPoolExecutor:
        """Return the process, started if need be, for one job.

        Raises:
            OSError: it cannot start; no package is to blame.
        """
        if self.pool is None or self.asked >= _RENEWED_AFTER:
            self.end()
            self.pool = ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), self.make)
            try:
                self.pid = await asyncio.wrap_future(self.pool.submit(os.getpid))
            except BrokenProcessPool:
                self.end()
                raise OSError("a judge cannot start") from None
        self.asked += 1
        return self.pool

    def end(self) -> None:
        """End the process; the next job gets a new one."""
        if self.pid:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
        if self.pool is not None:
            self.pool.shutdown(wait=False, cancel_futures=True)
        self.pool, self.pid, self.asked = None, 0, 0


def _begin(check: SignatureCheck, trust: list[Path], most_memory: int) -> None:
    """Make this process a judge."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    assert parent is not None  # only ever run in a child
    threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()
    resource.setrlimit(resource.RLIMIT_AS, (most_memory, most_memory))
    _check.append(check(trust))


def _end_with(sentinel: int) -> None:
    waiting.wait([sentinel])
    os._exit(1)


def _look(path: Path, sha256: str, work: Path, at: datetime | None) -> Judgement:
    return look_at(path, sha256, work, _check[0], at)


def _check_one(path: Path) -> str:
    return _check[0](path)
